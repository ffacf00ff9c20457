//! Makes the logs of some days out of the rows, with the kinds that their numbers stand for.

use super::code::{Act, Visit, Writer};
use crate::error::Error;
use crate::relations::{Relation, Scope};
use crate::sums::Range;
use commerce::{SiteId, Timestamp};
use std::borrow::Cow;
use store::{Digest, DigestTable, Snapshot, Value};

/// Raised when logs of the same days are made in another way.
const VERSION: &str = "log 4";

/// Returns words that change with anything that logs depend on besides the rows.
pub(crate) fn definition() -> impl Iterator<Item = &'static str> {
    [VERSION].into_iter().chain(EVENT_COLUMNS.iter().copied()).chain(ACTION_COLUMNS.iter().copied())
}

/// What tells kinds of events apart.
pub(crate) const EVENT_COLUMNS: &[&str] =
    &["name", "trust", "host", "page", "page_title", "search_term", "checkout_step"];
/// What tells kinds of actions apart.
pub(crate) const ACTION_COLUMNS: &[&str] = &[
    "action",
    "event_name",
    "sku",
    "product",
    "brand",
    "variant",
    "category",
    "category_2",
    "category_3",
    "category_4",
    "category_5",
    "item_list",
    "promotion",
];

/// No visit's events lie further from its beginning, in seconds: a visit ends after a day at the latest.
const VISIT_MAX_S: i64 = 2 * 86_400;

/// Adds the logs of `days`, which follow each other, and their kinds to `digest`.
///
/// # Errors
/// [`Error::Store`] if the store refuses.
pub(crate) fn make(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    scope: Scope,
    days: &[Range],
    digest: &mut Digest,
) -> Result<(), Error> {
    let (Some((from, _)), Some((_, to))) = (days.first(), days.last()) else { return Ok(()) };
    let bounds = [site.into(), Value::from(*from), Value::from(*to)];
    let begun = Relation::Visits.text(scope, false, &["started_at >= $2 and started_at < $3".to_owned()]);
    // The first instant of the visit's day: days are of the site's zone, and not all of one length.
    let starts: Vec<String> = days.iter().map(|(from, _)| format!("({}::bigint)", from.0)).collect();
    let visits = format!(
        "create or replace temp table log_visits as select make_timestamp(d.day) as day, v.visit, v.visitor, coalesce(v.customer, 0) as customer, v.started_at \
         from {begun} v asof join (values {}) d(day) on epoch_us(v.started_at) >= d.day",
        starts.join(", ")
    );
    snapshot.make(&visits, &bounds)?;
    let wide = [site.into(), Value::from(from.plus_seconds(-VISIT_MAX_S)), Value::from(to.plus_seconds(VISIT_MAX_S))];
    let near = ["occurred_at >= $2 and occurred_at < $3 and visit is not null".to_owned()];
    for (relation, table, columns, target) in [
        (Relation::Events, "log_event_kinds", EVENT_COLUMNS, DigestTable::EventKinds),
        (Relation::Actions, "log_action_kinds", ACTION_COLUMNS, DigestTable::ActionKinds),
    ] {
        let hash = hash(columns, "e");
        let whole: Vec<String> = columns.iter().map(|c| format!("any_value(e.{c}) as {c}")).collect();
        // The commonest have the shortest numbers.
        let sql = format!(
            "create or replace temp table {table} as select v.day, {hash} as told, \
             (row_number() over (partition by v.day order by count(*) desc, {hash}) - 1)::uinteger as kind, {} \
             from {} e join log_visits v on v.visit = e.visit group by v.day, {hash}",
            whole.join(", "),
            relation.text(scope, false, &near)
        );
        snapshot.make(&sql, &wide)?;
        let rows = format!("select $1::uinteger, day, kind, {} from {table}", columns.join(", "));
        digest.add(snapshot, target, &rows, &[site.into()])?;
    }
    let mut logs = Logs::default();
    let acts = |relation: Relation, table: &str, columns: &[&str], is_action: u8, line: &str| {
        format!(
            "select v.day, v.visitor, v.started_at, v.visit, v.customer, e.occurred_at as happened_at, e.event, {is_action}::utinyint as is_action, {line} as line, k.kind \
             from {} e join log_visits v on v.visit = e.visit join {table} k on k.day = v.day and k.told = {}",
            relation.text(scope, false, &near),
            hash(columns, "e")
        )
    };
    let sql = format!(
        "select * from (select day, visitor, started_at, visit, customer, started_at as happened_at, 0::ubigint as event, \
         {VISIT_ALONE}::utinyint as is_action, 0::uinteger as line, 0::uinteger as kind from log_visits union all {} union all {}) a \
         order by day, visitor, started_at, visit, is_action <> {VISIT_ALONE}, happened_at, event, is_action, line",
        acts(Relation::Events, "log_event_kinds", EVENT_COLUMNS, 0, "0::uinteger"),
        acts(Relation::Actions, "log_action_kinds", ACTION_COLUMNS, 1, "e.line")
    );
    snapshot.numbers(&sql, &wide, |columns| logs.add(columns))?;
    for (day, log) in logs.finish() {
        digest.add_log(site, Timestamp(day), &log)?;
    }
    Ok(())
}

fn hash(columns: &[&str], t: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|c| format!("{t}.{c}")).collect();
    format!("hash({})", columns.join(", "))
}

/// What stands in place of "is an action" in the row that says no more than that there is a visit: one whose orders alone
/// are known has no events.
const VISIT_ALONE: u64 = 2;

/// Logs while their rows come in.
#[derive(Default)]
struct Logs {
    done: Vec<(i64, Vec<u8>)>,
    open: Option<(i64, Writer)>,
    act: Option<(Visit, u64, Act)>,
}

impl Logs {
    /// Adds rows: day, visitor, start, visit, customer, time, event, whether it is an action, line, kind.
    fn add(&mut self, columns: &[Cow<'_, [u64]>]) {
        let [days, visitors, starts, visits, customers, times, events, are_actions, _, kinds] = columns else { return };
        for row in 0..days.len() {
            let day = days[row] as i64;
            let visit = Visit {
                visitor: visitors[row],
                key: visits[row],
                customer: customers[row],
                started_at: starts[row] as i64,
            };
            if self.open.as_ref().is_none_or(|(open, _)| *open != day) {
                self.close_day();
                self.open = Some((day, Writer::new(day)));
            }
            if are_actions[row] == VISIT_ALONE {
                self.close_act();
                if let Some((_, writer)) = &mut self.open {
                    writer.begin(visit);
                }
                continue;
            }
            let (event, at, kind) = (events[row], times[row] as i64, kinds[row] as u32);
            if self.act.as_ref().is_none_or(|(of, known, act)| *of != visit || *known != event || act.at != at) {
                self.close_act();
                self.act = Some((visit, event, Act { at, event: None, actions: Vec::new() }));
            }
            if let Some((_, _, act)) = &mut self.act {
                if are_actions[row] == 0 { act.event = Some(kind) } else { act.actions.push(kind) }
            }
        }
    }

    fn close_act(&mut self) {
        if let (Some((visit, _, act)), Some((_, writer))) = (self.act.take(), &mut self.open) {
            writer.add(visit, &act);
        }
    }

    fn close_day(&mut self) {
        self.close_act();
        self.done.extend(self.open.take().map(|(day, writer)| (day, writer.finish())));
    }

    fn finish(mut self) -> Vec<(i64, Vec<u8>)> {
        self.close_day();
        self.done
    }
}
