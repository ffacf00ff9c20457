//! What is kept of a person: cookieless id, hashed e-mail, masked address, and what consent and opt-outs leave.
//!
//! Everything here happens before a hit is written, because nothing that must not be kept may reach the disk.
//! It knows the site's settings and nothing of visits.

use crate::book::{BookSite, SiteBook};
use commerce::hit::{ClientHints, Consent, Hit, flags};
use commerce::site::SiteSettings;
use http::header::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Most bytes of the language that go into a cookieless id.
const FINGERPRINT_LANGUAGE_BYTES: usize = 20;

// Names as constants: looking one up as text would parse it anew for every hit.
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");
const DNT: HeaderName = HeaderName::from_static("dnt");
const UA: HeaderName = HeaderName::from_static("sec-ch-ua");
const UA_FULL_VERSION_LIST: HeaderName = HeaderName::from_static("sec-ch-ua-full-version-list");
const UA_MOBILE: HeaderName = HeaderName::from_static("sec-ch-ua-mobile");
const UA_MODEL: HeaderName = HeaderName::from_static("sec-ch-ua-model");
const UA_PLATFORM: HeaderName = HeaderName::from_static("sec-ch-ua-platform");
const UA_PLATFORM_VERSION: HeaderName = HeaderName::from_static("sec-ch-ua-platform-version");

/// What a site's settings make of a visitor's objection to tracking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Objection {
    /// None was made, or the site ignores it.
    None,
    /// Ids out of cookies are dropped.
    Cookieless,
    /// The hit is not counted.
    Exclude,
}

/// Reads Global Privacy Control and Do Not Track out of `headers`, as `settings` want them understood.
pub(crate) fn objection(settings: &SiteSettings, headers: &HeaderMap) -> Objection {
    let says = |name: &HeaderName| headers.get(name).is_some_and(|v| v.as_bytes().trim_ascii() == b"1");
    let wants = |setting: &str, name: &HeaderName| match setting {
        "exclude" if says(name) => Objection::Exclude,
        "cookieless" if says(name) => Objection::Cookieless,
        _ => Objection::None,
    };
    match (wants(&settings.gpc, &SEC_GPC), wants(&settings.dnt, &DNT)) {
        (Objection::Exclude, _) | (_, Objection::Exclude) => Objection::Exclude,
        (Objection::Cookieless, _) | (_, Objection::Cookieless) => Objection::Cookieless,
        _ => Objection::None,
    }
}

/// Drops the ids that a visitor without cookies, or without consent, does not give.
pub(crate) fn drop_ids(hit: &mut Hit, objection: Objection) {
    if objection == Objection::Cookieless || hit.facts.consent == Some(Consent::None) {
        hit.person.visitor_id = None;
        hit.person.visit_id = None;
    }
    if hit.facts.consent == Some(Consent::None) {
        hit.person.user_id = None;
        hit.person.email = None;
        hit.person.email_hash = None;
    }
}

/// Puts the e-mail address into the form that the site's setting `contact` and the consent allow.
///
/// The dialect left it in `person.email` as it was sent.
pub(crate) fn settle_email(hit: &mut Hit, site: &BookSite) {
    let Some(sent) = hit.person.email.take() else { return };
    let Some(address) = normalised_email(&sent) else {
        hit.facts.flags = Some(hit.facts.flags.unwrap_or(0) | flags::VALUE_DROPPED);
        return;
    };
    if site.settings.contact == "none" {
        return;
    }
    hit.person.email_hash = Some(hash_email(&site.email_salt, &address));
    let refused = matches!(hit.facts.consent, Some(Consent::None | Consent::Analytics));
    if site.settings.contact == "clear" && !refused {
        hit.person.email = Some(address);
    }
}

/// Returns an e-mail address trimmed and in lower case, `None` if it is none.
pub fn normalised_email(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (name, host) = address.rsplit_once('@')?;
    let whole = !name.is_empty() && !host.is_empty() && address.len() <= 320 && !address.contains(char::is_whitespace);
    whole.then_some(address)
}

/// Returns the salted SHA-256 of a normalised e-mail address in hex. Imports of link codes must use the same.
pub fn hash_email(salt: &str, address: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(salt.as_bytes());
    hash.update(address.as_bytes());
    hex(&hash.finalize())
}

/// Returns `bytes` in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]).map(char::from).collect()
}

/// Returns the cookieless id: the same for one address and browser on one site for one civil day of the site, and
/// without the installation's secret nobody can compute it back. Never zero.
pub(crate) fn fingerprint(book: &SiteBook, site: &BookSite, hit: &Hit, address: IpAddr) -> u64 {
    let day = site.settings.timezone.day_of(hit.facts.occurred_at);
    let language = hit.facts.language.as_deref().unwrap_or("").as_bytes();
    let language = &language[..language.len().min(FINGERPRINT_LANGUAGE_BYTES)];
    let mut hash = Sha256::new();
    hash.update(book.secret);
    hash.update(site.id.0.to_le_bytes());
    hash.update(day.year().to_le_bytes());
    hash.update(day.day_of_year().to_le_bytes());
    match address.to_canonical() {
        IpAddr::V4(v4) => hash.update(v4.octets()),
        IpAddr::V6(v6) => hash.update(v6.octets()),
    }
    hash.update([0]);
    hash.update(hit.person.user_agent.as_deref().unwrap_or("").as_bytes());
    hash.update([0]);
    hash.update(language);
    let digest = hash.finalize();
    u64::from_le_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]]).max(1)
}

/// Returns what the client hints in `headers` say, `None` if there are none.
pub(crate) fn client_hints(headers: &HeaderMap) -> Option<ClientHints> {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let brands = text(UA_FULL_VERSION_LIST).or_else(|| text(UA)).map(read_brands).filter(|b| !b.is_empty());
    let hints = ClientHints {
        brands,
        mobile: text(UA_MOBILE).and_then(|v| match v.trim() {
            "?1" => Some(true),
            "?0" => Some(false),
            _ => None,
        }),
        model: text(UA_MODEL).and_then(unquoted),
        platform: text(UA_PLATFORM).and_then(unquoted),
        platform_version: text(UA_PLATFORM_VERSION).and_then(unquoted),
    };
    (hints != ClientHints::default()).then_some(hints)
}

fn unquoted(value: &str) -> Option<String> {
    let value = value.trim().trim_matches('"');
    (!value.is_empty()).then(|| value.to_owned())
}

/// Reads `"Chromium";v="124", "Not-A.Brand";v="99"`; browsers shuffle the order and add the second kind as noise.
fn read_brands(list: &str) -> Vec<(String, String)> {
    const BRANDS_MAX: usize = 8;
    let mut brands = Vec::new();
    for entry in list.split("\",").take(BRANDS_MAX) {
        let Some((name, version)) = entry.split_once(";v=") else { continue };
        let (Some(name), Some(version)) = (unquoted(name), unquoted(version)) else { continue };
        let noise = name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphabetic(), "").starts_with("nota");
        if !noise {
            brands.push((name, version));
        }
    }
    brands
}

#[cfg(test)]
mod tests;
