//! The shop's own list of orders against ours: `POST /api/v1/sites/{id}/reconcile` with the list as CSV.
//!
//! Comparing takes the right to read. With `book=true` every order that is missing is booked as an import, which takes
//! the right to import as well, and the answer waits until it is safe.

use super::auth::{CurrentSite, Granted};
use super::cells::{origin_name, status_name};
use super::parameters::{FROM, Parameter, Parameters, TO, Takes};
use super::signature::schema_of;
use super::values::{List as Upload, ShownBadLine, bad_lines};
use super::{Access, ApiError, Route, asking};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::accept;
use collector::book::Scope;
use collector::reject::Reject;
use commerce::{Amount, SiteId, SiteSettings};
use compare::{Comparison, DaySums, Difference, ORIGINS, Ours, Period};
use http::{Method, StatusCode};
use jiff::civil::Date;
use list::Listed;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

mod book;
mod compare;
mod list;
mod ours;

/// How many orders are booked in one group.
const BOOKED_AT_ONCE: usize = 500;

pub(super) fn routes() -> Vec<Route> {
    const BOOK: Parameter = Parameter::new(
        "book",
        Takes::Flag,
        "true: book every order that is missing as an import; takes scope admin. The answer waits until it is safe.",
    );
    let from = FROM.meaning("First day to compare; the list's first if left out.");
    let to = TO.meaning("Last day to compare; the list's last if left out.");
    vec![
        Route::new(Method::POST, "/api/v1/sites/{id}/reconcile", Access::Site(Scope::Read), reconcile).asks_store()
            .says(
                "Compares the shop's own list of orders with ours: missing, extra, different, day by day, and who saw how many.",
                "What the comparison found.",
            )
            .takes([BOOK, from, to])
            .sent_as("text/csv", schema_of::<OrdersAsCsv>())
            .refuses(&[Reject::Busy, Reject::StorageFull, Reject::StorageFailed].map(|r| (r.status(), r.code()))),
    ]
}

/// Columns id and total, and where there are any currency, date and status.
#[derive(JsonSchema)]
#[schemars(inline)]
struct OrdersAsCsv(#[expect(dead_code, reason = "it says what a list holds")] String);

/// The shop's list of orders against ours.
#[derive(Serialize, JsonSchema)]
struct Reconciliation {
    /// Whether both say the same.
    equal: bool,
    meta: ReconciledPeriod,
    counts: ReconciledCounts,
    /// Orders of the list that we do not know.
    missing: Vec<MissingOrder>,
    /// Orders of ours that are not in the list.
    extra: Vec<ExtraOrder>,
    different: Vec<DifferentOrder>,
    days: Vec<ReconciledDay>,
    /// Who saw how many of the list's orders.
    origins: Vec<SeenByOrigin>,
    bad_lines: Vec<ShownBadLine>,
    /// Ids of the orders that were booked.
    booked: Vec<String>,
    not_booked: Vec<NotBooked>,
}

#[derive(Serialize, JsonSchema)]
struct ReconciledPeriod {
    from: Option<String>,
    to: Option<String>,
    timezone: String,
    currency: String,
}

#[derive(Serialize, JsonSchema)]
struct ReconciledCounts {
    listed: usize,
    equal: usize,
    missing: usize,
    extra: usize,
    different: usize,
    bad_lines: usize,
    outside_period: usize,
    booked: usize,
}

#[derive(Serialize, JsonSchema)]
struct MissingOrder {
    line: usize,
    id: String,
    total: String,
    currency: String,
    placed_at: Option<String>,
    status: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct ExtraOrder {
    order_id: String,
    total: String,
    currency: String,
    placed_at: String,
    status: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct DifferentOrder {
    line: usize,
    id: String,
    order_id: String,
    fields: Vec<DifferentField>,
}

#[derive(Serialize, JsonSchema)]
struct DifferentField {
    #[schemars(extend("enum" = ["total", "currency", "status", "counts"]))]
    field: &'static str,
    theirs: String,
    ours: String,
    /// Theirs less ours, of totals only.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct ReconciledDay {
    day: String,
    currency: String,
    theirs: OrdersAndTotal,
    ours: OrdersAndTotal,
    /// Theirs less ours.
    difference: OrdersAndTotal,
}

#[derive(Serialize, JsonSchema)]
struct OrdersAndTotal {
    orders: i64,
    total: String,
}

#[derive(Serialize, JsonSchema)]
struct SeenByOrigin {
    origin: &'static str,
    orders: usize,
    of: usize,
    /// Decimal text of four digits.
    share: String,
}

#[derive(Serialize, JsonSchema)]
struct NotBooked {
    id: String,
    reason: String,
}

async fn reconcile(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    parameters: Parameters,
    upload: Upload,
) -> Result<Json<Reconciliation>, ApiError> {
    let is_booking = parameters.flag("book")?;
    if is_booking && !granted.may(site.id(), Scope::Import) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "token.scope", "this token may not book orders")
            .hint("booking takes the right to import and to read: a token of scope admin"));
    }
    let (from, to) = (parameters.day("from")?, parameters.day("to")?);
    let settings = site.get().settings.clone();
    let (id, zone) = (site.id(), settings.timezone.clone());
    let (found, period) = asking(&app, id, move |snapshot| {
        let list = list::read(&upload.0, &settings).map_err(|what| ApiError::bad_request("list.unreadable", what))?;
        let period = asked_for(from, to, compare::period_of(&list, &zone));
        let book = ours::read(snapshot, id, &list, period, &zone)?;
        Ok::<_, ApiError>((compare::compare(id, list, &book, period, &zone), period))
    })
    .await?;
    let booked = if is_booking { book_missing(&app, id, &found.missing).await? } else { Booked::default() };
    Ok(Json(shown(&found, &booked, period, &site.get().settings)))
}

/// Returns the period that is compared: the days asked for, else those of the list.
fn asked_for(from: Option<Date>, to: Option<Date>, of_list: Option<Period>) -> Option<Period> {
    let from = from.or(of_list.map(|p| p.from))?;
    let to = to.or(of_list.map(|p| p.to))?;
    Some(Period { from, to })
}

/// What became of the orders to be booked.
#[derive(Default)]
struct Booked {
    ids: Vec<String>,
    left: Vec<(String, String)>,
}

async fn book_missing(app: &App, site: SiteId, missing: &[Listed]) -> Result<Booked, ApiError> {
    let mut booked = Booked::default();
    let mut events: Vec<(String, String)> = Vec::new();
    for order in missing {
        match book::event_of(site, order) {
            Some(event) => events.push((order.id.clone(), event)),
            None => booked.left.push((order.id.clone(), "order.undated".to_owned())),
        }
    }
    for group in events.chunks(BOOKED_AT_ONCE) {
        let texts: Vec<String> = group.iter().map(|(_, event)| event.clone()).collect();
        let reasons = accept::import(&app.door, site, &texts).await.map_err(ApiError::from)?;
        for ((id, _), reason) in group.iter().zip(reasons) {
            match reason {
                None => booked.ids.push(id.clone()),
                Some(reason) => booked.left.push((id.clone(), reason)),
            }
        }
    }
    Ok(booked)
}

fn shown(found: &Comparison, booked: &Booked, period: Option<Period>, settings: &SiteSettings) -> Reconciliation {
    let origins = ORIGINS.iter().filter_map(|origin| {
        let orders = *found.seen.get(origin)?;
        let share = share_text(orders, found.listed);
        Some(SeenByOrigin { origin: origin_name(*origin), orders, of: found.listed, share })
    });
    let not_booked = booked.left.iter().map(|(id, reason)| NotBooked { id: id.clone(), reason: reason.clone() });
    Reconciliation {
        equal: found.is_equal(booked.ids.len()),
        meta: ReconciledPeriod {
            from: period.map(|p| p.from.to_string()),
            to: period.map(|p| p.to.to_string()),
            timezone: settings.timezone.name().to_owned(),
            currency: settings.currency.code().to_owned(),
        },
        counts: ReconciledCounts {
            listed: found.listed,
            equal: found.equal,
            missing: found.missing.len(),
            extra: found.extra.len(),
            different: found.different.len(),
            bad_lines: found.bad.len(),
            outside_period: found.outside,
            booked: booked.ids.len(),
        },
        missing: found.missing.iter().map(missing).collect(),
        extra: found.extra.iter().map(extra).collect(),
        different: found.different.iter().map(|(order, id, all)| different(order, id, all)).collect(),
        days: found.days.iter().map(|((day, currency), sums)| sums_of(*day, currency, sums)).collect(),
        origins: origins.collect(),
        bad_lines: bad_lines(&found.bad),
        booked: booked.ids.clone(),
        not_booked: not_booked.collect(),
    }
}

fn missing(order: &Listed) -> MissingOrder {
    MissingOrder {
        line: order.line,
        id: order.id.clone(),
        total: order.total.to_string(),
        currency: order.currency.code().to_owned(),
        placed_at: order.placed_at.map(|at| at.to_string()),
        status: order.status.map(status_name),
    }
}

fn extra(order: &Ours) -> ExtraOrder {
    ExtraOrder {
        order_id: order.order_id.clone(),
        total: order.total.to_string(),
        currency: order.currency.code().to_owned(),
        placed_at: order.placed_at.to_string(),
        status: status_name(order.status),
    }
}

fn different(order: &Listed, order_id: &str, all: &[Difference]) -> DifferentOrder {
    let field = |field, theirs: &dyn std::fmt::Display, ours: &dyn std::fmt::Display| DifferentField {
        field,
        theirs: theirs.to_string(),
        ours: ours.to_string(),
        difference: None,
    };
    let fields = all.iter().map(|difference| match difference {
        Difference::Total(theirs, ours) => {
            let difference = Some(Amount(theirs.0.saturating_sub(ours.0)).to_string());
            DifferentField { difference, ..field("total", theirs, ours) }
        }
        Difference::Currency(theirs, ours) => field("currency", &theirs.code(), &ours.code()),
        Difference::Status(theirs, ours) => field("status", &status_name(*theirs), &status_name(*ours)),
        Difference::NotCounted(why) => field("counts", &"sale", why),
    });
    DifferentOrder { line: order.line, id: order.id.clone(), order_id: order_id.to_owned(), fields: fields.collect() }
}

fn sums_of(day: Date, currency: &str, sums: &DaySums) -> ReconciledDay {
    let side = |(orders, total): (u32, Amount)| OrdersAndTotal { orders: orders.into(), total: total.to_string() };
    let (theirs, ours) = (sums.theirs, sums.ours);
    ReconciledDay {
        day: day.to_string(),
        currency: currency.to_owned(),
        theirs: side(theirs),
        ours: side(ours),
        difference: OrdersAndTotal {
            orders: i64::from(theirs.0) - i64::from(ours.0),
            total: Amount(theirs.1.0.saturating_sub(ours.1.0)).to_string(),
        },
    }
}

/// Returns `part / whole` as decimal text of four digits, rounded half up; 0 of nothing is 0.
fn share_text(part: usize, whole: usize) -> String {
    let steps = (part * 10_000 + whole / 2).checked_div(whole).unwrap_or(0);
    format!("{}.{:04}", steps / 10_000, steps % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_without_floats() {
        assert_eq!(share_text(2, 3), "0.6667");
        assert_eq!(share_text(3, 3), "1.0000");
        assert_eq!(share_text(0, 0), "0.0000");
    }
}
