//! What a customer is called, as JSON, as far as the site keeps it.

use super::cells::key_text;
use commerce::rows::PersonRow;
use serde_json::{Value, json};

/// Returns what a customer is called.
pub(super) fn person(person: &PersonRow) -> Value {
    json!({
        "customer": key_text(person.customer.0),
        "user_id": person.user_id,
        "email_hash": person.email_hash,
        "email": person.email,
    })
}
