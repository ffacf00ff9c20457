//! People: `GET /api/v1/sites/{id}/customers`, `/customers/{customer}` and `/visitors/{visitor}`.
//!
//! A customer is found by user id, hashed e-mail or key, a visitor by the id its client sent or by key. Who owns an event
//! is worked out of everything that was ever said of its visitor, by the same rule as everywhere.

use super::auth::{CurrentSite, Granted};
use super::carts::{Judge, ShownCart, key_of_text};
use super::cells::{Cells, dialect_name, key_text, origin_name, rows_as, trust_name};
use super::order_detail::{Attribution, OrderSummary, row_summary, source};
use super::parameters::{FILTER, OFFSET, Parameter, Parameters, Path, SEGMENT, Takes, limit};
use super::saved::{BAD_FILTER, narrowed};
use super::values::PartOfList;
use super::{Access, ApiError, Route, asking, glancing};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::rows::{EventRow, IdentityRow, Subject, VisitRow};
use commerce::{CustomerKey, SiteId, Timestamp, VisitorKey};
use http::Method;
use reports::kept::Listed;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{CustomerDetail, Snapshot, VisitorDetail};

#[derive(Serialize, JsonSchema)]
struct Customers {
    meta: PartOfList,
    customers: Vec<ListedCustomer>,
}

/// A customer as a list shows it.
#[derive(Serialize, JsonSchema)]
struct ListedCustomer {
    /// Key of 16 hexadecimal digits.
    customer: Option<String>,
    user_id: Option<String>,
    /// The site's salted hash of an e-mail address.
    email_hash: Option<String>,
    email: Option<String>,
    orders: Option<i64>,
    net_sales: Option<String>,
    first_order_at: Option<String>,
    last_order_at: Option<String>,
}

/// A customer with devices, orders and carts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Customer")]
struct ShownCustomer {
    /// Key of 16 hexadecimal digits.
    customer: String,
    user_id: Option<String>,
    /// The site's salted hash of an e-mail address.
    email_hash: Option<String>,
    email: Option<String>,
    /// How many orders count as sales.
    orders_counted: usize,
    first_order_at: Option<String>,
    last_order_at: Option<String>,
    /// The browsers and devices on which the customer was named.
    visitors: Vec<NamedVisitor>,
    orders: Vec<OrderSummary>,
    carts: Vec<ShownCart>,
}

#[derive(Serialize, JsonSchema)]
struct NamedVisitor {
    visitor: String,
    first_named_at: String,
    last_named_at: String,
}

/// What a visitor did.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Visitor")]
struct ShownVisitor {
    /// Key of 16 hexadecimal digits.
    visitor: String,
    /// Whether more than one customer was named on it.
    shared_device: bool,
    visits: Vec<Owned<ShownVisit>>,
    /// The latest events.
    events: Vec<Owned<ShownEvent>>,
    orders: Vec<OrderSummary>,
    carts: Vec<ShownCart>,
}

/// Something that a visitor did, with whose it is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Owned{T}")]
struct Owned<T> {
    #[serde(flatten)]
    done: T,
    /// User id of the customer whose it is; null for nobody's, and for one known by e-mail alone.
    owner: Option<String>,
    /// Key of the customer whose it is.
    customer: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Visit")]
struct ShownVisit {
    visit: String,
    /// The visitor's how many-th it is.
    number: u32,
    started_at: String,
    last_at: String,
    attribution: Attribution,
    landing_page: Option<String>,
    exit_page: Option<String>,
    page_views: u32,
    events: u32,
    device: Option<String>,
    browser: Option<String>,
    os: Option<String>,
    country: Option<String>,
    bot: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Event")]
struct ShownEvent {
    event: String,
    position: u64,
    occurred_at: String,
    name: String,
    visit: Option<String>,
    dialect: &'static str,
    origin: &'static str,
    trust: &'static str,
    host: Option<String>,
    page: Option<String>,
    page_title: Option<String>,
    search_term: Option<String>,
    bot: Option<String>,
}

const SORTS: [&str; 3] = ["last_order", "net_sales", "orders"];
const LIMIT_MAX: u32 = 1000;

pub(super) fn routes() -> Vec<Route> {
    const ORDER: Parameter =
        Parameter::new("order", Takes::Word(|| SORTS.to_vec()), "What to sort by, the largest first.");
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/customers", Access::Site(Scope::Read), list)
            .asks_store()
            .says("Lists customers with their orders and net sales.", "Customers, and how many there are in all.")
            .takes([ORDER, limit(LIMIT_MAX), OFFSET, FILTER, SEGMENT])
            .refuses(BAD_FILTER),
        Route::new(Method::GET, "/api/v1/sites/{id}/customers/{customer}", Access::Site(Scope::Read), show_customer)
            .asks_store()
            .says("Shows a customer: devices, orders, carts.", "The customer.")
            .names("customer", "User id, hashed e-mail or key.")
            .refuses(&[(404, "customer.unknown")]),
        Route::new(Method::GET, "/api/v1/sites/{id}/visitors/{visitor}", Access::Site(Scope::Read), show_visitor)
            .asks_store()
            .says("Shows a visitor: visits, the latest events with their owners, orders, carts.", "The visitor.")
            .names("visitor", "The visitor id as the client sent it, or our key.")
            .refuses(&[(404, "visitor.unknown")]),
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
) -> Result<Json<Customers>, ApiError> {
    const COLUMNS: [&str; 3] = ["last_order_at", "net_sales", "orders"];
    let (limit, offset) = (parameters.limit(50, LIMIT_MAX)?, parameters.offset()?);
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
        let total = count.rows.first().and_then(|row| row.first()?.as_u64()).unwrap_or(0);
        Ok::<_, ApiError>((rows_as(&page, listed), total, narrowed.filters))
    })
    .await?;
    let (count, currency) = (customers.len(), currency.code().to_owned());
    Ok(Json(Customers { meta: PartOfList { count, total, offset, currency, filters }, customers }))
}

fn listed(row: &Cells<'_>) -> ListedCustomer {
    ListedCustomer {
        customer: row.key("customer"),
        user_id: row.text("user_id"),
        email_hash: row.text("email_hash"),
        email: row.text("email"),
        orders: row.int("orders"),
        net_sales: row.amount("net_sales"),
        first_order_at: row.time("first_order_at"),
        last_order_at: row.time("last_order_at"),
    }
}

async fn show_customer(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, customer)): Path<(u32, String)>,
) -> Result<Json<ShownCustomer>, ApiError> {
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

fn customer_shown(key: CustomerKey, found: &CustomerDetail, identities: &[IdentityRow], judge: Judge) -> ShownCustomer {
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
    let visitors = devices.iter().map(|(visitor, (first, last))| NamedVisitor {
        visitor: key_text(visitor.0),
        first_named_at: first.to_string(),
        last_named_at: last.to_string(),
    });
    ShownCustomer {
        customer: key_text(key.0),
        user_id: person.and_then(|p| p.user_id.clone()),
        email_hash: person.and_then(|p| p.email_hash.clone()),
        email: person.and_then(|p| p.email.clone()),
        orders_counted: counting().count(),
        first_order_at: counting().map(|order| order.placed_at).min().map(|at| at.to_string()),
        last_order_at: counting().map(|order| order.placed_at).max().map(|at| at.to_string()),
        visitors: visitors.collect(),
        orders: found.orders.iter().map(row_summary).collect(),
        carts: found.carts.iter().map(|cart| judge.shown(cart)).collect(),
    }
}

async fn show_visitor(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, visitor)): Path<(u32, String)>,
) -> Result<Json<ShownVisitor>, ApiError> {
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

type Names = BTreeMap<CustomerKey, Option<String>>;

/// Returns the user id of each of `customers`; `None` for one known by e-mail alone.
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
    let name =
        |row: &Vec<store::Value>| Some((CustomerKey(row.first()?.as_u64()?), row.get(1)?.as_text().map(str::to_owned)));
    Ok(found.rows.iter().filter_map(name).collect())
}

fn visitor_shown(visitor: VisitorKey, found: &VisitorDetail, names: &Names, judge: Judge) -> ShownVisitor {
    let owner = |at| enrichment::owner_of(&found.identities, visitor, at);
    ShownVisitor {
        visitor: key_text(visitor.0),
        shared_device: enrichment::is_shared(&found.identities, visitor),
        visits: found.visits.iter().map(|visit| owned(visit_shown(visit), owner(visit.started_at), names)).collect(),
        events: found.events.iter().map(|event| owned(event_shown(event), owner(event.occurred_at), names)).collect(),
        orders: found.orders.iter().map(row_summary).collect(),
        carts: found.carts.iter().map(|cart| judge.shown(cart)).collect(),
    }
}

fn owned<T>(done: T, owner: Option<CustomerKey>, names: &Names) -> Owned<T> {
    Owned {
        done,
        owner: owner.and_then(|key| names.get(&key).cloned().flatten()),
        customer: owner.map(|key| key_text(key.0)),
    }
}

fn visit_shown(visit: &VisitRow) -> ShownVisit {
    ShownVisit {
        visit: key_text(visit.visit.0),
        number: visit.number,
        started_at: visit.started_at.to_string(),
        last_at: visit.last_at.to_string(),
        attribution: source(&visit.source),
        landing_page: visit.landing_page.clone(),
        exit_page: visit.exit_page.clone(),
        page_views: visit.page_views,
        events: visit.events,
        device: visit.device.clone(),
        browser: visit.browser.clone(),
        os: visit.os.clone(),
        country: visit.country.clone(),
        bot: visit.bot.clone(),
    }
}

fn event_shown(event: &EventRow) -> ShownEvent {
    ShownEvent {
        event: key_text(event.event.0),
        position: event.position,
        occurred_at: event.occurred_at.to_string(),
        name: event.name.clone(),
        visit: event.visit.map(|k| key_text(k.0)),
        dialect: dialect_name(event.dialect),
        origin: origin_name(event.origin),
        trust: trust_name(event.trust),
        host: event.host.clone(),
        page: event.page.clone(),
        page_title: event.page_title.clone(),
        search_term: event.search_term.clone(),
        bot: event.bot.clone(),
    }
}
