//! Shopify: orders, refunds, checkouts, carts and customers.
//!
//! An order comes many times, in any order of topics, each time whole. So every delivery is a statement with a version,
//! and which topic it came under decides little. Deliveries are known by `X-Shopify-Webhook-Id`: `X-Shopify-Event-Id` is
//! shared by several topics of one purchase, and would lose all but the first.

use super::event::{Event, attribution};
use super::value::{amount, first, flag, instant, list, magnitude, sum, text};
use super::{Told, digest, header};
use crate::book::BookSite;
use crate::protocol::Request;
use commerce::hit::names;
use commerce::money::Amount;
use commerce::time::Timestamp;
use serde_json::{Value, json};

/// Returns what a webhook says.
pub(super) fn tell(request: &Request, site: &BookSite, payload: &Value) -> Told {
    let topic = header(request, "x-shopify-topic").unwrap_or_default().to_ascii_lowercase();
    let delivery = header(request, "x-shopify-webhook-id").map_or_else(|| digest(request.body), str::to_owned);
    let delivery = Delivery {
        site,
        id: format!("shopify:{delivery}"),
        triggered_at: header(request, "x-shopify-triggered-at")
            .and_then(Timestamp::parse)
            .unwrap_or(request.received_at)
            .min(request.received_at),
        is_test: header(request, "x-shopify-test") == Some("true"),
    };
    let events = match topic.as_str() {
        "orders/create" => delivery.order(names::PURCHASE, payload),
        "orders/updated" | "orders/paid" | "orders/cancelled" | "orders/fulfilled" | "orders/partially_fulfilled" => {
            delivery.order(names::ORDER_UPDATE, payload)
        }
        // What has no mark for tests is left out then.
        _ if delivery.is_test => Vec::new(),
        "orders/delete" => vec![delivery.deletion(payload)],
        "refunds/create" => refund(payload, &[]).into_iter().collect(),
        "checkouts/create" | "checkouts/update" => delivery.checkout(payload).into_iter().collect(),
        "carts/create" | "carts/update" => vec![delivery.cart(payload)],
        "customers/create" | "customers/update" => vec![delivery.customer(payload)],
        _ => Vec::new(),
    };
    Told::of(events)
}

/// What a delivery says beside its payload.
struct Delivery<'a> {
    site: &'a BookSite,
    /// Native event id.
    id: String,
    triggered_at: Timestamp,
    /// Whether somebody tries out the webhook.
    is_test: bool,
}

impl Delivery<'_> {
    /// Returns the order as it stands, and the refunds that it lists.
    fn order(&self, name: &str, order: &Value) -> Vec<Value> {
        let lines = list(order, "/line_items");
        let placed_at = instant(order, "/processed_at").or_else(|| instant(order, "/created_at"));
        let changed_at = changed_at(order).or(placed_at).unwrap_or(self.triggered_at);
        let at = if name == names::PURCHASE { placed_at.unwrap_or(changed_at) } else { changed_at };
        let mut event = Event::new(&self.id, name, at);
        set_order_ids(&mut event, order);
        event.set("version", Some(changed_at.0.saturating_add(progress(order))));
        event.set("status", Some(self.status(order)));
        event.set("reason", text(order, "/cancel_reason"));
        event.set("placed_at", placed_at.map(|at| at.to_string()));
        event.set("currency", text(order, "/currency"));
        for (field, pointers) in MONEY {
            event.set(field, first(order, pointers));
        }
        let fees: Amount = FEES.iter().filter_map(|pointer| amount(order, pointer)).map(magnitude).sum();
        event.set("fees", (fees > Amount::ZERO).then(|| fees.to_string()));
        event.set("prices_include_tax", flag(order, "/taxes_included"));
        event.set("test", Some(true).filter(|_| self.is_test || flag(order, "/test") == Some(true)));
        let coupons = list(order, "/discount_codes").iter().filter_map(|code| text(code, "/code"));
        event.set_list("coupons", coupons.map(Value::from).collect());
        event.set("payment_method", first(order, &["/payment_gateway_names/0", "/gateway"]));
        event.set("shipping_method", text(order, "/shipping_lines/0/title"));
        event.set("sales_channel", sales_channel(order));
        event.set("order_count", order.pointer("/customer/orders_count").filter(|count| count.is_u64()).cloned());
        event.set_list("items", lines.iter().map(item).collect());
        set_customer(&mut event, order);
        event.set("ip", first(order, &["/browser_ip", "/client_details/browser_ip"]));
        event.set("user_agent", text(order, "/client_details/user_agent"));
        event.set("language", first(order, &["/customer_locale", "/client_details/accept_language"]));
        self.set_source(&mut event, order);
        let mut properties = Event::default();
        for name in ["financial_status", "fulfillment_status", "source_name"] {
            properties.set(name, text(order, &format!("/{name}")));
        }
        event.set("properties", Some(properties.finish()));
        let refunds = list(order, "/refunds").iter().filter_map(|r| refund(r, lines));
        std::iter::once(event.finish()).chain(refunds).collect()
    }

    /// Returns where the order stands. One that nobody has paid yet counts when it is placed, unless the site counts
    /// orders when they are paid.
    fn status(&self, order: &Value) -> &'static str {
        if text(order, "/cancelled_at").is_some() {
            return "cancelled";
        }
        match text(order, "/financial_status").as_deref() {
            Some("voided") => "cancelled",
            Some("pending" | "unpaid" | "authorized" | "partially_paid" | "expired")
                if self.site.settings.count_orders_on_paid =>
            {
                "pending"
            }
            _ => "confirmed",
        }
    }

    /// Returns that an order was removed, of which only the id is known.
    fn deletion(&self, order: &Value) -> Value {
        let mut event = Event::new(&self.id, names::ORDER_STATUS, self.triggered_at);
        event.set("transaction_id", text(order, "/id").map(|id| format!("shopify:{id}")));
        event.set("status", Some("cancelled"));
        event.set("reason", Some("deleted"));
        event.finish()
    }

    /// Returns the cart that a checkout holds; `None` once it is completed, for then its order tells.
    fn checkout(&self, checkout: &Value) -> Option<Value> {
        if text(checkout, "/completed_at").is_some() {
            return None;
        }
        let mut event = self.cart_of(checkout, &["/cart_token", "/token", "/id"]);
        event.set("value", text(checkout, "/subtotal_price"));
        event.set("currency", text(checkout, "/currency"));
        event.set("coupon", text(checkout, "/discount_codes/0/code"));
        event.set("checkout_step", Some(names::BEGIN_CHECKOUT));
        event.set("recovery_url", text(checkout, "/abandoned_checkout_url"));
        set_customer(&mut event, checkout);
        self.set_source(&mut event, checkout);
        Some(event.finish())
    }

    /// Returns a cart that is no checkout yet: nobody is known for it but its token.
    fn cart(&self, cart: &Value) -> Value {
        self.cart_of(cart, &["/token", "/id"]).finish()
    }

    fn cart_of(&self, cart: &Value, ids: &[&str]) -> Event {
        let at = instant(cart, "/updated_at").or_else(|| instant(cart, "/created_at")).unwrap_or(self.triggered_at);
        let mut event = Event::new(&self.id, names::CART_UPDATE, at);
        event.set("cart_id", first(cart, ids));
        // An empty list says that the cart was emptied.
        event.set("items", Some(list(cart, "/line_items").iter().map(item).collect::<Vec<_>>()));
        event
    }

    fn customer(&self, customer: &Value) -> Value {
        let at = instant(customer, "/updated_at").or_else(|| instant(customer, "/created_at"));
        let mut event = Event::new(&self.id, names::IDENTIFY, at.unwrap_or(self.triggered_at));
        event.set("user_id", text(customer, "/id"));
        event.set("email", text(customer, "/email"));
        event.finish()
    }

    /// Sets whose order or checkout it is and where the customer came from, as the shop stored it.
    fn set_source(&self, event: &mut Event, order: &Value) {
        let attributes = list(order, "/note_attributes").iter();
        let named = attributes.filter_map(|pair| Some((pair.get("name")?.as_str()?, text(pair, "/value")?)));
        event.set_stored_ids(named);
        let landing = text(order, "/landing_site").map(|page| {
            if page.starts_with('/') { format!("https://{}{page}", self.site.settings.domain) } else { page }
        });
        let source = attribution(landing.as_deref(), text(order, "/referring_site").as_deref()).finish();
        event.set("attribution", source.as_object().is_some_and(|o| !o.is_empty()).then_some(source));
    }
}

/// Amounts of an order and where they stand, in the shop's own currency.
const MONEY: [(&str, &[&str]); 5] = [
    ("value", &["/total_price_set/shop_money/amount", "/total_price"]),
    ("subtotal", &["/subtotal_price_set/shop_money/amount", "/subtotal_price"]),
    ("tax", &["/total_tax_set/shop_money/amount", "/total_tax"]),
    ("shipping", &["/total_shipping_price_set/shop_money/amount", "/shipping_lines/0/price"]),
    ("discount", &["/total_discounts_set/shop_money/amount", "/total_discounts"]),
];

/// What is charged beside goods, tax and shipping.
const FEES: [&str; 3] = [
    "/total_tip_received",
    "/original_total_duties_set/shop_money/amount",
    "/original_total_additional_fees_set/shop_money/amount",
];

/// Sets the order's ids. Pages know it by its number, Shopify's own pixels by its id, some scripts by its name or by the
/// checkout's token: whichever the browser reported, it is the same order.
fn set_order_ids(event: &mut Event, order: &Value) {
    let id = text(order, "/id");
    let number = first(order, &["/order_number", "/name", "/id"]);
    let mut aliases: Vec<String> = id.iter().map(|id| format!("shopify:{id}")).collect();
    aliases.extend(id);
    aliases.extend(text(order, "/name"));
    aliases.extend(text(order, "/checkout_token"));
    aliases.retain(|alias| Some(alias) != number.as_ref());
    event.set_list("aliases", aliases.into_iter().map(Value::from).collect());
    event.set("transaction_id", number);
    // Shopify writes null for the cart of an order that was not made in the shop's pages.
    event.set("cart_id", first(order, &["/cart_token", "/checkout_token"]));
}

fn set_customer(event: &mut Event, of: &Value) {
    event.set("user_id", text(of, "/customer/id"));
    event.set("email", first(of, &["/email", "/contact_email", "/customer/email"]));
}

/// Returns when the order last changed. A cancellation does not always move `updated_at`.
fn changed_at(order: &Value) -> Option<Timestamp> {
    ["/updated_at", "/cancelled_at"].iter().filter_map(|pointer| instant(order, pointer)).max()
}

/// Returns how far the order has come: of two deliveries of one instant the one that is further has the last word.
fn progress(order: &Value) -> i64 {
    if text(order, "/cancelled_at").is_some() {
        return 7;
    }
    match text(order, "/financial_status").as_deref() {
        Some("authorized") => 1,
        Some("partially_paid") => 2,
        Some("paid") => 3,
        Some("partially_refunded") => 4,
        Some("refunded") => 5,
        Some("voided" | "expired") => 6,
        _ => 0,
    }
}

/// Returns through which channel the order came, where that says something: other apps have numbers for names.
fn sales_channel(order: &Value) -> Option<&'static str> {
    match text(order, "/source_name").as_deref() {
        Some("web") => Some("web"),
        Some("pos") => Some("pos"),
        Some("shopify_draft_order") => Some("draft_order"),
        _ => None,
    }
}

/// Returns the product of a line under the id that the shop's pages know it by.
fn item(line: &Value) -> Value {
    let mut item = Event::default();
    item.set("item_id", first(line, &["/sku", "/variant_id", "/product_id", "/title"]));
    item.set("item_name", first(line, &["/title", "/name"]));
    item.set("item_brand", text(line, "/vendor"));
    item.set("item_variant", text(line, "/variant_title"));
    item.set("price", first(line, &["/price_set/shop_money/amount", "/price"]));
    item.set("quantity", text(line, "/quantity"));
    let parts = list(line, "/discount_allocations");
    let discount = if parts.is_empty() { amount(line, "/total_discount") } else { Some(sum(parts, "/amount")) };
    item.set("discount", discount.filter(|d| *d > Amount::ZERO).map(|d| d.to_string()));
    for id in ["product_id", "variant_id"] {
        item.set(id, text(line, &format!("/{id}")));
    }
    item.finish()
}

/// Returns a refund; `None` if it gives no money back, or none yet: calling off an order that nobody paid makes a refund,
/// too. It has no total of its own: given back is what its transactions paid out. `lines` are the order's, for refunds that name them by number only.
fn refund(refund: &Value, lines: &[Value]) -> Option<Value> {
    let returned = list(refund, "/refund_line_items");
    let paid: Vec<&Value> = list(refund, "/transactions").iter().filter(|t| is_paid_out(t)).collect();
    let money = |t: &&Value| amount(t, "/amount_set/shop_money/amount").or_else(|| amount(t, "/amount"));
    let given: Amount = paid.iter().filter_map(money).map(magnitude).sum();
    let unreadable = paid.iter().find(|t| money(t).is_none());
    if given == Amount::ZERO && unreadable.is_none() {
        return None;
    }
    let id = text(refund, "/id");
    let at = instant(refund, "/processed_at").or_else(|| instant(refund, "/created_at"));
    let mut event = Event::default();
    event.set("id", id.as_ref().map(|id| format!("shopify:refund:{id}")));
    event.set("name", Some(names::REFUND));
    event.set("occurred_at", at.map(|at| at.to_string()));
    event.set("refund_id", id);
    event.set("transaction_id", text(refund, "/order_id").map(|id| format!("shopify:{id}")));
    // A sum without what cannot be read would be wrong: then it is for the quarantine.
    let unreadable = unreadable.map(|t| text(t, "/amount").unwrap_or_else(|| "nothing".to_owned()));
    event.set("amount", Some(unreadable.unwrap_or_else(|| given.to_string())));
    let currency = |t: &&Value| first(t, &["/amount_set/shop_money/currency_code", "/currency"]);
    event.set("currency", paid.first().and_then(currency));
    let adjusted: Vec<Value> = list(refund, "/order_adjustments")
        .iter()
        .filter(|a| text(a, "/kind").as_deref() == Some("shipping_refund"))
        .cloned()
        .collect();
    let taxed = returned.iter().any(|line| amount(line, "/total_tax").is_some());
    let tax = Amount(sum(returned, "/total_tax").0.saturating_add(magnitude(sum(&adjusted, "/tax_amount")).0));
    event.set("tax", taxed.then(|| tax.to_string()));
    let shipping = magnitude(sum(&adjusted, "/amount"));
    event.set("shipping", (shipping > Amount::ZERO).then(|| shipping.to_string()));
    event.set("reason", text(refund, "/note"));
    event.set_list("items", returned.iter().filter_map(|line| returned_item(line, lines)).collect());
    Some(event.finish())
}

fn is_paid_out(transaction: &Value) -> bool {
    let is = |pointer: &str, word: &str| text(transaction, pointer).as_deref() == Some(word);
    is("/kind", "refund") && is("/status", "success")
}

fn returned_item(returned: &Value, lines: &[Value]) -> Option<Value> {
    let number = text(returned, "/line_item_id");
    let by_number = || lines.iter().find(|line| number.is_some() && text(line, "/id") == number);
    let line = returned.get("line_item").filter(|line| line.is_object()).or_else(by_number)?;
    let mut item = item(line);
    if let (Some(item), Some(quantity)) = (item.as_object_mut(), text(returned, "/quantity")) {
        item.insert("quantity".to_owned(), Value::from(quantity));
        item.remove("discount");
    }
    Some(json!(item))
}
