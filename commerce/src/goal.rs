//! Goals: what a site counts as a success besides orders.
//!
//! The attributes and pattern kinds are Matomo's, so that goals move over as they are.

use crate::money::Amount;
use minicbor::{Decode, Encode};

/// A goal of a site.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Goal {
    /// The goal's number on its site, 1 and up, as `idgoal` has it.
    #[n(0)]
    pub id: u32,
    /// What people call it.
    #[n(1)]
    pub name: String,
    /// What is compared with the pattern.
    #[n(2)]
    pub attribute: GoalAttribute,
    /// How it is compared.
    #[n(3)]
    pub pattern_kind: PatternKind,
    /// The text or regular expression; unused by manual goals. For [`GoalAttribute::VisitDuration`] whole minutes.
    #[n(4)]
    pub pattern: String,
    /// Whether case matters.
    #[n(5)]
    pub case_sensitive: bool,
    /// What one conversion is worth in the site's currency; `None` is nothing.
    #[n(6)]
    pub value: Option<Amount>,
    /// Whether a visit can convert it more than once.
    #[n(7)]
    pub allow_multiple: bool,
    /// Whether an event's own value takes the place of `value`.
    #[n(8)]
    pub use_event_value: bool,
}

/// What of an event a goal looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum GoalAttribute {
    /// Only a call names the goal.
    #[n(0)]
    Manually,
    /// The page's URL, query included.
    #[n(1)]
    Url,
    /// The page's title.
    #[n(2)]
    Title,
    /// The URL of a download.
    #[n(3)]
    File,
    /// The URL of an outbound link.
    #[n(4)]
    ExternalWebsite,
    /// An event's category (`properties.category`).
    #[n(5)]
    EventCategory,
    /// An event's action: its name.
    #[n(6)]
    EventAction,
    /// An event's label (`properties.name`).
    #[n(7)]
    EventName,
    /// The visit has lasted at least the pattern's number of minutes.
    #[n(8)]
    VisitDuration,
}

/// How a goal's pattern is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum PatternKind {
    /// The text contains the pattern.
    #[n(0)]
    Contains,
    /// The text is the pattern.
    #[n(1)]
    Exact,
    /// The pattern, a regular expression, matches somewhere.
    #[n(2)]
    Regex,
}

/// The attributes and their public names.
pub const GOAL_ATTRIBUTES: &[(&str, GoalAttribute)] = &[
    ("manually", GoalAttribute::Manually),
    ("url", GoalAttribute::Url),
    ("title", GoalAttribute::Title),
    ("file", GoalAttribute::File),
    ("external_website", GoalAttribute::ExternalWebsite),
    ("event_category", GoalAttribute::EventCategory),
    ("event_action", GoalAttribute::EventAction),
    ("event_name", GoalAttribute::EventName),
    ("visit_duration", GoalAttribute::VisitDuration),
];

/// The pattern kinds and their public names.
pub const PATTERN_KINDS: &[(&str, PatternKind)] =
    &[("contains", PatternKind::Contains), ("exact", PatternKind::Exact), ("regex", PatternKind::Regex)];
