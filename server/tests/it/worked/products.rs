//! Products: from being viewed to being ordered, visit by visit.

use super::case::Case;
use super::orders::share;
use super::shop::{Door, Shop, amount};
use serde_json::{Value, json};

/// The case gives what visits did with a product; a visit counts once, however often it did so.
pub(super) fn rates(case: &Case) {
    let shop = Shop::open(case);
    let events: Vec<Value> = case
        .events()
        .iter()
        .enumerate()
        .map(|(n, event)| {
            let name = match event["t"].as_str().expect("a type") {
                "product_view" => "view_item",
                "order" => "purchase",
                other => other,
            };
            let visit = event["sid"].as_str().expect("a visit");
            json!({"id": format!("e{n}"), "name": name, "visitor_id": format!("v{visit}"), "visit_id": visit,
                "occurred_at": format!("2026-03-02T11:{n:02}:00Z"), "transaction_id": format!("o{n}"), "value": "1.00",
                "items": [{"item_id": event["sku"], "price": "1.00", "quantity": 1}]})
        })
        .collect();
    assert_eq!(shop.send_native(Door::Browser, &events)["accepted"], events.len());
    shop.server.settle();
    let rates = "metrics=view_to_cart_rate,cart_to_order_rate,buy_to_detail_rate&dimensions=sku";
    let row = shop.rows(rates).into_iter().find(|row| row["sku"] == "A").expect("the product");
    let known = [
        ("view_to_cart_rate", "view_to_cart"),
        ("cart_to_order_rate", "cart_to_buy"),
        ("buy_to_detail_rate", "view_to_buy"),
    ];
    for (ours, theirs) in known {
        assert_eq!(amount(&Value::String(row[ours].to_string())).0, share(case.expected(theirs)), "{ours}");
    }
    // Who put it into the cart without having viewed it: all who did, less those who came from a view.
    let steps = "steps=view_item[sku==A];add_to_cart[sku==A]&mode=open".replace('[', "%5B").replace(']', "%5D");
    let funnel = shop.get(&format!("funnel?{steps}&{}", shop.period()));
    let (viewed, added) =
        (funnel["rows"][0][2].as_i64().expect("a count"), funnel["rows"][1][2].as_i64().expect("a count"));
    let both = (amount(&Value::String(funnel["rows"][1][3].to_string())).0 * viewed + 5_000) / 10_000;
    assert_eq!(&json!(added - both), case.expected("cart_without_view"));
}
