//! Analyses: `GET /api/v1/sites/{id}/{analysis}`, one path for each that `reports` knows, in any of the forms of `forms.rs`.
//! Shared links reach those that show figures.

use super::auth::{CurrentSite, Granted};
use super::forms::{FORMAT, Form, answer, in_forms};
use super::parameters::{FILTER, FROM, Parameter, Parameters, SEGMENT, TO, Takes};
use super::report::{BAD_PERIOD, OFFSET, ROWS, SHARE, metric_names, named_dimensions, whole_dimensions, with_period};
use super::saved::{BAD_FILTER, Saved};
use super::shares::figures_only;
use super::{Access, ApiError, Route, asking, blocking};
use crate::app::App;
use axum::extract::State;
use axum::response::Response;
use collector::book::Scope;
use http::Method;
use reports::analysis::{ANALYSES, Analysis, Desk, Shows};
use reports::query::COMPARISONS;
use std::sync::{Arc, LazyLock};

/// The paths, in the order of the analyses.
static PATHS: LazyLock<Vec<String>> =
    LazyLock::new(|| ANALYSES.iter().map(|a| format!("/api/v1/sites/{{id}}/{}", a.name)).collect());

pub(super) fn routes() -> Vec<Route> {
    let filter = FILTER.meaning("Conditions.");
    let segment = SEGMENT.meaning("Further conditions, or the name of a saved segment.");
    let route = |(path, analysis): (&'static String, &'static Analysis)| {
        let show = move |app: State<_>, site: CurrentSite, granted: Granted, parameters| {
            show(analysis, app, site, granted, parameters)
        };
        let access = if analysis.shows == Shows::Singles { Access::Site(Scope::Read) } else { Access::Figures };
        let own =
            analysis.parameters.iter().map(|(name, meaning)| Parameter::new(name, takes(analysis, name), meaning));
        let route = Route::new(Method::GET, path, access, show)
            .asks_store()
            .says(
                analysis.answers,
                "Columns, rows, totals and what they stand for, as a report. Money is decimal text.",
            )
            .reads(own)
            .reads([FROM, TO, filter, segment, ROWS, OFFSET, SHARE, FORMAT])
            .refuses(BAD_PERIOD)
            .refuses(BAD_FILTER)
            .refuses(&[
                (400, "query.bad_steps"),
                (400, "query.no_metrics"),
                (400, "query.too_many_buckets"),
                (400, "query.unknown_comparison"),
                (400, "query.unknown_metric"),
            ]);
        in_forms(route)
    };
    PATHS.iter().zip(ANALYSES).map(route).collect()
}

/// Returns what the parameter `name` of an analysis takes, as far as the catalogue counts it.
fn takes(analysis: &Analysis, name: &str) -> Takes {
    match name {
        // Cohorts have figures of their own.
        "metric" if analysis.name != "cohorts" => Takes::Word(metric_names),
        "dimensions" => Takes::Names(whole_dimensions, named_dimensions),
        "compare" => Takes::Word(|| COMPARISONS.to_vec()),
        _ => Takes::Text,
    }
}

async fn show(
    analysis: &'static Analysis,
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    if granted.share().is_some() && analysis.shows_singles(parameters.pairs()) {
        return Err(figures_only());
    }
    let form = Form::of(&parameters)?;
    let (served, id, read) = (Arc::clone(&app), site.id(), site.clone());
    let prepared = blocking(move || {
        let saved = Saved::of(&served, id, &granted)?;
        let asked = saved.named(with_period(&served, &read, &parameters))?;
        let asked = asked.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok::<_, ApiError>(analysis.prepare(asked, saved.definitions())?)
    })
    .await?;
    let table = asking(&app, id, move |snapshot| prepared.run(&Desk::new(snapshot, id, &site.get().settings)?));
    answer(&app, table.await?, form, &analysis.name.replace('/', "-")).await
}
