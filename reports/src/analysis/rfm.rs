//! RFM: customers by how lately (R), how often (F) and for how much (M) they ordered, each from 1 to 5, and in named groups.
//!
//! A score is 1 + floor(5 x strictly worse / all), so equals share one and order of rows decides nothing. An order that
//! names no customer is a customer of its own.

use super::desk::{Desk, int, int_or_null, key};
use super::draft::{Draft, amount_per, count, divided, figure, ratio, split, sum};
use super::given::{Frame, Given};
use super::orders::kept_orders;
use crate::error::{Error, QueryError};
use crate::metrics::Unit;
use crate::plan::Plan;
use crate::table::{Cell, Table};
use commerce::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

/// How the answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Groups,
    Scores,
    Customers,
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    view: View,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        Plan::new(&[crate::metric("orders").expect("a metric")], &[], &frame.filter)?;
        let views = [("groups", View::Groups), ("scores", View::Scores), ("customers", View::Customers)];
        Ok(Self { frame, view: given.one_of("view", &views)? })
    }
}

/// A customer's orders of the period.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Customer {
    who: u64,
    /// Days from the last order to the end of the period.
    days: i64,
    orders: usize,
    net: i128,
    /// R, F and M.
    scores: [u8; 3],
}

/// Groups by R and F, the best first: name, and what it means.
const GROUPS: &[(&str, &str)] = &[
    ("champions", "R 4-5, F 4-5"),
    ("loyal", "R 4-5 with F 3, and R 3 with F 3-5"),
    ("recent", "R 4-5, F 1-2"),
    ("needs_attention", "R 3, F 1-2"),
    ("at_risk", "R 2, F 3-5"),
    ("cannot_lose", "R 1, F 3-5"),
    ("hibernating", "R 2, F 1-2"),
    ("lost", "R 1, F 1-2"),
];

/// Returns the place of the group of scores R and F in [`GROUPS`].
fn group(r: u8, f: u8) -> usize {
    match (r, f) {
        (4.., 4..) => 0,
        (3.., 3..) => 1,
        (4.., _) => 2,
        (3, _) => 3,
        (2, 3..) => 4,
        (_, 3..) => 5,
        (2, _) => 6,
        _ => 7,
    }
}

/// Returns the score of each of `values`, of which the larger are the better.
fn scores(values: &[i128]) -> Vec<u8> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let score = |v: &i128| 1 + 5 * sorted.partition_point(|s| s < v) / sorted.len().max(1);
    values.iter().map(|v| score(v) as u8).collect()
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let mut customers = read(desk, ask)?;
    let by = |of: fn(&Customer) -> i128| scores(&customers.iter().map(of).collect::<Vec<_>>());
    let (r, f, m) = (by(|c| -i128::from(c.days)), by(|c| c.orders as i128), by(|c| c.net));
    for (i, customer) in customers.iter_mut().enumerate() {
        customer.scores = [r[i], f[i], m[i]];
    }
    let mut draft = match ask.view {
        View::Groups => groups(desk, &customers),
        View::Scores => cells(&customers),
        View::Customers => listed(&customers),
    };
    let meanings: serde_json::Map<String, serde_json::Value> =
        GROUPS.iter().map(|(name, meaning)| ((*name).to_owned(), json!(meaning))).collect();
    draft.extras.push(("groups", meanings.into()));
    draft.extras.push(("customers", json!(customers.len())));
    Ok(draft.finish(desk, &ask.frame))
}

fn read(desk: &Desk, ask: &Ask) -> Result<Vec<Customer>, Error> {
    let mut context = desk.context(&ask.frame.filter);
    let orders = kept_orders(&mut context, &desk.side(ask.frame.period), &[]);
    let sql = format!(
        "select who, count(*), epoch_us(max(placed_at)), sum(kept) from (\n{orders}\n) k group by 1 order by 1"
    );
    let zone = &desk.settings.timezone;
    let end = ask.frame.period.end(zone).plus_seconds(-1).min(desk.as_of().max(ask.frame.period.start(zone)));
    let today = zone.day_of(end);
    let mut out = Vec::new();
    for row in desk.ask(&sql, context.params)? {
        let last = zone.day_of(Timestamp(int(&row, 2)?));
        out.push(Customer {
            who: key(&row, 0)?,
            days: last.until(today).map_or(0, |span| i64::from(span.get_days())).max(0),
            orders: int(&row, 1)? as usize,
            net: int_or_null(&row, 3)?.map_or(0, i128::from),
            scores: [1; 3],
        });
    }
    Ok(out)
}

fn groups(desk: &Desk, customers: &[Customer]) -> Draft {
    let decimals = desk.settings.currency.decimals();
    let mut draft = Draft::new(vec![
        split("group", "Group"),
        sum("customers", "Customers", Unit::Count),
        figure("customers_share", "Of all customers", Unit::Percent),
        sum("orders", "Orders", Unit::Count),
        sum("net_sales", "Net sales", Unit::Money),
        figure("net_sales_share", "Of all net sales", Unit::Percent),
        figure("net_sales_per_customer", "Net sales per customer", Unit::Money),
        figure("orders_per_customer", "Orders per customer", Unit::Ratio),
        figure("recency_days", "Days since the last order", Unit::Count),
    ]);
    let all: Vec<&Customer> = customers.iter().collect();
    let whole: i128 = customers.iter().map(|c| c.net).sum();
    let row = |name: Cell, own: &[&Customer]| {
        let (n, orders) = (own.len() as i128, own.iter().map(|c| c.orders).sum::<usize>());
        let net: i128 = own.iter().map(|c| c.net).sum();
        let days: i128 = own.iter().map(|c| i128::from(c.days)).sum();
        vec![
            name,
            Cell::Count(n),
            ratio(n, customers.len() as i128),
            count(orders),
            Cell::Money(net),
            ratio(net, whole),
            amount_per(net, n, decimals),
            ratio(orders as i128, n),
            divided(days, n).map_or(Cell::Null, Cell::Count),
        ]
    };
    for (i, (name, _)) in GROUPS.iter().enumerate() {
        let own: Vec<&Customer> = all.iter().filter(|c| group(c.scores[0], c.scores[1]) == i).copied().collect();
        draft.rows.push(row(Cell::Text((*name).to_owned()), &own));
    }
    draft.totals = row(Cell::Null, &all);
    draft
}

fn cells(customers: &[Customer]) -> Draft {
    let mut draft = Draft::new(vec![
        split("r", "Recency"),
        split("f", "Frequency"),
        split("m", "Money"),
        sum("customers", "Customers", Unit::Count),
        sum("orders", "Orders", Unit::Count),
        sum("net_sales", "Net sales", Unit::Money),
    ]);
    let mut by_scores: BTreeMap<[u8; 3], (usize, usize, i128)> = BTreeMap::new();
    let mut whole = (0, 0, 0);
    for customer in customers {
        for sums in [by_scores.entry(customer.scores).or_default(), &mut whole] {
            *sums = (sums.0 + 1, sums.1 + customer.orders, sums.2 + customer.net);
        }
    }
    for ([r, f, m], (n, orders, net)) in by_scores.into_iter().rev() {
        let score = |n: u8| count(usize::from(n));
        draft.rows.push(vec![score(r), score(f), score(m), count(n), count(orders), Cell::Money(net)]);
    }
    draft.totals = vec![Cell::Null, Cell::Null, Cell::Null, count(whole.0), count(whole.1), Cell::Money(whole.2)];
    draft
}

fn listed(customers: &[Customer]) -> Draft {
    let mut draft = Draft::new(vec![
        split("customer", "Customer"),
        split("group", "Group"),
        split("r", "Recency"),
        split("f", "Frequency"),
        split("m", "Money"),
        figure("recency_days", "Days since the last order", Unit::Count),
        sum("orders", "Orders", Unit::Count),
        sum("net_sales", "Net sales", Unit::Money),
    ]);
    let mut sorted: Vec<&Customer> = customers.iter().collect();
    sorted.sort_by_key(|c| (std::cmp::Reverse((c.net, c.orders)), c.who));
    let [mut orders, mut net] = [0, 0];
    for customer in sorted {
        let [r, f, m] = customer.scores;
        let score = |n: u8| count(usize::from(n));
        orders += customer.orders as i128;
        net += customer.net;
        draft.rows.push(vec![
            Cell::Text(format!("{:016x}", customer.who)),
            Cell::Text(GROUPS[group(r, f)].0.to_owned()),
            score(r),
            score(f),
            score(m),
            Cell::Count(i128::from(customer.days)),
            count(customer.orders),
            Cell::Money(customer.net),
        ]);
    }
    let at = draft.totals.len() - 2;
    draft.totals[at] = Cell::Count(orders);
    draft.totals[at + 1] = Cell::Money(net);
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_share_a_score() {
        assert_eq!(scores(&[1, 1, 1, 1, 1, 1, 2, 2, 3, 7]), [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]);
        assert_eq!(scores(&[9]), [1]);
        assert!(scores(&[]).is_empty());
        assert_eq!(scores(&[5, 4, 3, 2, 1]), [5, 4, 3, 2, 1]);
    }

    #[test]
    fn every_pair_of_scores_has_a_group() {
        let named: Vec<&str> = [(5, 5), (3, 3), (5, 1), (3, 1), (2, 5), (1, 4), (2, 1), (1, 2)]
            .iter()
            .map(|(r, f)| GROUPS[group(*r, *f)].0)
            .collect();
        assert_eq!(named, GROUPS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
