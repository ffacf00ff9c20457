//! Texts to values: PHP's coercions, and where cents survive them.

use super::super::{coerce, json};
use super::*;
use std::collections::BTreeMap;

/// Checks the subtotal of an order whose `ec_st` is sent as `sent`, and the marks that it leaves. Every amount is read the
/// same way, but an order's total has sanity caps beside.
fn check_amount(sent: &str, expected: Option<&str>, expected_marks: &str) {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("ec_st", sent).finish();
    let hit = hit(&format!("idgoal=0&ec_id=A1&r=1&{query}"));
    let subtotal = hit.facts.order.as_ref().and_then(|order| order.subtotal).map(|subtotal| subtotal.to_string());
    assert_eq!((subtotal.as_deref(), marks(&hit).as_str()), (expected, expected_marks), "ec_st={sent:?}");
}

#[test]
fn amounts_keep_their_cents_or_stay_absent() {
    check_amount("64.37", Some("64.37"), "");
    check_amount("64,37", Some("64.37"), "");
    check_amount("-33,95", Some("-33.95"), "");
    check_amount("-33.95", Some("-33.95"), "");
    check_amount("+5", Some("5.00"), "");
    check_amount(".5", Some("0.50"), "");
    check_amount("5.", Some("5.00"), "");
    check_amount("1e3", Some("1000.00"), "");
    check_amount("1,5E+1", Some("15.00"), "");
    check_amount("0", Some("0.00"), "");
    check_amount("2510.11111112", Some("2510.11"), "rounded");
    check_amount("0.005", Some("0.01"), "rounded");
    check_amount("-0.005", Some("-0.01"), "rounded");
    // Rounded once: not to 0.0050 first, and then to 0.01.
    check_amount("0.004999", Some("0.00"), "rounded");
    check_amount("12.34499999", Some("12.34"), "rounded");
    check_amount("99999999999999.99", Some("99999999999999.99"), "");
    check_amount("", None, "");
    for nonsense in [
        "1,234.50",
        "1.234,50",
        "12€",
        "€12",
        " 12 ",
        "12 ",
        "false",
        "true",
        "undefined",
        "null",
        "NaN",
        "INF",
        "1e",
        "e5",
        "--1",
        "0x10",
        "1_000",
        ".",
        ",",
        "-",
        "1e400",
        "100000000000000000",
        "12 EUR",
        "[object Object]",
    ] {
        check_amount(nonsense, None, "value_dropped");
    }
}

#[test]
fn a_currency_with_three_decimals_keeps_them() {
    let reading =
        get("idsite=2&rec=1&r=1&idgoal=0&ec_id=A1&revenue=1.2345&ec_items=[[\"S\",\"\",\"\",0.1255,1]]").unwrap();
    let Outcome::Hit(hit) = &reading.outcomes[0] else { panic!("{:?}", reading.outcomes) };
    assert_eq!(hit.facts.order.as_ref().unwrap().total.unwrap().to_string(), "1.235");
    assert_eq!(lines(hit), ["S*1@0.126 [-; -]"]);
}

#[test]
fn integers_are_written_as_php_writes_them() {
    for (text, expected) in [
        ("0", Some(0)),
        ("7", Some(7)),
        ("-1", Some(-1)),
        ("10", Some(10)),
        ("9223372036854775807", Some(i64::MAX)),
        ("00", None),
        ("01", None),
        ("-0", None),
        ("+1", None),
        (" 1", None),
        ("1 ", None),
        ("1.0", None),
        ("1e3", None),
        ("", None),
        ("-", None),
        ("9223372036854775808", None),
        ("true", None),
        ("--1", None),
    ] {
        assert_eq!(coerce::integer(text), expected, "{text:?}");
    }
}

#[test]
fn entities_are_decoded_and_parameters_are_not() {
    for (text, expected) in [
        ("plain", "plain"),
        ("a &amp; b", "a & b"),
        ("&quot;&#x27;&#39;&gt;", "\"''>"),
        ("&copy; &#xA9; &#x2603;", "© © ☃"),
        ("https://s.example/?a=1&copy=2&lt=3", "https://s.example/?a=1&copy=2&lt=3"),
        ("https://s.example/?a=1&amp;b=2", "https://s.example/?a=1&b=2"),
        ("&notit; &nosuch; &; & ;", "&notit; &nosuch; &; & ;"),
        ("&amp;amp;", "&amp;"),
        ("nul\0nul", "nulnul"),
        ("&ümlaut;", "&ümlaut;"),
        ("a&", "a&"),
    ] {
        assert_eq!(coerce::text(text), expected, "{text:?}");
    }
}

/// Checks the lines that `ec_items` gives, and the marks it leaves.
fn check_items(sent: &str, expected: &[&str], expected_marks: &str) {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("ec_items", sent).finish();
    let hit = hit(&format!("idgoal=0&ec_id=A1&r=1&{query}"));
    assert_eq!(lines(&hit), expected, "{sent}");
    assert_eq!(marks(&hit), expected_marks, "{sent}");
}

#[test]
fn lines_follow_matomos_rules() {
    check_items(r#"[["A","Name","Cat","19.99",2]]"#, &["A*2@19.99 [Name; Cat]"], "");
    check_items(r#"[["A","Name",["C1","C2"],19.99,"2"]]"#, &["A*2@19.99 [Name; C1|C2]"], "");
    check_items(r#"[["A"]]"#, &["A*-@- [-; -]"], "");
    check_items(r#"[["A","","",0,1]]"#, &["A*1@0.00 [-; -]"], "");
    // Numbers as SKUs, and what PHP calls empty.
    check_items(r#"[[77,5,6],["0","x"],["","x"],[null,"x"],[0,"x"],["  ","x"]]"#, &["77*-@- [5; 6]"], "value_dropped");
    check_items(
        r#"[[["s1","s2"],["n1","n2"],["","0",0,"C1","C2","C3","C4","C5","C6"]]]"#,
        &["s1,s2*-@- [n1,n2; C1|C2|C3|C4|C5]"],
        "",
    );
    // Matomo reads 0 for 19,99; here the cents survive.
    check_items(r#"[["A","","","19,99",1],["B","",""," 5.5 ",1]]"#, &["A*1@19.99 [-; -]", "B*1@5.50 [-; -]"], "");
    check_items(r#"[["A","","","12€",1]]"#, &["A*1@- [-; -]"], "value_dropped");
    check_items(r#"[["A","","",true,1]]"#, &["A*1@- [-; -]"], "value_dropped");
    check_items(
        r#"[["A","","",500.11111112,1],["B","","","1111.11111",1]]"#,
        &["A*1@500.11 [-; -]", "B*1@1111.11 [-; -]"],
        "rounded",
    );
    check_items(r#"[["A","","",1e2,1]]"#, &["A*1@100.00 [-; -]"], "");
    // Quantities: nothing, zero and no number are one piece; the rest is cut to whole pieces.
    check_items(
        r#"[["A","","",1,0],["B","","",1,""],["C","","",1,null],["D","","",1,"0"]]"#,
        &["A*-@1.00 [-; -]", "B*-@1.00 [-; -]", "C*-@1.00 [-; -]", "D*-@1.00 [-; -]"],
        "",
    );
    check_items(r#"[["A","","",1,"many"]]"#, &["A*-@1.00 [-; -]"], "value_dropped");
    check_items(
        r#"[["A","","",1,2.7],["B","","",1,1.9999],["C","","",1,0.5]]"#,
        &["A*2@1.00 [-; -]", "B*1@1.00 [-; -]", "C*0@1.00 [-; -]"],
        "rounded",
    );
    check_items(r#"[["A","","",1,-1],["B","","",1,3.0]]"#, &["A*-1@1.00 [-; -]", "B*3@1.00 [-; -]"], "");
    // The same SKU twice is two lines.
    check_items(r#"[["A","","",1,1],["A","","",2,3]]"#, &["A*1@1.00 [-; -]", "A*3@2.00 [-; -]"], "");
    // PHP's arrays: objects are lists, too.
    check_items(r#"{"x":["A","N","C",1,1],"y":{"0":"B","3":2}}"#, &["A*1@1.00 [N; C]", "B*-@2.00 [-; -]"], "");
    check_items(r#"[["&quot;A"," N &amp; M ","&gt; C"]]"#, &["\"A*-@- [N & M; > C]"], "");
    check_items("[[&quot;A&quot;,&quot;N&quot;]]", &["A*-@- [N; -]"], "");
    // Half an emoji costs one character, not the order's lines.
    check_items(
        r#"[["A","cut \ud83d"],["B","whole \ud83d\ude00 \\ud800"]]"#,
        &["A*-@- [cut \u{fffd}; -]", "B*-@- [whole 😀 \\ud800; -]"],
        "",
    );
    for nothing in ["[]", "{}", "\"\"", "0", "\"0\"", "null", "false"] {
        check_items(nothing, &[], "");
    }
    for broken in ["[[", "undefined", "[['A']]", "[object Object]"] {
        check_items(broken, &[], "value_dropped");
    }
}

#[test]
fn items_that_are_no_list_record_nothing() {
    for sent in ["\"45\"", "45", "true", "1.5"] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("ec_items", sent).finish();
        for id in ["&ec_id=A1", ""] {
            let outcome = outcome(&format!("idgoal=0&{query}{id}"));
            let nothing = matches!(outcome, Outcome::Excluded { reason: commerce::record::DropReason::Nothing, .. });
            assert!(nothing, "{sent} {id}: {outcome:?}");
        }
    }
}

/// Checks the product that a page view shows.
fn check_view(query: &str, expected: &[&str]) {
    assert_eq!(lines(&hit(&format!("r=1&url=https%3A%2F%2Fshop.example%2F&{query}"))), expected, "{query}");
}

#[test]
fn product_and_category_views_ride_on_page_views_only() {
    check_view("_pks=S&_pkn=N&_pkc=C&_pkp=1111.11111", &["S*-@1111.11 [N; C]"]);
    check_view("_pks=S&_pkn=N&_pkc=&_pkp=19%2C99", &["S*-@19.99 [N; -]"]);
    check_view("_pkc=[\"A\",\"\",0,\"B\",\"C\",\"D\",\"E\",\"F\"]&_pks=S", &["S*-@- [-; A|B|C|D|E]"]);
    check_view("_pkc=[A", &["*-@- [-; [A]"]);
    check_view("_pkc=Shirts", &["*-@- [-; Shirts]"]);
    check_view("_pkc=Shirts&_pks=&_pkn=", &["*-@- [-; Shirts]"]);
    check_view("_pkn=Only+a+name", &["Only a name*-@- [Only a name; -]"]);
    check_view("_pks=&_pkn=&_pkc=&_pkp=1", &[]);
    check_view("_pks=S&e_c=c&e_a=a", &[]);
    check_view("_pks=S&ping=1", &[]);
    check_view("_pks=S&search=x", &[]);
    check_view("_pks=S&idgoal=2", &[]);
    check_view("_pks=S&idgoal=0&ec_items=[]", &[]);
}

fn properties(query: &str) -> BTreeMap<String, serde_json::Value> {
    let hit = hit(&format!("r=1&{query}"));
    hit.facts.properties.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default()
}

fn check_properties(query: &str, expected: &serde_json::Value) {
    assert_eq!(serde_json::json!(properties(query)), *expected, "{query}");
}

#[test]
fn what_else_is_said_becomes_properties() {
    use serde_json::json;
    check_properties("url=x", &json!({}));
    check_properties("pv_id=abcdefgh", &json!({"pv_id": "abcdef"}));
    check_properties(
        "dimension1=+gold+&dimension3=&dimension999=x",
        &json!({"dimension1": "gold", "dimension3": "", "dimension999": "x"}),
    );
    check_properties(
        "dimension1=old&dimension1=new&dimension0=a&dimension01=b&dimension1000=c&dimensions=d",
        &json!({"dimension1": "new"}),
    );
    check_properties("pf_net=33&pf_srv=-1&pf_tfr=16777216&pf_onl=x", &json!({"pf_net": 33}));
    check_properties(
        "_cvar={\"1\":[\"Type\",\"Customer\"],\"2\":[\"Both\",\"visit\"],\"3\":[\"short\"]}&cvar={\"1\":[\"Both\",\"page\"],\"2\":[\"N\",5]}",
        &json!({"cvar_Type": "Customer", "cvar_Both": "page", "cvar_N": "5"}),
    );
    check_properties("_cvar=nonsense&cvar=[]", &json!({}));
    check_properties("data={\"a\":[1.10]}", &json!({"data": {"a": [1.10]}}));
    check_properties("data=free+text", &json!({"data": "free text"}));
    check_properties(
        "e_c=c&e_a=a&e_n=n&e_v=42.50",
        &json!({"category": "c", "action": "a", "name": "n", "value": 42.5}),
    );
    check_properties("e_c=c&e_a=a&e_v=1,5", &json!({"category": "c", "action": "a", "value": 1.5}));
    check_properties("e_c=c&e_a=a&e_v=much", &json!({"category": "c", "action": "a"}));
}

#[test]
fn keys_read_as_php_reads_them() {
    for (query, expected) in [
        ("action_name=a&action_name=b", Some("b")),
        ("action_name=a&action_name=", None),
        ("action.name=a", Some("a")),
        ("action+name=a", Some("a")),
        ("action%5Fname=a", Some("a")),
        ("action_name[]=a", None),
        ("action_name=a&action_name[x]=b", None),
        ("&&action_name=a&", Some("a")),
        ("action_name=a%20b+c", Some("a b c")),
        ("action_name=M%C3%BCller", Some("Müller")),
        ("action_name=M%FCller", Some("M\u{fffd}ller")),
        ("cs=windows-1252&action_name=M%FCller", Some("Müller")),
        ("cs=ISO-8859-1&action_name=M%C3%BCller", Some("Müller")),
        ("action_name=%", Some("%")),
        ("action_name=a%00b", Some("ab")),
        ("action_name=+A+%2F%2F+B%2F", Some("A/B")),
        ("action_name=%2F", None),
    ] {
        let hit = hit(&format!("r=1&url=x&{query}"));
        assert_eq!(hit.facts.page.unwrap().title.as_deref(), expected, "{query}");
    }
}

#[test]
fn json_values_are_empty_where_php_says_so() {
    for empty in ["null", "false", "0", "0.0", "-0", "0e5", "\"\"", "\"0\"", "[]", "{}"] {
        assert!(json::Php::parse(empty).unwrap().is_empty(), "{empty}");
    }
    for full in ["true", "1", "0.1", "\"0.0\"", "\" \"", "[0]", "{\"a\":0}"] {
        assert!(!json::Php::parse(full).unwrap().is_empty(), "{full}");
    }
}

#[test]
fn long_texts_are_cut_and_marked() {
    let long = "ä".repeat(5000);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("action_name", &long)
        .append_pair("url", &format!("https://s.example/{long}"))
        .finish();
    let hit = hit(&format!("r=1&{query}"));
    let page = hit.facts.page.as_ref().unwrap();
    assert_eq!(page.title.as_ref().unwrap().len(), 4096);
    assert_eq!(page.url.as_ref().unwrap().len(), 8192);
    assert_eq!(marks(&hit), "truncated");
}
