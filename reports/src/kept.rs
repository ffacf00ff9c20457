//! What is kept: which orders, carts or customers a filter keeps, as a condition for whoever reads them one by one.
//!
//! The same narrowing as a report's, so that a list's length and a report's count agree.

use crate::arm::{Context, Side, rows_read};
use crate::calendar::Period;
use crate::error::QueryError;
use crate::facts::Fact;
use crate::filter::{Filter, Of};
use crate::joins::Needs;
use crate::plan::route;
use crate::query::RefundView;
use crate::relations::Scope;
use crate::segment::{check, check_timeless};
use crate::sql::Params;
use commerce::{SiteId, SiteSettings, Timestamp};
use jiff::civil::Date;
use store::Kept;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Orders of every status; test orders are never kept.
    Orders,
    /// Carts; those of nobody are never kept.
    Carts,
    /// Customers: one of their orders or visits is kept.
    Customers,
}

impl Listed {
    /// Returns the facts whose rows are kept, with the column that is listed.
    fn facts(self) -> &'static [(Fact, &'static str)] {
        match self {
            Self::Orders => &[(Fact::AllOrders, r#"o."order""#)],
            Self::Carts => &[(Fact::Carts, "c.cart")],
            Self::Customers => &[(Fact::Orders, "o.customer"), (Fact::Visits, "v.customer")],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Carts => "carts",
            Self::Customers => "customers",
        }
    }
}

/// Returns the keys of what is `listed` that `filter` keeps; `None` if it keeps everything. Behaviours are counted up to
/// the day `to`; `as_of` decides which carts are abandoned.
///
/// # Errors
/// `query.not_combinable` if the filter asks what the list's rows do not know.
pub fn keys(
    site: SiteId,
    settings: &SiteSettings,
    filter: &Filter,
    listed: Listed,
    to: Date,
    as_of: Timestamp,
) -> Result<Option<Kept>, QueryError> {
    if filter.parts.is_empty() {
        return Ok(None);
    }
    check(filter)?;
    for part in filter.parts.iter().filter(|part| part.of == Of::Rows) {
        check_timeless(&part.tree)?;
    }
    let dimensions = filter.asked();
    let reaches = |fact: Fact| dimensions.iter().all(|d| route(fact, d.dimension()).is_some());
    let facts: Vec<_> = listed.facts().iter().filter(|(fact, _)| reaches(*fact)).collect();
    if facts.is_empty() {
        let names: Vec<String> = dimensions.iter().map(|d| format!("`{}`", d.name())).collect();
        return Err(QueryError::new(
            "query.not_combinable",
            format!("{} cannot be filtered by {}", listed.name(), names.join(", ")),
            "make it a segment: `visitors:`, `visits:` or `customers:` in front",
        ));
    }
    let mut params = Params::default();
    params.bind(site);
    let refunds = if settings.refunds_on_order_date { RefundView::OrderDate } else { RefundView::RefundDate };
    let scope = Scope { ecommerce: settings.ecommerce, unverified: settings.count_unverified_orders, refunds };
    let mut context = Context::new(params, scope, settings, as_of, filter);
    let whole = Side { period: Period { from: Date::constant(1970, 1, 1), to }, part: None, buckets: Vec::new() };
    let mut selects = Vec::new();
    for (fact, key) in facts {
        let (from, conditions) = rows_read(&mut context, *fact, &whole, &mut Needs::default());
        selects.push(format!("select {key} from {from} where {}", conditions.join(" and ")));
    }
    let sql = format!("({})", selects.join(" union all "));
    Ok(Some(Kept { sql, params: context.params.into_values() }))
}
