//! Whose word is taken about refunds, and which statements tell of the same one.

use super::*;
use commerce::ids::refund_key;

/// Returns the refunds as `+seconds amount (statements)`.
fn refunds(statements: &[&str]) -> (String, String) {
    let folded = folded(statements);
    let refund = |r: &RefundRow| format!("+{} {} ({})", r.at.seconds() - NOON, r.amounts.amount, r.statements);
    let texts: Vec<String> = folded.refunds.iter().map(refund).collect();
    (texts.join(", "), flag_names(folded.order.flags & !order_flags::NO_LINES))
}

#[track_caller]
fn check_refunds(told: &[&str], expected: &str, flags: &str) {
    let mut statements = vec!["purchase SERVER 0 total=100"];
    statements.extend(told);
    assert_eq!(refunds(&statements), (expected.to_owned(), flags.to_owned()), "{told:?}");
}

#[test]
fn the_same_refund_counts_once() {
    let told =
        ["refund SERVER 60 id=R1 amount=40", "refund SERVER 90 id=R1 amount=40", "refund SERVER 95 id=R2 amount=40"];
    check_refunds(&told, "+60 40.00 (2), +95 40.00 (1)", "");
    // Without an id it is known by amount, lines and day.
    check_refunds(&["refund SERVER 60 amount=40", "refund SERVER 90 amount=40"], "+60 40.00 (2)", "");
    check_refunds(&["refund SERVER 60 amount=40", "refund SERVER 90 amount=30"], "+60 40.00 (1), +90 30.00 (1)", "");
    check_refunds(
        &["refund SERVER 60 amount=40", "refund SERVER 90 amount=40 items=A"],
        "+60 40.00 (1), +90 40.00 (1)",
        "",
    );
    check_refunds(
        &["refund SERVER 60 amount=40", "refund SERVER 86400 amount=40"],
        "+60 40.00 (1), +86400 40.00 (1)",
        "",
    );
    let shuffled = ["refund SERVER 60 amount=40 items=A*2,B", "refund SERVER 90 amount=40 items=B,A*2"];
    check_refunds(&shuffled, "+60 40.00 (2)", "");
    // One without an id repeats one with an id that says the same.
    check_refunds(&["refund SERVER 60 id=R1 amount=40", "refund SERVER 50 amount=40"], "+60 40.00 (2)", "");
    check_refunds(
        &["refund SERVER 60 id=R1 amount=40", "refund SERVER 50 amount=41"],
        "+50 41.00 (1), +60 40.00 (1)",
        "",
    );
}

#[test]
fn the_day_is_that_of_the_sites_zone() {
    let mut site = site();
    site.settings.timezone = Zone::parse("Pacific/Auckland").unwrap();
    // Midnight there is at noon of the day before, in the winter an hour later.
    let told = ["purchase SERVER -9999 total=100", "refund SERVER -3601 amount=10", "refund SERVER 3601 amount=10"];
    assert_eq!(folded_on(&site, &told).refunds.len(), 2);
    assert_eq!(folded(&told).refunds.len(), 1);
}

#[test]
fn the_earliest_of_several_versions_is_believed() {
    let told = ["refund SERVER 90 id=R1 amount=50 reason=late", "refund SERVER 60 id=R1 amount=40"];
    check_refunds(&told, "+60 40.00 (2)", "refunds_differ");
    check_refunds(
        &["refund SERVER 90 id=R1 amount=50", "refund SERVER 95 id=R1 amount=40 at=9"],
        "+9 40.00 (2)",
        "refunds_differ",
    );
    let silent = ["refund SERVER 60 id=R1 amount=40", "refund SERVER 90 id=R1 amount=40 tax=3 items=A reason=broken"];
    check_refunds(&silent, "+60 40.00 (2)", "");
    check_refunds(&["refund SERVER 60 id=R1", "refund SERVER 90 id=R1 amount=100"], "+60 100.00 (2)", "");
    check_refunds(&["refund SERVER 60 id=R1", "refund SERVER 90 id=R1 amount=40"], "+60 100.00 (2)", "refunds_differ");
    check_refunds(
        &["refund SERVER 60 id=R1", "refund SERVER 90 id=R1 items=A*1*5"],
        "+60 100.00 (2)",
        "refunds_differ",
    );
    // A reason is nobody's contradiction.
    let folded = folded(&[&["purchase SERVER 0 total=100"], &silent[..]].concat());
    assert_eq!(folded.refunds[0].reason.as_deref(), Some("broken"));
}

#[test]
fn refunds_come_from_the_best_source_alone() {
    let (own, provider) = ("refund SERVER 60 id=A amount=40", "refund PLATFORM 70 id=B amount=40");
    check_refunds(&[own, provider], "+70 40.00 (1)", "");
    check_refunds(&[own, "refund PLATFORM 70 id=B amount=30"], "+70 30.00 (1)", "refunds_differ");
    check_refunds(&[own, "refund platform 70 id=B amount=30"], "+60 40.00 (1)", "refunds_differ");
    check_refunds(
        &[own, provider, "refund PLATFORM 80 id=C amount=20"],
        "+70 40.00 (1), +80 20.00 (1)",
        "refunds_differ",
    );
    check_refunds(&[own, "refund SERVER 70 id=B amount=40 dialect=matomo"], "+60 40.00 (1)", "");
    check_refunds(&["refund SERVER 60 items=A*1*40", provider], "+70 40.00 (1)", "");
    check_refunds(&["refund SERVER 60", "refund PLATFORM 70 amount=100"], "+70 100.00 (1)", "");
    let folded = folded(&["purchase browser 0 total=100", own, provider]);
    let refund = &folded.refunds[0];
    assert_eq!(
        (refund.origin, refund.trust, refund.refund_id.as_deref()),
        (Origin::Platform, Trust::Verified, Some("B"))
    );
    let key = refund_key(SiteId(1), links().order, &[b"id", b"B"]);
    assert_eq!((refund.refund, folded.order.statements), (key, 3));
}

#[test]
fn what_nobody_proved_is_believed_only_where_the_site_does() {
    let mut site = site();
    let told = ["purchase SERVER 0 total=100", "refund server 60 amount=40"];
    assert_eq!(folded_on(&site, &told).order.refunded, amount("40"));
    site.settings.count_unverified_orders = false;
    let order = folded_on(&site, &told).order;
    assert_eq!((order.refunded, flag_names(order.flags).as_str()), (amount("0"), "no_lines refunds_differ"));
    let proved = folded_on(&site, &[told[0], told[1], "refund SERVER 90 amount=40"]).order;
    assert_eq!((proved.refunded, flag_names(proved.flags).as_str()), (amount("40"), "no_lines"));
}

#[test]
fn another_currency_is_not_booked() {
    check_refunds(&["refund SERVER 60 amount=40 currency=EUR"], "+60 40.00 (1)", "");
    check_refunds(&["refund SERVER 60 amount=40 currency=USD"], "", "refunds_differ");
    let told = ["refund SERVER 60 id=A amount=40 currency=USD", "refund SERVER 70 id=B amount=30"];
    check_refunds(&told, "+70 30.00 (1)", "refunds_differ");
    let dollars = ["purchase SERVER 0 currency=USD total=100", "refund SERVER 60 amount=40"];
    assert_eq!(refunds(&dollars).0, "+60 40.00 (1)", "silence means the order's");
}

#[test]
fn a_damaged_refund_is_none() {
    let mut statements = facts(&["purchase SERVER 0 total=100", "refund SERVER 60 amount=40"]);
    statements[1].payload = vec![0xff];
    assert!(fold(&site(), &statements, &links()).unwrap().refunds.is_empty());
}
