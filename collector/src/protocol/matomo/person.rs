//! Who did it: visitor id, user id, browser, language, as far as a tracking request tells.
//!
//! The visitor id is Matomo's own: 16 hexadecimal digits, made of the user id where there is one, so that a shop that
//! moves over keeps its visitors.

use super::answer::Refusal;
use super::coerce;
use super::element::Element;
use super::json::Php;
use super::piwik_pro;
use crate::limits::{LANGUAGE_BYTES_MAX, USER_AGENT_BYTES_MAX};
use commerce::hit::{ClientHints, Dialect, Person, flags};
use commerce::ids::is_placeholder;
use sha1::{Digest, Sha1};

/// Number of digits of a visitor id.
const VISITOR_ID_LEN: usize = 16;
/// Longest user id, in bytes.
const USER_ID_BYTES_MAX: usize = 200;
/// Longest text among client hints, in bytes, and the number of brands kept.
const HINT_BYTES_MAX: usize = 100;
const BRANDS_MAX: usize = 10;

/// Reads what a tracking request says of its sender. Address, fingerprint, and the browser's own headers where the
/// parameters are silent, are the door's to add.
///
/// # Errors
/// [`Refusal::VisitorIdLength`].
pub(super) fn person(element: &Element) -> Result<Person, Refusal> {
    let forced = element.params.get("cid");
    if forced.is_some_and(|id| id.len() != VISITOR_ID_LEN) {
        return Err(Refusal::VisitorIdLength);
    }
    let user_id = element.text("uid", USER_ID_BYTES_MAX).filter(|id| is_real(element, id));
    let forced = forced.and_then(|id| hexadecimal(element, id)).filter(|id| is_real(element, id));
    // A cookie's id is cut to its 16 digits, and a shorter one is none: matomo.js without cookies sends `_id=`.
    let cookie = element.params.get("_id").and_then(|id| id.get(..VISITOR_ID_LEN));
    let cookie = cookie.and_then(|id| hexadecimal(element, id)).filter(|id| is_real(element, id));
    if piwik_pro::is_anonymous(element) {
        let (user_agent, client_hints) = (element.text("ua", USER_AGENT_BYTES_MAX), client_hints(element));
        return Ok(Person { user_agent, client_hints, ..Person::default() });
    }
    let visitor_id = match (&user_id, forced) {
        // Piwik PRO's visitors keep their own id when they sign in.
        (Some(user), _) if element.dialect != Dialect::PiwikPro => Some(visitor_of_user(user)),
        (_, Some(forced)) => {
            element.mark(flags::FORCED_VISITOR);
            Some(forced)
        }
        (_, None) => cookie,
    };
    Ok(Person {
        visitor_id,
        user_id,
        user_agent: element.text("ua", USER_AGENT_BYTES_MAX),
        client_hints: client_hints(element),
        ..Person::default()
    })
}

/// Returns Matomo's visitor id of a user: the first 16 hexadecimal digits of the SHA-1 of the user id.
fn visitor_of_user(user_id: &str) -> String {
    use std::fmt::Write;
    let mut id = String::with_capacity(VISITOR_ID_LEN);
    for byte in &Sha1::digest(user_id.as_bytes())[..VISITOR_ID_LEN / 2] {
        write!(id, "{byte:02x}").expect("writing to memory cannot fail");
    }
    id
}

fn is_real(element: &Element, id: &str) -> bool {
    let placeholder = is_placeholder(id);
    if placeholder {
        element.mark(flags::PLACEHOLDER_ID);
    }
    !placeholder
}

/// Returns the id in lower case, `None` if it is not hexadecimal.
fn hexadecimal(element: &Element, id: &str) -> Option<String> {
    if id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(id.to_ascii_lowercase());
    }
    element.mark(flags::VALUE_DROPPED);
    None
}

/// Returns the languages the visitor reads, where a parameter states them.
pub(super) fn language(element: &Element) -> Option<String> {
    element.text("lang", LANGUAGE_BYTES_MAX)
}

/// Returns the screen's size such as `1920x1080`, `None` if it is unknown.
pub(super) fn screen(element: &Element) -> Option<String> {
    let sent = element.params.get("res")?;
    let is_side = |side: &str| (1..=5).contains(&side.len()) && side.bytes().all(|b| b.is_ascii_digit());
    sent.split_once('x').is_some_and(|(width, height)| is_side(width) && is_side(height)).then(|| sent.to_owned())
}

/// Returns what `uadata` says of the browser beside its user agent.
fn client_hints(element: &Element) -> Option<ClientHints> {
    let hints = element.params.get("uadata").and_then(Php::parse).map(stated_hints)?;
    (hints != ClientHints::default()).then_some(hints)
}

fn hint(text: &str) -> Option<String> {
    let text = coerce::text(text.trim());
    let text = coerce::cut(&text, HINT_BYTES_MAX).0;
    (!text.is_empty()).then(|| text.to_owned())
}

fn stated_hints(data: Php) -> ClientHints {
    let members = data.members();
    let member = |name: &str| members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| Php::of(value));
    let text = |name: &str| member(name)?.text().and_then(|text| hint(&text));
    let brands = |name: &str| -> Option<Vec<(String, String)>> {
        let list = member(name)?.members().into_iter().filter_map(|(_, brand)| {
            let brand = Php::of(brand).members();
            let of = |name: &str| brand.iter().find(|(key, _)| key == name).and_then(|(_, v)| Php::of(v).text());
            Some((hint(&of("brand")?)?, of("version").and_then(|v| hint(&v)).unwrap_or_default()))
        });
        Some(list.take(BRANDS_MAX).collect::<Vec<_>>()).filter(|list| !list.is_empty())
    };
    ClientHints {
        brands: brands("fullVersionList").or_else(|| brands("brands")),
        mobile: match member("mobile") {
            Some(Php::Bool(mobile)) => Some(mobile),
            _ => None,
        },
        model: text("model"),
        platform: text("platform"),
        platform_version: text("platformVersion"),
    }
}
