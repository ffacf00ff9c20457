//! Campaigns that a client states beside the page's address.
//!
//! They are put into the address, where every campaign is looked for, unless it names one itself. An order without an
//! address keeps them as its own attribution; of other events without one nothing could be told of a visit.

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
