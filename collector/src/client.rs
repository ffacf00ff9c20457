//! Who is calling: the client's address behind trusted proxies, and what is left of it once masked.
//!
//! Only what a trusted proxy wrote is believed, and of that the entry it added itself: the right-most address that is
//! not a trusted proxy's own. Anything further left was said by the caller.

use crate::book::{Network, SiteBook};
use http::HeaderMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns the client's address and whether a trusted proxy stands in front of it.
pub fn address(book: &SiteBook, peer: IpAddr, headers: &HeaderMap) -> (IpAddr, bool) {
    let peer = peer.to_canonical();
    if book.trusted_proxies.is_empty() || !book.is_trusted_proxy(peer) {
        return (peer, false);
    }
    let mut client = peer;
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        // What cannot be read was not written by a proxy of ours; everything left of it is hearsay.
        let Some(address) = parse_entry(entry) else { break };
        client = address;
        if !book.is_trusted_proxy(address) {
            break;
        }
    }
    (client, true)
}

/// Where a browser believes to have sent its request: what it called us, and whether nobody could listen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reached<'a> {
    /// The host with its port, as sent; empty if the request names none.
    pub host: &'a str,
    /// Whether a trusted proxy says that it was reached by HTTPS; we ourselves speak HTTP.
    pub https: bool,
}

impl<'a> Reached<'a> {
    /// Returns where a request of `peer` came to.
    pub fn of(book: &SiteBook, peer: IpAddr, headers: &'a HeaderMap) -> Self {
        if book.is_trusted_proxy(peer) { Self::by_proxy(headers) } else { Self::directly(headers) }
    }

    /// Returns where a request came to that no trusted proxy handed on.
    pub(crate) fn directly(headers: &'a HeaderMap) -> Self {
        Self { host: first(headers, "host").unwrap_or(""), https: false }
    }

    /// Returns where a request came to that a trusted proxy handed on.
    pub(crate) fn by_proxy(headers: &'a HeaderMap) -> Self {
        let host = first(headers, "x-forwarded-host").or_else(|| first(headers, "host")).unwrap_or("");
        let https = first(headers, "x-forwarded-proto").is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
        Self { host, https }
    }
}

/// Returns the first entry of a header: what the proxy nearest to the browser wrote.
fn first<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let entry = headers.get(name)?.to_str().ok()?.split(',').next()?.trim();
    (!entry.is_empty()).then_some(entry)
}

/// Reads `203.0.113.9`, `203.0.113.9:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn parse_entry(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim().trim_matches('"');
    let address = entry.parse::<IpAddr>().or_else(|_| entry.parse::<std::net::SocketAddr>().map(|s| s.ip()));
    let address = address.ok().or_else(|| entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok())?;
    Some(address.to_canonical())
}

/// Returns `address` cut to its network: /24 of IPv4, /48 of IPv6.
pub fn masked(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & (u32::MAX << 8))),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 80))),
    }
}

/// Says whether `address` lies in one of the `ranges`: addresses, CIDR ranges, or IPv4 with stars (`203.0.113.*`).
pub(crate) fn is_listed(ranges: &[String], address: IpAddr) -> bool {
    ranges.iter().any(|range| match Network::parse(range) {
        Some(network) => network.contains(address),
        None => matches_stars(range, address),
    })
}

fn matches_stars(pattern: &str, address: IpAddr) -> bool {
    let IpAddr::V4(address) = address.to_canonical() else { return false };
    let parts: Vec<&str> = pattern.trim().split('.').collect();
    parts.len() == 4
        && parts.iter().zip(address.octets()).all(|(part, octet)| *part == "*" || part.parse() == Ok(octet))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn check(peer: &str, forwarded: &[&'static str], expected: &str) {
        let proxies = ["10.0.0.0/8", "fd00::/8"].into_iter().filter_map(Network::parse).collect();
        let book = SiteBook { trusted_proxies: proxies, ..SiteBook::default() };
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let (address, _) = address(&book, peer.parse().unwrap(), &headers);
        assert_eq!(address.to_string(), expected, "{peer} {forwarded:?}");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        check("198.51.100.1", &["203.0.113.9"], "198.51.100.1");
        check("10.0.0.1", &["203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", &["6.6.6.6, 203.0.113.9, 10.0.0.2"], "203.0.113.9");
        check("10.0.0.1", &["6.6.6.6", "203.0.113.9:1234"], "203.0.113.9");
        check("10.0.0.1", &["6.6.6.6, nonsense"], "10.0.0.1");
        check("10.0.0.1", &["6.6.6.6, nonsense, 10.9.9.9"], "10.9.9.9");
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["[2001:db8::7]:80"], "2001:db8::7");
        check("::ffff:10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9");
    }

    #[test]
    fn masks_leave_the_network() {
        let cut = |a: &str| masked(a.parse().unwrap()).to_string();
        assert_eq!(cut("203.0.113.77"), "203.0.113.0");
        assert_eq!(cut("2001:db8:1:2:3:4:5:6"), "2001:db8:1::");
        assert_eq!(cut("::ffff:203.0.113.77"), "203.0.113.0");
    }

    #[test]
    fn lists_take_addresses_ranges_and_stars() {
        let listed = |range: &str, a: &str| is_listed(&[range.to_owned()], a.parse().unwrap());
        assert!(listed("203.0.113.7", "203.0.113.7"));
        assert!(listed("203.0.113.0/24", "203.0.113.7"));
        assert!(listed("203.0.113.*", "203.0.113.7"));
        assert!(!listed("203.0.114.*", "203.0.113.7"));
        assert!(!listed("nonsense", "203.0.113.7"));
        assert!(!listed("203.0.113.*", "2001:db8::1"));
    }
}
