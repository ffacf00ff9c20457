//! One tracking request: its parameters, the site they name, and what its token allows.
//!
//! Readers of single values stand here, so that a value that is left out or cut always leaves its mark on the hit.

use super::super::{Request, bearer_token};
use super::answer::Refusal;
use super::coerce;
use super::params::Params;
use super::piwik_pro;
use crate::book::{BookSite, Scope};
use crate::limits::URL_BYTES_MAX;
use commerce::hit::{Dialect, flags};
use commerce::ids::{EventId, SiteId};
use commerce::money::Amount;
use commerce::record::DropReason;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};

/// One tracking request whose site is known.
pub(super) struct Element<'a> {
    /// The HTTP request it came with.
    pub(super) request: &'a Request<'a>,
    /// Its parameters.
    pub(super) params: &'a Params<'a>,
    /// Its site.
    pub(super) site: &'a BookSite,
    /// Matomo's dialect, or Piwik PRO's.
    pub(super) dialect: Dialect,
    /// Whether a token came with it that may write to the site.
    pub(super) verified: bool,
    marks: Cell<u32>,
}

impl<'a> Element<'a> {
    /// Finds the site and the rights of a tracking request. `shared_token` is the token of the bulk around it.
    ///
    /// # Errors
    /// [`Refusal::SiteUnknown`], [`Refusal::AppUnknown`].
    pub(super) fn open(
        request: &'a Request<'a>,
        params: &'a Params<'a>,
        shared_token: Option<&str>,
    ) -> Result<Self, Refusal> {
        let number = params.integer("idsite").and_then(|id| u32::try_from(id).ok()).filter(|id| *id > 0);
        let by_number = number.and_then(|id| request.book.site(SiteId(id)));
        let dialect = piwik_pro::dialect_of(request);
        let site = match dialect {
            Dialect::PiwikPro => piwik_pro::site(request, params, by_number).ok_or(Refusal::AppUnknown)?,
            _ => by_number.ok_or(Refusal::SiteUnknown)?,
        };
        // A wrong token on a request that needs none is harmless, so any valid one of the three will do.
        let verified = [params.token(), shared_token, bearer_token(request.headers)]
            .into_iter()
            .flatten()
            .any(|text| request.book.token(text).is_some_and(|token| token.allows(site.id, Scope::Ingest)));
        Ok(Self { request, params, site, dialect, verified, marks: Cell::new(0) })
    }

    /// Sets a mark of [`flags`] on the hit.
    pub(super) fn mark(&self, mark: u32) {
        self.marks.set(self.marks.get() | mark);
    }

    /// Returns the marks set so far, `None` for none.
    pub(super) fn marks(&self) -> Option<u32> {
        Some(self.marks.get()).filter(|marks| *marks != 0)
    }

    /// Returns the text decoded, trimmed and cut to `bytes_max`; `None` if nothing is left.
    pub(super) fn tidy(&self, text: &str, bytes_max: usize) -> Option<String> {
        let decoded = coerce::text(text);
        let (text, was_cut) = coerce::cut(decoded.trim(), bytes_max);
        if was_cut {
            self.mark(flags::TRUNCATED);
        }
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Returns the parameter as a text of at most `bytes_max` bytes; `None` if it was not sent or is blank.
    pub(super) fn text(&self, name: &str, bytes_max: usize) -> Option<String> {
        self.params.get(name).and_then(|text| self.tidy(text, bytes_max))
    }

    /// Returns the parameter as an address.
    pub(super) fn url(&self, name: &str) -> Option<String> {
        self.text(name, URL_BYTES_MAX)
    }

    /// Returns the page's address. An image in a page sends none: the browser's `Referer` stands for it.
    pub(super) fn page_url(&self) -> Option<String> {
        if self.params.get("url").is_some() || self.params.get("urlref").is_some() {
            return self.url("url");
        }
        header(self.request, "referer").and_then(|url| self.tidy(&url, URL_BYTES_MAX))
    }

    /// Returns how many decimals an amount keeps: Matomo's two, or more where the site's currency has more.
    pub(super) fn decimals(&self) -> u32 {
        self.site.settings.currency.decimals().max(2)
    }

    /// Returns the parameter as an amount; `None` if it was not sent or is no number.
    pub(super) fn amount(&self, name: &str) -> Option<Amount> {
        let text = self.params.get(name)?;
        let Some(parsed) = coerce::amount(text, self.decimals()) else {
            self.mark(flags::VALUE_DROPPED);
            return None;
        };
        if parsed.rounded {
            self.mark(flags::ROUNDED);
        }
        Some(parsed.value)
    }

    /// Says whether the parameter is a number, but one that no amount can hold.
    pub(super) fn is_out_of_range(&self, name: &str) -> bool {
        let Some(text) = self.params.get(name) else { return false };
        let is_number = coerce::decimal(text).is_some();
        is_number && coerce::amount(text, self.decimals()).is_none()
    }

    /// Returns the client's address where the request claims another one than its own.
    ///
    /// # Errors
    /// [`Refusal::TokenForAddress`].
    pub(super) fn claimed_ip(&self) -> Result<Option<IpAddr>, Refusal> {
        let Some(text) = self.params.get("cip") else { return Ok(None) };
        if !self.verified {
            return Err(Refusal::TokenForAddress);
        }
        let text = text.trim();
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
        if address.is_none() {
            self.mark(flags::VALUE_DROPPED);
        }
        Ok(address)
    }

    /// Returns why the request is not counted although it is valid.
    pub(super) fn exclusion(&self) -> Option<DropReason> {
        if self.params.integer("rec").unwrap_or(0) == 0 {
            return Some(DropReason::RecordingOff);
        }
        if self.has_ignore_cookie() {
            return Some(DropReason::OptedOut);
        }
        let purpose = header(self.request, "x-purpose").is_some_and(|p| matches!(p.as_ref(), "preview" | "instant"));
        if purpose || header(self.request, "x-moz").is_some_and(|p| p == "prefetch") {
            return Some(DropReason::Prefetch);
        }
        (self.params.integer("recMode") == Some(1)).then_some(DropReason::CrawlerReport)
    }

    /// Says whether the visitor carries Matomo's opt-out cookie: its value holds the Base64 of `*`.
    fn has_ignore_cookie(&self) -> bool {
        self.request.headers.get_all("cookie").iter().any(|line| {
            String::from_utf8_lossy(line.as_bytes()).split(';').any(|cookie| {
                let (name, value) = cookie.trim().split_once('=').unwrap_or_default();
                matches!(name, "matomo_ignore" | "piwik_ignore")
                    && percent_decode_str(value).decode_utf8_lossy().contains("ignore=Kg==")
            })
        })
    }

    /// Returns the event's id: the same for a retry if the client sends its random number, else a fresh one.
    ///
    /// Requests that name no visitor also differ by address and browser, so that one image tag with a fixed random
    /// number is not one event for everybody. Both go in through a keyed hash: the id outlives the person.
    pub(super) fn event_id(&self) -> EventId {
        let has_nonce = self.params.get("r").or_else(|| self.params.get("rand")).is_some();
        if !has_nonce {
            self.mark(flags::NO_EVENT_ID);
            return (self.request.new_id)();
        }
        let pairs = self.params.canonical();
        let mut parts: Vec<&[u8]> = pairs.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]).collect();
        let mut sender = [0_u8; 32];
        if ["cid", "_id", "uid"].iter().all(|name| self.params.get(name).is_none()) {
            let agent = self.params.get("ua").map(Cow::from).or_else(|| header(self.request, "user-agent"));
            let mut hash = Sha256::new();
            hash.update(self.request.book.secret);
            hash.update(self.request.client_ip.to_string());
            hash.update(agent.unwrap_or_default().as_bytes());
            sender = hash.finalize().into();
        }
        parts.push(&sender);
        EventId::derived(&parts)
    }
}

/// Returns a header's text, `None` if there is no such header.
pub(super) fn header<'a>(request: &Request<'a>, name: &str) -> Option<Cow<'a, str>> {
    request.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
}
