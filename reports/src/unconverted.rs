//! What no sum of money holds: orders whose currency has no rate. Shown beside a report, never guessed.
//!
//! Their amounts cannot be columns, since they are in several currencies; so they are asked for on their own, in a small
//! statement that reads no other table than the orders.

use crate::error::Error;
use crate::metrics::{Metric, Unit};
use crate::query::Query;
use crate::relations::{Relation, Scope};
use crate::table::{Cell, Unconverted};
use commerce::{SiteId, SiteSettings};
use store::{Snapshot, Value};

/// Returns the orders of the query's period that count and have no rate, by currency. Empty where the query asks for no
/// money of orders.
pub(crate) fn unconverted(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    settings: &SiteSettings,
    query: &Query,
) -> Result<Vec<Unconverted>, Error> {
    if !settings.ecommerce || !query.metrics.iter().any(|m| is_money_of_orders(m)) {
        return Ok(Vec::new());
    }
    let scope = Scope { ecommerce: true, unverified: true, refunds: query.refund_view(settings) };
    let conditions = ["r_order_total is null", "counted_at >= $2", "counted_at < $3"].map(str::to_owned);
    let orders = Relation::Orders.text(scope, false, &conditions);
    let sql =
        format!("select currency, count(*), sum(order_total)\nfrom {orders} o\ngroup by currency\norder by currency");
    let (from, to) = (query.period.start(&settings.timezone), query.period.end(&settings.timezone));
    let answer = snapshot.query(&sql, &[site.into(), from.into(), to.into()])?;
    answer.rows.iter().map(|row| read(row)).collect()
}

fn is_money_of_orders(metric: &Metric) -> bool {
    metric.unit == Unit::Money && metric.measures().any(|m| m.sources.iter().any(|s| s.fact.is_of_orders()))
}

fn read(row: &[Value]) -> Result<Unconverted, Error> {
    let fields = || {
        let [currency, orders, total] = row else { return None };
        Some(Unconverted {
            currency: currency.as_text()?.to_owned(),
            orders: orders.as_u64()?,
            order_total: Cell::Money(total.as_i128()?),
        })
    };
    fields().ok_or_else(|| Error::Answer(format!("no unconverted orders: {row:?}")))
}
