//! Orders whose lines come one by one.

use super::*;

/// Heap's way: the order's totals without a currency, and an event for each line.
const HEAP: [&str; 4] = [
    "purchase server 3 total=56.00 shipping=4.00 discount=8.00",
    "order_update server 1 lines=partial currency=USD items=A*2*20.00",
    "order_update server 2 lines=partial currency=USD items=B*1*20.00",
    "order_update server 9 lines=partial currency=USD items=A*2*20.00 event=2",
];

fn lines(folded: &Folded) -> String {
    let line = |l: &OrderLineRow| format!("{}*{}", l.product.sku, l.quantity);
    folded.lines.iter().map(line).collect::<Vec<_>>().join(" ")
}

#[test]
fn pieces_together_are_the_lines_and_the_totals_stay() {
    let site = site_with_rate("0.9");
    let folded = folded_on(&site, &HEAP);
    assert_eq!(amounts(&folded.order.amounts), "56.00 = 60.00 - 8.00 + 0.00 + 4.00 + 0.00");
    assert_eq!((lines(&folded).as_str(), folded.order.currency.code()), ("A*2 B*1", "USD"));
    assert_eq!(flag_names(folded.order.flags), "");
}

#[test]
fn pieces_alone_make_an_order_of_their_lines() {
    let folded = folded(&HEAP[1..3]);
    assert_eq!((lines(&folded).as_str(), folded.order.amounts.order_total), ("A*2 B*1", amount("60.00")));
    assert!(folded.order.counts || folded.order.status == OrderStatus::Confirmed);
}

#[test]
fn a_whole_statement_beats_pieces_of_the_same_trust() {
    let whole = "purchase browser 20 currency=USD total=56.00 items=A*2*20.00,B*1*20.00,C*1*0";
    let statements = [HEAP[1], HEAP[2], whole];
    assert_eq!(lines(&folded(&statements)), "A*2 B*1 C*1");
    let verified = ["order_update SERVER 1 lines=partial items=A*1*5", "purchase browser 2 total=9 items=B*1*9"];
    assert_eq!(lines(&folded(&verified)), "A*1", "what is proven beats what is whole");
}

#[test]
fn neither_order_nor_repetition_of_pieces_matters() {
    let expected = folded(&HEAP);
    let again: Vec<OrderFactRow> = facts(&HEAP).into_iter().rev().chain(facts(&HEAP)).collect();
    assert_eq!(fold(&site(), &again, &links()), Some(expected));
}
