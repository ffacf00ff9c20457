//! The pixel: an event in a query string, for pages and mails without scripts.
//!
//! The parameters are put into the JSON of an event, which is then read like any other, so the pixel has no rules of
//! its own for money, ids or times. Parameters that are not known become properties.

use super::properties::write_string;
use crate::limits::ITEMS_MAX;
use crate::protocol::Request;
use crate::reject::Reject;
use commerce::hit::names;

/// A transparent GIF of one pixel: 43 bytes.
pub(in crate::protocol) const GIF: &[u8; 43] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

/// A request for the pixel.
pub(super) struct Pixel {
    /// The site's key or number.
    pub(super) site: String,
    /// The event as JSON text.
    pub(super) event: String,
}

/// The pixel's parameters and the fields of an event that they stand for.
const FIELDS: &[(&str, &str)] = &[
    ("e", "name"),
    ("oid", "transaction_id"),
    ("vid", "visitor_id"),
    ("uid", "user_id"),
    ("cart", "cart_id"),
    ("at", "occurred_at"),
];

/// Reads a request for the pixel.
///
/// # Errors
/// [`Reject::SiteMissing`].
pub(super) fn read(request: &Request) -> Result<Pixel, Reject> {
    let mut site = None;
    let mut members = Members::default();
    let mut page = Members::default();
    let mut has_name = false;
    for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
        match &*name {
            "site" => site = Some(value.into_owned()),
            "url" | "title" => page.add(&name, &value),
            "ref" | "referrer" => page.add("referrer", &value),
            "items" => members.add_json("items", &items_json(&value)),
            // A mail's editor leaves parameters that it did not fill in empty.
            _ if value.is_empty() => {}
            _ => {
                has_name |= matches!(&*name, "e" | "name");
                members.add(
                    FIELDS.iter().find(|(parameter, _)| *parameter == name).map_or(&*name, |(_, field)| field),
                    &value,
                );
            }
        }
    }
    if !page.has("url")
        && let Some(referer) = request.headers.get(http::header::REFERER)
    {
        // The page that shows the pixel is what the browser calls the pixel's referrer.
        page.add("url", &String::from_utf8_lossy(referer.as_bytes()));
    }
    if !page.out.is_empty() {
        members.add_json("page", &page.finish());
    }
    if !has_name {
        members.add("name", names::PAGE_VIEW);
    }
    Ok(Pixel { site: site.filter(|site| !site.is_empty()).ok_or(Reject::SiteMissing)?, event: members.finish() })
}

/// Returns `SKU*quantity*price,...` as JSON. A SKU may hold stars, since quantity and price are looked for from the end.
fn items_json(text: &str) -> String {
    // One more than allowed is enough to be refused.
    let items = text.split(',').filter(|entry| !entry.trim().is_empty()).take(ITEMS_MAX + 1).map(|entry| {
        let mut parts = entry.rsplitn(3, '*');
        let (last, middle, first) = (parts.next(), parts.next(), parts.next());
        let mut item = Members::default();
        match (first, middle, last) {
            (Some(sku), Some(quantity), Some(price)) => {
                item.add("item_id", sku);
                item.add("quantity", quantity);
                item.add("price", price);
            }
            (None, Some(sku), Some(quantity)) => {
                item.add("item_id", sku);
                item.add("quantity", quantity);
            }
            _ => item.add("item_id", entry),
        }
        item.finish()
    });
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// A JSON object that is being written.
#[derive(Default)]
struct Members {
    out: String,
}

impl Members {
    fn add(&mut self, name: &str, value: &str) {
        let mut json = String::with_capacity(value.len() + 2);
        write_string(value, &mut json);
        self.add_json(name, &json);
    }

    fn add_json(&mut self, name: &str, json: &str) {
        self.out.push(if self.out.is_empty() { '{' } else { ',' });
        write_string(name, &mut self.out);
        self.out.push(':');
        self.out.push_str(json);
    }

    fn has(&self, name: &str) -> bool {
        self.out.contains(&format!("\"{name}\":"))
    }

    fn finish(mut self) -> String {
        self.out.push_str(if self.out.is_empty() { "{}" } else { "}" });
        self.out
    }
}
