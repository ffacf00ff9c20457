//! Purchase intervals: how many visits and days lie before a visitor's first order, and how many days between two orders
//! of a customer.

use super::desk::{Desk, int, int_or_null, key};
use super::draft::{Draft, count, median, ratio, split, sum};
use super::given::{Frame, Given};
use super::orders::{WHO, kept_orders};
use crate::error::{Error, QueryError};
use crate::metrics::Unit;
use crate::plan::Plan;
use crate::relations::Relation;
use crate::table::{Cell, Table};
use serde_json::json;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        Plan::new(&[crate::metric("orders").expect("a metric")], &[], &frame.filter)?;
        Ok(Self { frame })
    }
}

/// First numbers of the ranges that visits and days are counted in.
const VISITS: &[i64] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 26, 51, 101];
const DAYS: &[i64] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 31, 61, 121, 366];

/// Returns the range of `starts` that holds `n`, by its place.
fn range(starts: &[i64], n: i64) -> usize {
    starts.partition_point(|start| *start <= n).saturating_sub(1)
}

/// Returns what a range is called: its only number, its first and last, or its first with a plus.
fn range_name(starts: &[i64], at: usize) -> String {
    let from = starts[at];
    match starts.get(at + 1) {
        None => format!("{from}+"),
        Some(next) if next - from == 1 => from.to_string(),
        Some(next) => format!("{from}-{}", next - 1),
    }
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let (visits, days) = before_the_first(desk, ask)?;
    let between = between_orders(desk, ask)?;
    let mut draft = Draft::new(vec![
        split("interval", "Interval"),
        split("range", "Range"),
        split("at_least", "From"),
        sum("orders", "Orders", Unit::Count),
        super::draft::figure("orders_share", "Of these", Unit::Percent),
    ]);
    let mut medians = serde_json::Map::new();
    let mut all = 0;
    let kinds = [
        ("visits_to_purchase", VISITS, visits),
        ("days_to_purchase", DAYS, days),
        ("days_between_orders", DAYS, between),
    ];
    for (name, starts, mut values) in kinds {
        let mut counts = vec![0; starts.len()];
        for value in &values {
            counts[range(starts, *value)] += 1;
        }
        for (at, orders) in counts.into_iter().enumerate() {
            draft.rows.push(vec![
                Cell::Text(name.to_owned()),
                Cell::Text(range_name(starts, at)),
                Cell::Count(i128::from(starts[at])),
                count(orders),
                ratio(orders as i128, values.len() as i128),
            ]);
        }
        all += values.len();
        medians.insert(name.to_owned(), json!(median(&mut values)));
    }
    draft.totals[3] = count(all);
    draft.extras.push(("medians", medians.into()));
    Ok(draft.finish(desk, &ask.frame))
}

/// Returns visits and civil days up to the first order of each visitor that is among the orders asked for.
fn before_the_first(desk: &Desk, ask: &Ask) -> Result<(Vec<i64>, Vec<i64>), Error> {
    let mut context = desk.context(&ask.frame.filter);
    let columns = ["o.visit as visit", "o.visitor as visitor"];
    let orders = kept_orders(&mut context, &desk.side(ask.frame.period), &columns);
    let all = Relation::Orders.text(context.scope, false, &["visitor is not null".to_owned()]);
    let visits = Relation::Visits.text(context.scope, false, &[]);
    let sql = format!(
        "with firsts as (select arg_min(\"order\", (placed_at, order_id)) as id from {all} t group by visitor)\n\
         select b.id, v.number, epoch_us(v.first_seen_at), epoch_us(b.placed_at) from (\n{orders}\n) b \
         join firsts f on f.id = b.id join {visits} v on v.visit = b.visit order by 1"
    );
    let zone = &desk.settings.timezone;
    let (mut visits, mut days) = (Vec::new(), Vec::new());
    for row in desk.ask(&sql, context.params)? {
        key(&row, 0)?;
        visits.push(int(&row, 1)?);
        days.push(days_between(zone, int(&row, 2)?, int(&row, 3)?));
    }
    Ok((visits, days))
}

/// Returns the civil days from the order before to each order asked for, of customers who are known.
fn between_orders(desk: &Desk, ask: &Ask) -> Result<Vec<i64>, Error> {
    let mut context = desk.context(&ask.frame.filter);
    let orders = kept_orders(&mut context, &desk.side(ask.frame.period), &[]);
    let all = Relation::Orders.text(context.scope, false, &["customer is not null".to_owned()]);
    let sql = format!(
        "with told as (select o.\"order\" as id, epoch_us(o.placed_at) as moment, \
         lag(epoch_us(o.placed_at)) over (partition by {WHO} order by o.placed_at, o.order_id) as before from {all} o)\n\
         select t.id, t.before, t.moment from told t where t.id in (select id from (\n{orders}\n) b) order by 1"
    );
    let zone = &desk.settings.timezone;
    let mut out = Vec::new();
    for row in desk.ask(&sql, context.params)? {
        if let Some(before) = int_or_null(&row, 1)? {
            out.push(days_between(zone, before, int(&row, 2)?));
        }
    }
    Ok(out)
}

fn days_between(zone: &commerce::Zone, from_us: i64, to_us: i64) -> i64 {
    let day = |us: i64| zone.day_of(commerce::Timestamp(us));
    day(from_us).until(day(to_us)).map_or(0, |span| i64::from(span.get_days())).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_range() {
        let name = |starts: &[i64], n: i64| range_name(starts, range(starts, n));
        let visits: Vec<String> = [1, 8, 9, 14, 15, 100, 101, 5_000].map(|n| name(VISITS, n)).to_vec();
        assert_eq!(visits, ["1", "8", "9-14", "9-14", "15-25", "51-100", "101+", "101+"]);
        assert_eq!(
            (name(DAYS, 0), name(DAYS, 365), name(DAYS, 366)),
            ("0".to_owned(), "121-365".to_owned(), "366+".to_owned())
        );
    }
}
