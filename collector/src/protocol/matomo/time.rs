//! When it happened: now, or what a client says, within Matomo's own limits.
//!
//! A date that is no date, lies in the future or more than twenty years back is passed over without a word, as Matomo
//! does: the request counts now. Only an old date without a token is refused.

use super::answer::Refusal;
use super::element::Element;
use commerce::hit::flags;
use commerce::time::Timestamp;
use jiff::civil;

/// From this age on a date needs a token.
const TOKEN_AFTER_S: i64 = 86_400;
/// Beyond this age a date is not believed.
const AGE_MAX_S: i64 = 20 * 365 * 86_400;

/// Returns the time of the event: `cdt` less `cdo` seconds, or when the request was received.
///
/// # Errors
/// [`Refusal::TokenForTime`].
pub(super) fn occurred_at(element: &Element) -> Result<Timestamp, Refusal> {
    let received_at = element.request.received_at;
    let now_s = received_at.seconds();
    let stated = element.params.get("cdt");
    let offset_s = element.params.integer("cdo").unwrap_or(0).saturating_abs();
    if stated.is_none() && offset_s == 0 {
        return Ok(received_at);
    }
    let parsed_s = stated.map_or(Some(now_s), seconds).map(|at| at.saturating_sub(offset_s));
    let age_s = parsed_s.map(|at| now_s.saturating_sub(at)).filter(|age| (0..AGE_MAX_S).contains(age));
    let Some(age_s) = age_s else {
        element.mark(flags::VALUE_DROPPED);
        return Ok(received_at);
    };
    if age_s >= TOKEN_AFTER_S && !element.verified {
        return Err(Refusal::TokenForTime);
    }
    Ok(Timestamp::from_seconds(now_s - age_s))
}

/// Returns the unix seconds that `text` names, as a number or as a date in UTC; `None` if it names none.
fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    if !unsigned.is_empty() && unsigned.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return whole.parse().ok();
    }
    if let Some(at) = Timestamp::parse(text) {
        return Some(at.seconds());
    }
    let text = text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")).unwrap_or(text).trim_end();
    let text = text.replace('/', "-");
    let civil: civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}
