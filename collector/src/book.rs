//! The site book: what the door must know of sites, tokens, salts and proxies, as plain data.
//!
//! The server fills it and puts a fresh one in place when something changes; requests under way keep the old one.

use commerce::goal::Goal;
use commerce::hit::Dialect;
use commerce::ids::SiteId;
use commerce::site::{SiteSettings, host_of};
use std::collections::HashMap;
use std::net::IpAddr;

/// Everything the door knows. Cheap to read, replaced as a whole.
#[derive(Clone, Debug, Default)]
pub struct SiteBook {
    /// Sites by number.
    pub sites: HashMap<SiteId, BookSite>,
    /// Site numbers by their public collect key.
    pub by_key: HashMap<String, SiteId>,
    /// Site numbers by what their setting `dialects` lists: `name:key`.
    pub by_dialect: HashMap<String, SiteId>,
    /// Tokens by the SHA-256 of their text.
    pub tokens: HashMap<[u8; 32], Token>,
    /// Networks whose `X-Forwarded-For` and country headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Secret of this installation from which daily salts are derived.
    pub secret: [u8; 32],
}

/// A site as the door sees it.
#[derive(Clone, Debug)]
pub struct BookSite {
    /// Its number.
    pub id: SiteId,
    /// Its public key, which stands in pages.
    pub collect_key: String,
    /// Settings.
    pub settings: SiteSettings,
    /// Goals: a manual goal that does not exist is refused.
    pub goals: Vec<Goal>,
    /// Secret that signs browser orders.
    pub signing_secret: String,
    /// Salt of hashed e-mail addresses.
    pub email_salt: String,
    /// Secrets by which foreign senders prove who they are, the newest first; several while one replaces another.
    pub dialect_secrets: Vec<(Dialect, String)>,
}

impl BookSite {
    /// Returns the site's own hosts, without `www.`, that have the same owner as the host `ours`: their pages may keep
    /// a cookie that is set there. In the order of the settings, none twice.
    pub fn hosts_beside(&self, ours: &str) -> Vec<String> {
        let ours = host_of(ours);
        let mut hosts = Vec::new();
        for host in std::iter::once(&self.settings.domain).chain(&self.settings.origins).map(|own| host_of(own)) {
            let host = host.trim_start_matches("www.").to_owned();
            if is_same_site(&host, &ours) && !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }
}

/// Says whether a page on the host `page` and the host `ours` have the same owner, as browsers see it.
pub(crate) fn is_same_site(page: &str, ours: &str) -> bool {
    if page.is_empty() || page == ours {
        return !page.is_empty();
    }
    let is_address = |host: &str| host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    !is_address(page) && psl::domain_str(page).is_some_and(|domain| psl::domain_str(ours) == Some(domain))
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Send events from a browser; public.
    Collect,
    /// Send events from a server.
    Ingest,
    /// Send events of any age.
    Import,
    /// Read reports.
    Read,
    /// Read reports, and write what stands beside them: goals, segments, annotations.
    Edit,
    /// Everything, settings included.
    Admin,
}

impl Scope {
    /// Returns the scope's public name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Ingest => "ingest",
            Self::Import => "import",
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Admin => "admin",
        }
    }

    /// Returns the scope named `name`, `None` if there is none.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Collect, Self::Ingest, Self::Import, Self::Read, Self::Edit, Self::Admin]
            .into_iter()
            .find(|s| s.name() == name)
    }

    /// Says whether a token of this scope may do what `needed` names: admin may everything, import may ingest, edit may
    /// read.
    pub fn allows(self, needed: Self) -> bool {
        let beside = [(Self::Import, Self::Ingest), (Self::Edit, Self::Read)];
        self == needed || self == Self::Admin || beside.contains(&(self, needed))
    }
}

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The site it is for; `None` for every site (installation administrators).
    pub site: Option<SiteId>,
    /// What it may do.
    pub scope: Scope,
}

impl Token {
    /// Says whether the token may do `needed` on `site`.
    pub fn allows(&self, site: SiteId, needed: Scope) -> bool {
        self.site.is_none_or(|s| s == site) && self.scope.allows(needed)
    }
}

/// An address range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Any address in it.
    pub address: std::net::IpAddr,
    /// Number of leading bits that count.
    pub prefix: u8,
}

impl Network {
    /// Returns the network that `text` names: an address or CIDR; `None` if it names none.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address.parse().ok()?, Some(prefix.parse::<u8>().ok()?)),
            None => (text.trim().parse::<std::net::IpAddr>().ok()?, None),
        };
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        (prefix <= bits).then_some(Self { address, prefix })
    }

    /// Says whether `address` lies in the network. IPv4-mapped IPv6 addresses count as IPv4.
    pub fn contains(&self, address: std::net::IpAddr) -> bool {
        use std::net::IpAddr::{V4, V6};
        match (self.address.to_canonical(), address.to_canonical()) {
            (V4(a), V4(b)) => {
                let shift = 32_u32.saturating_sub(u32::from(self.prefix));
                u64::from(a.to_bits()) >> shift == u64::from(b.to_bits()) >> shift
            }
            (V6(a), V6(b)) => {
                let shift = 128_u32.saturating_sub(u32::from(self.prefix));
                shift >= 128 || a.to_bits() >> shift == b.to_bits() >> shift
            }
            _ => false,
        }
    }
}

impl SiteBook {
    /// Adds a site with its keys. Of several sites that list the same key the first has it.
    pub fn add_site(&mut self, site: BookSite) {
        self.by_key.insert(site.collect_key.clone(), site.id);
        for entry in site.settings.dialects.iter().filter(|entry| entry.contains(':')) {
            self.by_dialect.entry(entry.clone()).or_insert(site.id);
        }
        self.sites.insert(site.id, site);
    }

    /// Returns the site that takes `dialect` under the client's `key`, `None` if there is none.
    pub fn site_of_dialect(&self, dialect: Dialect, key: &str) -> Option<&BookSite> {
        let id = self.by_dialect.get(&format!("{}:{}", dialect.name(), key.trim()))?;
        self.sites.get(id)
    }

    /// Returns the site that takes `dialect` and whose own host `host` is, `None` if there is none. Of several the one
    /// with the lowest number.
    pub fn site_of_host(&self, dialect: Dialect, host: &str) -> Option<&BookSite> {
        let owns = |site: &&BookSite| site.settings.takes(dialect) && site.settings.is_own_host(host);
        self.sites.values().filter(owns).min_by_key(|site| site.id)
    }

    /// Returns the site with this number.
    pub fn site(&self, id: SiteId) -> Option<&BookSite> {
        self.sites.get(&id)
    }

    /// Returns the site that `text` names: its collect key, its number, a foreign client's key as its setting `dialects`
    /// lists it (`ga4:G-XXXX`), or one of its own hosts (`host:shop.example`).
    pub fn site_named(&self, text: &str) -> Option<&BookSite> {
        if let Some(host) = text.strip_prefix("host:") {
            return self.sites.values().filter(|site| site.settings.is_own_host(host)).min_by_key(|site| site.id);
        }
        let known = self.by_key.get(text).or_else(|| self.by_dialect.get(text)).copied();
        self.sites.get(&known.or_else(|| text.parse().ok().map(SiteId))?)
    }

    /// Returns what the token `text` may do, `None` if it is not known.
    ///
    /// The text is hashed and the hash looked up, so the time taken says nothing about any stored token.
    pub fn token(&self, text: &str) -> Option<Token> {
        use sha2::{Digest, Sha256};
        let hash: [u8; 32] = Sha256::digest(text.trim().as_bytes()).into();
        self.tokens.get(&hash).copied()
    }

    /// Says whether `address` belongs to a trusted proxy.
    pub fn is_trusted_proxy(&self, address: std::net::IpAddr) -> bool {
        self.trusted_proxies.iter().any(|n| n.contains(address))
    }
}
