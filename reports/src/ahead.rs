//! What is found in the logs of days before a report's statement is written: distinct visitors, and
//! what happened in the few visits that ordered. From rows, both take all events of the period.
//!
//! Only reports without a filter look ahead: what a filter asks is asked of rows.

mod few;
mod seen;
mod tuples;

pub(crate) use few::Told;
pub(crate) use seen::{SEEN, counts_visitors};

use crate::arm::{Context, Side};
use crate::dimensions::Asked;
use crate::error::Error;
use crate::facts::{Fact, Table};
use crate::plan::Plan;
use crate::query::Query;
use crate::sql::{context, sides};
use commerce::{SiteId, SiteSettings, Timestamp};
use few::Few;
use seen::Seen;
use store::Snapshot;

/// What was found. It holds for the snapshot that it was found in, and goes with it.
#[derive(Default)]
pub(crate) struct Ahead {
    seen: Vec<Seen>,
    few: Option<Few>,
    /// Whether events have other names than their own.
    is_defined: bool,
}

impl Ahead {
    /// Finds what can be found for `query`.
    ///
    /// # Errors
    /// [`Error::Query`] if the query asks for too many rows of time; [`Error::Store`] if the store cannot answer.
    pub(crate) fn find(
        snapshot: &Snapshot<'_>,
        site: SiteId,
        settings: &SiteSettings,
        query: &Query,
    ) -> Result<Self, Error> {
        let mut out = Self { is_defined: !query.definitions.is_empty(), ..Self::default() };
        if !query.filter.parts.is_empty() {
            return Ok(out);
        }
        let rows = Plan::new(&query.metrics, &query.dimensions, &query.filter)?;
        let whole = Plan::new(&query.metrics, &[], &query.filter)?;
        let mut ways = few::ways_of(&rows, &query.dimensions, out.is_defined);
        ways.extend(few::ways_of(&whole, &[], out.is_defined));
        let counts =
            |plan: &Plan| plan.arms.iter().any(|arm| arm.sources.iter().any(|(_, source)| counts_visitors(source)));
        let mut counted = Vec::new();
        if counts(&whole) {
            counted.push(query.dimensions.as_slice());
            counted.extend((!query.dimensions.is_empty()).then_some(&[][..]));
        }
        if ways.is_empty() && counted.is_empty() {
            return Ok(out);
        }
        let sides = sides(query, settings)?;
        let look = Look { snapshot, site, settings, query };
        for side in &sides {
            for dimensions in &counted {
                let number = out.seen.len();
                out.seen.extend(seen::find(&look, (number, side), dimensions)?);
            }
        }
        // Last, since it leaves its tuples to the statement.
        out.few = few::find(&look, &sides, &ways)?;
        Ok(out)
    }

    /// Returns the visitors of `side` by `dimensions`, if they were counted.
    pub(crate) fn seen(&self, dimensions: &[Asked], side: &Side) -> Option<&Seen> {
        self.seen.iter().find(|seen| seen.is_of(dimensions, side))
    }

    /// Says how events and product actions of `fact`, split by `dimensions`, were found; `None` if they were not.
    pub(crate) fn few(&self, fact: Fact, dimensions: &[Asked]) -> Option<Told> {
        let few = self.few.as_ref()?;
        few::ways(fact, dimensions, self.is_defined).map(|_| few.told(fact, dimensions))
    }
}

/// Where is looked, and for what.
struct Look<'a> {
    snapshot: &'a Snapshot<'a>,
    site: SiteId,
    settings: &'a SiteSettings,
    query: &'a Query,
}

impl<'a> Look<'a> {
    /// Returns a context for one statement; nothing that is found ahead asks for the time.
    fn context(&self) -> Context<'a> {
        context(self.site, self.settings, self.query, Timestamp(0), &[])
    }
}

/// Says whether `asked`, a column of `table`, is of traffic, and whether the kinds of logs have it.
fn of_traffic(asked: &Asked, table: Table, is_defined: bool) -> Option<bool> {
    let named = asked.dimension().takes_name() || asked.dimension().name == "event" && is_defined;
    matches!(table, Table::Events | Table::Actions).then_some(!named)
}
