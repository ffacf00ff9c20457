//! The page of a hit: its host, and its path with the part of the query that tells pages apart.
//!
//! What only says where the visitor came from or what the shop's own software calls the browser (campaign parameters,
//! click ids, ids such as `PHPSESSID`) is left out, or every page would be many. The scheme and the fragment are left
//! out, too. Nothing is decoded.

use crate::source::{CLICK_IDS, is_campaign_parameter};
use commerce::hit::Page;

/// The parts of a page that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageParts {
    /// Host, lower case; `None` if the URL has none.
    pub(crate) host: Option<String>,
    /// Path with the remaining query, at least `/`.
    pub(crate) page: Option<String>,
}

/// Parameters that never tell pages apart, beside campaign parameters and click ids; lower case.
const DROPPED: &[&str] = &[
    "_ga",
    "_gl",
    "aspsessionid",
    "doing_wp_cron",
    "fb_comment_id",
    "fb_xd_fragment",
    "gad_campaignid",
    "gad_source",
    "ignore_referrer",
    "jsessionid",
    "mc_cid",
    "mc_eid",
    "phpsessid",
    "pk_vid",
    "sc_customer",
    "sc_eh",
    "sc_lid",
    "sc_llid",
    "sc_uid",
    "sessionid",
    "sid",
    "srsltid",
];

/// Returns the parts of `page`, all empty if it has no URL.
pub(crate) fn parts_of(page: Option<&Page>) -> PageParts {
    let Some(url) = page.and_then(|p| p.url.as_deref()).map(str::trim).filter(|u| !u.is_empty()) else {
        return PageParts::default();
    };
    let UrlParts { host, path, query, .. } = split_url(url);
    PageParts { host: lower_host(host), page: Some(join_page(path, query)) }
}

/// A URL cut into its parts, as they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UrlParts<'a> {
    /// Host without user and port; empty if there is none.
    pub(crate) host: &'a str,
    /// Path; may be empty.
    pub(crate) path: &'a str,
    /// Query without its `?`.
    pub(crate) query: &'a str,
    /// Fragment without its `#`.
    pub(crate) fragment: &'a str,
}

/// Cuts `url` into its parts; never fails, whatever the text.
pub(crate) fn split_url(url: &str) -> UrlParts<'_> {
    let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let rest = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => rest,
        _ => match url.strip_prefix("//") {
            Some(rest) => rest,
            None => return UrlParts { host: "", path: url, query, fragment },
        },
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit('@').next().unwrap_or("");
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    UrlParts { host: host.trim_end_matches('.'), path, query, fragment }
}

/// Returns the parameters of a query as `(name, value)`, as they stand.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, "")))
}

fn lower_host(host: &str) -> Option<String> {
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

fn join_page(path: &str, query: &str) -> String {
    let mut page = String::with_capacity(path.len() + query.len() + 2);
    // A servlet's own id of the browser stands in the path.
    match path.find(";jsessionid=").or_else(|| path.find(";JSESSIONID=")) {
        Some(at) => page.push_str(&path[..at]),
        None => page.push_str(path),
    }
    if !page.starts_with('/') {
        page.insert(0, '/');
    }
    let mut mark = '?';
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        if !is_dropped(pair.split_once('=').map_or(pair, |(name, _)| name)) {
            page.push(mark);
            page.push_str(pair);
            mark = '&';
        }
    }
    page
}

fn is_dropped(name: &str) -> bool {
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    is_campaign_parameter(name)
        || CLICK_IDS.iter().any(|c| is(&c.name))
        || DROPPED.iter().any(is)
        // Classic ASP hangs random letters on to the name.
        || name.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("aspsessionid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, host: Option<&str>, page: Option<&str>) {
        let parts = parts_of(Some(&Page { url: Some(url.to_owned()), ..Page::default() }));
        assert_eq!((parts.host.as_deref(), parts.page.as_deref()), (host, page), "{url}");
    }

    #[test]
    fn pages_keep_what_tells_them_apart() {
        check(
            "https://Shop.Example:8443/a/b?size=L&colour=red#top",
            Some("shop.example"),
            Some("/a/b?size=L&colour=red"),
        );
        check("https://shop.example", Some("shop.example"), Some("/"));
        check("https://shop.example?x=1", Some("shop.example"), Some("/?x=1"));
        check("https://user:pw@shop.example/a", Some("shop.example"), Some("/a"));
        check("//shop.example/a", Some("shop.example"), Some("/a"));
        check("/a?b", None, Some("/a?b"));
        check("app://cart/checkout", Some("cart"), Some("/checkout"));
        check("https://shop.example/r?to=https://x.example/y", Some("shop.example"), Some("/r?to=https://x.example/y"));
        check("", None, None);
    }

    #[test]
    fn campaigns_click_ids_and_sessions_are_left_out() {
        check("https://s.example/p?utm_source=x&a=1&GCLID=2&b=2", Some("s.example"), Some("/p?a=1&b=2"));
        check("https://s.example/p?pk_campaign=x&mtm_kwd=y&fbclid=z", Some("s.example"), Some("/p"));
        check(
            "https://s.example/p?emst=Q&sc_src=email_1&sc_lid=2&sc_uid=u&sc_llid=3&sc_eh=h&q=1",
            Some("s.example"),
            Some("/p?q=1"),
        );
        check("https://s.example/p?PHPSESSID=x&sid=1&ASPSESSIONIDQQAB=3&q=1", Some("s.example"), Some("/p?q=1"));
        check("https://s.example/p;jsessionid=9A?q=1", Some("s.example"), Some("/p?q=1"));
    }

    #[test]
    fn no_url_is_no_page() {
        assert_eq!(parts_of(None), PageParts::default());
        assert_eq!(parts_of(Some(&Page::default())), PageParts::default());
    }
}
