//! What a customer is called, and to whom a mailing went, as JSON, as far as the site keeps it.

use super::cells::key_text;
use commerce::rows::PersonRow;
use serde_json::{Value, json};
use store::Mailing;

/// Returns what a customer is called.
pub(super) fn person(person: &PersonRow) -> Value {
    json!({
        "customer": key_text(person.customer.0),
        "user_id": person.user_id,
        "email_hash": person.email_hash,
        "email": person.email,
    })
}

/// Returns a mailing that is known by the code in one of its links.
pub(super) fn mailing(mailing: &Mailing) -> Value {
    json!({
        "code": mailing.code,
        "campaign": mailing.campaign,
        "contact": mailing.contact.as_ref().map(person),
    })
}
