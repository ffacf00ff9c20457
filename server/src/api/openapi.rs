//! The API's description: `GET /api/v1/openapi.json`, a file kept by hand and compared with the route table by a test.

use super::values::json_text;
use super::{Access, Route};
use http::{Method, StatusCode};

/// The description.
pub(super) const TEXT: &str = include_str!("openapi.json");

pub(super) fn routes() -> Vec<Route> {
    let show = || async { json_text(StatusCode::OK, TEXT.to_owned()) };
    vec![Route::new(Method::GET, "/api/v1/openapi.json", Access::Open, show)]
}
