//! What is claimed about an order's money and lines: gathered from its statements, best first.
//!
//! The best-ranked statement that makes an order wins. What it leaves open is filled from the next in rank, down to the
//! first that has lines: such a statement is whole, so what it does not name is nothing. Statements of the winner's own
//! standing that contradict it fill nothing.

use super::share::{minus, plus};
use super::statement::{Kind, Statement};
use commerce::hit::{Item, OrderStatement};
use commerce::money::allocate;
use commerce::rows::order_flags;
use commerce::state::SiteState;
use commerce::{Amount, Currency};

/// What is claimed about an order.
#[derive(Clone, Debug)]
pub(super) struct Claim<'s> {
    /// The statement that wins.
    pub(super) winner: &'s Statement<'s>,
    /// Its currency.
    pub(super) currency: Currency,
    /// Its lines; empty if nobody names any.
    pub(super) items: &'s [Item],
    /// Whether the prices of lines contain tax.
    pub(super) prices_include_tax: bool,
    /// Marks on the order for those who say otherwise ([`order_flags`]).
    pub(super) flags: u32,
    /// Statements that say more than a status, best first.
    pub(super) ranked: Vec<&'s Statement<'s>>,
    /// Those of them that the claim is made of.
    pub(super) used: Vec<&'s Statement<'s>>,
}

impl<'s> Claim<'s> {
    /// Returns the claim of `statements`, best first; `None` if none of them makes an order.
    pub(super) fn gather(site: &SiteState, statements: &'s [Statement<'s>]) -> Option<Self> {
        let ranked: Vec<&Statement> = statements.iter().filter(|s| s.kind != Kind::Status).collect();
        let winner = *ranked.iter().find(|s| s.makes_order())?;
        let currency = currency_of(site, winner, &ranked);
        let prices_include_tax = site.settings.prices_include_tax;
        let mut claim =
            Self { winner, currency, items: &[], prices_include_tax, flags: 0, ranked: Vec::new(), used: Vec::new() };
        for statement in &ranked {
            if statement.is_peer_of(winner) && statement.makes_order() && differ(site, currency, statement, winner) {
                claim.flags |= order_flags::MONEY_DIFFERS;
            } else if claim.items.is_empty() && !is_foreign(site, currency, statement) {
                claim.used.push(statement);
                claim.items = &statement.items;
            }
        }
        // What a statement says of prices it says of its own lines.
        let of_lines = claim.used.last().filter(|s| !s.items.is_empty()).and_then(|s| s.order.prices_include_tax);
        let of_order = || claim.stated(|o| o.prices_include_tax).filter(|_| claim.items.is_empty());
        claim.prices_include_tax = of_lines.or_else(of_order).unwrap_or(claim.prices_include_tax);
        if sources_differ(site, currency, winner, &ranked) {
            claim.flags |= order_flags::SOURCES_DIFFER;
        }
        claim.ranked = ranked;
        Some(claim)
    }

    /// Returns what the best of the statements that the claim is made of says; `None` if all are silent.
    pub(super) fn stated<T>(&self, field: impl Fn(&OrderStatement) -> Option<T>) -> Option<T> {
        self.used.iter().find_map(|s| field(&s.order))
    }

    /// Returns price x quantity of each line less the tax within it.
    pub(super) fn gross_of_lines(&self) -> Vec<Amount> {
        let decimals = self.currency.decimals();
        let mut gross: Vec<Amount> = self.items.iter().map(|item| gross_of(item, decimals)).collect();
        let tax = self.stated(|o| o.tax).filter(|tax| self.prices_include_tax && *tax != Amount::ZERO);
        if let Some(tax) = tax {
            let shares = allocate(tax, &weights(&gross), decimals);
            for (gross, share) in gross.iter_mut().zip(shares) {
                *gross = minus(*gross, share);
            }
        }
        gross
    }

    /// Returns the discount of each line with `gross`: its own and its share of the order's, which contains them.
    pub(super) fn discount_of_lines(&self, gross: &[Amount]) -> Vec<Amount> {
        let own: Vec<Amount> = self.items.iter().map(|item| item.discount.unwrap_or_default()).collect();
        let sum: Amount = own.iter().copied().sum();
        let Some(whole) = self.stated(|o| o.discount).filter(|whole| *whole != sum) else { return own };
        let decimals = self.currency.decimals();
        if whole < sum {
            // The order's figure cannot contain its lines' ones; it is the order's word that counts.
            return allocate(whole, &weights(&own), decimals);
        }
        let left: Vec<Amount> = gross.iter().zip(&own).map(|(gross, own)| minus(*gross, *own)).collect();
        let shares = allocate(minus(whole, sum), &weights(&left), decimals);
        own.into_iter().zip(shares).map(|(own, share)| plus(own, share)).collect()
    }
}

/// Returns the order's currency. An update that names none means the order's own, a purchase the site's.
fn currency_of(site: &SiteState, winner: &Statement, ranked: &[&Statement]) -> Currency {
    let others = || ranked.iter().find_map(|s| stated_currency(site, s));
    stated_currency(site, winner).or_else(others).unwrap_or(site.settings.currency)
}

fn stated_currency(site: &SiteState, statement: &Statement) -> Option<Currency> {
    let sites = (statement.kind == Kind::Purchase).then_some(site.settings.currency);
    statement.order.currency.or(sites)
}

/// Says whether the statement speaks of another currency than `currency`.
fn is_foreign(site: &SiteState, currency: Currency, statement: &Statement) -> bool {
    stated_currency(site, statement).is_some_and(|c| c != currency)
}

/// Says whether the prices of the statement's lines contain tax.
fn includes_tax(site: &SiteState, statement: &Statement) -> bool {
    statement.order.prices_include_tax.unwrap_or(site.settings.prices_include_tax)
}

/// Says whether two statements about an order in `currency` contradict each other about money; silence contradicts
/// nothing, and prices with tax are no match for prices without.
fn differ(site: &SiteState, currency: Currency, a: &Statement, b: &Statement) -> bool {
    let amounts = |o: &OrderStatement| [o.total, o.subtotal, o.tax, o.shipping, o.fees, o.discount];
    let gross = |s: &Statement| -> Amount { s.items.iter().map(|i| gross_of(i, currency.decimals())).sum() };
    let lines_compare = !a.items.is_empty() && !b.items.is_empty() && includes_tax(site, a) == includes_tax(site, b);
    is_foreign(site, currency, a) != is_foreign(site, currency, b)
        || amounts(&a.order).into_iter().zip(amounts(&b.order)).any(|(a, b)| a.is_some() && b.is_some() && a != b)
        || lines_compare && gross(a) != gross(b)
}

/// Says whether a statement of another standing than the winner's contradicts it for good: one that is no older version
/// of the order, and repeats none.
fn sources_differ(site: &SiteState, currency: Currency, winner: &Statement, ranked: &[&Statement]) -> bool {
    let contradicts = |s: &Statement| !s.is_peer_of(winner) && differ(site, currency, s, winner);
    let repeats = |before: &[&Statement], s: &Statement| {
        before.iter().any(|m| m.makes_order() && m.is_older_than(winner) && !differ(site, currency, m, s))
    };
    ranked
        .iter()
        .enumerate()
        .any(|(i, s)| s.makes_order() && contradicts(s) && !s.is_older_than(winner) && !repeats(&ranked[..i], s))
}

/// Returns price x quantity of `item`, rounded once.
pub(super) fn gross_of(item: &Item, decimals: u32) -> Amount {
    item.price.unwrap_or_default().times(item.quantity(), decimals)
}

/// Returns amounts as the weights that they are.
pub(super) fn weights(parts: &[Amount]) -> Vec<i64> {
    parts.iter().map(|a| a.0).collect()
}
