//! What happens now: the last half hour of a site, minute by minute.
//!
//! "Now" is the store's own clock, so that the same journal gives the same answer; bots are left out as everywhere.

use crate::error::Error;
use crate::query::RefundView;
use crate::relations::{Relation, Scope};
use crate::table::Cell;
use commerce::{SiteId, SiteSettings, Timestamp};
use store::{Snapshot, Value};

/// How far back it looks, in minutes.
pub const LIVE_MINUTES: i64 = 30;

/// Most pages and sources that are named.
const NAMED: u32 = 10;

/// The last half hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The store's clock, at which it ends.
    pub as_of: Timestamp,
    /// Visitors with an event.
    pub visitors: u64,
    /// Those with one in the last five minutes.
    pub visitors_now: u64,
    /// Pages seen.
    pub page_views: u64,
    /// Orders that count, placed in it.
    pub orders: u64,
    /// What they were charged, in the site's currency: [`Cell::Money`].
    pub order_total: Cell,
    /// Carts with items and no order that changed in it.
    pub carts: u64,
    /// Page views and orders of each minute, the oldest first.
    pub minutes: Vec<(u64, u64)>,
    /// The pages seen most, with how often.
    pub pages: Vec<(String, u64)>,
    /// The sources of the visits under way, with how many.
    pub sources: Vec<(String, u64)>,
}

/// Returns the last half hour of `site` as of the store's clock; `None` for a store without any record.
///
/// # Errors
/// [`Error::Store`] if the store cannot answer.
pub fn live(snapshot: &Snapshot<'_>, site: SiteId, settings: &SiteSettings) -> Result<Option<Live>, Error> {
    let Some(as_of) = snapshot.as_of()? else { return Ok(None) };
    let scope = Scope {
        ecommerce: settings.ecommerce,
        unverified: settings.count_unverified_orders,
        refunds: RefundView::RefundDate,
    };
    let within = |time: &str| vec![format!("{time} > $2"), format!("{time} <= $3")];
    let events = Relation::Events.text(scope, false, &within("occurred_at"));
    let orders = Relation::Orders.text(scope, false, &within("placed_at"));
    let carts = Relation::Carts.text(scope, false, &within("changed_at"));
    let visits = Relation::Visits.text(scope, false, &within("last_at"));
    let from = as_of.plus_seconds(-LIVE_MINUTES * 60);
    let (site, from, to) = (Value::from(site), Value::from(from), Value::from(as_of));
    let three = [site, from, to];
    let rows = |sql: &str, more: &[Value]| {
        let params: Vec<Value> = three.iter().chain(more).cloned().collect();
        Ok::<_, Error>(snapshot.query(sql, &params)?.rows)
    };
    let number = |row: &[Value], at: usize| row.get(at).and_then(Value::as_u64).unwrap_or(0);
    let named = |rows: Vec<Vec<Value>>| -> Vec<(String, u64)> {
        rows.iter().map(|row| (row[0].as_text().unwrap_or_default().to_owned(), number(row, 1))).collect()
    };

    let traffic = rows(
        &format!(
            "select count(distinct e.visitor), count(distinct e.visitor) filter (where e.occurred_at > $4), \
             count(*) filter (where e.name = 'page_view') from {events} e"
        ),
        &[as_of.plus_seconds(-300).into()],
    )?;
    let sales = rows(&format!("select count(*), coalesce(sum(o.r_order_total), 0) from {orders} o"), &[])?;
    let open = rows(&format!("select count(*) from {carts} c where c.state = 'open' and c.units > 0"), &[])?;
    let top = |what: &str, from: &str| {
        format!(
            "select {what}, count(*) as n from {from} x where {what} is not null group by 1 order by n desc, 1 limit {NAMED}"
        )
    };
    let minute = |time: &str| format!("(epoch_us({time}) - epoch_us($2) - 1) // 60000000");
    let by_minute = rows(
        &format!(
            "select m, cast(sum(p) as bigint), cast(sum(n) as bigint) from (\
             select {} as m, 1 as p, 0 as n from {events} e where e.name = 'page_view' \
             union all select {}, 0, 1 from {orders} o) group by m order by m",
            minute("e.occurred_at"),
            minute("o.placed_at")
        ),
        &[],
    )?;
    let mut minutes = vec![(0, 0); LIVE_MINUTES as usize];
    for row in &by_minute {
        if let Some(minute) = row[0].as_u64().and_then(|at| minutes.get_mut(at as usize)) {
            *minute = (number(row, 1), number(row, 2));
        }
    }
    let pages = rows(&top("x.page", &format!("(select * from {events} e where e.name = 'page_view')")), &[])?;
    let sources = rows(&top("x.source", &visits), &[])?;
    Ok(Some(Live {
        as_of,
        visitors: number(&traffic[0], 0),
        visitors_now: number(&traffic[0], 1),
        page_views: number(&traffic[0], 2),
        orders: number(&sales[0], 0),
        order_total: Cell::Money(sales[0][1].as_i128().unwrap_or(0)),
        carts: number(&open[0], 0),
        minutes,
        pages: named(pages),
        sources: named(sources),
    }))
}
