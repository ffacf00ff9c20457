//! Whose items a request brings, and who sends them: a project token is public, an import proves itself with a secret.

use super::super::Request;
use super::super::wire::{self, Fields, scalar};
use super::Endpoint;
use crate::answer;
use crate::book::{BookSite, Scope, SiteBook, Token};
use crate::reject::Reject;
use commerce::hit::{Dialect, Origin, Trust};
use http::HeaderMap;
use serde_json::Value;
use subtle::ConstantTimeEq;

/// What a request may do.
pub(super) struct Rights<'a> {
    book: &'a SiteBook,
    headers: &'a HeaderMap,
    endpoint: Endpoint,
    project: Option<String>,
    /// What may be a secret: both halves of the Basic authentication, and the old field `api_key`.
    secrets: Vec<String>,
    token: Option<Token>,
}

impl<'a> Rights<'a> {
    /// Returns what `request` may do.
    ///
    /// # Errors
    /// [`Reject::TokenMissing`] for an import without a secret.
    pub(super) fn of(request: &Request<'a>, endpoint: Endpoint, fields: &Fields) -> Result<Self, Reject> {
        let mut secrets = Vec::new();
        if endpoint == Endpoint::Import {
            secrets = basic(request.headers);
            secrets.extend(fields.get("api_key").map(str::to_owned));
            if secrets.is_empty() {
                return Err(Reject::TokenMissing);
            }
        }
        let (book, headers) = (request.book, request.headers);
        let token = secrets.iter().find_map(|secret| book.token(secret));
        let project = fields.get("project_id").map(str::to_owned);
        Ok(Self { book, headers, endpoint, project, secrets, token })
    }

    /// Returns the site that `item` is for.
    ///
    /// # Errors
    /// [`Reject`] if it names none, or the sender may not speak for it.
    pub(super) fn site_of(&self, item: &Value) -> Result<&'a BookSite, Reject> {
        let named = item.get("$token").or_else(|| item.get("properties")?.get("token")).and_then(scalar);
        let by_key = |key: &str| self.book.site_of_dialect(Dialect::Mixpanel, key).ok_or(Reject::SiteUnknown);
        let site = match (named.or_else(|| self.project.clone()), self.token.and_then(|token| token.site)) {
            (Some(key), _) => by_key(&key)?,
            (None, Some(id)) => self.book.site(id).ok_or(Reject::SiteUnknown)?,
            (None, None) => return Err(Reject::SiteMissing),
        };
        if self.endpoint == Endpoint::Import && !self.may_import(site) {
            return Err(Reject::TokenUnknown);
        }
        if answer::may_send(site, self.headers) { Ok(site) } else { Err(Reject::OriginNotAllowed) }
    }

    fn may_import(&self, site: &BookSite) -> bool {
        self.token.is_some_and(|token| token.allows(site.id, Scope::Ingest)) || self.knows_secret(site)
    }

    fn knows_secret(&self, site: &BookSite) -> bool {
        let of_ours = site.dialect_secrets.iter().filter(|(dialect, _)| *dialect == Dialect::Mixpanel);
        let is_known = |known: &str| self.secrets.iter().any(|secret| secret.as_bytes().ct_eq(known.as_bytes()).into());
        of_ours.into_iter().any(|(_, known)| !known.is_empty() && is_known(known))
    }

    /// Returns the kind of sender and whether it proved who it is. An import of any age takes the project's secret or
    /// a token of scope import.
    pub(super) fn sender_of(&self, item: &Value) -> (Origin, Trust) {
        if self.endpoint == Endpoint::Import {
            let is_limited = self.token.is_some_and(|token| !token.scope.allows(Scope::Import));
            return (if is_limited { Origin::Server } else { Origin::Import }, Trust::Verified);
        }
        let library = item.get("properties").and_then(|properties| properties.get("mp_lib")).and_then(Value::as_str);
        let origin = match library.map(str::to_ascii_lowercase).as_deref() {
            Some("web") => Origin::Browser,
            Some("android" | "iphone" | "ios" | "swift" | "react-native" | "flutter" | "unity") => Origin::App,
            None if self.headers.contains_key(http::header::ORIGIN) => Origin::Browser,
            _ => Origin::Server,
        };
        (origin, Trust::Unverified)
    }
}

/// Returns what Basic authentication says: name and password, where they are not empty.
fn basic(headers: &HeaderMap) -> Vec<String> {
    let value = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let pair = value.and_then(|value| value.trim().split_once(' '));
    let encoded = pair.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")).map(|(_, rest)| rest);
    let Some(decoded) = encoded.and_then(wire::base64) else { return Vec::new() };
    String::from_utf8_lossy(&decoded).splitn(2, ':').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
