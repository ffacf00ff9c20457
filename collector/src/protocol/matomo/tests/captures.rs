//! Requests of the real clients, captured on the wire: each is answered as its client expects, and read in full.

use super::*;
use commerce::hit::names;
use serde_json::Value;
use std::fmt::Write;

fn fixture(path: &str) -> String {
    let path = format!("{}/../fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("failed to read {path}: {error}"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Writes what was made of a captured request, one line each for the answer and every outcome.
fn describe(result: &Result<Reading, Answer>, page: &mut String) {
    let answer = match result {
        Ok(reading) => &reading.answer,
        Err(answer) => answer,
    };
    let body = match answer.body.as_slice() {
        [] => "empty".to_owned(),
        body if body.starts_with(b"GIF89a") && body.len() == 43 => "gif".to_owned(),
        body => String::from_utf8_lossy(body).into_owned(),
    };
    writeln!(page, "  {} {body}", answer.status).unwrap();
    let Ok(reading) = result else { return };
    for (index, outcome) in reading.outcomes.iter().enumerate() {
        let claimed = reading.claimed_ips.iter().find(|(i, _)| *i == index).map(|(_, ip)| format!(" ip={ip}"));
        match outcome {
            Outcome::Hit(hit) => writeln!(page, "  {}{}", describe_hit(hit), claimed.unwrap_or_default()).unwrap(),
            Outcome::Excluded { reason, .. } => writeln!(page, "  excluded: {}", reason.name()).unwrap(),
            Outcome::Quarantined(item) => writeln!(page, "  quarantined: {}", item.reason).unwrap(),
        }
    }
}

fn describe_hit(hit: &Hit) -> String {
    let (facts, person) = (&hit.facts, &hit.person);
    let mut line = format!("{} {:?} {:?}", facts.name, facts.origin, facts.trust);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            write!(line, " {name}={value}").unwrap();
        }
    };
    let received_at = facts.occurred_at == facts.received_at;
    add("at", (!received_at).then(|| facts.occurred_at.to_string()));
    add("visitor", person.visitor_id.clone());
    add("user", person.user_id.clone());
    add("marks", Some(marks(hit)));
    add("title", facts.page.as_ref().and_then(|p| p.title.clone()).map(|t| t.chars().take(30).collect()));
    add("campaign", facts.campaign.as_ref().map(|s| format!("{:?}/{:?}/{:?}", s.source, s.campaign, s.term)));
    add("attribution", facts.attribution.as_ref().map(|s| format!("{:?}/{:?}/{:?}", s.campaign, s.term, s.referrer)));
    add("place", facts.place.as_ref().map(|p| format!("{p:?}")));
    add("language", facts.language.clone());
    add("hints", person.client_hints.as_ref().map(|h| format!("{h:?}")));
    add("search", facts.search.as_ref().map(|s| format!("{s:?}")));
    add("goal", facts.goal.as_ref().map(|g| format!("{}:{:?}", g.goal, g.value.map(|v| v.to_string()))));
    add("cart", facts.cart.as_ref().map(|c| format!("{:?}", c.value.map(|v| v.to_string()))));
    if let Some(order) = &facts.order {
        add("order", Some(format!("{:?}", order.order_id)));
        let amounts = [
            ("total", order.total),
            ("subtotal", order.subtotal),
            ("tax", order.tax),
            ("shipping", order.shipping),
            ("discount", order.discount),
        ];
        for (name, amount) in amounts {
            add(name, amount.map(|a| a.to_string()));
        }
    }
    add("items", facts.items.as_ref().map(|_| format!("{:?}", lines(hit))));
    add("properties", facts.properties.clone());
    line
}

#[test]
fn every_captured_request_is_read() {
    let mut page = String::new();
    for line in fixture("captures/matomo.jsonl").lines() {
        let capture: Value = serde_json::from_str(line).unwrap();
        // Lengths are the transport's; everything else is passed on as it came.
        let headers: Vec<(&str, &str)> =
            capture["headers"].as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap())).collect();
        let result = send(Sent {
            method: text(&capture, "method"),
            query: text(&capture, "query"),
            body: text(&capture, "body"),
            headers: &headers,
            ..GET
        });
        writeln!(page, "{} ({})", text(&capture, "name"), text(&capture, "client")).unwrap();
        describe(&result, &mut page);
    }
    insta::assert_snapshot!("captures", page);
}

fn expected_line(item: &Value) -> String {
    let categories: Vec<&str> = item["categories"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let price = commerce::UnitPrice::parse(&item["price"].to_string()).unwrap().value;
    format!("{}*{}@{price} [{}; {}]", text(item, "sku"), item["quantity"], text(item, "name"), categories.join("|"))
}

#[test]
fn matomos_own_ecommerce_tests_come_out_equal() {
    let data: Value = serde_json::from_str(&fixture("matomo/TrackerTestEcommerce.json")).unwrap();
    for case in data["cases"].as_array().unwrap() {
        let name = text(case, "name");
        let mut orders = Vec::new();
        let mut hits = Vec::new();
        for request in case["requests"].as_array().unwrap() {
            let reading = get(request.as_str().unwrap().trim_start_matches('?')).unwrap();
            // A repeated order is a success with us; Matomo answers 400 to it.
            assert_eq!((reading.answer.status, reading.answer.body.len()), (200, 43), "{name}");
            for outcome in reading.outcomes {
                let Outcome::Hit(hit) = outcome else { continue };
                orders.extend(hit.facts.order.as_ref().map(|order| order.order_id.clone()));
                hits = vec![*hit];
            }
        }
        // Counting an order once is the ledger's; its key is the id.
        orders.dedup();
        assert_eq!(orders.len() as u64, case["expected"]["orders"].as_u64().unwrap(), "{name}");
        let expected: Vec<String> = case["expected"]["items"].as_array().unwrap().iter().map(expected_line).collect();
        assert_eq!(hits.first().map(lines).unwrap_or_default(), expected, "{name}");
    }
}

/// Sends one of the recorded requests whose parameters stand as an object.
fn replay(params: &[&Value]) -> Hit {
    let pairs = params.iter().flat_map(|p| p.as_object().unwrap()).map(|(k, v)| (k, v.as_str().unwrap()));
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let body = format!("token_auth={ADMIN}");
    let mut reading = send(Sent { query: &query, body: &body, ..POST }).unwrap();
    assert_eq!((reading.answer.status, reading.answer.body.len()), (200, 43), "{query}");
    match reading.outcomes.remove(0) {
        Outcome::Hit(hit) => *hit,
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn matomos_recorded_shop_is_read_line_by_line() {
    let data: Value = serde_json::from_str(&fixture("matomo/TwoSitesEcommerceOrderWithItems.json")).unwrap();
    let mut page = String::new();
    for request in data["requests"].as_array().unwrap() {
        let hit = replay(&[&request["params"]]);
        assert_eq!(hit.facts.occurred_at, Timestamp::parse(text(request, "t")).unwrap(), "{request}");
        assert_eq!(hit.facts.trust, Trust::Verified);
        writeln!(page, "{} site {} {}", text(request, "t"), hit.facts.site, hit.facts.name).unwrap();
        let amounts = hit.facts.order.as_ref().map(|order| {
            let amounts = [order.total, order.subtotal, order.tax, order.shipping, order.discount];
            let amounts = amounts.map(|a| a.map_or_else(|| "-".to_owned(), |a| a.to_string()));
            format!("{} {}", order.order_id, amounts.join(" "))
        });
        let cart = hit.facts.cart.as_ref().and_then(|cart| cart.value).map(|value| value.to_string());
        for line in amounts.into_iter().chain(cart).chain(lines(&hit)) {
            writeln!(page, "  {line}").unwrap();
        }
    }
    insta::assert_snapshot!("two_sites", page);
}

#[test]
fn matomos_attribution_cases_state_their_sources() {
    let data: Value = serde_json::from_str(&fixture("matomo/ReferrerAttribution.json")).unwrap();
    let cases = data["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 220);
    for case in cases {
        for request in case["requests"].as_array().unwrap() {
            let params = &request["params"];
            let hit = replay(&[&data["common_params"], params]);
            let campaign = hit.facts.campaign.as_ref().and_then(|source| source.campaign.as_deref());
            let expected = if text(params, "url").contains("Another%20Name") {
                Some("another name")
            } else if text(params, "url").contains("Campaign%20Name") {
                Some("campaign name")
            } else {
                None
            };
            assert_eq!(campaign, expected, "{params}");
            let referrer = hit.facts.page.as_ref().and_then(|page| page.referrer.as_deref());
            assert_eq!(referrer, Some(text(params, "urlref")).filter(|r| !r.is_empty()), "{params}");
            // Only the order may use the cookie's attribution.
            let is_order = hit.facts.name == names::PURCHASE;
            let stated = |name: &str| Some(text(params, name).to_owned()).filter(|v| is_order && !v.is_empty());
            let attribution = hit.facts.attribution.unwrap_or_default();
            assert_eq!(attribution.campaign, stated("_rcn").map(|v| v.to_lowercase()), "{params}");
            assert_eq!(attribution.term, stated("_rck").map(|v| v.to_lowercase()), "{params}");
            assert_eq!(attribution.referrer, stated("_ref"), "{params}");
        }
    }
}
