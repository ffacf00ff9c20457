//! Matomo's own acceptance data: 220 cases of which visit and which order is credited to what, and the visits of the
//! two-sites fixture. Their requests become hits by hand here; the protocol has its own tests.

use crate::memory::{Memory, SITE, hit, journal, on_page, settings};
use commerce::hit::{Dialect, OrderStatement, Source};
use commerce::record::Record;
use commerce::rows::{TrafficSource, VisitRow};
use commerce::{Amount, Hit, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

fn fixture(name: &str) -> Value {
    let path = format!("{}/../fixtures/matomo/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

/// The hit that a request of the fixtures stands for.
fn hit_of(id: &str, request: &Value, language: &str) -> Hit {
    let params = &request["params"];
    let is_order = text(params, "idgoal") == "0";
    let name = match (is_order, text(params, "ec_id")) {
        (false, _) => "page_view",
        (true, "") => "cart_update",
        (true, _) => "purchase",
    };
    let mut hit = on_page(hit(id, 0, text(params, "_id"), name), text(params, "url"), text(params, "urlref"));
    let facts = &mut hit.facts;
    facts.occurred_at = Timestamp::parse(text(request, "t")).unwrap();
    facts.dialect = Dialect::Matomo;
    facts.language = Some(language.to_owned());
    facts.campaign = campaign_of(text(params, "url"));
    if name == "purchase" {
        let total = Some(Amount::parse(text(params, "revenue")).unwrap().value);
        facts.order =
            Some(OrderStatement { order_id: text(params, "ec_id").to_owned(), total, ..OrderStatement::default() });
    }
    if is_order {
        let stated = |name: &str| Some(text(params, name)).filter(|t| !t.is_empty()).map(str::to_owned);
        let attribution =
            Source { campaign: stated("_rcn"), term: stated("_rck"), referrer: stated("_ref"), ..Source::default() };
        facts.attribution = Some(attribution).filter(|a| *a != Source::default());
    }
    hit.person.fingerprint = Some(42);
    hit
}

fn campaign_of(url: &str) -> Option<Source> {
    let parameter = |name: &str| {
        let (_, rest) = url.split_once(&format!("{name}="))?;
        Some(rest.split('&').next().unwrap().replace("%20", " ").to_lowercase())
    };
    let campaign = Source { campaign: parameter("pk_campaign"), term: parameter("pk_kwd"), ..Source::default() };
    campaign.campaign.is_some().then_some(campaign)
}

/// A source in the fixture's words: type, name, keyword.
fn in_matomos_words(source: &TrafficSource) -> (i64, String, String) {
    let term = source.term.clone().unwrap_or_default();
    match (&source.campaign, source.medium.as_str()) {
        (Some(campaign), _) => (6, campaign.clone(), term),
        (None, "(none)") => (1, String::new(), term),
        (None, "organic") => (2, source.source.clone(), term),
        (None, "social") => (7, source.source.clone(), term),
        (None, _) => (3, source.referrer_host.clone().unwrap_or_default(), term),
    }
}

fn expected_source(row: &Value) -> (i64, String, String) {
    (
        row["referer_type"].as_i64().unwrap(),
        text(row, "referer_name").to_lowercase(),
        text(row, "referer_keyword").to_owned(),
    )
}

fn check_visits(name: &str, visits: &[&VisitRow], expected: &Value) {
    let expected: Vec<_> = expected.as_array().unwrap().iter().collect();
    let got: Vec<_> = visits.iter().map(|v| (u64::from(v.page_views), in_matomos_words(&v.source))).collect();
    let wanted: Vec<_> =
        expected.iter().map(|e| (e["visit_total_actions"].as_u64().unwrap(), expected_source(e))).collect();
    assert_eq!(got, wanted, "{name}");
    let urls: Vec<_> = visits.iter().map(|v| v.source.referrer.as_deref().unwrap_or("")).collect();
    assert_eq!(urls, expected.iter().map(|e| text(e, "referer_url")).collect::<Vec<_>>(), "{name}");
}

#[test]
fn visits_and_orders_are_credited_as_matomo_credits_them() {
    let fixture = fixture("ReferrerAttribution");
    let cases = fixture["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 220);
    for case in cases {
        let name = text(case, "name");
        let switch = |name: &str| if case["config"][name] == 1 { "true" } else { "false" };
        let urls: Vec<_> = case["site"]["urls"].as_array().unwrap().iter().map(|u| u.as_str().unwrap()).collect();
        let site = settings(&[
            ("domain", urls[0]),
            ("origins", &urls.join(",")),
            ("currency", "USD"),
            ("matomo_compat", "true"),
            ("split_on_campaign", switch("create_new_visit_when_campaign_changes")),
            ("split_on_referrer", switch("create_new_visit_when_website_referrer_changes")),
        ]);
        let requests = case["requests"].as_array().unwrap();
        let hits = requests.iter().enumerate().map(|(i, r)| Record::Hit(Box::new(hit_of(&format!("r{i}"), r, "fr"))));
        let journal = journal(std::iter::once(site).chain(hits));
        let mut memory = Memory::default();
        memory.take(&journal[..2]);
        check_visits(name, &memory.live_visits(), &case["expected"]["visits_after_request_1"]);
        memory.take(&journal[2..3]);
        check_visits(name, &memory.live_visits(), &case["expected"]["visits_after_request_2"]);
        memory.take(&journal[3..]);
        let visits: Vec<_> = memory.live_visits().iter().map(|v| v.visit).collect();
        let place = |visit| 1 + visits.iter().position(|v| Some(*v) == visit).unwrap();
        let orders =
            memory.orders.values().map(|(order, ..)| (place(order.visit) as u64, in_matomos_words(&order.source)));
        let expected = case["expected"]["conversions"].as_array().unwrap().iter();
        let expected = expected.map(|e| (e["idvisit"].as_u64().unwrap(), expected_source(e)));
        assert_eq!(orders.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn the_two_sites_have_matomos_visits() {
    let fixture = fixture("TwoSitesEcommerceOrderWithItems");
    let requests = fixture["requests"].as_array().unwrap().iter().enumerate();
    let first_site = requests.filter(|(_, r)| text(&r["params"], "idsite") == "1");
    let hits = first_site.map(|(i, r)| Record::Hit(Box::new(hit_of(&format!("r{i}"), r, text(r, "accept_language")))));
    let site = settings(&[("domain", "piwik.net"), ("currency", "USD"), ("matomo_compat", "true")]);
    let memory = Memory::of(&journal(std::iter::once(site).chain(hits)), &[]);
    assert!(memory.events.values().all(|e| e.site == SITE));
    let visits = memory.live_visits().into_iter();
    let told = visits.map(|v| {
        let start = v.started_at.to_string();
        (
            start[8..19].to_owned(),
            v.seen_until.micros_since(v.started_at) / 1_000_000,
            v.page_views,
            v.number,
            v.country.clone().unwrap(),
        )
    });
    let expected = [
        ("05T00:11:42", 720, 4, 1, "FR"),
        ("05T01:47:42", 3960, 6, 2, "PL"),
        ("05T07:41:42", 720, 3, 3, "PL"),
        ("06T02:35:42", 1080, 3, 4, "PL"),
        ("06T06:53:42", 360, 0, 5, "PL"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(start, s, views, number, c)| ((*start).to_owned(), *s, *views, *number, (*c).to_owned()))
        .collect();
    assert_eq!(told.collect::<Vec<_>>(), expected);
    let by_visit: BTreeMap<_, _> = memory.orders.values().map(|(o, ..)| (o.order_id.as_str(), o.visit)).collect();
    let starts: BTreeMap<_, _> = memory.live_visits().iter().map(|v| (Some(v.visit), v.number)).collect();
    let placed: Vec<_> = by_visit.iter().map(|(id, visit)| (*id, starts[visit])).collect();
    assert_eq!(placed, [("1037nsjusu4s3894", 2), ("666", 5), ("777", 5), ("937nsjusu 3894", 2)]);
}
