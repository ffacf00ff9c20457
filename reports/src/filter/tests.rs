//! Filters as they are written, read and printed; and what is no filter.

use super::*;
use proptest::prelude::*;

fn tree(text: &str) -> Node {
    let mut filter = Filter::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(filter.parts.len(), 1, "{text}");
    filter.parts.remove(0).tree
}

/// The text reads, and prints as `expected`, which reads as the same.
#[track_caller]
fn check(text: &str, expected: &str) {
    let filter = Filter::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(filter.texts().join("; "), expected, "{text}");
    assert_eq!(Filter::parse(expected).unwrap(), filter, "{text}");
}

#[test]
fn the_short_form_reads_as_it_always_did() {
    assert_eq!(Filter::parse(" ").unwrap(), Filter::default());
    check("channel==Email", "channel = Email");
    check("channel==Email;country==DE,country!=AT", "channel = Email and (country = DE or country != AT)");
    check("channel==Paid Search", r#"channel = "Paid Search""#);
    check("country==DE,country==AT", "country in (DE, AT)");
    check("page=@/a==b", r#"page contains "/a==b""#);
    check(r"product==Salt\, fine\; 1\\2", r#"product = "Salt, fine; 1\\2""#);
    check("campaign==", "campaign is unknown");
    check("campaign!=", "campaign is known");
    check("property:plan==pro", "property:plan = pro");
    check("property:my plan==pro", r#"property:"my plan" = pro"#);
    check("weekday==7;goal==12", "weekday = 7 and goal = 12");
    // Matomo's other signs.
    check(
        "page!@/cart;page=^/shop;page=$.html",
        "not page contains /cart and page starts with /shop and page ends with .html",
    );
    check("visit_page_views>=2,visit_duration_s<10.5", "visit_page_views >= 2 or visit_duration_s < 10.5");
}

#[test]
fn the_long_form_is_words() {
    check("country = DE and device=mobile", "country = DE and device = mobile");
    check(
        "country = DE or country = AT and not device = mobile",
        "country = DE or (country = AT and not device = mobile)",
    );
    check("(country = DE or country = AT) and device = tv", "country in (DE, AT) and device = tv");
    check("country in (DE, \"AT\")", "country in (DE, AT)");
    check("country not in (DE, AT)", "not country in (DE, AT)");
    check(r#"product = "5\" screen \\ x""#, r#"product = "5\" screen \\ x""#);
    check("campaign is known or term exists", "campaign is known or term is known");
    check("campaign is unknown and term does not exist", "campaign is unknown and term is unknown");
    check("page does not contain /a", "not page contains /a");
    check("page STARTS WITH /shop AND page ends with .html", "page starts with /shop and page ends with .html");
    check("order_total > 49.90 and visit_duration_s <= 30", "order_total > 49.90 and visit_duration_s <= 30");
    check(r#"property:"my plan" = pro"#, r#"property:"my plan" = pro"#);
    // A word is known by its place.
    check("country = IN and event = did or event = not", "(country = IN and event = did) or event = not");
    check("visitors: channel = Email", "visitors: channel = Email");
    check("orders:order_total>=100", "orders: order_total >= 100");
}

#[test]
fn behaviours_say_what_how_often_and_since_when() {
    check("did purchase", "did purchase");
    check("did purchase >= 2 in 90d", "did purchase >= 2 in 90d");
    check("did purchase >= 2 times in 90 days", "did purchase >= 2 in 90d");
    check("did not sign_up in 7d", "did not sign_up in 7d");
    check("not did sign_up", "did not sign_up");
    check(r#"did "Newsletter signed""#, r#"did "Newsletter signed""#);
    check(
        "did click where (page = / and property:selector contains buy) = 3",
        "did click where (page = / and property:selector contains buy) = 3",
    );
    check(r#"viewed sku "X 1" and not bought sku = "X 1""#, r#"viewed sku = "X 1" and not bought sku = "X 1""#);
    check("added (brand = A or category = B) > 1 in 30d", "added (brand = A or category = B) > 1 in 30d");
    check("viewed price > 5 >= 2", "viewed price > 5 >= 2");
    check("customers: did not purchase in 90d and did purchase", "customers: did not purchase in 90d and did purchase");
    assert!(matches!(tree("did refund"), Node::Did(Did { verb: Verb::Refund, .. })));
    assert!(matches!(tree("did abandon_cart"), Node::Did(Did { verb: Verb::AbandonCart, .. })));
}

#[test]
fn segments_of_matomo_are_segments_of_visits() {
    check("countryCode==de", "visits: country = DE");
    check("countryCode!=xx;deviceType!=tv", "visits: not country = XX and not device = tv");
    check("visitConvertedGoalId==1;visitConvertedGoalId!=2", "visits: goal = 1 and not goal = 2");
    check("deviceType==smartphone,browserCode==FF", "visits: device = mobile or browser = Firefox");
    check("pageUrl=@example.org%2Findex.htm", "visits: did page_view where (page_url contains example.org/index.htm)");
    check("pageUrl==https://shop.example/a", "visits: did page_view where (page_url = shop.example/a)");
    check("pageUrl!=shop.example/a", "visits: did not page_view where (page_url = shop.example/a)");
    // Both are asked of one page view.
    check("pageUrl=@/a;pageTitle==A", "visits: did page_view where (page_url contains /a and page_title = A)");
    check(
        "pageUrl=@/a,pageTitle==A",
        "visits: did page_view where (page_url contains /a) or did page_view where (page_title = A)",
    );
    check(
        "pageTitle==Looking%20at%20product%20page",
        r#"visits: did page_view where (page_title = "Looking at product page")"#,
    );
    check(
        "productName=@bought+day",
        r#"visits: bought product contains "bought day" or did abandon_cart where (product contains "bought day")"#,
    );
    check("productViewSku==A", "visits: viewed sku = A");
    check("visitEcommerceStatus==ordered", "visits: did purchase and did not abandon_cart");
    check("visitEcommerceStatus!=none", "visits: not (did not purchase and did not abandon_cart)");
    check("revenueOrder>500", "visits: did purchase where (order_total > 500)");
    check("visitConverted==1", "visits: goal is known or did purchase");
    check("visitorType==returningCustomer", "visits: visitor_type = returning_customer");
    check("languageCode==de", "visits: language = de or language starts with \"de-\"".replace('"', "").as_str());
    check(
        "referrerType==campaign;referrerName==spring",
        "visits: campaign is known and (source = spring or campaign = spring or referrer_host = spring)",
    );
    // One of Matomo's names is enough; who is meant can still be said.
    check("channel==Email;visitCount>1", "visits: channel = Email and visit_number > 1");
    check("visitors:countryCode==de", "visitors: country = DE");
}

#[test]
fn what_is_no_filter_is_refused_with_a_remedy() {
    let error = |text: &str| Filter::parse(text).unwrap_err();
    let check = |text: &str, code: &str, hint: &str| {
        let found = error(text);
        assert_eq!((found.code, found.hint.contains(hint)), (code, true), "{text}: {found}");
    };
    check("channel", "query.bad_filter", "behind `channel`");
    check("chanel==Email", "query.unknown_dimension", "did you mean `channel`?");
    check("chanel = Email", "query.unknown_dimension", "did you mean `channel`?");
    check("contryCode==de", "query.unknown_dimension", "`countryCode`");
    check("continentCode==eur", "query.unknown_dimension", "countryCode");
    check("day==2026-01-01", "query.bad_filter", "`from` and `to`");
    check("weekday==8", "query.bad_filter", "whole number");
    check("goal=@1", "query.bad_filter", "whole number");
    check("order_total > cheap", "query.bad_filter", "number such as");
    check("channel > Email", "query.bad_filter", "text");
    check("page contains \"\"", "query.bad_filter", "is known");
    check(r#"property:a"b==1"#, "query.unknown_dimension", "property:NAME");
    check("channel = Email country = DE", "query.bad_filter", "join conditions by `and` or `or`");
    check("channel==Email and country==DE", "query.bad_filter", "joined by `;`");
    check("country!=DE and (device=mobile", "query.bad_filter", "`)`");
    check("did purchase in 0d", "query.bad_filter", "in 90d");
    check("did", "query.bad_filter", "did purchase");
    check("viewed", "query.bad_filter", "dimension");
    check("visitors:", "query.bad_filter", "behind the colon");
    check("visitEcommerceStatus==maybe", "query.bad_filter", "orderedThenAbandonedCart");
    check("product = \"open", "query.bad_filter", "does not end");
    check(&"(".repeat(5000), "query.bad_filter", "nest up to");
    check(&"not ".repeat(1500), "query.bad_filter", "nest up to");
    check(&"x".repeat(9000), "query.bad_filter", "up to 8000");
    check(&vec!["country=DE"; 101].join(" or "), "query.bad_filter", "up to 100");
    assert!(error(&format!("{}==1", "y".repeat(5000))).to_string().len() < 500, "what was asked is shown in part");
}

#[test]
fn numbers_are_read_digit_by_digit() {
    let check = |text: &str, scale: i64, expected: Option<i64>| assert_eq!(scaled(text, scale), expected, "{text}");
    check("49.90", 10_000, Some(499_000));
    check("-1.5", 1000, Some(-1500));
    check("2.99999", 1, Some(2));
    check("7", 1_000_000, Some(7_000_000));
    for wrong in ["", "-", ".", "1.", "1e5", "0x1", "1,5", " 1", "99999999999999999999", "9223372036854775807.1"] {
        check(wrong, 10_000, None);
    }
}

#[test]
fn defined_events_take_the_place_of_their_names() {
    let sign_up = Definition::parse("Sign-up", "event = click and property:selector contains newsletter").unwrap();
    let with =
        |text: &str| Filter::parse(text).unwrap().with_definitions(std::slice::from_ref(&sign_up)).parts.remove(0);
    // They print as they were asked for.
    for text in ["event = Sign-up", "did Sign-up >= 2 in 7d", "visitors: did not Sign-up and event in (click, Sign-up)"]
    {
        let expected = text.replace("event in (click, Sign-up)", "(event = click or event = Sign-up)");
        assert_eq!(with(text).to_string(), expected);
    }
    assert_eq!(with("event != Sign-up").tree, with("not event = Sign-up").tree);
    assert!(matches!(with("did Sign-up").tree, Node::Did(Did { rule: Some(_), .. })));
    assert!(matches!(with("event = click").tree, Node::Compare(_)));
    for wrong in ["", "did purchase", "channel = Email", "visitors: event = click", "weekday = 1", "sku = A"] {
        assert!(Definition::parse("x", wrong).is_err(), "{wrong}");
    }
}

/// Trees as the long form can say them: no list of one, no list within its like.
pub(crate) fn nodes() -> impl Strategy<Value = Node> {
    let text = prop_oneof!["[a-zA-Z0-9 ]{0,6}", "\\PC{0,8}", Just("and".to_owned()), Just("in".to_owned())];
    let of_text = (
        prop::sample::select(vec![
            "country",
            "page",
            "event",
            "sku",
            "property:plan",
            "property:my \u{e4} plan",
            "page_url",
        ]),
        0..5_usize,
        text,
    )
        .prop_map(|(name, operator, value)| {
            use Operator::{Contains, Ends, Is, IsNot, Starts};
            let operators =
                if value.is_empty() { [Is, IsNot, Is, IsNot, Is] } else { [Is, IsNot, Contains, Starts, Ends] };
            Node::Compare(Condition { dimension: asked_or_field(name).unwrap(), operator: operators[operator], value })
        });
    let of_number = (
        prop::sample::select(vec!["goal", "weekday", "order_total", "quantity"]),
        prop::sample::select(vec![Operator::Less, Operator::AtMost, Operator::More, Operator::AtLeast, Operator::Is]),
        1..8_u32,
    )
        .prop_map(|(name, operator, value)| {
            Node::Compare(Condition { dimension: asked_or_field(name).unwrap(), operator, value: value.to_string() })
        });
    let leaf = prop_oneof![of_text, of_number];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let verb = prop_oneof![
            "[a-z_ ]{1,8}".prop_map(Verb::Event),
            Just(Verb::Purchase),
            Just(Verb::Refund),
            Just(Verb::AbandonCart),
            Just(Verb::Viewed),
            Just(Verb::Added),
            Just(Verb::Carted),
            Just(Verb::Bought),
        ];
        let times = (
            prop::sample::select(vec![
                Operator::Is,
                Operator::IsNot,
                Operator::Less,
                Operator::AtMost,
                Operator::More,
                Operator::AtLeast,
            ]),
            0..5_u32,
        );
        let did = (verb, prop::option::of(inner.clone()), inner.clone(), times, prop::option::of(1..400_u32)).prop_map(
            |(verb, matching, instead, times, days)| {
                let matching = if verb.product_verb().is_some() { Some(matching.unwrap_or(instead)) } else { matching };
                Node::Did(Did { verb, matching: matching.map(Box::new), rule: None, times, days })
            },
        );
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::Any),
            inner.prop_map(Node::negated),
            did,
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_it_was(tree in nodes(), of in prop::sample::select(vec![Of::Rows, Of::Visits, Of::Visitors, Of::Customers, Of::Orders])) {
        let part = Part { of, tree };
        let text = part.to_string();
        prop_assert_eq!(Filter::parse(&text).map(|f| f.parts).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?, vec![part], "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        drop(Filter::parse(&text));
    }

    #[test]
    fn any_words_are_read_or_refused(words in prop::collection::vec(prop::sample::select(vec![
        "country", "=", "==", "!=", "DE", "and", "or", "not", "(", ")", "in", ",", ";", "did", "purchase", ">=", "2", "90d", "where",
        "viewed", "sku", "\"", "\\", "visitors:", "is", "known", "contains", "'", "--", "$1", "goal", "weekday", "order_total", "=@", "%", "countryCode",
    ]), 0..14), glue in prop::sample::select(vec!["", " "])) {
        let text = words.join(glue);
        if let Ok(filter) = Filter::parse(&text) {
            for (part, printed) in filter.parts.iter().zip(filter.texts()) {
                prop_assert_eq!(&Filter::parse(&printed).map_err(|e| TestCaseError::fail(format!("{text} as {printed}: {e}")))?.parts[0], part);
            }
        }
    }
}
