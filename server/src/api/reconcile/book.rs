//! Booking what is missing: each order of the list becomes a native event, and its id says so again and again.

use super::list::Listed;
use crate::api::cells::status_name;
use commerce::{EventId, SiteId};
use serde_json::json;

/// Returns the event that states `order`; the same order gives the same event id, so that booking a list twice books
/// it once. `None` for one without a date: on which day it was sold is not ours to guess.
pub(super) fn event_of(site: SiteId, order: &Listed) -> Option<String> {
    let placed_at = order.placed_at?.to_string();
    let (total, currency) = (order.total.to_string(), order.currency.code());
    let status = order.status.map(status_name);
    let parts = ["reconcile", &site.to_string(), &order.id, &total, currency, &placed_at, status.unwrap_or("")];
    let id = EventId::derived(&parts.map(str::as_bytes));
    let event = json!({
        "id": id.to_string(),
        "name": "purchase",
        "transaction_id": order.id,
        "value": total,
        "currency": currency,
        "status": status.unwrap_or("confirmed"),
        "occurred_at": placed_at,
        "placed_at": placed_at,
        "properties": { "booked_from": "the shop's list" },
    });
    Some(event.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::{Amount, Currency, Timestamp};

    #[test]
    fn the_same_order_is_the_same_event() {
        let order = Listed {
            line: 2,
            id: "1001".to_owned(),
            total: Amount(599_000),
            currency: Currency::parse("EUR").unwrap(),
            placed_at: Timestamp::parse("2026-04-01T10:00:00Z"),
            status: None,
        };
        let event = event_of(SiteId(1), &order).unwrap();
        assert_eq!(event_of(SiteId(1), &Listed { line: 9, ..order.clone() }).unwrap(), event);
        assert_ne!(event_of(SiteId(2), &order).unwrap(), event);
        assert_ne!(event_of(SiteId(1), &Listed { total: Amount(1), ..order.clone() }).unwrap(), event);
        assert_eq!(event_of(SiteId(1), &Listed { placed_at: None, ..order }), None);
    }
}
