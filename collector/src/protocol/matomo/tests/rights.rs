//! Tokens, time, exclusions, event ids: what a request may say, and what makes it count once.

use super::*;

/// Checks whether a request for site 1 is tracked, with each of the tokens.
fn check_needs_token(query: &str, code: &str) {
    let query = format!("idsite=1&rec=1&{query}");
    for (token, expected) in [
        ("", code),
        (ADMIN, "tracked"),
        (INGEST, "tracked"),
        (IMPORT, "tracked"),
        (READ, code),
        (OTHER_SITE, code),
        ("wrong", code),
    ] {
        let body = format!("token_auth={token}");
        assert_eq!(refusal(&send(Sent { query: &query, body: &body, ..POST })), expected, "{query} {token}");
        let with_query = format!("{query}&token_auth={token}");
        assert_eq!(refusal(&get(&with_query)), expected, "{query} {token}");
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        assert_eq!(refusal(&send(Sent { query: &query, headers: &headers, ..POST })), expected, "{query} {token}");
    }
}

#[test]
fn some_parameters_need_a_token() {
    check_needs_token("cip=198.51.100.7", "token.needed");
    check_needs_token("country=de", "token.needed");
    check_needs_token("region=BE", "token.needed");
    check_needs_token("city=Berlin", "token.needed");
    check_needs_token("lat=52.5", "token.needed");
    check_needs_token("long=13.4", "token.needed");
    check_needs_token("cdt=2026-11-20+11:59:00", "token.needed");
    check_needs_token("cdo=90000", "token.needed");
}

#[test]
fn others_need_none_and_a_wrong_token_harms_nobody() {
    for query in [
        "uid=u1",
        "cid=a1b2c3d4e5f60718",
        "ua=x",
        "lang=de",
        "uadata={}",
        "new_visit=1",
        "cdt=2026-11-21+11:00:00",
        "cip=",
        "country=",
        "token_auth=wrong",
        "cdo=10",
    ] {
        assert_eq!(refusal(&get(&format!("idsite=1&rec=1&{query}"))), "tracked", "{query}");
    }
    let hit = hit("token_auth=wrong");
    assert_eq!((hit.facts.origin, hit.facts.trust), (Origin::Browser, Trust::Unverified));
    let hit = self::hit(&format!("token_auth={INGEST}"));
    assert_eq!((hit.facts.origin, hit.facts.trust), (Origin::Server, Trust::Verified));
}

#[test]
fn a_claimed_address_is_handed_on() {
    for (cip, expected) in [
        ("198.51.100.7", Some("198.51.100.7")),
        ("198.51.100.7:80", Some("198.51.100.7")),
        ("2001:db8::1", Some("2001:db8::1")),
        ("[2001:db8::1]:80", Some("2001:db8::1")),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("nonsense", None),
    ] {
        let reading = get(&format!("idsite=1&rec=1&token_auth={ADMIN}&cip={cip}")).unwrap();
        let claimed: Vec<_> = reading.claimed_ips.iter().map(|(i, ip)| (*i, ip.to_string())).collect();
        assert_eq!(claimed, expected.map(|ip| (0, ip.to_owned())).into_iter().collect::<Vec<_>>(), "{cip}");
    }
}

#[test]
fn a_stated_place_is_kept() {
    let hit = hit(&format!("token_auth={ADMIN}&country=de&region=BE&city=Berlin&lat=52.52&long=13.405"));
    let place = hit.facts.place.unwrap();
    assert_eq!(
        (place.country.as_deref(), place.region.as_deref(), place.city.as_deref()),
        (Some("DE"), Some("BE"), Some("Berlin"))
    );
    let hit = self::hit(&format!("token_auth={ADMIN}&country=Germany&r=1"));
    assert_eq!((hit.facts.place.clone(), marks(&hit).as_str()), (None, "value_dropped"));
}

/// Checks the time of a hit sent with a token.
fn check_time(query: &str, expected: &str) {
    let hit = hit(&format!("r=1&token_auth={ADMIN}&{query}"));
    assert_eq!(hit.facts.occurred_at, Timestamp::parse(expected).unwrap(), "{query}");
    assert_eq!(hit.facts.received_at, Timestamp::parse(NOW).unwrap());
}

#[test]
fn dates_are_read_in_utc_and_disbelieved_outside_their_range() {
    check_time("", NOW);
    check_time("cdt=", NOW);
    check_time("cdt=1714558272", "2024-05-01T10:11:12Z");
    check_time("cdt=1714558272.9", "2024-05-01T10:11:12Z");
    check_time("cdt=2024-05-01+10:11:12", "2024-05-01T10:11:12Z");
    check_time("cdt=2024-05-01T10:11:12", "2024-05-01T10:11:12Z");
    check_time("cdt=2024-05-01T10:11:12Z", "2024-05-01T10:11:12Z");
    check_time("cdt=2024-05-01T10:11:12%2B02:00", "2024-05-01T08:11:12Z");
    check_time("cdt=2024-05-01+10:11:12+UTC", "2024-05-01T10:11:12Z");
    check_time("cdt=2024/05/01+10:11:12", "2024-05-01T10:11:12Z");
    // The Android tracker's own form.
    check_time("cdt=2024-05-01T10:11:12%2B0000", "2024-05-01T10:11:12Z");
    check_time("cdt=2024-05-01T10:11:12.987Z", "2024-05-01T10:11:12Z");
    check_time("cdt=2024-05-01", "2024-05-01T00:00:00Z");
    check_time("cdt=2024-05-01+10:11", "2024-05-01T10:11:00Z");
    check_time("cdt=2024-05-01+10:11:12&cdo=60", "2024-05-01T10:10:12Z");
    check_time("cdt=2024-05-01+10:11:12&cdo=-60", "2024-05-01T10:10:12Z");
    check_time("cdo=60", "2026-11-21T11:59:00Z");
    // Not dates, the future, more than twenty years ago: it happened now.
    for odd in [
        "yesterdayish",
        "2024-13-01",
        "2026-11-21+12:00:01",
        "1714558272000",
        "2006-01-01",
        "-5",
        "0",
        "99999999999999999999",
    ] {
        check_time(&format!("cdt={odd}"), NOW);
        assert_eq!(marks(&hit(&format!("r=1&cdt={odd}"))), "value_dropped", "{odd}");
    }
    check_time("cdt=2011-04-05+00:11:42", "2011-04-05T00:11:42Z");
}

#[test]
fn a_day_old_date_needs_a_token() {
    let just_under = hit("cdt=2026-11-20+12:00:01");
    assert_eq!(just_under.facts.occurred_at, Timestamp::parse("2026-11-20T12:00:01Z").unwrap());
    assert_eq!(refusal(&get("idsite=1&rec=1&cdt=2026-11-20+12:00:00")), "token.needed");
}

/// Checks why a request with these headers is left out.
fn check_excluded(query: &str, headers: &[(&str, &str)], expected: Option<&str>) {
    let reading = send(Sent { query, headers, ..GET }).unwrap();
    assert_eq!((reading.answer.status, reading.answer.body.len()), (200, 43), "{query} {headers:?}");
    let reason = match &reading.outcomes[0] {
        Outcome::Excluded { reason, .. } => Some(reason.name()),
        _ => None,
    };
    assert_eq!(reason, expected, "{query} {headers:?}");
}

#[test]
fn what_is_left_out_is_answered_as_if_tracked() {
    check_excluded("idsite=1", &[], Some("recording_off"));
    check_excluded("idsite=1&rec=0", &[], Some("recording_off"));
    check_excluded("idsite=1&rec=", &[], Some("recording_off"));
    check_excluded("idsite=1&rec=yes", &[], Some("recording_off"));
    let tracked = "idsite=1&rec=1";
    check_excluded(tracked, &[], None);
    check_excluded(tracked, &[("cookie", "a=b; matomo_ignore=ignore%3DKg%3D%3D; c=d")], Some("opted_out"));
    check_excluded(tracked, &[("cookie", "a=b"), ("cookie", "matomo_ignore=ignore=Kg==")], Some("opted_out"));
    check_excluded(tracked, &[("cookie", "matomo_ignore=other; x_matomo_ignore=ignore=Kg==")], None);
    check_excluded(tracked, &[("x-purpose", "preview")], Some("prefetch"));
    check_excluded(tracked, &[("x-purpose", "instant")], Some("prefetch"));
    check_excluded(tracked, &[("x-moz", "prefetch")], Some("prefetch"));
    check_excluded(tracked, &[("x-moz", "other"), ("dnt", "1")], None);
    // Bots are stored with a label, not left out.
    check_excluded(tracked, &[("user-agent", "Googlebot/2.1 (+http://www.google.com/bot.html)")], None);
}

#[test]
fn refusals_have_their_codes() {
    for (query, expected) in [
        ("rec=1", "site.unknown"),
        ("idsite=9&rec=1", "site.unknown"),
        ("idsite=0&rec=1", "site.unknown"),
        ("idsite=-1&rec=1", "site.unknown"),
        ("idsite=01&rec=1", "site.unknown"),
        ("idsite=key1&rec=1", "site.unknown"),
        ("idsite=4294967297&rec=1", "site.unknown"),
        ("idsite=9", "site.unknown"),
        ("idsite=1&rec=1&cid=abc", "visitor_id.length"),
        ("idsite=1&rec=1&cid=a1b2c3d4e5f607189", "visitor_id.length"),
        ("idsite=1&rec=1&e_c=+&e_a=a", "event.blank"),
        ("idsite=1&rec=1&e_c=c&e_a=+", "event.blank"),
        ("idsite=1&rec=1&idgoal=9", "goal.unknown"),
        ("idsite=1&rec=1&idgoal=99999999999", "goal.unknown"),
        ("idsite=1&rec=1&pf_srv=-2", "timing.negative"),
        ("idsite=1&rec=1&cip=1.2.3.4", "token.needed"),
        // What is not counted is not looked at any further.
        ("idsite=1&rec=0&cid=abc", "tracked"),
    ] {
        assert_eq!(refusal(&get(query)), expected, "{query}");
    }
}

fn event_id(sent: Sent) -> EventId {
    match send(sent).unwrap().outcomes.remove(0) {
        Outcome::Hit(hit) => hit.facts.event_id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_retry_has_the_same_event_id() {
    let query = "idsite=1&rec=1&r=345678&_id=a1b2c3d4e5f60718&url=https%3A%2F%2Fs.example%2F&h=1&send_image=0";
    let first = event_id(Sent { body: query, ..POST });
    // matomo.js repeats a failed POST as an image, which asks for the image.
    let image = query.replace("send_image=0", "send_image=1");
    assert_eq!(event_id(Sent { query: &image, ..GET }), first);
    assert_eq!(event_id(Sent { query, ip: "198.51.100.1", ..GET }), first, "the network may have changed");
    let with_token = format!("{query}&token_auth={INGEST}");
    assert_eq!(event_id(Sent { query: &with_token, ..GET }), first, "a token is no part of an id");
    assert_eq!(
        event_id(Sent { query: "idsite=1&rec=1&r=345678", body: &query.replace("rec=1", "rec=2"), ..POST }),
        first
    );
    for other in
        [query.replace("r=345678", "r=345679"), query.replace("h=1", "h=2"), query.replace("r=345678", "rand=345678")]
    {
        assert_ne!(event_id(Sent { query: &other, ..GET }), first, "{other}");
    }
    let bulk = format!("{{\"requests\":[\"?{query}\"]}}");
    assert_eq!(event_id(Sent { body: &bulk, ..POST }), first);
}

#[test]
fn without_a_random_number_every_request_is_its_own_event() {
    let bulk = r#"{"requests":["?idsite=1&rec=1&url=x","?idsite=1&rec=1&url=x"]}"#;
    let reading = send(Sent { body: bulk, ..POST }).unwrap();
    let ids: Vec<EventId> = reading
        .outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Hit(hit) => {
                assert_eq!(marks(hit), "no_event_id");
                hit.facts.event_id
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_fixed_random_number_is_not_one_event_for_everybody() {
    let query = "idsite=1&rec=1&rand=12345&action_name=Mail";
    let agent = |name| [("user-agent", name)];
    let first = event_id(Sent { query, headers: &agent("A"), ..GET });
    assert_eq!(event_id(Sent { query, headers: &agent("A"), ..GET }), first);
    assert_ne!(event_id(Sent { query, headers: &agent("B"), ..GET }), first);
    assert_ne!(event_id(Sent { query, headers: &agent("A"), ip: "198.51.100.1", ..GET }), first);
}

/// Sends a token wherever one can stand and looks for it in everything that is kept or answered.
#[test]
fn a_token_is_found_nowhere() {
    for token in [ADMIN, INGEST, READ, "unknown0token0of0another0server00"] {
        let everywhere = format!(
            "idsite=1&rec=1&url=https://s.example/?token_auth={token}%26x=1&urlref=https://s.example/{token}&action_name={token}\
             &e_c={token}&e_a={token}&e_n=a{token}b&dimension1={token}&cvar={{\"1\":[\"{token}\",\"{token}\"]}}&data={{\"a\":\"{token}\"}}\
             &uid={token}&ua={token}&lang={token}&search={token}&_rcn={token}&_ref=https://s.example/{token}&pk_campaign={token}&ca=1&cra_{token}=x"
        );
        let order = format!("{everywhere}&idgoal=0&ec_id={token}&ec_items=[[\"{token}\",\"{token}\",\"{token}\",1,1]]");
        let placeholder = format!("{everywhere}&idgoal=0&ec_id=undefined");
        for query in [&everywhere, &order, &placeholder] {
            let with_token = format!("{query}&token_auth={token}");
            let body = format!("token_auth={token}");
            let bulk = serde_json::json!({"requests": [format!("?{query}"), format!("https://m.example/matomo.php?{with_token}")], "token_auth": token});
            let bulk = bulk.to_string();
            for sent in [
                Sent { query: &with_token, ..GET },
                Sent { query, body: &body, ..POST },
                Sent { body: &with_token, ..POST },
                Sent { query: &format!("{with_token}&token_auth={OTHER_SITE}"), ..GET },
                Sent { body: &bulk, ..POST },
                // Found by fuzzing: a bulk whose token stands in its address.
                Sent {
                    query: &format!("token_auth={token}"),
                    body: &bulk.replace("\"token_auth\"", "\"other\""),
                    ..POST
                },
            ] {
                let kept = format!("{:?}", send(sent));
                assert!(!kept.contains(token), "{kept}");
                assert!(kept.contains("scrubbed"), "{kept}");
            }
        }
    }
}

/// Reading removes NULs and decodes entities, which put a token together only after it was looked for. Found by fuzzing.
#[test]
fn a_token_that_reading_puts_together_is_found_nowhere() {
    let (first, rest) = ADMIN.split_at(1);
    let entity = format!("%26%23{};{rest}", first.as_bytes()[0]);
    for disguised in [format!("{first}%00{rest}"), format!("%00{ADMIN}"), format!("{entity}+{ADMIN}"), entity] {
        let query = format!(
            "idsite=1&rec=1&token_auth={ADMIN}&url=https://s.example/{disguised}&action_name={disguised}&uid={disguised}\
             &idgoal=0&ec_id={disguised}&ec_items=[[\"{disguised}\",\"a\",\"b\",1,1]]&dimension1={disguised}&cra_{disguised}=x"
        );
        let kept = format!("{:?}", get(&query));
        assert!(!kept.contains(ADMIN), "{kept}");
        assert!(kept.contains("scrubbed"), "{kept}");
    }
}
