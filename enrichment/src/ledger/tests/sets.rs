//! The fold is a function of the set of statements: arrival order and repetition are nothing to it.

use super::*;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A few values of each field, so that ties and contradictions come about.
fn statement() -> impl Strategy<Value = String> {
    let kind = select(vec!["purchase", "purchase", "order_update", "order_status", "refund"]);
    let sender = select(vec!["browser", "BROWSER", "pixel", "server", "SERVER", "PLATFORM", "IMPORT"]);
    let extra = select(vec![
        "",
        "total=10",
        "total=10 tax=2 items=A*1*8",
        "total=12 currency=USD items=A*2*3,B*1*6*1 discount=2",
        "items=A*1*8,C*3*0.333333 tax_included=yes tax=1",
        "total=11 payment=card",
        "status=pending",
        "status=cancelled",
        "total=10 test=yes placed=-50",
    ]);
    let known = select(vec!["", "visit=1 source=google", "visit=2", "attribution=yes source=mail", "customer=3"]);
    let version = select(vec!["", "version=1", "version=2"]);
    (kind, sender, 0..4_i64, extra, known, version)
        .prop_map(|(kind, sender, at, extra, known, version)| format!("{kind} {sender} {at} {extra} {known} {version}"))
}

proptest! {
    #[test]
    fn any_order_and_repetition_gives_the_same_order(
        statements in prop::collection::vec(statement(), 1..7),
        shuffle in prop::collection::vec(any::<Index>(), 0..12),
    ) {
        let words: Vec<&str> = statements.iter().map(String::as_str).collect();
        let straight = facts(&words);
        let mut mixed = straight.clone();
        for (i, index) in shuffle.iter().enumerate() {
            let at = index.index(mixed.len());
            let repeated = mixed[at].clone();
            if i % 2 == 0 { mixed.push(repeated) } else { mixed.swap(0, at) }
        }
        let mut site = site();
        site.rates.insert("USD".to_owned(), vec![("2026-04-01".to_owned(), "1.0842".to_owned())]);
        prop_assert_eq!(fold(&site, &straight), fold(&site, &mixed));
    }

    #[test]
    fn lines_sum_to_their_order(statement in statement()) {
        let Some((order, lines)) = fold(&site(), &facts(&[&statement])) else { return Ok(()) };
        prop_assert_eq!(order.lines as usize, lines.len());
        if !lines.is_empty() {
            prop_assert_eq!(lines.iter().map(|l| l.gross).sum::<Amount>(), order.amounts.gross_sales);
            prop_assert_eq!(lines.iter().map(|l| l.discount).sum::<Amount>(), order.amounts.discounts);
        }
        prop_assert!(lines.iter().all(|l| l.position == order.position && l.order == order.order));
    }
}
