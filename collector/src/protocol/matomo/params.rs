//! The parameters of one tracking request, wherever they stand: query string, form body, bulk element.
//!
//! Keys read as PHP reads them, because clients were written against PHP: the last of a repeated parameter wins, the
//! query wins over the body, dots and blanks in a key become underscores. The access token is taken out here, before
//! anything else sees the parameters, so that it can reach neither an id nor a stored text.

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;
use std::borrow::Cow;

use super::{coerce, json};
use crate::scrub::SCRUBBED;

/// Longest quarantined request text, in bytes.
const PAYLOAD_BYTES_MAX: usize = 32 * 1024;
/// Fewest characters of a token: a shorter text is none of ours and would be found in harmless words.
const TOKEN_LEN_MIN: usize = 16;

type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The parameters of one tracking request, without its token.
#[derive(Debug, Default)]
pub(super) struct Params<'a> {
    pairs: Pairs<'a>,
    token: Option<String>,
}

impl<'a> Params<'a> {
    /// Returns the parameters of a request. Form fields are read whatever content type the body claims.
    pub(super) fn of_request(query: &'a str, body: &'a [u8]) -> Self {
        let mut params = Self::default();
        match String::from_utf8_lossy(body) {
            Cow::Borrowed(text) => params.read_query(text),
            // Bytes that are no UTF-8 survive as replacement characters; the parameters around them stay whole.
            Cow::Owned(text) => {
                let mut owned = Params::default();
                owned.read_query(&text);
                params
                    .pairs
                    .extend(owned.pairs.into_iter().map(|(k, v)| (k.into_owned().into(), v.into_owned().into())));
            }
        }
        params.read_query(query);
        params.take_token();
        params
    }

    /// Returns the parameters of a query string, as a bulk's element has it.
    pub(super) fn of_query(query: &'a str) -> Self {
        let mut params = Self::default();
        params.read_query(query);
        params.take_token();
        params
    }

    /// Returns the parameters of a bulk's element that is a JSON object.
    pub(super) fn of_object(members: Vec<(String, &'a RawValue)>) -> Self {
        Self::of_object_and_query(members, "")
    }

    /// Returns the parameters of a body that is a JSON object, and of the address.
    pub(super) fn of_object_and_query(members: Vec<(String, &'a RawValue)>, query: &'a str) -> Self {
        let mut params = Self::default();
        for (key, value) in members {
            params.pairs.push((tidy_key(key.into()), json::Php::of(value).into_parameter().into()));
        }
        params.read_query(query);
        params.take_token();
        params
    }

    fn read_query(&mut self, query: &'a str) {
        let latin1 = query.contains("cs=") && names_latin1(query);
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let key = decode(key, latin1);
            let is_list = key.split_once('[').is_some_and(|(_, rest)| rest.contains(']'));
            if is_list {
                // PHP makes a list of it, and no parameter of ours may be one: it counts as empty.
                let name = key.split('[').next().unwrap_or_default().to_owned();
                self.pairs.push((tidy_key(name.into()), "".into()));
            } else {
                self.pairs.push((tidy_key(key), decode(value, latin1)));
            }
        }
    }

    fn take_token(&mut self) {
        self.token = self.get("token_auth").map(|t| t.trim().to_owned());
        let (tokens, pairs) = std::mem::take(&mut self.pairs).into_iter().partition(|(key, _)| key == "token_auth");
        self.pairs = pairs;
        let tokens: Pairs = tokens;
        for (_, token) in &tokens {
            self.scrub(token.trim());
        }
    }

    /// Takes `token` out of every text, for a page's address may repeat it.
    pub(super) fn scrub(&mut self, token: &str) {
        if token.len() < TOKEN_LEN_MIN {
            return;
        }
        // NULs and entities within the token are gone when the text is read: then it must not be found either.
        let repeats = |text: &str| text.contains(token) || coerce::text(text).contains(token);
        self.pairs.retain(|(key, _)| !repeats(key));
        for (_, value) in self.pairs.iter_mut().filter(|(_, value)| repeats(value)) {
            let text = if value.contains(token) { value.replace(token, SCRUBBED) } else { value.to_string() };
            *value = coerce::text(&text).replace(token, SCRUBBED).into();
        }
    }

    /// Returns the token that came with the parameters.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Says whether there is no parameter at all.
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.token.is_none()
    }

    /// Returns the parameter's text, which may be empty; `None` if it was not sent.
    pub(super) fn sent(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_ref())
    }

    /// Returns the parameter's text; an empty parameter counts as not sent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.sent(name).filter(|value| !value.is_empty())
    }

    /// Returns the parameter as an integer, `None` if it is none.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(coerce::integer)
    }

    /// Returns all parameters in the order they were sent, repeated ones included.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    /// Says whether the client wants the image: it does unless it sends exactly `send_image=0`.
    pub(super) fn wants_image(&self) -> bool {
        self.sent("send_image") != Some("0")
    }

    /// Returns what a retry repeats: every parameter once, sorted, wherever it stood.
    ///
    /// `send_image` is left out: matomo.js asks for the image when it repeats a failed POST as a GET.
    pub(super) fn canonical(&self) -> Vec<(&str, &str)> {
        let mut last_first: Vec<_> = self.iter().filter(|(key, _)| *key != "send_image").collect();
        last_first.reverse();
        last_first.sort_by_key(|(key, _)| *key);
        last_first.dedup_by_key(|(key, _)| *key);
        last_first
    }

    /// Returns the parameters as a query string for the quarantine, at most 32 KiB.
    pub(super) fn as_query(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter()).finish();
        // The text is ASCII, so it can be cut anywhere.
        text.truncate(PAYLOAD_BYTES_MAX);
        text
    }
}

/// Makes a key what PHP makes of it.
fn tidy_key(key: Cow<'_, str>) -> Cow<'_, str> {
    if key.contains(['.', ' ']) { key.trim_start().replace(['.', ' '], "_").into() } else { key }
}

/// Says whether the page's charset (`cs`) is the one that old shops still have: its bytes are not UTF-8.
fn names_latin1(query: &str) -> bool {
    let charset = query.split('&').filter_map(|part| part.strip_prefix("cs=")).next_back().unwrap_or_default();
    ["iso-8859-1", "iso-8859-15", "latin1", "windows-1252"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}

/// Decodes `%xx` and `+`. Bytes that are no UTF-8 are read as Latin-1 where the page says so, else replaced.
fn decode(text: &str, latin1: bool) -> Cow<'_, str> {
    let plain = !text.bytes().any(|b| matches!(b, b'%' | b'+'));
    if plain {
        return text.into();
    }
    let spaced = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode_str(&spaced).collect();
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        let bytes = error.as_bytes();
        if latin1 { bytes.iter().copied().map(char::from).collect() } else { String::from_utf8_lossy(bytes).into() }
    });
    text.into()
}
