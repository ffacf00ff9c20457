//! Analyses: `GET /api/v1/sites/{id}/{analysis}`, one path for each that `reports` knows, in any of the forms of `forms.rs`.
//! Shared links reach those that show figures.

use super::auth::{CurrentSite, Granted};
use super::forms::{Form, answer};
use super::parameters::Parameters;
use super::report::with_period;
use super::saved::Saved;
use super::shares::figures_only;
use super::{Access, ApiError, Route, asking, blocking};
use crate::app::App;
use axum::extract::State;
use axum::response::Response;
use collector::book::Scope;
use http::Method;
use reports::analysis::{ANALYSES, Analysis, Desk, Shows};
use std::sync::{Arc, LazyLock};

/// The paths, in the order of the analyses.
static PATHS: LazyLock<Vec<String>> =
    LazyLock::new(|| ANALYSES.iter().map(|a| format!("/api/v1/sites/{{id}}/{}", a.name)).collect());

pub(super) fn routes() -> Vec<Route> {
    let route = |(path, analysis): (&'static String, &'static Analysis)| {
        let show = move |State(app), site, granted, parameters| show(analysis, app, (site, granted), parameters);
        let access = if analysis.shows == Shows::Singles { Access::Site(Scope::Read) } else { Access::Figures };
        Route::new(Method::GET, path, access, show)
    };
    PATHS.iter().zip(ANALYSES).map(route).collect()
}

async fn show(
    analysis: &'static Analysis,
    app: Arc<App>,
    (site, granted): (CurrentSite, Granted),
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
