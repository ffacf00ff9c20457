//! What gtag.js sends: parameters in the query, and in a batch one event per line of the body.

use super::super::Request;
use super::super::foreign::json::{self, Object};
use super::super::foreign::{Gathered, sender};
use super::event::{self, Who};
use super::{Refusal, Verdicts, site_of};
use crate::answer;
use crate::book::BookSite;
use crate::limits::EVENTS_PER_REQUEST_MAX;
use commerce::hit::{Dialect, Origin, Trust};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Parameters of a request or a line, decoded, in their order.
type Pairs = Vec<(String, String)>;

/// Codes of an item's fields.
const ITEM: &[(&str, &str)] = &[
    ("id", "item_id"),
    ("nm", "item_name"),
    ("br", "item_brand"),
    ("ca", "item_category"),
    ("c2", "item_category2"),
    ("c3", "item_category3"),
    ("c4", "item_category4"),
    ("c5", "item_category5"),
    ("va", "item_variant"),
    ("pr", "price"),
    ("qt", "quantity"),
    ("cp", "coupon"),
    ("ln", "item_list_name"),
    ("li", "item_list_id"),
    ("lp", "index"),
    ("ds", "discount"),
    ("af", "affiliation"),
    ("pi", "promotion_id"),
    ("pn", "promotion_name"),
    ("cn", "creative_name"),
    ("cs", "creative_slot"),
    ("lo", "location_id"),
];

/// Parameters of the campaign that a page states beside its address.
const CAMPAIGN: &[(&str, &str)] = &[
    ("cs", "campaign_source"),
    ("cm", "campaign_medium"),
    ("cn", "campaign_name"),
    ("ck", "campaign_term"),
    ("cc", "campaign_content"),
];

/// Reads a request; `found` becomes its site as soon as it is known.
pub(super) fn read<'a>(
    request: &Request<'a>,
    found: &mut Option<&'a BookSite>,
    verdicts: &mut Verdicts,
) -> Result<Gathered, Refusal> {
    let shared = pairs(request.query.as_bytes());
    let lines: Vec<Pairs> = request
        .body
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .map(pairs)
        .collect();
    if lines.len() > EVENTS_PER_REQUEST_MAX {
        return Err(Refusal::EventsTooMany);
    }
    // A query that is too long for an address comes as the body.
    let id = get(&shared, "tid").or_else(|| lines.iter().find_map(|line| get(line, "tid")));
    let site = site_of(request, id)?;
    *found = Some(site);
    if !answer::may_send(site, request.headers) {
        return Err(Refusal::OriginNotAllowed);
    }
    let sender = sender(request, site, Dialect::Ga4, Origin::Browser, Trust::Unverified);
    let mut gathered = Gathered::default();
    let mut hits = Vec::new();
    let mut shared_with_lines = shared.clone();
    if get(&shared, "en").is_some() || lines.is_empty() {
        hits.push(shared);
        // What the query says of its own event is none of the lines' business.
        shared_with_lines.retain(|(name, _)| !is_of_event(name));
    }
    hits.extend(lines.into_iter().map(|line| shared_with_lines.iter().cloned().chain(line).collect()));
    for (index, hit) in hits.into_iter().enumerate() {
        let name = get(&hit, "en").unwrap_or_default();
        let who = Who {
            user_properties: prefixed(&hit, "up.", "upn."),
            prices_include_tax: site.settings.prices_include_tax,
        };
        let event = event::native(name, params(&hit), envelope(&hit, index), who);
        verdicts.add(index, gathered.add(&sender, &event));
    }
    Ok(gathered)
}

fn pairs(text: &[u8]) -> Pairs {
    form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Returns the last parameter of this name that says anything: a line's own stands behind the shared ones.
fn get<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    pairs.iter().rev().find(|(key, value)| key == name && !value.trim().is_empty()).map(|(_, value)| value.as_str())
}

fn is_of_event(name: &str) -> bool {
    name == "en" || name == "_et" || name.starts_with("ep.") || name.starts_with("epn.") || item_number(name).is_some()
}

/// Returns which item of its event the parameter `name` is, `None` if it is none.
fn item_number(name: &str) -> Option<u32> {
    name.strip_prefix("pr")?.parse().ok()
}

fn envelope(hit: &Pairs, index: usize) -> Object {
    let mut native = Object::new();
    let fields = [("cid", "visitor_id"), ("sid", "visit_id"), ("uid", "user_id"), ("ul", "language"), ("sr", "screen")];
    for (code, name) in fields {
        native.extend(get(hit, code).map(|value| (name.to_owned(), json!(value))));
    }
    // The page's load and the number of the hit in it make a request one of its kind: sent again, it is the same.
    if let (Some(_), Some(_)) = (get(hit, "_p"), get(hit, "_s")) {
        let mut whole = Sha256::new();
        for (name, value) in hit {
            whole.update(format!("{}:{name}={value}&", name.len() + value.len()));
        }
        whole.update(index.to_string());
        native.insert("id".to_owned(), json!(format!("ga4:{}", crate::person::hex(&whole.finalize()))));
    }
    if let Some(consent) = get(hit, "gcs").and_then(consent) {
        native.insert("consent".to_owned(), json!(consent));
    }
    native
}

/// Reads `G1xy`: whether advertising and analytics may store anything.
fn consent(gcs: &str) -> Option<&'static str> {
    match gcs.strip_prefix("G1")?.as_bytes() {
        [b'1', b'1', ..] => Some("marketing"),
        [_, b'1', ..] => Some("analytics"),
        [_, b'0', ..] => Some("none"),
        _ => None,
    }
}

/// Returns the event's parameters under the names that the Measurement Protocol has for them.
fn params(hit: &Pairs) -> Object {
    let mut params = prefixed(hit, "ep.", "epn.");
    let fields = [("dl", "page_location"), ("dr", "page_referrer"), ("dt", "page_title"), ("cu", "currency")];
    for (code, name) in fields.iter().chain(CAMPAIGN) {
        if let Some(value) = get(hit, code) {
            params.entry(*name).or_insert_with(|| json!(value));
        }
    }
    for (code, name) in [("_et", "engagement_time_msec"), ("sct", "session_number")] {
        params.extend(get(hit, code).map(|value| (name.to_owned(), number(value))));
    }
    let mut items: Vec<(u32, &str)> =
        hit.iter().filter_map(|(name, value)| Some((item_number(name)?, value.as_str()))).collect();
    items.sort_by_key(|(number, _)| *number);
    if !items.is_empty() {
        params.insert("items".to_owned(), items.into_iter().map(|(_, text)| Value::Object(item(text))).collect());
    }
    params
}

/// Returns the parameters behind the prefix of texts and the prefix of numbers.
fn prefixed(hit: &Pairs, texts: &str, numbers: &str) -> Object {
    let mut out = Object::new();
    for (name, value) in hit {
        if let Some(name) = name.strip_prefix(numbers) {
            out.insert(name.to_owned(), number(value));
        } else if let Some(name) = name.strip_prefix(texts) {
            out.insert(name.to_owned(), json!(value));
        }
    }
    out
}

/// Returns `text` as a number if it is one.
fn number(text: &str) -> Value {
    json::parse(text.as_bytes()).filter(Value::is_number).unwrap_or_else(|| json!(text))
}

/// Reads an item: fields of a two-letter code and a value, between tildes; a tilde in a value is doubled.
fn item(text: &str) -> Object {
    let mut item = Object::new();
    let mut custom: Vec<(char, String)> = Vec::new();
    for field in fields(text) {
        let Some((code, value)) = field.split_at_checked(2).filter(|(code, _)| code.is_ascii()) else { continue };
        let mut letters = code.chars();
        match (ITEM.iter().find(|(known, _)| *known == code), letters.next(), letters.next()) {
            (Some((_, name)), ..) => {
                item.insert((*name).to_owned(), json!(value));
            }
            // A parameter of the shop's own comes as two fields: its name, and its value under the same digit.
            (None, Some('k'), Some(digit)) => custom.push((digit, value.to_owned())),
            (None, Some('v'), Some(digit)) => {
                let name = custom.iter().rev().find(|(known, _)| *known == digit).map(|(_, name)| name.clone());
                item.entry(name.unwrap_or_else(|| code.to_owned())).or_insert(json!(value));
            }
            _ => {
                item.entry(code).or_insert(json!(value));
            }
        }
    }
    item
}

/// Splits at single tildes, from left to right.
fn fields(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '~' && characters.next_if_eq(&'~').is_none() {
            out.push(String::new());
        } else if let Some(field) = out.last_mut() {
            field.push(character);
        }
    }
    out
}
