//! Which of the order's lines a refund's items mean, how many units of each, and what those are worth.
//!
//! An item is found by SKU, by variant where that leaves several, then by place: the first line with units left is filled
//! up, then the next. What the order does not have is kept by itself.

use super::Account;
use super::book::Left;
use crate::ledger::claim::gross_of;
use crate::ledger::share::{Vessel, minus, plus, positive, pour, share};
use commerce::hit::Item;
use commerce::{Amount, Quantity, UnitPrice};

/// The lines that a refund names.
#[derive(Debug)]
pub(super) struct Named<'t> {
    /// For each of the order's lines what is named of it; `None` if nothing is.
    pub(super) lines: Vec<Option<Part>>,
    /// Items that the order does not have.
    pub(super) loose: Vec<Loose<'t>>,
    /// What the units beyond those left would be worth.
    pub(super) excess: Amount,
}

/// What a refund names of a line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    /// Units, in 1/1000, never more than are left.
    pub(super) units: i64,
    /// Their share of what the line's goods cost.
    pub(super) worth: Amount,
}

/// An item that the order does not have.
#[derive(Clone, Debug)]
pub(super) struct Loose<'t> {
    pub(super) item: &'t Item,
    /// Units, in 1/1000.
    pub(super) units: i64,
    /// Its price x quantity without tax; `None` if it has no price.
    pub(super) worth: Option<Amount>,
    /// What was given back for it.
    pub(super) goods: Amount,
}

impl<'t> Named<'t> {
    /// Returns what `items` name of an order of which `left` is left.
    pub(super) fn of(account: &Account, left: &Left, items: &'t [Item]) -> Self {
        let mut named = Self { lines: vec![None; account.lines.len()], loose: Vec::new(), excess: Amount::ZERO };
        for item in items {
            let units = item.quantity().0.saturating_abs();
            let candidates = candidates(account, item);
            match candidates.last() {
                None => named.loose.push(loose(account, item, units)),
                Some(&last) => {
                    let beyond = named.fill(account, left, &candidates, units);
                    named.excess = plus(named.excess, worth_beyond(account, last, beyond));
                }
            }
        }
        named
    }

    /// Takes `units` from the first of the lines that have some left; returns how many there are beyond.
    fn fill(&mut self, account: &Account, left: &Left, candidates: &[usize], mut units: i64) -> i64 {
        for &line in candidates {
            let part = self.lines[line].get_or_insert_default();
            let free = left.lines[line].units.saturating_sub(part.units).max(0);
            let taken = units.min(free);
            let before = account.lines[line].quantity.0.saturating_sub(left.lines[line].units);
            part.units += taken;
            part.worth = worth(account, line, before, part.units);
            units -= taken;
            if units == 0 {
                break;
            }
        }
        units
    }

    /// Says whether no lines are named.
    pub(super) fn is_empty(&self) -> bool {
        self.loose.is_empty() && self.lines.iter().all(Option::is_none)
    }

    /// Returns what the units named are worth, as far as there is money left for them.
    pub(super) fn worth(&self, left: &Left) -> Vec<Amount> {
        let worth = |(part, left): (&Option<Part>, &super::book::LineLeft)| {
            part.map_or(Amount::ZERO, |part| part.worth.min(positive(left.money)))
        };
        self.lines.iter().zip(&left.lines).map(worth).collect()
    }

    /// Splits `goods` over the lines named, by what the units named are worth; over all lines, by what is left of them,
    /// where none is named or those named cannot hold it. Returns the goods of each of the order's lines; those of items
    /// that the order does not have are noted with them.
    pub(super) fn spread(&mut self, account: &Account, left: &Left, goods: Amount) -> Vec<Amount> {
        let decimals = account.decimals();
        let worthless = self.lines.iter().flatten().all(|part| part.worth == Amount::ZERO);
        let of_line = |(part, left): (&Option<Part>, &super::book::LineLeft)| {
            let weight = part.map_or(0, |part| if worthless { left.money.0 } else { part.worth.0 });
            Vessel { weight, cap: if part.is_some() { positive(left.money) } else { Amount::ZERO } }
        };
        let of_loose = |loose: &Loose| Vessel {
            weight: loose.worth.unwrap_or_default().0,
            cap: loose.worth.unwrap_or(Amount(i64::MAX)),
        };
        let mut vessels: Vec<Vessel> = self.lines.iter().zip(&left.lines).map(of_line).collect();
        vessels.extend(self.loose.iter().map(of_loose));
        let (mut parts, rest) = pour(goods, &vessels, decimals);
        for (loose, goods) in self.loose.iter_mut().zip(parts.drain(account.lines.len()..)) {
            loose.goods = goods;
        }
        let free = |(part, left): (&Amount, &super::book::LineLeft)| {
            let free = minus(left.money, *part);
            Vessel { weight: free.0, cap: free }
        };
        let all: Vec<Vessel> = parts.iter().zip(&left.lines).map(free).collect();
        let (more, rest) = pour(rest, &all, decimals);
        let mut parts: Vec<Amount> = parts.into_iter().zip(more).map(|(a, b)| plus(a, b)).collect();
        // Lines hold at least what is left of the order's goods; were it otherwise, nothing may be lost.
        if let Some(first) = parts.first_mut() {
            *first = plus(*first, rest);
        }
        parts
    }
}

/// Returns the order's lines that `item` may mean, by place.
fn candidates(account: &Account, item: &Item) -> Vec<usize> {
    let same_sku: Vec<usize> = (0..account.lines.len()).filter(|&i| account.lines[i].product.sku == item.sku).collect();
    let same_variant: Vec<usize> =
        same_sku.iter().copied().filter(|&i| account.lines[i].product.variant == item.variant).collect();
    if item.variant.is_none() || same_variant.is_empty() { same_sku } else { same_variant }
}

/// Returns what `units` of a line cost when `before` of them are gone: shares by quantity that sum to what all cost.
fn worth(account: &Account, line: usize, before: i64, units: i64) -> Amount {
    let row = &account.lines[line];
    let upto = |units: i64| share(Account::net_of(row), units, row.quantity.0, account.decimals());
    minus(upto(before.saturating_add(units)), upto(before))
}

/// Returns what `units` more of a line would cost.
fn worth_beyond(account: &Account, line: usize, units: i64) -> Amount {
    let row = &account.lines[line];
    let (all, of) = (positive(Account::net_of(row)), row.quantity.0);
    if of <= 0 {
        return Amount::ZERO;
    }
    let times = Amount(all.0.saturating_mul(units / of));
    plus(times, share(all, units % of, of, account.decimals()))
}

fn loose<'t>(account: &Account, item: &'t Item, units: i64) -> Loose<'t> {
    let price = item.price.map(|price| UnitPrice(price.0.saturating_abs()));
    let priced = Item { price, quantity: Some(Quantity(units)), ..Item::default() };
    let worth = price.map(|_| {
        let gross = gross_of(&priced, account.decimals());
        let cost = positive(minus(gross, item.discount.unwrap_or_default()));
        if account.prices_include_tax { minus(cost, account.tax_within(cost)) } else { cost }
    });
    Loose { item, units, worth, goods: Amount::ZERO }
}
