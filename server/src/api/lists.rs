//! Lists: `GET /api/v1/sites/{id}/lists/{list}`, in pages as JSON or text, whole as a file; `GET /api/v1/lists` says what
//! there is.

use super::auth::{CurrentSite, Granted};
use super::forms::{Draft, FORMAT, Form, answer, in_forms, sent};
use super::parameters::{AS_OF, FILTER, FROM, Parameter, Parameters, Path, SEGMENT, TO, Takes};
use super::report::{ANSWER, BAD_PERIOD, OFFSET, ROWS, with_period};
use super::saved::{BAD_FILTER, Saved};
use super::{Access, ApiError, Route, asking, blocking};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use collector::book::Scope;
use http::Method;
use reports::{LISTS, ListForm, ListQuery};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize, JsonSchema)]
struct Lists {
    lists: Vec<ShownList>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "List")]
struct ShownList {
    name: &'static str,
    label: &'static str,
    definition: &'static str,
    columns: Vec<ListedColumn>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListColumn")]
struct ListedColumn {
    name: &'static str,
    /// text, time, number, the unit of a figure, or amount for one in the currency that the row names.
    takes: &'static str,
}

pub(super) fn routes() -> Vec<Route> {
    const ORDER: Parameter =
        Parameter::new("order", Takes::Text, "Columns to sort by, falling with a minus sign, separated by commas.");
    let filter = FILTER.meaning("Conditions on dimensions, as in a report.");
    let limit = ROWS.meaning("Most rows of a page; 100 unless given.");
    let offset = OFFSET.meaning("Rows left out before the first.");
    let show = Route::new(Method::GET, "/api/v1/sites/{id}/lists/{list}", Access::Site(Scope::Read), show).asks_store()
        .says(
            "Lists orders, items, carts, customers or visits: a page as JSON, all rows as a file. Totals are those of the \
             report.",
            ANSWER,
        )
        .names_one_of("list", "Name of a list; see /api/v1/lists.", LISTS.iter().map(|list| list.name).collect())
        .reads([FROM, TO, filter, SEGMENT, ORDER, limit, offset, AS_OF, FORMAT])
        .refuses(BAD_PERIOD)
        .refuses(BAD_FILTER)
        .refuses(&[(400, "query.unknown_list"), (400, "query.unknown_order")]);
    vec![
        Route::new(Method::GET, "/api/v1/lists", Access::Open, catalogue)
            .says("Names every list with its columns.", "The lists."),
        in_forms(show),
    ]
}

async fn catalogue() -> Json<Lists> {
    let column = |column: &reports::ListColumn| ListedColumn {
        name: column.name,
        takes: match column.form {
            ListForm::Text => "text",
            ListForm::Time => "time",
            ListForm::Figure(unit) => unit.name("currency"),
            ListForm::Amount => "amount",
            ListForm::Number => "number",
        },
    };
    let lists = LISTS.iter().map(|list| ShownList {
        name: list.name,
        label: list.label,
        definition: list.definition,
        columns: list.columns.iter().map(column).collect(),
    });
    Json(Lists { lists: lists.collect() })
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
