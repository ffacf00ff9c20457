//! Prices, quantities and amounts: read from their own text, refused with a reason.

use super::*;
use commerce::hit::flags;
use commerce::money::{Amount, Quantity, UnitPrice};

fn purchase(fields: &str) -> String {
    format!("{{\"name\":\"purchase\",\"transaction_id\":\"1001\",{fields}}}")
}

/// Checks one price as it stands in JSON, as an item's price and as the order's value.
fn check_price(json: &str, expected: &str) {
    assert_eq!(
        verdict(&purchase(&format!("\"items\":[{{\"item_id\":\"A\",\"price\":{json}}}]"))),
        expected,
        "price {json}"
    );
    // An amount keeps four decimals and so holds a hundred times more than a unit price.
    if expected != "price.out_of_range" || json.contains("e400") {
        assert_eq!(verdict(&purchase(&format!("\"value\":{json}"))), expected, "value {json}");
    }
}

#[test]
fn prices_are_judged_by_their_text() {
    for (json, expected) in [
        ("19.99", "ok"),
        ("\"19.99\"", "ok"),
        ("0", "ok"),
        ("1e2", "ok"),
        ("null", "ok"),
        ("-1.00", "price.negative"),
        ("\"-1.00\"", "price.negative"),
        ("\"NaN\"", "price.not_finite"),
        ("NaN", "price.not_finite"),
        ("Infinity", "price.not_finite"),
        ("-Infinity", "price.not_finite"),
        ("\"-inf\"", "price.not_finite"),
        ("1e400", "price.out_of_range"),
        ("\"\"", "price.not_a_number"),
        ("\"\u{ff11}\u{ff19}\"", "price.not_a_number"),
        ("\"12,50\"", "price.not_a_number"),
        ("\"64,37\"", "price.not_a_number"),
        ("\"1.234,50\"", "price.not_a_number"),
        ("\"0x10\"", "price.not_a_number"),
        ("\"12 EUR\"", "price.not_a_number"),
        ("true", "price.not_a_number"),
        ("{}", "price.not_a_number"),
        ("[1]", "price.not_a_number"),
        ("9223372036854775808", "price.out_of_range"),
    ] {
        check_price(json, expected);
    }
}

#[test]
fn quantities_are_judged_by_their_text() {
    for (json, expected) in [
        ("2", "ok"),
        ("0", "ok"),
        ("\"0.125\"", "ok"),
        ("1e9", "ok"),
        ("-1", "quantity.out_of_range"),
        ("1e10", "quantity.out_of_range"),
        ("\"two\"", "quantity.not_a_number"),
        ("[]", "quantity.not_a_number"),
    ] {
        assert_eq!(
            verdict(&purchase(&format!("\"items\":[{{\"item_id\":\"A\",\"quantity\":{json}}}]"))),
            expected,
            "quantity {json}"
        );
    }
}

#[test]
fn money_is_exact_and_rounding_is_marked() {
    let read = |json: &str| {
        let hit = hit(&purchase(&format!(
            "\"value\":{json},\"items\":[{{\"item_id\":\"A\",\"price\":{json},\"quantity\":0.3}}]"
        )));
        let item = hit.facts.items.unwrap().remove(0);
        assert_eq!(item.quantity, Some(Quantity(300)));
        (hit.facts.order.unwrap().total.unwrap(), item.price.unwrap(), hit.facts.flags.unwrap() & flags::ROUNDED != 0)
    };
    assert_eq!(read("1.15"), (Amount(11_500), UnitPrice(1_150_000), false));
    assert_eq!(read("0.1"), (Amount(1_000), UnitPrice(100_000), false));
    assert_eq!(read("\"2.67555\""), (Amount(26_756), UnitPrice(2_675_550), true));
    assert_eq!(read("99999999999.999999"), (Amount(1_000_000_000_000_000), UnitPrice(99_999_999_999_999_999), true));
}

#[test]
fn products_of_price_and_quantity_stay_within_an_amount() {
    let items = |price: &str, quantity: &str| {
        verdict(&purchase(&format!("\"items\":[{{\"item_id\":\"A\",\"price\":{price},\"quantity\":{quantity}}}]")))
    };
    assert_eq!(items("99999", "1000000000"), "ok");
    assert_eq!(items("100001", "1000000000"), "price.out_of_range");
}

#[test]
fn currencies_are_iso_4217_or_the_site_s() {
    let currency = |json: &str| {
        hit(&purchase(&format!("\"currency\":{json}"))).facts.order.unwrap().currency.map(|c| c.to_string())
    };
    assert_eq!(currency("\"usd\"").as_deref(), Some("USD"));
    assert_eq!(currency("\"\""), None);
    assert_eq!(currency("null"), None);
    for json in ["\"EURO\"", "\"QQQ\"", "12", "{}"] {
        assert_eq!(verdict(&purchase(&format!("\"currency\":{json}"))), "currency.unknown", "{json}");
    }
}

#[test]
fn orders_above_the_site_s_cap_are_quarantined() {
    let settings = [("order_value_max", "5000")];
    let check = |fields: &str, expected: &str| {
        assert_eq!(verdict_with(&settings, &purchase(fields)), expected, "{fields}");
    };
    check("\"value\":5000", "ok");
    check("\"value\":5000.01", "order.value_above_max");
    check("\"items\":[{\"item_id\":\"A\",\"price\":2500,\"quantity\":2}]", "ok");
    check("\"items\":[{\"item_id\":\"A\",\"price\":2501,\"quantity\":2}]", "order.value_above_max");
    check("\"value\":1,\"items\":[{\"item_id\":\"A\",\"price\":9999}]", "order.value_above_max");
    // The cap is in the site's currency, and the door knows no rates.
    check("\"value\":800000,\"currency\":\"JPY\"", "ok");
    check("\"value\":800000,\"currency\":\"EUR\"", "order.value_above_max");
    assert_eq!(verdict(&purchase("\"value\":800000")), "ok", "a site without a cap takes what it is told");
}

#[test]
fn an_order_says_where_it_was_sold() {
    let channel = |fields: &str| hit(&purchase(fields)).facts.order.unwrap().sales_channel;
    assert_eq!(channel("\"sales_channel\":\"pos\"").as_deref(), Some("pos"));
    assert_eq!(channel("\"channel\":\"phone\"").as_deref(), Some("phone"));
    assert_eq!(channel("\"channel\":\"x\",\"sales_channel\":\"pos\"").as_deref(), Some("pos"));
    assert_eq!(channel("\"value\":1"), None);
    let other = hit(r#"{"name":"share","channel":"mail"}"#).facts;
    assert_eq!(other.properties.as_deref(), Some(r#"{"channel":"mail"}"#), "elsewhere it is a property");
}

#[test]
fn every_amount_of_an_order_finds_its_place() {
    let hit = hit(
        r#"{"name":"purchase","transaction_id":" 1001 ","currency":"EUR","value":"59.90","subtotal":50,"tax":9.56,"shipping":4.9,
        "fees":1,"discount":"5","coupon":"SPRING","coupons":["SPRING","VIP"],"prices_include_tax":true,"payment_method":"card",
        "shipping_method":"dhl","customer_type":"new","order_count":2,"status":"pending","test":false,
        "placed_at":"2026-03-02T09:00:00Z","version":7,"aliases":["stripe:pi_1","undefined"],"items":[]}"#,
    );
    let order = hit.facts.order.unwrap();
    assert_eq!(order.order_id, "1001");
    let amounts =
        [order.total, order.subtotal, order.tax, order.shipping, order.fees, order.discount].map(|a| a.unwrap().0);
    assert_eq!(amounts, [599_000, 500_000, 95_600, 49_000, 10_000, 50_000]);
    assert_eq!(order.coupons.unwrap(), ["SPRING", "VIP"]);
    assert_eq!(order.aliases.unwrap(), ["stripe:pi_1"]);
    assert_eq!(
        (order.prices_include_tax, order.test, order.order_count, order.version),
        (Some(true), Some(false), Some(2), Some(7))
    );
    assert_eq!(order.status, Some(commerce::hit::OrderStatus::Pending));
    assert_eq!(hit.facts.properties, None);
    assert_eq!(hit.facts.items, None);
}
