//! A site's settings: every switch by its public name, with its default.
//!
//! Settings travel as text (`name=value`): in the API, on the command line and in the journal, so a new setting needs
//! no new format. They hold from their journal position on.

use crate::hit::Dialect;
use crate::money::{Amount, Currency};
use crate::time::Zone;

/// The settings of one site as they stand at some journal position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    /// The shop's main host; never a referrer.
    pub domain: String,
    /// What people call the shop; empty for its domain.
    pub name: String,
    /// Reporting currency.
    pub currency: Currency,
    /// Time zone of its civil days.
    pub timezone: Zone,
    /// Whether reports show orders and carts. They are kept either way.
    pub ecommerce: bool,
    /// True if weeks start on Sunday; ISO weeks otherwise.
    pub week_starts_sunday: bool,
    /// A gap this long or longer starts a new visit.
    pub visit_timeout_s: i64,
    /// Longest visit; 0 for no limit.
    pub visit_cap_s: i64,
    /// Whether a new civil day starts a new visit.
    pub split_at_midnight: bool,
    /// Whether another campaign starts a new visit, unless the visit was direct.
    pub split_on_campaign: bool,
    /// Whether another website as referrer starts a new visit.
    pub split_on_referrer: bool,
    /// Whether hits of origin server open and extend visits.
    pub server_hits_open_visits: bool,
    /// Whether the country is guessed from the browser's language where no place is known.
    pub country_from_language: bool,
    /// Whether a cart belongs to one visit; else it carries over visits and devices of one customer.
    pub cart_per_visit: bool,
    /// A cart unchanged for this long is abandoned; 0 at once.
    pub cart_idle_s: i64,
    /// How long after its last change an order still ends a cart.
    pub cart_window_days: i64,
    /// Whether item prices contain tax.
    pub prices_include_tax: bool,
    /// Whether orders without proof of their source count.
    pub count_unverified_orders: bool,
    /// True if orders count when paid; when placed otherwise.
    pub count_orders_on_paid: bool,
    /// True if refunds are booked on their order's date; on their own otherwise.
    pub refunds_on_order_date: bool,
    /// Attribution model by its name in RULES.
    pub attribution_model: String,
    /// How far back a touch counts.
    pub attribution_window_days: i64,
    /// How far back a browser may date an event.
    pub backdate_browser_days: i64,
    /// How far back a server may date an event.
    pub backdate_server_days: i64,
    /// What is kept of contacts: `none`, `hash` or `clear`.
    pub contact: String,
    /// Whether IP addresses are cut before they are stored.
    pub ip_mask: bool,
    /// What Global Privacy Control does: `cookieless`, `ignore` or `exclude`.
    pub gpc: String,
    /// What Do Not Track does: `ignore`, `cookieless` or `exclude`.
    pub dnt: String,
    /// The site's own origins or hosts, beside `domain`.
    pub origins: Vec<String>,
    /// Whether our tracker, where its page does not say otherwise, keeps a visitor's id; the server keeps none if not.
    pub tracker_cookies: bool,
    /// Whether our tracker tells page views by itself.
    pub tracker_auto: bool,
    /// Whether our tracker waits for consent before it tells anything.
    pub tracker_wait: bool,
    /// Own hosts to which links carry the visitor's id.
    pub tracker_domains: Vec<String>,
    /// What is delivered with our tracker: of [`TRACKER_MODULES`].
    pub tracker_modules: Vec<String>,
    /// Foreign dialects that the site takes: `name`, or `name:key` where the client has a key of its own.
    pub dialects: Vec<String>,
    /// Whether prices that Emarsys' `ScarabQueue` sends are those of a piece; of the whole line otherwise.
    pub emarsys_unit_prices: bool,
    /// The shop's own names of Heap's events: `order`, `purchase` or `refund` of the sample schema, with the name.
    pub heap_events: Vec<(String, String)>,
    /// Addresses or CIDR ranges whose hits are left out.
    pub excluded_ips: Vec<String>,
    /// Hosts that are never referrers (payment providers beyond the built-in list).
    pub excluded_referrers: Vec<String>,
    /// Orders above this are quarantined; `None` for no cap.
    pub order_value_max: Option<Amount>,
    /// How long traffic is kept; 0 for ever.
    pub retention_days: i64,
    /// How long orders are kept; 0 for ever.
    pub order_retention_days: i64,
}

/// Why a setting was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingError {
    /// No setting has this name.
    Unknown(String),
    /// The value, which stands last, is not one of what the setting takes, which the second text says.
    Invalid(String, &'static str, String),
}

impl std::fmt::Display for SettingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "no setting is named `{name}`"),
            Self::Invalid(name, takes, _) => write!(f, "`{name}` takes {takes}"),
        }
    }
}

impl std::error::Error for SettingError {}

impl SiteSettings {
    /// Returns the defaults for a shop at `domain`.
    pub fn new(domain: &str, currency: Currency, timezone: Zone) -> Self {
        Self {
            domain: host_of(domain),
            name: String::new(),
            currency,
            timezone,
            ecommerce: true,
            week_starts_sunday: false,
            visit_timeout_s: 1800,
            visit_cap_s: 43_200,
            split_at_midnight: false,
            split_on_campaign: false,
            split_on_referrer: false,
            server_hits_open_visits: false,
            country_from_language: false,
            cart_per_visit: false,
            cart_idle_s: 1800,
            cart_window_days: 30,
            prices_include_tax: false,
            count_unverified_orders: true,
            count_orders_on_paid: false,
            refunds_on_order_date: false,
            attribution_model: "last_non_direct".to_owned(),
            attribution_window_days: 30,
            backdate_browser_days: 7,
            backdate_server_days: 30,
            contact: "hash".to_owned(),
            ip_mask: true,
            gpc: "cookieless".to_owned(),
            dnt: "ignore".to_owned(),
            origins: Vec::new(),
            tracker_cookies: true,
            tracker_auto: true,
            tracker_wait: false,
            tracker_domains: Vec::new(),
            tracker_modules: Vec::new(),
            dialects: Vec::new(),
            heap_events: Vec::new(),
            emarsys_unit_prices: false,
            excluded_ips: Vec::new(),
            excluded_referrers: Vec::new(),
            order_value_max: None,
            retention_days: 0,
            order_retention_days: 0,
        }
    }

    /// Changes the setting `name`, or applies the preset `matomo_compat`, from text.
    ///
    /// # Errors
    /// [`SettingError`] if there is no such setting or it does not take `value`; nothing is changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        if name == "matomo_compat" {
            return match read_bool(value) {
                Some(true) => {
                    self.apply_matomo_compat();
                    Ok(())
                }
                Some(false) => Ok(()),
                None => Err(SettingError::Invalid(name.to_owned(), "true or false", value.to_owned())),
            };
        }
        let entry = SETTINGS.iter().find(|s| s.name == name).ok_or_else(|| SettingError::Unknown(name.to_owned()))?;
        let took = (entry.set)(self, value.trim());
        if took { Ok(()) } else { Err(SettingError::Invalid(name.to_owned(), entry.takes, value.to_owned())) }
    }

    /// Returns every setting by name, as text that [`Self::set`] accepts, in the order of the documentation.
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        SETTINGS.iter().map(|s| (s.name, (s.get)(self))).collect()
    }

    /// Returns the settings that `entries` describe, over the defaults; unknown names are left out, so that an older
    /// version can read the journal of a newer one.
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let euro = Currency::parse("EUR").expect("ISO 4217 lists the euro");
        let mut settings = Self::new("", euro, Zone::utc());
        for (name, value) in entries {
            // A value that this version does not know leaves the default in place.
            drop(settings.set(name, value));
        }
        settings
    }

    /// Says whether `host` is the shop's own: its domain or one of its origins, with or without `www.`.
    pub fn is_own_host(&self, host: &str) -> bool {
        let bare = |h: &str| h.to_ascii_lowercase().trim_start_matches("www.").to_owned();
        let host = bare(host);
        !host.is_empty() && (bare(&self.domain) == host || self.origins.iter().any(|o| bare(&host_of(o)) == host))
    }

    /// Says whether the site takes `dialect`, under whichever key.
    pub fn takes(&self, dialect: Dialect) -> bool {
        let name = |entry: &str| entry.split_once(':').map_or(entry, |(name, _)| name) == dialect.name();
        !dialect.is_optional() || self.dialects.iter().any(|entry| name(entry))
    }

    fn apply_matomo_compat(&mut self) {
        self.split_at_midnight = true;
        self.split_on_campaign = true;
        self.server_hits_open_visits = true;
        self.country_from_language = true;
        self.cart_per_visit = true;
        self.cart_idle_s = 0;
        self.visit_cap_s = 0;
    }
}

/// Returns the lower-case host of `text`, which is a URL, an origin, or a host already.
pub fn host_of(text: &str) -> String {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.trim_start_matches("//");
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("");
    let host = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// One setting: its name, what it takes, and how text becomes it and back.
pub struct Setting {
    /// Public name.
    pub name: &'static str,
    /// What values it takes, for people.
    pub takes: &'static str,
    set: fn(&mut SiteSettings, &str) -> bool,
    get: fn(&SiteSettings) -> String,
}

fn read_bool(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Reads one entry of `heap_events`: the word of Heap's sample schema, and the shop's own name.
fn read_heap_event(entry: &str) -> Option<(String, String)> {
    let (word, name) = entry.split_once('=')?;
    let (word, name) = (word.trim().to_ascii_lowercase(), name.trim());
    let known = matches!(word.as_str(), "order" | "purchase" | "refund") && !name.is_empty();
    known.then(|| (word, name.to_owned()))
}

fn read_list(text: &str) -> Vec<String> {
    text.split([',', '\n', ' ']).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

macro_rules! setting {
    ($name:literal, bool $field:ident) => {
        Setting {
            name: $name,
            takes: "true or false",
            set: |s, v| read_bool(v).is_some_and(|b| { s.$field = b; true }),
            get: |s| s.$field.to_string(),
        }
    };
    ($name:literal, int $field:ident $range:expr, $takes:literal) => {
        Setting {
            name: $name,
            takes: $takes,
            set: |s, v| v.parse::<i64>().ok().filter(|n| $range.contains(n)).is_some_and(|n| { s.$field = n; true }),
            get: |s| s.$field.to_string(),
        }
    };
    ($name:literal, flag $field:ident $off:literal $on:literal, $takes:literal) => {
        Setting {
            name: $name,
            takes: $takes,
            set: |s, v| match v { $off => { s.$field = false; true } $on => { s.$field = true; true } _ => false },
            get: |s| (if s.$field { $on } else { $off }).to_owned(),
        }
    };
    ($name:literal, word $field:ident [$($word:literal)|+], $takes:literal) => {
        Setting {
            name: $name,
            takes: $takes,
            set: |s, v| { let known = matches!(v, $($word)|+); if known { v.clone_into(&mut s.$field); } known },
            get: |s| s.$field.clone(),
        }
    };
    ($name:literal, list $field:ident) => {
        Setting {
            name: $name,
            takes: "a list separated by commas",
            set: |s, v| { s.$field = read_list(v); true },
            get: |s| s.$field.join(","),
        }
    };
}

/// What may be delivered with our tracker.
pub const TRACKER_MODULES: [&str; 2] = ["autocapture", "vitals"];

/// Every setting, in the order of the documentation (EVENTS.md, Site settings).
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "domain",
        takes: "a host such as shop.example",
        set: |s, v| {
            s.domain = host_of(v);
            !v.is_empty()
        },
        get: |s| s.domain.clone(),
    },
    Setting {
        name: "name",
        takes: "a text of at most 100 characters, or nothing for the domain",
        set: |s, v| {
            let fits = v.chars().count() <= 100 && !v.chars().any(char::is_control);
            if fits {
                v.trim().clone_into(&mut s.name);
            }
            fits
        },
        get: |s| s.name.clone(),
    },
    Setting {
        name: "currency",
        takes: "an ISO 4217 code such as EUR",
        set: |s, v| {
            Currency::parse(v).is_some_and(|c| {
                s.currency = c;
                true
            })
        },
        get: |s| s.currency.to_string(),
    },
    Setting {
        name: "timezone",
        takes: "an IANA zone such as Europe/Berlin",
        set: |s, v| {
            Zone::parse(v).is_some_and(|z| {
                s.timezone = z;
                true
            })
        },
        get: |s| s.timezone.name().to_owned(),
    },
    setting!("ecommerce", bool ecommerce),
    setting!("week_start", flag week_starts_sunday "monday" "sunday", "monday or sunday"),
    setting!("visit_timeout_s", int visit_timeout_s 60..=86_400, "60 to 86400 seconds"),
    setting!("visit_cap_s", int visit_cap_s 0..=86_400, "0 (no limit) to 86400 seconds"),
    setting!("split_at_midnight", bool split_at_midnight),
    setting!("split_on_campaign", bool split_on_campaign),
    setting!("split_on_referrer", bool split_on_referrer),
    setting!("server_hits_open_visits", bool server_hits_open_visits),
    setting!("country_from_language", bool country_from_language),
    setting!("cart_scope", flag cart_per_visit "customer" "visit", "customer or visit"),
    setting!("cart_idle_s", int cart_idle_s 0..=31_536_000, "0 (at once) to 31536000 seconds"),
    setting!("cart_window_days", int cart_window_days 1..=400, "1 to 400 days"),
    setting!("prices_include_tax", bool prices_include_tax),
    setting!("count_unverified_orders", bool count_unverified_orders),
    setting!("count_orders_on", flag count_orders_on_paid "placed" "paid", "placed or paid"),
    setting!("refund_view", flag refunds_on_order_date "refund_date" "order_date", "refund_date or order_date"),
    setting!("attribution_model",
        word attribution_model ["last_non_direct" | "first" | "last" | "linear" | "position" | "j" | "inverse_j" | "time_decay" | "markov" | "shapley"],
        "last_non_direct, first, last, linear, position, j, inverse_j, time_decay, markov or shapley"),
    setting!("attribution_window_days", int attribution_window_days 1..=400, "1 to 400 days"),
    setting!("backdate_browser_days", int backdate_browser_days 0..=3_650, "0 to 3650 days"),
    setting!("backdate_server_days", int backdate_server_days 0..=3_650, "0 to 3650 days"),
    setting!("contact", word contact ["none" | "hash" | "clear"], "none, hash or clear"),
    setting!("ip_mask", bool ip_mask),
    setting!("gpc", word gpc ["cookieless" | "ignore" | "exclude"], "cookieless, ignore or exclude"),
    setting!("dnt", word dnt ["cookieless" | "ignore" | "exclude"], "ignore, cookieless or exclude"),
    setting!("origins", list origins),
    setting!("tracker_cookies", bool tracker_cookies),
    setting!("tracker_auto", bool tracker_auto),
    setting!("tracker_wait", bool tracker_wait),
    setting!("tracker_domains", list tracker_domains),
    Setting {
        name: "tracker_modules",
        takes: "a list of autocapture and vitals",
        set: |s, v| {
            let modules = read_list(v);
            let known = modules.iter().all(|name| TRACKER_MODULES.contains(&name.as_str()));
            if known {
                s.tracker_modules = modules;
            }
            known
        },
        get: |s| s.tracker_modules.join(","),
    },
    Setting {
        name: "dialects",
        takes: "a list of dialects, each with its client's key where it has one, such as ahoy,segment:WRITE_KEY",
        set: |s, v| {
            let dialects = read_list(v);
            let known = dialects.iter().all(|entry| {
                let name = entry.split_once(':').map_or(entry.as_str(), |(name, _)| name);
                Dialect::parse(name).is_some_and(Dialect::is_optional)
            });
            if known {
                s.dialects = dialects;
            }
            known
        },
        get: |s| s.dialects.join(","),
    },
    setting!("emarsys_price", flag emarsys_unit_prices "line" "unit", "line or unit"),
    Setting {
        name: "heap_events",
        takes: "the shop's names of Heap's events, such as order=Order Placed;purchase=Item Bought;refund=Money Back",
        set: |s, v| {
            let names: Vec<(String, String)> =
                v.split(';').filter(|entry| !entry.trim().is_empty()).filter_map(read_heap_event).collect();
            let known = names.len() == v.split(';').filter(|entry| !entry.trim().is_empty()).count();
            if known {
                s.heap_events = names;
            }
            known
        },
        get: |s| s.heap_events.iter().map(|(word, name)| format!("{word}={name}")).collect::<Vec<_>>().join(";"),
    },
    setting!("excluded_ips", list excluded_ips),
    setting!("excluded_referrers", list excluded_referrers),
    Setting {
        name: "order_value_max",
        takes: "a decimal amount, or nothing for no cap",
        set: |s, v| {
            if v.is_empty() {
                s.order_value_max = None;
                return true;
            }
            Amount::parse(v).is_ok_and(|p| {
                s.order_value_max = Some(p.value);
                true
            })
        },
        get: |s| s.order_value_max.map_or_else(String::new, |a| a.to_string()),
    },
    setting!("retention_days", int retention_days 0..=36_500, "0 (for ever) to 36500 days"),
    setting!("order_retention_days", int order_retention_days 0..=36_500, "0 (for ever) to 36500 days"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> SiteSettings {
        SiteSettings::new("https://www.Shop.example/", Currency::parse("EUR").unwrap(), Zone::utc())
    }

    #[test]
    fn every_setting_survives_the_way_through_text() {
        let mut settings = site();
        settings.set("matomo_compat", "true").unwrap();
        settings.set("origins", "https://a.example, b.example:8443").unwrap();
        settings.set("order_value_max", "5000").unwrap();
        settings.set("timezone", "Europe/Berlin").unwrap();
        let entries = settings.entries();
        let read = SiteSettings::from_entries(entries.iter().map(|(n, v)| (*n, v.as_str())));
        assert_eq!(read, settings);
    }

    #[test]
    fn wrong_names_and_values_change_nothing() {
        let mut settings = site();
        assert_eq!(settings.set("colour", "red"), Err(SettingError::Unknown("colour".to_owned())));
        assert!(matches!(settings.set("visit_timeout_s", "soon"), Err(SettingError::Invalid(..))));
        assert!(matches!(settings.set("timezone", "Mars/Olympus"), Err(SettingError::Invalid(..))));
        assert!(matches!(settings.set("tracker_modules", "vitals,clicks"), Err(SettingError::Invalid(..))));
        assert_eq!(settings, site());
    }

    #[test]
    fn own_hosts_are_recognised_in_every_spelling() {
        let mut settings = site();
        settings.set("origins", "https://pay.shop.example:8443/x").unwrap();
        assert!(settings.is_own_host("shop.example"));
        assert!(settings.is_own_host("WWW.shop.example"));
        assert!(settings.is_own_host("pay.shop.example"));
        assert!(!settings.is_own_host("other.example"));
        assert!(!settings.is_own_host(""));
    }
}
