//! What a purchase's and a refund's `value` means.

use super::*;

fn check(name: &str, sums: &Value, items: &Value, expected: &str) {
    let mut params = json!({"transaction_id": "7", "currency": "EUR", "items": items});
    params.as_object_mut().unwrap().extend(sums.as_object().unwrap().clone());
    let told = told(name, &params);
    let marker = if name == "refund" { "refund=" } else { "order=" };
    let found = told.split(marker).nth(1).map_or(told.as_str(), |rest| rest.split(']').next().unwrap());
    assert_eq!(found, expected, "{name} {params}");
}

fn items() -> Value {
    json!([{"item_id": "S1", "price": 20, "quantity": 2}, {"item_id": "S2", "price": 8, "discount": 2, "quantity": 1}])
}

#[test]
fn a_purchases_value_is_the_items_alone_only_if_it_equals_them() {
    let sums = json!({"value": 48, "tax": 6, "shipping": 5});
    check("purchase", &sums, &items(), "[7 total:59.00 tax:6.00 shipping:5.00 EUR");
    let sums = json!({"value": "48.00", "shipping": "5"});
    check("purchase", &sums, &items(), "[7 total:53.00 shipping:5.00 EUR");
    let everything = json!({"value": 59, "tax": 6, "shipping": 5, "coupon": "A"});
    check("purchase", &everything, &items(), "[7 total:59.00 tax:6.00 shipping:5.00 EUR coupons:A tax in prices:false");
    let taxed = json!({"value": 53, "tax": 6, "shipping": 5});
    check("purchase", &taxed, &items(), "[7 total:53.00 tax:6.00 shipping:5.00 EUR tax in prices:true");
    check("purchase", &json!({"value": 70, "tax": 6}), &items(), "[7 total:70.00 tax:6.00 EUR");
    check("purchase", &json!({"value": 48, "tax": 6}), &json!([]), "[7 total:48.00 tax:6.00 EUR");
    check("purchase", &json!({"value": 48}), &json!([{"item_id": "S1"}]), "[7 total:48.00 EUR");
    check("purchase", &json!({"tax": 6}), &items(), "[7 tax:6.00 EUR");
    // What was stated is not lost.
    let told = told("purchase", &json!({"transaction_id": "7", "value": 48, "tax": 6, "items": items()}));
    assert!(told.contains("\"value_stated\":48"), "{told}");
}

#[test]
fn taxed_prices_leave_no_tax_to_add() {
    let mut site = site();
    site.settings.prices_include_tax = true;
    let params = json!({"transaction_id": "7", "value": 48, "tax": 6, "shipping": 5, "items": items()});
    let body = json!({"events": [{"name": "purchase", "params": params}]}).to_string();
    let result = replay::send(read, &replay::book(site), Sent { body: body.as_bytes(), ..POST });
    assert!(outcomes(&result).contains("total:53.00"), "{result:?}");
}

#[test]
fn orders_without_an_id_are_kept_aside() {
    let quarantined =
        |told: String, reason: &str| assert!(told.starts_with(&format!("quarantined: {reason} ")), "{told}");
    quarantined(told("purchase", &json!({"transaction_id": "", "value": 5})), "order_id.missing");
    quarantined(told("purchase", &json!({"value": 5})), "order_id.missing");
    quarantined(told("purchase", &json!({"transaction_id": "undefined", "value": 5})), "order_id.placeholder");
    quarantined(told("refund", &json!({"transaction_id": " "})), "order_id.missing");
    quarantined(told("purchase", &json!({"transaction_id": "7", "value": -5})), "price.negative");
    quarantined(told("purchase", &json!({"transaction_id": "7", "value": "12,50"})), "price.not_a_number");
    quarantined(told("purchase", &json!({"transaction_id": "7", "currency": "EURO"})), "currency.unknown");
}

#[test]
fn refunds_are_whole_or_in_part() {
    let part = json!([{"item_id": "S1", "price": 20, "quantity": 1}]);
    check("refund", &json!({}), &json!([]), "[7");
    check("refund", &json!({"value": 20}), &part, "[7 amount:20.00");
    check("refund", &json!({"value": -20}), &part, "[7 amount:20.00");
    check("refund", &json!({"value": 20, "tax": 3, "shipping": 2}), &part, "[7 amount:25.00 tax:3.00 shipping:2.00");
    check("refund", &json!({}), &part, "[7 amount:20.00");
    check("refund", &json!({"value": 59}), &json!([]), "[7 amount:59.00");
    check("refund", &json!({"value": 12, "refund_id": "R1"}), &part, "[7 amount:12.00 id:R1");
    check("refund", &json!({}), &json!([{"item_id": "S1", "quantity": 1}]), "[7");
}
