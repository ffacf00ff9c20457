//! Where visits begin and end, who they are, and what late hits do to them.

use crate::memory::{Memory, SITE, at, by_server, hit, hits, journal, on_page, settings};
use commerce::hit::{Dialect, flags};
use commerce::record::Record;
use commerce::rows::VisitRow;
use commerce::{CustomerKey, Hit, Timestamp, Zone};

/// A page view on page `/id` of the shop.
fn view(id: &str, seconds: i64, visitor: &str) -> Hit {
    on_page(hit(id, seconds, visitor, "page_view"), &format!("https://shop.example/{id}"), "")
}

/// A hit that reached us later than it happened.
fn received(mut hit: Hit, seconds: i64) -> Hit {
    hit.facts.received_at = at(seconds);
    hit
}

fn forcing_new(mut hit: Hit) -> Hit {
    hit.facts.flags = Some(flags::NEW_VISIT);
    hit
}

fn applied(site: &[(&str, &str)], arriving: Vec<Hit>) -> Memory {
    let mut entries = vec![("domain", "shop.example")];
    entries.extend(site);
    let journal = journal(std::iter::once(settings(&entries)).chain(hits(arriving)));
    let memory = Memory::of(&journal, &[]);
    assert_eq!(memory, Memory::of(&journal, &vec![1; journal.len()]), "batches matter");
    memory
}

/// A visit as `start-last/seen events pages landing>exit`, times in seconds.
fn told(visit: &VisitRow) -> String {
    let seconds = |t: Timestamp| t.micros_since(at(0)) / 1_000_000;
    let page = |p: &Option<String>| p.clone().unwrap_or_default();
    format!(
        "{}-{}/{} {}e {}p {}>{}",
        seconds(visit.started_at),
        seconds(visit.last_at),
        seconds(visit.seen_until),
        visit.events,
        visit.page_views,
        page(&visit.landing_page),
        page(&visit.exit_page)
    )
}

fn check(what: &str, site: &[(&str, &str)], arriving: Vec<Hit>, expected: &[&str]) {
    let memory = applied(site, arriving);
    let visits = memory.live_visits();
    assert_eq!(visits.iter().map(|v| told(v)).collect::<Vec<_>>(), expected, "{what}");
    for (index, visit) in visits.iter().filter(|v| v.visitor == visits[0].visitor).enumerate() {
        assert_eq!(visit.number, index as u32 + 1, "{what}");
        assert_eq!(visit.first_seen_at, visits[0].started_at, "{what}");
    }
}

#[test]
fn a_gap_of_the_time_out_ends_a_visit() {
    check("1799 s", &[], vec![view("a", 0, "v"), view("b", 1799, "v")], &["0-1799/1799 2e 2p /a>/b"]);
    check(
        "1800 s",
        &[],
        vec![view("a", 0, "v"), view("b", 1800, "v")],
        &["0-0/0 1e 1p /a>/a", "1800-1800/1800 1e 1p /b>/b"],
    );
    check(
        "four hours",
        &[("visit_timeout_s", "14400")],
        vec![view("a", 0, "v"), view("b", 10_800, "v")],
        &["0-10800/10800 2e 2p /a>/b"],
    );
}

#[test]
fn the_cap_ends_a_visit_and_zero_is_none() {
    let stream = || (0..27).map(|i| view(&format!("e{i}"), i * 1740, "v")).collect::<Vec<_>>();
    assert_eq!(applied(&[], stream()).live_visits().len(), 2);
    assert_eq!(applied(&[("visit_cap_s", "0")], stream()).live_visits().len(), 1);
}

#[test]
fn midnight_splits_in_the_sites_zone_where_the_site_says_so() {
    // 21:50Z and 22:10Z are 23:50 and 00:10 in Paris.
    let stream = || {
        ["2026-06-10T21:50:00Z", "2026-06-10T22:10:00Z"].map(|time| {
            let time = Timestamp::parse(time).unwrap();
            view(&time.to_string(), time.micros_since(at(0)) / 1_000_000, "v")
        })
    };
    let paris = Zone::parse("Europe/Paris").unwrap();
    let days = |site: &[(&str, &str)]| {
        let memory = applied(site, stream().into());
        memory.live_visits().iter().map(|v| paris.day_of(v.started_at).to_string()).collect::<Vec<_>>()
    };
    assert_eq!(days(&[("timezone", "Europe/Paris")]), ["2026-06-10"]);
    assert_eq!(days(&[("timezone", "Europe/Paris"), ("split_at_midnight", "true")]), ["2026-06-10", "2026-06-11"]);
}

#[test]
fn a_new_campaign_is_a_touch_and_splits_where_the_site_says_so() {
    let stream = || {
        let first = on_page(hit("a", 0, "v", "page_view"), "https://shop.example/", "https://www.google.com/");
        let second = "https://shop.example/?utm_source=newsletter&utm_medium=email&utm_campaign=spring";
        vec![first, on_page(hit("b", 300, "v", "page_view"), second, "")]
    };
    for (split, visits) in [("false", 1), ("true", 2)] {
        let memory = applied(&[("split_on_campaign", split)], stream());
        assert_eq!(memory.live_visits().len(), visits);
        let touches = memory.touches.iter().map(|t| format!("{}/{}", t.source.source, t.source.medium));
        assert_eq!(touches.collect::<Vec<_>>(), ["google/organic", "newsletter/email"]);
    }
}

#[test]
fn a_direct_visit_is_upgraded_and_no_other() {
    let google = |id: &str, seconds| {
        on_page(hit(id, seconds, "v", "page_view"), "https://shop.example/x", "https://www.google.com/")
    };
    let bing = |id: &str, seconds| {
        on_page(hit(id, seconds, "v", "page_view"), "https://shop.example/x", "https://www.bing.com/")
    };
    for site in [&[][..], &[("matomo_compat", "true")]] {
        let memory = applied(site, vec![view("a", 0, "v"), google("b", 10), bing("c", 20), google("d", 30)]);
        assert_eq!(memory.live_visits()[0].source.source, "google");
        let touches = memory.touches.iter().map(|t| t.source.source.as_str());
        assert_eq!(touches.collect::<Vec<_>>(), ["google", "bing", "google"]);
    }
}

#[test]
fn the_client_can_ask_for_a_new_visit() {
    let stream = vec![view("a", 0, "v"), forcing_new(view("b", 1, "v")), view("c", 2, "v")];
    check("new_visit", &[], stream, &["0-0/0 1e 1p /a>/a", "1-2/2 2e 2p /b>/c"]);
}

#[test]
fn pings_extend_nothing_and_open_nothing() {
    let stream =
        vec![hit("p0", 0, "v", "ping"), view("a", 10, "v"), hit("p1", 1700, "v", "ping"), view("b", 1810, "v")];
    let memory = applied(&[], stream);
    let visits: Vec<_> = memory.live_visits().into_iter().map(told).collect();
    assert_eq!(visits, ["10-10/1700 1e 1p /a>/a", "1810-1810/1810 1e 1p /b>/b"]);
    let outcomes: Vec<_> =
        memory.intake.iter().map(|((.., outcome, reason, _), n)| (*outcome, reason.as_str(), *n)).collect();
    assert_eq!(outcomes, [("excluded", "ping_without_visit", 1), ("stored", "", 3)]);
    assert_eq!(memory.events.len(), 3);
}

#[test]
fn servers_attach_and_neither_open_nor_extend() {
    let order = |id: &str, seconds, visitor: &str| by_server(hit(id, seconds, visitor, "order_note"));
    let stream = || {
        vec![
            order("s0", 0, "v"),
            view("a", 10, "v"),
            order("s1", 1700, "v"),
            order("s2", 1810, "v"),
            order("s3", 20, ""),
        ]
    };
    let memory = applied(&[], stream());
    let visits = memory.live_visits();
    assert_eq!(visits.iter().map(|v| told(v)).collect::<Vec<_>>(), ["10-10/10 1e 1p /a>/a"]);
    assert_eq!(visits[0].interactions, 0, "traffic is what browsers do");
    let attached = memory.visit_now.values().filter(|v| v.is_some()).count();
    assert_eq!((attached, memory.events.len()), (2, 5));
    assert_eq!(memory.events.values().filter(|e| e.visitor.is_none()).count(), 1, "no visitor is minted");
    let compat = applied(&[("server_hits_open_visits", "true")], stream());
    let visits: Vec<_> = compat.live_visits().into_iter().map(told).collect();
    assert_eq!(visits, ["0-1810/1810 4e 1p /a>/a"], "s0 opens, s1 and s2 extend, s3 names nobody");
}

#[test]
fn a_server_that_names_the_clients_visit_means_it_however_late() {
    let mut order = by_server(hit("s", 4 * 3600, "v", "order_note"));
    order.person.visit_id = Some("s1".to_owned());
    let memory = applied(&[], vec![view("a", 0, "v"), order]);
    let visit = memory.live_visits()[0].visit;
    assert_eq!(memory.visit_now.values().filter(|v| **v == Some(visit)).count(), 2);
}

#[test]
fn a_servers_page_view_is_a_page_view() {
    check("relayed", &[], vec![by_server(view("a", 0, "v")), by_server(view("b", 60, "v"))], &["0-60/60 2e 2p /a>/b"]);
}

#[test]
fn placeholders_are_no_visitors() {
    let named = |id: &str, visitor: &str, fingerprint| {
        let mut hit = view(id, 0, visitor);
        hit.person.fingerprint = Some(fingerprint);
        hit
    };
    let memory = applied(&[], vec![named("a", "undefined", 1), named("b", "0", 2), named("c", "", 1)]);
    let sizes: Vec<_> = memory.live_visits().iter().map(|v| v.events).collect();
    assert_eq!(sizes.iter().sum::<u32>(), 3);
    assert_eq!(sizes.len(), 2, "they are told apart by fingerprint");
}

#[test]
fn matomos_clients_take_over_a_visit_of_their_fingerprint() {
    let matomo = |id: &str, seconds, visitor: &str| {
        let mut hit = view(id, seconds, visitor);
        (hit.facts.dialect, hit.person.fingerprint) = (Dialect::Matomo, Some(42));
        hit
    };
    let visits = |stream: Vec<Hit>| {
        let memory = applied(&[("matomo_compat", "true")], stream);
        memory.live_visits().iter().map(|v| (told(v), v.visitor)).collect::<Vec<_>>()
    };
    // Unknown id, same fingerprint: the visit goes on, as the new id's.
    let taken = visits(vec![matomo("a", 0, ""), matomo("b", 60, "cookie"), matomo("c", 120, "")]);
    assert_eq!(taken, [("0-120/120 3e 3p /a>/c".to_owned(), commerce::VisitorKey::of_visitor_id(SITE, "cookie"))]);
    // A stale visit of the same id hides a fresh one that matches by fingerprint alone (Matomo's issue 19927).
    let hidden = visits(vec![matomo("a", 0, "known"), matomo("b", 90_000, "other"), matomo("c", 90_060, "known")]);
    assert_eq!(hidden.len(), 3);
    // A forced id is certain.
    let mut forced = matomo("b", 60, "certain");
    forced.facts.flags = Some(flags::FORCED_VISITOR);
    assert_eq!(visits(vec![matomo("a", 0, ""), forced]).len(), 2);
    // Another user's visit is passed over, however fresh.
    let of_user = |id: &str, seconds, visitor: &str, user: &str| {
        let mut hit = matomo(id, seconds, visitor);
        hit.person.user_id = Some(user.to_owned());
        hit
    };
    let passed =
        visits(vec![of_user("a", 0, "one", "u"), of_user("b", 10, "two", "v"), of_user("c", 20, "three", "u")]);
    assert_eq!(
        passed.iter().map(|(told, _)| told.as_str()).collect::<Vec<_>>(),
        ["0-20/20 2e 2p /a>/c", "10-10/10 1e 1p /b>/b"]
    );
    // A ping that is not counted takes over nothing.
    let mut ping = matomo("p", 50, "cookie");
    "ping".clone_into(&mut ping.facts.name);
    let owners: Vec<_> = visits(vec![matomo("a", 100, ""), ping]).into_iter().map(|(_, visitor)| visitor).collect();
    assert_eq!(owners, [commerce::VisitorKey::of_fingerprint(SITE, 42)]);
}

#[test]
fn late_hits_join_bridge_and_split() {
    let late = |hit: Hit| received(hit, 7000);
    check(
        "in the middle",
        &[],
        vec![view("a", 0, "v"), view("c", 600, "v"), late(view("b", 300, "v"))],
        &["0-600/600 3e 3p /a>/c"],
    );
    check("first page", &[], vec![view("b", 100, "v"), late(view("a", 0, "v"))], &["0-100/100 2e 2p /a>/b"]);
    check(
        "own visit before",
        &[],
        vec![view("b", 5000, "v"), late(view("a", 0, "v"))],
        &["0-0/0 1e 1p /a>/a", "5000-5000/5000 1e 1p /b>/b"],
    );
    check(
        "bridge",
        &[],
        vec![view("a", 0, "v"), view("c", 3000, "v"), late(view("b", 1500, "v"))],
        &["0-3000/3000 3e 3p /a>/c"],
    );
    check(
        "split by request",
        &[],
        vec![view("a", 0, "v"), view("c", 600, "v"), late(forcing_new(view("b", 300, "v")))],
        &["0-0/0 1e 1p /a>/a", "300-600/600 2e 2p /b>/c"],
    );
    check(
        "an earlier start moves the cap",
        &[("visit_cap_s", "2000")],
        vec![view("b", 1000, "v"), view("c", 2500, "v"), late(view("a", 0, "v"))],
        &["0-1000/1000 2e 2p /a>/b", "2500-2500/2500 1e 1p /c>/c"],
    );
}

#[test]
fn visits_keep_their_keys_and_moved_events_are_told() {
    let bridge = received(view("b", 1500, "v"), 7000);
    let memory = applied(&[], vec![view("a", 0, "v"), view("c", 3000, "v"), bridge]);
    let live = memory.live_visits()[0].visit;
    let dead: Vec<_> = memory.visits.values().filter(|v| !v.live).collect();
    assert_eq!(dead.len(), 1);
    assert_eq!(memory.moves.iter().map(|m| m.visit).collect::<Vec<_>>(), [Some(live)]);
    assert!(memory.visit_now.values().all(|v| *v == Some(live)));
    let first = memory.events.values().find(|e| e.page.as_deref() == Some("/a")).unwrap();
    assert_eq!(first.visit, Some(live), "the merged visit has the first one's key");
}

#[test]
fn closed_visits_never_merge_or_split() {
    let days_later = |hit: Hit| received(hit, 3 * 86_400);
    check(
        "joins the visit that holds it, without bridging",
        &[],
        vec![view("a", 0, "v"), view("c", 3000, "v"), days_later(view("b", 1500, "v"))],
        &["0-1500/1500 2e 2p /a>/b", "3000-3000/3000 1e 1p /c>/c"],
    );
    check(
        "opens its own",
        &[],
        vec![view("a", 0, "v"), view("c", 9000, "v"), days_later(view("b", 4000, "v"))],
        &["0-0/0 1e 1p /a>/a", "4000-4000/4000 1e 1p /b>/b", "9000-9000/9000 1e 1p /c>/c"],
    );
    check(
        "asking for a new visit comes too late",
        &[],
        vec![view("a", 0, "v"), view("c", 600, "v"), days_later(forcing_new(view("b", 300, "v")))],
        &["0-600/600 3e 3p /a>/c"],
    );
}

#[test]
fn an_event_counts_once() {
    let journal = journal(hits([view("a", 0, "v"), view("a", 0, "v"), view("b", 1, "v"), view("a", 0, "v")]));
    for sizes in [&[][..], &[1, 1, 1, 1]] {
        let memory = Memory::of(&journal, sizes);
        assert_eq!(told(memory.live_visits()[0]), "0-1/1 2e 2p /a>/b");
        let outcomes: Vec<_> = memory.intake.iter().map(|((.., outcome, _, _), n)| (*outcome, *n)).collect();
        assert_eq!(outcomes, [("duplicate", 2), ("stored", 2)]);
    }
}

#[test]
fn settings_hold_from_their_position_on() {
    let mut records = vec![settings(&[("domain", "shop.example")])];
    records.extend(hits([view("a", 0, "v"), view("b", 1700, "v")]));
    records.push(settings(&[("domain", "shop.example"), ("visit_timeout_s", "600")]));
    records.extend(hits([view("c", 2400, "v")]));
    let memory = Memory::of(&journal(records), &[2, 1]);
    assert_eq!(
        memory.live_visits().into_iter().map(told).collect::<Vec<_>>(),
        ["0-1700/1700 2e 2p /a>/b", "2400-2400/2400 1e 1p /c>/c"]
    );
}

#[test]
fn the_first_user_claims_the_past_and_the_next_owns_what_follows() {
    let by = |mut hit: Hit, user: &str| {
        hit.person.user_id = Some(user.to_owned());
        hit
    };
    let stream = vec![
        view("a", 0, "v"),
        by(hit("b", 10, "v", "identify"), "undefined"),
        by(hit("c", 20, "v", "identify"), "u1"),
        by(view("d", 30, "v"), "u1"),
        by(hit("e", 40, "v", "login"), "u2"),
        view("f", 50, "v"),
    ];
    let memory = applied(&[], stream);
    let key = |user: &str| CustomerKey::of_user_id(SITE, user);
    let visitor = memory.live_visits()[0].visitor;
    let owners = [0, 20, 39, 40, 50].map(|s| enrichment::owner_of(&memory.identities, visitor, at(s)));
    assert_eq!(owners, [key("u1"), key("u1"), key("u1"), key("u2"), key("u2")].map(Some));
    assert_eq!(memory.live_visits()[0].customer, Some(key("u2")));
}

#[test]
fn bots_are_labelled_and_servers_never() {
    let with_agent = |mut hit: Hit, agent: &str| {
        hit.person.user_agent = Some(agent.to_owned());
        hit
    };
    let googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";
    let mut counted = with_agent(view("c", 0, "counted"), googlebot);
    counted.facts.flags = Some(flags::COUNT_BOTS);
    let stream = vec![
        with_agent(view("a", 0, "bot"), googlebot),
        with_agent(view("b", 1, "person"), iphone),
        counted,
        with_agent(by_server(view("d", 3, "server")), "curl/8.5"),
    ];
    let memory = applied(&[], stream);
    let label = |page: &str| memory.events.values().find(|e| e.page.as_deref() == Some(page)).unwrap().bot.clone();
    assert_eq!(["/a", "/b", "/c", "/d"].map(label), [Some("googlebot".to_owned()), None, None, None]);
    let visits = memory.live_visits();
    let of = |page: &str| visits.iter().find(|v| v.landing_page.as_deref() == Some(page)).unwrap();
    assert_eq!(of("/a").bot.as_deref(), Some("googlebot"));
    let device = [&of("/b").device, &of("/b").browser, &of("/b").os].map(|t| t.as_deref().unwrap());
    assert_eq!(device, ["mobile", "Mobile Safari", "iOS"]);
}

#[test]
fn every_record_is_counted_once_and_the_clock_runs() {
    use commerce::record::{DropReason, Excluded, Quarantined, Tick};
    let quarantined = Quarantined {
        site: SITE,
        received_at: at(3700),
        dialect: Dialect::NativeBrowser,
        reason: "price.not_finite".to_owned(),
        hint: "send a number".to_owned(),
        payload: "{}".to_owned(),
    };
    let records = [
        Record::Quarantined(quarantined),
        Record::Excluded(Excluded { site: SITE, received_at: at(10), reason: DropReason::OptedOut }),
        Record::Hit(Box::new(view("a", 20, "v"))),
        Record::Tick(Tick { at: at(5000) }),
        Record::Tick(Tick { at: at(4000) }),
    ];
    let memory = Memory::of(&journal(records), &[2, 2]);
    let counts: Vec<_> = memory
        .intake
        .iter()
        .map(|((_, hour, outcome, reason, _), n)| (hour.micros_since(at(0)) / 1_000_000, *outcome, reason.as_str(), *n))
        .collect();
    assert_eq!(
        counts,
        [(0, "excluded", "opted_out", 1), (0, "stored", "", 1), (3600, "quarantined", "price.not_finite", 1)]
    );
    assert_eq!(memory.as_of, Some(at(5000)), "the clock never goes back");
}
