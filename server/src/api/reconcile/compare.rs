//! The shop's list against our orders: equal, missing, extra, different, day by day, and who saw how many.
//!
//! Pure: it is given both sides. Money is compared exactly, in the order's own currency.

use super::list::{List, Listed};
use crate::sheet::BadLine;
use commerce::hit::{OrderStatus, Origin};
use commerce::{Amount, Currency, OrderKey, SiteId, Timestamp, Zone};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap, HashSet};

/// An order as we have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ours {
    /// Its key.
    pub(super) key: OrderKey,
    /// Its id.
    pub(super) order_id: String,
    /// When it was placed.
    pub(super) placed_at: Timestamp,
    /// Where it stands.
    pub(super) status: OrderStatus,
    /// Whether it is a test.
    pub(super) test: bool,
    /// Whether it counts.
    pub(super) counts: bool,
    /// What was charged, in its currency.
    pub(super) total: Amount,
    /// Its currency.
    pub(super) currency: Currency,
}

/// Our side.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// Our orders: those of the list, and those of its period.
    pub(super) orders: HashMap<OrderKey, Ours>,
    /// For ids of the list, the order that goes by it; an id that is missing is not known.
    pub(super) known: HashMap<OrderKey, OrderKey>,
    /// Which senders told of which order.
    pub(super) origins: HashSet<(OrderKey, Origin)>,
}

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Date,
    pub(super) to: Date,
}

/// In what an order differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// The list's total and ours.
    Total(Amount, Amount),
    /// The list's currency and ours.
    Currency(Currency, Currency),
    /// The list's status and ours.
    Status(OrderStatus, OrderStatus),
    /// A sale in the list that does not count here, and why.
    NotCounted(&'static str),
}

/// Orders and their sum, on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DaySums {
    pub(super) theirs: (u32, Amount),
    pub(super) ours: (u32, Amount),
}

/// What the comparison found.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Orders of the list that were compared.
    pub(super) listed: usize,
    /// Orders of the list outside the period asked for.
    pub(super) outside: usize,
    /// How many are equal.
    pub(super) equal: usize,
    /// In the list, not with us.
    pub(super) missing: Vec<Listed>,
    /// With us, counting and in the list's period, and not in the list. By time.
    pub(super) extra: Vec<Ours>,
    /// On both sides, and not the same.
    pub(super) different: Vec<(Listed, String, Vec<Difference>)>,
    /// Sales by day and currency; empty where the list has no dates.
    pub(super) days: BTreeMap<(Date, String), DaySums>,
    /// How many orders of the list each sender told of.
    pub(super) seen: BTreeMap<Origin, usize>,
    /// Lines that could not be read or name an order twice.
    pub(super) bad: Vec<BadLine>,
}

impl Comparison {
    /// Says whether both sides are the same; orders in `booked` of those missing are not missing any more.
    pub(super) fn is_equal(&self, booked: usize) -> bool {
        self.missing.len() == booked && self.extra.is_empty() && self.different.is_empty() && self.bad.is_empty()
    }

    /// Compares an order of the list with ours, `None` if we have none.
    fn take(&mut self, order: Listed, ours: Option<&Ours>, book: &Book, zone: &Zone) {
        self.listed += 1;
        if let Some(at) = order.placed_at.filter(|_| order.is_sale()) {
            add(&mut self.sums_of(zone.day_of(at), order.currency).theirs, order.total);
        }
        let Some(ours) = ours else {
            self.missing.push(order);
            return;
        };
        for origin in ORIGINS.into_iter().filter(|origin| book.origins.contains(&(ours.key, *origin))) {
            *self.seen.entry(origin).or_default() += 1;
        }
        let differences = differences(&order, ours);
        if differences.is_empty() {
            self.equal += 1;
        } else {
            self.different.push((order, ours.order_id.clone(), differences));
        }
    }

    fn sums_of(&mut self, day: Date, currency: Currency) -> &mut DaySums {
        self.days.entry((day, currency.to_string())).or_default()
    }
}

/// Returns the period of the list: from its first to its last day, `None` if it has no dates.
pub(super) fn period_of(list: &List, zone: &Zone) -> Option<Period> {
    let days = || list.orders.iter().filter_map(|order| order.placed_at).map(|at| zone.day_of(at));
    Some(Period { from: days().min()?, to: days().max()? })
}

/// Compares the orders of `list` that lie in `period`, or have no date, with `book`.
pub(super) fn compare(site: SiteId, list: List, book: &Book, period: Option<Period>, zone: &Zone) -> Comparison {
    let mut found = Comparison { bad: list.bad, ..Comparison::default() };
    let is_inside = |at: Timestamp| period.is_none_or(|p| (p.from..=p.to).contains(&zone.day_of(at)));
    let known = |id: &str| book.known.get(&OrderKey::new(site, id)).copied();
    let is_dated = list.orders.iter().any(|order| order.placed_at.is_some());
    let mut lines_of: HashMap<OrderKey, usize> = HashMap::new();
    // Orders that the list names, also on a line that cannot be read or lies outside the period: they are not extra.
    let mut named: HashSet<OrderKey> = list.bad_ids.iter().filter_map(|id| known(id)).collect();
    for order in list.orders {
        let ours = known(&order.id).and_then(|key| book.orders.get(&key));
        named.extend(ours.map(|ours| ours.key));
        if order.placed_at.is_some_and(|at| !is_inside(at)) {
            found.outside += 1;
        } else if let Some(earlier) = ours.and_then(|ours| lines_of.insert(ours.key, order.line)) {
            let reason = format!("order `{}` stands on line {earlier} already, by another id", order.id);
            found.bad.push(BadLine { line: order.line, reason });
        } else {
            found.take(order, ours, book, zone);
        }
    }
    for ours in book.orders.values().filter(|ours| ours.counts && period.is_some() && is_inside(ours.placed_at)) {
        if is_dated {
            add(&mut found.sums_of(zone.day_of(ours.placed_at), ours.currency).ours, ours.total);
        }
        if !named.contains(&ours.key) {
            found.extra.push(ours.clone());
        }
    }
    found.extra.sort_by(|a, b| (a.placed_at, &a.order_id).cmp(&(b.placed_at, &b.order_id)));
    found.bad.sort_by_key(|bad| bad.line);
    found
}

/// Every kind of sender, in the order in which they are shown.
pub(super) const ORIGINS: [Origin; 6] =
    [Origin::Browser, Origin::App, Origin::Pixel, Origin::Server, Origin::Platform, Origin::Import];

fn add((orders, sum): &mut (u32, Amount), total: Amount) {
    *orders += 1;
    *sum = Amount(sum.0.saturating_add(total.0));
}

fn differences(theirs: &Listed, ours: &Ours) -> Vec<Difference> {
    let mut all = Vec::new();
    if theirs.currency != ours.currency {
        all.push(Difference::Currency(theirs.currency, ours.currency));
    }
    if theirs.total != ours.total {
        all.push(Difference::Total(theirs.total, ours.total));
    }
    let status = theirs.status.unwrap_or(OrderStatus::Confirmed);
    // A cancelled order whose money was given back stays an order here; shops call it cancelled or refunded.
    let is_given_back = ours.status == OrderStatus::Cancelled && ours.counts && status == OrderStatus::Confirmed;
    if status != ours.status && !is_given_back {
        all.push(Difference::Status(status, ours.status));
    } else if theirs.is_sale() && !ours.counts {
        all.push(Difference::NotCounted(if ours.test { "test" } else { "unverified" }));
    }
    all
}

#[cfg(test)]
mod tests;
