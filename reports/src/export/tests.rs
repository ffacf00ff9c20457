//! Tables as CSV and as text.

use crate::calendar::Period;
use crate::metrics::Unit;
use crate::query::RefundView;
use crate::table::{Cell, Column, Kind, Meta, Table};

fn table(names: &[&str]) -> Table {
    let column = |name: &str, unit| Column {
        name: name.to_owned(),
        label: name.to_owned(),
        kind: if unit == Unit::Ratio { Kind::Dimension } else { Kind::Metric },
        unit: (unit != Unit::Ratio).then_some(unit),
        additive: true,
    };
    let day = "2026-01-01".parse().unwrap();
    Table {
        columns: vec![
            column("product", Unit::Ratio),
            column("orders", Unit::Count),
            column("net_sales", Unit::Money),
            column("conversion_rate", Unit::Percent),
        ],
        rows: names
            .iter()
            .map(|n| vec![Cell::Text((*n).to_owned()), Cell::Count(2), Cell::Money(-499_000), Cell::Ratio(3333)])
            .collect(),
        totals: vec![Cell::Null, Cell::Count(2), Cell::Money(-499_000), Cell::Null],
        meta: Meta {
            currency: "EUR".to_owned(),
            timezone: "UTC".to_owned(),
            period: Period { from: day, to: day },
            compared: None,
            as_of_position: 7,
            as_of: None,
            rows_total: names.len() as u64,
            filters: Vec::new(),
            segments: Vec::new(),
            refund_view: RefundView::RefundDate,
            unconverted: Vec::new(),
            extras: Vec::new(),
        },
    }
}

#[test]
fn csv_quotes_what_must_be_and_runs_no_formula() {
    let check = |text: &str, field: &str| {
        let csv = table(&[text]).to_csv();
        assert_eq!(csv, format!("product,orders,net_sales,conversion_rate\r\n{field},2,-49.90,0.3333\r\n"), "{text:?}");
    };
    check("normal", "normal");
    check("a, b", "\"a, b\"");
    check("12\" ruler", "\"12\"\" ruler\"");
    check("two\nlines", "\"two\nlines\"");
    check("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
    check("+1", "'+1");
    check("-2+3", "'-2+3");
    check("@SUM(A1)", "'@SUM(A1)");
    check("\t=1", "'\t=1");
}

#[test]
fn text_is_aligned_with_totals_below() {
    let text = table(&["Boots", "Blue\u{1b}[31m hat"]).to_text();
    let expected = "\
product        orders  net_sales EUR  conversion_rate
-------------  ------  -------------  ---------------
Boots               2         -49.90           33.33%
Blue\u{fffd}[31m hat       2         -49.90           33.33%
-------------  ------  -------------  ---------------
total               2         -49.90                -
";
    assert_eq!(text, expected);
}
