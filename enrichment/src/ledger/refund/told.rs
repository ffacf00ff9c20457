//! Which statements tell of the same refund: those with its id, else those of the same amount, lines and civil day.
//!
//! A statement without an id repeats one with an id that says the same. Of several statements of one refund the earliest
//! is believed; whatever contradicts it is listed. It knows nothing of what a refund comes to.

use super::Account;
use commerce::hit::{Dialect, Item, Origin, RefundStatement, Trust, names};
use commerce::ids::refund_key;
use commerce::record::from_cbor;
use commerce::rows::{OrderFactPayload, OrderFactRow};
use commerce::{Amount, Timestamp};
use std::cmp::Reverse;
use std::collections::HashMap;

/// A statement about a refund.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Told<'a> {
    /// The row it was read from.
    pub(in crate::ledger) fact: &'a OrderFactRow,
    /// Its words. Amounts are magnitudes: some senders give back a negative amount.
    pub(in crate::ledger) refund: RefundStatement,
    /// Its lines; empty where it names none.
    pub(in crate::ledger) items: Vec<Item>,
}

/// Who tells of refunds; the largest is believed.
pub(super) type Source = (Trust, Origin, Reverse<Dialect>);

/// A refund, with the statements that tell of it.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Return<'t> {
    /// Its key within the order.
    pub(super) key: u64,
    /// The statement that is believed.
    pub(in crate::ledger) told: &'t Told<'t>,
    /// How many tell of it.
    pub(super) statements: u32,
    /// Those that contradict it.
    pub(in crate::ledger) contradicted_by: Vec<&'t Told<'t>>,
    /// Why, as the earliest says that says so.
    pub(super) reason: Option<String>,
}

/// What makes a refund without an id the same as another: amount, lines by SKU and quantity, day.
type Content = Vec<Vec<u8>>;

/// Returns the statements about refunds in `facts`, by time.
pub(in crate::ledger) fn read<'a>(facts: &[&'a OrderFactRow]) -> Vec<Told<'a>> {
    let mut told: Vec<Told> = facts.iter().filter_map(|fact| Told::read(fact)).collect();
    told.sort_by_key(|t| (t.at(), t.fact.event));
    told
}

/// Returns the refunds that `told`, statements of one source by time, tell of, by time.
pub(super) fn returns<'t>(account: &Account, told: impl Iterator<Item = &'t Told<'t>>) -> Vec<Return<'t>> {
    let key_of = |parts: &[Vec<u8>]| {
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        refund_key(account.order.site, account.order.order, &parts)
    };
    let (with_id, without_id): (Vec<&Told>, Vec<&Told>) = told.partition(|t| t.id().is_some());
    let mut returns: Vec<Return> = Vec::new();
    let mut by_key: HashMap<u64, usize> = HashMap::new();
    let mut by_content: HashMap<Content, u64> = HashMap::new();
    for told in with_id.into_iter().chain(without_id) {
        let content = told.content(account);
        let key = match told.id() {
            Some(id) => key_of(&[b"id".to_vec(), id.as_bytes().to_vec()]),
            None => by_content.get(&content).copied().unwrap_or_else(|| key_of(&content)),
        };
        by_content.entry(content).or_insert(key);
        let at = *by_key.entry(key).or_insert(returns.len());
        match returns.get_mut(at) {
            Some(refund) => refund.join(account, told),
            None => returns.push(Return {
                key,
                told,
                statements: 1,
                contradicted_by: Vec::new(),
                reason: told.refund.reason.clone(),
            }),
        }
    }
    returns.sort_by_key(|refund| (refund.told.at(), refund.key));
    returns
}

impl<'t> Return<'t> {
    /// Adds a later statement about the refund.
    fn join(&mut self, account: &Account, told: &'t Told<'t>) {
        self.statements += 1;
        self.reason = self.reason.take().or_else(|| told.refund.reason.clone());
        if self.told.contradicts(told, account.order.amounts.order_total) {
            self.contradicted_by.push(told);
        }
    }
}

impl<'a> Told<'a> {
    /// Returns the statement in `fact`; `None` if it is about no refund, and for bytes that this version did not write.
    fn read(fact: &'a OrderFactRow) -> Option<Self> {
        if fact.kind != names::REFUND {
            return None;
        }
        let payload: OrderFactPayload = from_cbor(&fact.payload).ok()?;
        let (mut refund, items) = (payload.refund?, payload.items.unwrap_or_default());
        for amount in [&mut refund.amount, &mut refund.tax, &mut refund.shipping].into_iter().flatten() {
            *amount = Amount(amount.0.saturating_abs());
        }
        Some(Self { fact, refund, items })
    }

    /// Returns when the money was given back.
    pub(in crate::ledger) fn at(&self) -> Timestamp {
        self.refund.at.unwrap_or(self.fact.occurred_at)
    }

    /// Returns the refund's own id; `None` if it has none.
    pub(super) fn id(&self) -> Option<&str> {
        self.refund.refund_id.as_deref().map(str::trim).filter(|id| !id.is_empty())
    }

    /// Returns who tells it.
    pub(super) fn source(&self) -> Source {
        (self.fact.trust, self.fact.origin, Reverse(self.fact.dialect))
    }

    /// Says whether it is the whole order that is given back.
    pub(in crate::ledger) fn is_whole(&self) -> bool {
        self.refund.amount.is_none() && self.items.is_empty()
    }

    /// Returns its lines as SKU and quantity in 1/1000, sorted.
    fn skus(&self) -> Vec<(&str, i64)> {
        let mut skus: Vec<_> = self.items.iter().map(|item| (item.sku.as_str(), item.quantity().0)).collect();
        skus.sort_unstable();
        skus
    }

    fn content(&self, account: &Account) -> Content {
        let amount = self.refund.amount.map_or_else(Vec::new, |amount| amount.0.to_le_bytes().to_vec());
        let day = account.site.settings.timezone.day_of(self.at()).to_string();
        let mut content = vec![b"content".to_vec(), amount, day.into_bytes()];
        for (sku, quantity) in self.skus() {
            content.push(sku.as_bytes().to_vec());
            content.push(quantity.to_le_bytes().to_vec());
        }
        content
    }

    /// Says whether the two cannot both be true of one refund of an order of `order_total`. Silence contradicts nothing,
    /// but silence about everything means the whole order.
    fn contradicts(&self, other: &Self, order_total: Amount) -> bool {
        fn differ<T: PartialEq + Copy>(a: Option<T>, b: Option<T>) -> bool {
            a.is_some() && b.is_some() && a != b
        }
        let amount = |t: &Self| if t.is_whole() { Some(order_total) } else { t.refund.amount };
        let both_have_lines = !self.items.is_empty() && !other.items.is_empty();
        let (a, b) = (&self.refund, &other.refund);
        let part_of_whole = self.is_whole() != other.is_whole() && (amount(self).is_none() || amount(other).is_none());
        part_of_whole
            || differ(amount(self), amount(other))
            || differ(a.tax, b.tax)
            || differ(a.shipping, b.shipping)
            || differ(a.currency, b.currency)
            || both_have_lines && self.skus() != other.skus()
    }
}
