//! What filters may name: a site's saved segments and defined events, put in place of their names when a filter is asked.
//!
//! The one way by which reports and lists get their filter: `filter=` and `segment=`, of which both hold.

use super::ApiError;
use super::auth::Granted;
use super::parameters::Parameters;
use super::signature::Refused;
use crate::app::App;
use crate::control::segments::{NamedRule, Naming};
use collector::book::Scope;
use commerce::{SiteId, SiteSettings, Timestamp};
use jiff::civil::Date;
use reports::Filter;
use reports::filter::Definition;
use reports::kept::{Listed, keys};
use reports::near_names;
use store::Kept;

/// The parameters that narrow a report or list.
pub(super) const NARROWING: [&str; 2] = ["filter", "segment"];

/// The parameter that narrows the other side of a comparison.
const BESIDE: &str = "filter_b";

/// What the text of a filter can be refused for.
pub(super) const BAD_FILTER: &[Refused] = &[
    (400, "query.bad_filter"),
    (400, "query.bad_number"),
    (400, "query.not_combinable"),
    (400, "query.unknown_dimension"),
    (400, "query.unknown_value"),
    (400, "segment.unknown"),
];

/// What stands before the name of a saved segment where it shall be one.
const SAVED: &str = "saved:";

/// What a site has named, as far as the caller may see it.
pub(super) struct Saved {
    segments: Vec<NamedRule>,
    definitions: Vec<Definition>,
}

impl Saved {
    /// Reads what `site` has named.
    ///
    /// # Errors
    /// Our own faults only.
    pub(super) fn of(app: &App, site: SiteId, granted: &Granted) -> Result<Self, ApiError> {
        let is_admin = granted.may(site, Scope::Admin);
        let mut segments = app.control.named_rules(site, Naming::Segment)?;
        // The names that a shop gives its segments are not for those who have but a share of its figures.
        let is_reader = granted.may(site, Scope::Read);
        segments.retain(|segment| is_admin || (is_reader && !segment.admins_only));
        let events = app.control.named_rules(site, Naming::Event)?;
        // What an older version took and this one does not reads as no event, rather than making every report fail.
        let definitions = events.iter().filter_map(|event| Definition::parse(&event.name, &event.text).ok()).collect();
        Ok(Self { segments, definitions })
    }

    /// Returns the events that the site has defined.
    pub(super) fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// Returns the text that `text` stands for: a saved segment's, or itself.
    ///
    /// # Errors
    /// 400 if it names a segment that there is not.
    pub(super) fn text<'a>(&'a self, text: &'a str) -> Result<&'a str, ApiError> {
        let text = text.trim();
        let name = text.strip_prefix(SAVED);
        let wanted = name.unwrap_or(text).trim();
        match self.segments.iter().find(|segment| segment.name == wanted) {
            Some(segment) => Ok(&segment.text),
            None if name.is_some() || is_name(wanted) => {
                let known = self.segments.iter().map(|segment| segment.name.as_str());
                let hint = if self.segments.is_empty() {
                    "none is saved; write conditions, such as `country = DE`".to_owned()
                } else {
                    near_names(wanted, known, "saved segments")
                };
                Err(ApiError::bad_request("segment.unknown", format!("there is no saved segment `{wanted}`"))
                    .hint(hint))
            }
            None => Ok(text),
        }
    }

    /// Returns the parameters with texts in place of the names of saved segments.
    ///
    /// # Errors
    /// 400 if a segment is named that there is not.
    pub(super) fn named(&self, mut parameters: Vec<(String, String)>) -> Result<Vec<(String, String)>, ApiError> {
        for (name, value) in &mut parameters {
            if NARROWING.contains(&name.as_str()) || name == BESIDE {
                *value = self.text(value)?.to_owned();
            }
        }
        Ok(parameters)
    }

    /// Returns the filter that a list's parameters ask for.
    ///
    /// # Errors
    /// 400 if one cannot be read.
    pub(super) fn filter(&self, parameters: &Parameters) -> Result<Filter, ApiError> {
        let mut filter = Filter::default();
        for name in NARROWING {
            if let Some(text) = parameters.get(name) {
                filter = filter.and(Filter::parse(self.text(text)?)?);
            }
        }
        Ok(filter.with_definitions(&self.definitions))
    }
}

/// What a list is narrowed to.
pub(super) struct Narrowed {
    /// The keys that are kept; `None` for all.
    pub(super) kept: Option<Kept>,
    /// The filters in words, for the answer.
    pub(super) filters: Vec<String>,
}

/// Returns the keys of a list that its parameters keep. Behaviours are counted up to the list's last day, else today.
///
/// # Errors
/// 400 if the filter cannot be read, or asks what the list does not know.
pub(super) fn narrowed(
    app: &App,
    (site, settings): (SiteId, &SiteSettings),
    granted: &Granted,
    parameters: &Parameters,
    (listed, as_of): (Listed, Option<Timestamp>),
) -> Result<Narrowed, ApiError> {
    if NARROWING.iter().all(|name| parameters.get(name).is_none()) {
        return Ok(Narrowed { kept: None, filters: Vec::new() });
    }
    let filter = Saved::of(app, site, granted)?.filter(parameters)?;
    let today: Date = settings.timezone.day_of(app.clock.now());
    let to = parameters.day("to")?.unwrap_or(today);
    let kept = keys(site, settings, &filter, listed, to, as_of.unwrap_or(Timestamp(0)))?;
    Ok(Narrowed { kept, filters: filter.texts() })
}

/// Says whether `text` can be a name: letters, digits, `_` and `-`, up to 64.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}
