//! Matomo's segment dimensions, and what they are here. Its values are mapped, too: `countryCode==de` is `country = DE`.
//!
//! A segment of Matomo selects visits with all that is in them, so what it asks of actions and sales is asked of the
//! visit: that one of its pages was this, that a product was ordered or left in a cart in it.

use super::condition::condition;
use super::{Did, Node, Operator, Verb};
use crate::dimensions::DIMENSIONS;
use crate::error::{QueryError, near_names};
use crate::fields::FIELDS;

/// What a name of Matomo's is here.
#[derive(Clone, Copy, Debug)]
pub(super) enum Foreign {
    Known(Meaning),
    /// It is none; the text says what comes near.
    Unsupported(&'static str),
}

/// How a condition on it is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    /// A dimension or field of ours, with the same values.
    As(&'static str),
    /// The same with values in capitals.
    Upper(&'static str),
    /// The same with its codes for values: code, value.
    Codes(&'static str, &'static [(&'static str, &'static str)]),
    /// A language's code, with or without a country.
    Language,
    /// A URL whose host and path we keep; the scheme goes.
    Url(&'static str),
    /// A page that was viewed in the visit; what a purchase or a cart names is none.
    Page(&'static str),
    /// Whichever of these it is.
    OneOf(&'static [&'static str]),
    /// A campaign, a kind of site or none.
    ReferrerType,
    /// What was sold or left in the visit.
    EcommerceStatus,
    /// Whether the visit reached a goal or has an order.
    Converted,
    /// Ordered, or left in a cart, in the visit.
    Product(&'static str),
    /// Seen in the visit.
    ViewedProduct(&'static str),
    /// An order of the visit.
    Order(&'static str),
    /// An abandoned cart of the visit.
    Cart(&'static str),
    /// A link of this kind that was followed.
    Link(&'static str),
}

use Meaning::{
    As, Cart, Codes, Converted, EcommerceStatus, Language, Link, OneOf, Order, Page, Product, ReferrerType, Upper, Url,
    ViewedProduct,
};

const DEVICES: &[(&str, &str)] = &[
    ("smartphone", "mobile"),
    ("phablet", "mobile"),
    ("feature phone", "mobile"),
    ("car browser", "other"),
    ("camera", "other"),
    ("portable media player", "other"),
    ("smart display", "other"),
    ("smart speaker", "other"),
    ("wearable", "other"),
    ("peripheral", "other"),
];

const BROWSERS: &[(&str, &str)] = &[
    ("CH", "Chrome"),
    ("CM", "Chrome Mobile"),
    ("FF", "Firefox"),
    ("FM", "Firefox Mobile"),
    ("SF", "Safari"),
    ("MF", "Mobile Safari"),
    ("IE", "IE"),
    ("PS", "Edge"),
    ("OP", "Opera"),
    ("SB", "Samsung Internet"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("WIN", "Windows"),
    ("MAC", "Mac OS X"),
    ("LIN", "Linux"),
    ("UBT", "Ubuntu"),
    ("AND", "Android"),
    ("IOS", "iOS"),
    ("IPA", "iOS"),
    ("COS", "Chrome OS"),
];

const KINDS: &[(&str, &str)] =
    &[("new", "new"), ("returning", "returning"), ("returningCustomer", "returning_customer")];

const PAGE_VIEW: &str = "page_view";

/// What we know under a name of Matomo's.
const NAMES: &[(&str, Meaning)] = &[
    ("countryCode", Upper("country")),
    ("regionCode", As("region")),
    ("languageCode", Language),
    ("deviceType", Codes("device", DEVICES)),
    ("browserCode", Codes("browser", BROWSERS)),
    ("browserName", As("browser")),
    ("operatingSystemCode", Codes("os", SYSTEMS)),
    ("operatingSystemName", As("os")),
    ("resolution", As("screen")),
    ("referrerType", ReferrerType),
    ("referrerName", OneOf(&["source", "campaign", "referrer_host"])),
    ("referrerKeyword", As("term")),
    ("referrerUrl", As("referrer")),
    ("campaignName", As("campaign")),
    ("campaignSource", As("source")),
    ("campaignMedium", As("medium")),
    ("campaignKeyword", As("term")),
    ("campaignContent", As("content")),
    ("pageUrl", Page("page_url")),
    ("pageTitle", Page("page_title")),
    ("entryPageUrl", Url("landing_url")),
    ("exitPageUrl", Url("exit_url")),
    ("siteSearchKeyword", As("search_term")),
    ("eventCategory", As("property:category")),
    ("eventAction", OneOf(&["property:action", "event"])),
    ("eventName", As("property:name")),
    ("outlinkUrl", Link("click")),
    ("downloadUrl", Link("file_download")),
    ("visitCount", As("visit_number")),
    ("visitDuration", As("visit_duration_s")),
    ("searches", As("visit_searches")),
    ("events", As("visit_events")),
    ("daysSinceFirstVisit", As("days_since_first_visit")),
    ("visitorType", Codes("visitor_type", KINDS)),
    ("visitEcommerceStatus", EcommerceStatus),
    ("visitConverted", Converted),
    ("visitConvertedGoalId", As("goal")),
    ("orderId", Order("order_id")),
    ("revenueOrder", Order("order_total")),
    ("revenueAbandonedCart", Cart("cart_value")),
    ("productSku", Product("sku")),
    ("productName", Product("product")),
    ("productCategory", Product("category")),
    ("productPrice", Product("price")),
    ("productViewSku", ViewedProduct("sku")),
    ("productViewName", ViewedProduct("product")),
    ("productViewCategory", ViewedProduct("category")),
    ("productViewPrice", ViewedProduct("price")),
];

/// What we do not have, and what comes near.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("actions", "`visit_page_views` and `visit_events` come near"),
    ("actionType", "`event` comes near"),
    ("actionUrl", "`pageUrl` comes near"),
    ("browserEngine", "`browser` comes near"),
    ("browserVersion", "`browser` comes near"),
    ("contentInteraction", "`event` comes near"),
    ("contentName", "`property:NAME` comes near"),
    ("contentPiece", "`property:NAME` comes near"),
    ("contentTarget", "`property:NAME` comes near"),
    ("continentCode", "`countryCode` comes near: `country in (DE, AT)`"),
    ("continentName", "`countryCode` comes near: `country in (DE, AT)`"),
    ("countryName", "`countryCode` comes near"),
    ("daysSinceLastEcommerceOrder", "`did purchase in 30d` comes near"),
    ("daysSinceLastVisit", "`days_since_first_visit` comes near"),
    ("deviceBrand", "`device` comes near"),
    ("deviceModel", "`device` comes near"),
    ("entryPageTitle", "`entryPageUrl` comes near"),
    ("eventUrl", "`pageUrl` comes near"),
    ("eventValue", "`property:value` comes near"),
    ("exitPageTitle", "`exitPageUrl` comes near"),
    ("goalId", "`visitConvertedGoalId` comes near"),
    ("interactions", "`visit_page_views` comes near"),
    ("latitude", "`city` comes near"),
    ("longitude", "`city` comes near"),
    ("operatingSystemVersion", "`os` comes near"),
    ("secondsSinceFirstVisit", "`days_since_first_visit` comes near"),
    ("secondsSinceLastEcommerceOrder", "`did purchase in 30d` comes near"),
    ("siteSearchCategory", "`siteSearchKeyword` comes near"),
    ("siteSearchCount", "`searches` comes near"),
    ("userId", "`customers:` makes a segment of customers"),
    ("visitConvertedGoalName", "`visitConvertedGoalId` comes near"),
    ("visitEndServerDate", "choose days with `from` and `to`"),
    ("visitId", "look a visitor up under `/visitors/ID`"),
    ("visitIp", "addresses are not kept in full"),
    ("visitLocalHour", "`hour_of_day` comes near"),
    ("visitServerHour", "`hour_of_day` comes near"),
    ("visitStartServerDate", "choose days with `from` and `to`"),
    ("visitorId", "look a visitor up under `/visitors/ID`"),
];

/// Returns what the name of Matomo's is here; `None` if it is none of its names.
pub(super) fn named(name: &str) -> Option<Foreign> {
    let known = NAMES.iter().find(|(n, _)| *n == name).map(|(_, meaning)| Foreign::Known(*meaning));
    known.or_else(|| UNSUPPORTED.iter().find(|(n, _)| *n == name).map(|(_, hint)| Foreign::Unsupported(hint)))
}

/// Returns `error` with the nearest of all names for a hint.
pub(super) fn near(error: QueryError, name: &str) -> QueryError {
    let ours = DIMENSIONS.iter().chain(FIELDS).map(|d| d.name);
    let known = ours.chain(NAMES.iter().map(|(name, _)| *name));
    QueryError { hint: near_names(name, known, "dimensions"), ..error }
}

/// Returns a value as Matomo takes it: decoded once more.
pub(super) fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let hex = |digit: Option<u8>| digit.and_then(|d| char::from(d).to_digit(16));
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = ahead;
            }
            (b'+', ..) => bytes.push(b' '),
            (byte, ..) => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| value.to_owned())
}

/// Returns what a condition of Matomo's asks for; `operator` is never "is not".
pub(super) fn node(meaning: Meaning, operator: Operator, value: &str) -> Result<Node, QueryError> {
    let compare = |name: &str, operator, value: &str| condition(name, operator, value.to_owned()).map(Node::Compare);
    match meaning {
        As(name) => compare(name, operator, value),
        Upper(name) => compare(name, operator, &value.to_uppercase()),
        Codes(name, codes) => {
            let found = codes.iter().find(|(code, _)| code.eq_ignore_ascii_case(value));
            compare(name, operator, found.map_or(value, |(_, ours)| ours))
        }
        Language if operator == Operator::Is && !value.contains('-') && !value.is_empty() => {
            let with_country = compare("language", Operator::Starts, &format!("{value}-"))?;
            Ok(Node::any(vec![compare("language", Operator::Is, value)?, with_country]))
        }
        Language => compare("language", operator, value),
        Url(name) => compare(name, operator, without_scheme(value)),
        Page(name) => {
            let value = if name == "page_url" { without_scheme(value) } else { value };
            Ok(done(Verb::Event(PAGE_VIEW.to_owned()), Some(compare(name, operator, value)?)))
        }
        OneOf(names) => {
            let nodes: Result<Vec<Node>, QueryError> =
                names.iter().map(|name| compare(name, operator, value)).collect();
            nodes.map(Node::any)
        }
        ReferrerType => referrer_type(value),
        EcommerceStatus => ecommerce_status(value),
        Converted => {
            let any = Node::any(vec![compare("goal", Operator::IsNot, "")?, done(Verb::Purchase, None)]);
            Ok(if value == "0" { any.negated() } else { any })
        }
        Product(name) => {
            let value = if name == "category" && value == "Product Category not defined" { "" } else { value };
            let matching = compare(name, operator, value)?;
            Ok(Node::any(vec![done(Verb::Bought, Some(matching.clone())), done(Verb::AbandonCart, Some(matching))]))
        }
        ViewedProduct(name) => Ok(done(Verb::Viewed, Some(compare(name, operator, value)?))),
        Order(name) => Ok(done(Verb::Purchase, Some(compare(name, operator, value)?))),
        Cart(name) => Ok(done(Verb::AbandonCart, Some(compare(name, operator, value)?))),
        Link(event) => Ok(done(Verb::Event(event.to_owned()), Some(compare("property:url", operator, value)?))),
    }
}

fn without_scheme(url: &str) -> &str {
    url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url)
}

/// Puts conditions on pages that are joined by and into one: they are asked of the same page view.
pub(super) fn of_one_page_view(nodes: Vec<Node>) -> Vec<Node> {
    let (pages, others): (Vec<Node>, Vec<Node>) = nodes.into_iter().partition(|node| asked_of_page(node).is_some());
    let asked: Vec<Node> = pages.iter().filter_map(asked_of_page).cloned().collect();
    let page = (!asked.is_empty()).then(|| done(Verb::Event(PAGE_VIEW.to_owned()), Some(Node::all(asked))));
    page.into_iter().chain(others).collect()
}

fn asked_of_page(node: &Node) -> Option<&Node> {
    match node {
        Node::Did(Did { verb: Verb::Event(name), matching, .. }) if name == PAGE_VIEW => matching.as_deref(),
        _ => None,
    }
}

fn done(verb: Verb, matching: Option<Node>) -> Node {
    Node::Did(Did::once(verb, matching))
}

fn referrer_type(value: &str) -> Result<Node, QueryError> {
    let channel = |name: &str| condition("channel", Operator::Is, name.to_owned()).map(Node::Compare);
    match value {
        "direct" => channel("Direct"),
        "search" => channel("Organic Search"),
        "website" => channel("Referral"),
        "social" => channel("Organic Social"),
        "ai" => channel("AI Assistants"),
        "campaign" => condition("campaign", Operator::IsNot, String::new()).map(Node::Compare),
        _ => Err(value_unknown("referrerType", value, "direct, search, website, social, campaign, ai")),
    }
}

fn ecommerce_status(value: &str) -> Result<Node, QueryError> {
    let (ordered, abandoned) = match value {
        "none" => (false, false),
        "ordered" => (true, false),
        "abandonedCart" => (false, true),
        "orderedThenAbandonedCart" => (true, true),
        _ => {
            let known = "none, ordered, abandonedCart, orderedThenAbandonedCart";
            return Err(value_unknown("visitEcommerceStatus", value, known));
        }
    };
    let said = |verb, holds| if holds { done(verb, None) } else { done(verb, None).negated() };
    Ok(Node::all(vec![said(Verb::Purchase, ordered), said(Verb::AbandonCart, abandoned)]))
}

fn value_unknown(name: &str, value: &str, known: &str) -> QueryError {
    QueryError::new("query.bad_filter", format!("`{name}` is never `{value}`"), format!("it takes {known}"))
}
