//! Share links, `/api/v1/sites/{id}/shares`: a site's figures for whoever has the link, read-only and revocable.
//!
//! A share reaches routes of [`Access::Figures`] and no others: reports and those analyses that tell of many, never of
//! single orders, carts, visits or customers. It is narrowed in one place: the guard adds its filter to the query before
//! any handler sees it ([`narrow`]), and whatever reads a query reads it as one more filter.

use super::auth::{CurrentSite, Granted};
use super::cookie::Client;
use super::parameters::Path;
use super::saved::{BAD_FILTER, Saved};
use super::session::{SIGNING_IN, Session, SharedView, hashing, signed_in, site_shown};
use super::values::{Body, Count, Hidden};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::Role;
use crate::accounts::links::NewShare;
use crate::app::App;
use crate::control::shares::StoredShare;
use axum::Json;
use axum::extract::{Request, State};
use axum::response::Response;
use collector::book::Scope;
use commerce::SiteId;
use http::uri::PathAndQuery;
use http::{Method, StatusCode, Uri};
use reports::Filter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Longest filter of a share, in bytes.
const FILTER_BYTES_MAX: usize = 2048;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewLink {
    #[serde(default)]
    name: String,
    /// What the figures are narrowed to: conditions, or the name of a saved segment.
    #[serde(default)]
    filter: String,
    #[serde(default)]
    password: Option<Hidden>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Opening {
    /// What the link has behind `#/share/`.
    secret: Hidden,
    #[serde(default)]
    password: Option<Hidden>,
}

#[derive(Serialize, JsonSchema)]
struct Shares {
    meta: Count,
    shares: Vec<Share>,
}

#[derive(Serialize, JsonSchema)]
struct Share {
    id: String,
    name: String,
    /// What its figures are narrowed to; empty for nothing.
    filter: String,
    /// Whether it asks for a password.
    password: bool,
    created_at: String,
}

/// A share with its link, shown this once.
#[derive(Serialize, JsonSchema)]
struct AddedShare {
    #[serde(flatten)]
    share: Share,
    link: String,
    secret: String,
}

pub(super) fn routes() -> Vec<Route> {
    let admin = Access::Site(Scope::Admin);
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/shares", admin, list).says("Lists the share links.", "The shares."),
        Route::new(Method::POST, "/api/v1/sites/{id}/shares", admin, add)
            .says("Makes a link that shows the site's figures, narrowed by a filter.", "The link, this once.")
            .refuses(BAD_FILTER)
            .refuses(&[
                (400, "account.invalid"),
                (400, "share.filter"),
                (403, "session.insecure"),
                (503, "session.busy"),
            ]),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/shares/{share}", admin, revoke)
            .says("Revokes a share link.", "It is gone.")
            .names("share", "Id of the share.")
            .refuses(&[(404, "share.unknown")]),
        Route::new(Method::POST, "/api/v1/shares/open", Access::Open, open)
            .says("Opens a share link.", "The session; its cookie is set.")
            .in_json::<Session>()
            .refuses(SIGNING_IN)
            .refuses(&[(401, "share.password_needed"), (401, "share.refused"), (404, "share.unknown")]),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Shares>, ApiError> {
    let shares = blocking(move || app.control.shares(Some(site.id()))).await?;
    let shares: Vec<Share> = shares.into_iter().map(shown).collect();
    Ok(Json(Shares { meta: Count { count: shares.len() }, shares }))
}

fn shown(share: StoredShare) -> Share {
    Share {
        id: share.id,
        name: share.label,
        filter: share.filter,
        password: share.password.is_some(),
        created_at: share.created_at,
    }
}

async fn add(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    client: Client,
    Body(new): Body<NewLink>,
) -> Result<(StatusCode, Json<AddedShare>), ApiError> {
    let (here, id, text) = (Arc::clone(&app), site.id(), new.filter);
    let filter = blocking(move || checked(&here, id, &granted, &text)).await?;
    let (share, secret) = hashing(&app, move |app| {
        let password = new.password.as_ref().map(Hidden::text);
        app.add_share(site.id(), &NewShare { label: &new.name, filter: &filter, password })
    })
    .await?;
    let link = format!("{}/#/share/{secret}", client.base);
    Ok((StatusCode::CREATED, Json(AddedShare { share: shown(share), link, secret })))
}

/// Returns the filter to keep: in the long form, a saved segment's text in place of its name.
fn checked(app: &App, site: SiteId, granted: &Granted, text: &str) -> Result<String, ApiError> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let saved = Saved::of(app, site, granted)?;
    let filter = Filter::parse(saved.text(text)?)?;
    reports::filter::check(&filter)?;
    let kept = filter.texts().join("; ");
    if kept.len() > FILTER_BYTES_MAX {
        return Err(ApiError::bad_request("share.filter", format!("`filter` has {FILTER_BYTES_MAX} bytes at most")));
    }
    Ok(kept)
}

async fn revoke(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, id)): Path<(u32, String)>,
) -> Result<StatusCode, ApiError> {
    blocking(move || app.remove_share(site.id(), &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn open(State(app): State<Arc<App>>, client: Client, Body(shown): Body<Opening>) -> Result<Response, ApiError> {
    let asker = client.asker.clone();
    let opened = hashing(&app, move |app| {
        app.open_share(shown.secret.text(), shown.password.as_ref().map(Hidden::text), &asker)
    })
    .await
    .map_err(|error| match error.code {
        "session.totp_needed" => {
            ApiError::new(StatusCode::UNAUTHORIZED, "share.password_needed", "this share asks for a password")
        }
        "session.refused" => {
            ApiError::new(StatusCode::UNAUTHORIZED, "share.refused", "the password of this share is another one")
        }
        _ => error,
    })?;
    signed_in(&app, &client, &opened)
}

/// Says what somebody with a share sees.
pub(super) fn session_of(app: &App, share: &StoredShare, csrf: &str) -> Session {
    let book = app.book();
    let sites = book.site(share.site).map(|site| site_shown(site.id, &site.settings, Role::Viewer));
    let view = SharedView { id: share.id.clone(), name: share.label.clone(), filter: share.filter.clone() };
    let session = Session::of(None, csrf, sites.into_iter().collect());
    Session { share: Some(view), role: Some(Role::Viewer.name()), ..session }
}

/// Returns the answer to a share that asks for more than figures.
pub(super) fn figures_only() -> ApiError {
    let message = "a shared link shows figures of its own site, and no single orders, carts, visits or customers";
    ApiError::new(StatusCode::FORBIDDEN, "share.figures_only", message)
        .hint("sign in with an account to see more; the site's admins invite people")
}

/// Narrows a request to what a share shows: of its filter, and of those that the query names, all hold.
///
/// # Errors
/// 400 if the address cannot take the filter in, and for what is not asked with GET.
pub(super) fn narrow(request: &mut Request, filter: &str) -> Result<(), ApiError> {
    if !request.method().is_safe() {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "share.read_only", "a share shows figures and changes none"));
    }
    if filter.is_empty() {
        return Ok(());
    }
    *request.uri_mut() = narrowed(request.uri(), filter).ok_or_else(|| {
        ApiError::new(StatusCode::URI_TOO_LONG, "share.filter", "the address is too long for a share")
    })?;
    Ok(())
}

/// The parameter that [`reports::Query`] and every analysis read a share's filter from, beside those that anybody may give.
const NARROWED_BY: &str = "share";

fn narrowed(uri: &Uri, filter: &str) -> Option<Uri> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let asked = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    query.extend_pairs(asked.filter(|(name, _)| name != NARROWED_BY));
    query.append_pair(NARROWED_BY, filter);
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("{}?{}", uri.path(), query.finish())).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_narrows_whatever_else_is_asked() {
        let check = |target: &str, expected: &[(&str, &str)]| {
            let uri = narrowed(&target.parse().unwrap(), "channel = Email").unwrap();
            let found: Vec<_> = form_urlencoded::parse(uri.query().unwrap().as_bytes()).into_owned().collect();
            let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!((found, uri.path()), ([expected, &[("share", "channel = Email")]].concat(), "/report"));
        };
        check("/report", &[]);
        check("/report?metrics=orders&filter=", &[("metrics", "orders"), ("filter", "")]);
        check("/report?share=channel%3DDirect&%73hare=&filter=a%3B", &[("filter", "a;")]);
    }
}
