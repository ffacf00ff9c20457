//! Attribution: who came by what, and what each model credits for it.

use super::case::Case;
use super::orders::share;
use super::shop::{Door, Shop, amount, hundredths};
use commerce::Timestamp;
use serde_json::{Value, json};

/// When a case's orders are placed.
const ORDERED: &str = "2026-03-02T12:00:00Z";

const DAY_S: i64 = 86_400;

/// So many days before the order, by a source or directly.
type Touch = (i64, Option<&'static str>);

fn before(seconds: i64) -> String {
    Timestamp::parse(ORDERED).expect("a time").plus_seconds(-seconds).to_string()
}

/// Returns the page view by which a visitor comes: by a source, or directly.
fn view(visitor: &str, seconds_before: i64, source: Option<&str>) -> Value {
    let mark = source.map_or(String::new(), |s| format!("?utm_source={s}&utm_medium=cpc"));
    json!({"id": format!("{visitor}-{seconds_before}-{mark}"), "name": "page_view", "visitor_id": visitor, "occurred_at": before(seconds_before),
        "page": {"url": format!("https://shop.example/{mark}")}})
}

fn order(visitor: &str, total: &str) -> Value {
    json!({"id": format!("order-{visitor}"), "name": "purchase", "visitor_id": visitor, "occurred_at": ORDERED,
        "transaction_id": format!("of-{visitor}"), "value": total})
}

/// Opens a shop that was sent these events, which are told later and so by an import.
fn told(case: &Case, events: &[Value]) -> Shop {
    let shop = Shop::open(case);
    for part in events.chunks(100) {
        let answer = shop.send_native(Door::Import, part);
        assert_eq!(answer["accepted"], part.len(), "{answer}");
    }
    shop.server.settle();
    shop
}

/// Returns the rows of an attribution by name, with their figures by column.
fn credits(shop: &Shop, query: &str) -> Vec<(String, Value)> {
    let table = shop.get(&format!("attribution?{query}&{}", shop.period()));
    let names: Vec<&str> =
        table["columns"].as_array().expect("columns").iter().filter_map(|c| c["name"].as_str()).collect();
    let rows = table["rows"].as_array().expect("rows").iter().map(|row| {
        let figures: Value =
            names.iter().zip(row.as_array().expect("cells")).map(|(n, c)| ((*n).to_owned(), c.clone())).collect();
        (row[0].as_str().unwrap_or_default().to_owned(), figures)
    });
    rows.collect()
}

fn credit(credits: &[(String, Value)], name: &str, column: &str) -> Value {
    credits.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no row {name}: {credits:?}")).1[column].clone()
}

/// Returns a ratio in ten-thousandths, read from its digits.
fn ten_thousandths(value: &Value) -> i64 {
    amount(&Value::String(value.to_string())).0
}

/// The touches of the case, the later of one day later, and its order.
fn way(case: &Case, visitor: &str) -> Vec<Value> {
    let touches: Vec<&Value> = case.events().iter().filter(|e| e["t"] == "touch").collect();
    let last = touches.len() as i64;
    let at =
        |i: usize, touch: &Value| touch["days_before"].as_i64().expect("days") * DAY_S + (last - 1 - i as i64) * 60;
    touches.iter().enumerate().map(|(i, touch)| view(visitor, at(i, touch), touch["channel"].as_str())).collect()
}

/// The case gives what each channel is credited with by one model.
pub(super) fn credited(case: &Case) {
    let stated = &case.events().last().expect("an order")["order"];
    let mut events = way(case, "v1");
    events.push(order("v1", stated["total"].as_str().expect("a total")));
    let shop = told(case, &events);
    let model = case.config("model").as_str().expect("a model");
    let found = credits(&shop, &format!("by=source&models={model}"));
    assert_eq!(found.len(), events.len() - 1, "{found:?}");
    for (channel, figures) in &found {
        let expected = case.expected(channel);
        let expected = if expected.is_null() { json!("0.00") } else { hundredths(expected) };
        assert_eq!(figures[format!("net_sales:{model}")], expected, "{channel}");
    }
}

/// Weights by age, exactly so many half-lives before the order.
pub(super) fn decayed(case: &Case) {
    let touches = case.events().iter();
    let mut events: Vec<Value> =
        touches.map(|t| view("v1", t["days_before"].as_i64().expect("days") * DAY_S, t["channel"].as_str())).collect();
    events.push(order("v1", "1.00"));
    let found = credits(&told(case, &events), "by=source&models=time_decay");
    for (touch, expected) in case.events().iter().zip(case.expectation().as_array().expect("weights")) {
        let name = touch["channel"].as_str().expect("a channel");
        assert_eq!(ten_thousandths(&credit(&found, name, "orders:time_decay")), share(expected), "{name}");
    }
}

/// A way of two touches, and one of one.
pub(super) fn ends_alone(case: &Case) {
    for (name, touches) in [("two", vec!["a", "b"]), ("one", vec!["a"])] {
        let mut events: Vec<Value> =
            touches.iter().enumerate().map(|(i, s)| view("v1", (9 - i as i64) * 3_600, Some(s))).collect();
        events.push(order("v1", "1.00"));
        let found = credits(&told(case, &events), "by=source&models=position");
        for (source, expected) in touches.iter().zip(case.expected(name).as_array().expect("weights")) {
            let expected =
                expected.as_str().map(|text| if text.contains('/') { text.to_owned() } else { format!("{text}/1") });
            assert_eq!(ten_thousandths(&credit(&found, source, "orders:position")), share(&json!(expected)), "{name}");
        }
    }
}

/// Direct visits are credited where there is nothing else in the window.
pub(super) fn last_non_direct(case: &Case) {
    let ways: [(&[Touch], u32); 3] = [
        (&[(5, Some("google")), (0, None)], 30),
        (&[(5, None), (0, None)], 30),
        (&[(100, Some("google")), (0, None)], 90),
    ];
    for ((touches, window), expected) in ways.iter().zip(case.expectation().as_array().expect("winners")) {
        let mut events: Vec<Value> =
            touches.iter().map(|(days, source)| view("v1", days * DAY_S + 60, *source)).collect();
        events.push(order("v1", "1.00"));
        let shop = told(case, &events);
        let winner = |by: &str| {
            let found = credits(&shop, &format!("by={by}&models=last_non_direct&window={window}"));
            let won = |f: &Value| ten_thousandths(&f["orders:last_non_direct"]) == 10_000;
            found.into_iter().find(|(_, f)| won(f)).expect("a winner").0
        };
        let found = format!("{}/{}", winner("source"), winner("medium"));
        assert_eq!(&json!(found.replace("(direct)/(none)", "direct")), expected);
    }
}

/// The ways of the case, each as often as it led to an order and as often as it did not.
fn ways(case: &Case, name: &str) -> Vec<Value> {
    let mut events = Vec::new();
    for (w, way) in case.events().iter().enumerate() {
        let sources: Vec<&str> = way[name].as_array().expect("a way").iter().filter_map(Value::as_str).collect();
        let orders = way["conversions"].as_u64().expect("a count");
        for n in 0..orders + way["nulls"].as_u64().unwrap_or(0) {
            let visitor = format!("v{w}-{n}");
            let at = |i: usize| (sources.len() - i) as i64 * 3_600;
            events.extend(sources.iter().enumerate().map(|(i, source)| view(&visitor, at(i), Some(source))));
            events.extend((n < orders).then(|| order(&visitor, "1.00")));
        }
    }
    events
}

/// The published chain: its chance of an order, what is lost without each, and what each is credited with.
pub(super) fn markov(case: &Case) {
    let shop = told(case, &ways(case, "path"));
    let table = shop.get(&format!("attribution?by=source&models=markov&{}", shop.period()));
    let shown = &table["meta"]["markov"];
    assert_eq!(amount(&shown["conversion"]).0, share(case.expected("p_conv")));
    let found = credits(&shop, "by=source&models=markov");
    let whole: i64 = found.iter().map(|(_, f)| ten_thousandths(&f["orders:markov"])).sum();
    for (name, expected) in case.expected("removal").as_object().expect("effects") {
        assert_eq!(amount(&shown["removal"][name]).0, share(expected), "{name}");
        let orders = ten_thousandths(&credit(&found, name, "orders:markov"));
        assert_eq!(orders, share(&case.expected("conversions")[name]), "{name}");
        assert_eq!(orders * 10_000 / whole, share(&case.expected("share")[name]), "{name}");
    }
}

/// Shapley values over counts are another tool's; they are what `linear` credits, and so that is what is offered.
pub(super) fn counts_are_linear(case: &Case) {
    let shop = told(case, &ways(case, "channels"));
    let found = credits(&shop, "by=source&models=linear");
    for (name, expected) in case.expectations() {
        let expected = expected.as_str().expect("a fraction");
        let expected = if expected.contains('/') { expected.to_owned() } else { format!("{expected}/1") };
        assert_eq!(ten_thousandths(&credit(&found, name, "orders:linear")), share(&json!(expected)), "{name}");
    }
}

/// Of a hundred visitors by A 5 ordered, of a hundred by B 10, of a hundred by both 20.
pub(super) fn rates_are_shared(case: &Case) {
    let mut events = Vec::new();
    let both = [("A", 7_200), ("B", 3_600)];
    let (a, b) = ([("A", 3_600)], [("B", 3_600)]);
    let sets: [(&[(&str, i64)], u32); 3] = [(&a, 5), (&b, 10), (&both, 20)];
    for (touches, orders) in &sets {
        for n in 0..100 {
            let visitor = format!("v{orders}-{n}");
            events.extend(touches.iter().map(|(source, at)| view(&visitor, *at, Some(source))));
            events.extend((n < *orders).then(|| order(&visitor, "1.00")));
        }
    }
    let found = credits(&told(case, &events), "by=source&models=shapley");
    for ((name, expected), (_, alone)) in case.expectations().zip(&sets) {
        // What is credited beside the orders of those who came by nothing else is a share of those of both.
        let of_both = ten_thousandths(&credit(&found, name, "orders:shapley")) - i64::from(*alone) * 10_000;
        assert_eq!(of_both / 20, share(expected), "{name}");
    }
}
