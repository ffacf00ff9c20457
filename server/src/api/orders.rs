//! Orders: `GET /api/v1/sites/{id}/orders`, filtered and in pages, and `/orders/{order_id}`, the audit trail of one.

use super::auth::{CurrentSite, Granted};
use super::cells::{Cells, ORIGINS, STATUSES, TRUSTS, rows_as};
use super::order_detail::{MARKS, OrderTrail, detail, marks};
use super::parameters::{FILTER, FROM, OFFSET, Parameter, Parameters, Path, SEGMENT, TO, Takes, limit};
use super::person::{ShownMailing, mailing};
use super::saved::{BAD_FILTER, narrowed};
use super::values::PartOfList;
use super::{Access, ApiError, Route, asking, glancing};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::{Amount, OrderKey, SiteId, Timestamp, Zone};
use http::Method;
use reports::kept::Listed;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use store::{Kept, Mailing, ResultSet, Snapshot, Value};

#[derive(Serialize, JsonSchema)]
struct Orders {
    meta: PartOfList,
    orders: Vec<ListedOrder>,
}

/// An order as a list shows it.
#[derive(Serialize, JsonSchema)]
struct ListedOrder {
    order_id: Option<String>,
    placed_at: Option<String>,
    counted_at: Option<String>,
    status: Option<&'static str>,
    counts: Option<bool>,
    test: Option<bool>,
    currency: Option<String>,
    order_total: Option<String>,
    /// In the site's currency; null without a rate.
    order_total_reporting: Option<String>,
    refunded: Option<String>,
    refunds: Option<i64>,
    /// What was charged less what was refunded.
    net: String,
    net_sales: String,
    lines: Option<i64>,
    /// Key of 16 hexadecimal digits.
    customer: Option<String>,
    channel: Option<String>,
    source: Option<String>,
    medium: Option<String>,
    campaign: Option<String>,
    mailing: Option<ShownMailing>,
    coupon: Option<String>,
    payment_method: Option<String>,
    sales_channel: Option<String>,
    origin: Option<&'static str>,
    trust: Option<&'static str>,
    /// How many statements tell of it.
    statements: Option<i64>,
    marks: Vec<&'static str>,
}

const LIMIT_MAX: u32 = 1000;

pub(super) fn routes() -> Vec<Route> {
    const STATUS: Parameter =
        Parameter::new("status", Takes::Word(|| STATUSES.to_vec()), "Only orders of this status.");
    const TRUST: Parameter = Parameter::new(
        "trust",
        Takes::Word(|| TRUSTS.to_vec()),
        "Only orders whose money comes from a sender of this trust.",
    );
    const ORIGIN: Parameter = Parameter::new(
        "origin",
        Takes::Word(|| ORIGINS.to_vec()),
        "Only orders whose money comes from this kind of sender.",
    );
    const FLAG: Parameter =
        Parameter::new("flag", Takes::Word(|| MARKS.map(|(_, name)| name).to_vec()), "Only orders with this mark.");
    let (from, to) = (FROM.meaning("First day placed."), TO.meaning("Last day placed."));
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/orders", Access::Site(Scope::Read), list).asks_store()
            .says(
                "Lists orders, the last placed first, each with what was refunded and what is left.",
                "Orders, and how many there are in all.",
            )
            .takes([STATUS, TRUST, ORIGIN, FLAG, from, to, limit(LIMIT_MAX), OFFSET, FILTER, SEGMENT])
            .refuses(BAD_FILTER),
        Route::new(Method::GET, "/api/v1/sites/{id}/orders/{order_id}", Access::Site(Scope::Read), show).asks_store()
            .says(
                "Shows an order, its lines and refunds, every statement about it, what was taken from which, and what disagrees.",
                "The order.",
            )
            .names("order_id", "Any of the order's ids.")
            .refuses(&[(404, "order.unknown")]),
    ]
}

/// One page of orders, with what was given back of their goods.
const LIST: &str = "
with page as (
    select * from orders_now o where {which}
    order by o.placed_at desc, o.order_id
    limit {limit} offset {offset}
),
back as (
    select r.\"order\", cast(sum(r.goods) as bigint) as goods, count(*) as refunds
    from refunds_now r
    where r.\"order\" in (select p.\"order\" from page p)
    group by r.\"order\"
)
select p.*, coalesce(b.goods, 0) as returns, coalesce(b.refunds, 0) as refunds
from page p
left join back b on b.\"order\" = p.\"order\"
order by p.placed_at desc, p.order_id";

const COUNT: &str = "select count(*) as total from orders_now o where {which}";

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    parameters: Parameters,
) -> Result<Json<Orders>, ApiError> {
    let (limit, offset) = (parameters.limit(50, LIMIT_MAX)?, parameters.offset()?);
    let settings = site.get().settings.clone();
    let currency = settings.currency;
    let served = Arc::clone(&app);
    let (orders, total, filters) = asking(&app, site.id(), move |snapshot| {
        let listed = (Listed::Orders, snapshot.as_of()?);
        let narrowed = narrowed(&served, (site.id(), &settings), &granted, &parameters, listed)?;
        let which = Which::read(&parameters, site.id(), &settings.timezone, narrowed.kept)?;
        let mut of_page = which.clone();
        let (limit, offset) = (of_page.bind(limit.into()), of_page.bind(offset.into()));
        let page = LIST.replace("{which}", &which.sql).replace("{limit}", &limit).replace("{offset}", &offset);
        let count = COUNT.replace("{which}", &which.sql);
        let page = snapshot.query(&page, &of_page.params)?;
        let mailings = mailings_of(snapshot, site.id(), &page)?;
        let count = snapshot.query(&count, &which.params)?;
        Ok::<_, ApiError>((rows_as(&page, |order| summary(order, &mailings)), total_of(&count), narrowed.filters))
    })
    .await?;
    let (count, currency) = (orders.len(), currency.code().to_owned());
    Ok(Json(Orders { meta: PartOfList { count, total, offset, currency, filters }, orders }))
}

/// Which orders are asked for: conditions and the values bound to them.
#[derive(Clone)]
struct Which {
    sql: String,
    params: Vec<Value>,
}

impl Which {
    fn read(parameters: &Parameters, site: SiteId, zone: &Zone, kept: Option<Kept>) -> Result<Self, ApiError> {
        let mut which = match kept {
            Some(kept) => Self { sql: format!("o.site = $1 and o.\"order\" in {}", kept.sql), params: kept.params },
            None => Self { sql: "o.site = $1".to_owned(), params: vec![site.into()] },
        };
        for (name, words) in [("status", STATUSES), ("trust", TRUSTS), ("origin", ORIGINS)] {
            if let Some(number) = parameters.one_of(name, words)? {
                which.and(&format!("o.{name} = ?"), Value::UInt(number as u64));
            }
        }
        let names = MARKS.map(|(_, name)| name);
        if let Some(at) = parameters.one_of("flag", &names)? {
            which.and("(o.flags & ?) <> 0", Value::UInt(u64::from(MARKS[at].0)));
        }
        if let Some(from) = parameters.day("from")? {
            which.and("o.placed_at >= ?", zone.start_of(from).into());
        }
        if let Some(to) = parameters.day("to")? {
            let end = to.tomorrow().map_or(Timestamp(i64::MAX), |next| zone.start_of(next));
            which.and("o.placed_at < ?", end.into());
        }
        Ok(which)
    }

    fn and(&mut self, condition: &str, value: Value) {
        let bound = self.bind(value);
        self.sql.push_str(" and ");
        self.sql.push_str(&condition.replace('?', &bound));
    }

    /// Binds a value; returns its name.
    fn bind(&mut self, value: Value) -> String {
        self.params.push(value);
        format!("${}", self.params.len())
    }
}

/// Returns the mailings that the orders of a page are credited to, by their codes.
fn mailings_of(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    page: &ResultSet,
) -> Result<HashMap<String, Mailing>, store::Error> {
    let at = page.column("campaign");
    let campaigns = at.map(|at| page.rows.iter().filter_map(|row| row[at].as_text()).collect::<Vec<_>>());
    snapshot.mailings(site, &campaigns.unwrap_or_default())
}

fn total_of(count: &ResultSet) -> u64 {
    count.rows.first().and_then(|row| row.first()?.as_u64()).unwrap_or(0)
}

async fn show(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, order_id)): Path<(u32, String)>,
) -> Result<Json<OrderTrail>, ApiError> {
    let key = OrderKey::new(site.id(), &order_id);
    let shown = glancing(&app, site.id(), move |snapshot| {
        let (found, state) = (snapshot.order(site.id(), key)?, snapshot.site_state(site.id())?);
        let found = found.ok_or_else(|| ApiError::not_found("order.unknown", "no statement names this order"))?;
        let explained = state.map(|state| enrichment::explain(&state, &found.facts)).unwrap_or_default();
        Ok::<_, ApiError>(detail(&order_id, &found, &explained))
    });
    Ok(Json(shown.await?))
}

/// Returns an order as a list shows it.
fn summary(order: &Cells<'_>, mailings: &HashMap<String, Mailing>) -> ListedOrder {
    let int = |column: &str| order.int(column).unwrap_or(0);
    let (total, refunded) = (int("order_total"), int("refunded"));
    let net_sales = int("gross_sales") - int("discounts") - int("returns");
    let campaign = order.text("campaign");
    let sent = campaign.as_ref().and_then(|code| mailings.get(code));
    ListedOrder {
        order_id: order.text("order_id"),
        placed_at: order.time("placed_at"),
        counted_at: order.time("counted_at"),
        status: order.named("status", STATUSES),
        counts: order.flag("counts"),
        test: order.flag("test"),
        currency: order.text("currency"),
        order_total: order.amount("order_total"),
        order_total_reporting: order.amount("r_order_total"),
        refunded: order.amount("refunded"),
        refunds: order.int("refunds"),
        net: Amount(total - refunded).to_string(),
        net_sales: Amount(net_sales).to_string(),
        lines: order.int("lines"),
        customer: order.key("customer"),
        channel: order.text("channel"),
        source: order.text("source"),
        medium: order.text("medium"),
        mailing: sent.map(mailing),
        campaign: sent.and_then(|sent| sent.campaign.clone()).or(campaign),
        coupon: order.text("coupon"),
        payment_method: order.text("payment_method"),
        sales_channel: order.text("sales_channel"),
        origin: order.named("origin", ORIGINS),
        trust: order.named("trust", TRUSTS),
        statements: order.int("statements"),
        marks: marks(order.int("flags").and_then(|flags| u32::try_from(flags).ok()).unwrap_or(0)),
    }
}
