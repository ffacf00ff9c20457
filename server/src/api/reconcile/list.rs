//! The shop's own list of orders, read from CSV: one order a line, and every line that cannot be read with its reason.
//!
//! Columns: id and total, and where there are any currency, date and status. What is not stated is not guessed: only a
//! missing currency is the site's, as everywhere.

use crate::sheet::{BadLine, Line, Sheet, amount};
use commerce::hit::OrderStatus;
use commerce::ids::is_placeholder;
use commerce::{Amount, Currency, SiteSettings, Timestamp, Zone};
use jiff::civil::{Date, DateTime};
use std::collections::HashMap;

/// A list as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct List {
    /// Its orders, in their order.
    pub(super) orders: Vec<Listed>,
    /// Its other lines.
    pub(super) bad: Vec<BadLine>,
    /// Order ids of lines that could not be read otherwise: they are in the list all the same.
    pub(super) bad_ids: Vec<String>,
}

/// An order of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its line, from 1.
    pub(super) line: usize,
    /// Its id.
    pub(super) id: String,
    /// What was charged.
    pub(super) total: Amount,
    /// In which currency.
    pub(super) currency: Currency,
    /// When it was placed; noon where only the day is stated.
    pub(super) placed_at: Option<Timestamp>,
    /// Where it stands.
    pub(super) status: Option<OrderStatus>,
}

impl Listed {
    /// Says whether it is a sale in the shop's eyes.
    pub(super) fn is_sale(&self) -> bool {
        self.status.is_none_or(|status| status == OrderStatus::Confirmed)
    }
}

/// Words of shop platforms for our four statuses.
const STATUSES: &[(OrderStatus, &[&str])] = &[
    (
        OrderStatus::Confirmed,
        &[
            "confirmed",
            "complete",
            "completed",
            "paid",
            "processing",
            "fulfilled",
            "shipped",
            "delivered",
            "closed",
            "done",
            "ok",
            "success",
            "refunded",
            "partially_refunded",
            "partially refunded",
        ],
    ),
    (
        OrderStatus::Pending,
        &[
            "pending",
            "on-hold",
            "on_hold",
            "holded",
            "open",
            "unpaid",
            "pending_payment",
            "payment_review",
            "authorized",
            "new",
            "draft",
            "checkout-draft",
        ],
    ),
    (OrderStatus::Cancelled, &["cancelled", "canceled", "void", "voided"]),
    (OrderStatus::Failed, &["failed", "fraud", "declined", "error"]),
];

/// Reads the list out of a file.
///
/// # Errors
/// What is wrong with it as a whole: its first line names no id or no total.
pub(super) fn read(bytes: &[u8], settings: &SiteSettings) -> Result<List, String> {
    let sheet = Sheet::read(bytes);
    let columns = Columns {
        id: sheet.column(&["id", "order_id", "order id", "transaction_id", "order", "name", "number", "order_number"]),
        total: sheet.column(&["total", "order_total", "grand_total", "value", "amount"]),
        currency: sheet.column(&["currency", "currency_code", "order_currency"]),
        date: sheet.column(&["date", "placed_at", "created_at", "order_date", "created at", "day"]),
        status: sheet.column(&["status", "order_status", "state", "financial_status", "financial status"]),
    };
    if columns.id.is_none() || columns.total.is_none() {
        return Err(
            "the first line must name the columns id and total, and may name currency, date and status".to_owned()
        );
    }
    let mut list = List::default();
    let mut lines_of: HashMap<String, usize> = HashMap::new();
    for line in &sheet.lines {
        let id = line.get(columns.id).to_owned();
        let earlier = lines_of.get(&id).copied();
        match read_line(line, &columns, settings) {
            Ok(_) if earlier.is_some() => {
                list.bad.push(line.bad(format!("order `{id}` stands on line {} already", earlier.unwrap_or_default())));
            }
            Ok(order) => list.orders.push(order),
            Err(reason) => {
                list.bad.push(line.bad(reason));
                list.bad_ids.push(id.clone());
            }
        }
        lines_of.entry(id).or_insert(line.number);
    }
    Ok(list)
}

struct Columns {
    id: Option<usize>,
    total: Option<usize>,
    currency: Option<usize>,
    date: Option<usize>,
    status: Option<usize>,
}

fn read_line(line: &Line, columns: &Columns, settings: &SiteSettings) -> Result<Listed, String> {
    let id = line.get(columns.id);
    if is_placeholder(id) {
        return Err(if id.is_empty() { "the id is missing".to_owned() } else { format!("`{id}` is no order's id") });
    }
    let currency = match line.get(columns.currency) {
        "" => settings.currency,
        code => Currency::parse(code).ok_or_else(|| format!("`{code}` is no ISO 4217 currency"))?,
    };
    let total = amount(line.get(columns.total), currency)?;
    let placed_at = match line.get(columns.date) {
        "" => None,
        text => Some(read_time(text, &settings.timezone).ok_or_else(|| {
            format!("`{text}` is no date such as 2026-03-02, 2026-03-02 10:00 or 2026-03-02T10:00:00Z")
        })?),
    };
    let status =
        match line.get(columns.status) {
            "" => None,
            text => Some(read_status(text).ok_or_else(|| {
                format!("the status `{text}` is not known; use pending, confirmed, cancelled or failed")
            })?),
        };
    Ok(Listed { line: line.number, id: id.to_owned(), total, currency, placed_at, status })
}

fn read_status(text: &str) -> Option<OrderStatus> {
    let word = text.to_lowercase();
    let word = word.strip_prefix("wc-").unwrap_or(&word);
    STATUSES.iter().find(|(_, words)| words.contains(&word)).map(|(status, _)| *status)
}

/// Reads an instant, a civil time in the shop's zone, or a day, whose noon stands for it.
fn read_time(text: &str, zone: &Zone) -> Option<Timestamp> {
    if text.len() == 10 {
        return Some(zone.instant_of(read_day(text)?.at(12, 0, 0, 0)));
    }
    // Shopify and others write a blank before the offset.
    let offset = text.rfind([' ']).filter(|at| text[at + 1..].starts_with(['+', '-']));
    let joined = offset.map_or_else(|| text.to_owned(), |at| format!("{}{}", &text[..at], &text[at + 1..]));
    if let Some(at) = Timestamp::parse(&joined) {
        return Some(at);
    }
    let (day, time) = text.split_once([' ', 'T'])?;
    let local: DateTime = format!("{}T{time}", read_day(day)?).parse().ok()?;
    Some(zone.instant_of(local))
}

/// Reads `2026-03-02` or `02.03.2026`; with slashes nobody knows which is the month.
fn read_day(text: &str) -> Option<Date> {
    if let Ok(day) = text.parse() {
        return Some(day);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let [day, month, year] = parts[..] else { return None };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SiteSettings {
        SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::parse("Europe/Berlin").unwrap())
    }

    fn listed(text: &str) -> List {
        read(text.as_bytes(), &settings()).unwrap()
    }

    #[test]
    fn orders_are_read_with_the_columns_in_any_order() {
        let list = listed("status,Date,total,ID\r\ncompleted,2026-03-29,\"1,234.50\",1001\r\n,,5,1002\r\n");
        assert_eq!(list.bad, []);
        let first = &list.orders[0];
        assert_eq!((first.line, first.id.as_str(), first.total.to_string().as_str()), (2, "1001", "1234.50"));
        assert_eq!(first.placed_at.unwrap().to_string(), "2026-03-29T10:00:00Z", "noon of a day with 23 hours");
        assert_eq!((first.status, first.currency.code()), (Some(OrderStatus::Confirmed), "EUR"));
        assert_eq!((list.orders[1].placed_at, list.orders[1].status), (None, None));
    }

    #[test]
    fn bad_lines_are_kept_apart_with_their_number() {
        let list = listed(
            "id;total;currency;date;status\n1;x;EUR;;\n2;1,5;XYZ;;\n3;1,5;EUR;03/04/2026;\n4;1,5;EUR;;lost\n;1,5;;;\n\
             undefined;1,5;;;\n7;1,5;;;\n7;1,5;;;\n",
        );
        assert_eq!(list.bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 9]);
        assert!(list.bad.iter().all(|bad| !bad.reason.is_empty()));
        assert_eq!(list.orders.len(), 1);
        assert_eq!(list.bad_ids[..4], ["1", "2", "3", "4"]);
    }

    #[test]
    fn times_are_read_in_the_shop_s_zone_unless_they_name_their_own() {
        let check = |text: &str, expected: Option<&str>| {
            let found = read_time(text, &settings().timezone).map(|at| at.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("2026-07-01", Some("2026-07-01T10:00:00Z"));
        check("01.07.2026", Some("2026-07-01T10:00:00Z"));
        check("2026-07-01 23:30", Some("2026-07-01T21:30:00Z"));
        check("01.07.2026 23:30:15", Some("2026-07-01T21:30:15Z"));
        check("2026-07-01T23:30:00", Some("2026-07-01T21:30:00Z"));
        check("2026-07-01T23:30:00Z", Some("2026-07-01T23:30:00Z"));
        check("2026-07-01 23:30:00 -0400", Some("2026-07-02T03:30:00Z"));
        check("07/01/2026", None);
        check("yesterday", None);
        check("2026-13-01", None);
    }

    #[test]
    fn a_list_without_ids_or_totals_is_none() {
        for text in ["", "a,b\n1,2", "id\n1", "total\n1"] {
            assert!(read(text.as_bytes(), &settings()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_words_of_shop_platforms_are_understood() {
        assert_eq!(read_status("wc-on-hold"), Some(OrderStatus::Pending));
        assert_eq!(read_status("Cancelled"), Some(OrderStatus::Cancelled));
        assert_eq!(read_status("PAID"), Some(OrderStatus::Confirmed));
        assert_eq!(read_status("lost"), None);
    }
}
