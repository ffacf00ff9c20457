//! Referring hosts that are known by name: search engines, networks, AI assistants, video and shopping sites, and the
//! payment providers that are never a referrer.
//!
//! A lookup costs a few hash lookups and, for names that exist under many public suffixes, one look into the public
//! suffix list. What a kind means for medium and channel is decided in `source.rs` and `channel.rs`.

use std::collections::{HashMap, HashSet};

/// What kind of site a known host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// An AI assistant.
    Ai,
    /// A social network.
    Social,
    /// A search engine.
    Search,
    /// A video site.
    Video,
    /// A marketplace or price comparison.
    Shopping,
}

/// A known site.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// What kind of site it is.
    pub(crate) kind: Kind,
    /// The name that it has in reports.
    pub(crate) source: &'static str,
    /// Parameters of its URLs that hold the keyword.
    pub(crate) keywords: Vec<&'static str>,
}

/// One way to recognise a site by its host.
struct Rule {
    /// Index of the site.
    site: usize,
    /// Whether the host stands for itself alone.
    exact: bool,
    /// What the path must begin with; empty for any.
    path: &'static str,
}

/// The known sites.
pub(crate) struct Referrers {
    sites: Vec<Known>,
    /// By host, and by host with `*` for its public suffix.
    hosts: HashMap<&'static str, Vec<Rule>>,
    /// By the names that people write into `utm_source`.
    names: HashMap<&'static str, usize>,
    payment: HashSet<&'static str>,
}

/// Names in use beside a site's own.
const ALIASES: &[(&str, &str)] = &[
    ("adwords", "google"),
    ("bing ads", "bing"),
    ("chatgpt", "chatgpt.com"),
    ("claude", "claude.ai"),
    ("copilot", "copilot.microsoft.com"),
    ("fb", "facebook"),
    ("gemini", "gemini.google.com"),
    ("google-ads", "google"),
    ("googleads", "google"),
    ("ig", "instagram"),
    ("insta", "instagram"),
    ("meta", "facebook"),
    ("microsoft", "bing"),
    ("msn", "bing"),
    ("openai", "chatgpt.com"),
    ("perplexity", "perplexity.ai"),
    ("tik-tok", "tiktok"),
    ("x", "twitter"),
    ("yt", "youtube"),
];

impl Referrers {
    /// Returns the sites of `data/referrers.txt` and `data/payment_hosts.txt`.
    pub(crate) fn load() -> Self {
        let payment = lines_of(include_str!("../data/payment_hosts.txt")).collect();
        let mut known = Self { sites: Vec::new(), hosts: HashMap::new(), names: HashMap::new(), payment };
        for line in lines_of(include_str!("../data/referrers.txt")) {
            known.add(line);
        }
        for rules in known.hosts.values_mut() {
            // The longest path decides first.
            rules.sort_by_key(|r| std::cmp::Reverse(r.path.len()));
        }
        for (alias, name) in ALIASES {
            if let Some(site) = known.names.get(name).copied() {
                known.names.insert(alias, site);
            }
        }
        known
    }

    fn add(&mut self, line: &'static str) {
        let mut fields = line.split('|').map(str::trim);
        let kind = match fields.next() {
            Some("ai") => Kind::Ai,
            Some("social") => Kind::Social,
            Some("search") => Kind::Search,
            Some("video") => Kind::Video,
            Some("shopping") => Kind::Shopping,
            other => unreachable!("a test reads the data, and {other:?} is no kind"),
        };
        let source = fields.next().unwrap_or_default();
        let hosts = fields.next().unwrap_or_default();
        let keywords = fields.next().unwrap_or_default().split(' ').filter(|k| !k.is_empty()).collect();
        let site = self.sites.len();
        self.sites.push(Known { kind, source, keywords });
        self.names.entry(source).or_insert(site);
        for entry in hosts.split(' ').filter(|h| !h.is_empty()) {
            let (entry, exact) = entry.strip_prefix('=').map_or((entry, false), |e| (e, true));
            let (host, path) = entry.find('/').map_or((entry, ""), |at| entry.split_at(at));
            self.hosts.entry(host).or_default().push(Rule { site, exact, path });
        }
    }

    /// Returns the known site of a lower-case `host` and its `path`.
    pub(crate) fn find(&self, host: &str, path: &str) -> Option<&Known> {
        let mut starred = String::new();
        let mut rest = host;
        loop {
            let whole = rest.len() == host.len();
            let fits = |rules: &Vec<Rule>| {
                rules.iter().find(|r| (whole || !r.exact) && path.starts_with(r.path)).map(|r| &self.sites[r.site])
            };
            if let Some(found) = self.hosts.get(rest).and_then(fits) {
                return Some(found);
            }
            if star(rest, &mut starred)
                && let Some(found) = self.hosts.get(starred.as_str()).and_then(fits)
            {
                return Some(found);
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// Returns what kind of site a source names: by name, or as a host.
    pub(crate) fn kind_of_source(&self, source: &str) -> Option<Kind> {
        let lower = source.trim().to_ascii_lowercase();
        if let Some(site) = self.names.get(lower.as_str()) {
            return Some(self.sites[*site].kind);
        }
        if lower.contains('.') { self.find(&lower, "").map(|k| k.kind) } else { None }
    }

    /// Says whether a lower-case `host` belongs to a payment provider.
    pub(crate) fn is_payment(&self, host: &str) -> bool {
        host == "pay.amazon.com" || host == "pay.google.com" || parents(host).any(|h| self.payment.contains(h))
    }
}

/// Returns `host` and every domain above it.
pub(crate) fn parents(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |h| h.split_once('.').map(|(_, rest)| rest))
}

/// Writes `host` with `*` for its public suffix; false if it is one itself.
fn star(host: &str, out: &mut String) -> bool {
    let Some(suffix) = psl::suffix_str(host) else { return false };
    let Some(stem) = host.strip_suffix(suffix).filter(|s| s.len() > 1) else { return false };
    out.clear();
    out.push_str(stem);
    out.push('*');
    true
}

fn lines_of(data: &'static str) -> impl Iterator<Item = &'static str> {
    data.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_known_by_name() {
        let known = Referrers::load();
        let check = |host: &str, path: &str, expected: Option<(Kind, &str)>| {
            assert_eq!(known.find(host, path).map(|k| (k.kind, k.source)), expected, "{host}{path}");
        };
        check("www.google.com", "/search", Some((Kind::Search, "google")));
        check("google.co.uk", "/", Some((Kind::Search, "google")));
        check("mail.google.com", "/", None);
        check("gemini.google.com", "/app", Some((Kind::Ai, "gemini.google.com")));
        check("l.instagram.com", "/", Some((Kind::Social, "instagram")));
        check("x.com", "/someone", Some((Kind::Social, "twitter")));
        check("x.com", "/i/grok/1", Some((Kind::Ai, "grok.com")));
        check("netflix.com", "/", None);
        check("www.amazon.de", "/dp/1", Some((Kind::Shopping, "amazon")));
        check("s3.amazonaws.com", "/", None);
        check("de.search.yahoo.com", "/search", Some((Kind::Search, "yahoo")));
        check("m.youtube.com", "/watch", Some((Kind::Video, "youtube")));
        check("localhost", "/", None);
        check("", "", None);
    }

    #[test]
    fn sources_are_known_by_name_alias_or_host() {
        let known = Referrers::load();
        assert_eq!(known.kind_of_source("Google"), Some(Kind::Search));
        assert_eq!(known.kind_of_source("fb"), Some(Kind::Social));
        assert_eq!(known.kind_of_source("l.facebook.com"), Some(Kind::Social));
        assert_eq!(known.kind_of_source("newsletter"), None);
    }

    #[test]
    fn payment_providers_are_known_with_their_subdomains() {
        let known = Referrers::load();
        assert!(known.is_payment("checkout.stripe.com"));
        assert!(known.is_payment("paypal.com"));
        assert!(!known.is_payment("payment.provider.info"));
        assert!(!known.is_payment("notpaypal.com"));
    }
}
