//! Where an order stands, whether it counts, and on which day.

use super::*;

/// Returns when the order was paid and as of when it is counted, in seconds after noon.
fn dates(order: &OrderRow) -> String {
    let paid = order.paid_at.map_or("never".to_owned(), |at| (at.seconds() - NOON).to_string());
    format!("{paid}, counted {}", order.counted_at.seconds() - NOON)
}

#[track_caller]
fn check_paid(statements: &[&str], expected: &str) {
    let mut site = site();
    site.settings.count_orders_on_paid = true;
    assert_eq!(dates(&folded_on(&site, statements).order), expected, "{statements:?}");
}

#[test]
fn status_is_folded_on_its_own() {
    check(&["purchase browser 0 total=1"], status, "Confirmed counts");
    check(&["purchase browser 0 total=1 status=pending"], status, "Pending does not count");
    check(
        &["purchase browser 0 total=1 status=pending", "order_status SERVER 60 status=confirmed"],
        status,
        "Confirmed counts",
    );
    check(
        &["purchase SERVER 0 total=1", "order_status SERVER 60 status=cancelled"],
        status,
        "Cancelled does not count",
    );
    check(
        &[
            "purchase SERVER 0 total=1",
            "order_status SERVER 60 status=failed",
            "order_status SERVER 90 status=confirmed",
        ],
        status,
        "Confirmed counts",
    );
    check(&["purchase SERVER 0 total=1", "order_update SERVER 60 total=2"], status, "Confirmed counts");
    check(
        &["purchase SERVER 0 total=1", "order_update SERVER 60 status=cancelled"],
        status,
        "Cancelled does not count",
    );
    // Nobody without proof cancels an order of somebody with.
    check(&["purchase SERVER 0 total=1", "order_status browser 60 status=cancelled"], status, "Confirmed counts");
    check(&["purchase browser 0 total=1 test=yes"], status, "Confirmed does not count");
    let cancelled = ["purchase SERVER 0 total=50 items=A*1*50", "order_status SERVER 60 status=cancelled"];
    check(&cancelled, total, "50.00 by Server, ");
}

#[test]
fn unverified_orders_count_if_the_site_says_so() {
    let mut site = site();
    site.settings.count_unverified_orders = false;
    let counts = |statements: &[&str]| folded_on(&site, statements).order.counts;
    assert!(!counts(&["purchase browser 0 total=1"]));
    assert!(counts(&["purchase browser 0 total=1", "purchase SERVER 5 total=1"]));
    assert!(!counts(&["purchase browser 0 total=1", "order_status SERVER 5 status=confirmed"]));
}

#[test]
fn an_order_is_paid_when_it_was_first_confirmed() {
    check_paid(&["purchase SERVER 5 total=1"], "5, counted 5");
    check_paid(&["purchase SERVER 5 total=1 placed=2"], "2, counted 2");
    check_paid(&["purchase SERVER 5 total=1 status=pending"], "never, counted 5");
    let later = "order_status SERVER 90 status=confirmed";
    check_paid(&["purchase SERVER 5 total=1 status=pending", later], "90, counted 90");
    check_paid(&["purchase SERVER 5 total=1", later], "5, counted 5");
    let again = "order_status SERVER 400 status=confirmed";
    check_paid(&["purchase SERVER 5 total=1 status=pending", later, again], "90, counted 90");
    let cancelled = "order_status SERVER 200 status=cancelled";
    check_paid(&["purchase SERVER 5 total=1 status=pending", later, cancelled], "90, counted 90");
    check_paid(
        &["purchase SERVER 5 total=1 status=pending", "order_update SERVER 70 status=confirmed"],
        "70, counted 70",
    );
    // What says nothing of the status confirms nothing.
    check_paid(&["purchase SERVER 5 total=1 status=pending", "order_update SERVER 70 total=2"], "never, counted 5");
    check_paid(&["order_update SERVER 70 total=2"], "never, counted 70");
    // Without the setting an order counts when it was placed.
    check(&["purchase SERVER 5 total=1 status=pending", later], dates, "90, counted 5");
}

#[test]
fn a_stated_time_of_the_change_is_its_time() {
    let pending = "purchase SERVER 5 total=1 status=pending";
    check_paid(&[pending, "order_status SERVER 900 status=confirmed updated=60"], "60, counted 60");
    // A counter is no time, and neither is one that lies days ahead.
    check_paid(&[pending, "order_status SERVER 900 status=confirmed version=7"], "900, counted 900");
    check_paid(&[pending, "order_status SERVER 900 status=confirmed updated=999999"], "900, counted 900");
    // Clocks differ; nothing is paid before it is bought.
    check_paid(&[pending, "order_status SERVER 900 status=confirmed updated=-60"], "5, counted 5");
}

#[test]
fn the_most_trusted_senders_decide_when_an_order_was_paid() {
    // The browser only means that the order was placed.
    let told = ["purchase browser 0 total=1", "purchase SERVER 5 total=1 status=pending"];
    check_paid(&told, "never, counted 5");
    let told = [told[0], told[1], "order_status SERVER 90 status=confirmed"];
    check_paid(&told, "90, counted 90");
    check_paid(&["purchase browser 0 total=1", "purchase server 5 total=1 status=pending"], "never, counted 0");
    check_paid(&["purchase browser 0 total=1", "order_update SERVER 60 total=2"], "0, counted 0");
    let forged = ["purchase SERVER 0 total=1 status=pending", "order_status browser 5 status=confirmed"];
    check_paid(&forged, "never, counted 0");
}

#[test]
fn a_cancelled_order_with_a_refund_stays_an_order() {
    let booked = |o: &OrderRow| format!("{} {}", status(o), o.refunded);
    let (sold, cancelled) = ("purchase SERVER 0 total=50", "order_status SERVER 60 status=cancelled");
    check(&[sold, cancelled], booked, "Cancelled does not count 0.00");
    check(&[sold, cancelled, "refund SERVER 90 amount=50"], booked, "Cancelled counts 50.00");
    check(&[sold, cancelled, "refund SERVER 90 amount=20"], booked, "Cancelled counts 20.00");
    check(&[sold, "refund SERVER 90"], booked, "Confirmed counts 50.00");
    // A test stays a test, and what never came about stays that, its refunds kept.
    let (test, refund) = ("purchase SERVER 0 total=50 test=yes", "refund SERVER 90");
    check(&[test, cancelled, refund], booked, "Cancelled does not count 50.00");
    check(&["purchase SERVER 0 total=50 status=failed", refund], booked, "Failed does not count 50.00");
    check(&["purchase SERVER 0 total=50 status=pending", refund], booked, "Pending does not count 50.00");
    assert_eq!(folded(&["purchase SERVER 0 total=50 status=pending", refund]).refunds.len(), 1);
    // What cannot be booked returns nothing.
    check(&[sold, cancelled, "refund SERVER 90 amount=50 currency=USD"], booked, "Cancelled does not count 0.00");
}
