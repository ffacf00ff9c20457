//! Stripe: payments, which are orders where nobody else tells of them, refunds, and checkouts that expired.
//!
//! One purchase is a session, a payment intent, a charge and perhaps an invoice, each with events of its own. All of
//! them name the payment ([`Said::set_order_ids`]), so they are statements about one order. They carry no version:
//! where the shop itself reports the order, its word on money and lines stands above Stripe's.

mod money;
mod refunds;

use super::event::Event;
use super::value::{first, flag, instant_unix, list, text};
use super::{Told, digest};
use crate::protocol::Request;
use commerce::hit::names;
use commerce::money::Amount;
use commerce::time::Timestamp;
use money::{Minor, items};
use serde_json::Value;

/// Names under which shops keep their own order id in Stripe's metadata.
const ORDER_ID: [&str; 5] = ["order_id", "orderId", "order_number", "order", "transaction_id"];

/// Returns what a webhook says.
pub(super) fn tell(request: &Request, payload: &Value) -> Told {
    if text(payload, "/object").is_some_and(|object| object.starts_with("v2.")) {
        return Told::Quarantined(
            "event.thin",
            "the event names its object and does not hold it: choose the payload style Snapshot for the endpoint",
        );
    }
    let id = text(payload, "/id").unwrap_or_else(|| digest(request.body));
    let nothing = Value::Null;
    let said = Said {
        id: format!("stripe:{id}"),
        at: instant_unix(payload, "/created").unwrap_or(request.received_at),
        is_test: flag(payload, "/livemode") == Some(false),
        object: payload.pointer("/data/object").unwrap_or(&nothing),
        before: payload.pointer("/data/previous_attributes").unwrap_or(&nothing),
    };
    let told = match text(payload, "/type").as_deref().unwrap_or_default() {
        "checkout.session.completed" => said.session(false),
        "checkout.session.async_payment_succeeded" => said.session(true),
        "checkout.session.async_payment_failed" => said.status("failed"),
        "checkout.session.expired" => said.expired().into_iter().collect(),
        "payment_intent.succeeded" => said.payment("/amount_received"),
        "charge.succeeded" | "charge.captured" if flag(said.object, "/captured") != Some(false) => {
            said.payment("/amount_captured")
        }
        "charge.refunded" => return refunds::of_charge(&said),
        "refund.created" | "refund.updated" | "charge.refund.updated" => {
            refunds::of_refund(&said, said.object).into_iter().collect()
        }
        "invoice.paid" | "invoice.payment_succeeded" => said.invoice(),
        "payment_intent.canceled" | "invoice.voided" | "invoice.marked_uncollectible" => said.status("cancelled"),
        _ => Vec::new(),
    };
    Told::of(told)
}

/// An event of Stripe's.
struct Said<'a> {
    /// Native event id.
    id: String,
    /// When Stripe made it.
    at: Timestamp,
    is_test: bool,
    object: &'a Value,
    /// Earlier values of what changed in the object.
    before: &'a Value,
}

impl Said<'_> {
    /// Returns the order that a checkout session became; `settled` if its payment came in later.
    fn session(&self, settled: bool) -> Vec<Value> {
        let is_setup = text(self.object, "/mode").as_deref() == Some("setup");
        let total = self.minor().amount(self.object, "/amount_total");
        let is_trial = text(self.object, "/mode").as_deref() == Some("subscription") && total == Some(Amount::ZERO);
        if is_setup || is_trial {
            return Vec::new();
        }
        let mut event = self.purchase(total);
        for (name, pointer) in [
            ("tax", "/total_details/amount_tax"),
            ("shipping", "/total_details/amount_shipping"),
            ("discount", "/total_details/amount_discount"),
        ] {
            event.set(name, self.minor().text(self.object, pointer));
        }
        if !settled && text(self.object, "/payment_status").as_deref() == Some("unpaid") {
            event.set("status", Some("pending"));
        }
        event.set_list("items", items(self.minor(), list(self.object, "/line_items/data")));
        event.set("cart_id", text(self.object, "/id"));
        self.set_customer(&mut event);
        let status = if settled { self.status("confirmed") } else { Vec::new() };
        std::iter::once(event.finish()).chain(status).collect()
    }

    /// Returns the order that a payment intent or a charge is for, and that it is paid. The payment of an invoice that
    /// does not say which is left to the invoice's own event.
    fn payment(&self, received: &str) -> Vec<Value> {
        let description = text(self.object, "/description").unwrap_or_default();
        if self.invoice_id().is_none() && description.starts_with("Subscription ") {
            return Vec::new();
        }
        let minor = self.minor();
        let total = minor.amount(self.object, received).filter(|total| *total > Amount::ZERO);
        let mut event = self.purchase(total.or_else(|| minor.amount(self.object, "/amount")));
        event.set("payment_method", text(self.object, "/payment_method_details/type"));
        self.set_customer(&mut event);
        std::iter::once(event.finish()).chain(self.status("confirmed")).collect()
    }

    /// Returns the order that a paid invoice is; nothing of one over nothing.
    fn invoice(&self) -> Vec<Value> {
        let minor = self.minor();
        let Some(total) = minor.amount(self.object, "/total").filter(|total| *total > Amount::ZERO) else {
            return Vec::new();
        };
        let mut event = self.purchase(Some(total));
        let sum = |pointer: &str| -> Amount {
            list(self.object, pointer).iter().filter_map(|part| minor.amount(part, "/amount")).sum()
        };
        let tax = minor.amount(self.object, "/tax").unwrap_or_else(|| sum("/total_taxes"));
        event.set("tax", (tax > Amount::ZERO).then(|| tax.to_string()));
        event.set("shipping", minor.text(self.object, "/shipping_cost/amount_subtotal"));
        let discount = sum("/total_discount_amounts");
        event.set("discount", (discount > Amount::ZERO).then(|| discount.to_string()));
        event.set_list("items", items(minor, list(self.object, "/lines/data")));
        self.set_customer(&mut event);
        vec![event.finish()]
    }

    /// Returns the cart that an expired checkout leaves behind, as of when it was opened; `None` if it held nothing, and
    /// of tests, for carts have no mark for those.
    fn expired(&self) -> Option<Value> {
        let minor = self.minor();
        let value =
            minor.amount(self.object, "/amount_subtotal").or_else(|| minor.amount(self.object, "/amount_total"))?;
        if self.is_test || value == Amount::ZERO {
            return None;
        }
        let opened_at = instant_unix(self.object, "/created").unwrap_or(self.at);
        let mut event = Event::new(&self.id, names::CART_UPDATE, opened_at);
        event.set("value", Some(value.to_string()));
        event.set("currency", text(self.object, "/currency"));
        event.set("checkout_step", Some(names::BEGIN_CHECKOUT));
        event.set("recovery_url", text(self.object, "/after_expiration/recovery/url"));
        event.set_list("items", items(minor, list(self.object, "/line_items/data")));
        self.set_customer(&mut event);
        event.set("cart_id", text(self.object, "/id"));
        Some(event.finish())
    }

    /// Returns where the order now stands.
    fn status(&self, status: &str) -> Vec<Value> {
        let mut event = Event::new(&format!("{}:status", self.id), names::ORDER_STATUS, self.at);
        self.set_order_ids(&mut event);
        event.set("status", Some(status));
        event.set("reason", first(self.object, &["/cancellation_reason", "/last_payment_error/code"]));
        self.set_test(&mut event);
        vec![event.finish()]
    }

    fn purchase(&self, total: Option<Amount>) -> Event {
        let mut event = Event::new(&self.id, names::PURCHASE, self.at);
        self.set_order_ids(&mut event);
        event.set("value", total.map(|total| total.to_string()));
        event.set("currency", text(self.object, "/currency"));
        self.set_test(&mut event);
        event
    }

    fn set_test(&self, event: &mut Event) {
        event.set("test", self.is_test.then_some(true));
    }

    fn minor(&self) -> Minor {
        Minor::of(text(self.object, "/currency").as_deref())
    }

    /// Returns the invoice that the object is or pays.
    fn invoice_id(&self) -> Option<String> {
        let pointers = ["/invoice/id", "/invoice", "/payment_details/order_reference", "/id"];
        pointers.iter().filter_map(|pointer| text(self.object, pointer)).find(|id| id.starts_with("in_"))
    }

    /// Returns Stripe's own ids of what the object is about, the one that all its events share first: the invoice's, the
    /// payment intent's, the charge's, the session's.
    fn own_ids(&self) -> Vec<String> {
        let object = self.object;
        let mut ids: Vec<String> = self.invoice_id().into_iter().collect();
        ids.extend(first(object, &["/payment_intent/id", "/payment_intent"]));
        for payment in list(object, "/payments/data") {
            ids.extend(first(payment, &["/payment/payment_intent/id", "/payment/payment_intent"]));
        }
        let known = ["pi_", "ch_", "py_", "cs_"];
        ids.extend(text(object, "/id").filter(|id| known.iter().any(|kind| id.starts_with(kind))));
        ids.extend(first(object, &["/latest_charge/id", "/latest_charge", "/charge/id", "/charge"]));
        ids.dedup();
        ids
    }

    /// Sets the order's ids: the shop's own, where it put one into the metadata, and all of Stripe's. What a test says
    /// never joins an order of the shop's.
    fn set_order_ids(&self, event: &mut Event) {
        let own = self.own_ids();
        let of_shop = ORDER_ID.iter().find_map(|name| text(self.object, &format!("/metadata/{name}")));
        let named = own.iter().map(|id| format!("stripe:{id}"));
        let mut ids: Vec<String> = of_shop.filter(|_| !self.is_test).into_iter().chain(named).collect();
        // A page that the customer comes back to knows the session's id or the payment's, and nothing of our prefix.
        ids.extend(own.into_iter().filter(|id| id.starts_with("cs_") || id.starts_with("pi_")));
        let mut ids = ids.into_iter();
        event.set("transaction_id", ids.next());
        event.set_list("aliases", ids.map(Value::from).collect());
    }

    /// Sets who paid: the e-mail, and the ids that the shop put into the metadata. Stripe's customer id is no user of
    /// the shop's and stays out.
    fn set_customer(&self, event: &mut Event) {
        let email = ["/customer_details/email", "/customer_email", "/receipt_email", "/billing_details/email"];
        event.set("email", first(self.object, &email));
        event.set("user_id", text(self.object, "/metadata/user_id"));
        if let Some(metadata) = self.object.get("metadata").and_then(Value::as_object) {
            let pairs = metadata.iter().filter_map(|(name, value)| Some((name.as_str(), super::value::scalar(value)?)));
            event.set_stored_ids(pairs);
        }
        if event.get("visitor_id").is_none() {
            event.set("visitor_id", text(self.object, "/client_reference_id"));
        }
        event.set("language", text(self.object, "/locale").filter(|locale| locale != "auto"));
    }
}
