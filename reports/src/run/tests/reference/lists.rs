//! Lists beside reports: whatever a list is asked for, each column that has a metric's name adds up to that metric.

use super::super::Shop;
use super::super::shop::SITE;
use super::asked::{Asking, asking};
use super::dice::Dice;
use super::dimensions::knows;
use super::rows::Table;
use super::{made, number_of, opened};
use crate::filter::{Filter, Of};
use crate::lists::{LISTS, ListQuery, list};
use crate::metrics::metric;
use crate::plan::check;
use crate::table::Cell;
use crate::{Query, run};
use std::collections::{BTreeMap, BTreeSet};
use store::Patience;

/// How many shops are made, and what each list of them is asked.
const SHOPS: u64 = 3;
const QUESTIONS: u64 = 14;

/// What the number of a list's rows is, in a report.
const ROWS: &[(&str, &str)] = &[
    ("orders", "orders"),
    ("refunds", "refunds"),
    ("abandoned_carts", "carts_abandoned"),
    ("carts", "carts"),
    ("customers", "customers"),
    ("visits", "visits"),
];

/// Figures of which a report shows a product's part where it is asked for a product, or takes off the refunds that gave it
/// back. Lists of orders, refunds and carts show them whole, less whatever was given back.
const BY_PRODUCT: &[&str] = &[
    "tax",
    "shipping",
    "fees",
    "refund_amount",
    "total_sales",
    "gross_sales",
    "discounts",
    "net_sales",
    "returns",
    "units",
    "units_returned",
    "carts_value",
    "carts_abandoned_value",
    "carts_abandoned_units",
];

/// Returns the list's totals by metric, the number of its rows among them; `None` if the list cannot be asked so.
fn totals_of_list(shop: &Shop, name: &str, asked: &Asking) -> Option<BTreeMap<&'static str, Cell>> {
    let (filter, segment) = (asked.filter.as_str(), asked.segment.as_str());
    let parameters = [("from", asked.from), ("to", asked.to), ("as_of", asked.as_of), ("limit", "1")];
    let filters = [("filter", filter), ("segment", segment)];
    let query = ListQuery::parse(name, parameters.into_iter().chain(filters)).ok()?;
    let table = shop.store.snapshot(&Patience::default(), |now| list(now, SITE, &shop.settings, &query)).unwrap();
    let figures = table.columns.iter().zip(&table.totals).filter_map(|(c, total)| Some((metric(&c.name)?.name, total)));
    let mut out: BTreeMap<&str, Cell> = figures.map(|(name, total)| (name, total.clone())).collect();
    if let Some((_, rows)) = ROWS.iter().find(|(list, _)| *list == name) {
        out.insert(rows, Cell::Count(table.meta.rows_total.into()));
    }
    Some(out)
}

/// Returns what a report says of the same, of whole orders if `whole`.
fn totals_of_report(shop: &Shop, names: &BTreeSet<&str>, asked: &Asking, view: &str, whole: bool) -> Option<Vec<Cell>> {
    let metrics = names.iter().copied().collect::<Vec<_>>().join(",");
    let parameters = [("metrics", metrics.as_str()), ("from", asked.from), ("to", asked.to), ("as_of", asked.as_of)];
    let mut query = Query::parse(parameters.into_iter().chain([("refund_view", view)])).unwrap();
    let read = |text: &str| Filter::parse(text).unwrap();
    query.filter = read(&asked.filter).and(read(&asked.segment));
    for part in query.filter.parts.iter_mut().filter(|part| whole && part.of == Of::Rows) {
        part.of = Of::Orders;
    }
    check(&query).ok()?;
    Some(run(&shop.store, SITE, &shop.settings, &query).unwrap().totals)
}

/// Says whether rows are asked of a product, and whether of what somebody did, or of a time.
fn asks(asked: &Asking) -> (bool, bool) {
    let filter = Filter::parse(&asked.filter).unwrap().and(Filter::parse(&asked.segment).unwrap());
    let rows: Vec<_> = filter.parts.into_iter().filter(|part| part.of == Of::Rows).collect();
    let rows = Filter { parts: rows };
    let names: Vec<&str> = rows.asked().iter().map(|asked| asked.dimension().name).collect();
    let of_product = names.iter().any(|name| knows(Table::Line, name));
    (of_product, rows.asks_whose() || rows.asked().iter().any(|asked| asked.time().is_some()))
}

/// Compares one list with its report; returns how many figures were compared, those that were something among them.
fn compared(shop: &Shop, name: &str, asked: &Asking) -> (usize, usize) {
    let Some(mut found) = totals_of_list(shop, name, asked) else { return (0, 0) };
    let (of_product, of_doers_or_time) = asks(asked);
    let whole = of_product && matches!(name, "orders" | "order_log" | "customers") && !of_doers_or_time;
    if of_product && !whole && name != "purchased_items" {
        found.retain(|name, _| !BY_PRODUCT.contains(name));
    }
    let view = if name == "refunds" { "refund_date" } else { "order_date" };
    let names: BTreeSet<&str> = found.keys().copied().collect();
    if names.is_empty() {
        return (0, 0);
    }
    let Some(totals) = totals_of_report(shop, &names, asked, view, whole) else { return (0, 0) };
    for ((figure, found), expected) in found.iter().zip(&totals) {
        assert_eq!(found, expected, "{figure} of {name}, whole: {whole}, {asked:?}");
    }
    (totals.len(), totals.iter().filter(|cell| cell.text().chars().any(|c| ('1'..='9').contains(&c))).count())
}

#[test]
fn the_totals_of_every_list_are_those_of_the_report() {
    let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for seed in 1..=number_of("TALLYHO_REFERENCE_SHOPS", SHOPS) {
        let mut dice = Dice::new(seed + 1000);
        let made = made::shop(&mut dice, 30);
        let stranger = made::stranger(&mut dice, &made.settings);
        let shop = opened(&made, &stranger, false);
        for number in 0..QUESTIONS {
            let asked = asking(&mut dice, number);
            let plain = Asking { filter: String::new(), segment: String::new(), ..asked.clone() };
            for known in LISTS {
                let (all, something) = compared(&shop, known.name, if number < 2 { &plain } else { &asked });
                let entry = seen.entry(known.name).or_default();
                *entry = (entry.0 + all, entry.1 + something);
            }
        }
    }
    for known in LISTS {
        let (all, something) = seen[known.name];
        assert!(all >= 25 && something >= 10, "{}: {all} figures compared, {something} of them something", known.name);
    }
}
