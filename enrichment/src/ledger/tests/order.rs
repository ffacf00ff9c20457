//! Which statement has an order's money, status and date.

use super::*;

fn placed(order: &OrderRow) -> String {
    (order.placed_at.seconds() - NOON).to_string()
}

#[test]
fn the_most_trusted_statement_has_the_money() {
    // Worked example `duplicate_order_three_sources`.
    let statements = [
        "purchase browser 0 currency=EUR total=120.00",
        "purchase SERVER 2 currency=EUR total=121.50 version=1",
        "purchase PLATFORM 5 currency=EUR total=121.50 version=1",
        "purchase PLATFORM 5 currency=EUR total=121.50 version=1 event=3",
    ];
    check(&statements, total, "121.50 by Server, sources_differ no_lines");
    check(&statements, |o| format!("{} {}", o.statements, o.position), "3 4");
}

#[test]
fn whose_it_is_and_what_brought_it_is_taken_over() {
    let mut links = links();
    links.customer = Some(commerce::CustomerKey(5));
    links.shared_device = true;
    (links.order, links.order_id) = (OrderKey::new(SiteId(1), "A-1"), "A-1".to_owned());
    let folded =
        fold(&site(), &facts(&["purchase browser 0 total=1 items=A*1*1 under=2002", "refund SERVER 9"]), &links);
    let folded = folded.unwrap();
    assert_eq!((folded.order.order, &*folded.order.order_id), (links.order, "A-1"));
    assert_eq!((folded.order.customer, folded.order.visitor), (links.customer, None));
    assert_eq!(flag_names(folded.order.flags), "shared_device");
    let keys = [folded.lines[0].order, folded.refunds[0].order, folded.refund_lines[0].order];
    assert_eq!(keys, [links.order; 3], "all rows are the order's");
    let positions = [folded.lines[0].position, folded.refunds[0].position, folded.refund_lines[0].position];
    assert_eq!((folded.order.position, positions), (2, [2; 3]), "all rows are of one version");
}

#[test]
fn rank_is_trust_then_version_then_time_then_sender_then_event() {
    check(&["purchase browser 0 total=1", "purchase SERVER 9 total=1"], total, "1.00 by Server, no_lines");
    check(
        &["purchase SERVER 9 total=1 version=2", "purchase SERVER 0 total=2 version=1"],
        total,
        "1.00 by Server, no_lines",
    );
    check(&["purchase SERVER 0 total=1", "order_update SERVER 9 total=2"], total, "2.00 by Server, no_lines");
    let lesser = ["order_update browser 9 total=1", "purchase SERVER 0 total=2"];
    check(&lesser, total, "2.00 by Server, sources_differ no_lines");
    check(&["purchase SERVER 5 total=1 placed=1", "purchase IMPORT 2 total=1"], total, "1.00 by Server, no_lines");
    check(&["purchase SERVER 0 total=1", "purchase IMPORT 0 total=1"], total, "1.00 by Import, no_lines");
    check(&["purchase pixel 0 total=1", "purchase browser 0 total=1"], total, "1.00 by Browser, no_lines");
    check(
        &["purchase browser 0 total=3 event=9", "purchase browser 0 total=2 event=4"],
        total,
        "2.00 by Browser, money_differs no_lines",
    );
}

#[test]
fn a_repeated_purchase_changes_nothing_and_a_different_one_is_flagged() {
    check(
        &["purchase browser 0 total=10 items=A*1*10", "purchase browser 60 total=10 items=A*1*10"],
        total,
        "10.00 by Browser, ",
    );
    check(
        &["purchase browser 0 total=10", "purchase browser 60 total=99"],
        total,
        "10.00 by Browser, money_differs no_lines",
    );
    check(
        &["purchase browser 0 total=10 tax=1", "purchase browser 60 total=10 tax=2"],
        total,
        "10.00 by Browser, money_differs no_lines",
    );
    check(
        &["purchase browser 0 items=A*1*10", "purchase browser 60 items=A*2*10"],
        total,
        "10.00 by Browser, money_differs",
    );
    check(
        &["purchase browser 0 total=10 currency=EUR", "purchase browser 60 total=10 currency=USD"],
        total,
        "10.00 by Browser, money_differs no_lines",
    );
    // Prices with tax are no match for prices without.
    let taxed = ["purchase SERVER 0 items=A*1*100", "purchase SERVER 60 tax_included=yes items=A*1*119"];
    check(&taxed, total, "100.00 by Server, ");
}

#[test]
fn sources_of_another_standing_are_flagged_unless_they_tell_an_older_version() {
    let flags = |statements: &[&str], expected| check(statements, |o| flag_names(o.flags), expected);
    let differ = "sources_differ no_lines";
    flags(&["purchase browser 0 total=10", "purchase SERVER 60 total=99"], differ);
    flags(&["purchase browser 0 total=10 currency=USD", "purchase SERVER 60 total=10 currency=EUR"], differ);
    flags(&["purchase browser 0 total=10 payment=card", "purchase SERVER 60 total=10 payment=invoice"], "no_lines");
    // A version replaces the one before it, a change what it found.
    let versions = ["purchase SERVER 0 total=10 version=1", "purchase SERVER 60 total=99 version=2"];
    check(&versions, total, "99.00 by Server, no_lines");
    flags(&["purchase browser 0 total=10 version=1", "purchase SERVER 60 total=99 version=2"], "no_lines");
    flags(&["purchase browser 0 total=10", "order_update SERVER 60 total=8"], "no_lines");
    flags(&["order_update browser 0 total=10", "order_update SERVER 60 total=8"], "no_lines");
    flags(&["purchase browser 90 total=10", "order_update SERVER 60 total=8"], differ);
    // Whoever repeats what the order was before it changed tells an older version, however late.
    flags(
        &["purchase SERVER 0 total=10", "order_update SERVER 60 total=8", "purchase browser 90 total=10"],
        "no_lines",
    );
    // A purchase without a version is a duplicate, not a correction.
    flags(&["purchase SERVER 0 total=10 version=1", "purchase PLATFORM 60 total=12"], differ);
    check(
        &["purchase SERVER 0 total=10 version=1", "purchase PLATFORM 60 total=12"],
        total,
        "10.00 by Server, sources_differ no_lines",
    );
}

#[test]
fn what_nobody_proved_is_marked() {
    let marked = |statements: &[&str]| folded(statements).order.flags & order_flags::UNVERIFIED != 0;
    assert!(marked(&["purchase browser 0 total=1"]));
    assert!(!marked(&["purchase BROWSER 0 total=1"]));
    assert!(!marked(&["purchase browser 0 total=1", "purchase SERVER 5 total=1"]));
}

#[test]
fn the_date_is_when_the_order_was_placed() {
    check(&["purchase browser 5 total=1"], placed, "5");
    check(&["purchase browser 5 total=1 placed=2"], placed, "2");
    check(&["purchase browser 5 total=1", "purchase SERVER 90 total=1"], placed, "90");
    check(&["purchase browser 5 total=1", "purchase SERVER 90 total=1 placed=4"], placed, "4");
    check(&["purchase browser 5 total=1", "order_update SERVER 90000 total=2"], placed, "5");
    check(&["purchase SERVER 5 total=1 version=1", "purchase SERVER 90 total=2 version=2"], placed, "5");
    check(&["order_update SERVER 90 total=1", "order_update SERVER 30 total=2"], placed, "30");
    let backdated = format!("purchase SERVER 0 total=1 flags={}", flags::BACKDATED | flags::ROUNDED);
    check(&[&backdated], total, "1.00 by Server, no_lines backdated rounded");
}

#[test]
fn only_a_purchase_or_an_update_with_money_makes_an_order() {
    let made = |statements: &[&str]| fold(&site(), &facts(statements), &links()).is_some();
    assert!(made(&["purchase browser 0"]));
    assert!(made(&["order_update SERVER 0 total=1"]));
    assert!(made(&["order_update SERVER 0 items=A*1*1"]));
    assert!(!made(&["order_update SERVER 0 payment=card"]));
    assert!(!made(&["order_status SERVER 0 status=confirmed"]));
    assert!(!made(&["refund SERVER 0"]));
    assert!(!made(&[]));
    // A refund may come before its order.
    let statements = ["refund SERVER 0", "purchase SERVER 5 total=1"];
    check(&statements, |o| format!("{} {} {}", o.statements, o.amounts.order_total, o.refunded), "2 1.00 1.00");
}

#[test]
fn a_damaged_statement_is_no_statement() {
    let mut statements = facts(&["purchase browser 0 total=1", "purchase SERVER 0 total=2"]);
    statements[1].payload = vec![0xff];
    assert_eq!(fold(&site(), &statements, &links()).unwrap().order.amounts.order_total, amount("1"));
}
