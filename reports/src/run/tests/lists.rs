//! Lists in all their forms: files hold what the pages show. That their totals are the report's is shown in
//! `reference/lists.rs`.

use super::shop::{SITE, rows};
use super::{Shop, open};
use crate::lists::{LISTS, ListQuery, list, list_to_file};
use crate::{Cell, FileKind, Kind, Table};
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
