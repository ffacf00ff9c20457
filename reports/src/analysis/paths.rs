//! Paths: the ways by which orders came, as one line each: what brought the visitor, or the pages before the order.

use super::attribution::touches::{self, By, Scope};
use super::desk::{Desk, int, int_or_null, key, text};
use super::draft::{Draft, count, divided, figure, median, ratio, split, sum};
use super::given::{Frame, Given};
use super::orders::kept_orders;
use crate::error::{Error, QueryError};
use crate::facts::VISIT_SPAN_DAYS;
use crate::metrics::Unit;
use crate::plan::Plan;
use crate::relations::Relation;
use crate::table::{Cell, Table};
use serde_json::json;
use std::collections::BTreeMap;

/// What a way consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Touches(By),
    Pages,
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    of: Of,
    scope: Scope,
    window_days: i64,
    steps: usize,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        Plan::new(&[crate::metric("orders").expect("a metric")], &[], &frame.filter)?;
        let mut of: Vec<(&str, Of)> = touches::BY.iter().map(|(name, by)| (*name, Of::Touches(*by))).collect();
        of.push(("page", Of::Pages));
        Ok(Self {
            frame,
            of: given.one_of("by", &of)?,
            scope: given.one_of("scope", touches::SCOPES)?,
            window_days: given.number("window", -1, 1..=365)?,
            steps: given.number("steps", 8, 1..=50)? as usize,
        })
    }
}

/// One order's way.
struct Way {
    steps: Vec<String>,
    net: i64,
    /// From its first step to the order.
    took_us: i64,
}

/// What is known of a way.
#[derive(Default)]
struct Sums {
    orders: usize,
    net: i128,
    touches: usize,
    took: Vec<i64>,
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let ways = match ask.of {
        Of::Touches(by) => of_touches(desk, ask, by)?,
        Of::Pages => of_pages(desk, ask)?,
    };
    let (orders, mut net, mut lengths) = (ways.len(), 0, BTreeMap::<usize, usize>::new());
    let mut by_path: BTreeMap<String, Sums> = BTreeMap::new();
    for way in ways {
        let sums = by_path.entry(written(&way.steps, ask.steps)).or_default();
        sums.orders += 1;
        sums.net += i128::from(way.net);
        sums.touches += way.steps.len();
        sums.took.push(way.took_us);
        net += i128::from(way.net);
        *lengths.entry(way.steps.len()).or_default() += 1;
    }
    let mut draft = Draft::new(vec![
        split("path", "Path"),
        sum("orders", "Orders", Unit::Count),
        figure("orders_share", "Of all orders", Unit::Percent),
        sum("net_sales", "Net sales", Unit::Money),
        figure("touches", "Steps", Unit::Ratio),
        figure("median_days", "Median days to the order", Unit::Ratio),
    ]);
    let mut sorted: Vec<(String, Sums)> = by_path.into_iter().collect();
    sorted.sort_by(|(a, x), (b, y)| (y.orders, y.net).cmp(&(x.orders, x.net)).then(a.cmp(b)));
    for (path, mut sums) in sorted {
        let days = median(&mut sums.took).and_then(|us| divided(i128::from(us) * 10_000, 86_400_000_000));
        draft.rows.push(vec![
            Cell::Text(path),
            count(sums.orders),
            ratio(sums.orders as i128, orders as i128),
            Cell::Money(sums.net),
            ratio(sums.touches as i128, sums.orders as i128),
            days.map_or(Cell::Null, Cell::Ratio),
        ]);
    }
    draft.totals[1] = count(orders);
    draft.totals[3] = Cell::Money(net);
    let lengths: Vec<_> =
        lengths.into_iter().map(|(steps, orders)| json!({ "steps": steps, "orders": orders })).collect();
    draft.extras.push(("lengths", lengths.into()));
    Ok(draft.finish(desk, &ask.frame))
}

/// Returns the last `most` steps as one line.
fn written(steps: &[String], most: usize) -> String {
    let cut = steps.len().saturating_sub(most);
    let line = steps[cut..].join(" > ");
    if cut > 0 { format!("... > {line}") } else { line }
}

fn of_touches(desk: &Desk, ask: &Ask, by: By) -> Result<Vec<Way>, Error> {
    let window = if ask.window_days < 0 { desk.settings.attribution_window_days } else { ask.window_days };
    let paths = touches::read(desk, &ask.frame, by, ask.scope, window)?;
    let name = |label: usize| paths.labels[label].clone().unwrap_or_else(|| "(unknown)".to_owned());
    let way = |path: &touches::Path| {
        let mut steps: Vec<usize> = path.touches.iter().map(|t| t.label).collect();
        steps.dedup();
        Way {
            steps: steps.into_iter().map(name).collect(),
            net: path.net.unwrap_or(0),
            took_us: path.touches.first().map_or(0, |t| path.at - t.at),
        }
    };
    Ok(paths.paths.iter().map(way).collect())
}

/// Returns the pages that the visit of each order saw up to it; of one page in a row the first.
fn of_pages(desk: &Desk, ask: &Ask) -> Result<Vec<Way>, Error> {
    let mut context = desk.context(&ask.frame.filter);
    let orders = kept_orders(&mut context, &desk.side(ask.frame.period), &["o.visit as visit"]);
    let zone = &desk.settings.timezone;
    // An order may count long after its visit, where it counts when it is paid.
    let from = ask.frame.period.start(zone).plus_seconds(-(VISIT_SPAN_DAYS + 60) * 86_400);
    let (from, to) = (context.params.bind(from), context.params.bind(ask.frame.period.end(zone)));
    let near = [format!("occurred_at >= {from}"), format!("occurred_at < {to}"), "name = 'page_view'".to_owned()];
    let pages = Relation::Events.text(context.scope, false, &near);
    let sql = format!(
        "select b.id, epoch_us(b.placed_at), b.kept, epoch_us(e.occurred_at), e.event, e.page from (\n{orders}\n) b \
         join {pages} e on e.visit = b.visit and e.occurred_at <= b.placed_at order by 2, 1, 4, 5"
    );
    let rows = desk.ask(&sql, context.params)?;
    let mut ways: Vec<Way> = Vec::new();
    let mut own = None;
    for row in &rows {
        let id = key(row, 0)?;
        if own != Some(id) {
            own = Some(id);
            let net = int_or_null(row, 2)?.unwrap_or(0);
            ways.push(Way { steps: Vec::new(), net, took_us: int(row, 1)? - int(row, 3)? });
        }
        let page = text(row, 5)?.unwrap_or_else(|| "(unknown)".to_owned());
        if let Some(way) = ways.last_mut()
            && way.steps.last() != Some(&page)
        {
            way.steps.push(page);
        }
    }
    Ok(ways)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ways_keep_their_end() {
        let steps: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(written(&steps, 3), "a > b > c");
        assert_eq!(written(&steps, 2), "... > b > c");
        assert_eq!(written(&[], 2), "");
    }
}
