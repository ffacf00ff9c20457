//! The shop's own books: what was sold and given back, by day and currency, in the shop's currency.
//!
//! Amounts are in 1/10 000 euro. Rates and prices of the script are such that nothing has to be rounded.

use std::collections::BTreeMap;

/// What was sold and given back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) orders: u64,
    pub(super) order_total: i64,
    pub(super) gross: i64,
    pub(super) discounts: i64,
    /// Goods given back.
    pub(super) returns: i64,
    /// Money given back in all, with its tax and shipping.
    pub(super) given_back: i64,
}

impl Figures {
    pub(super) fn net(&self) -> i64 {
        self.gross - self.discounts - self.returns
    }

    fn add(&mut self, other: &Self) {
        self.orders += other.orders;
        self.order_total += other.order_total;
        self.gross += other.gross;
        self.discounts += other.discounts;
        self.returns += other.returns;
        self.given_back += other.given_back;
    }
}

/// The books of the whole shop.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) by_day: BTreeMap<String, Figures>,
    pub(super) by_currency: BTreeMap<String, Figures>,
    /// Orders taken back before anything was given back: in no other figure.
    pub(super) cancelled: u64,
    /// Orders whose purchase the browser told, from a visit with a campaign.
    pub(super) with_campaign: u64,
}

impl Books {
    /// Books `figures` of an order in `currency` on `day`.
    pub(super) fn book(&mut self, day: &str, currency: &str, figures: &Figures) {
        self.by_day.entry(day.to_owned()).or_default().add(figures);
        self.by_currency.entry(currency.to_owned()).or_default().add(figures);
    }

    /// Returns everything.
    pub(super) fn total(&self) -> Figures {
        let mut total = Figures::default();
        self.by_day.values().for_each(|figures| total.add(figures));
        total
    }
}
