//! Tests of `order`.

use super::stage::{Stage, customer_key};
use crate::ledger::tests::flag_names;
use commerce::rows::OrderRow;

/// Tells `hits` to a shop where visitor 1 came from google to visit 10 and compares its orders.
#[track_caller]
fn check(hits: &[&str], look: impl Fn(&OrderRow) -> String, expected: &[&str]) {
    let mut stage = Stage::new();
    stage.visit(1, 10, (0, 0), "google");
    stage.tell_all(hits);
    assert_eq!(stage.orders().into_iter().map(look).collect::<Vec<_>>(), expected, "{hits:?}");
}

fn total(order: &OrderRow) -> String {
    format!("{:?} {} {}", order.order_id, order.amounts.order_total, flag_names(order.flags))
}

#[test]
fn an_order_counts_once_whoever_reports_it() {
    check(
        &["purchase 0 order=A total=10 items=S*1*10", "purchase 5 order=B total=7 items=S*1*7"],
        total,
        &[r#""A" 10.00 "#, r#""B" 7.00 "#],
    );
    check(
        &["purchase 0 order=A total=10", "purchase 5 order=_A_ total=10", "purchase 9 order=A total=10"],
        total,
        &[r#""A" 10.00 no_lines"#],
    );
    check(
        &["purchase 0 order=A total=10", "purchase 5 order=a total=10"],
        total,
        &[r#""A" 10.00 no_lines"#, r#""a" 10.00 no_lines"#],
    );
    check(
        &["purchase 0 order=A total=10", "purchase 5 order=A total=99"],
        total,
        &[r#""A" 10.00 money_differs no_lines"#],
    );
    check(&["purchase 0 order=A total=10", "purchase 5 by=server order=A total=11"], total, &[r#""A" 11.00 no_lines"#]);
}

#[test]
fn what_is_no_order_makes_none() {
    check(&["purchase 0 order=_ total=10"], total, &[]);
    check(&["order_status 0 order=A status=confirmed"], total, &[]);
    check(&["refund 0 order=A"], total, &[]);
    check(&["purchase 0 order=A total=10 bot=spider"], total, &[]);
    check(&["page_view 0"], total, &[]);
}

#[test]
fn an_order_has_the_visit_and_the_source_of_its_browser() {
    let credit = |o: &OrderRow| {
        format!(
            "{:?} {} {:?} {}",
            o.visit.map(|v| v.0),
            o.source.source,
            o.landing_page,
            o.customer == Some(customer_key("5"))
        )
    };
    let browser = "purchase 0 visitor=1 visit=10 order=A total=10";
    check(&[browser], credit, &[r#"Some(10) google Some("/landing-10") false"#]);
    let server = "purchase 5 by=server order=A total=10 customer=5";
    check(&[browser, server], credit, &[r#"Some(10) google Some("/landing-10") true"#]);
    check(&[server, browser], credit, &[r#"Some(10) google Some("/landing-10") true"#]);
    check(&[server], credit, &["None (direct) None true"]);
    let stated = "purchase 5 by=server order=A total=10 source=affiliate";
    check(&[browser, stated], credit, &[r#"Some(10) affiliate Some("/landing-10") false"#]);
}

#[test]
fn an_order_knows_the_cart_it_ended() {
    let cart = "cart_update 0 visitor=1 items=A*1*10";
    let mut stage = Stage::new();
    stage.tell_all(&[cart, "purchase 5 visitor=1 order=A", "purchase 9 by=server order=A total=10"]);
    let ended = stage.carts()[0].cart;
    assert_eq!(stage.orders()[0].cart, Some(ended));
    let rows = stage.rows();
    assert_eq!(rows.order_facts.iter().map(|f| f.cart).collect::<Vec<_>>(), [Some(ended), None]);
    assert_eq!(rows.carts[0].order, Some(rows.orders[0].order));
}

#[test]
fn every_statement_is_kept_and_an_order_written_once_per_batch() {
    let mut stage = Stage::new();
    stage.tell_all(&[
        "refund 0 order=A",
        "purchase 5 order=A total=10 items=S*1*4,T*1*6",
        "order_status 9 order=A status=cancelled",
    ]);
    let rows = stage.rows();
    let kinds: Vec<_> = rows.order_facts.iter().map(|f| (f.position, f.kind.as_str())).collect();
    assert_eq!(kinds, [(1, "refund"), (2, "purchase"), (3, "order_status")]);
    assert_eq!(rows.orders.iter().map(|o| (o.position, o.counts)).collect::<Vec<_>>(), [(3, false)]);
    assert_eq!(rows.order_lines.iter().map(|l| (l.position, l.line)).collect::<Vec<_>>(), [(3, 0), (3, 1)]);
}

#[test]
fn settings_hold_from_their_place_in_the_journal_on() {
    let mut stage = Stage::new();
    stage.tell("purchase 0 order=A total=10");
    stage.site.settings.count_unverified_orders = false;
    stage.tell("purchase 0 order=B total=10");
    assert_eq!(stage.orders().iter().map(|o| o.counts).collect::<Vec<_>>(), [true, false]);
}
