//! Who is who: observations of visitors and e-mail addresses as customers, and what follows from all of them.
//!
//! The first user id seen on a visitor claims the visitor's anonymous past; a later, different one owns the events from
//! then on; a reset makes the visitor somebody new (RULES.md, Identity). Nothing stored is ever rewritten: owners are
//! worked out of the set of observations, so the order in which they arrive says nothing. To that end every observation
//! is kept, except that one a minute is enough for each visitor and customer.

use crate::context::HitContext;
use crate::recognise::{user_of, visitor_named};
use crate::work::Work;
use commerce::hit::names;
use commerce::rows::{IdentityRow, PersonRow, Subject};
use commerce::{CustomerKey, Timestamp, VisitorKey};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Observations of one visitor and customer within this time are one.
const GRAIN_US: i64 = 60_000_000;

/// Returns the customer who owns what `visitor` did at `at`, as far as `identities` (those of the visitor and of the
/// e-mail addresses in them) tell; `None` for somebody unknown.
pub fn owner_of(identities: &[IdentityRow], visitor: VisitorKey, at: Timestamp) -> Option<CustomerKey> {
    Identities::of(identities).owner(visitor, at)
}

/// Says whether several users have been seen on `visitor`, so that it is a shared device.
pub fn is_shared(identities: &[IdentityRow], visitor: VisitorKey) -> bool {
    Identities::of(identities).is_shared(visitor)
}

/// One observation of a visitor; the customer is `None` for a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    at: Timestamp,
    customer: Option<CustomerKey>,
    by_email: bool,
}

/// What a set of observations says of who is who.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    visitors: HashMap<VisitorKey, Vec<Seen>>,
    /// The user whom an e-mail address belongs to: the first who named it.
    users: HashMap<CustomerKey, CustomerKey>,
    /// Visitors that were ever said to be a customer.
    devices: HashMap<CustomerKey, BTreeSet<VisitorKey>>,
}

impl Identities {
    /// Returns what `rows` say; neither their order nor their repetition matters.
    pub(crate) fn of<'a>(rows: impl IntoIterator<Item = &'a IdentityRow>) -> Self {
        let mut visitors: HashMap<VisitorKey, Vec<Seen>> = HashMap::new();
        let mut emails: BTreeMap<CustomerKey, (Timestamp, CustomerKey)> = BTreeMap::new();
        for row in rows {
            match (row.subject, row.customer) {
                (Subject::Visitor(visitor), customer) => {
                    visitors.entry(visitor).or_default().push(Seen { at: row.at, customer, by_email: row.by_email });
                }
                (Subject::Email(email), Some(user)) => {
                    let first = emails.entry(email).or_insert((row.at, user));
                    *first = (*first).min((row.at, user));
                }
                (Subject::Email(_), None) => {}
            }
        }
        let users = emails.into_iter().map(|(email, (_, user))| (email, user)).collect();
        let mut all = Self { visitors, users, devices: HashMap::new() };
        all.visitors.values_mut().for_each(thin);
        for (visitor, seen) in &all.visitors {
            for customer in seen.iter().filter_map(|s| s.customer) {
                all.devices.entry(all.canonical(customer)).or_default().insert(*visitor);
            }
        }
        all
    }

    /// Returns the user whom the e-mail address behind `customer` belongs to, else `customer` itself.
    pub(crate) fn canonical(&self, customer: CustomerKey) -> CustomerKey {
        self.users.get(&customer).copied().unwrap_or(customer)
    }

    /// Returns the user whom the e-mail address behind `email` belongs to.
    pub(crate) fn user_of_email(&self, email: CustomerKey) -> Option<CustomerKey> {
        self.users.get(&email).copied()
    }

    /// Returns the customer who owns what `visitor` did at `at`.
    pub(crate) fn owner(&self, visitor: VisitorKey, at: Timestamp) -> Option<CustomerKey> {
        self.owner_by(visitor, at, false).or_else(|| self.owner_by(visitor, at, true)).map(|c| self.canonical(c))
    }

    /// Returns the user who owns what `visitor` did at `at`; no customer who is known by e-mail alone.
    pub(crate) fn user_of_visitor(&self, visitor: VisitorKey, at: Timestamp) -> Option<CustomerKey> {
        self.owner_by(visitor, at, false)
    }

    fn owner_by(&self, visitor: VisitorKey, at: Timestamp, by_email: bool) -> Option<CustomerKey> {
        let seen = self.visitors.get(&visitor)?;
        let is_reset = |s: &&Seen| s.customer.is_none();
        let from = seen.iter().filter(is_reset).map(|s| s.at).filter(|t| *t <= at).max();
        let until = seen.iter().filter(is_reset).map(|s| s.at).find(|t| *t > at);
        let of_now = |s: &&Seen| {
            s.customer.is_some()
                && s.by_email == by_email
                && from.is_none_or(|from| s.at >= from)
                && until.is_none_or(|until| s.at < until)
        };
        let mut known = seen.iter().filter(of_now).peekable();
        let first = known.peek().and_then(|s| s.customer);
        known.take_while(|s| s.at <= at).last().and_then(|s| s.customer).or(first)
    }

    /// Says whether several users have been seen on `visitor`.
    pub(crate) fn is_shared(&self, visitor: VisitorKey) -> bool {
        let Some(seen) = self.visitors.get(&visitor) else { return false };
        let mut users = seen.iter().filter(|s| !s.by_email).filter_map(|s| s.customer);
        let first = users.next();
        users.any(|user| Some(user) != first)
    }

    /// Returns the visitors ever said to be `customer`, in the order of their keys.
    pub(crate) fn devices(&self, customer: CustomerKey) -> impl Iterator<Item = VisitorKey> + '_ {
        self.devices.get(&self.canonical(customer)).into_iter().flatten().copied()
    }
}

/// Sorts observations by time and leaves one a minute of each customer: the first.
fn thin(seen: &mut Vec<Seen>) {
    seen.sort_unstable();
    let mut told: BTreeSet<(i64, Option<CustomerKey>)> = BTreeSet::new();
    seen.retain(|s| s.customer.is_none() || told.insert((s.at.0.div_euclid(GRAIN_US), s.customer)));
    seen.dedup();
}

/// Notes whom the hit says its visitor and its e-mail address to be.
pub(crate) fn note(work: &mut Work, ctx: &HitContext) {
    if ctx.bot.is_some() {
        return;
    }
    let (user, email) = (user_of(ctx.site(), ctx.person()), email_of(ctx));
    // Of a visitor recognised by fingerprint it is not known whose they are.
    let visitor = ctx.visitor.filter(|v| visitor_named(ctx.hit) == Some(*v)).map(Subject::Visitor);
    if let (Some(visitor), names::RESET) = (visitor, ctx.facts().name.as_str()) {
        observe(work, ctx, visitor, None, false);
    } else if let (Some(visitor), Some(customer)) = (visitor, user.or(email)) {
        observe(work, ctx, visitor, Some(customer), user.is_none());
    }
    if let (Some(email), Some(user)) = (email, user) {
        observe(work, ctx, Subject::Email(email), Some(user), false);
    }
    for customer in [user, email].into_iter().flatten() {
        name(work, ctx, customer, user);
    }
}

/// Returns the customer behind the e-mail address that the hit names.
pub(crate) fn email_of(ctx: &HitContext) -> Option<CustomerKey> {
    let hash = ctx.person().email_hash.as_deref()?;
    Some(CustomerKey::of_email_hash(ctx.site(), hash))
}

/// Keeps an observation, unless it says nothing that an earlier one of the same minute does not say.
fn observe(work: &mut Work, ctx: &HitContext, subject: Subject, customer: Option<CustomerKey>, by_email: bool) {
    let minute = ctx.at().0.div_euclid(GRAIN_US);
    if let Some(customer) = customer {
        let first = work.observed.entry((subject, customer, minute)).or_insert(Timestamp(i64::MAX));
        if *first <= ctx.at() {
            return;
        }
        *first = ctx.at();
    }
    let row = IdentityRow { site: ctx.site(), position: ctx.position, subject, customer, by_email, at: ctx.at() };
    work.sales.identities.push(row.clone());
    work.rows.identities.push(row);
    work.news.people = true;
}

/// Keeps what the customer is called, if that is news. Of several names the greatest stays, whichever came first.
fn name(work: &mut Work, ctx: &HitContext, customer: CustomerKey, user: Option<CustomerKey>) {
    let person = ctx.person();
    let said = PersonRow {
        site: ctx.site(),
        position: ctx.position,
        customer,
        user_id: person.user_id.clone().filter(|_| user == Some(customer)).map(|id| id.trim().to_owned()),
        email_hash: person.email_hash.clone(),
        email: person.email.clone(),
    };
    let known = work.sales.people.get(&customer);
    let adds = |new: &Option<String>, old: fn(&PersonRow) -> &Option<String>| {
        new.is_some() && known.is_none_or(|known| old(known) < new)
    };
    if !(adds(&said.user_id, |p| &p.user_id)
        || adds(&said.email_hash, |p| &p.email_hash)
        || adds(&said.email, |p| &p.email))
    {
        return;
    }
    let merged = match known {
        None => said,
        Some(known) => PersonRow {
            user_id: said.user_id.max(known.user_id.clone()),
            email_hash: said.email_hash.max(known.email_hash.clone()),
            email: said.email.max(known.email.clone()),
            ..said
        },
    };
    work.sales.people.insert(customer, merged.clone());
    work.rows.people.push(merged);
}

/// Returns when each visitor and customer were first observed in each minute, of observations loaded.
pub(crate) fn observed(rows: &[IdentityRow]) -> HashMap<(Subject, CustomerKey, i64), Timestamp> {
    let mut observed = HashMap::new();
    for row in rows {
        if let Some(customer) = row.customer {
            let minute = row.at.0.div_euclid(GRAIN_US);
            let first = observed.entry((row.subject, customer, minute)).or_insert(row.at);
            *first = row.at.min(*first);
        }
    }
    observed
}

#[cfg(test)]
mod tests;
