//! People: `GET /api/v1/sites/{id}/customers`, `/customers/{customer}` and `/visitors/{visitor}`.
//!
//! A customer is found by user id, hashed e-mail or key, a visitor by the id its client sent or by key. Who owns an event
//! is worked out of everything that was ever said of its visitor, by the same rule as everywhere.

use super::auth::{CurrentSite, Granted};
use super::carts::{Judge, key_of_text};
use super::cells::{Cells, dialect_name, key_text, origin_name, rows_as, trust_name};
use super::order_detail::{row_summary, source};
use super::parameters::Parameters;
use super::saved::narrowed;
use super::{Access, ApiError, Route, asking, glancing};
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use commerce::rows::{EventRow, IdentityRow, Subject, VisitRow};
use commerce::{CustomerKey, SiteId, Timestamp, VisitorKey};
use http::Method;
use reports::kept::Listed;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{CustomerDetail, Snapshot, VisitorDetail};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/customers", Access::Site(Scope::Read), list),
        Route::new(Method::GET, "/api/v1/sites/{id}/customers/{customer}", Access::Site(Scope::Read), show_customer),
        Route::new(Method::GET, "/api/v1/sites/{id}/visitors/{visitor}", Access::Site(Scope::Read), show_visitor),
    ]
}

/// Everybody whom the shop has named, with and without orders. An e-mail address that belongs to a user is no customer
/// of its own.
const PEOPLE: &str = "
with named as (
    select p.customer, p.user_id, p.email_hash, p.email
    from people_now p
    where p.site = $1 and p.customer not in (
        select i.subject from identities_now i
        where i.site = $1 and i.subject_kind = 1 and i.customer is not null
    )
),
back as (
    select r.\"order\", sum(r.r_goods) as goods from refunds_now r where r.site = $1 group by r.\"order\"
),
sales as (
    select
        o.customer,
        count(*) as orders,
        cast(coalesce(sum(o.r_gross_sales - o.r_discounts - coalesce(b.goods, 0)), 0) as bigint) as net_sales,
        min(o.placed_at) as first_order_at,
        max(o.placed_at) as last_order_at
    from orders_now o
    left join back b on b.\"order\" = o.\"order\"
    where o.site = $1 and o.counts and o.customer is not null
    group by o.customer
),
customers as (
    select
        coalesce(n.customer, s.customer) as customer,
        n.user_id,
        n.email_hash,
        n.email,
        coalesce(s.orders, 0) as orders,
        coalesce(s.net_sales, 0) as net_sales,
        s.first_order_at,
        s.last_order_at
    from named n
    full join sales s on s.customer = n.customer
)";

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    parameters: Parameters,
) -> Result<Json<Value>, ApiError> {
    const SORTS: [&str; 3] = ["last_order", "net_sales", "orders"];
    const COLUMNS: [&str; 3] = ["last_order_at", "net_sales", "orders"];
    parameters.only(&["limit", "offset", "order", "filter", "segment"])?;
    let (limit, offset) = (parameters.limit(50, 1000)?, parameters.number("offset", 0, 10_000_000)?);
    let by = COLUMNS[parameters.one_of("order", &SORTS)?.unwrap_or(0)];
    let settings = site.get().settings.clone();
    let currency = settings.currency;
    let served = Arc::clone(&app);
    let (customers, total, filters) = asking(&app, site.id(), move |snapshot| {
        let list = (Listed::Customers, snapshot.as_of()?);
        let narrowed = narrowed(&served, (site.id(), &settings), &granted, &parameters, list)?;
        let (among, params) = match narrowed.kept {
            Some(kept) => (format!("where customer in {}", kept.sql), kept.params),
            None => (String::new(), vec![store::Value::from(site.id())]),
        };
        let (first, second) = (params.len() + 1, params.len() + 2);
        let page = format!(
            "{PEOPLE} select * from customers {among} order by {by} desc nulls last, customer limit ${first} offset ${second}"
        );
        let count = format!("{PEOPLE} select count(*) as total from customers {among}");
        let mut of_page = params.clone();
        of_page.extend([limit.into(), offset.into()]);
        let (page, count) = (snapshot.query(&page, &of_page)?, snapshot.query(&count, &params)?);
        let total = count.rows.first().and_then(|row| row.first()?.as_i64());
        Ok::<_, ApiError>((rows_as(&page, listed), total, narrowed.filters))
    })
    .await?;
    let meta = json!({
        "count": customers.len(), "total": total, "offset": offset, "currency": currency.code(), "filters": filters,
    });
    Ok(Json(json!({ "meta": meta, "customers": customers })))
}

fn listed(row: &Cells<'_>) -> Value {
    json!({
        "customer": row.key("customer"),
        "user_id": row.text("user_id"),
        "email_hash": row.text("email_hash"),
        "email": row.text("email"),
        "orders": row.number("orders"),
        "net_sales": row.amount("net_sales"),
        "first_order_at": row.time("first_order_at"),
        "last_order_at": row.time("last_order_at"),
    })
}

async fn show_customer(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, customer)): Path<(u32, String)>,
) -> Result<Json<Value>, ApiError> {
    let idle_s = site.get().settings.cart_idle_s;
    let shown = glancing(&app, site.id(), move |snapshot| {
        let (key, found) = find_customer(snapshot, site.id(), &customer)?
            .ok_or_else(|| ApiError::not_found("customer.unknown", "nobody is known by this id"))?;
        let emails: BTreeSet<CustomerKey> = found.identities.iter().filter_map(|row| email_of(row.subject)).collect();
        let mut identities = found.identities.clone();
        for email in emails {
            identities.extend(snapshot.customer(site.id(), email)?.into_iter().flat_map(|email| email.identities));
        }
        let judge = Judge { idle_s, as_of: snapshot.as_of()? };
        Ok::<_, ApiError>(customer_shown(key, &found, &identities, judge))
    });
    Ok(Json(shown.await?))
}

/// Finds a customer by user id, hashed e-mail or key; an e-mail address leads to the user it belongs to.
fn find_customer(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    text: &str,
) -> Result<Option<(CustomerKey, CustomerDetail)>, ApiError> {
    let named = [CustomerKey::of_user_id(site, text), CustomerKey::of_email_hash(site, text)];
    for key in named.into_iter().chain(key_of_text(text).map(CustomerKey)) {
        let key = user_of_email(snapshot, site, key)?.unwrap_or(key);
        if let Some(found) = snapshot.customer(site, key)? {
            return Ok(Some((key, found)));
        }
    }
    Ok(None)
}

/// The first user who named an e-mail address has it.
const OF_EMAIL: &str = "
select customer
from identities_now
where site = ? and subject_kind = 1 and subject = ? and customer is not null
order by \"at\", customer
limit 1";

/// Returns the user whom an e-mail address belongs to; `None` if it belongs to none.
pub(super) fn user_of_email(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    email: CustomerKey,
) -> Result<Option<CustomerKey>, ApiError> {
    let found = snapshot.query(OF_EMAIL, &[site.into(), store::Value::UInt(email.0)])?;
    Ok(found.rows.first().and_then(|row| row.first()?.as_u64()).map(CustomerKey))
}

fn email_of(subject: Subject) -> Option<CustomerKey> {
    match subject {
        Subject::Email(email) => Some(email),
        Subject::Visitor(_) => None,
    }
}

fn customer_shown(key: CustomerKey, found: &CustomerDetail, identities: &[IdentityRow], judge: Judge) -> Value {
    let person = found.person.as_ref();
    let mut devices: BTreeMap<VisitorKey, (Timestamp, Timestamp)> = BTreeMap::new();
    let mut by_time: Vec<&IdentityRow> = identities.iter().collect();
    by_time.sort_by_key(|row| row.at);
    for row in by_time {
        if let Subject::Visitor(visitor) = row.subject {
            devices.entry(visitor).or_insert((row.at, row.at)).1 = row.at;
        }
    }
    let counting = || found.orders.iter().filter(|order| order.counts);
    json!({
        "customer": key_text(key.0),
        "user_id": person.and_then(|p| p.user_id.as_deref()),
        "email_hash": person.and_then(|p| p.email_hash.as_deref()),
        "email": person.and_then(|p| p.email.as_deref()),
        "orders_counted": counting().count(),
        "first_order_at": counting().map(|order| order.placed_at).min().map(|at| at.to_string()),
        "last_order_at": counting().map(|order| order.placed_at).max().map(|at| at.to_string()),
        "visitors": devices.iter().map(|(visitor, (first, last))| json!({
            "visitor": key_text(visitor.0), "first_named_at": first.to_string(), "last_named_at": last.to_string(),
        })).collect::<Vec<_>>(),
        "orders": found.orders.iter().map(row_summary).collect::<Vec<_>>(),
        "carts": found.carts.iter().map(|cart| judge.shown(cart)).collect::<Vec<_>>(),
    })
}

async fn show_visitor(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, visitor)): Path<(u32, String)>,
) -> Result<Json<Value>, ApiError> {
    let idle_s = site.get().settings.cart_idle_s;
    let shown = glancing(&app, site.id(), move |snapshot| {
        // The client's own id goes first: Matomo's have the form of a key.
        let keys = [Some(VisitorKey::of_visitor_id(site.id(), &visitor)), key_of_text(&visitor).map(VisitorKey)];
        for key in keys.into_iter().flatten() {
            if let Some(found) = snapshot.visitor(site.id(), key)? {
                let names = names_of(snapshot, site.id(), &owners(key, &found))?;
                let judge = Judge { idle_s, as_of: snapshot.as_of()? };
                return Ok(visitor_shown(key, &found, &names, judge));
            }
        }
        Err(ApiError::not_found("visitor.unknown", "nothing was sent by this visitor"))
    });
    Ok(Json(shown.await?))
}

/// Returns everybody who ever owned something that the visitor did.
fn owners(visitor: VisitorKey, found: &VisitorDetail) -> Vec<CustomerKey> {
    let of_events = found.events.iter().map(|event| event.occurred_at);
    let of_visits = found.visits.iter().map(|visit| visit.started_at);
    let owners = of_events.chain(of_visits).filter_map(|at| enrichment::owner_of(&found.identities, visitor, at));
    owners.collect::<BTreeSet<_>>().into_iter().collect()
}

type Names = BTreeMap<CustomerKey, Value>;

/// Returns the user id of each of `customers`; null for one known by e-mail alone.
fn names_of(snapshot: &Snapshot<'_>, site: SiteId, customers: &[CustomerKey]) -> Result<Names, ApiError> {
    if customers.is_empty() {
        return Ok(Names::new());
    }
    let sql = format!(
        "select customer, user_id from people_now where site = ? and customer in ({})",
        vec!["?"; customers.len()].join(", ")
    );
    let keys = customers.iter().map(|customer| store::Value::UInt(customer.0));
    let params: Vec<store::Value> = std::iter::once(site.into()).chain(keys).collect();
    let found = snapshot.query(&sql, &params)?;
    let name = |row: &Vec<store::Value>| Some((CustomerKey(row.first()?.as_u64()?), row.get(1)?.as_text().into()));
    Ok(found.rows.iter().filter_map(name).collect())
}

fn visitor_shown(visitor: VisitorKey, found: &VisitorDetail, names: &Names, judge: Judge) -> Value {
    let owner = |at| enrichment::owner_of(&found.identities, visitor, at);
    let with_owner = |mut shown: Value, owner: Option<CustomerKey>| {
        shown["owner"] = owner.and_then(|key| names.get(&key).cloned()).unwrap_or_default();
        shown["customer"] = owner.map(|key| key_text(key.0)).into();
        shown
    };
    json!({
        "visitor": key_text(visitor.0),
        "shared_device": enrichment::is_shared(&found.identities, visitor),
        "visits": found.visits.iter().map(|visit| with_owner(visit_shown(visit), owner(visit.started_at))).collect::<Vec<_>>(),
        "events": found.events.iter().map(|event| with_owner(event_shown(event), owner(event.occurred_at))).collect::<Vec<_>>(),
        "orders": found.orders.iter().map(row_summary).collect::<Vec<_>>(),
        "carts": found.carts.iter().map(|cart| judge.shown(cart)).collect::<Vec<_>>(),
    })
}

fn visit_shown(visit: &VisitRow) -> Value {
    json!({
        "visit": key_text(visit.visit.0),
        "number": visit.number,
        "started_at": visit.started_at.to_string(),
        "last_at": visit.last_at.to_string(),
        "attribution": source(&visit.source),
        "landing_page": visit.landing_page,
        "exit_page": visit.exit_page,
        "page_views": visit.page_views,
        "events": visit.events,
        "device": visit.device,
        "browser": visit.browser,
        "os": visit.os,
        "country": visit.country,
        "bot": visit.bot,
    })
}

fn event_shown(event: &EventRow) -> Value {
    json!({
        "event": key_text(event.event.0),
        "position": event.position,
        "occurred_at": event.occurred_at.to_string(),
        "name": event.name,
        "visit": event.visit.map(|k| key_text(k.0)),
        "dialect": dialect_name(event.dialect),
        "origin": origin_name(event.origin),
        "trust": trust_name(event.trust),
        "host": event.host,
        "page": event.page,
        "page_title": event.page_title,
        "search_term": event.search_term,
        "bot": event.bot,
    })
}
