//! The visitor's language, and the country it suggests where no place is known.
//!
//! The guess follows Matomo: a region named anywhere in the header wins, else the first language's main country. It
//! is made only where the site's settings ask for it.

/// Languages and the country that most of their speakers' browsers stand in.
const COUNTRIES: &[(&str, &str)] = &[
    ("bg", "BG"),
    ("ca", "ES"),
    ("cs", "CZ"),
    ("da", "DK"),
    ("de", "DE"),
    ("el", "GR"),
    ("en", "US"),
    ("es", "ES"),
    ("et", "EE"),
    ("fa", "IR"),
    ("fi", "FI"),
    ("fr", "FR"),
    ("he", "IL"),
    ("hr", "HR"),
    ("hu", "HU"),
    ("is", "IS"),
    ("it", "IT"),
    ("ja", "JP"),
    ("ko", "KR"),
    ("lt", "LT"),
    ("lv", "LV"),
    ("mk", "MK"),
    ("ms", "MY"),
    ("nb", "NO"),
    ("nl", "NL"),
    ("nn", "NO"),
    ("no", "NO"),
    ("pl", "PL"),
    ("pt", "PT"),
    ("ro", "RO"),
    ("ru", "RU"),
    ("sk", "SK"),
    ("sl", "SI"),
    ("sq", "AL"),
    ("sr", "RS"),
    ("sv", "SE"),
    ("th", "TH"),
    ("tr", "TR"),
    ("uk", "UA"),
    ("vi", "VN"),
    ("zh", "CN"),
];

/// Returns the first language of an `Accept-Language` text as a tag such as `de-DE`; `None` if it names none.
pub(crate) fn tag_of(accept_language: &str) -> Option<String> {
    let first = accept_language.split([',', ';']).next()?.trim();
    let mut parts = first.split(['-', '_']);
    let language = parts.next().filter(|l| matches!(l.len(), 2 | 3) && l.bytes().all(|b| b.is_ascii_alphabetic()))?;
    let mut tag = language.to_ascii_lowercase();
    if let Some(region) = parts.find_map(region_of) {
        tag.push('-');
        tag.push_str(&region);
    }
    Some(tag)
}

/// Returns the country that an `Accept-Language` text suggests, ISO 3166-1 alpha-2; `None` if it suggests none.
pub(crate) fn country_of(accept_language: &str) -> Option<String> {
    let mut regions = accept_language.split([',', ';']).flat_map(|tag| tag.trim().split(['-', '_']).skip(1));
    if let Some(country) = regions.find_map(region_of) {
        return Some(country);
    }
    let first = accept_language.split([',', ';', '-', '_']).next()?.trim().to_ascii_lowercase();
    COUNTRIES.iter().find(|(language, _)| *language == first).map(|(_, country)| (*country).to_owned())
}

fn region_of(part: &str) -> Option<String> {
    (part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic())).then(|| part.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_suggest_countries() {
        let check = |header: &str, tag: Option<&str>, country: Option<&str>| {
            assert_eq!((tag_of(header).as_deref(), country_of(header).as_deref()), (tag, country), "{header:?}");
        };
        check("fr", Some("fr"), Some("FR"));
        check("pl", Some("pl"), Some("PL"));
        check("en-gb,en;q=0.8", Some("en-GB"), Some("GB"));
        check("en", Some("en"), Some("US"));
        check("fr;q=0.9, de-AT;q=0.8", Some("fr"), Some("AT"));
        check("zh-Hans-CN", Some("zh-CN"), Some("CN"));
        check("*", None, None);
        check("eo", Some("eo"), None);
        check("", None, None);
    }
}
