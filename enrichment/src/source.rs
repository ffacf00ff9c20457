//! Where a hit says its visitor came from: campaign, click id or referrer.
//!
//! A campaign wins over a referrer; the site's own hosts and payment providers are no referrers (RULES.md, Visits and
//! visitors). Links of mailings that carry nothing but an opaque code are a campaign of that name, until it is shown what
//! the code stands for (`link_codes.rs`). What the source is credited with is decided in `credit.rs`, when it is a touch in `touch.rs`.

use crate::channel::channel_of;
use crate::page::{UrlParts, parameters, split_url};
use crate::referrer::{Kind, Referrers, parents};
use commerce::SiteSettings;
use commerce::hit::{Dialect, Facts, Source};
use commerce::rows::TrafficSource;
use commerce::site::host_of;

/// A parameter that an advertiser's click leaves in the URL, and what it stands for.
pub(crate) struct ClickId {
    /// Its name, lower case.
    pub(crate) name: &'static str,
    source: &'static str,
    medium: &'static str,
    /// Whether its value is the code of a mailing, and so names the campaign where nothing else does.
    is_code: bool,
}

const fn click_id(name: &'static str, source: &'static str, medium: &'static str) -> ClickId {
    ClickId { name, source, medium, is_code: false }
}

const fn link_code(name: &'static str, source: &'static str) -> ClickId {
    ClickId { name, source, medium: "email", is_code: true }
}

/// Click ids; where a URL has several, the first in this order counts. Networks that mark every outbound link, paid
/// or not, stand as unpaid.
pub(crate) const CLICK_IDS: &[ClickId] = &[
    click_id("gclid", "google", "cpc"),
    click_id("wbraid", "google", "cpc"),
    click_id("gbraid", "google", "cpc"),
    click_id("msclkid", "bing", "cpc"),
    click_id("yclid", "yandex", "cpc"),
    click_id("dclid", "google", "display"),
    click_id("ttclid", "tiktok", "cpc"),
    click_id("twclid", "twitter", "cpc"),
    click_id("li_fat_id", "linkedin", "cpc"),
    click_id("rdt_cid", "reddit", "cpc"),
    click_id("sccid", "snapchat", "cpc"),
    click_id("fbclid", "facebook", "social"),
    click_id("igshid", "instagram", "social"),
    click_id("epik", "pinterest", "social"),
    click_id("awc", "awin", "affiliate"),
    click_id("irclickid", "impact", "affiliate"),
    link_code("emst", "emarsys"),
    link_code("sc_src", "emarsys"),
];

/// Prefixes and names of campaign parameters: ours and Matomo's spellings.
const CAMPAIGN_PREFIXES: &[&str] = &["utm_", "mtm_", "pk_", "piwik_", "matomo_"];
const CAMPAIGN_NAMES: &[&str] =
    &["source", "medium", "campaign", "cpn", "term", "kwd", "keyword", "content", "cid", "id", "group", "placement"];

/// Says whether `name` is a campaign parameter, without regard to case.
pub(crate) fn is_campaign_parameter(name: &str) -> bool {
    campaign_name(name).is_some()
}

fn campaign_name(name: &str) -> Option<&'static str> {
    let (prefix, rest) = name.split_at_checked(name.find('_')? + 1)?;
    let known = |list: &'static [&'static str], text: &str| list.iter().copied().find(|k| k.eq_ignore_ascii_case(text));
    known(CAMPAIGN_PREFIXES, prefix)?;
    known(CAMPAIGN_NAMES, rest)
}

/// What a hit brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Brought {
    /// The source; never direct.
    pub(crate) source: TrafficSource,
    /// First click id as `name:value`.
    pub(crate) click_id: Option<String>,
}

/// Returns the source that a hit brought by its own campaign, its page's parameters or its referrer; `None` for none.
pub(crate) fn brought_by(known: &Referrers, settings: &SiteSettings, facts: &Facts) -> Option<Brought> {
    let page = facts.page.as_ref();
    let url = page.and_then(|p| p.url.as_deref()).map(split_url).unwrap_or_default();
    let referrer = page.and_then(|p| p.referrer.as_deref()).map(str::trim).filter(|r| !r.is_empty());
    let referrer = referrer.filter(|_| !url.query.contains("ignore_referrer=1"));
    let referrer = referrer.and_then(|r| External::read(known, settings, facts.dialect, url.host, r));
    let campaign = match &facts.campaign {
        Some(campaign) => Some(campaign.clone()),
        None => campaign_of(&url),
    };
    let click_id = campaign.as_ref().and_then(first_click_id);
    let source = campaign.and_then(|c| campaign_source(known, c, referrer.as_ref(), facts.dialect));
    let source = source.or_else(|| referrer.map(|r| r.source(known)));
    source.filter(|s| !s.is_direct()).map(|source| Brought { source, click_id })
}

/// Returns the source that `stated` names: what a shop or a client stored with an order. `None` if it names none.
pub(crate) fn stated_source(
    known: &Referrers,
    settings: &SiteSettings,
    dialect: Dialect,
    stated: &Source,
) -> Option<TrafficSource> {
    let referrer = stated.referrer.as_deref().and_then(|r| External::read(known, settings, dialect, "", r));
    let source = campaign_source(known, stated.clone(), referrer.as_ref(), dialect);
    source.or_else(|| referrer.map(|r| r.source(known)))
}

/// Says whether a source was named by a campaign rather than read from a referrer.
pub(crate) fn is_campaign(source: &TrafficSource) -> bool {
    source.campaign.is_some()
        || !matches!(source.medium.as_str(), "organic" | "social" | "video" | "referral" | "(none)")
}

/// Says whether two sources are the same campaign or the same site. A campaign without a keyword is the same
/// campaign as with one.
pub(crate) fn is_same(visit: &TrafficSource, brought: &TrafficSource) -> bool {
    let same = visit.source == brought.source && visit.medium == brought.medium && visit.campaign == brought.campaign;
    same && (brought.term.is_none() || visit.term == brought.term)
        && (brought.content.is_none() || visit.content == brought.content)
}

fn campaign_of(url: &UrlParts) -> Option<Source> {
    let mut found = Source::default();
    if !read_campaign(url.query, &mut found) && url.fragment.contains('=') {
        let fragment = url.fragment.split_once('?').map_or(url.fragment, |(_, query)| query);
        read_campaign(fragment, &mut found);
    }
    (found != Source::default()).then_some(found)
}

/// Reads campaign parameters and click ids out of `query`; false if it has no campaign.
fn read_campaign(query: &str, found: &mut Source) -> bool {
    let mut any = false;
    for (name, value) in parameters(query).filter(|(_, value)| !value.is_empty()) {
        if let Some(field) = campaign_name(name) {
            let place = match field {
                "source" => &mut found.source,
                "medium" => &mut found.medium,
                "campaign" | "cpn" => &mut found.campaign,
                "term" | "kwd" | "keyword" => &mut found.term,
                "content" => &mut found.content,
                _ => continue,
            };
            *place = Some(decoded(value)).filter(|v| !v.is_empty());
            any = true;
        } else if CLICK_IDS.iter().any(|c| c.name.eq_ignore_ascii_case(name)) {
            found.click_ids.get_or_insert_default().push((name.to_ascii_lowercase(), decoded(value)));
        }
    }
    any
}

fn first_click_id(campaign: &Source) -> Option<String> {
    let ids = campaign.click_ids.as_deref()?;
    let rank = |name: &str| CLICK_IDS.iter().position(|c| c.name.eq_ignore_ascii_case(name)).unwrap_or(usize::MAX);
    ids.iter().min_by_key(|(name, _)| rank(name)).map(|(name, value)| format!("{name}:{value}"))
}

fn campaign_source(
    known: &Referrers,
    named: Source,
    referrer: Option<&External>,
    dialect: Dialect,
) -> Option<TrafficSource> {
    let clean = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    // Matomo compares and reports campaigns in lower case.
    let cased = |text: Option<String>| if dialect == Dialect::Matomo { text.map(|t| t.to_lowercase()) } else { text };
    let (campaign, term) = (cased(clean(named.campaign)), cased(clean(named.term)));
    let (source, medium, content) = (clean(named.source), clean(named.medium), clean(named.content));
    let ids = named.click_ids.unwrap_or_default();
    let clicked = CLICK_IDS.iter().find_map(|c| {
        let (_, value) = ids.iter().find(|(name, _)| c.name.eq_ignore_ascii_case(name))?;
        Some((c, value))
    });
    let campaign =
        campaign.or_else(|| clicked.filter(|(c, _)| c.is_code).and_then(|(_, code)| clean(Some(code.clone()))));
    let click = clicked.map(|(c, _)| c);
    if source.is_none() && medium.is_none() && campaign.is_none() && click.is_none() {
        return None;
    }
    let not_set = || "(not set)".to_owned();
    let by_click = source.is_none();
    let source =
        source.or_else(|| click.map(|c| c.source.to_owned())).or_else(|| referrer.map(|r| r.source(known).source));
    let medium = medium.or_else(|| click.filter(|_| by_click).map(|c| c.medium.to_owned()));
    let (source, medium) = (source.unwrap_or_else(not_set), medium.unwrap_or_else(not_set));
    Some(TrafficSource {
        channel: channel_of(known, &source, &medium, campaign.as_deref()).to_owned(),
        source,
        medium,
        campaign,
        term,
        content,
        referrer: referrer.map(|r| r.url.to_owned()),
        referrer_host: referrer.map(|r| r.host.clone()),
    })
}

/// A referrer that is another's.
struct External<'a> {
    url: &'a str,
    host: String,
    parts: UrlParts<'a>,
}

impl<'a> External<'a> {
    fn read(
        known: &Referrers,
        settings: &SiteSettings,
        dialect: Dialect,
        page_host: &str,
        url: &'a str,
    ) -> Option<Self> {
        let parts = split_url(url);
        if parts.host.is_empty() || bare(parts.host).eq_ignore_ascii_case(bare(page_host)) {
            return None;
        }
        let host = parts.host.to_ascii_lowercase();
        let own = settings.is_own_host(&host) || (dialect != Dialect::Matomo && is_same_owner(&host, page_host));
        let excluded = || settings.excluded_referrers.iter().any(|e| is_within(&host, e));
        (!own && !known.is_payment(&host) && !excluded()).then_some(Self { url, host, parts })
    }

    fn source(&self, known: &Referrers) -> TrafficSource {
        let site = known.find(&self.host, self.parts.path);
        let own_name = || bare(&self.host).to_owned();
        let (source, medium) = match site.map(|s| (s.kind, s.source)) {
            Some((Kind::Search, name)) => (name.to_owned(), "organic"),
            Some((Kind::Social, name)) => (name.to_owned(), "social"),
            Some((Kind::Video, name)) => (name.to_owned(), "video"),
            Some((Kind::Ai, name)) => (name.to_owned(), "referral"),
            Some((Kind::Shopping, _)) | None => (own_name(), "referral"),
        };
        let keywords = site.map(|s| s.keywords.as_slice()).unwrap_or_default();
        let term =
            parameters(self.parts.query).find(|(name, _)| keywords.contains(name)).map(|(_, value)| decoded(value));
        TrafficSource {
            channel: channel_of(known, &source, medium, None).to_owned(),
            source,
            medium: medium.to_owned(),
            campaign: None,
            term: term.filter(|t| !t.is_empty()),
            content: None,
            referrer: Some(self.url.to_owned()),
            referrer_host: Some(self.host.clone()),
        }
    }
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// Says whether two hosts have the same registrable domain: one shop's subdomains do not refer to each other.
fn is_same_owner(host: &str, page_host: &str) -> bool {
    let page_host = page_host.to_ascii_lowercase();
    psl::domain_str(host).is_some_and(|domain| psl::domain_str(&page_host) == Some(domain))
}

fn is_within(host: &str, entry: &str) -> bool {
    let entry = host_of(entry.trim_start_matches("*."));
    !entry.is_empty() && parents(host).any(|h| h == entry || h == bare(&entry))
}

/// Returns a query's value as text: `+` is a blank, percent signs are decoded, blanks at the ends are cut.
fn decoded(value: &str) -> String {
    let value = value.replace('+', " ");
    percent_encoding::percent_decode_str(&value).decode_utf8_lossy().trim().to_owned()
}

#[cfg(test)]
mod tests;
