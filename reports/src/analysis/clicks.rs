//! Clicks: what is clicked on a page and where, and how far it is scrolled. Read from `click` and `scroll` events.

use super::desk::{Desk, int, int_or_null, text};
use super::draft::{Draft, count, figure, ratio, split, sum, text_cell};
use super::given::{Frame, Given, escaped};
use crate::analysis::kept::members;
use crate::error::{Error, QueryError};
use crate::facts::Fact;
use crate::filter::Filter;
use crate::metrics::Unit;
use crate::plan::Plan;
use crate::table::{Cell, Table};
use serde_json::json;

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Elements,
    Positions,
    Scroll,
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    view: View,
    /// Clicks or scrolls, and page views, that are kept.
    events: Filter,
    views: Filter,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        let views = [("elements", View::Elements), ("positions", View::Positions), ("scroll", View::Scroll)];
        let view = given.one_of("view", &views)?;
        let event = if view == View::Scroll { "scroll" } else { "click" };
        let events = narrowed(given, event, &["page", "device"])?;
        Ok(Self { frame, view, events, views: narrowed(given, "page_view", &["page", "device"])? })
    }
}

/// Returns the filter that keeps events of the name `event`, of what the parameters `names` say, and of `filter`.
pub(super) fn narrowed(given: &Given, event: &str, names: &[&str]) -> Result<Filter, QueryError> {
    let mut filter = given.filter(&format!("event=={event}"))?;
    for name in names {
        if let Some(value) = given.get(name) {
            filter = filter.and(given.filter(&format!("{name}=={}", escaped(value)))?);
        }
    }
    let filter = filter.and(given.whole_filter()?);
    Plan::new(&[crate::metric("events").expect("a metric")], &[], &filter)?;
    Ok(filter)
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    match ask.view {
        View::Elements => elements(desk, ask),
        View::Positions => positions(desk, ask),
        View::Scroll => scroll(desk, ask),
    }
}

/// Returns how many page views and visits there were on what is asked for.
fn seen(desk: &Desk, ask: &Ask) -> Result<(i128, i128), Error> {
    let mut context = desk.context(&ask.views);
    let side = desk.side(ask.frame.period);
    let rows = members(&mut context, Fact::Events, &["e.visit as visit"], &side);
    let sql = format!("select count(*), count(distinct visit) from (\n{rows}\n) x");
    let rows = desk.ask(&sql, context.params)?;
    let row = rows.first().ok_or_else(|| Error::Answer("no count of page views".to_owned()))?;
    Ok((i128::from(int(row, 0)?), i128::from(int(row, 1)?)))
}

fn elements(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let mut context = desk.context(&ask.events);
    let side = desk.side(ask.frame.period);
    let columns = [
        "e.visit as visit",
        "json_extract_string(e.properties, '$.selector') as selector",
        "json_extract_string(e.properties, '$.text') as label",
    ];
    let rows = members(&mut context, Fact::Events, &columns, &side);
    let sql = format!(
        "select selector, label, count(*), count(distinct visit) from (\n{rows}\n) x group by 1, 2 \
         order by 3 desc, 1 nulls last, 2 nulls last"
    );
    let found = desk.ask(&sql, context.params)?;
    let (views, visits) = seen(desk, ask)?;
    let mut draft = Draft::new(vec![
        split("selector", "Element"),
        split("text", "Text"),
        sum("clicks", "Clicks", Unit::Count),
        figure("clicks_share", "Of all clicks", Unit::Percent),
        figure("visits", "Visits", Unit::Count),
        figure("visits_share", "Of visits that saw the page", Unit::Percent),
    ]);
    let mut all: i128 = 0;
    for row in &found {
        all += i128::from(int(row, 2)?);
    }
    for row in &found {
        let (clicks, clicked) = (i128::from(int(row, 2)?), i128::from(int(row, 3)?));
        draft.rows.push(vec![
            text_cell(text(row, 0)?.as_deref()),
            text_cell(text(row, 1)?.as_deref()),
            Cell::Count(clicks),
            ratio(clicks, all),
            Cell::Count(clicked),
            ratio(clicked, visits),
        ]);
    }
    draft.totals[2] = Cell::Count(all);
    draft.extras = vec![("page_views", json!(views as i64)), ("visits", json!(visits as i64))];
    Ok(draft.finish(desk, &ask.frame))
}

/// Clicks by tenths of the width and stretches of 100 pixels from the top of the page.
fn positions(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let mut context = desk.context(&ask.events);
    let side = desk.side(ask.frame.period);
    let place = |name: &str| format!("try_cast(json_extract_string(e.properties, '$.{name}') as bigint) as {name}");
    let (x, y) = (place("x"), place("y"));
    let rows = members(&mut context, Fact::Events, &[&x, &y], &side);
    let sql = format!(
        "select least(greatest(x, 0), 99) // 10 * 10, greatest(y, 0) // 100 * 100, count(*) from (\n{rows}\n) p \
         where x is not null and y is not null group by 1, 2 order by 2, 1"
    );
    let mut draft = Draft::new(vec![
        split("x_percent", "From the left, per cent"),
        split("y_px", "From the top, pixels"),
        sum("clicks", "Clicks", Unit::Count),
    ]);
    let mut all = 0;
    for row in desk.ask(&sql, context.params)? {
        let [x, y, clicks] = [int(&row, 0)?, int(&row, 1)?, int(&row, 2)?].map(i128::from);
        all += clicks;
        draft.rows.push(vec![Cell::Count(x), Cell::Count(y), Cell::Count(clicks)]);
    }
    draft.totals[2] = Cell::Count(all);
    Ok(draft.finish(desk, &ask.frame))
}

/// How many visits came at least so far down, in steps of 10 per cent.
fn scroll(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let mut context = desk.context(&ask.events);
    let side = desk.side(ask.frame.period);
    let columns = [
        "e.visit as visit",
        "try_cast(coalesce(json_extract_string(e.properties, '$.percent_scrolled'), json_extract_string(e.properties, '$.depth')) as bigint) as depth",
    ];
    let rows = members(&mut context, Fact::Events, &columns, &side);
    let sql = format!("select max(depth) from (\n{rows}\n) x where visit is not null group by visit");
    let mut depths = Vec::new();
    for row in desk.ask(&sql, context.params)? {
        depths.extend(int_or_null(&row, 0)?);
    }
    let (views, visits) = seen(desk, ask)?;
    let mut draft = Draft::new(vec![
        split("depth_percent", "Scrolled at least, per cent"),
        figure("visits", "Visits", Unit::Count),
        figure("visits_share", "Of visits that saw the page", Unit::Percent),
    ]);
    for depth in (10..=100).step_by(10) {
        let reached = depths.iter().filter(|d| **d >= depth).count();
        draft.rows.push(vec![Cell::Count(i128::from(depth)), count(reached), ratio(reached as i128, visits)]);
    }
    draft.totals[1] = count(depths.len());
    draft.totals[2] = ratio(depths.len() as i128, visits);
    draft.extras = vec![("page_views", json!(views as i64)), ("visits", json!(visits as i64))];
    Ok(draft.finish(desk, &ask.frame))
}
