//! What a refund is in the site's currency: at its order's rate, part by part.
//!
//! A refund's amount is converted once and split over its parts and lines by largest remainder. Whatever it gives back
//! the last of takes the rest of what the order reports of it, so that a line or an order that is wholly given back is
//! so in the site's currency, too; the amount is the sum of the parts.

use super::book::{Booked, Left};
use super::{Account, summed};
use crate::ledger::exchange::Exchange;
use crate::ledger::share::{minus, plus, positive};
use commerce::Amount;
use commerce::money::allocate;
use commerce::rows::RefundAmounts;

/// What is left of an order in the site's currency.
#[derive(Clone, Debug)]
pub(super) struct ReportingLeft {
    goods: Amount,
    tax: Amount,
    shipping: Amount,
    /// What the total has beyond goods, tax and shipping.
    beyond: Amount,
    /// The same in the order's currency, as it was at first.
    beyond_at_first: Amount,
    lines: Vec<Amount>,
}

/// A refund in the site's currency.
#[derive(Clone, Debug)]
pub(super) struct Converted {
    pub(super) amounts: RefundAmounts,
    /// Goods of each of the order's lines.
    pub(super) goods: Vec<Amount>,
    /// Goods of each item that the order does not have.
    pub(super) loose: Vec<Amount>,
}

/// A part of a refund on its way into the site's currency.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// In the order's currency.
    own: Amount,
    /// What is left of it in the site's; `None` if nobody keeps count.
    left: Option<Amount>,
    /// Whether it is given back and nothing of it is left in the order's currency, so that it takes all there is.
    last: bool,
}

impl ReportingLeft {
    /// Returns the whole order; `None` if it is not converted.
    pub(super) fn of(account: &Account) -> Option<Self> {
        let (amounts, reporting) = (&account.order.amounts, account.order.reporting.as_ref()?);
        let line = |line: &commerce::rows::OrderLineRow| Some(minus(line.reporting_gross?, line.reporting_discount?));
        let beyond_at_first = Left::of(account).beyond();
        let unexplained = account.exchange.convert(minus(beyond_at_first, amounts.fees)).unwrap_or_default();
        Some(Self {
            goods: minus(reporting.gross_sales, reporting.discounts),
            tax: reporting.tax,
            shipping: reporting.shipping,
            beyond: plus(reporting.fees, unexplained),
            beyond_at_first,
            lines: account.lines.iter().map(line).collect::<Option<Vec<Amount>>>()?,
        })
    }

    /// Takes `booked`, after which `left` is left of the order, off what is left; returns it in the site's currency.
    pub(super) fn take(&mut self, account: &Account, left: &Left, booked: &Booked) -> Converted {
        let own = &booked.amounts;
        let whole = own.fees == self.beyond_at_first && left.paid == Amount::ZERO && left.goods == Amount::ZERO;
        let part = |own, left, last| Part { own, left: Some(left), last };
        let last = |own: Amount, left: Amount| own != Amount::ZERO && left == Amount::ZERO;
        let mut parts = vec![
            part(own.tax, self.tax, last(own.tax, left.tax)),
            part(own.shipping, self.shipping, last(own.shipping, left.shipping)),
            Part { own: own.fees, left: whole.then_some(self.beyond), last: whole },
        ];
        let others = parts.len();
        let lines = booked.goods.len();
        // Rounding may leave a line that cost nothing with something in the site's currency: it goes with the others.
        let closes = left.goods == Amount::ZERO && (own.goods != Amount::ZERO || booked.units() != 0);
        for (i, goods) in booked.goods.iter().enumerate() {
            let touched = closes || *goods != Amount::ZERO || booked.units[i] != 0;
            parts.push(part(*goods, self.lines[i], touched && left.lines[i].money == Amount::ZERO));
        }
        if lines == 0 {
            parts.push(part(own.goods, self.goods, last(own.goods, left.goods)));
        } else {
            parts.extend(booked.loose.iter().map(|loose| Part { own: loose.goods, left: None, last: false }));
        }
        let mut converted = convert(account.exchange, own.amount, &parts);
        if closes {
            self.settle(&mut converted[others..]);
        }
        let goods = &converted[others..];
        let sum: Amount = goods.iter().copied().sum();
        let amounts = summed(sum, converted[0], converted[1], converted[2]);
        let of_lines = goods[..lines].to_vec();
        let loose = if lines == 0 { vec![Amount::ZERO; booked.loose.len()] } else { goods[lines..].to_vec() };
        self.tax = minus(self.tax, amounts.tax);
        self.shipping = minus(self.shipping, amounts.shipping);
        self.beyond = minus(self.beyond, amounts.fees);
        self.goods = minus(self.goods, amounts.goods);
        for (left, taken) in self.lines.iter_mut().zip(&of_lines) {
            *left = minus(*left, *taken);
        }
        Converted { amounts, goods: of_lines, loose }
    }

    /// Has the largest of the last goods take what is left of all, where lines alone do not come to it.
    fn settle(&self, goods: &mut [Amount]) {
        let off = minus(self.goods, goods.iter().copied().sum());
        if let Some(largest) = (0..goods.len()).max_by_key(|&i| (goods[i], std::cmp::Reverse(i))) {
            goods[largest] = plus(goods[largest], off);
        }
    }
}

/// Returns `parts` of `amount` in the site's currency.
fn convert(exchange: &Exchange, amount: Amount, parts: &[Part]) -> Vec<Amount> {
    if *exchange == Exchange::Same {
        return parts.iter().map(|part| part.own).collect();
    }
    let fixed = |part: &Part| part.left.filter(|_| part.last);
    let mut converted: Vec<Amount> = parts.iter().map(|part| fixed(part).unwrap_or_default()).collect();
    let open: Vec<usize> =
        (0..parts.len()).filter(|&i| fixed(&parts[i]).is_none() && parts[i].own > Amount::ZERO).collect();
    let whole = exchange.convert(amount).unwrap_or_default();
    let rest = positive(minus(whole, converted.iter().copied().sum()));
    let weights: Vec<i64> = open.iter().map(|&i| parts[i].own.0).collect();
    for (&i, share) in open.iter().zip(allocate(rest, &weights, exchange.decimals())) {
        converted[i] = parts[i].left.map_or(share, |left| share.min(positive(left)));
    }
    converted
}
