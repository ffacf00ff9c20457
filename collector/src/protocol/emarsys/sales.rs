//! Sales data as shops upload it: CSV with one line for each line of an order, proven by a token of ours.
//!
//! The lines of one order in a file become one `purchase`, those with a negative price or quantity a `refund` of it. Emarsys
//! counts an order twice that is uploaded twice; here it is the same order.

use super::scarab::Price;
use crate::book::Scope;
use crate::person::hex;
use crate::protocol::foreign::{self, Gathered};
use crate::protocol::{Answer, Reading, Request};
use crate::reject::Reject;
use commerce::hit::{Dialect, Origin, Trust, names};
use commerce::money::Amount;
use http::header;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Most orders and refunds of one upload.
const EVENTS_MAX: usize = 5_000;

/// Reads an upload for `merchant`.
///
/// # Errors
/// Why it is refused; nothing of it is stored.
pub(super) fn read(request: &Request, merchant: &str) -> Result<Reading, Reject> {
    if request.method != "POST" {
        return Err(Reject::MethodNotAllowed("POST"));
    }
    let token = request.book.token(token_of(request).ok_or(Reject::TokenMissing)?).ok_or(Reject::TokenUnknown)?;
    let site = request.book.site_of_dialect(Dialect::Emarsys, merchant).ok_or(Reject::SiteUnknown)?;
    if !token.scope.allows(Scope::Ingest) {
        return Err(Reject::TokenScope);
    }
    if !token.allows(site.id, Scope::Ingest) {
        return Err(Reject::TokenSite);
    }
    let origin = if token.scope == Scope::Import { Origin::Import } else { Origin::Server };
    let sender = foreign::sender(request, site, Dialect::Emarsys, origin, Trust::Verified);
    let body = request.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(request.body);
    let table = Table::of(&String::from_utf8_lossy(body)).ok_or(Reject::BodyMalformed)?;
    let mut gathered = Gathered::default();
    let mut reason = None;
    for sale in sales(&table, merchant)? {
        let verdict = gathered.add(&sender, &sale.event());
        reason = reason.or(verdict.err().map(|(reason, _)| reason));
    }
    for row in table.rows.iter().filter(|row| row.len() != table.names.len()) {
        let reason = reason.get_or_insert_with(|| "event.malformed".to_owned());
        gathered.quarantine(&sender, &row.join(","), reason, "Give every line as many columns as the first.");
    }
    let mut headers = vec![("Content-Type", "text/plain; charset=utf-8".to_owned())];
    headers.extend(reason.map(|reason| ("X-Reject-Reason", reason)));
    Ok(gathered.answered(Answer { status: 200, headers, body: b"OK\n".to_vec() }))
}

/// Returns the token of `Authorization: bearer TOKEN`; some uploaders write a colon behind the first word.
fn token_of<'a>(request: &Request<'a>) -> Option<&'a str> {
    let value = request.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.trim_end_matches(':').eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// An order, or what came back of one.
struct Sale {
    merchant: String,
    order: String,
    is_refund: bool,
    head: Map<String, Value>,
    items: Vec<Value>,
    /// What the lines cost together; `None` if one does not say.
    sum: Option<Amount>,
}

fn sales(table: &Table, merchant: &str) -> Result<Vec<Sale>, Reject> {
    let mut sales: Vec<Sale> = Vec::new();
    let mut known: HashMap<(String, Option<String>), usize> = HashMap::new();
    for row in table.rows.iter().filter(|row| row.len() == table.names.len()) {
        let cell = |name: &str| table.cell(row, name);
        let price = cell("price").or_else(|| cell("c_sales_amount"));
        let is_refund = [price, cell("quantity")].into_iter().flatten().any(|text| text.starts_with('-'));
        let order = cell("order").unwrap_or("").to_owned();
        let at = cell("timestamp").or_else(|| cell("date")).map(time_of);
        // An order is one sale; what comes back on several days is several refunds.
        let key = (order.clone(), is_refund.then(|| at.clone().unwrap_or_default()));
        let index = *known.entry(key).or_insert(sales.len());
        if index == sales.len() {
            if index == EVENTS_MAX {
                return Err(Reject::EventsTooMany);
            }
            let told = [("occurred_at", at.as_deref()), ("user_id", cell("customer")), ("email", cell("email"))];
            let head = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
            let merchant = merchant.to_owned();
            let head = head.collect();
            sales.push(Sale { merchant, order, is_refund, head, items: Vec::new(), sum: Some(Amount::ZERO) });
        }
        if let Some(sale) = sales.get_mut(index) {
            sale.add(table, row, price);
        }
    }
    Ok(sales)
}

impl Sale {
    fn add(&mut self, table: &Table, row: &[String], price: Option<&str>) {
        let unsigned = |text: &str| text.trim_start_matches('-').to_owned();
        let quantity = table.cell(row, "quantity").map(unsigned);
        let price = price.map(unsigned);
        // The price is the whole line's, as ScarabQueue's is.
        let read = price.as_deref().and_then(|price| Price::of(price, quantity.as_deref(), false));
        let piece = read.as_ref().map(|price| price.piece.to_string()).or(price);
        let sum = self.sum.zip(read).and_then(|(sum, price)| sum.0.checked_add(price.line.0));
        self.sum = sum.map(Amount);
        let mut item: Map<String, Value> =
            table.others(row).map(|(name, cell)| (name.to_owned(), json!(cell))).collect();
        for (name, cell) in
            [("item_id", table.cell(row, "item").map(str::to_owned)), ("quantity", quantity), ("price", piece)]
        {
            item.extend(cell.map(|cell| (name.to_owned(), json!(cell))));
        }
        self.items.push(Value::Object(item));
    }

    fn event(self) -> Value {
        let mut event = self.head;
        let said = json!([self.merchant, self.order, self.is_refund, event, self.items]).to_string();
        let digest = hex(&Sha256::digest(said.as_bytes()));
        let sum = self.sum.map(|sum| json!(sum.to_string()));
        if self.is_refund {
            let day = event.get("occurred_at").and_then(Value::as_str).unwrap_or("").to_owned();
            event.insert("refund_id".to_owned(), json!(format!("emarsys:{}:{day}", self.order)));
            event.extend(sum.map(|sum| ("amount".to_owned(), sum)));
        } else {
            event.extend(sum.map(|sum| ("value".to_owned(), sum)));
        }
        event.insert("name".to_owned(), json!(if self.is_refund { names::REFUND } else { names::PURCHASE }));
        event.insert("id".to_owned(), json!(format!("emarsys:sales:{digest}")));
        event.insert("transaction_id".to_owned(), json!(self.order));
        event.insert("items".to_owned(), Value::Array(self.items));
        Value::Object(event)
    }
}

/// Returns RFC 3339 of a date without a time, which is its first instant; everything else as it stands.
fn time_of(text: &str) -> String {
    let is_date = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() }
}

/// A file: the names of its columns, and its lines.
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads CSV; `None` if its first line does not name the columns of a sale.
    fn of(text: &str) -> Option<Self> {
        let mut rows = rows(text).into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
        let names: Vec<String> = rows.next()?.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        let has = |name: &str| names.iter().any(|known| known == name);
        (has("item") && has("order")).then_some(())?;
        Some(Self { rows: rows.collect(), names })
    }

    fn cell<'r>(&self, row: &'r [String], name: &str) -> Option<&'r str> {
        let column = self.names.iter().position(|known| known == name)?;
        row.get(column).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// Returns the cells of columns that the shop added.
    fn others<'r>(&'r self, row: &'r [String]) -> impl Iterator<Item = (&'r str, &'r str)> {
        const KNOWN: &[&str] =
            &["item", "price", "c_sales_amount", "order", "timestamp", "date", "customer", "email", "quantity"];
        let cells =
            self.names.iter().zip(row).filter(|(name, cell)| !KNOWN.contains(&name.as_str()) && !cell.is_empty());
        cells.map(|(name, cell)| (name.as_str(), cell.trim()))
    }
}

/// Takes CSV apart: commas, line breaks, and quotes that may hold both; a doubled quote is one.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut characters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(character) = characters.next() {
        let Some(row) = rows.last_mut() else { break };
        let Some(cell) = row.last_mut() else { break };
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if cell.is_empty() => is_quoted = true,
            ',' if !is_quoted => row.push(String::new()),
            '\n' if !is_quoted => rows.push(vec![String::new()]),
            '\r' if !is_quoted => {}
            other => cell.push(other),
        }
    }
    rows
}
