//! Day logs: what visits did, in a form that one pass reads.
//!
//! A log holds the visits that began on one day, those of one visitor together, and what happened in each in the order
//! of time. What happened is a number, its kind: the same name, page, title and so on of the same day, or the same action
//! on the same product. Conditions are asked of the kinds, which are few, by the statements that ask them of events; the
//! log says who did what when. Logs are made and given up with the sums of the day ([`crate::digest`]).

mod code;
mod kinds;
mod make;

pub(crate) use code::{Acts, DayLog, Visit};
pub(crate) use kinds::{Kinds, kinds_answer, kinds_of};
pub(crate) use make::{definition, make};

use crate::error::Error;
use crate::relations::{Relation, Scope};
use crate::sums::Range;
use commerce::SiteId;
use store::{Snapshot, Value};

/// Logs that lie in memory at a time.
const AT_ONCE: usize = 16;

/// Hands the logs of `days` to `each`, with the first instant of each, in order. The days are such as have a log.
///
/// # Errors
/// What `each` returns, or the store.
pub(crate) fn each_day(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    scope: Scope,
    days: &[Range],
    mut each: impl FnMut(i64, DayLog<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let conditions = ["\"at\" >= $2 and \"at\" <= $3".to_owned()];
    let sql = format!(
        "select \"at\", log from {} l order by \"at\", part",
        Relation::DayLogs.text(scope, false, &conditions)
    );
    for days in days.chunks(AT_ONCE) {
        let (Some((first, _)), Some((last, _))) = (days.first(), days.last()) else { continue };
        let found = snapshot.query(&sql, &[site.into(), Value::from(*first), Value::from(*last)])?;
        let mut log = Vec::new();
        for parts in found.rows.chunk_by(|a, b| a[0] == b[0]) {
            log.clear();
            let Some(Value::Time(at)) = parts.first().and_then(|row| row.first()) else { continue };
            for row in parts {
                let Some(Value::Bytes(part)) = row.get(1) else {
                    return Err(Error::Answer("a day log that is none".to_owned()));
                };
                log.extend_from_slice(part);
            }
            // Others are left from before their day was changed.
            if days.iter().any(|(from, _)| from == at) {
                each(at.0, DayLog::new(at.0, &log))?;
            }
        }
    }
    Ok(())
}
