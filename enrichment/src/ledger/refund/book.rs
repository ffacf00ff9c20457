//! What a refund gives back of its order, and what is left of it then.
//!
//! A refund's parts are parts of what was sold: no part gives back more than is left of it, and whoever gives back all
//! that was paid gives back all there is. So an order that is wholly refunded comes to nothing, part by part and line by
//! line, whatever was rounded on the way. What the order's total has beyond goods, tax and shipping (its fees, and what
//! its statements do not explain) goes with the whole order, as fees.

use super::Account;
use super::lines::{Loose, Named};
use super::summed;
use super::told::Told;
use crate::ledger::share::{minus, plus, positive, share};
use commerce::Amount;
use commerce::money::allocate;
use commerce::rows::RefundAmounts;

/// What is left of an order after some refunds.
#[derive(Clone, Debug)]
pub(super) struct Left {
    /// Of what was paid.
    pub(super) paid: Amount,
    /// Of the goods' cost.
    pub(super) goods: Amount,
    /// Of the tax; below zero where a refund named more than the order did.
    pub(super) tax: Amount,
    /// Of the shipping; below zero likewise.
    pub(super) shipping: Amount,
    /// Of each line.
    pub(super) lines: Vec<LineLeft>,
}

/// What is left of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineLeft {
    /// Of its goods' cost.
    pub(super) money: Amount,
    /// Of its units, in 1/1000.
    pub(super) units: i64,
}

/// A refund as booked.
#[derive(Debug)]
pub(in crate::ledger) struct Booked<'t> {
    /// Its amounts in the order's currency.
    pub(in crate::ledger) amounts: RefundAmounts,
    /// Its amount as stated or worked out, before it was cut.
    pub(in crate::ledger) stated: Amount,
    /// Whether it was said to give back more than was left.
    pub(super) over: bool,
    /// Units of each of the order's lines, in 1/1000.
    pub(super) units: Vec<i64>,
    /// Goods of each of the order's lines.
    pub(super) goods: Vec<Amount>,
    /// Items that the order does not have.
    pub(super) loose: Vec<Loose<'t>>,
}

impl Booked<'_> {
    /// Returns how many units are given back, in 1/1000.
    pub(super) fn units(&self) -> i64 {
        let loose = self.loose.iter().map(|loose| loose.units);
        self.units.iter().copied().chain(loose).fold(0, i64::saturating_add)
    }
}

impl Account<'_> {
    /// Returns the tax within `amount`, at the order's own ratio of tax to goods.
    pub(super) fn tax_within(&self, amount: Amount) -> Amount {
        let (net, tax) = (self.net(), self.order.amounts.tax);
        share(amount, tax.0, plus(net, tax).0, self.decimals())
    }
}

impl Left {
    /// Returns the whole order.
    pub(super) fn of(account: &Account) -> Self {
        let amounts = &account.order.amounts;
        let line = |line| LineLeft { money: Account::net_of(line), units: line.quantity.0.max(0) };
        Self {
            paid: amounts.order_total,
            goods: account.net(),
            tax: amounts.tax,
            shipping: amounts.shipping,
            lines: account.lines.iter().map(line).collect(),
        }
    }

    /// Returns what is left of the total beyond goods, tax and shipping; negative where those are more than was paid.
    pub(super) fn beyond(&self) -> Amount {
        minus(minus(self.paid, self.goods), plus(positive(self.tax), positive(self.shipping)))
    }

    /// Returns what `told` gives back of what is left.
    pub(super) fn book<'t>(&self, account: &Account, told: &'t Told<'t>) -> Booked<'t> {
        let named = Named::of(account, self, &told.items);
        match told.refund.amount {
            None if told.is_whole() => self.rest(account, named),
            None => self.of_items(account, told, named),
            Some(amount) => {
                let over = amount > positive(self.paid);
                let booked = if amount >= self.paid && self.paid > Amount::ZERO {
                    self.rest(account, named)
                } else {
                    self.of_amount(account, told, named, amount.min(positive(self.paid)))
                };
                Booked { stated: amount, over, ..booked }
            }
        }
    }

    /// Takes a refund off what is left.
    pub(super) fn take(&mut self, booked: &Booked) {
        self.paid = minus(self.paid, booked.amounts.amount);
        self.goods = minus(self.goods, booked.amounts.goods);
        self.tax = minus(self.tax, booked.amounts.tax);
        self.shipping = minus(self.shipping, booked.amounts.shipping);
        for (line, (units, goods)) in self.lines.iter_mut().zip(booked.units.iter().zip(&booked.goods)) {
            line.units = line.units.saturating_sub(*units);
            line.money = minus(line.money, *goods);
        }
    }

    /// Gives back all that is left: of every part, of every line, and all units unless some are named.
    fn rest<'t>(&self, account: &Account, named: Named<'t>) -> Booked<'t> {
        let (tax, shipping) = (positive(self.tax), positive(self.shipping));
        let amounts = summed(self.goods, tax, shipping, self.beyond());
        let of_lines: Vec<Amount> = self.lines.iter().map(|line| line.money).collect();
        let goods = if of_lines.iter().copied().sum::<Amount>() == self.goods {
            of_lines
        } else {
            // Items that the order does not have took a part of what its lines cost.
            let weights: Vec<i64> = of_lines.iter().map(|money| money.0).collect();
            allocate(self.goods, &weights, account.decimals())
        };
        let all_units = named.is_empty();
        let mut booked = booked(amounts, goods, named);
        if all_units {
            booked.units = self.lines.iter().map(|line| line.units).collect();
        }
        booked
    }

    /// Gives back `amount`, less than is left: what is no tax and no shipping is for the goods, as far as there are any.
    fn of_amount<'t>(&self, account: &Account, told: &Told, mut named: Named<'t>, amount: Amount) -> Booked<'t> {
        let (shipping, spare) = self.shipping_of(told);
        let mut shipping = shipping.min(amount);
        let goods_and_tax = minus(amount, shipping);
        let mut tax = match told.refund.tax {
            Some(tax) => tax.min(plus(positive(self.tax), spare)).min(goods_and_tax),
            None => account.tax_within(goods_and_tax).min(positive(self.tax)),
        };
        let spare = minus(spare, positive(minus(tax, positive(self.tax))));
        let goods = minus(goods_and_tax, tax).min(positive(self.goods));
        // What is more than the goods cost can only be for the rest of what was paid.
        let mut more = minus(minus(goods_and_tax, tax), goods);
        let fees = more.min(spare);
        more = minus(more, fees);
        let more_tax = more.min(positive(minus(self.tax, tax)));
        tax = plus(tax, more_tax);
        shipping = plus(shipping, minus(more, more_tax));
        let of_lines = named.spread(account, self, goods);
        booked(summed(goods, tax, shipping, fees), of_lines, named)
    }

    /// Returns the shipping that `told` names, as far as there is any, and what the total then has left that neither goods,
    /// tax nor shipping account for: whoever gives back shipping or tax that the order did not name takes it from there.
    fn shipping_of(&self, told: &Told) -> (Amount, Amount) {
        let (own, spare) = (positive(self.shipping), positive(self.beyond()));
        let shipping = told.refund.shipping.unwrap_or_default().min(plus(own, spare));
        (shipping, minus(spare, positive(minus(shipping, own))))
    }

    /// Gives back the units that are named, at what they cost, with their share of the tax.
    fn of_items<'t>(&self, account: &Account, told: &Told, mut named: Named<'t>) -> Booked<'t> {
        let excess = named.excess;
        let of_lines = named.worth(self);
        let of_loose = named.loose.iter().map(|loose| loose.worth.unwrap_or_default());
        let worth: Amount = of_lines.iter().copied().chain(of_loose).sum();
        let goods = positive(worth).min(positive(self.goods));
        let (shipping, spare) = self.shipping_of(told);
        let tax_left = positive(self.tax);
        let tax = match told.refund.tax {
            Some(tax) => tax.min(plus(tax_left, spare)),
            None if goods == self.goods && goods > Amount::ZERO => tax_left,
            None => share(account.order.amounts.tax, goods.0, account.net().0, account.decimals()).min(tax_left),
        };
        let amounts = summed(goods, tax, shipping, Amount::ZERO);
        let stated = plus(amounts.amount, excess);
        if self.paid <= Amount::ZERO && amounts.amount > self.paid {
            let nothing = vec![Amount::ZERO; self.lines.len()];
            let over = stated > Amount::ZERO;
            return Booked { stated, over, ..booked(RefundAmounts::default(), nothing, named) };
        }
        let done = if amounts.amount >= self.paid && self.paid > Amount::ZERO {
            self.rest(account, named)
        } else if goods == worth {
            named.loose.iter_mut().for_each(|loose| loose.goods = loose.worth.unwrap_or_default());
            booked(amounts, of_lines, named)
        } else {
            let of_lines = named.spread(account, self, goods);
            booked(amounts, of_lines, named)
        };
        // Only units that were never sold are too much: an order's parts may be worth more than was paid for it.
        let (stated, over) = (plus(done.amounts.amount, excess), excess > Amount::ZERO);
        Booked { stated, over, ..done }
    }
}

/// Returns a refund of `amounts`, nothing cut, with `goods` by line and the units named.
fn booked(amounts: RefundAmounts, goods: Vec<Amount>, named: Named<'_>) -> Booked<'_> {
    let units = named.lines.iter().map(|part| part.map_or(0, |part| part.units)).collect();
    Booked { amounts, stated: amounts.amount, over: false, units, goods, loose: named.loose }
}
