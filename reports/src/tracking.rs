//! How tracking fares: which clients told of what, when each was last heard, and who saw the orders.
//!
//! The share of orders that the browser saw says how much blockers and lost pages keep from a browser's figures; the
//! share that a server saw says how far the figures can be trusted without it.

use crate::calendar::Period;
use crate::error::Error;
use crate::query::RefundView;
use crate::relations::{Relation, Scope};
use commerce::hit::Dialect;
use commerce::{SiteId, SiteSettings, Timestamp};
use store::{Snapshot, Value};

/// Who saw the orders of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrdersSeen {
    /// Orders that count.
    pub orders: u64,
    /// Those that a browser or pixel told of.
    pub by_browser: u64,
    /// Those that a server, an app, a platform or an import told of.
    pub by_server: u64,
    /// Those that both told of.
    pub by_both: u64,
}

/// What came by one client's language in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The language.
    pub dialect: &'static str,
    /// Events stored.
    pub events: u64,
    /// When the last of them happened.
    pub last_at: Timestamp,
    /// Those that a server, platform or import sent.
    pub by_server: u64,
}

/// How tracking fared in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// Who saw the orders.
    pub orders: OrdersSeen,
    /// Each language heard, the most frequent first.
    pub heard: Vec<Heard>,
}

/// Returns how tracking of `site` fared in `period`.
///
/// # Errors
/// [`Error::Store`] if the store cannot answer.
pub fn tracking(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    settings: &SiteSettings,
    period: Period,
) -> Result<Tracking, Error> {
    let scope = Scope {
        ecommerce: settings.ecommerce,
        unverified: settings.count_unverified_orders,
        refunds: RefundView::RefundDate,
    };
    let zone = &settings.timezone;
    let params: [Value; 3] = [site.into(), period.start(zone).into(), period.end(zone).into()];
    let within = |time: &str| vec![format!("{time} >= $2"), format!("{time} < $3")];
    let orders = Relation::Orders.text(scope, false, &within("counted_at"));
    // Statements under any of an order's ids.
    let seen = format!(
        r#"with told as (
    select coalesce(i."order", f."order") as "order", bool_or(f.origin in (0, 1)) as browser, bool_or(f.origin not in (0, 1)) as server
    from order_facts_now f
    left join order_ids i on i.site = f.site and i.alias = f."order"
    where f.site = $1
    group by 1
)
select count(*), count(*) filter (where t.browser), count(*) filter (where t.server), count(*) filter (where t.browser and t.server)
from {orders} o
left join told t on t."order" = o."order""#
    );
    let seen = snapshot.query(&seen, &params)?.rows.into_iter().next().unwrap_or_default();
    let number = |at: usize| seen.get(at).and_then(Value::as_u64).unwrap_or(0);
    let orders = OrdersSeen { orders: number(0), by_browser: number(1), by_server: number(2), by_both: number(3) };
    let events = "select dialect, count(*) as n, max(occurred_at), count(*) filter (where origin in (3, 4, 5)) \
         from events where site = $1 and occurred_at >= $2 and occurred_at < $3 group by dialect order by n desc, dialect";
    let read = |row: &Vec<Value>| {
        let dialect = Dialect::ALL.get(usize::try_from(row.first()?.as_u64()?).ok()?)?;
        Some(Heard {
            dialect: dialect.name(),
            events: row.get(1)?.as_u64()?,
            last_at: row.get(2)?.as_time()?,
            by_server: row.get(3)?.as_u64()?,
        })
    };
    let heard = snapshot.query(events, &params)?.rows.iter().filter_map(read).collect();
    Ok(Tracking { orders, heard })
}
