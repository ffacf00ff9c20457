//! Lists against the reports they belong to: on shops made at random, a list's totals are the report's, whatever the
//! filter, and files hold what the pages show.

use super::random::{rows_of, story};
use super::shop::{SITE, rows};
use super::{Shop, open};
use crate::lists::{LISTS, ListQuery, list, list_to_file};
use crate::{Cell, FileKind, Kind, Table};
use proptest::prelude::*;
use std::path::Path;
use store::Patience;

const DAYS: [(&str, &str); 2] = [("from", "2026-03-28"), ("to", "2026-03-30")];

impl Shop {
    fn list(&self, name: &str, parameters: &[(&str, &str)]) -> Table {
        let query = ListQuery::parse(name, DAYS.iter().chain(parameters).copied()).unwrap();
        self.store.snapshot(&Patience::default(), |now| list(now, SITE, &self.settings, &query)).unwrap()
    }

    fn list_to_file(&self, query: &ListQuery, file: (FileKind, &Path)) {
        let write = |now: &store::Snapshot<'_>| list_to_file(now, SITE, &self.settings, query, file);
        self.store.snapshot(&Patience::default(), write).unwrap();
    }
}

/// The metrics that each list's totals must equal, by the names of its columns; `rows` is how many rows there are.
const EQUAL: &[(&str, &str, &[&str])] = &[
    (
        "orders",
        "orders",
        &[
            "order_total",
            "gross_sales",
            "discounts",
            "returns",
            "net_sales",
            "tax",
            "shipping",
            "fees",
            "refund_amount",
            "refunds",
            "units",
        ],
    ),
    ("purchased_items", "", &["units", "gross_sales", "discounts"]),
    ("carts", "carts", &["carts_value"]),
    ("abandoned_carts", "carts_abandoned", &[]),
    ("customers", "customers", &["orders", "net_sales", "order_total", "units"]),
    ("visits", "visits", &["visits"]),
];

fn total(table: &Table, name: &str) -> Cell {
    table.totals[table.columns.iter().position(|c| c.name == name).unwrap()].clone()
}

fn compare(shop: &Shop, filter: &str) {
    for (name, rows, columns) in EQUAL {
        if ListQuery::parse(name, DAYS.into_iter().chain([("filter", filter)])).is_err() {
            assert!(["visits", "carts", "abandoned_carts"].contains(name), "{name} takes {filter}");
            continue;
        }
        let metrics: Vec<&str> = columns.iter().copied().chain((!rows.is_empty()).then_some(*rows)).collect();
        let metrics = metrics.join(",");
        let mut asked = DAYS.to_vec();
        asked.extend([("metrics", metrics.as_str()), ("filter", filter), ("refund_view", "order_date")]);
        let report = shop.ask(&asked);
        let list = shop.list(name, &[("filter", filter), ("limit", "2")]);
        for column in *columns {
            assert_eq!(total(&list, column), total(&report, column), "{column} of {name} where {filter}");
        }
        if !rows.is_empty() {
            let found = Cell::Count(i128::from(list.meta.rows_total));
            assert_eq!(found, total(&report, rows), "rows of {name} where {filter}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_totals_of_a_list_are_those_of_the_report(stories in prop::collection::vec(story(), 1..12)) {
        let shop = open(&rows_of(&stories));
        for filter in ["", "channel==Email", "country!=DE", "currency==EUR;trust==verified", "weekday==6,weekday==7"] {
            compare(&shop, filter);
        }
        let of_lines = shop.list("orders", &[("filter", "sku==A1")]);
        let report = shop.ask(&[DAYS[0], DAYS[1], ("metrics", "orders,order_total"), ("filter", "sku==A1")]);
        prop_assert_eq!(total(&of_lines, "order_total"), total(&report, "order_total"));
    }
}

#[test]
fn every_list_answers_in_every_form() {
    let shop = open(&rows());
    for known in LISTS {
        let table = shop.list(known.name, &[]);
        assert_eq!(table.rows.len() as u64, table.meta.rows_total, "{}", known.name);
        assert!(known.name == "refunds" || !table.rows.is_empty(), "{} is empty", known.name);
        let query = ListQuery::parse(known.name, DAYS).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for kind in [FileKind::Csv, FileKind::Xlsx, FileKind::Parquet] {
            let path = folder.path().join(format!("{}.{}", known.name, kind.extension()));
            shop.list_to_file(&query, (kind, &path));
            let bytes = std::fs::read(&path).unwrap();
            match kind {
                FileKind::Csv => assert_eq!(String::from_utf8(bytes).unwrap(), table.to_csv()),
                FileKind::Xlsx => assert_eq!(&bytes[..2], b"PK"),
                FileKind::Parquet => assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..])),
            }
        }
        let columns = table.columns.iter().filter(|c| c.kind == Kind::Metric && c.unit.is_none()).count();
        assert_eq!(columns, 0, "every figure of {} has a unit", known.name);
    }
}

#[test]
fn pages_follow_each_other_in_the_order_that_is_asked_for() {
    let shop = open(&rows());
    let all = shop.list("orders", &[("order", "-order_total")]);
    let mut paged = Vec::new();
    for offset in ["0", "2", "4"] {
        paged.extend(shop.list("orders", &[("order", "-order_total"), ("limit", "2"), ("offset", offset)]).rows);
    }
    assert_eq!(paged, all.rows);
    let at = all.columns.iter().position(|c| c.name == "order_total").unwrap();
    let totals: Vec<&Cell> = all.rows.iter().map(|row| &row[at]).collect();
    assert!(
        matches!(totals.as_slice(), [Cell::Money(a), Cell::Money(b), Cell::Money(c), Cell::Null] if a >= b && b >= c),
        "{totals:?}"
    );
}

#[test]
fn a_spreadsheet_holds_figures_as_numbers_and_runs_no_formula() {
    let mut rows = rows();
    rows.orders[0].source.campaign = Some("=HYPERLINK(\"http://x\",\"y\")".to_owned());
    let shop = open(&rows);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.xlsx");
    let query = ListQuery::parse("orders", DAYS).unwrap();
    shop.list_to_file(&query, (FileKind::Xlsx, &path));
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let mut sheet = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut sheet).unwrap();
    assert!(sheet.contains("=HYPERLINK(&quot;http://x&quot;") || sheet.contains("=HYPERLINK(\"http://x\""), "{sheet}");
    assert!(!sheet.contains("<f>"), "no formula: {sheet}");
    assert!(sheet.contains("<v>21</v>"), "an order total of 21.00 is a number: {sheet}");
}
