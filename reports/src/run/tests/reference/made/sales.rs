//! Orders, refunds and carts made by luck.

use super::super::super::shop;
use super::{Maker, Timestamp};
use commerce::hit::{OrderStatus, Origin, Trust};
use commerce::money::{ExchangeRate, allocate};
use commerce::rows::{
    CartLineRow, CartRow, CartState, OrderAmounts, OrderLineRow, OrderRow, RefundAmounts, RefundLineRow, RefundRow,
    order_flags,
};
use commerce::{Amount, Currency, EventKey, OrderKey, Quantity, UnitPrice, VisitKey};

/// What an order's amounts are in the site's currency.
#[derive(Clone, Copy)]
enum Rate {
    Own,
    Known(ExchangeRate),
    Missing,
}

impl Rate {
    fn convert(self, amount: Amount, decimals: u32) -> Option<Amount> {
        match self {
            Self::Own => Some(amount),
            Self::Known(rate) => amount.converted(rate, decimals),
            Self::Missing => None,
        }
    }

    /// Converts `whole` and gives each of `parts` its share of it.
    fn share(self, whole: Amount, parts: &[i64], decimals: u32) -> Vec<Option<Amount>> {
        match self {
            Self::Own => parts.iter().map(|part| Some(Amount(*part))).collect(),
            _ => match self.convert(whole, decimals) {
                Some(whole) => allocate(whole, parts, decimals).into_iter().map(Some).collect(),
                None => vec![None; parts.len()],
            },
        }
    }
}

impl Maker<'_> {
    fn decimals(&self) -> u32 {
        self.settings.currency.decimals()
    }

    fn coupon(&mut self) -> Option<String> {
        self.dice.chance(40).then(|| self.dice.pick(&["X", "Y", "X,Y", "X, Y"]).to_owned())
    }

    pub(super) fn order(&mut self, key: u64, visit: Option<(VisitKey, Timestamp)>) {
        let placed_at = match visit {
            // Up to some days later, as servers attach them.
            Some((_, started)) => started.plus_seconds(self.dice.pick(&[0, 60, 1799, 90_000, 400_000])),
            None => self.instant(),
        };
        let (currency, rate) = self.currency();
        let lines = self.lines(key, rate);
        let amounts = self.amounts(&lines);
        let [trust, test] = [u64::from(self.trust(50) == Trust::Verified), u64::from(self.dice.chance(5))];
        let status = self.dice.pick(&[
            OrderStatus::Confirmed,
            OrderStatus::Confirmed,
            OrderStatus::Confirmed,
            OrderStatus::Pending,
            OrderStatus::Cancelled,
            OrderStatus::Failed,
        ]);
        let units = if lines.is_empty() { 1000 } else { lines.iter().map(|l| l.quantity.0).sum() };
        let mut order = OrderRow {
            position: self.position,
            order: OrderKey(key),
            order_id: format!("{}", key % 97),
            placed_at,
            counted_at: placed_at.plus_seconds(self.dice.pick(&[0, 0, 0, 7200, 100_000])),
            status,
            test: test == 1,
            currency,
            amounts,
            reporting: self.in_site_currency(amounts, rate),
            units,
            lines: lines.len() as u32,
            customer: self.dice.chance(75).then(|| self.customer()),
            visitor: self.dice.chance(80).then(|| self.visitor()),
            visit: visit.map(|(visit, _)| visit),
            // By the visit's first event, which may turn out to be another's.
            visit_event: visit.filter(|_| self.dice.chance(50)).map(|(visit, _)| EventKey(visit.0 * 1000)),
            source: self.source(),
            landing_page: self.dice.maybe(super::PAGES),
            coupon: self.coupon(),
            payment_method: self.dice.maybe(&["card", "invoice"]),
            shipping_method: self.dice.maybe(&["post"]),
            sales_channel: self.dice.maybe(&["web", "Online", "pos", "phone"]),
            origin: self.dice.pick(&[Origin::Browser, Origin::Server, Origin::Import]),
            trust: if trust == 1 { Trust::Verified } else { Trust::Unverified },
            flags: if self.dice.chance(10) { order_flags::OVER_REFUNDED } else { 0 },
            ..shop::order(key, 0, "1970-01-01T00:00:00Z", "", ["0"; 5])
        };
        if matches!(status, OrderStatus::Confirmed | OrderStatus::Cancelled) {
            for number in 0..[0, 0, 1, 2][self.dice.below(4) as usize] {
                self.refund(&mut order, &lines, number, rate);
            }
        }
        let trusted = order.trust == Trust::Verified || self.settings.count_unverified_orders;
        let sold = status == OrderStatus::Confirmed || status == OrderStatus::Cancelled && order.refunded.0 > 0;
        order.counts = sold && trusted && !order.test;
        self.rows.orders.push(order);
        self.rows.order_lines.extend(lines);
    }

    fn currency(&mut self) -> (Currency, Rate) {
        let own = self.settings.currency;
        match self.dice.below(6) {
            0 => (Currency::parse("USD").unwrap(), Rate::Missing),
            1 => (Currency::parse("CHF").unwrap(), Rate::Known(ExchangeRate::parse("0.9571").unwrap())),
            _ => (own, Rate::Own),
        }
    }

    fn lines(&mut self, order: u64, rate: Rate) -> Vec<OrderLineRow> {
        let mut lines = Vec::new();
        for n in 0..[0, 1, 2, 2, 4][self.dice.below(5) as usize] {
            let product = self.product();
            let quantity = Quantity(self.dice.pick(&[1000, 1000, 3000, 500]));
            let gross = self.amount(120);
            lines.push(OrderLineRow {
                position: self.position,
                price: UnitPrice(gross.0 * 100_000 / quantity.0),
                quantity,
                gross,
                item_list: self.dice.maybe(&["Top", "Similar"]),
                properties: self.dice.chance(50).then(|| r#"{"size":"L","n":2}"#.to_owned()),
                ..shop::line(order, n, product, 0, "0", "0")
            });
        }
        let weights: Vec<i64> = lines.iter().map(|l| l.gross.0).collect();
        let gross: Amount = lines.iter().map(|l| l.gross).sum();
        let discount = Amount(if self.dice.chance(50) { self.amount(120).0.min(gross.0) } else { 0 });
        let discounts = allocate(discount, &weights, self.decimals());
        let parts: Vec<i64> = discounts.iter().map(|d| d.0).collect();
        let reporting_gross = rate.share(gross, &weights, self.decimals());
        let reporting_discount = rate.share(discount, &parts, self.decimals());
        for (n, line) in lines.iter_mut().enumerate() {
            line.discount = discounts[n];
            (line.reporting_gross, line.reporting_discount) = (reporting_gross[n], reporting_discount[n]);
            if self.dice.chance(40) {
                line.reporting_cost = rate.convert(self.amount(60), self.settings.currency.decimals());
            }
        }
        lines
    }

    fn amounts(&mut self, lines: &[OrderLineRow]) -> OrderAmounts {
        // An order without lines is told by its total alone.
        let gross_sales = if lines.is_empty() { self.amount(80) } else { lines.iter().map(|l| l.gross).sum() };
        let discounts: Amount = lines.iter().map(|l| l.discount).sum();
        let [tax, shipping, fees, difference] = [30, 9, 2, 1].map(|units| self.amount(units));
        let net = Amount(gross_sales.0 - discounts.0);
        let difference = if self.dice.chance(80) { 0 } else { difference.0 };
        let order_total = Amount(net.0 + tax.0 + shipping.0 + fees.0 + difference);
        OrderAmounts { order_total, gross_sales, discounts, tax, shipping, fees, subtotal: net }
    }

    fn in_site_currency(&self, amounts: OrderAmounts, rate: Rate) -> Option<OrderAmounts> {
        let convert = |amount| rate.convert(amount, self.decimals());
        Some(OrderAmounts {
            order_total: convert(amounts.order_total)?,
            gross_sales: convert(amounts.gross_sales)?,
            discounts: convert(amounts.discounts)?,
            tax: convert(amounts.tax)?,
            shipping: convert(amounts.shipping)?,
            fees: convert(amounts.fees)?,
            subtotal: convert(amounts.subtotal)?,
        })
    }

    /// Gives back up to 45 % of every line, or shipping and tax alone.
    fn refund(&mut self, order: &mut OrderRow, lines: &[OrderLineRow], number: u64, rate: Rate) {
        let at = order.placed_at.plus_seconds(self.dice.pick(&[0, 3600, 86_400, 300_000, 4_000_000]));
        let percent = if self.dice.chance(75) { self.dice.between(1, 45) } else { 0 };
        let given = |amount: Amount, step: i64| Amount(amount.0 * percent / 100 / step * step);
        let step = 10_i64.pow(4 - self.decimals());
        let shell = shop::refund(order.order.0, number, "1970-01-01T00:00:00Z", ["0"; 4]);
        let mut back: Vec<RefundLineRow> = Vec::new();
        for line in lines.iter().filter(|_| percent > 0) {
            if self.dice.chance(30) {
                continue;
            }
            let whole = Amount(line.gross.0 - line.discount.0);
            let quantity = Quantity(if percent > 20 { line.quantity.0 } else { 0 });
            back.push(RefundLineRow {
                position: self.position,
                line: back.len() as u32,
                order_line: (!self.dice.chance(15)).then_some(line.line),
                quantity,
                goods: given(whole, step),
                reporting_cost: line.reporting_cost.map(|cost| if quantity.0 > 0 { cost } else { Amount::ZERO }),
                ..shop::refund_line(&shell, 0, line.product.clone(), 0, "0")
            });
        }
        let goods =
            if back.is_empty() { given(order.amounts.gross_sales, step) } else { back.iter().map(|b| b.goods).sum() };
        let [tax, shipping, fees] =
            [order.amounts.tax, order.amounts.shipping, order.amounts.fees].map(|a| given(a, step));
        let amount = Amount(goods.0 + tax.0 + shipping.0 + fees.0);
        if amount.0 == 0 {
            return;
        }
        let amounts = RefundAmounts { amount, goods, tax, shipping, fees };
        let convert = |amount| rate.convert(amount, self.decimals());
        let reporting = convert(amount).map(|amount| {
            // The parts of the converted amount, so that they sum to it.
            let parts = match rate {
                Rate::Own => vec![goods, tax, shipping, fees],
                _ => allocate(amount, &[goods.0, tax.0, shipping.0, fees.0], self.decimals()),
            };
            RefundAmounts { amount, goods: parts[0], tax: parts[1], shipping: parts[2], fees: parts[3] }
        });
        let weights: Vec<i64> = back.iter().map(|b| b.goods.0).collect();
        for (n, line) in back.iter_mut().enumerate() {
            line.reporting_goods = reporting.map(|whole| match rate {
                Rate::Own => line.goods,
                _ => allocate(whole.goods, &weights, self.settings.currency.decimals())[n],
            });
        }
        order.refunded.0 += amount.0;
        let units = back.iter().map(|b| b.quantity.0).sum();
        self.rows.refunds.push(RefundRow {
            position: self.position,
            at,
            amounts,
            reporting,
            units,
            stated: amount,
            ..shell
        });
        self.rows.refund_lines.extend(back);
    }

    pub(super) fn cart(&mut self, key: u64, visit: Option<(VisitKey, Timestamp)>) {
        let created_at = match visit {
            Some((_, started)) => started.plus_seconds(self.dice.between(0, 900)),
            None => self.instant(),
        };
        let changed_at = created_at.plus_seconds(self.dice.pick(&[0, 30, 4000]));
        let state = self.dice.pick(&[
            CartState::Open,
            CartState::Open,
            CartState::Ordered,
            CartState::Ordered,
            CartState::Emptied,
            CartState::Unlinked,
        ]);
        let ordered = state == CartState::Ordered;
        let rate = if self.dice.chance(85) { Rate::Own } else { Rate::Missing };
        let mut lines = Vec::new();
        for n in 0..if state == CartState::Emptied { 0 } else { self.dice.below(4) } {
            let product = self.product();
            let gross = self.amount(70);
            lines.push(CartLineRow {
                position: self.position,
                price: self.dice.chance(80).then(|| UnitPrice(gross.0 * 100)),
                quantity: Quantity(self.dice.pick(&[1000, 2000])),
                gross,
                reporting_gross: rate.convert(gross, self.settings.currency.decimals()),
                ..shop::cart_line(key, n as u32, product, "0")
            });
        }
        // What was stated, which may be other than the sum of the lines.
        let value = if self.dice.chance(80) { lines.iter().map(|l| l.gross).sum() } else { self.amount(90) };
        let units = lines.iter().map(|l| l.quantity.0).sum();
        let cart = CartRow {
            position: self.position,
            visitor: self.dice.chance(80).then(|| self.visitor()),
            customer: self.dice.chance(50).then(|| self.customer()),
            visit: visit.map(|(visit, _)| visit),
            created_at,
            changed_at,
            state,
            order: ordered.then(|| OrderKey(key * 10)),
            ordered_at: ordered.then(|| changed_at.plus_seconds(self.dice.pick(&[60, 1800, 1801, 90_000]))),
            currency: if self.dice.chance(50) { self.settings.currency } else { Currency::parse("USD").unwrap() },
            value,
            reporting_value: rate.convert(value, self.decimals()),
            units,
            checkout_step: self.dice.maybe(&["view_cart", "begin_checkout", "add_payment_info"]),
            coupon: self.dice.pick(&[None, Some("X"), Some("")]).map(str::to_owned),
            source: self.source(),
            ..shop::cart(key, 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "0")
        };
        self.rows.carts.push(cart);
        self.rows.cart_lines.extend(lines);
    }
}
