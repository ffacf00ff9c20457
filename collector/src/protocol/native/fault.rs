//! What can be wrong with one event: stable reason codes, each with the sentence that says what would be right.

use crate::limits::{DEPTH_MAX, EVENT_BYTES_MAX, ITEMS_MAX};
use crate::protocol::caps::Absurd;
use commerce::money::NumberError;
use std::borrow::Cow;

/// Why an event is quarantined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Stable code.
    pub(super) reason: &'static str,
    /// What would make the event acceptable.
    pub(super) hint: Cow<'static, str>,
}

impl Fault {
    fn new(reason: &'static str, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, hint: hint.into() }
    }

    pub(super) fn malformed() -> Self {
        Self::new("event.malformed", "Send each event as a JSON object.")
    }

    pub(super) fn wrong_type(field: &str, expected: &str) -> Self {
        Self::new("event.malformed", format!("Send `{field}` as {expected}."))
    }

    pub(super) fn name_missing() -> Self {
        Self::new("event.name_missing", "Give the event a `name` such as page_view or purchase.")
    }

    pub(super) fn too_large() -> Self {
        Self::new("event.too_large", format!("Keep an event below {} KiB of JSON.", EVENT_BYTES_MAX >> 10))
    }

    pub(super) fn too_deep() -> Self {
        Self::new("event.too_deep", format!("Nest an event's JSON at most {DEPTH_MAX} levels deep."))
    }

    pub(super) fn items_malformed() -> Self {
        Self::new("items.malformed", "Send `items` as an array of objects.")
    }

    pub(super) fn items_too_many() -> Self {
        Self::new("items.too_many", format!("Send at most {ITEMS_MAX} items with one event."))
    }

    pub(super) fn item_id_missing() -> Self {
        Self::new("item.id_missing", "Give every item an `item_id` (the SKU) or at least an `item_name`.")
    }

    /// What is wrong with a price or an amount; `text` is what was sent.
    pub(super) fn price(field: &str, error: NumberError, text: &str) -> Self {
        match error {
            NumberError::OutOfRange => {
                Self::new("price.out_of_range", format!("`{field}` is larger than what is kept."))
            }
            NumberError::NotANumber if is_not_finite(text) => {
                Self::new("price.not_finite", format!("Send `{field}` as a finite decimal number such as \"49.90\"."))
            }
            NumberError::NotANumber => Self::new(
                "price.not_a_number",
                format!("Send `{field}` as a decimal number with a point, without separators: \"49.90\"."),
            ),
        }
    }

    pub(super) fn price_negative(field: &str) -> Self {
        Self::new(
            "price.negative",
            format!("Send `{field}` as zero or more; money given back is a refund event, a price cut is a `discount`."),
        )
    }

    pub(super) fn lines_out_of_range() -> Self {
        Self::new("price.out_of_range", "Price x quantity of the items is larger than what is kept.")
    }

    pub(super) fn quantity(error: NumberError) -> Self {
        match error {
            NumberError::OutOfRange => {
                Self::new("quantity.out_of_range", "Send a `quantity` between 0 and 1000000000.")
            }
            NumberError::NotANumber => {
                Self::new("quantity.not_a_number", "Send `quantity` as a decimal number such as 2 or \"0.5\".")
            }
        }
    }

    pub(super) fn currency_unknown() -> Self {
        Self::new(
            "currency.unknown",
            "Send `currency` as an ISO 4217 code such as EUR, or leave it out for the site's.",
        )
    }

    pub(super) fn order_id_missing() -> Self {
        Self::new("order_id.missing", "Send the shop's order id as `transaction_id`.")
    }

    pub(super) fn order_id_placeholder() -> Self {
        Self::new(
            "order_id.placeholder",
            "`transaction_id` is a placeholder that the page failed to fill in; send the shop's order id.",
        )
    }

    pub(super) fn status_unknown() -> Self {
        Self::new("order.status_unknown", "Send `status` as pending, confirmed, cancelled or failed.")
    }

    pub(super) fn time_unreadable(field: &str) -> Self {
        Self::new("time.unreadable", format!("Send `{field}` as RFC 3339, such as 2026-03-02T10:00:00Z."))
    }

    pub(super) fn time_too_old() -> Self {
        Self::new(
            "time.too_old",
            "The event is older than the site's backdating window; send past events with a token of scope import.",
        )
    }

    pub(super) fn goal_unknown() -> Self {
        Self::new("goal.unknown", "Send `goal` as the number or name of one of the site's goals.")
    }
}

impl From<Absurd> for Fault {
    fn from(absurd: Absurd) -> Self {
        Self::new(absurd.reason, absurd.hint)
    }
}

/// Says whether `text` is how some language writes a number that is none.
fn is_not_finite(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['+', '-']);
    ["nan", "inf", "infinity"].iter().any(|word| text.eq_ignore_ascii_case(word))
}
