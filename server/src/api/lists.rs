//! Lists: `GET /api/v1/sites/{id}/lists/{list}`, in pages as JSON or text, whole as a file; `GET /api/v1/lists` says what
//! there is.

use super::auth::{CurrentSite, Granted};
use super::forms::{Form, answer, file};
use super::parameters::Parameters;
use super::report::{QUERY_TIMEOUT, with_period};
use super::saved::Saved;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use collector::book::Scope;
use http::Method;
use reports::{LISTS, ListForm, ListQuery};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/lists", Access::Open, catalogue),
        Route::new(Method::GET, "/api/v1/sites/{id}/lists/{list}", Access::Site(Scope::Read), show),
    ]
}

async fn catalogue() -> Json<Value> {
    let columns = |list: &'static reports::List| {
        let column = |c: &reports::ListColumn| {
            let kind = match c.form {
                ListForm::Text => "text",
                ListForm::Time => "time",
                ListForm::Figure(unit) => unit.name("currency"),
                ListForm::Amount => "amount",
                ListForm::Number => "number",
            };
            json!({ "name": c.name, "takes": kind })
        };
        list.columns.iter().map(column).collect::<Vec<_>>()
    };
    let lists = LISTS.iter().map(|list| {
        json!({ "name": list.name, "label": list.label, "definition": list.definition, "columns": columns(list) })
    });
    Json(json!({ "lists": lists.collect::<Vec<_>>() }))
}

async fn show(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let form = Form::of(&parameters)?;
    let saved = Saved::of(&app, site.id(), &granted)?;
    let asked = saved.named(with_period(&app, &site, &parameters))?;
    let mut query = ListQuery::parse(&name, asked.iter().map(|(n, v)| (n.as_str(), v.as_str())))?;
    query.define(saved.definitions());
    let served = Arc::clone(&app);
    if let Form::File(kind) = form {
        let write = move |path: &std::path::Path| {
            let settings = &site.get().settings;
            served.store.with(|store| {
                reports::list_to_file(store, site.id(), settings, &query, (kind, path), Some(QUERY_TIMEOUT))
            })??;
            Ok::<_, ApiError>(())
        };
        return file(&app, kind, &name, write).await;
    }
    let table = blocking(move || {
        let settings = &site.get().settings;
        Ok::<_, ApiError>(
            served.store.with(|store| reports::list(store, site.id(), settings, &query, Some(QUERY_TIMEOUT)))??,
        )
    });
    answer(&app, table.await?, form, &name).await
}
