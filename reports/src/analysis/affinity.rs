//! Affinity: what is ordered together. Pairs of products or categories that share orders.
//!
//! Support is the share of orders that hold both, confidence the share of those with the one that hold the other, and lift
//! how many times as often they meet as they would by chance. An order counts once, however many of a kind it holds.

use super::desk::{Desk, int, text};
use super::draft::{Draft, figure, ratio, split};
use super::given::{Frame, Given};
use crate::analysis::kept::members;
use crate::error::{Error, QueryError};
use crate::facts::Fact;
use crate::metrics::Unit;
use crate::plan::Plan;
use crate::relations::Relation;
use crate::table::{Cell, Table};
use serde_json::json;

/// Most pairs of an answer.
const PAIRS_MAX: i64 = 1_000;

/// What meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Product,
    Sku,
    Category,
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    by: By,
    min_orders: i64,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        Plan::new(&[crate::metric("orders").expect("a metric")], &[], &frame.filter)?;
        let by = [("product", By::Product), ("sku", By::Sku), ("category", By::Category)];
        Ok(Self { frame, by: given.one_of("by", &by)?, min_orders: given.number("min_orders", 2, 1..=1_000_000)? })
    }
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let mut context = desk.context(&ask.frame.filter);
    let kept = members(&mut context, Fact::Orders, &["o.\"order\" as id"], &desk.side(ask.frame.period));
    let lines = Relation::Lines.text(context.scope, ask.by == By::Category, &[]);
    let item = match ask.by {
        By::Product => "coalesce(l.product, nullif(l.sku, ''))",
        By::Sku => "nullif(l.sku, '')",
        By::Category => "l.any_category",
    };
    let (min, max) = (context.params.bind(ask.min_orders), context.params.bind(PAIRS_MAX));
    let sql = format!(
        "with kept as (select distinct id from (\n{kept}\n) k), items as (select distinct k.id, {item} as item from kept k \
         join {lines} l on l.\"order\" = k.id where {item} is not null), alone as (select item, count(*) as n from items group by 1)\n\
         select a.item, b.item, count(*), any_value(x.n), any_value(y.n), (select count(*) from kept) \
         from items a join items b on b.id = a.id and a.item < b.item join alone x on x.item = a.item join alone y on y.item = b.item \
         group by 1, 2 having count(*) >= {min} order by 3 desc, 1, 2 limit {max}"
    );
    let mut draft = Draft::new(vec![
        split("item", "Item"),
        split("with", "Ordered with"),
        figure("orders", "Orders with both", Unit::Count),
        figure("item_orders", "Orders with the first", Unit::Count),
        figure("with_orders", "Orders with the second", Unit::Count),
        figure("support", "Support", Unit::Percent),
        figure("confidence", "Of the first, with the second", Unit::Percent),
        figure("confidence_back", "Of the second, with the first", Unit::Percent),
        figure("lift", "Lift", Unit::Ratio),
    ]);
    for row in desk.ask(&sql, context.params)? {
        let [both, first, second, all] = [int(&row, 2)?, int(&row, 3)?, int(&row, 4)?, int(&row, 5)?].map(i128::from);
        draft.rows.push(vec![
            Cell::Text(text(&row, 0)?.unwrap_or_default()),
            Cell::Text(text(&row, 1)?.unwrap_or_default()),
            Cell::Count(both),
            Cell::Count(first),
            Cell::Count(second),
            ratio(both, all),
            ratio(both, first),
            ratio(both, second),
            ratio(both * all, first * second),
        ]);
    }
    draft.extras.push(("min_orders", json!(ask.min_orders)));
    draft.extras.push(("pairs_max", json!(PAIRS_MAX)));
    Ok(draft.finish(desk, &ask.frame))
}
