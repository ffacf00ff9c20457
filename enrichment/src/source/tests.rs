//! Sources: referrers, campaigns and click ids, as a table of URLs and what they say.

use super::*;
use crate::rules::Rules;
use commerce::hit::{Origin, Page, Trust};
use commerce::{EventId, SiteId, Timestamp};

fn rules() -> &'static Rules {
    static RULES: std::sync::LazyLock<Rules> = std::sync::LazyLock::new(Rules::load);
    &RULES
}

fn settings() -> SiteSettings {
    SiteSettings::from_entries([("domain", "shop.example"), ("excluded_referrers", "gateway.example")])
}

fn facts(url: &str, referrer: &str, dialect: Dialect) -> Facts {
    let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
    Facts {
        site: SiteId(1),
        event_id: EventId::from_text("e"),
        received_at: Timestamp(0),
        occurred_at: Timestamp(0),
        dialect,
        origin: Origin::Browser,
        trust: Trust::Unverified,
        name: "page_view".to_owned(),
        page: Some(Page { url: text(url), title: None, referrer: text(referrer) }),
        campaign: None,
        attribution: None,
        place: None,
        language: None,
        screen: None,
        consent: None,
        items: None,
        order: None,
        refund: None,
        cart: None,
        goal: None,
        search: None,
        properties: None,
        flags: None,
        cart_id: None,
    }
}

/// A source as `channel: source/medium campaign term content`.
fn told(source: &TrafficSource) -> String {
    let TrafficSource { channel, source, medium, campaign, term, content, .. } = source;
    let rest: Vec<&str> = [campaign, term, content].into_iter().map(|t| t.as_deref().unwrap_or("-")).collect();
    format!("{channel}: {source}/{medium} {}", rest.join(" "))
}

fn brought(facts: &Facts) -> Option<String> {
    brought_by(&rules().referrers, &settings(), facts).map(|b| told(&b.source))
}

fn check(url: &str, referrer: &str, expected: Option<&str>) {
    let got = brought(&facts(url, referrer, Dialect::NativeBrowser));
    assert_eq!(got.as_deref(), expected, "{url} from {referrer}");
}

const SHOP: &str = "https://shop.example/";

#[test]
fn referrers_are_known_by_their_kind() {
    check(SHOP, "", None);
    check(SHOP, "https://www.google.de/search?q=red+shoes", Some("Organic Search: google/organic - red shoes -"));
    check(SHOP, "https://duckduckgo.com/", Some("Organic Search: duckduckgo/organic - - -"));
    check(SHOP, "https://l.instagram.com/?u=x", Some("Organic Social: instagram/social - - -"));
    check(SHOP, "https://t.co/abc", Some("Organic Social: twitter/social - - -"));
    check(SHOP, "https://www.youtube.com/watch?v=1", Some("Organic Video: youtube/video - - -"));
    check(SHOP, "https://chatgpt.com/", Some("AI Assistants: chatgpt.com/referral - - -"));
    check(SHOP, "https://www.Blog.example.org/post?q=1", Some("Referral: blog.example.org/referral - - -"));
    check(SHOP, "https://payment.provider.info/success", Some("Referral: payment.provider.info/referral - - -"));
    check(SHOP, "android-app://com.google.android.googlequicksearchbox/", Some("Organic Search: google/organic - - -"));
}

#[test]
fn own_hosts_payment_providers_and_listed_hosts_are_no_referrers() {
    check(SHOP, "https://shop.example/cart", None);
    check(SHOP, "https://WWW.shop.example:8443/cart", None);
    check("https://de.shop.example/", "https://blog.shop.example/", None);
    check("https://mirror.example.net/", "https://mirror.example.net/a", None);
    check(SHOP, "https://checkout.stripe.com/pay", None);
    check(SHOP, "https://www.paypal.com/", None);
    check(SHOP, "https://a.gateway.example/back", None);
    check("https://shop.example/?ignore_referrer=1", "https://blog.example.org/", None);
    check(SHOP, "about:blank", None);
    // Matomo knows hosts alone: another subdomain is another website.
    let matomo = facts(SHOP, "https://blog.shop.example/", Dialect::Matomo);
    assert_eq!(brought(&matomo).as_deref(), Some("Referral: blog.shop.example/referral - - -"));
}

#[test]
fn campaigns_win_over_referrers() {
    let mail =
        "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=Spring%20Sale&utm_term=a&utm_content=b";
    check(mail, "https://www.google.com/", Some("Email: news/email Spring Sale a b"));
    check("https://shop.example/?UTM_Source=letter", "", Some("Unassigned: letter/(not set) - - -"));
    check(
        "https://shop.example/?utm_campaign=c",
        "https://www.google.com/",
        Some("Organic Search: google/(not set) c - -"),
    );
    check("https://shop.example/?utm_campaign=c", "", Some("Unassigned: (not set)/(not set) c - -"));
    check("https://shop.example/#/a?utm_source=y&utm_medium=cpc", "", Some("Paid Other: y/cpc - - -"));
    check("https://shop.example/?utm_source=", "", None);
    check("https://shop.example/?pk_campaign=c&pk_kwd=k", "", Some("Unassigned: (not set)/(not set) c k -"));
}

#[test]
fn click_ids_stand_for_their_network_where_no_campaign_does() {
    check("https://shop.example/?gclid=1", "https://www.google.com/", Some("Paid Search: google/cpc - - -"));
    check("https://shop.example/?msclkid=1", "", Some("Paid Search: bing/cpc - - -"));
    check("https://shop.example/?fbclid=1", "https://l.facebook.com/", Some("Organic Social: facebook/social - - -"));
    check("https://shop.example/?ttclid=1", "", Some("Paid Social: tiktok/cpc - - -"));
    check("https://shop.example/?fbclid=1&gclid=2", "", Some("Paid Search: google/cpc - - -"));
    check("https://shop.example/?fbclid=1&utm_source=fb&utm_medium=paid", "", Some("Paid Social: fb/paid - - -"));
    check("https://shop.example/?gclid=1&utm_campaign=c", "", Some("Paid Search: google/cpc c - -"));
    let both = facts("https://shop.example/?fbclid=1&gclid=2", "", Dialect::NativeBrowser);
    let click_id = brought_by(&rules().referrers, &settings(), &both).unwrap().click_id;
    assert_eq!(click_id.as_deref(), Some("gclid:2"));
}

#[test]
fn the_code_of_a_mailing_is_its_campaign_where_nothing_better_is_known() {
    check("https://shop.example/?emst=Qw3rTy", "https://mail.example.org/", Some("Email: emarsys/email Qw3rTy - -"));
    check("https://shop.example/?EMST=Qw3rTy&sc_src=email_7", "", Some("Email: emarsys/email Qw3rTy - -"));
    check("https://shop.example/?sc_src=email_7&sc_uid=x", "", Some("Email: emarsys/email email_7 - -"));
    check("https://shop.example/?emst=Qw3rTy&utm_campaign=Spring", "", Some("Email: emarsys/email Spring - -"));
    check(
        "https://shop.example/?emst=Qw3rTy&utm_source=news&utm_medium=mail",
        "",
        Some("Unassigned: news/mail Qw3rTy - -"),
    );
    check("https://shop.example/?emst=Qw3rTy&gclid=1", "", Some("Paid Search: google/cpc - - -"));
    check("https://shop.example/?emst=", "", None);
    // Matomo's campaigns are in lower case; a code is looked up as it stands.
    let matomo = facts("https://shop.example/?emst=Qw3rTy", "", Dialect::Matomo);
    assert_eq!(brought(&matomo).as_deref(), Some("Email: emarsys/email Qw3rTy - -"));
}

#[test]
fn a_dialects_own_campaign_is_taken_as_it_is() {
    let mut facts = facts(SHOP, "https://news.example.org/", Dialect::Matomo);
    facts.campaign =
        Some(Source { campaign: Some("Spring".to_owned()), term: Some("Shoes".to_owned()), ..Source::default() });
    assert_eq!(brought(&facts).as_deref(), Some("Unassigned: news.example.org/(not set) spring shoes -"));
    facts.campaign = Some(Source::default());
    assert_eq!(brought(&facts).as_deref(), Some("Referral: news.example.org/referral - - -"));
}

#[test]
fn what_a_shop_stored_names_a_source() {
    let stated = |source: Source| {
        stated_source(&rules().referrers, &settings(), Dialect::NativeServer, &source).map(|s| told(&s))
    };
    let text = |t: &str| Some(t.to_owned());
    assert_eq!(stated(Source::default()), None);
    assert_eq!(stated(Source { referrer: text("https://shop.example/"), ..Source::default() }), None);
    assert_eq!(
        stated(Source { referrer: text("https://www.bing.com/?q=a"), ..Source::default() }).as_deref(),
        Some("Organic Search: bing/organic - a -")
    );
    let clicked = Source { click_ids: Some(vec![("gclid".to_owned(), "1".to_owned())]), ..Source::default() };
    assert_eq!(stated(clicked).as_deref(), Some("Paid Search: google/cpc - - -"));
}
