//! Money: read from decimal text, rounded once, split without losing a cent, converted at the order's rate.

use super::case::Case;
use super::shop::{Door, Shop, amount, hundredths};
use commerce::Amount;
use serde_json::{Value, json};

/// Sends one order of `fields` by a server and returns what is known of it.
fn ordered(shop: &Shop, id: &str, fields: Value) -> Value {
    let mut event = json!({"id": id, "name": "purchase", "transaction_id": id});
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    event.as_object_mut().expect("an object").extend(fields);
    let answer = shop.send_native(Door::Server, &[event]);
    assert_eq!(answer["accepted"], 1, "{answer}");
    shop.server.settle();
    shop.get(&format!("orders/{id}"))
}

/// The case gives amounts in minor units: as many digits after the point as the currency has.
pub(super) fn minor_units(case: &Case) {
    let shop = Shop::open(case);
    for (n, (text, minor)) in case.expectations().enumerate() {
        let (value, currency) = text.split_once(' ').expect("an amount and its currency");
        let detail = ordered(&shop, &format!("minor-{n}"), json!({"value": value, "currency": currency}));
        assert_eq!(detail["order"]["currency"], currency);
        let decimals = value.split_once('.').map_or(0, |(_, decimals)| decimals.len() as u32);
        let unit = 10_i64.pow(4 - decimals);
        let expected = Amount(minor.as_i64().expect("a whole number") * unit);
        assert_eq!(amount(&detail["order"]["amounts"]["order_total"]), expected, "{text}");
    }
}

/// The case gives numbers rounded to cents, half away from zero first. A line is rounded once, and so is what is given
/// back for it: a number below zero is seen as the net sales of the day of its return.
pub(super) fn rounding(case: &Case) {
    let shop = Shop::open(case);
    for (n, (text, expected)) in case.expectations().enumerate() {
        let (id, expected) = (format!("round-{n}"), hundredths(&expected[0]));
        let price = text.trim_start_matches('-');
        let items = json!([{"item_id": id, "price": price, "quantity": 1}]);
        let detail = ordered(&shop, &id, json!({"occurred_at": "2026-02-20T12:00:00Z", "items": items}));
        if price == text {
            assert_eq!(detail["lines"][0]["gross"], expected, "{text}");
            continue;
        }
        let refund = json!({"id": format!("back-{n}"), "name": "refund", "transaction_id": id, "refund_id": id});
        shop.send_native(Door::Server, &[refund]);
        shop.server.settle();
        let query = format!("metrics=net_sales&filter=sku=={id}&from=2026-03-02&to=2026-03-02");
        assert_eq!(shop.server.report(&shop.token, 1, &query)[0]["net_sales"], expected, "{text}");
    }
}

/// The case gives how an order's discount falls on its lines, in cents.
pub(super) fn discount_allocated(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    let detail = shop.get(&format!("orders/{}", case.events()[0]["order"]["id"].as_str().expect("an id")));
    let lines = detail["lines"].as_array().expect("lines").iter().map(|line| line["discount"].clone());
    let expected = case.expectation().as_array().expect("cents").iter().map(hundredths);
    assert_eq!(lines.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// A discount of everything leaves an order of nothing, which is an order.
pub(super) fn free_order(case: &Case) {
    let shop = Shop::open(case);
    let net = case.expected("line_net").as_array().expect("cents");
    let items: Vec<Value> =
        (0..net.len()).map(|n| json!({"item_id": format!("S{n}"), "price": "12.50", "quantity": 1 + n})).collect();
    let detail = ordered(&shop, "free", json!({"value": "0", "discount": "37.50", "items": items}));
    for (line, net) in detail["lines"].as_array().expect("lines").iter().zip(net) {
        assert_eq!(amount(&line["gross"]).0 - amount(&line["discount"]).0, amount(&hundredths(net)).0, "{line}");
    }
    assert_eq!(detail["order"]["counts"], *case.expected("counts_as_order"));
    assert_eq!(shop.figure("net_sales"), hundredths(case.expected("order_net")));
    assert_eq!(shop.figure("orders"), 1);
    assert_eq!(shop.figure("average_order_value"), "0.00", "it is in the mean");
}

/// The case gives sums in the site's currency: each order at its day's rate, a refund at its order's.
pub(super) fn order_date_rate(case: &Case) {
    let mut shop = Shop::open(case);
    let rates = case.config("rates").as_object().expect("rates").iter().map(|(name, rate)| {
        let (currency, day) = name.split_once(' ').expect("a currency and a day");
        format!("{day},{currency},{}\n", rate.as_str().expect("a rate"))
    });
    let file = shop.server.data_dir().join("rates.csv");
    std::fs::write(&file, format!("date,currency,rate\n{}", rates.collect::<String>())).expect("a file");
    shop.server.cli(&["rates", "import", "--site", "1", file.to_str().expect("a path")]);
    shop.play(case);
    assert_eq!(shop.figure("gross_sales"), hundredths(case.expected("gross")));
    assert_eq!(amount(&shop.figure("returns")).0, -amount(&hundredths(case.expected("refund"))).0);
    assert_eq!(shop.figure("net_sales"), hundredths(case.expected("net")));
    assert_eq!(shop.figure("orders_unconverted"), 0);
}

/// An order's total that the file takes for too large and that we keep: amounts end at 99 999 999 999 999.9999. As the
/// price of a piece, which has two decimals more, it is too large with us as well.
const WITHIN_OUR_AMOUNTS: &str = "99999999999999";

/// Returns our reason for a verdict of the file, `None` for a price that is taken.
fn reason_of(verdict: &Value) -> Option<&'static str> {
    match verdict.as_str().expect("a verdict") {
        "ok" => None,
        "reject:negative" => Some("price.negative"),
        "reject:not-finite" => Some("price.not_finite"),
        "reject:too-large" => Some("price.out_of_range"),
        "reject:syntax" => Some("price.not_a_number"),
        other => panic!("no reason of ours for {other}"),
    }
}

/// The case gives a verdict on each price: taken, or kept apart with its reason. Each stands once as an order's total
/// and once as an item's price.
pub(super) fn price_verdicts(case: &Case) {
    let shop = Shop::open(case);
    let mut refused = 0;
    for (n, (price, verdict)) in case.expectations().enumerate() {
        let reason = reason_of(verdict);
        let of_total = reason.filter(|_| price != WITHIN_OUR_AMOUNTS);
        let item = json!([{"item_id": "S1", "price": price, "quantity": 1}]);
        let total =
            json!({"id": format!("t{n}"), "name": "purchase", "transaction_id": format!("t{n}"), "value": price});
        let piece =
            json!({"id": format!("p{n}"), "name": "purchase", "transaction_id": format!("p{n}"), "items": item});
        for (event, reason) in [(total, of_total), (piece, reason)] {
            let answer = shop.send_native(Door::Browser, std::slice::from_ref(&event));
            assert_eq!(answer["quarantined"][0]["reason"].as_str(), reason, "{price:?}: {event}");
            assert_eq!(answer["accepted"], u8::from(reason.is_none()), "{price:?}: {event}");
            refused += usize::from(reason.is_some());
        }
    }
    shop.server.settle();
    // What was refused is kept with its reason.
    assert_eq!(shop.get("quarantine")["meta"]["count"], refused);
    assert_eq!(shop.get("health")["quarantined"], refused);
}
