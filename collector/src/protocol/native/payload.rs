//! The payload that an event's name calls for, and the proof that a browser's order carries.

use super::Sender;
use super::envelope::Envelope;
use super::fault::Fault;
use super::json::scalar;
use super::signature::{self, Signed};
use super::trade;
use super::value::Marks;
use crate::protocol::caps;
use commerce::hit::{Facts, OrderStatement, Person, Trust, flags, names};
use std::borrow::Cow;

/// Reads the payload out of the members of `envelope` into `facts` and `person`.
///
/// # Errors
/// [`Fault`] if the event is to be quarantined.
pub(super) fn read(
    sender: &Sender<'_>,
    facts: &mut Facts,
    person: &mut Person,
    envelope: &mut Envelope<'_>,
    marks: &mut Marks,
) -> Result<(), Fault> {
    match facts.name.as_str() {
        names::PURCHASE | names::ORDER_UPDATE | names::ORDER_STATUS => read_order(sender, facts, envelope, marks)?,
        names::REFUND => facts.refund = Some(trade::read_refund(&mut envelope.rest, marks)?),
        names::CART_UPDATE
        | names::ADD_TO_CART
        | names::REMOVE_FROM_CART
        | names::BEGIN_CHECKOUT
        | names::ADD_SHIPPING_INFO
        | names::ADD_PAYMENT_INFO => {
            let (cart, recovery_url) = trade::read_cart(&mut envelope.rest, marks)?;
            facts.cart = Some(cart);
            person.recovery_url = recovery_url;
        }
        names::GOAL => facts.goal = Some(trade::read_goal(&mut envelope.rest, &sender.site.goals, marks)?),
        names::SEARCH => facts.search = trade::read_search(&mut envelope.rest, marks)?,
        _ => {}
    }
    Ok(())
}

fn read_order(
    sender: &Sender<'_>,
    facts: &mut Facts,
    envelope: &mut Envelope<'_>,
    marks: &mut Marks,
) -> Result<(), Fault> {
    let (value, currency) = (envelope.rest.get("value"), envelope.rest.get("currency"));
    let mut order = trade::read_order(&mut envelope.rest, &facts.name, facts.occurred_at, marks)?;
    if let Some(absurd) = caps::absurd(&sender.site.settings, &order, facts.items.as_deref()) {
        return Err(absurd.into());
    }
    if let Some(signature) = envelope.signature.and_then(scalar)
        && facts.trust == Trust::Unverified
        && facts.name != names::ORDER_STATUS
    {
        let currency = currency.unwrap_or(Cow::Borrowed(sender.site.settings.currency.code()));
        let value = value.as_deref().unwrap_or("").trim();
        let signed = Signed { order_id: &order.order_id, currency: currency.trim(), value };
        if signature::is_valid(sender.site, &signed, &signature, sender.received_at) {
            facts.trust = Trust::Verified;
            distrust_version(&facts.name, &mut order, facts.occurred_at.0);
        } else {
            *marks |= flags::BAD_SIGNATURE;
        }
    }
    facts.order = Some(order);
    Ok(())
}

/// Leaves out the version that a signed order states: the signature does not cover it, and with a high one a customer
/// could outrank what the shop's server says. A change then has its own time, as one without a version has.
fn distrust_version(name: &str, order: &mut OrderStatement, occurred_at: i64) {
    order.version = (name == names::ORDER_UPDATE).then_some(occurred_at);
}
