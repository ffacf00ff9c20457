//! Where an address lies: out of an operator's own MMDB file, else out of the headers of a trusted proxy.
//!
//! It is asked before the address is masked and remembers nothing. A file that cannot answer is no fault of the hit:
//! the place then stays unknown.

use commerce::hit::Place;
use http::HeaderMap;
use std::net::IpAddr;
use std::path::Path;

/// Finds places. The default knows no file and reads proxies' headers only.
#[derive(Debug, Default)]
pub struct PlaceFinder {
    reader: Option<maxminddb::Reader<Vec<u8>>>,
}

/// Headers in which well-known proxies state the visitor's country, region and city.
const COUNTRY_HEADERS: &[&str] =
    &["cf-ipcountry", "cloudfront-viewer-country", "x-vercel-ip-country", "x-appengine-country", "x-country-code"];
const REGION_HEADERS: &[&str] = &["cf-region-code", "cloudfront-viewer-country-region", "x-vercel-ip-country-region"];
const CITY_HEADERS: &[&str] = &["cf-ipcity", "cloudfront-viewer-city", "x-vercel-ip-city", "x-appengine-city"];

impl PlaceFinder {
    /// Returns a finder that reads the MMDB file at `path`, which is loaded into memory.
    ///
    /// # Errors
    /// A sentence about what is wrong with the file.
    pub fn open(path: &Path) -> Result<Self, String> {
        let reader = maxminddb::Reader::open_readfile(path)
            .map_err(|e| format!("failed to read places from `{}`: {e}", path.display()))?;
        Ok(Self { reader: Some(reader) })
    }

    /// Returns where `address` lies as far as the file knows.
    pub(crate) fn of_address(&self, address: IpAddr) -> Option<Place> {
        let found = self.reader.as_ref()?.lookup(address).ok()?.decode::<maxminddb::geoip2::City<'_>>().ok()??;
        let country = found.country.iso_code.and_then(country_code)?;
        let region = found.subdivisions.first().and_then(|s| s.iso_code).map(str::to_owned);
        Some(Place { country: Some(country), region, city: found.city.names.english.map(str::to_owned) })
    }
}

/// Returns the place that a trusted proxy states in `headers`.
pub(crate) fn of_headers(headers: &HeaderMap) -> Option<Place> {
    let first =
        |names: &[&str]| names.iter().find_map(|n| headers.get(*n)).and_then(|v| v.to_str().ok()).map(str::trim);
    let country = first(COUNTRY_HEADERS).and_then(country_code)?;
    // City names are percent-encoded by some proxies.
    let city = first(CITY_HEADERS).map(|c| percent_encoding::percent_decode_str(c).decode_utf8_lossy().into_owned());
    let region = first(REGION_HEADERS).map(str::to_owned);
    Some(Place {
        country: Some(country),
        region: region.filter(|r| !r.is_empty()),
        city: city.filter(|c| !c.is_empty()),
    })
}

/// Returns `code` in upper case if it is a country's; proxies say XX, ZZ and T1 (Tor) where they know none.
fn country_code(code: &str) -> Option<String> {
    let letters = code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic());
    let code = code.to_ascii_uppercase();
    (letters && !matches!(code.as_str(), "XX" | "ZZ" | "AP" | "EU")).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn check(headers: &[(&'static str, &'static str)], expected: Option<(&str, Option<&str>)>) {
        let headers: HeaderMap =
            headers.iter().map(|(n, v)| (http::HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        let place = of_headers(&headers);
        let expected = expected.map(|(country, city)| Place {
            country: Some(country.to_owned()),
            region: None,
            city: city.map(str::to_owned),
        });
        assert_eq!(place, expected, "{headers:?}");
    }

    #[test]
    fn proxies_state_the_country() {
        check(&[("cf-ipcountry", "de")], Some(("DE", None)));
        check(
            &[("cf-ipcountry", "FR"), ("x-vercel-ip-city", "Saint-%C3%89tienne")],
            Some(("FR", Some("Saint-Étienne"))),
        );
        check(&[("cf-ipcountry", "XX")], None);
        check(&[("cf-ipcountry", "T1")], None);
        check(&[("x-vercel-ip-city", "Paris")], None);
        check(&[], None);
    }
}
