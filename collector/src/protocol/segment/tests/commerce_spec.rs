//! The ecommerce spec: what each event becomes, and which of an order's sums is which.

use super::*;
use serde_json::json;
use std::fmt::Write;

#[test]
fn the_specs_events_become_native_ones() {
    let product =
        json!({"product_id": "p1", "sku": "S1", "name": "Shirt", "price": "19.90", "quantity": 2, "position": 3});
    let list = json!({"list_id": "l1", "category": "Shirts", "products": [product]});
    let cart = json!({"cart_id": "c1", "currency": "USD", "value": 39.8, "coupon": "SPRING", "step": 2, "products": [product], "payment_method": "card"});
    let promotion = json!({"promotion_id": "pr1", "creative": "banner", "name": "Sale", "position": "top"});
    let cases: [(&[&str], &Value); 7] = [
        (&["Product Viewed", "Viewed Product", "product_clicked", "Product Added", "ProductRemoved"], &product),
        (&["Product Added to Wishlist", "Wishlist Product Added to Cart"], &product),
        (&["Product List Viewed", "Viewed Product Category", "Product List Filtered"], &list),
        (
            &["Cart Viewed", "Checkout Started", "Payment Info Entered", "Checkout Step Completed", "Coupon Applied"],
            &cart,
        ),
        (&["Promotion Viewed", "Promotion Clicked"], &promotion),
        (&["Products Searched"], &json!({"query": "shoes", "results": 3})),
        (
            &["Order Cancelled", "Signed Up", "purchase"],
            &json!({"order_id": 1001, "total": 10, "reason": "late", "name": "x", "ip": "1.2.3.4"}),
        ),
    ];
    let mut page = String::new();
    for (events, properties) in cases {
        for event in events {
            writeln!(page, "{event}: {}", track(event, properties)).unwrap();
        }
    }
    insta::assert_snapshot!("spec", page);
}

#[test]
fn an_orders_sums_are_told_apart() {
    let goods = json!([{"sku": "S1", "price": 20, "quantity": 2}, {"sku": "S2", "price": 10}]);
    let none = json!([]);
    let check = |event: &str, sums: Value, products: &Value, expected: &str| {
        let mut properties = json!({"order_id": "7", "products": products});
        properties.as_object_mut().unwrap().extend(sums.as_object().unwrap().clone());
        let told = track(event, &properties);
        let found = told.split("order=").nth(1).map_or(told.as_str(), |rest| rest.split(']').next().unwrap());
        assert_eq!(found, format!("[7 {expected}").trim(), "{event} {sums}");
    };
    // What was charged is the total, whatever else is said.
    let all = json!({"total": 61, "revenue": 1, "subtotal": 50, "tax": 6, "shipping": 5});
    check("Order Completed", all, &goods, "total:61.00 subtotal:50.00 tax:6.00 shipping:5.00 tax in prices:false");
    let taxed = json!({"total": 55, "tax": 6, "shipping": 5});
    check("Order Completed", taxed, &goods, "total:55.00 tax:6.00 shipping:5.00 tax in prices:true");
    let reduced = json!({"total": 50, "tax": 6, "shipping": 5, "discount": 5});
    let expected = "total:50.00 tax:6.00 shipping:5.00 discount:5.00 tax in prices:true";
    check("Order Completed", reduced, &goods, expected);
    // Without one, revenue and subtotal leave out tax and shipping.
    let revenue = json!({"revenue": 50, "tax": 6, "shipping": 5});
    check("Order Completed", revenue, &goods, "total:61.00 tax:6.00 shipping:5.00");
    let subtotal = json!({"subtotal": "45.00", "discount": -5, "tax": 6, "shipping": 5});
    let expected = "total:56.00 subtotal:45.00 tax:6.00 shipping:5.00 discount:5.00";
    check("Order Completed", subtotal, &goods, expected);
    check("Order Completed", json!({"revenue": 50}), &none, "total:50.00");
    // Shops that put everything into revenue: the lines show it, and the first version of the spec means it.
    let everything = json!({"revenue": 61, "tax": 6, "shipping": 5});
    check("Order Completed", everything, &goods, "total:61.00 tax:6.00 shipping:5.00");
    let first = json!({"revenue": 70, "tax": 6, "shipping": 5});
    check("Completed Order", first, &goods, "total:70.00 tax:6.00 shipping:5.00");
    check("Order Updated", json!({"revenue": 50, "shipping": 5}), &goods, "total:55.00 shipping:5.00");
    check("Order Completed", json!({}), &goods, "");
    check("Order Completed", json!({"value": 12}), &none, "total:12.00");
}

#[test]
fn taxed_prices_leave_no_tax_to_add() {
    let mut site = replay::site(&["segment:WK_TEST"]);
    site.settings.prices_include_tax = true;
    let products = json!([{"sku": "a", "price": 20}]);
    let properties = json!({"order_id": "7", "revenue": 20, "tax": 3, "shipping": 5, "products": products});
    let body = json!({"event": "Order Completed", "properties": properties}).to_string();
    let told = replay::describe(&replay::send(read, &replay::book(site), Sent { body: body.as_bytes(), ..POST }));
    assert!(told.contains("total:25.00"), "{told}");
}

#[test]
fn refunds_are_whole_or_in_part() {
    let check = |properties: Value, expected: &str| {
        let told = track("Order Refunded", &properties);
        let found = told.split("refund=").nth(1).map_or(told.as_str(), |rest| rest.split(']').next().unwrap());
        assert_eq!(found, expected, "{properties}");
    };
    let lines = json!([{"sku": "S1", "price": 20, "quantity": 2}, {"sku": "S2", "price": 10}]);
    check(json!({"order_id": "7"}), "[7 id:segment:m1");
    let part = json!({"order_id": "7", "total": 19.9, "tax": 3, "products": lines});
    check(part, "[7 amount:19.90 tax:3.00 id:segment:m1");
    check(json!({"order_id": "7", "products": lines}), "[7 amount:50.00 id:segment:m1");
    check(json!({"order_id": "7", "products": [{"sku": "S1", "quantity": 1}]}), "[7 id:segment:m1");
    check(json!({"order_id": "7", "total": -19.9, "refund_id": "R1"}), "[7 amount:19.90 id:R1");
    // An empty list is none: the whole order.
    check(json!({"order_id": "7", "products": []}), "[7 id:segment:m1");
}

#[test]
fn products_are_read_as_shops_write_them() {
    let check = |product: Value, expected: &str| {
        let told = track("Product Viewed", &product);
        let found = told.split("items=").nth(1).map_or(told.as_str(), |rest| rest.split(']').next().unwrap());
        assert_eq!(found, expected, "{product}");
    };
    check(json!({"product_id": "p1"}), "[p1*@");
    check(json!({"id": 17, "name": "Shirt"}), "[17*@ Shirt");
    check(json!({"sku": "", "product_id": "p1", "price": "", "quantity": null}), "[p1*@");
    let both = json!({"sku": "S", "product_id": "p1", "url": "/s", "price": 5});
    check(both, "[S*@5.00 {\"product_id\":\"p1\",\"url\":\"/s\"}");
    check(json!({"name": "Shirt", "price": "12.345"}), "[Shirt*@12.345 Shirt");
    let products = json!({"0": {"sku": "a", "discount": 1}, "2": {"sku": "b"}});
    let numbered = track("Order Completed", &json!({"order_id": "7", "total": 5, "products": products}));
    assert!(numbered.contains("items=[a*@ {\"stated_discount\":1}, b*@]"), "{numbered}");
    // Digits beyond what a binary float holds.
    let sums = r#"{"order_id":12345678901234567890,"total":12345678901234.5678}"#;
    let body = format!(r#"{{"event":"Order Completed","properties":{sums}}}"#);
    let told = replay::describe(&send(Sent { body: body.as_bytes(), ..POST }));
    assert!(told.contains("[12345678901234567890 total:12345678901234.5678"), "{told}");
}
