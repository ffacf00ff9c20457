//! A body taken apart into its events, without a look into any of them.
//!
//! A body that is no JSON is refused as a whole: where one event ends and the next begins cannot be known then. Two
//! kinds of damage are mended first, because they would cost the good events beside the bad one: bytes that are no
//! UTF-8 become U+FFFD, and the bare words `NaN` and `Infinity`, which some languages write for JSON, become strings.

use super::json;
use crate::limits::EVENTS_PER_REQUEST_MAX;
use crate::reject::Reject;
use commerce::time::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A body: whose it is, when it left, and its events as JSON text.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    site: Option<&'a str>,
    sent_at: Option<&'a str>,
    visitor_id: Option<&'a str>,
    forget: Option<&'a str>,
    pub(super) events: Vec<&'a str>,
}

/// Reads `body` and hands its events to `then`.
///
/// # Errors
/// [`Reject`] if it is no JSON object, has no list of events or too many of them, or as `then` says.
pub(super) fn with_batch<T>(body: &[u8], then: impl FnOnce(&Batch<'_>) -> Result<T, Reject>) -> Result<T, Reject> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // The check alone is several times faster than the mending, and nearly every body passes it.
    let text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    match Batch::read(&text) {
        Err(Reject::BodyMalformed) if text.contains("NaN") || text.contains("Infinity") => {
            then(&Batch::read(&with_quoted_words(&text))?)
        }
        batch => then(&batch?),
    }
}

fn with_quoted_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = ["NaN", "Infinity", "-Infinity"].into_iter().find(|word| rest.starts_with(word));
        let len = if let Some(word) = word {
            out.extend(["\"", word, "\""]);
            word.len()
        } else {
            let len = if first == '"' { string_len(rest) } else { first.len_utf8() };
            out.push_str(&rest[..len]);
            len
        };
        rest = &rest[len..];
    }
    out
}

/// Returns the length of the string literal that `text` begins with, all of it if the literal never ends.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

impl<'a> Batch<'a> {
    fn read(text: &'a str) -> Result<Self, Reject> {
        let mut batch = Self::default();
        let mut reject = Reject::BodyMalformed;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let read = deserializer.deserialize_map(Body { batch: &mut batch, reject: &mut reject });
        let has_events = read.and_then(|found| deserializer.end().map(|()| found)).map_err(|_| reject)?;
        if has_events { Ok(batch) } else { Err(Reject::EventsMissing) }
    }

    /// Returns the site's key or number as sent.
    pub(super) fn site(&self) -> Option<Cow<'a, str>> {
        self.site.and_then(json::scalar).filter(|site| !site.trim().is_empty())
    }

    /// Returns the id that the page states for its visitor, as sent.
    pub(super) fn visitor_id(&self) -> Option<Cow<'a, str>> {
        self.visitor_id.and_then(json::scalar)
    }

    /// Says whether the page wants the visitor's id forgotten that was kept so far.
    pub(super) fn forgets(&self) -> bool {
        self.forget == Some("true")
    }

    /// Returns how far the client's clock lies behind `received_at`, in microseconds; 0 if it does not say.
    pub(super) fn skew_us(&self, received_at: Timestamp) -> i64 {
        let sent_at = self.sent_at.and_then(json::scalar).and_then(|text| Timestamp::parse(&text));
        sent_at.map_or(0, |sent_at| received_at.micros_since(sent_at))
    }
}

struct Body<'b, 'a> {
    batch: &'b mut Batch<'a>,
    reject: &'b mut Reject,
}

impl<'a> Visitor<'a> for Body<'_, 'a> {
    /// Whether there was a list of events.
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut has_events = false;
        while let Some(name) = map.next_key::<&'a RawValue>()? {
            match &*json::unquoted(name.get()) {
                "site" => self.batch.site = Some(map.next_value::<&'a RawValue>()?.get()),
                "sent_at" => self.batch.sent_at = Some(map.next_value::<&'a RawValue>()?.get()),
                "visitor_id" => self.batch.visitor_id = Some(map.next_value::<&'a RawValue>()?.get()),
                "forget" => self.batch.forget = Some(map.next_value::<&'a RawValue>()?.get()),
                "events" => {
                    self.batch.events.clear();
                    map.next_value_seed(Events { events: &mut self.batch.events, reject: self.reject })?;
                    has_events = true;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        // `null` names nothing.
        self.batch.site = self.batch.site.filter(|site| *site != "null");
        Ok(has_events)
    }
}

/// Reads the list of events in place: looking at it as one value first would read every byte twice.
struct Events<'b, 'a> {
    events: &'b mut Vec<&'a str>,
    reject: &'b mut Reject,
}

impl<'a> DeserializeSeed<'a> for Events<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Events<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(event) = list.next_element::<&'a RawValue>()? {
            if self.events.len() == EVENTS_PER_REQUEST_MAX {
                *self.reject = Reject::EventsTooMany;
                return Err(serde::de::Error::custom("too many events"));
            }
            self.events.push(event.get());
        }
        Ok(())
    }
}
