//! Campaigns and attribution: Matomo's names for where traffic came from, in ours.
//!
//! A request's campaign stands in its page's query, else behind the `#`, else among the request's own parameters.
//! Which visit or order it is credited to, and what a referrer is worth beside it, is decided later on.

use super::coerce;
use super::element::Element;
use super::params::Params;
use crate::limits::TEXT_BYTES_MAX;
use commerce::hit::Source;
use std::borrow::Cow;

/// Longest campaign value, in bytes.
const VALUE_BYTES_MAX: usize = 255;

/// Parameters that name a campaign, first match wins.
const NAMES: &[&str] = &[
    "pk_cpn",
    "pk_campaign",
    "piwik_campaign",
    "mtm_campaign",
    "matomo_campaign",
    "utm_campaign",
    "utm_source",
    "utm_medium",
];
/// Parameters that name its keyword.
const KEYWORDS: &[&str] = &["pk_kwd", "pk_keyword", "piwik_kwd", "mtm_kwd", "mtm_keyword", "matomo_kwd", "utm_term"];
/// Parameters that name its source.
const SOURCES: &[&str] = &["mtm_source", "matomo_source", "pk_source", "piwik_source", "utm_source"];
/// Parameters that name its medium.
const MEDIA: &[&str] = &["mtm_medium", "matomo_medium", "pk_medium", "piwik_medium", "utm_medium"];
/// Parameters that name its content.
const CONTENTS: &[&str] = &["mtm_content", "matomo_content", "pk_content", "piwik_content", "utm_content"];
/// Ids that advertising networks append to a landing page.
const CLICK_IDS: &[&str] =
    &["gclid", "wbraid", "gbraid", "dclid", "msclkid", "fbclid", "twclid", "ttclid", "yclid", "li_fat_id"];
/// Parameters of a page's address that hold a search term, first match wins.
const SEARCH_TERMS: &[&str] = &["q", "query", "s", "search", "searchword", "k", "keyword", "keywords"];

type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// What a page's address says of where its visitor came from.
#[derive(Debug, Default)]
pub(super) struct UrlSource<'a> {
    query: Pairs<'a>,
    fragment: Pairs<'a>,
    /// Whether the page asks not to count its referrer (`ignore_referrer=1`).
    pub(super) ignores_referrer: bool,
}

/// Takes a page's address apart.
pub(super) fn read_url(url: Option<&str>) -> UrlSource<'_> {
    let Some(url) = url else { return UrlSource::default() };
    let (before, fragment) = url.split_once('#').unwrap_or((url, ""));
    let query = before.split_once('?').map_or("", |(_, query)| query);
    // A single-page application keeps its route behind the `#`, and its parameters behind the route.
    let fragment = fragment.rsplit_once('?').map_or(fragment, |(_, parameters)| parameters);
    let query: Pairs = form_urlencoded::parse(query.as_bytes()).collect();
    let fragment: Pairs = form_urlencoded::parse(fragment.as_bytes()).collect();
    let ignores_referrer = find(&query, "ignore_referrer").is_some_and(|value| value == "1");
    UrlSource { query, fragment, ignores_referrer }
}

/// Returns the last non-blank value of a parameter; names are compared without regard to case.
fn find<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    pairs.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim()).filter(|v| !v.is_empty())
}

impl UrlSource<'_> {
    /// Returns the campaign of the request, `None` if it has none.
    pub(super) fn campaign(&self, params: &Params) -> Option<Source> {
        let click_ids: Vec<(String, String)> = CLICK_IDS
            .iter()
            .filter_map(|name| find(&self.query, name).map(|id| ((*name).to_owned(), tidy(id))))
            .collect();
        let own = |name: &str| params.get(name).map(str::trim).filter(|value| !value.is_empty());
        let mut source = stated(|name| find(&self.query, name))
            .or_else(|| stated(|name| find(&self.fragment, name)))
            .or_else(|| stated(own))?;
        source.click_ids = Some(click_ids).filter(|ids| !ids.is_empty());
        Some(source)
    }

    /// Returns what was searched for, if the page is a page of search results.
    pub(super) fn search_term(&self) -> Option<String> {
        SEARCH_TERMS.iter().find_map(|name| find(&self.query, name)).map(str::to_owned)
    }
}

/// Returns the source that one set of parameters states, `None` if it states none. A keyword alone is no campaign.
fn stated<'p>(find: impl Fn(&str) -> Option<&'p str>) -> Option<Source> {
    let first = |names: &[&str]| names.iter().find_map(|name| find(name)).map(|value| tidy(value).to_lowercase());
    let source = Source {
        source: first(SOURCES),
        medium: first(MEDIA),
        campaign: first(NAMES),
        content: first(CONTENTS),
        ..Source::default()
    };
    if source == Source::default() {
        return None;
    }
    Some(Source { term: first(KEYWORDS), ..source })
}

fn tidy(value: &str) -> String {
    coerce::cut(&coerce::text(value), VALUE_BYTES_MAX).0.to_owned()
}

/// Returns what matomo.js remembered in its attribution cookie; only goals, orders and carts may use it.
pub(super) fn attribution(element: &Element) -> Option<Source> {
    let campaign = element.text("_rcn", TEXT_BYTES_MAX).map(|name| name.to_lowercase());
    // A keyword belongs to a campaign; without one it says nothing.
    let term = campaign.as_ref().and_then(|_| element.text("_rck", TEXT_BYTES_MAX)).map(|term| term.to_lowercase());
    let referrer = element.url("_ref");
    let source = Source { campaign, term, referrer, ..Source::default() };
    (source != Source::default()).then_some(source)
}
