//! What the summary shows: a handful of reports over the last thirty days. It asks the report path and computes nothing.

use crate::api::ApiError;
use anyhow::Context;
use commerce::{SiteId, SiteSettings};
use jiff::civil::Date;
use reports::{Cell, Query, Table};
use store::Snapshot;

const DAYS: i64 = 30;

/// Everything on the page.
pub(super) struct Figures {
    pub(super) site: SiteId,
    pub(super) domain: String,
    pub(super) currency: String,
    pub(super) timezone: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) position: u64,
    pub(super) cards: Vec<Card>,
    pub(super) days: Vec<Day>,
    pub(super) listings: Vec<Listing>,
}

/// One figure with its course.
pub(super) struct Card {
    pub(super) label: String,
    pub(super) definition: String,
    pub(super) value: String,
    pub(super) change: String,
    pub(super) series: Vec<i128>,
}

/// One day of the main chart.
pub(super) struct Day {
    pub(super) date: String,
    pub(super) net_sales: i128,
    pub(super) text: String,
}

/// A table.
pub(super) struct Listing {
    pub(super) title: String,
    pub(super) columns: Vec<String>,
    /// How many of the first columns are text.
    pub(super) text_columns: usize,
    pub(super) rows: Vec<Vec<String>>,
    /// What to say where there are no rows.
    pub(super) empty: &'static str,
}

const CARDS: &str = "net_sales,orders,average_order_value,conversion_rate,visits,carts_abandoned_value";

/// Title, dimensions, metrics, order, what to say where there is nothing.
const LISTINGS: &[(&str, &str, &str, &str, &str)] = &[
    ("Products", "product", "product_views,units,gross_sales", "-gross_sales", "No product was seen or sold."),
    ("Channels", "channel", "visits,orders,net_sales", "-net_sales", "No visits yet."),
    ("Campaigns", "campaign", "visits,orders,net_sales", "-net_sales", "No campaign brought a visit."),
    ("Countries", "country", "visits,orders,net_sales", "-net_sales", "No visits yet."),
    ("Devices", "device", "visits,conversion_rate,net_sales", "-visits", "No visits yet."),
    ("Currencies", "currency", "orders,net_sales", "-orders", "No orders yet."),
];

/// Returns the figures of `site` up to `today`.
///
/// # Errors
/// If a report fails.
pub(super) fn gather(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    settings: &SiteSettings,
    today: Date,
) -> Result<Figures, ApiError> {
    let from = today.checked_sub(jiff::Span::new().days(DAYS - 1)).context("the calendar has no such day")?;
    let (from, to) = (from.to_string(), today.to_string());
    let ask = |more: &[(&str, &str)]| -> Result<Table, ApiError> {
        let query =
            Query::parse([("from", from.as_str()), ("to", to.as_str())].into_iter().chain(more.iter().copied()))?;
        Ok(reports::answer(snapshot, site, settings, &query)?)
    };
    let daily = ask(&[("metrics", CARDS), ("granularity", "day"), ("compare", "previous_period")])?;
    let mut listings = Vec::new();
    for (title, dimensions, metrics, order, empty) in LISTINGS {
        let table = ask(&[("metrics", metrics), ("dimensions", dimensions), ("order", order), ("limit", "8")])?;
        listings.push(listing(title, empty, &table));
    }
    Ok(Figures {
        site,
        domain: settings.domain.clone(),
        currency: daily.meta.currency.clone(),
        timezone: daily.meta.timezone.clone(),
        position: daily.meta.as_of_position,
        cards: cards(&daily),
        days: days(&daily),
        listings,
        from,
        to,
    })
}

fn cards(daily: &Table) -> Vec<Card> {
    CARDS
        .split(',')
        .filter_map(|name| {
            let at = daily.columns.iter().position(|c| c.name == name)?;
            let before = daily.columns.iter().position(|c| c.name == format!("{name}:previous"));
            let metric = reports::metric(name)?;
            let now = &daily.totals[at];
            Some(Card {
                label: daily.columns[at].label.clone(),
                definition: metric.definition.to_owned(),
                value: shown(now),
                change: before.map_or_else(String::new, |b| change(now, &daily.totals[b])),
                series: daily.rows.iter().map(|row| number(&row[at])).collect(),
            })
        })
        .collect()
}

fn days(daily: &Table) -> Vec<Day> {
    let Some(at) = daily.columns.iter().position(|c| c.name == "net_sales") else { return Vec::new() };
    daily
        .rows
        .iter()
        .map(|row| Day {
            date: row[0].text().get(5..).unwrap_or_default().to_owned(),
            net_sales: number(&row[at]),
            text: shown(&row[at]),
        })
        .collect()
}

fn listing(title: &str, empty: &'static str, table: &Table) -> Listing {
    let named = |cell: &Cell| match cell {
        Cell::Null => "(none)".to_owned(),
        Cell::Text(text) if text.is_empty() => "(none)".to_owned(),
        cell => shown(cell),
    };
    Listing {
        title: title.to_owned(),
        columns: table.columns.iter().map(|c| c.label.clone()).collect(),
        text_columns: table.columns.iter().filter(|c| c.kind == reports::table::Kind::Dimension).count(),
        rows: table.rows.iter().map(|row| row.iter().map(named).collect()).collect(),
        empty,
    }
}

fn number(cell: &Cell) -> i128 {
    match cell {
        Cell::Count(n) | Cell::Quantity(n) | Cell::Money(n) | Cell::Ratio(n) | Cell::Seconds(n) => *n,
        Cell::Null | Cell::Text(_) | Cell::Time(_) => 0,
    }
}

/// Returns a cell as people read it: thousands apart, shares in per cent, money without the cents nobody reads here.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Null => "–".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Time(at) => at.to_string(),
        Cell::Count(n) => grouped(*n),
        Cell::Quantity(n) => grouped(n / 1000),
        Cell::Money(n) => grouped((n + 5_000 * n.signum()) / 10_000),
        Cell::Ratio(n) => format!("{}.{} %", n / 100, (n % 100) / 10),
        Cell::Seconds(n) => format!("{} s", n / 10),
    }
}

fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if number < 0 { format!("−{out}") } else { out }
}

/// Says how a figure differs from the period before.
fn change(now: &Cell, before: &Cell) -> String {
    let (now, before) = (number(now), number(before));
    if before == 0 {
        return "nothing in the 30 days before".to_owned();
    }
    let per_mille = (now - before) * 1000 / before.abs();
    let sign = if per_mille < 0 { "−" } else { "+" };
    format!("{sign}{}.{} % on the 30 days before", per_mille.abs() / 10, per_mille.abs() % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(shown(&Cell::Money(12_345_675_000)), "1\u{202f}234\u{202f}568");
        assert_eq!(shown(&Cell::Ratio(333)), "3.3 %");
        assert_eq!(shown(&Cell::Count(999)), "999");
        assert_eq!(change(&Cell::Count(9), &Cell::Count(10)), "−10.0 % on the 30 days before");
        assert_eq!(change(&Cell::Count(9), &Cell::Count(0)), "nothing in the 30 days before");
    }
}
