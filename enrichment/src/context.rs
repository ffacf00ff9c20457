//! What is known of one hit when the steps that sell look at it: who, in which visit, from where.
//!
//! The context is read-only; what a step changes goes into [`Work`](crate::work::Work). It knows nothing of how the
//! visit was found.

use commerce::hit::{Dialect, Facts, Person};
use commerce::rows::TrafficSource;
use commerce::state::SiteState;
use commerce::{EventKey, Hit, SiteId, SiteSettings, Timestamp, VisitKey, VisitorKey};

/// One hit on its way through the pipeline, judged and placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HitContext<'a> {
    /// Journal position of its record.
    pub(crate) position: u64,
    /// The hit.
    pub(crate) hit: &'a Hit,
    /// Settings, goals and rates of its site as of its position.
    pub(crate) site_state: &'a SiteState,
    /// Key of its id.
    pub(crate) event: EventKey,
    /// Who did it; `None` for a hit that names nobody.
    pub(crate) visitor: Option<VisitorKey>,
    /// The visit it belongs to; its row is [`Work::visit`](crate::work::Work::visit).
    pub(crate) visit: Option<VisitKey>,
    /// The source it brought by campaign or referrer; `None` for none.
    pub(crate) brought: Option<&'a TrafficSource>,
    /// Why its sender is taken for a bot.
    pub(crate) bot: Option<&'a str>,
}

impl HitContext<'_> {
    /// Returns the hit's facts.
    pub(crate) fn facts(&self) -> &Facts {
        &self.hit.facts
    }

    /// Returns the hit's person.
    pub(crate) fn person(&self) -> &Person {
        &self.hit.person
    }

    /// Returns the site.
    pub(crate) fn site(&self) -> SiteId {
        self.hit.facts.site
    }

    /// Returns the site's settings as of the hit's position.
    pub(crate) fn settings(&self) -> &SiteSettings {
        &self.site_state.settings
    }

    /// Returns when it happened.
    pub(crate) fn at(&self) -> Timestamp {
        self.hit.facts.occurred_at
    }

    /// Returns the protocol it came by.
    pub(crate) fn dialect(&self) -> Dialect {
        self.hit.facts.dialect
    }
}
