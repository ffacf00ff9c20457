//! What a customer is called, and to whom a mailing went, as JSON, as far as the site keeps it.

use super::cells::key_text;
use commerce::rows::PersonRow;
use schemars::JsonSchema;
use serde::Serialize;
use store::Mailing;

/// What a customer is called, as far as the site keeps it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Person")]
pub(super) struct ShownPerson {
    /// Key of 16 hexadecimal digits.
    customer: String,
    user_id: Option<String>,
    /// The site's salted hash of an e-mail address.
    email_hash: Option<String>,
    email: Option<String>,
}

/// A mailing that is known by the code in one of its links.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Mailing")]
pub(super) struct ShownMailing {
    code: String,
    campaign: Option<String>,
    /// To whom it went, which need not be who clicked.
    contact: Option<ShownPerson>,
}

/// Returns what a customer is called.
pub(super) fn person(person: &PersonRow) -> ShownPerson {
    ShownPerson {
        customer: key_text(person.customer.0),
        user_id: person.user_id.clone(),
        email_hash: person.email_hash.clone(),
        email: person.email.clone(),
    }
}

/// Returns a mailing that is known by the code in one of its links.
pub(super) fn mailing(mailing: &Mailing) -> ShownMailing {
    ShownMailing {
        code: mailing.code.clone(),
        campaign: mailing.campaign.clone(),
        contact: mailing.contact.as_ref().map(person),
    }
}
