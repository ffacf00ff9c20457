//! The JSON API: one file per resource, and one table of routes that says of each who may call it.
//!
//! Handlers extract, call one function, convert and answer. Nothing is reachable that is not in the table, and nothing
//! in the table is reachable without the check that its [`Access`] names. `openapi.json` is made of the same table and of
//! the signatures of its handlers.

use crate::app::App;
use axum::response::Response;
use axum::{Extension, Router};
use http::{HeaderValue, StatusCode};
use parameters::Known;
use std::sync::Arc;

mod analyses;
mod annotations;
mod asking;
pub(crate) mod auth;
mod carts;
mod catalogue;
mod cells;
mod cookie;
mod costs;
mod csp_reports;
mod customers;
mod defined_events;
mod erasures;
pub(crate) mod error;
mod forms;
mod goals;
mod health;
mod hit_detail;
mod intake;
mod link_codes;
mod lists;
mod live;
mod me;
mod members;
mod metrics;
mod openapi;
mod order_detail;
mod orders;
mod parameters;
mod person;
mod products;
mod quarantine;
mod rates;
mod rebuild;
mod reconcile;
mod report;
mod route;
mod saved;
mod script;
mod secrets;
mod segments;
mod session;
mod settings;
mod shares;
mod signature;
mod sites;
mod statements;
mod status;
mod tokens;
mod users;
mod validate;
mod values;
mod verification;
mod views;
mod warehouse;

pub(crate) use asking::{ANSWER_MAX_S, asking, glancing};
pub(crate) use auth::{Access, Peer};
pub(crate) use error::ApiError;
pub(crate) use route::Route;

/// Returns every route there is.
pub(crate) fn routes() -> Vec<Route> {
    [
        health::routes(),
        status::routes(),
        metrics::routes(),
        secrets::routes(),
        sites::routes(),
        settings::routes(),
        goals::routes(),
        segments::routes(),
        defined_events::routes(),
        tokens::routes(),
        session::routes(),
        me::routes(),
        users::routes(),
        members::routes(),
        shares::routes(),
        annotations::routes(),
        views::routes(),
        verification::routes(),
        csp_reports::routes(),
        rates::routes(),
        products::routes(),
        link_codes::routes(),
        costs::routes(),
        report::routes(),
        analyses::routes(),
        lists::routes(),
        orders::routes(),
        carts::routes(),
        customers::routes(),
        erasures::routes(),
        reconcile::routes(),
        validate::routes(),
        quarantine::routes(),
        intake::routes(),
        live::routes(),
        catalogue::routes(),
        rebuild::routes(),
        warehouse::routes(),
        script::routes(),
        openapi::routes(),
        crate::dashboard::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns the router of the API.
pub(crate) fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let guard = axum::middleware::from_fn_with_state((Arc::clone(&app), route.access), auth::authorise);
        let mut handler = route.handler;
        if route.is_strict {
            handler = handler.route_layer(Extension(Known(route.query.iter().map(|p| p.name).collect())));
        }
        router = router.route(route.path, handler.route_layer(guard));
    }
    router
        .fallback(crate::dashboard::anything_else)
        .method_not_allowed_fallback(|| async {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method.unknown", "this path does not take this method")
        })
        .layer(axum::middleware::map_response(add_security_headers))
        .with_state(app)
}

const SECURITY_HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Adds the headers that every answer has, where the handler has not set its own.
async fn add_security_headers(mut response: Response) -> Response {
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(*name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Runs `work`, which waits for the disk or a database, where it holds up no other request.
///
/// # Errors
/// What `work` returns; a panic in it is our fault.
pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: Send + 'static,
    ApiError: From<E>,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(ApiError::from),
        Err(panic) => Err(ApiError::fault(&anyhow::Error::new(panic))),
    }
}

#[cfg(test)]
mod tests;
