//! Answers, byte for byte where a client looks at them.

use super::*;

const GIF: [u8; 43] = [
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02,
    0x02, 0x44, 0x01, 0x00, 0x3b,
];
const TRACKED: &str = "idsite=1&rec=1&url=x";

fn answer(sent: Sent) -> Answer {
    match send(sent) {
        Ok(reading) => reading.answer,
        Err(answer) => answer,
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
}

/// Checks status, body (`gif`, `gif+text`, `text` or empty), content type and cache control.
fn check(sent: Sent, status: u16, body: &str, kind: Option<&str>, cache: Option<&str>) {
    let answer = answer(sent);
    let text = answer.body.strip_prefix(&GIF).unwrap_or(&answer.body);
    let has_image = answer.body.starts_with(&GIF);
    let has_text = String::from_utf8_lossy(text).contains("This resource is part of Matomo.");
    let got = match (has_image, has_text) {
        (true, true) => "gif+text",
        (true, false) => "gif",
        (false, true) => "text",
        (false, false) => "",
    };
    assert_eq!((answer.status, got), (status, body), "{} {}", sent.query, sent.body);
    assert!(has_text || text.is_empty(), "{:?}", answer.body);
    assert_eq!(
        (header(&answer, "content-type"), header(&answer, "cache-control")),
        (kind, cache),
        "{} {}",
        sent.query,
        sent.body
    );
    let get = matches!(sent.method, "GET" | "HEAD");
    assert_eq!(header(&answer, "access-control-allow-origin"), (!get).then_some("*"), "{}", sent.query);
    assert_eq!(header(&answer, "access-control-allow-credentials"), (!get).then_some("true"), "{}", sent.query);
}

#[test]
fn answers_have_the_form_that_clients_know() {
    let (gif, text) = (Some("image/gif"), Some("text/plain; charset=utf-8"));
    let no_store = Some("no-store");
    check(Sent { query: TRACKED, ..GET }, 200, "gif", gif, no_store);
    check(Sent { query: TRACKED, ..POST }, 200, "gif", gif, None);
    check(Sent { body: TRACKED, ..POST }, 200, "gif", gif, None);
    check(Sent { query: &format!("{TRACKED}&send_image=0"), ..GET }, 204, "", None, no_store);
    check(Sent { query: &format!("{TRACKED}&send_image=0"), ..POST }, 204, "", None, None);
    check(Sent { query: &format!("{TRACKED}&send_image=1"), ..GET }, 200, "gif", gif, no_store);
    // Only exactly "0" asks for no image.
    check(Sent { query: &format!("{TRACKED}&send_image=00"), ..GET }, 200, "gif", gif, no_store);
    check(Sent { query: &format!("{TRACKED}&send_image=false"), ..GET }, 200, "gif", gif, no_store);
    check(Sent { query: "idsite=1", ..GET }, 200, "gif", gif, no_store);
    check(Sent { query: "idsite=1&recMode=1&rec=1&send_image=0", ..POST }, 204, "", None, None);
    check(Sent { query: "idsite=9&rec=1", ..GET }, 400, "gif+text", gif, no_store);
    check(Sent { query: "idsite=9&rec=1", ..POST }, 400, "gif+text", gif, no_store);
    check(Sent { query: "idsite=9&rec=1&send_image=0", ..POST }, 400, "text", text, no_store);
    check(Sent { query: "x=1", ..GET }, 400, "gif+text", gif, no_store);
    check(GET, 200, "text", text, None);
    check(POST, 200, "text", text, None);
    check(Sent { method: "HEAD", query: TRACKED, ..GET }, 200, "gif", gif, no_store);
}

#[test]
fn nothing_of_an_empty_request_is_kept() {
    assert!(send(GET).unwrap().outcomes.is_empty());
    assert!(send(Sent { method: "OPTIONS", query: TRACKED, ..GET }).unwrap().outcomes.is_empty());
}

#[test]
fn a_page_of_another_origin_may_read_the_answer() {
    let origin = [("origin", "https://shop.example")];
    for query in [TRACKED, "idsite=9"] {
        let answer = answer(Sent { query, headers: &origin, ..POST });
        assert_eq!(header(&answer, "access-control-allow-origin"), Some("https://shop.example"));
        assert_eq!(header(&answer, "access-control-allow-credentials"), Some("true"));
    }
    let asks = [("origin", "https://shop.example"), ("access-control-request-method", "POST")];
    let preflight = answer(Sent { method: "OPTIONS", headers: &asks, ..GET });
    assert_eq!((preflight.status, preflight.body.len()), (204, 0));
    assert_eq!(header(&preflight, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&preflight, "access-control-allow-methods"), Some("GET, POST"));
    assert_eq!(header(&preflight, "access-control-allow-headers"), Some("*"));
}

#[test]
fn every_header_name_is_one_that_http_knows() {
    for sent in [
        GET,
        POST,
        Sent { query: TRACKED, ..POST },
        Sent { query: "idsite=9", ..GET },
        Sent { method: "OPTIONS", ..GET },
        Sent { body: "{\"requests\":[]}", ..POST },
        Sent { body: "{\"requests\":", ..POST },
    ] {
        for (name, value) in answer(sent).headers {
            assert!(http::HeaderName::from_bytes(name.as_bytes()).is_ok() && name == name.to_lowercase(), "{name}");
            assert!(http::HeaderValue::from_str(&value).is_ok(), "{value}");
        }
    }
}

/// Checks the answer to a bulk, and how many outcomes it has.
fn check_bulk(body: &str, status: u16, expected: &str, outcomes: usize) {
    for kind in ["application/json", "application/x-www-form-urlencoded; charset=utf-8", "text/plain"] {
        let result = send(Sent { body, headers: &[("content-type", kind)], ..POST });
        let kept = result.as_ref().map_or(0, |reading| reading.outcomes.len());
        let answer = result.map_or_else(|answer| answer, |reading| reading.answer);
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!((answer.status, text.as_ref(), kept), (status, expected, outcomes), "{body}");
        let json = (!answer.body.is_empty()).then_some("application/json");
        assert_eq!(header(&answer, "content-type"), json, "{body}");
        assert_eq!(header(&answer, "access-control-allow-origin"), Some("*"), "{body}");
    }
}

#[test]
fn bulks_are_counted_element_by_element() {
    let three = |tail: &str| {
        format!(
            r#"{{"requests":["?{TRACKED}","?idsite=9&rec=1","https://m.example/matomo.php?{TRACKED}","?{TRACKED}&cid=1",5,""]{tail}}}"#
        )
    };
    check_bulk(&three(""), 200, r#"{"status":"success","tracked":2,"invalid":4}"#, 2);
    // Which ones is for an administrator.
    let with = |token: &str| three(&format!(r#","token_auth":"{token}""#));
    check_bulk(&with(ADMIN), 200, r#"{"status":"success","tracked":2,"invalid":4,"invalid_indices":[1,3,4,5]}"#, 2);
    check_bulk(&with(INGEST), 200, r#"{"status":"success","tracked":2,"invalid":4}"#, 2);
    check_bulk(&with("wrong"), 200, r#"{"status":"success","tracked":2,"invalid":4}"#, 2);
    for nothing in ["0", "\"0\"", "false"] {
        check_bulk(&three(&format!(r#","send_image":{nothing}"#)), 204, "", 2);
    }
    check_bulk(&three(r#","send_image":1"#), 200, r#"{"status":"success","tracked":2,"invalid":4}"#, 2);
    check_bulk(r#"{"requests":[]}"#, 200, r#"{"status":"success","tracked":0,"invalid":0}"#, 0);
    // Excluded and quarantined elements count as tracked.
    check_bulk(
        r#"{"requests":["?idsite=1","?idsite=1&rec=1&idgoal=0&ec_id=undefined"]}"#,
        200,
        r#"{"status":"success","tracked":2,"invalid":0}"#,
        2,
    );
    check_bulk(r#"{"requests":{"a":"?idsite=1&rec=1"}}"#, 200, r#"{"status":"success","tracked":1,"invalid":0}"#, 1);
    check_bulk(
        "{\n \"requests\" : [\n  \"?idsite=1&rec=1\"\n ]\n}",
        200,
        r#"{"status":"success","tracked":1,"invalid":0}"#,
        1,
    );
    check_bulk(
        "{\"requests\":[\"?idsite=1&rec=1&action_name=two\nlines\"]}",
        200,
        r#"{"status":"success","tracked":1,"invalid":0}"#,
        1,
    );
    check_bulk(
        r#"{"requests":[{"idsite":1,"rec":1,"action_name":"cut \ud83d"},"?idsite=1&rec=1"]}"#,
        200,
        r#"{"status":"success","tracked":2,"invalid":0}"#,
        2,
    );
}

#[test]
fn a_bulk_that_cannot_be_read_is_refused() {
    for body in [
        r#"{"requests":["#,
        r#"{"requests":5}"#,
        "{'requests':['?idsite=1&rec=1']}",
        r#"x "requests""#,
        r#"["requests"]"#,
    ] {
        let result = send(Sent { body, ..POST });
        assert_eq!(refusal(&result), "bulk.unreadable", "{body}");
        let answer = result.unwrap_err();
        assert_eq!(answer.status, 400);
        assert!(String::from_utf8_lossy(&answer.body).starts_with(r#"{"status":"error","tracked":0,"invalid":0"#));
    }
    // Without quotes, and at the very start, it is a form like any other.
    for body in ["requests=1", "\"requests\"", ""] {
        let result = send(Sent { query: TRACKED, body, ..POST });
        assert_eq!(refusal(&result), "tracked", "{body}");
    }
}

#[test]
fn elements_have_their_own_rights_and_addresses() {
    let body = format!(
        r#"{{"requests":["?{TRACKED}&cip=198.51.100.1","?idsite=9","?idsite=1&rec=1&cip=198.51.100.2&token_auth={INGEST}",{{"idsite":"1","rec":1,"cip":"198.51.100.3","token_auth":"{INGEST}"}},"?{TRACKED}&token_auth={INGEST}"]}}"#
    );
    let reading = send(Sent { body: &body, ..POST }).unwrap();
    assert_eq!(String::from_utf8_lossy(&reading.answer.body), r#"{"status":"success","tracked":3,"invalid":2}"#);
    let claimed: Vec<_> = reading.claimed_ips.iter().map(|(i, ip)| (*i, ip.to_string())).collect();
    assert_eq!(claimed, [(0, "198.51.100.2".to_owned()), (1, "198.51.100.3".to_owned())]);
}

#[test]
fn an_element_may_be_an_object_with_values_of_any_kind() {
    let body = r#"{"requests":[{"idsite":1,"rec":true,"idgoal":0,"ec_id":1001,"revenue":64.37,"ec_tx":"9,40","ec_dt":false,"ec_sh":null,"ec_items":[["A","N","C",19.99,2],["B","N",["C","D"],"5",1]],"action_name":"M\u00fcller & co"}]}"#;
    let reading = send(Sent { body, ..POST }).unwrap();
    let Outcome::Hit(hit) = &reading.outcomes[0] else { panic!("{reading:?}") };
    let order = hit.facts.order.as_ref().unwrap();
    assert_eq!(order.order_id, "1001");
    assert_eq!(order.total.unwrap().to_string(), "64.37");
    assert_eq!(order.tax.unwrap().to_string(), "9.40");
    assert_eq!((order.discount, order.shipping), (None, None));
    assert_eq!(lines(hit), ["A*2@19.99 [N; C]", "B*1@5.00 [N; C|D]"]);
    assert_eq!(hit.facts.page.as_ref().unwrap().title.as_deref(), Some("Müller & co"));
}

#[test]
fn query_and_form_are_one_and_the_query_wins() {
    let reading =
        send(Sent { query: "idsite=1&action_name=query", body: "rec=1&idsite=9&action_name=body&search=x", ..POST })
            .unwrap();
    let Outcome::Hit(hit) = &reading.outcomes[0] else { panic!("{reading:?}") };
    assert_eq!((hit.facts.site.0, hit.facts.name.as_str()), (1, "search"));
    assert_eq!(hit.facts.page.as_ref().unwrap().title.as_deref(), Some("query"));
}

proptest::proptest! {
    #[test]
    fn whatever_is_sent_is_answered(query in "[ -~]{0,120}", body in ".{0,120}") {
        let known = answer(Sent { query: &query, body: &body, ..POST }).status;
        proptest::prop_assert!([200, 204, 400].contains(&known));
        let prefixed = format!("idsite=1&rec=1&{query}");
        let known = answer(Sent { query: &prefixed, body: &body, ..POST }).status;
        proptest::prop_assert!([200, 204, 400].contains(&known));
    }

    #[test]
    fn whatever_is_kept_survives_the_journal(query in "((idgoal=0|ec_id=[ -~]|ec_items=.{0,20}|url=.{0,20}|e_c=.|e_a=.|cdt=.{0,9}|revenue=[0-9,.e-]{0,9}|_pks=.|cvar=.{0,9})&){0,5}") {
        let prefixed = format!("idsite=1&rec=1&token_auth={ADMIN}&{query}");
        if let Ok(reading) = get(&prefixed) {
            for outcome in reading.outcomes {
                let Outcome::Hit(hit) = outcome else { continue };
                let record = commerce::Record::Hit(hit);
                let mut bytes = Vec::new();
                record.encode(&mut bytes);
                proptest::prop_assert_eq!(commerce::Record::decode(&bytes).unwrap(), record);
            }
        }
    }
}
