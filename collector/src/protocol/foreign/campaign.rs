//! Campaigns that a client states beside the page's address.
//!
//! They are put into the address, where every campaign is looked for, unless it names one itself. An order without an
//! address keeps them as its own attribution; of other events without one nothing could be told of a visit. What a shop
//! stored of the landing page beside an order is read for its attribution, too.

use super::json::{self, Object};
use commerce::hit::names;
use serde_json::{Value, json};

/// Parts of a campaign, and the parameters that carry them in an address.
const PARTS: [(&str, &str); 5] = [
    ("source", "utm_source"),
    ("medium", "utm_medium"),
    ("campaign", "utm_campaign"),
    ("term", "utm_term"),
    ("content", "utm_content"),
];

/// Click ids, and codes of mailings, that are looked for in a landing page; which of them counts is decided elsewhere.
const CLICK_IDS: &[&str] = &["gclid", "gbraid", "wbraid", "fbclid", "msclkid", "ttclid", "dclid", "emst", "sc_src"];

/// Most parameters of an address that are looked at.
const PARAMETERS_MAX: usize = 250;

/// Returns what of the source of an order can be read from its landing page, as the members of an attribution: the page,
/// the referrer and the campaign.
pub(in crate::protocol) fn of_landing_page(page: Option<&str>, referrer: Option<&str>) -> Object {
    let mut source = Object::new();
    source.extend(page.map(|page| ("landing_page".to_owned(), json!(page))));
    source.extend(referrer.map(|referrer| ("referrer".to_owned(), json!(referrer))));
    let query = page.and_then(|page| page.split_once('?')).map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let mut clicks = Object::new();
    let parameters = form_urlencoded::parse(query.as_bytes()).take(PARAMETERS_MAX);
    for (name, value) in parameters.filter(|(_, value)| !value.trim().is_empty()) {
        if let Some((part, _)) = PARTS.iter().find(|(_, utm)| *utm == name) {
            source.entry(*part).or_insert_with(|| json!(value));
        } else if CLICK_IDS.contains(&&*name) {
            clicks.entry(name).or_insert_with(|| json!(value));
        }
    }
    if !clicks.is_empty() {
        source.insert("click_ids".to_owned(), Value::Object(clicks));
    }
    source
}

/// Puts the campaign whose parts `stated` returns by name into the native `event`.
pub(in crate::protocol) fn place(event: &mut Object, stated: impl Fn(&str) -> Option<String>) {
    let parts: Vec<(&str, &str, String)> =
        PARTS.into_iter().filter_map(|(part, utm)| stated(part).map(|value| (part, utm, value))).collect();
    if parts.is_empty() {
        return;
    }
    let page = event.get_mut("page").and_then(Value::as_object_mut);
    if let Some((page, url)) = page.and_then(|page| json::member(page, "url").map(|url| (page, url))) {
        if !url.contains("utm_") {
            page.insert("url".to_owned(), json!(with_parameters(&url, &parts)));
        }
    } else if matches!(event.get("name").and_then(Value::as_str), Some(names::PURCHASE | names::ORDER_UPDATE)) {
        let source: Object = parts.into_iter().map(|(part, _, value)| (part.to_owned(), json!(value))).collect();
        event.insert("attribution".to_owned(), Value::Object(source));
    }
}

fn with_parameters(url: &str, parts: &[(&str, &str, String)]) -> String {
    let (address, fragment) = url.split_once('#').map_or((url, None), |(address, fragment)| (address, Some(fragment)));
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (_, utm, value) in parts {
        query.append_pair(utm, value);
    }
    let joint = if address.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{address}{joint}{}{fragment}", query.finish())
}
