//! What Piwik PRO does otherwise than Matomo, from which it descends.
//!
//! Apps have UUIDs for numbers, ecommerce events have a type (`e_t`) and products of their own (`ec_products`), goals
//! have UUIDs, and a visitor who signs in keeps the visitor's id. All else is read as Matomo's.

use super::super::Request;
use super::element::Element;
use super::items::{self, Listed};
use super::json::Php;
use super::kind::{self, Told};
use super::params::Params;
use crate::book::BookSite;
use crate::limits::TEXT_BYTES_MAX;
use commerce::hit::{CartStatement, Dialect, Facts, names};
use commerce::money::Currency;
use commerce::record::DropReason;

const PATH: &str = "/ppms.php";

/// Parameters under which the currency of an order or cart has been seen.
const CURRENCY: [&str; 4] = ["currencyCode", "currency_code", "ec_currency", "currency"];

/// Returns whose dialect a request is in: its path says.
pub(super) fn dialect_of(request: &Request) -> Dialect {
    if request.path == PATH { Dialect::PiwikPro } else { Dialect::Matomo }
}

/// Returns the parameters of a request whose body is one JSON object, as servers send it; `None` of any other.
pub(super) fn json_params<'a>(request: &Request<'a>, body: &'a str) -> Option<Params<'a>> {
    if dialect_of(request) != Dialect::PiwikPro || !body.trim_start().starts_with('{') {
        return None;
    }
    let members = Php::parse(body)?.members();
    Some(Params::of_object_and_query(members, request.query))
}

/// Returns the site of an app: the one that lists its UUID, or the one of that number if it takes Piwik PRO.
pub(super) fn site<'a>(
    request: &Request<'a>,
    params: &Params,
    by_number: Option<&'a BookSite>,
) -> Option<&'a BookSite> {
    let by_key = |key: &str| request.book.site_of_dialect(Dialect::PiwikPro, key);
    let key = params.get("idsite").unwrap_or_default().trim();
    let listed = by_key(key).or_else(|| by_key(&key.to_ascii_lowercase()));
    listed.or(by_number.filter(|site| site.settings.takes(Dialect::PiwikPro)))
}

/// Says whether the visitor is to stay unknown (`uia`): ids are not looked at then.
pub(super) fn is_anonymous(element: &Element) -> bool {
    element.dialect == Dialect::PiwikPro && element.params.integer("uia") == Some(1)
}

/// Returns the first of the categories that were searched, which are a list.
pub(super) fn search_category(element: &Element) -> Option<String> {
    let sent = element.params.get("search_cats").filter(|_| element.dialect == Dialect::PiwikPro)?;
    let first = match Php::parse(sent) {
        Some(Php::Array(members)) => members.into_iter().find_map(|(_, value)| Php::of(value).text()),
        _ => Some(sent.to_owned()),
    };
    first.and_then(|text| element.tidy(&text, TEXT_BYTES_MAX))
}

/// Sets name and payload of an event that only Piwik PRO has; `None` leaves it to Matomo's kinds.
pub(super) fn tell(element: &Element, facts: &mut Facts) -> Option<Told> {
    if element.dialect != Dialect::PiwikPro {
        return None;
    }
    let kind = element.params.get("e_t").unwrap_or_default().trim().to_ascii_lowercase().replace('-', "_");
    match kind.as_str() {
        "product_detail_view" => Some(tell_products(element, facts, names::VIEW_ITEM)),
        "add_to_cart" => Some(tell_products(element, facts, names::ADD_TO_CART)),
        "remove_from_cart" => Some(tell_products(element, facts, names::REMOVE_FROM_CART)),
        "cart_update" => Some(with_currency(element, facts, tell_cart)),
        "order" => Some(with_currency(element, facts, tell_order)),
        // What has no type is a sale as Matomo tells it.
        _ if element.params.integer("idgoal") == Some(0) => Some(with_currency(element, facts, kind::tell_sale)),
        _ => goal_of_uuid(element, facts),
    }
}

fn tell_products(element: &Element, facts: &mut Facts, name: &str) -> Told {
    let Listed::Items(products) = items::listed(element) else { return Told::Excluded(DropReason::Nothing) };
    if products.is_empty() {
        return Told::Excluded(DropReason::Nothing);
    }
    name.clone_into(&mut facts.name);
    facts.items = Some(products);
    if name == names::VIEW_ITEM {
        return Told::Hit;
    }
    facts.cart = Some(CartStatement::default());
    with_currency(element, facts, |_, _| Told::Hit)
}

/// The whole cart; an order id that a page left in is none.
fn tell_cart(element: &Element, facts: &mut Facts) -> Told {
    let Listed::Items(products) = items::listed(element) else { return Told::Excluded(DropReason::Nothing) };
    names::CART_UPDATE.clone_into(&mut facts.name);
    facts.items = Some(products);
    facts.cart = Some(CartStatement { value: element.amount("revenue"), ..CartStatement::default() });
    Told::Hit
}

fn tell_order(element: &Element, facts: &mut Facts) -> Told {
    if element.params.get("ec_id").is_none_or(|id| id.trim().is_empty()) {
        return Told::Quarantined { reason: "order_id.missing", hint: "send the shop's own order number as ec_id" };
    }
    if element.params.get("ec_id") == Some("0") {
        let hint = "send the shop's own order number as ec_id: this one stands for no order";
        return Told::Quarantined { reason: "order_id.placeholder", hint };
    }
    kind::tell_sale(element, facts)
}

/// Tells a cart or an order, and in which currency; a currency that is none leaves it in quarantine.
fn with_currency(element: &Element, facts: &mut Facts, tell: impl Fn(&Element, &mut Facts) -> Told) -> Told {
    let told = tell(element, facts);
    let Some(code) = CURRENCY.iter().find_map(|name| element.params.get(name)) else { return told };
    let Some(currency) = Currency::parse(code) else {
        return match told {
            Told::Hit => Told::Quarantined { reason: "currency.unknown", hint: "send an ISO 4217 code such as EUR" },
            told => told,
        };
    };
    if let Some(order) = &mut facts.order {
        order.currency = Some(currency);
    }
    if let Some(cart) = &mut facts.cart {
        cart.currency = Some(currency);
    }
    told
}

/// Returns the goal that a UUID stands for, which a goal of the site must have for its name. Without this a goal would
/// be read as a page view.
fn goal_of_uuid(element: &Element, facts: &mut Facts) -> Option<Told> {
    let sent = element.params.get("idgoal").filter(|_| element.params.integer("idgoal").is_none())?;
    let Some(goal) = element.site.goals.iter().find(|goal| goal.name.eq_ignore_ascii_case(sent.trim())) else {
        let hint = "give a manual goal of the site Piwik PRO's id of the goal as its name";
        return Some(Told::Quarantined { reason: "goal.unknown", hint });
    };
    names::GOAL.clone_into(&mut facts.name);
    facts.goal = Some(commerce::hit::GoalStatement { goal: goal.id, value: element.amount("revenue") });
    Some(Told::Hit)
}
