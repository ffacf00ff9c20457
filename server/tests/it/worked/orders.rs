//! Orders, refunds and carts: one order however often it is told, and what is given back on its day.

use super::case::Case;
use super::shop::{Shop, amount, hundredths};
use commerce::{SiteId, VisitorKey};
use serde_json::{Value, json};

/// A browser, a server and a webhook (twice) tell the same order: the server's money, the browser's visit.
pub(super) fn three_sources(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    assert_eq!(&shop.figure("orders"), case.expected("orders"));
    // The file's word for what the customer was charged.
    assert_eq!(shop.figure("order_total"), hundredths(case.expected("revenue")));
    let sent = case.events().len() as u64;
    let orders = shop.figure("orders").as_u64().expect("a count");
    assert_eq!(json!(sent - orders), *case.expected("duplicates"));
    // The webhook's retry is known by its event id, the rest by the order's.
    let health = shop.get("health");
    assert_eq!((&health["stored"], &health["duplicate"]), (&json!(sent - 1), &json!(1)));

    let browser = &case.events()[0];
    let id = browser["order"]["id"].as_str().expect("an id");
    let detail = shop.get(&format!("orders/{id}"));
    let statements = detail["statements"].as_array().expect("statements");
    assert_eq!(statements.len() as u64, sent - 1, "every statement but the retry is shown");
    let taken = &detail["taken"]["total"];
    assert_eq!(&taken["origin"], case.expected("money_from"));
    let winner = statements.iter().find(|s| s["event"] == taken["event"]).unwrap_or_else(|| panic!("{detail}"));
    assert_eq!(winner["order"]["value"], hundredths(case.expected("revenue")));
    let fields: Vec<&Value> =
        detail["disagreements"].as_array().expect("disagreements").iter().map(|d| &d["field"]).collect();
    assert!(fields.contains(&&json!("total")), "the browser said another total: {detail}");

    let linked = case.expected("person_linked").as_array().expect("a visitor and a user");
    let visitor = linked[0].as_str().expect("a visitor");
    assert_eq!(&browser["sid"], case.expected("session"));
    let visits = shop.get(&format!("visitors/{visitor}"))["visits"].clone();
    assert_eq!(detail["order"]["visit"], visits[0]["visit"], "the visit is the browser's");
    let key = VisitorKey::of_visitor_id(SiteId(1), visitor).0;
    assert_eq!(detail["order"]["visitor"], format!("{key:016x}"));
    assert_eq!(detail["customer"]["user_id"], linked[1]);
}

/// The same id on two sites is two orders.
pub(super) fn two_sites(case: &Case) {
    let mut shop = Shop::open(case);
    let second = ["site", "add", "--id", "2", "--domain", "two.example", "--currency", "EUR", "--timezone", "UTC"];
    shop.server.cli(&second);
    shop.play(case);
    for (site, orders) in case.expectations() {
        let path = format!("/api/v1/sites/{}/report?metrics=orders&{}", site.trim_start_matches('s'), shop.period());
        assert_eq!(&shop.server.get_json(&path, &shop.token)["totals"][0], orders, "{site}");
    }
}

/// Orders without an id are kept apart, both of them, and loudly.
pub(super) fn empty_id(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    assert_eq!(&shop.figure("orders"), case.expected("orders"));
    let kept = shop.get("quarantine");
    assert_eq!(&kept["meta"]["count"], case.expected("quarantined"));
    for item in kept["quarantine"].as_array().expect("items") {
        let words: Vec<&str> = case.expected("reason").as_str().expect("a reason").split(' ').collect();
        let reason = item["reason"].as_str().expect("a reason").replace(['.', '_'], " ");
        assert!(words.iter().all(|word| reason.contains(word)), "{reason} for {words:?}");
    }
}

/// The case gives gross sales, returns and net sales of each day, in cents, in one of the two views of refunds: once
/// as the site's setting has it, once as the question does.
pub(super) fn refund_by_day(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    let view = format!("{}_date", case.config("refund_date").as_str().expect("a view"));
    let other = if view == "order_date" { "refund_date" } else { "order_date" };
    let asked = "metrics=gross_sales,returns,net_sales&dimensions=day";
    for (setting, query) in [(&*view, asked.to_owned()), (other, format!("{asked}&refund_view={view}"))] {
        shop.set(&format!("refund_view={setting}"));
        shop.server.settle();
        let rows = shop.rows(&query).into_iter().filter(|r| r["gross_sales"] != "0.00" || r["returns"] != "0.00");
        let expected = case.expectations().map(|(day, sums)| {
            let sums: Vec<Value> = sums.as_array().expect("sums").iter().map(hundredths).collect();
            json!({"day": day, "gross_sales": sums[0], "returns": sums[1], "net_sales": sums[2]})
        });
        assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{setting}: {query}");
    }
}

/// An order cancelled before anything was given back is none.
pub(super) fn cancelled(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    let ours = case.expected("ours");
    assert_eq!(shop.figure("orders"), ours["orders"]);
    assert_eq!(shop.figure("gross_sales"), hundredths(&ours["gross"]));
    assert_eq!(shop.figure("net_sales"), hundredths(&ours["net"]));
    assert_eq!(shop.figure("orders_cancelled"), ours["cancelled"]);
}

/// Returns a fraction such as `1/3` in ten-thousandths, rounded half up, as reports show it.
pub(super) fn share(fraction: &Value) -> i64 {
    let (part, whole) = fraction.as_str().and_then(|text| text.split_once('/')).expect("a fraction");
    let (part, whole): (i64, i64) = (part.parse().expect("a number"), whole.parse().expect("a number"));
    (part * 20_000 / whole + 1) / 2
}

/// Returns a ratio of a report in ten-thousandths, read from its digits.
pub(super) fn ratio(shop: &Shop, metric: &str) -> i64 {
    amount(&Value::String(shop.figure(metric).to_string())).0
}

/// The case gives three rates that are easily taken for one another.
pub(super) fn rates(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    assert_eq!(ratio(&shop, "conversion_rate"), share(case.expected("session_cr")));
    assert_eq!(ratio(&shop, "orders_per_visit"), share(case.expected("orders_per_session")));
    assert_eq!(ratio(&shop, "visitor_conversion_rate"), share(case.expected("visitor_cr")));
}

/// So many carts, and orders for some of them.
pub(super) fn abandonment_rate(case: &Case) {
    let shop = Shop::open(case);
    let count = |name: &str| case.config(name).as_u64().expect("a count");
    for n in 0..count("carts") {
        let (visitor, cart) = (format!("v{n}"), format!("c{n}"));
        shop.send(&json!({"t": "cart_update", "vid": visitor, "cart": cart, "ts": "2026-03-02T09:00:00Z"}));
        if n < count("purchased") {
            let order = json!({"id": format!("o{n}"), "total": "10.00"});
            shop.send(
                &json!({"t": "order", "vid": visitor, "cart": cart, "ts": "2026-03-02T09:05:00Z", "order": order}),
            );
        }
    }
    shop.server.settle();
    assert_eq!(shop.figure("carts"), *case.config("carts"));
    assert_eq!(ratio(&shop, "cart_abandonment_rate"), share(case.expected("abandonment_rate")));
}

/// Abandoned is a matter of time: not a second before the site's idle time is over, and no longer once ordered. (The
/// webhooks of the case are not delivered yet.)
pub(super) fn abandoned_in_time(case: &Case) {
    let shop = Shop::open(case);
    let (order, updates) = case.events().split_last().expect("events");
    for update in updates {
        shop.send(update);
    }
    shop.server.settle();
    let abandoned = |at: &str| shop.table(&format!("metrics=carts_abandoned&as_of={at}"))["totals"][0].clone();
    let day = &order["ts"].as_str().expect("a time")[..10];
    let instants: Vec<_> = case.expectations().filter(|(_, expected)| expected.is_boolean()).collect();
    for (time, expected) in instants.iter().filter(|(name, _)| name.contains(':')) {
        let expected = u8::from(expected.as_bool().expect("true or false"));
        assert_eq!(abandoned(&format!("{day}T{time}Z")), expected, "{time}");
    }
    let id = order["cart"].as_str().expect("a cart");
    assert_eq!(shop.carts(Some("abandoned"))[0]["cart_id"], id, "the clock stands behind the last of these times");

    shop.send(order);
    shop.server.settle();
    assert_eq!(shop.carts(Some("recovered"))[0]["cart_id"], id);
    assert_eq!(shop.carts(Some("abandoned")), Vec::<Value>::new());
    assert_eq!((shop.figure("carts_abandoned"), shop.figure("carts_recovered")), (json!(0), json!(1)));
    let counts = ratio(&shop, "cart_abandonment_rate") != 0;
    assert_eq!(&json!(counts), case.expected("counts_in_abandonment_rate"));
}

/// A cart from which everything was taken is no abandoned one.
pub(super) fn emptied(case: &Case) {
    let mut shop = Shop::open(case);
    shop.set("cart_idle_s=0");
    shop.play(case);
    let carts = shop.carts(None);
    assert_eq!((carts.len(), &carts[0]["state"]), (1, case.expected("state")));
    // Nothing to send a reminder for.
    assert_eq!(shop.figure("carts_abandoned"), *case.expected("webhooks"));
    assert_eq!(shop.figure("carts"), 1);
}
