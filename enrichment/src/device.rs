//! What a visitor looks with: browser and operating system by uap-core's rules, the kind of device by a few of ours.
//!
//! Client hints win over the user agent where they say something. Versions are not kept: nobody reports on them, and
//! they would point to a person.

use commerce::hit::ClientHints;
use ua_parser::{Regexes, os, user_agent};

/// The compiled rules for browsers and operating systems.
pub(crate) struct Devices {
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

/// What a user agent says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Device {
    /// `desktop`, `mobile`, `tablet`, `tv`, `console` or `other`.
    pub(crate) kind: Option<&'static str>,
    /// Browser family.
    pub(crate) browser: Option<String>,
    /// Operating system family.
    pub(crate) os: Option<String>,
}

impl Devices {
    /// Returns the rules of `data/user_agents.yaml`.
    pub(crate) fn load() -> Self {
        let data = include_str!("../data/user_agents.yaml");
        let regexes: Regexes<'static> =
            serde_yaml_ng::from_str(data).expect("the rules are part of the program, and a test reads them");
        let browsers = user_agent::Builder::new().push_all(regexes.user_agent_parsers).map(user_agent::Builder::build);
        let systems = os::Builder::new().push_all(regexes.os_parsers).map(os::Builder::build);
        Self {
            browsers: browsers.ok().and_then(Result::ok).expect("the rules compile in a test"),
            systems: systems.ok().and_then(Result::ok).expect("the rules compile in a test"),
        }
    }

    /// Returns what `user_agent` says.
    pub(crate) fn read(&self, user_agent: &str) -> Device {
        let known = |family: &str| (family != "Other").then(|| family.to_owned());
        let browser = self.browsers.extract(user_agent).and_then(|b| known(&b.family));
        let os = self.systems.extract(user_agent).and_then(|s| known(&s.os));
        Device { kind: Some(kind_of(user_agent, os.as_deref())), browser, os }
    }
}

/// Returns `device` with what the client hints know better.
pub(crate) fn with_hints(mut device: Device, hints: &ClientHints) -> Device {
    if let Some(platform) = hints.platform.as_deref().filter(|p| !p.is_empty() && *p != "Unknown") {
        device.os = Some(match platform {
            "macOS" => "Mac OS X".to_owned(),
            other => other.to_owned(),
        });
    }
    // A browser on a tablet says it is not mobile; the user agent decided that already.
    if hints.mobile == Some(true) && device.kind != Some("tablet") {
        device.kind = Some("mobile");
    }
    if device.kind == Some("other")
        && hints.mobile == Some(false)
        && device.os.as_deref().is_some_and(is_desktop_system)
    {
        device.kind = Some("desktop");
    }
    if device.browser.is_none() {
        let brands = hints.brands.iter().flatten().map(|(brand, _)| brand.as_str());
        device.browser = brands.filter(|b| !b.contains("Brand") && *b != "Chromium").map(str::to_owned).next();
    }
    device
}

/// The rules, in order: what names itself a television or console is one; a tablet says so, is an iPad, or is Android
/// without "Mobile"; a phone says "Mobile" or is an iPhone; what runs a desktop system is a desktop.
fn kind_of(user_agent: &str, os: Option<&str>) -> &'static str {
    let lower = user_agent.to_ascii_lowercase();
    let any = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if any(&[
        "smart-tv",
        "smarttv",
        "hbbtv",
        "appletv",
        "apple tv",
        "googletv",
        "android tv",
        "aft",
        "crkey",
        "roku",
        "web0s",
        "webos.tv",
        "netcast",
        "bravia",
    ]) {
        return "tv";
    }
    if any(&["playstation", "xbox", "nintendo"]) {
        return "console";
    }
    if any(&["ipad", "tablet", "kindle", "silk/", "playbook"])
        || (lower.contains("android") && !lower.contains("mobile"))
    {
        return "tablet";
    }
    if any(&["iphone", "ipod", "mobile", "mobi", "windows phone", "blackberry", "opera mini"]) {
        return "mobile";
    }
    if os.is_some_and(is_desktop_system) { "desktop" } else { "other" }
}

fn is_desktop_system(os: &str) -> bool {
    os.starts_with("Windows")
        || os.starts_with("Mac OS")
        || matches!(
            os,
            "macOS"
                | "Linux"
                | "Ubuntu"
                | "Debian"
                | "Fedora"
                | "Mint"
                | "Chrome OS"
                | "Chromium OS"
                | "FreeBSD"
                | "OpenBSD"
                | "NetBSD"
                | "Solaris"
                | "SUSE"
                | "Red Hat"
                | "Gentoo"
                | "Arch Linux"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_say_browser_system_and_kind() {
        let devices = Devices::load();
        let check = |user_agent: &str, expected: (&str, &str, &str)| {
            let device = devices.read(user_agent);
            let text = |t: &Option<String>| t.clone().unwrap_or_default();
            let got = (device.kind.unwrap_or(""), text(&device.browser), text(&device.os));
            assert_eq!((got.0, got.1.as_str(), got.2.as_str()), expected, "{user_agent}");
        };
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
            ("desktop", "Chrome", "Windows"),
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
            ("mobile", "Mobile Safari", "iOS"),
        );
        check(
            "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
            ("tablet", "Mobile Safari", "iOS"),
        );
        check(
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
            ("mobile", "Chrome Mobile", "Android"),
        );
        check(
            "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
            ("tablet", "Chrome", "Android"),
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
            ("desktop", "Safari", "Mac OS X"),
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
            ("desktop", "Firefox", "Linux"),
        );
        check(
            "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
            ("console", "Safari", ""),
        );
        check("something", ("other", "", ""));
    }

    #[test]
    fn client_hints_win() {
        let device = Device { kind: Some("desktop"), browser: None, os: Some("Linux".to_owned()) };
        let hints = ClientHints {
            brands: Some(vec![
                ("Not.A/Brand".to_owned(), "8".to_owned()),
                ("Google Chrome".to_owned(), "124".to_owned()),
            ]),
            mobile: Some(true),
            platform: Some("Android".to_owned()),
            ..ClientHints::default()
        };
        let device = with_hints(device, &hints);
        assert_eq!(
            (device.kind, device.browser.as_deref(), device.os.as_deref()),
            (Some("mobile"), Some("Google Chrome"), Some("Android"))
        );
    }
}
