//! The audit trail: where each field comes from, and who says otherwise.

use super::*;

#[track_caller]
fn check_explained(statements: &[&str], taken: &str, disagreements: &[&str]) {
    let explanation = explain(&site(), &facts(statements));
    let sources: Vec<String> = explanation.taken.iter().map(|t| format!("{}:{}", t.field, t.event.0)).collect();
    assert_eq!(sources.join(" "), taken, "{statements:?}");
    let told = |d: &Disagreement| format!("{} by {}: {}, not {}", d.field, d.event.0, d.says, d.taken);
    assert_eq!(explanation.disagreements.iter().map(told).collect::<Vec<_>>(), disagreements, "{statements:?}");
}

#[test]
fn every_field_names_its_statement() {
    let statements = [
        "purchase browser 0 total=120 tax=19 subtotal=100 items=A*2*50 coupons=X,Y payment=card",
        "purchase PLATFORM 5 total=121.50 currency=EUR fees=1",
        "order_status SERVER 60 status=confirmed",
        "refund SERVER 90 amount=20",
    ];
    check_explained(
        &statements,
        "total:2 subtotal:1 tax:1 fees:2 lines:1 currency:2 status:3 placed_at:2 coupons:1 payment_method:1 refunds:4",
        &["total by 1: 120.00 EUR, not 121.50 EUR"],
    );
    check_explained(&["order_status SERVER 60 status=confirmed"], "", &[]);
    check_explained(&["purchase browser 0 items=A*2*5"], "lines:1 status:1 placed_at:1", &[]);
}

#[test]
fn who_says_otherwise_is_listed_but_not_older_versions() {
    check_explained(
        &["purchase browser 0 total=10 payment=card", "purchase browser 5 total=12 tax=2 payment=invoice"],
        "total:1 status:1 placed_at:1 payment_method:1",
        &[
            "total by 2: 12.00 EUR, not 10.00 EUR",
            "tax by 2: 2.00 EUR, not nothing",
            "payment_method by 2: invoice, not card",
        ],
    );
    check_explained(
        &["purchase SERVER 0 total=10", "order_update SERVER 9 total=8", "purchase browser 20 total=10"],
        "total:2 status:1 placed_at:1",
        &[],
    );
    check_explained(
        &["purchase SERVER 0 total=10 currency=EUR placed=0", "purchase browser 3 total=10 currency=USD placed=1"],
        "total:1 currency:1 status:1 placed_at:1",
        &[
            "total by 2: 10.00 USD, not 10.00 EUR",
            "currency by 2: USD, not EUR",
            "placed_at by 2: 2026-04-01T12:00:01Z, not 2026-04-01T12:00:00Z",
        ],
    );
    check_explained(
        &[
            "purchase SERVER 0 items=B*1*2,A*2*1",
            "purchase browser 3 items=A*2*1,B*1*2",
            "purchase browser 4 items=A*1*1",
        ],
        "lines:1 status:1 placed_at:1",
        &["lines by 3: 1 x A at 1.00, not 1 x B at 2.00, 2 x A at 1.00"],
    );
    check_explained(
        &["purchase SERVER 0 total=10", "order_status browser 60 status=cancelled"],
        "total:1 status:1 placed_at:1",
        &["status by 2: cancelled, not confirmed"],
    );
}

#[test]
fn refunds_name_their_statements_too() {
    check_explained(
        &[
            "purchase SERVER 0 total=100",
            "refund SERVER 60 id=A amount=40",
            "refund SERVER 70 id=A items=B*2 tax=3 amount=41",
            "refund SERVER 80 id=C amount=5 currency=USD",
            "refund server 90 amount=50",
            "refund server 95",
        ],
        "total:1 status:1 placed_at:1 refunds:2",
        &[
            "refunds by 3: 41.00 EUR, 2 x B, tax 3.00 EUR, not 40.00 EUR",
            "refunds by 4: 5.00 USD, not nothing",
            "refunds by 5: 100.00 EUR in all, not 40.00 EUR in all",
        ],
    );
    check_explained(
        &["purchase SERVER 0 total=100", "refund SERVER 60 id=A", "refund SERVER 70 id=A amount=30"],
        "total:1 status:1 placed_at:1 refunds:2",
        &["refunds by 3: 30.00 EUR, not the whole order"],
    );
}
