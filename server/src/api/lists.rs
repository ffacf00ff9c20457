//! Lists: `GET /api/v1/sites/{id}/lists/{list}`, in pages as JSON or text, whole as a file; `GET /api/v1/lists` says what
//! there is.

use super::auth::{CurrentSite, Granted};
use super::forms::{Draft, Form, answer, sent};
use super::parameters::Parameters;
use super::report::with_period;
use super::saved::Saved;
use super::{Access, ApiError, Route, asking, blocking};
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
    let (served, id, read, list) = (Arc::clone(&app), site.id(), site.clone(), name.clone());
    let query = blocking(move || {
        let saved = Saved::of(&served, id, &granted)?;
        let asked = saved.named(with_period(&served, &read, &parameters))?;
        let mut query = ListQuery::parse(&list, asked.iter().map(|(n, v)| (n.as_str(), v.as_str())))?;
        query.define(saved.definitions());
        Ok::<_, ApiError>(query)
    })
    .await?;
    if let Form::File(kind) = form {
        let folder = app.exports()?;
        let file = asking(&app, id, move |snapshot| {
            let draft = Draft::begin(&folder, kind)?;
            reports::list_to_file(snapshot, id, &site.get().settings, &query, (kind, draft.path()))?;
            draft.open()
        });
        return Ok(sent(file.await?, kind, &name));
    }
    let table = asking(&app, id, move |snapshot| reports::list(snapshot, id, &site.get().settings, &query));
    answer(&app, table.await?, form, &name).await
}
