//! What gtag sends from pages: batches, consent, ids.

use super::*;

const PAGE: &str = "v=2&tid=G-TEST&cid=1.2&sid=33&_p=9&_s=1&ul=de&sr=1x2&dl=https%3A%2F%2Fs.e%2F&dt=T";

fn page(query: &str, body: &str) -> Result<Reading, Answer> {
    send(Sent { path: "/g/collect", query, body: body.as_bytes(), ..POST })
}

fn ids(result: &Result<Reading, Answer>) -> Vec<commerce::ids::EventId> {
    let outcomes = result.as_ref().unwrap().outcomes.iter();
    outcomes
        .filter_map(|outcome| if let Outcome::Hit(hit) = outcome { Some(hit.facts.event_id) } else { None })
        .collect()
}

#[test]
fn a_batch_has_an_event_on_each_line() {
    let lines = "en=view_item&pr1=idS&epn.value=5\r\nen=scroll&epn.percent_scrolled=90&_et=12\r\n\r\nen=x&ep.a=b&up.tier=gold&upn.age=7";
    let who = "Browser Unverified visitor=1.2 visit=33 url=https://s.e/ title=T language=de screen=1x2";
    let expected = format!(
        "view_item {who} items=[S*@] properties={{\"value\":5}}
  scroll {who} properties={{\"engagement_time_msec\":12,\"percent_scrolled\":90}}
  x {who} properties={{\"a\":\"b\",\"user_properties\":{{\"age\":7,\"tier\":\"gold\"}}}}"
    );
    assert_eq!(outcomes(&page(PAGE, lines)), expected);
    assert_eq!(outcomes(&page(PAGE, &lines.replace("\r\n", "\n"))), expected);
    // A query too long for an address comes as the body.
    assert!(outcomes(&page("", &format!("{PAGE}&en=x"))).starts_with("x Browser"));
    // A query with an event of its own, and a line beside it.
    let both = outcomes(&page(&format!("{PAGE}&en=add_to_cart&pr1=idS"), "en=x"));
    assert!(both.starts_with("add_to_cart") && both.ends_with(&format!("x {who}")), "{both}");
}

#[test]
fn the_same_hit_sent_again_counts_once() {
    let one = format!("{PAGE}&en=purchase&ep.transaction_id=7");
    assert_eq!(ids(&page(&one, "")), ids(&page(&one, "")));
    assert_ne!(ids(&page(&one, "")), ids(&page(&one.replace("_s=1", "_s=2"), "")));
    let two = ids(&page(PAGE, "en=x\r\nen=x"));
    assert!(two.len() == 2 && two[0] != two[1]);
    let unnumbered = page("tid=G-TEST&cid=1.2&en=x", "").unwrap();
    assert!(
        matches!(&unnumbered.outcomes[0], Outcome::Hit(hit) if hit.facts.flags == Some(commerce::hit::flags::NO_EVENT_ID))
    );
}

#[test]
fn consent_is_read_from_its_two_digits() {
    let check = |gcs: &str, expected: &str| {
        let told = outcomes(&page(&format!("tid=G-TEST&en=x&gcs={gcs}"), ""));
        assert_eq!(told.replace("x Browser Unverified", "").replace("marks=no_event_id", "").trim(), expected, "{gcs}");
    };
    check("G111", "consent=Marketing");
    check("G101", "consent=Analytics");
    check("G100", "consent=None");
    check("G110", "consent=None");
    for unknown in ["G1", "G1--", "", "111"] {
        check(unknown, "");
    }
}
