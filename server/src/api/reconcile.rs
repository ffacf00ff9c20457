//! The shop's own list of orders against ours: `POST /api/v1/sites/{id}/reconcile` with the list as CSV.
//!
//! Comparing takes the right to read. With `book=true` every order that is missing is booked as an import, which takes
//! the right to import as well, and the answer waits until it is safe.

use super::auth::{CurrentSite, Granted};
use super::cells::{origin_name, status_name};
use super::parameters::Parameters;
use super::values::List as Upload;
use super::{Access, ApiError, Route, asking};
use crate::app::App;
use crate::sheet::BadLine;
use axum::Json;
use axum::extract::State;
use collector::accept;
use collector::book::Scope;
use commerce::{Amount, SiteId, SiteSettings};
use compare::{Comparison, DaySums, Difference, ORIGINS, Ours, Period};
use http::{Method, StatusCode};
use jiff::civil::Date;
use list::Listed;
use serde_json::{Value, json};
use std::sync::Arc;

mod book;
mod compare;
mod list;
mod ours;

/// How many orders are booked in one group.
const BOOKED_AT_ONCE: usize = 500;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::POST, "/api/v1/sites/{id}/reconcile", Access::Site(Scope::Read), reconcile)]
}

async fn reconcile(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    parameters: Parameters,
    upload: Upload,
) -> Result<Json<Value>, ApiError> {
    parameters.only(&["book", "from", "to"])?;
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

fn shown(found: &Comparison, booked: &Booked, period: Option<Period>, settings: &SiteSettings) -> Value {
    json!({
        "equal": found.is_equal(booked.ids.len()),
        "meta": {
            "from": period.map(|p| p.from.to_string()),
            "to": period.map(|p| p.to.to_string()),
            "timezone": settings.timezone.name(),
            "currency": settings.currency.code(),
        },
        "counts": {
            "listed": found.listed,
            "equal": found.equal,
            "missing": found.missing.len(),
            "extra": found.extra.len(),
            "different": found.different.len(),
            "bad_lines": found.bad.len(),
            "outside_period": found.outside,
            "booked": booked.ids.len(),
        },
        "missing": found.missing.iter().map(missing).collect::<Vec<_>>(),
        "extra": found.extra.iter().map(extra).collect::<Vec<_>>(),
        "different": found.different.iter().map(|(order, id, all)| different(order, id, all)).collect::<Vec<_>>(),
        "days": found.days.iter().map(|((day, currency), sums)| sums_of(*day, currency, sums)).collect::<Vec<_>>(),
        "origins": ORIGINS.iter().filter_map(|origin| {
            let orders = *found.seen.get(origin)?;
            let share = share_text(orders, found.listed);
            Some(json!({ "origin": origin_name(*origin), "orders": orders, "of": found.listed, "share": share }))
        }).collect::<Vec<_>>(),
        "bad_lines": found.bad.iter().map(bad_line).collect::<Vec<_>>(),
        "booked": booked.ids,
        "not_booked": booked.left.iter().map(|(id, reason)| json!({ "id": id, "reason": reason })).collect::<Vec<_>>(),
    })
}

/// Returns a line that could not be read.
pub(super) fn bad_line(bad: &BadLine) -> Value {
    json!({ "line": bad.line, "reason": bad.reason })
}

fn missing(order: &Listed) -> Value {
    json!({
        "line": order.line,
        "id": order.id,
        "total": order.total.to_string(),
        "currency": order.currency.code(),
        "placed_at": order.placed_at.map(|at| at.to_string()),
        "status": order.status.map(status_name),
    })
}

fn extra(order: &Ours) -> Value {
    json!({
        "order_id": order.order_id,
        "total": order.total.to_string(),
        "currency": order.currency.code(),
        "placed_at": order.placed_at.to_string(),
        "status": status_name(order.status),
    })
}

fn different(order: &Listed, order_id: &str, all: &[Difference]) -> Value {
    let fields: Vec<Value> = all
        .iter()
        .map(|difference| match difference {
            Difference::Total(theirs, ours) => {
                let difference = Amount(theirs.0.saturating_sub(ours.0)).to_string();
                json!({ "field": "total", "theirs": theirs.to_string(), "ours": ours.to_string(), "difference": difference })
            }
            Difference::Currency(theirs, ours) => {
                json!({ "field": "currency", "theirs": theirs.code(), "ours": ours.code() })
            }
            Difference::Status(theirs, ours) => {
                json!({ "field": "status", "theirs": status_name(*theirs), "ours": status_name(*ours) })
            }
            Difference::NotCounted(why) => json!({ "field": "counts", "theirs": "sale", "ours": why }),
        })
        .collect();
    json!({ "line": order.line, "id": order.id, "order_id": order_id, "fields": fields })
}

fn sums_of(day: Date, currency: &str, sums: &DaySums) -> Value {
    let side = |(orders, total): (u32, Amount)| json!({ "orders": orders, "total": total.to_string() });
    let (theirs, ours) = (sums.theirs, sums.ours);
    json!({
        "day": day.to_string(),
        "currency": currency,
        "theirs": side(theirs),
        "ours": side(ours),
        "difference": {
            "orders": i64::from(theirs.0) - i64::from(ours.0),
            "total": Amount(theirs.1.0.saturating_sub(ours.1.0)).to_string(),
        },
    })
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
