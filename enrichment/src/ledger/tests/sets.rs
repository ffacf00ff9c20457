//! The fold is a function of the set of statements: arrival order and repetition are nothing to it.

use super::generated::{refund, statement};
use super::*;
use proptest::prelude::*;
use proptest::sample::Index;

proptest! {
    #[test]
    fn any_order_and_repetition_gives_the_same_order(
        statements in prop::collection::vec(statement(), 1..6),
        refunds in prop::collection::vec(refund(), 0..6),
        paid in any::<bool>(),
        shuffle in prop::collection::vec(any::<Index>(), 0..16),
    ) {
        let words: Vec<&str> = statements.iter().chain(&refunds).map(String::as_str).collect();
        let straight = facts(&words);
        let mut mixed = straight.clone();
        for (i, index) in shuffle.iter().enumerate() {
            let at = index.index(mixed.len());
            let repeated = mixed[at].clone();
            if i % 2 == 0 { mixed.push(repeated) } else { mixed.swap(0, at) }
        }
        let mut site = site_with_rate("1.0842");
        site.settings.count_orders_on_paid = paid;
        prop_assert_eq!(fold(&site, &straight, &links()), fold(&site, &mixed, &links()));
        prop_assert_eq!(explain(&site, &straight), explain(&site, &mixed));
    }

    #[test]
    fn what_is_said_later_about_nothing_else_changes_nothing(
        statements in prop::collection::vec(statement(), 1..6),
        refunds in prop::collection::vec(refund(), 1..5),
    ) {
        // Refunds leave the order's own money, lines and date alone.
        let sold: Vec<&str> = statements.iter().map(String::as_str).collect();
        let all: Vec<&str> = statements.iter().chain(&refunds).map(String::as_str).collect();
        let (without, with) = (fold(&site(), &facts(&sold), &links()), fold(&site(), &facts(&all), &links()));
        let money = |folded: Folded| {
            let OrderRow { amounts, reporting, placed_at, paid_at, status, .. } = folded.order;
            (amounts, reporting, placed_at, paid_at, status, folded.lines.len())
        };
        prop_assert_eq!(without.map(money), with.map(money));
    }
}
