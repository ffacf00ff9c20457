//! What `ScarabQueue` collects on a page and sends with its `go`, and apps with every call: one request, several facts.
//!
//! `p` of a line is what the whole line costs; the site's setting `emarsys_price` says otherwise for shops that send the
//! price of a piece. There is no total, tax, shipping or currency: what is stated as the order's value is the lines' sum.

use super::params::Params;
use crate::book::BookSite;
use crate::person::{self, Objection, hex};
use crate::protocol::{Answer, Request};
use commerce::hit::names;
use commerce::money::{Amount, Quantity, UnitPrice};
use http::header;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Largest number of lines that are read; one more than an event may have is enough to be refused.
const LINES_MAX: usize = crate::limits::ITEMS_MAX + 1;
/// How long the visitor's cookie is kept, in seconds: a year.
const COOKIE_S: u32 = 31_536_000;

/// Who speaks, and how its prices are meant.
#[derive(Debug)]
pub(super) struct Client {
    visitor: Option<String>,
    session: Option<String>,
    /// Whether an app speaks, not a page.
    pub(super) is_app: bool,
    unit_prices: bool,
}

impl Client {
    /// Reads who sent `request`. A visitor who has no id yet gets one, unless they object to it.
    pub(super) fn of(request: &Request, site: &BookSite, params: &Params) -> Self {
        let objects = person::objection(&site.settings, request.headers) != Objection::None;
        let agent = request.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
        let told =
            |name: &str, cookie: &str| params.get(name).map(str::to_owned).or_else(|| of_cookie(request, cookie));
        let fresh = || Some(hex(&(request.new_id)().0[8..]).to_uppercase());
        let visitor = told("vi", "cdv").or_else(|| if objects { None } else { fresh() });
        let session = told("s", "s").or_else(|| if objects { None } else { fresh() });
        let is_app = agent.starts_with("EmarsysSDK") || agent.starts_with("EmarsysPredictSDK");
        Self { visitor, session, is_app, unit_prices: site.settings.emarsys_unit_prices }
    }

    /// Returns the native events of a request; `referer` is the page that sent it.
    pub(super) fn events(&self, params: &Params, merchant: &str, referer: &str) -> Vec<Value> {
        let mut events = Vec::new();
        if params.has("pv") {
            events.push(self.event(params, merchant, referer, names::PAGE_VIEW, Map::new()));
        }
        let facts =
            [viewed(params), listed(params), searched(params), self.cart(params), self.order(params), tagged(params)];
        for (name, fact) in facts.into_iter().flatten() {
            events.push(self.event(params, merchant, referer, &name, fact));
        }
        events
    }

    fn event(
        &self,
        params: &Params,
        merchant: &str,
        referer: &str,
        name: &str,
        mut event: Map<String, Value>,
    ) -> Value {
        let text = |name: &str| params.get(name).map(|value| json!(value));
        let url = (!referer.is_empty()).then_some(referer);
        let page = json!({"url": url, "referrer": params.get("prev_url")});
        let customer = text("ci").or_else(|| params.get("eh").map(|hash| json!(format!("emarsys:{hash}"))));
        for (member, value) in [
            ("name", Some(json!(name))),
            ("id", id(params, merchant, name).map(|id| json!(id))),
            ("visitor_id", self.visitor.as_ref().map(|visitor| json!(visitor))),
            ("visit_id", self.session.as_ref().map(|session| json!(session))),
            ("user_id", customer),
            ("page", (page["url"] != Value::Null || page["referrer"] != Value::Null).then_some(page)),
        ] {
            event.extend(value.map(|value| (member.to_owned(), value)));
        }
        Value::Object(event)
    }

    /// Returns the whole cart, which every page tells; `cv=1` with nothing in it is an emptied one.
    fn cart(&self, params: &Params) -> Option<(String, Map<String, Value>)> {
        if !params.has("ca") && !params.has("cv") {
            return None;
        }
        let lines = self.lines(params.get("ca").unwrap_or(""));
        Some((names::CART_UPDATE.to_owned(), Map::from_iter([("items".to_owned(), Value::Array(lines.items))])))
    }

    fn order(&self, params: &Params) -> Option<(String, Map<String, Value>)> {
        if !params.has("oi") && !params.has("co") {
            return None;
        }
        let lines = self.lines(params.get("co").unwrap_or(""));
        let sum = lines.sum.filter(|_| !lines.items.is_empty());
        let mut order = Map::from_iter([("items".to_owned(), Value::Array(lines.items))]);
        order.extend(params.get("oi").map(|order_id| ("transaction_id".to_owned(), json!(order_id))));
        order.extend(sum.map(|sum| ("value".to_owned(), json!(sum.to_string()))));
        Some((names::PURCHASE.to_owned(), order))
    }

    /// Reads `i:SKU,p:39.8,q:2.0|i:...`.
    fn lines(&self, text: &str) -> Lines {
        let mut lines = Lines { items: Vec::new(), sum: Some(Amount::ZERO) };
        for line in text.split('|').map(str::trim).filter(|line| !line.is_empty()).take(LINES_MAX) {
            let field = |name: &str| {
                let fields = line.split(',').filter_map(|field| field.split_once(':'));
                fields.into_iter().find(|(known, _)| known.trim() == name).map(|(_, value)| value.trim())
            };
            let (price, quantity) = (field("p"), field("q"));
            let mut item = Map::new();
            item.extend(field("i").map(|id| ("item_id".to_owned(), json!(decoded(id)))));
            item.extend(quantity.map(|quantity| ("quantity".to_owned(), json!(quantity))));
            let read = price.and_then(|price| Price::of(price, quantity, self.unit_prices));
            let piece = read.as_ref().map(|price| price.piece.to_string()).or_else(|| price.map(str::to_owned));
            item.extend(piece.map(|piece| ("price".to_owned(), json!(piece))));
            let sum = lines.sum.zip(read).and_then(|(sum, price)| sum.0.checked_add(price.line.0));
            lines.sum = sum.map(Amount);
            lines.items.push(Value::Object(item));
        }
        lines
    }

    /// Returns the answer that scripts and apps expect: apps take one without the cookie for an error.
    pub(super) fn answer(&self, reason: Option<String>) -> Answer {
        let body = json!({
            "cohort": "AAAA", "visitor": self.visitor.as_deref().unwrap_or(""),
            "session": self.session.as_deref().unwrap_or(""), "features": {}, "products": {},
        });
        let mut headers = vec![("Content-Type", "application/json".to_owned())];
        // Only what is safe in a cookie goes into one; a page's own script keeps its id anyway.
        let is_plain = |id: &&String| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if let Some(visitor) = self.visitor.as_ref().filter(is_plain) {
            let cookie = format!("cdv={visitor}; Path=/; Max-Age={COOKIE_S}; SameSite=None; Secure");
            headers.push(("Set-Cookie", cookie));
        }
        headers.extend(reason.map(|reason| ("X-Reject-Reason", reason)));
        Answer { status: 200, headers, body: body.to_string().into_bytes() }
    }
}

/// The lines of a cart or order.
struct Lines {
    items: Vec<Value>,
    /// What they cost together; `None` if a line does not say.
    sum: Option<Amount>,
}

/// What a piece and the whole line cost.
pub(super) struct Price {
    pub(super) piece: UnitPrice,
    pub(super) line: Amount,
}

impl Price {
    /// Reads a price as the site means it; `None` if price or quantity is no number, or the quantity is zero.
    pub(super) fn of(price: &str, quantity: Option<&str>, is_unit: bool) -> Option<Self> {
        let price = i128::from(UnitPrice::parse(price).ok()?.value.0);
        let quantity =
            quantity.map_or(Ok(Quantity::ONE), |text| Quantity::parse(text).map(|parsed| parsed.value)).ok()?;
        let quantity = i128::from(quantity.0).checked_abs().filter(|quantity| *quantity > 0)?;
        // Prices are in 10^-6, quantities in 10^-3, amounts in 10^-4.
        let (piece, line) = if is_unit {
            (price, rounded(price * quantity, 100_000))
        } else {
            (rounded(price * 1000, quantity), rounded(price, 100))
        };
        Some(Self { piece: UnitPrice(i64::try_from(piece).ok()?), line: Amount(i64::try_from(line).ok()?) })
    }
}

/// Returns `whole / parts`, half away from zero; `parts` is above zero.
fn rounded(whole: i128, parts: i128) -> i128 {
    let half = if whole < 0 { -parts / 2 } else { parts / 2 };
    (whole + half) / parts
}

/// Returns an item's id: the apps encode it before the query is encoded.
fn decoded(id: &str) -> String {
    percent_decode_str(id).decode_utf8_lossy().into_owned()
}

fn viewed(params: &Params) -> Option<(String, Map<String, Value>)> {
    let mut fields = params.get("v")?.split(',').filter_map(|field| field.split_once(':'));
    let id = fields.find(|(name, _)| *name == "i").map(|(_, id)| decoded(id))?;
    let items = json!([{"item_id": id.trim()}]);
    Some((names::VIEW_ITEM.to_owned(), Map::from_iter([("items".to_owned(), items)])))
}

fn listed(params: &Params) -> Option<(String, Map<String, Value>)> {
    let category = params.get("vc")?;
    Some((names::VIEW_ITEM_LIST.to_owned(), Map::from_iter([("item_list_name".to_owned(), json!(category))])))
}

fn searched(params: &Params) -> Option<(String, Map<String, Value>)> {
    let term = params.get("q")?;
    Some((names::SEARCH.to_owned(), Map::from_iter([("search_term".to_owned(), json!(term))])))
}

/// Returns the event of a tag, which is the shop's own; its name may be anything, so it is told apart from ours.
fn tagged(params: &Params) -> Option<(String, Map<String, Value>)> {
    let with_attributes = params.get("ta").and_then(crate::protocol::native::exact);
    let (name, attributes) = match &with_attributes {
        Some(Value::Object(tag)) => (tag.get("name")?.as_str()?.to_owned(), tag.get("attributes").cloned()),
        _ => (params.get("t")?.to_owned(), None),
    };
    let attributes = attributes.map(|attributes| ("properties".to_owned(), attributes));
    Some((format!("tag:{}", name.trim()), attributes.into_iter().collect()))
}

/// Returns an event's id: the page's id and all that was said on it; an order's without the page, since the page after
/// buying may be loaded again. `None` where nothing tells a retry from a second event.
fn id(params: &Params, merchant: &str, name: &str) -> Option<String> {
    const OF_ORDER: &[&str] = &["oi", "co", "vi", "ci", "eh"];
    let said: Vec<String> = if name == names::PURCHASE {
        OF_ORDER.iter().map(|name| format!("{name}={}", params.get(name).unwrap_or(""))).collect()
    } else {
        params.get("pv")?;
        params.others(&[]).map(|(name, value)| format!("{name}={value}")).collect()
    };
    let digest = Sha256::digest(format!("{merchant}&{}", said.join("&")).as_bytes());
    Some(format!("emarsys:{name}:{}", hex(&digest)))
}

fn of_cookie(request: &Request, name: &str) -> Option<String> {
    let lines = request.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.find(|(known, _)| *known == name).map(|(_, value)| value.trim().to_owned());
    value.filter(|value| !value.is_empty())
}
