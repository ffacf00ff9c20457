//! What else a request says: dimensions, custom variables, timings, custom data. One flat JSON object in text.
//!
//! Flat, because a report asks for `property:NAME`. Custom variables become `cvar_NAME`.

use super::answer::Refusal;
use super::coerce;
use super::element::Element;
use super::json::{Php, quote};
use commerce::hit::flags;
use std::collections::BTreeMap;

/// Longest value of a dimension or custom variable, in bytes.
const VALUE_BYTES_MAX: usize = 250;
/// Longest custom data, in bytes.
const DATA_BYTES_MAX: usize = 8 * 1024;
/// Number of digits of a page view's id.
const PAGE_VIEW_ID_LEN: usize = 6;
/// Largest timing that is believed, in milliseconds: Matomo's column ends there.
const TIMING_MS_MAX: i64 = 16_777_215;
/// Timings of a page.
const TIMINGS: [&str; 6] = ["pf_net", "pf_srv", "pf_tfr", "pf_dm1", "pf_dm2", "pf_onl"];

/// A JSON object under construction.
#[derive(Debug, Default)]
pub(super) struct Properties {
    members: String,
}

impl Properties {
    /// Adds a text.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &quote(value));
    }

    /// Adds a value that is JSON already.
    pub(super) fn raw(&mut self, name: &str, json: &str) {
        self.members.push(if self.members.is_empty() { '{' } else { ',' });
        self.members.push_str(&quote(name));
        self.members.push(':');
        self.members.push_str(json);
    }

    /// Returns the object, `None` if it is empty.
    pub(super) fn finish(mut self) -> Option<String> {
        if self.members.is_empty() {
            return None;
        }
        self.members.push('}');
        Some(self.members)
    }
}

/// Adds what requests of every kind may say.
///
/// # Errors
/// [`Refusal::TimingNegative`].
pub(super) fn describe(element: &Element, properties: &mut Properties) -> Result<(), Refusal> {
    if let Some(id) = element.text("pv_id", VALUE_BYTES_MAX) {
        properties.text("pv_id", coerce::cut(&id, PAGE_VIEW_ID_LEN).0);
    }
    describe_timings(element, properties)?;
    describe_dimensions(element, properties);
    describe_custom_variables(element, properties);
    if let Some(data) = element.params.get("data") {
        if data.len() > DATA_BYTES_MAX {
            element.mark(flags::TRUNCATED);
            properties.text("data", coerce::cut(data, DATA_BYTES_MAX).0);
        } else if serde_json::from_str::<serde_json::Value>(data).is_ok() {
            properties.raw("data", data.trim());
        } else {
            properties.text("data", &coerce::text(data));
        }
    }
    Ok(())
}

fn describe_timings(element: &Element, properties: &mut Properties) -> Result<(), Refusal> {
    for name in TIMINGS {
        let Some(sent) = element.params.get(name) else { continue };
        match coerce::integer(sent) {
            Some(ms @ 0..=TIMING_MS_MAX) => properties.raw(name, &ms.to_string()),
            // The trackers' own word for "not measured".
            Some(-1) => {}
            Some(ms) if ms < 0 => return Err(Refusal::TimingNegative),
            _ => element.mark(flags::VALUE_DROPPED),
        }
    }
    Ok(())
}

/// Adds `dimension1` to `dimension999`. An empty one is kept: it takes the place of an earlier value.
fn describe_dimensions(element: &Element, properties: &mut Properties) {
    let mut sent: BTreeMap<u16, &str> = BTreeMap::new();
    for (name, value) in element.params.iter() {
        let number = name.strip_prefix("dimension").and_then(coerce::integer).and_then(|n| u16::try_from(n).ok());
        if let Some(number @ 1..=999) = number {
            sent.insert(number, value);
        }
    }
    for (number, value) in sent {
        let value = element.tidy(value, VALUE_BYTES_MAX).unwrap_or_default();
        properties.text(&format!("dimension{number}"), &value);
    }
}

/// Adds custom variables. The narrowest scope wins where a name repeats: event, page, visit.
fn describe_custom_variables(element: &Element, properties: &mut Properties) {
    const VARIABLES_MAX: usize = 100;
    let mut seen: Vec<String> = Vec::new();
    for scope in ["e_cvar", "cvar", "_cvar"] {
        let Some(sent) = element.params.get(scope) else { continue };
        let Some(variables) = Php::parse(sent) else {
            element.mark(flags::VALUE_DROPPED);
            continue;
        };
        for (_, variable) in variables.members().into_iter().take(VARIABLES_MAX) {
            let mut pair = Php::of(variable).members().into_iter().map(|(_, part)| Php::of(part).into_parameter());
            let (Some(name), Some(value)) = (pair.next(), pair.next()) else { continue };
            let Some(name) = element.tidy(&name, VALUE_BYTES_MAX).filter(|name| !seen.contains(name)) else { continue };
            properties.text(&format!("cvar_{name}"), &element.tidy(&value, VALUE_BYTES_MAX).unwrap_or_default());
            seen.push(name);
        }
    }
}
