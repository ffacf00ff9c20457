//! Requests that nobody should send: each gets a clear answer, and nothing panics.

use super::*;

fn code(result: &Result<Reading, Answer>) -> String {
    format!("{} {}", answer(result).status, header(result, "X-Reject-Reason").unwrap_or("-"))
}

#[test]
fn what_cannot_be_read_is_refused() {
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let many = json!({"data": vec![json!({"e": "pv"}); 501]}).to_string();
    let cases = [
        ("", "400 events.missing"),
        ("{", "400 body.malformed"),
        ("[]", "400 body.malformed"),
        ("\"data\"", "400 body.malformed"),
        ("{}", "400 events.missing"),
        (r#"{"data":[]}"#, "400 events.missing"),
        (r#"{"data":{}}"#, "400 events.missing"),
        (r#"{"data":[1,null,"x",[]]}"#, "400 site.missing"),
        (r#"{"data":[{"e":"pv","aid":"nobody"}]}"#, "400 site.unknown"),
        (r#"{"data":[{"e":"pv","url":"https://elsewhere.example/"}]}"#, "400 site.unknown"),
        (deep.as_str(), "400 body.malformed"),
        (many.as_str(), "400 events.too_many"),
    ];
    for (body, expected) in cases {
        let result = Sent::new("POST", TP2, body).to(read, SETTINGS);
        assert_eq!(code(&result), expected, "{}", &body[..body.len().min(60)]);
    }
    assert_eq!(code(&Sent::new("PUT", TP2, "").to(read, SETTINGS)), "405 method.not_allowed");
    let origins = &[("dialects", "snowplow:shop"), ("origins", "shop.example")];
    let foreign = Sent::new("GET", "/i?e=pv&aid=shop", "").header("origin", "https://evil.example");
    assert_eq!(code(&foreign.to(read, origins)), "403 origin.not_allowed");
}

#[test]
fn what_is_odd_is_kept_with_its_reason() {
    let long = "x".repeat(200_000);
    let nested = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
    let cases = [
        (json!({}), "site.missing"),
        (json!({"aid": "shop"}), "quarantined event.name_missing"),
        (json!({"aid": "shop", "e": "xx"}), "quarantined event.kind_unknown"),
        (json!({"aid": "shop", "e": "ue"}), "quarantined event.malformed"),
        (json!({"aid": "shop", "e": "ue", "ue_pr": "[]"}), "quarantined event.malformed"),
        (json!({"aid": "shop", "e": "ue", "ue_px": "%%%"}), "quarantined event.malformed"),
        (json!({"aid": "shop", "e": "ue", "ue_pr": {"schema": "iglu:a/b/c/1-0-0", "data": []}}), "b Browser"),
        (
            json!({"aid": "shop", "e": "ue", "ue_pr": {"schema": "iglu:a/b", "data": {}}, "co": "{"}),
            "quarantined event.malformed",
        ),
        (json!({"aid": "shop", "e": "pv", "co": "{", "dtm": 1_772_445_600_000_u64}), "page_view Browser"),
        (json!({"aid": "shop", "e": "pv", "dtm": "yesterday"}), "quarantined time.unreadable"),
        (json!({"aid": "shop", "e": "pv", "duid": "undefined", "uid": "null"}), "page_view Browser"),
        (json!({"aid": "shop", "e": "tr", "tr_tt": "9"}), "quarantined order_id.missing"),
        (json!({"aid": "shop", "e": "tr", "tr_id": 5, "tr_tt": "NaN"}), "quarantined price.not_finite"),
        (json!({"aid": "shop", "e": "ti", "ti_id": "5"}), "quarantined item.id_missing"),
        (json!({"aid": "shop", "e": "pv", "url": long}), "quarantined event.too_large"),
        (
            json!({"aid": "shop", "e": "pv", "co": json!({"data": [{"schema": "iglu:a/b/c/1-0-0", "data": serde_json::from_str::<Value>(&nested).unwrap()}]}).to_string()}),
            "page_view Browser",
        ),
    ];
    for (payload, expected) in cases {
        let result = post(&payload).to(read, SETTINGS);
        let found = lines(&result).first().cloned().or(header(&result, "X-Reject-Reason").map(str::to_owned));
        let shown = payload.to_string();
        assert_eq!(found.as_deref(), Some(expected), "{}", &shown[..shown.len().min(100)]);
    }
}

#[test]
fn a_batch_keeps_what_it_can() {
    let body = json!({"data": [
        {"e": "pv", "aid": "shop", "url": "https://shop.example/"},
        {"e": "pv", "aid": "nobody"},
        7,
        {"e": "pv", "url": "https://www.shop.example/a"},
    ]});
    let result = Sent::new("POST", "/custom/tp2", &body.to_string()).to(read, SETTINGS);
    assert_eq!(code(&result), "200 site.unknown");
    assert_eq!(lines(&result), ["page_view Browser", "quarantined event.malformed", "page_view Browser"]);
}

#[test]
fn only_its_own_paths_are_taken() {
    for (path, is_own) in [
        ("/custom/tp2", true),
        ("/i", true),
        (TP2, true),
        ("/r/tp2", false),
        ("/tp2", false),
        ("//tp2", false),
        ("/index", false),
        ("/v1/validate/com.snowplowanalytics.snowplow/tp2", false),
        ("/v1/validate/i", false),
    ] {
        assert_eq!(owns(path), is_own, "{path}");
    }
}
