//! WooCommerce: orders, which bring their refunds along, and customers.
//!
//! WooCommerce tries once and never again, and tells two deliveries of one second apart by nothing but their body: so
//! the body's own digest is what a delivery is known by. Its lines are without tax whatever `prices_include_tax` says,
//! which is how the shop enters prices.

use super::event::{Event, attribution};
use super::value::{amount, first, instant_utc, list, magnitude, price_of_one, scalar, text};
use super::{Told, digest, header};
use crate::book::BookSite;
use crate::protocol::Request;
use commerce::hit::names;
use commerce::money::Amount;
use commerce::time::Timestamp;
use serde_json::Value;

/// Keys of the order's meta data that hold where the customer came from, and our names for them.
const SOURCE: [(&str, &str); 7] = [
    ("_wc_order_attribution_utm_source", "source"),
    ("_wc_order_attribution_utm_medium", "medium"),
    ("_wc_order_attribution_utm_campaign", "campaign"),
    ("_wc_order_attribution_utm_term", "term"),
    ("_wc_order_attribution_utm_content", "content"),
    ("_wc_order_attribution_referrer", "referrer"),
    ("_wc_order_attribution_session_entry", "landing_page"),
];

/// Says whether the request is the one by which WooCommerce tries a new webhook's address: unsigned, without a topic.
pub(super) fn is_ping(request: &Request) -> bool {
    let id = request.body.strip_prefix(b"webhook_id=");
    header(request, "x-wc-webhook-topic").is_none()
        && header(request, "x-wc-webhook-signature").is_none()
        && id.is_some_and(|id| !id.is_empty() && id.len() <= 20 && id.iter().all(u8::is_ascii_digit))
}

/// Returns what a webhook says.
pub(super) fn tell(request: &Request, site: &BookSite, payload: &Value) -> Told {
    let topic = header(request, "x-wc-webhook-topic").unwrap_or_default().to_ascii_lowercase();
    let delivery = Delivery { site, topic: &topic, digest: digest(request.body), received_at: request.received_at };
    let events = match topic.as_str() {
        "order.created" => delivery.order(names::PURCHASE, payload),
        "order.updated" => delivery.order(names::ORDER_UPDATE, payload),
        "order.restored" => delivery.restored(payload),
        "order.deleted" => {
            // Its body is the same whenever an order is deleted; the delivery's own id has the second in it.
            let once = header(request, "x-wc-webhook-delivery-id").unwrap_or_default();
            vec![delivery.deletion(payload, once)]
        }
        "customer.created" | "customer.updated" => vec![delivery.customer(payload)],
        _ => Vec::new(),
    };
    Told::of(events)
}

/// What a delivery says beside its payload.
struct Delivery<'a> {
    site: &'a BookSite,
    topic: &'a str,
    digest: String,
    received_at: Timestamp,
}

impl Delivery<'_> {
    fn id(&self) -> String {
        format!("woocommerce:{}:{}", self.topic, self.digest)
    }

    /// Returns the order as it stands, and the refunds that it lists; nothing of one that is still a draft.
    fn order(&self, name: &str, order: &Value) -> Vec<Value> {
        let Some((status, progress)) = self.status(order) else { return Vec::new() };
        let placed_at = instant_utc(order, "/date_created_gmt");
        let changed_at = instant_utc(order, "/date_modified_gmt").or(placed_at).unwrap_or(self.received_at);
        let at = if name == names::PURCHASE { placed_at.unwrap_or(changed_at) } else { changed_at };
        let mut event = Event::new(&self.id(), name, at);
        set_order_ids(&mut event, order);
        event.set("version", Some(changed_at.0.saturating_add(progress)));
        event.set("status", Some(status));
        event.set("placed_at", placed_at.map(|at| at.to_string()));
        event.set("currency", text(order, "/currency"));
        event.set("value", text(order, "/total"));
        event.set("tax", text(order, "/total_tax"));
        event.set("shipping", text(order, "/shipping_total"));
        set_fees_and_discount(&mut event, order);
        event.set("prices_include_tax", Some(false));
        let coupons = list(order, "/coupon_lines").iter().filter_map(|line| text(line, "/code"));
        event.set_list("coupons", coupons.map(Value::from).collect());
        event.set("payment_method", text(order, "/payment_method"));
        event.set("shipping_method", text(order, "/shipping_lines/0/method_title"));
        event.set("sales_channel", sales_channel(order));
        event.set_list("items", list(order, "/line_items").iter().map(item).collect());
        event.set("user_id", text(order, "/customer_id").filter(|id| id != "0"));
        event.set("email", text(order, "/billing/email"));
        event.set("ip", text(order, "/customer_ip_address"));
        event.set("user_agent", text(order, "/customer_user_agent"));
        set_source(&mut event, order);
        let mut properties = Event::default();
        properties.set("woocommerce_status", text(order, "/status"));
        properties.set("created_via", text(order, "/created_via"));
        event.set("properties", Some(properties.finish()));
        let refunds = list(order, "/refunds").iter().filter_map(|r| refund(order, r, changed_at));
        std::iter::once(event.finish()).chain(refunds).collect()
    }

    /// Returns where the order stands and how far it has come; `None` of one that is still a draft.
    fn status(&self, order: &Value) -> Option<(&'static str, i64)> {
        let unpaid = if self.site.settings.count_orders_on_paid { "pending" } else { "confirmed" };
        let status = text(order, "/status").unwrap_or_default();
        Some(match status.strip_prefix("wc-").unwrap_or(&status) {
            "checkout-draft" | "auto-draft" | "draft" | "new" => return None,
            "pending" => ("pending", 0),
            // Placed, and to be paid by transfer or on delivery.
            "on-hold" => (unpaid, 1),
            "processing" => ("confirmed", 2),
            "completed" => ("confirmed", 3),
            // What was given back is told by the refunds.
            "refunded" => ("confirmed", 4),
            "failed" => ("failed", 5),
            "cancelled" | "trash" => ("cancelled", 6),
            // A status of the shop's own: paid is paid.
            _ if text(order, "/date_paid_gmt").is_some() => ("confirmed", 2),
            _ => (unpaid, 1),
        })
    }

    /// Returns the order, and its status as of now: the deletion was dated by its receipt, too.
    fn restored(&self, order: &Value) -> Vec<Value> {
        let mut events = self.order(names::ORDER_UPDATE, order);
        if let Some((status, _)) = self.status(order) {
            let mut event = Event::new(&format!("{}:status", self.id()), names::ORDER_STATUS, self.received_at);
            event.set("transaction_id", text(order, "/id").map(|id| format!("woocommerce:{id}")));
            event.set("status", Some(status));
            events.push(event.finish());
        }
        events
    }

    /// Returns that an order was deleted, of which only the id is known.
    fn deletion(&self, order: &Value, once: &str) -> Value {
        let mut event = Event::new(&format!("{}:{once}", self.id()), names::ORDER_STATUS, self.received_at);
        event.set("transaction_id", text(order, "/id").map(|id| format!("woocommerce:{id}")));
        event.set("status", Some("cancelled"));
        event.set("reason", Some("deleted"));
        event.finish()
    }

    fn customer(&self, customer: &Value) -> Value {
        // The date is that of the account's last change and may be years ago; what it says holds now.
        let mut event = Event::new(&self.id(), names::IDENTIFY, self.received_at);
        event.set("user_id", text(customer, "/id").filter(|id| id != "0"));
        event.set("email", first(customer, &["/email", "/billing/email"]));
        event.finish()
    }
}

/// Sets the order's ids: its number, which pages show, its id where that is another, and the payment's.
fn set_order_ids(event: &mut Event, order: &Value) {
    let id = text(order, "/id");
    let number = first(order, &["/number", "/id"]);
    let mut aliases: Vec<String> = id.iter().map(|id| format!("woocommerce:{id}")).collect();
    aliases.extend(id.filter(|id| Some(id) != number.as_ref()));
    let payment = text(order, "/transaction_id");
    aliases.extend(
        payment
            .filter(|id| ["pi_", "ch_", "py_"].iter().any(|kind| id.starts_with(kind)))
            .map(|id| format!("stripe:{id}")),
    );
    event.set_list("aliases", aliases.into_iter().map(Value::from).collect());
    event.set("transaction_id", number);
}

/// Sets fees and discount without tax. A fee below zero is a discount by another name.
fn set_fees_and_discount(event: &mut Event, order: &Value) {
    let (mut fees, mut discount) = (Amount::ZERO, amount(order, "/discount_total").map_or(Amount::ZERO, magnitude));
    for fee in list(order, "/fee_lines").iter().filter_map(|line| amount(line, "/total")) {
        let sum = if fee < Amount::ZERO { &mut discount } else { &mut fees };
        *sum = Amount(sum.0.saturating_add(magnitude(fee).0));
    }
    event.set("fees", (fees > Amount::ZERO).then(|| fees.to_string()));
    event.set("discount", Some(discount.to_string()));
}

fn sales_channel(order: &Value) -> Option<&'static str> {
    match text(order, "/created_via").as_deref() {
        Some("checkout" | "store-api") => Some("web"),
        Some("admin") => Some("admin"),
        Some("pos-rest-api" | "pos") => Some("pos"),
        _ => None,
    }
}

/// Returns the product of a line. `subtotal` and `total` are the line's before and after discounts; `price` is a binary
/// float after discounts and not looked at.
fn item(line: &Value) -> Value {
    let mut item = Event::default();
    let own = |pointer: &str| text(line, pointer).filter(|id| id != "0");
    item.set("item_id", own("/sku").or_else(|| own("/variation_id")).or_else(|| own("/product_id")));
    item.set("item_name", first(line, &["/parent_name", "/name"]));
    let (before, after) = (amount(line, "/subtotal"), amount(line, "/total"));
    let quantity = line.get("quantity").and_then(Value::as_i64).filter(|quantity| *quantity > 0);
    if let Some(before) = before.or(after) {
        item.set("price", Some(price_of_one(before, quantity.unwrap_or(1)).to_string()));
    }
    let stated = first(line, &["/subtotal", "/total"]).filter(|_| before.is_none());
    item.set("price", stated.filter(|_| after.is_none()));
    item.set("quantity", text(line, "/quantity"));
    if let (Some(before), Some(after)) = (before, after) {
        let discount = Amount(before.0.saturating_sub(after.0));
        item.set("discount", (discount > Amount::ZERO).then(|| discount.to_string()));
    }
    for id in ["product_id", "variation_id"] {
        item.set(id, own(&format!("/{id}")));
    }
    item.finish()
}

/// Returns a refund: its total is below zero, its lines and its date are not told.
fn refund(order: &Value, refund: &Value, at: Timestamp) -> Option<Value> {
    let id = text(refund, "/id")?;
    // What cannot be read is handed on as it is, and ends in quarantine.
    let stated = text(refund, "/total")?;
    let given = amount(refund, "/total").map(magnitude);
    if given == Some(Amount::ZERO) {
        return None;
    }
    let mut event = Event::new(&format!("woocommerce:refund:{id}"), names::REFUND, at);
    event.set("refund_id", Some(id));
    event.set("transaction_id", text(order, "/id").map(|id| format!("woocommerce:{id}")));
    event.set("amount", Some(given.map_or(stated, |given| given.to_string())));
    event.set("currency", text(order, "/currency"));
    event.set("reason", text(refund, "/reason"));
    Some(event.finish())
}

/// Sets who bought and where they came from, as the shop stored it with the order.
fn set_source(event: &mut Event, order: &Value) {
    let meta = || {
        let pairs = list(order, "/meta_data").iter();
        pairs.filter_map(|pair| Some((pair.get("key")?.as_str()?, pair.get("value").and_then(scalar)?)))
    };
    event.set_stored_ids(meta());
    let stated = |key: &str| meta().find(|(name, _)| *name == key).map(|(_, value)| value);
    let mut source = attribution(stated("_wc_order_attribution_session_entry").as_deref(), None);
    for (key, name) in SOURCE {
        source.set(name, stated(key).filter(|value| value != "(none)" && value != "(direct)"));
    }
    let source = source.finish();
    event.set("attribution", source.as_object().is_some_and(|o| !o.is_empty()).then_some(source));
}
