//! Which kind wins, what it says, who did it and where from.

use super::*;

/// Checks the name of the event that a request becomes.
fn check_kind(query: &str, expected: &str) {
    let described = match outcome(query) {
        Outcome::Hit(hit) => hit.facts.name,
        Outcome::Excluded { reason, .. } => format!("excluded: {}", reason.name()),
        Outcome::Quarantined(item) => format!("quarantined: {}", item.reason),
    };
    assert_eq!(described, expected, "{query}");
}

#[test]
fn the_most_specific_kind_wins() {
    check_kind("url=x", "page_view");
    check_kind("action_name=x", "page_view");
    check_kind("url=x&search=shirt", "search");
    check_kind("url=x&search=+", "page_view");
    check_kind("url=x&search=shirt&c_n=banner", "content_impression");
    check_kind("url=x&c_n=banner&c_i=click", "content_interaction");
    check_kind("url=x&c_n=banner&e_c=c&e_a=play", "play");
    check_kind("url=x&e_c=c", "page_view");
    check_kind("url=x&e_a=a", "page_view");
    check_kind("e_c=c&e_a=a&link=https://p.example/", "click");
    check_kind("link=https://p.example/&download=https://s.example/f.pdf", "file_download");
    check_kind("url=x&ca=1", "custom");
    check_kind("url=x&ca=1&search=s", "search");
    check_kind("url=x&ca=1&e_c=c&e_a=a", "a");
    check_kind("ping=1&idgoal=0&ec_id=A1", "ping");
    check_kind("ping=2&url=x", "page_view");
    check_kind("idgoal=2&download=f", "goal");
    check_kind("idgoal=0&ec_id=A1&e_c=c&e_a=a", "purchase");
    check_kind("recMode=1&url=x", "excluded: crawler_report");
    check_kind("recMode=2&url=x", "page_view");
}

#[test]
fn ecommerce_needs_a_numeric_zero_and_an_order_needs_an_id() {
    check_kind("idgoal=0", "cart_update");
    check_kind("idgoal=0&revenue=5", "cart_update");
    check_kind("idgoal=0&ec_id=", "cart_update");
    check_kind("idgoal=0&ec_id=0", "cart_update");
    check_kind("idgoal=0&ec_id=1", "purchase");
    check_kind("idgoal=0&ec_id=+A+1+", "purchase");
    check_kind("ec_id=1&url=x", "page_view");
    check_kind("idgoal=&ec_id=1&url=x", "page_view");
    check_kind("idgoal=00&ec_id=1&url=x", "page_view");
    check_kind("idgoal=-1&ec_id=1&url=x", "page_view");
    for id in ["undefined", "null", "+", "%7B%7Border_id%7D%7D", "[object+Object]", "NaN", "-1", "000"] {
        check_kind(&format!("idgoal=0&ec_id={id}&revenue=5"), "quarantined: order_id.placeholder");
    }
    check_kind(&format!("idgoal=0&ec_id={}", "9".repeat(4097)), "quarantined: order_id.too_long");
    assert_eq!(hit("idgoal=0&ec_id=+A+1+").facts.order.unwrap().order_id, "A 1");
    assert_eq!(hit("idgoal=0&ec_id=a&amp;b").facts.order.unwrap().order_id, "a");
    assert_eq!(hit("idgoal=0&ec_id=a%26amp%3Bb").facts.order.unwrap().order_id, "a&b");
}

#[test]
fn absurd_orders_are_quarantined_with_their_reason() {
    check_kind("idgoal=0&ec_id=1&revenue=-1.00", "quarantined: price.negative");
    check_kind("idgoal=0&ec_id=1&revenue=1e400", "quarantined: price.out_of_range");
    check_kind("idgoal=0&ec_id=1&revenue=999999999999999999", "quarantined: price.out_of_range");
    check_kind("idgoal=0&ec_id=1&revenue=99999999999999", "purchase");
    // What is no number is no total, and the lines tell the order's worth.
    check_kind("idgoal=0&ec_id=1&revenue=undefined", "purchase");
    check_kind("idgoal=0&revenue=-1.00", "cart_update");
}

#[test]
fn a_quarantined_order_keeps_what_was_sent() {
    let Outcome::Quarantined(item) = outcome("idgoal=0&ec_id=undefined&revenue=64,37&action_name=M%C3%BC+x") else {
        panic!("not quarantined");
    };
    assert_eq!(item.payload, "idsite=1&rec=1&idgoal=0&ec_id=undefined&revenue=64%2C37&action_name=M%C3%BC+x");
    assert!(!item.hint.is_empty());
}

#[test]
fn an_order_without_amounts_states_none() {
    let order = hit("idgoal=0&ec_id=A1").facts.order.unwrap();
    assert_eq!(
        (order.total, order.subtotal, order.tax, order.shipping, order.discount),
        (None, None, None, None, None)
    );
    let hit = hit("idgoal=0&revenue=0&ec_items=[]");
    assert_eq!(hit.facts.items, Some(Vec::new()), "an emptied cart says that it is empty");
    assert_eq!(hit.facts.cart.unwrap().value.unwrap().0, 0);
}

#[test]
fn an_event_cannot_pass_for_a_fact_of_ours() {
    for (action, expected) in [
        ("Play", "Play"),
        ("login", "login"),
        ("purchase", "event_purchase"),
        ("page_view", "event_page_view"),
        ("reset", "event_reset"),
        ("refund", "event_refund"),
        ("identify", "event_identify"),
        ("ping", "event_ping"),
        ("add_to_cart", "event_add_to_cart"),
        ("goal", "event_goal"),
    ] {
        let hit = hit(&format!("e_c=c&e_a={action}"));
        assert_eq!(hit.facts.name, expected, "{action}");
        assert!(hit.facts.properties.unwrap().contains(&format!("\"action\":\"{action}\"")), "{action}");
    }
}

/// Checks what a search says: term, category, number of results.
fn check_search(query: &str, expected: Option<(&str, Option<&str>, Option<u32>)>) {
    let search = hit(query).facts.search;
    let got = search.as_ref().map(|s| (s.term.as_str(), s.category.as_deref(), s.results));
    assert_eq!(got, expected, "{query}");
}

#[test]
fn searches_are_stated_or_found_in_the_page() {
    check_search("search=blue+shirt&search_cat=Men&search_count=17", Some(("blue shirt", Some("Men"), Some(17))));
    check_search("search=x&search_count=0", Some(("x", None, Some(0))));
    check_search("search=x&search_count=-1", Some(("x", None, None)));
    check_search("url=https%3A%2F%2Fs.example%2F%3Fq%3Dblue%2520shirt", Some(("blue shirt", None, None)));
    check_search("url=https%3A%2F%2Fs.example%2F%3Fs%3Da%26q%3Db%26search_count%3D9", Some(("b", None, None)));
    check_search(
        "url=https%3A%2F%2Fs.example%2F%3Fkeywords%3Da&search_cat=C&search_count=3",
        Some(("a", Some("C"), Some(3))),
    );
    check_search("url=https%3A%2F%2Fs.example%2F%3Fq%3D", None);
    check_search("url=https%3A%2F%2Fs.example%2F%3Fqq%3Dx%23q%3Dy", None);
    check_search("url=https%3A%2F%2Fs.example%2F%3Fq%3Dx&e_c=c&e_a=a", None);
    check_search("urlref=https%3A%2F%2Fwww.bing.com%2Fsearch%3Fq%3Dmatomo&url=https%3A%2F%2Fs.example%2F", None);
}

/// Checks visitor id, user id and marks of the sender.
fn check_person(query: &str, visitor: Option<&str>, user: Option<&str>, expected_marks: &str) {
    let hit = hit(&format!("r=1&{query}"));
    let person = &hit.person;
    assert_eq!((person.visitor_id.as_deref(), person.user_id.as_deref()), (visitor, user), "{query}");
    assert_eq!(marks(&hit), expected_marks, "{query}");
}

#[test]
fn visitors_are_matomos() {
    check_person("_id=a1b2c3d4e5f60718", Some("a1b2c3d4e5f60718"), None, "");
    check_person("_id=A1B2C3D4E5F60718ffff", Some("a1b2c3d4e5f60718"), None, "");
    check_person("_id=a1b2c3", None, None, "");
    check_person("_id=", None, None, "");
    check_person("_id=zzzzzzzzzzzzzzzz", None, None, "value_dropped");
    check_person("_id=%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4x", None, None, "value_dropped");
    check_person("cid=a1b2c3d4e5f60718&_id=ffffffffffffffff", Some("a1b2c3d4e5f60718"), None, "forced_visitor");
    check_person("cid=0000000000000000&_id=ffffffffffffffff", Some("ffffffffffffffff"), None, "placeholder_id");
    check_person(
        "uid=email%40example.com&cid=a1b2c3d4e5f60718",
        Some("9395988394d4568d"),
        Some("email@example.com"),
        "",
    );
    for placeholder in ["undefined", "null", "0", "-1", "guest", "anonymous", "[object+Object]"] {
        check_person(
            &format!("uid={placeholder}&_id=a1b2c3d4e5f60718"),
            Some("a1b2c3d4e5f60718"),
            None,
            "placeholder_id",
        );
    }
    check_person("new_visit=1&bots=1&_id=a1b2c3d4e5f60718", Some("a1b2c3d4e5f60718"), None, "new_visit count_bots");
}

#[test]
fn browser_language_and_screen_are_overridden_by_parameters() {
    let hit = hit(
        "ua=Mozilla%2F5.0+X&lang=fr-CA&res=1920x1080&uadata=%7B%22model%22%3A%22Pixel+8%22%2C%22mobile%22%3Atrue%2C%22platform%22%3A%22Android%22%2C%22brands%22%3A%5B%7B%22brand%22%3A%22Chromium%22%2C%22version%22%3A%22128%22%7D%5D%7D",
    );
    assert_eq!(hit.person.user_agent.as_deref(), Some("Mozilla/5.0 X"));
    assert_eq!(hit.facts.language.as_deref(), Some("fr-CA"));
    assert_eq!(hit.facts.screen.as_deref(), Some("1920x1080"));
    let hints = hit.person.client_hints.unwrap();
    assert_eq!(
        (hints.mobile, hints.model.as_deref(), hints.platform.as_deref()),
        (Some(true), Some("Pixel 8"), Some("Android"))
    );
    assert_eq!(hints.brands, Some(vec![("Chromium".to_owned(), "128".to_owned())]));
}

#[test]
fn what_is_unknown_about_a_browser_stays_open_for_its_headers() {
    let hit = hit("uadata={}&res=unknown");
    assert_eq!(
        (hit.person.user_agent, hit.person.client_hints, hit.facts.language, hit.facts.screen),
        (None, None, None, None)
    );
}

/// Checks the campaign of a request as `source/medium/campaign/term/content`, `-` for what it does not state.
fn check_campaign(url: &str, extra: &str, expected: &str) {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("url", url).finish();
    let got = hit(&format!("{query}{extra}")).facts.campaign.map(|s| {
        [s.source, s.medium, s.campaign, s.term, s.content].map(|v| v.unwrap_or_else(|| "-".to_owned())).join("/")
    });
    assert_eq!(got.as_deref().unwrap_or("none"), expected, "{url} {extra}");
}

#[test]
fn campaigns_are_found_where_matomo_looks() {
    let shop = "https://s.example/";
    check_campaign(shop, "", "none");
    for name in ["pk_cpn", "pk_campaign", "piwik_campaign", "mtm_campaign", "matomo_campaign", "utm_campaign"] {
        check_campaign(&format!("{shop}?{name}=Spring%20SALE%20%C3%84"), "", "-/-/spring sale ä/-/-");
    }
    for keyword in ["pk_kwd", "pk_keyword", "piwik_kwd", "mtm_kwd", "mtm_keyword", "matomo_kwd", "utm_term"] {
        check_campaign(&format!("{shop}?pk_campaign=C&{keyword}=Blue+Shirt"), "", "-/-/c/blue shirt/-");
    }
    check_campaign(
        &format!("{shop}?utm_source=News&utm_medium=Email&utm_campaign=C&utm_term=T&utm_content=X"),
        "",
        "news/email/c/t/x",
    );
    check_campaign(
        &format!("{shop}?mtm_source=News&mtm_medium=Email&mtm_campaign=C&mtm_kwd=T&mtm_content=X"),
        "",
        "news/email/c/t/x",
    );
    check_campaign(&format!("{shop}?utm_source=News"), "", "news/-/news/-/-");
    check_campaign(&format!("{shop}?utm_medium=email"), "", "-/email/email/-/-");
    check_campaign(&format!("{shop}?utm_campaign=B&pk_campaign=A"), "", "-/-/a/-/-");
    check_campaign(&format!("{shop}?utm_term=alone"), "", "none");
    check_campaign(&format!("{shop}?utm_campaign="), "", "none");
    check_campaign(&format!("{shop}#pk_campaign=Hash&pk_kwd=K"), "", "-/-/hash/k/-");
    check_campaign(&format!("{shop}#/route?pk_campaign=Hash"), "", "-/-/hash/-/-");
    check_campaign(&format!("{shop}?pk_campaign=Query#pk_campaign=Hash&pk_kwd=K"), "", "-/-/query/-/-");
    check_campaign(shop, "&pk_campaign=Raw&pk_kwd=K", "-/-/raw/k/-");
    check_campaign(&format!("{shop}#pk_campaign=Hash"), "&pk_campaign=Raw", "-/-/hash/-/-");
    check_campaign(&format!("{shop}?pk_campaign=A&amp;pk_kwd=B"), "", "-/-/a/b/-");
}

#[test]
fn click_ids_go_with_the_campaign() {
    let campaign = hit("url=https%3A%2F%2Fs.example%2F%3Fgclid%3DAbC%26utm_source%3Dgoogle").facts.campaign.unwrap();
    assert_eq!(campaign.click_ids, Some(vec![("gclid".to_owned(), "AbC".to_owned())]));
    assert_eq!(hit("url=https%3A%2F%2Fs.example%2F%3Fgclid%3DAbC").facts.campaign, None);
}

#[test]
fn attribution_is_for_goals_orders_and_carts_only() {
    let remembered = "&_rcn=Spring+Sale&_rck=Blue&_ref=https%3A%2F%2Fnews.example%2FLetter&_refts=1";
    for (query, expected) in [
        ("idgoal=2", true),
        ("idgoal=0&ec_id=A1", true),
        ("idgoal=0", true),
        ("url=x", false),
        ("e_c=c&e_a=a", false),
        ("ping=1", false),
        ("search=x", false),
    ] {
        let attribution = hit(&format!("{query}{remembered}")).facts.attribution;
        let expected = expected.then(|| commerce::hit::Source {
            campaign: Some("spring sale".to_owned()),
            term: Some("blue".to_owned()),
            referrer: Some("https://news.example/Letter".to_owned()),
            ..commerce::hit::Source::default()
        });
        assert_eq!(attribution, expected, "{query}");
    }
    assert_eq!(hit("idgoal=2&_rck=Blue").facts.attribution, None, "a keyword belongs to a campaign");
}

/// Checks page and referrer, sent with a `Referer` header.
fn check_page(query: &str, url: Option<&str>, referrer: Option<&str>) {
    let query = format!("idsite=1&rec=1&{query}");
    let reading =
        send(Sent { query: &query, headers: &[("referer", "https://s.example/from-header")], ..GET }).unwrap();
    let Outcome::Hit(hit) = &reading.outcomes[0] else { panic!("{query}") };
    let page = hit.facts.page.clone().unwrap_or_default();
    assert_eq!((page.url.as_deref(), page.referrer.as_deref()), (url, referrer), "{query}");
}

#[test]
fn an_image_in_a_page_takes_its_address_from_the_browser() {
    check_page("", Some("https://s.example/from-header"), None);
    check_page("url=&urlref=", Some("https://s.example/from-header"), None);
    check_page("url=https://s.example/a", Some("https://s.example/a"), None);
    check_page("urlref=https://r.example/", None, Some("https://r.example/"));
    check_page(
        "url=https://s.example/a&urlref=https://r.example/",
        Some("https://s.example/a"),
        Some("https://r.example/"),
    );
    check_page(
        "url=https://s.example/%3Fignore_referrer%3D1&urlref=https://r.example/",
        Some("https://s.example/?ignore_referrer=1"),
        None,
    );
}
