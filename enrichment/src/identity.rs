//! Who a visitor is: which customer, and from when on.
//!
//! The first user id seen on a visitor claims the visitor's anonymous past; a later, different one owns the events
//! from then on. Stored events and visits are never rewritten: reports join these rows (RULES.md, Identity).

use crate::recognise::{customer_of, user_of};
use crate::work::Work;
use commerce::rows::IdentityRow;
use commerce::{Hit, Timestamp, VisitorKey};

/// The beginning of a visitor's past, before any event.
const BEGINNING: Timestamp = Timestamp(0);

/// Notes that `visitor` is the customer whom the hit names, if that is news.
pub(crate) fn note_identity(work: &mut Work, position: u64, hit: &Hit, visitor: VisitorKey) {
    let (site, at) = (hit.facts.site, hit.facts.occurred_at);
    let user = user_of(site, &hit.person);
    let Some(customer) = user.or_else(|| customer_of(site, &hit.person)) else { return };
    let state = work.visitors.entry(visitor).or_default();
    let valid_from = match state.customer {
        None => BEGINNING,
        Some((known, _)) if known == customer => return,
        // An e-mail address beside a known customer may be anybody's: a gift's, a guest's.
        Some(_) if user.is_none() => return,
        Some(_) => at,
    };
    // A claim that lies in the past does not end the present one.
    if state.customer.is_none_or(|(_, from)| from <= valid_from) {
        state.customer = Some((customer, valid_from));
    }
    work.rows.identities.push(IdentityRow { site, position, visitor, customer, valid_from });
}
