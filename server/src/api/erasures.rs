//! Erasing a person: `POST /api/v1/sites/{id}/erasures` decides it, `GET` says whether it is done.

use super::auth::CurrentSite;
use super::customers::user_of_email;
use super::values::Body;
use super::{Access, ApiError, Route, asking, blocking};
use crate::app::App;
use crate::erasure;
use axum::Json;
use axum::extract::State;
use collector::book::{BookSite, Scope};
use collector::person::{hash_email, normalised_email};
use commerce::ids::is_placeholder;
use commerce::rows::Subject;
use commerce::{CustomerKey, SiteId, VisitorKey};
use enrichment::Erased;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;
use store::Snapshot;

/// How long what was accepted is waited for: it may say who else the person is.
const CATCH_UP: Duration = Duration::from_secs(10);

/// By what the person is known; one of these at least.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PersonToErase")]
struct Named {
    /// The shop's user id.
    user_id: Option<String>,
    email: Option<String>,
    /// As customers are listed by.
    email_hash: Option<String>,
    /// Id of a browser, as its cookie holds it.
    visitor_id: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Erasures {
    /// How many were decided and are not done.
    pending: usize,
}

/// A decision to erase a person.
#[derive(Serialize, JsonSchema)]
struct Decided {
    /// Its position in the journal.
    position: u64,
    /// How many customers are the person.
    customers: usize,
    /// How many visitors are the person.
    visitors: usize,
}

pub(super) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/sites/{id}/erasures";
    vec![
        Route::new(Method::GET, PATH, Access::Site(Scope::Admin), show)
            .says("Says how many erasures were decided and are not done.", "How many."),
        Route::new(Method::POST, PATH, Access::Site(Scope::Admin), begin)
            .asks_store()
            .says(
                "Erases a person from everything that was accepted until now. Their sales stay, without them.",
                "It is decided.",
            )
            .with_status(StatusCode::ACCEPTED)
            .refuses(&[(400, "erasure.invalid")]),
    ]
}

async fn show(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Erasures>, ApiError> {
    let pending = blocking(move || erasure::pending(&app, site.id())).await?;
    Ok(Json(Erasures { pending }))
}

async fn begin(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Body(named): Body<Named>,
) -> Result<(StatusCode, Json<Decided>), ApiError> {
    let mut who = Who::of(&named, site.get())?;
    let id = site.id();
    app.progress.wait_for(app.journal.durable_position(), CATCH_UP).await;
    let who = asking(&app, id, move |snapshot| {
        who.complete(snapshot, id)?;
        Ok::<_, ApiError>(who)
    })
    .await?;
    let (customers, visitors) = (who.customers.len(), who.visitors.len());
    let erased = who.erased(id);
    let position = blocking(move || erasure::decide(&app, &erased)).await?;
    Ok((StatusCode::ACCEPTED, Json(Decided { position, customers, visitors })))
}

/// Everything by which a person is known.
#[derive(Default)]
struct Who {
    customers: BTreeSet<CustomerKey>,
    visitors: BTreeSet<VisitorKey>,
    texts: HashSet<String>,
}

impl Who {
    fn of(named: &Named, site: &BookSite) -> Result<Self, ApiError> {
        let mut who = Self::default();
        let text = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !is_placeholder(text)).map(str::to_owned)
        };
        if let Some(user) = text(&named.user_id) {
            who.customers.insert(CustomerKey::of_user_id(site.id, &user));
            who.texts.insert(user);
        }
        if let Some(email) = text(&named.email) {
            let address = normalised_email(&email).ok_or_else(|| {
                ApiError::bad_request("erasure.invalid", "`email` takes an e-mail address such as a@b.example")
            })?;
            let hash = hash_email(&site.email_salt, &address);
            who.customers.insert(CustomerKey::of_email_hash(site.id, &hash));
            who.texts.extend([address, hash]);
        }
        if let Some(hash) = text(&named.email_hash) {
            who.customers.insert(CustomerKey::of_email_hash(site.id, &hash));
            who.texts.insert(hash);
        }
        if let Some(visitor) = text(&named.visitor_id) {
            who.visitors.insert(VisitorKey::of_visitor_id(site.id, &visitor));
            who.texts.insert(visitor);
        }
        if who.customers.is_empty() && who.visitors.is_empty() {
            return Err(ApiError::bad_request("erasure.invalid", "nobody is named")
                .hint("send `user_id`, `email`, `email_hash` or `visitor_id`"));
        }
        Ok(who)
    }

    /// Adds the other names of the same person, and the browsers that were nobody else's.
    fn complete(&mut self, snapshot: &Snapshot<'_>, site: SiteId) -> Result<(), ApiError> {
        let mut browsers = BTreeSet::new();
        let mut next: Vec<CustomerKey> = self.customers.iter().copied().collect();
        while let Some(customer) = next.pop() {
            let mut others: Vec<CustomerKey> = user_of_email(snapshot, site, customer)?.into_iter().collect();
            if let Some(found) = snapshot.customer(site, customer)? {
                let called = found.person.into_iter().flat_map(|p| [p.user_id, p.email_hash, p.email]);
                self.texts.extend(called.flatten());
                for row in found.identities {
                    match row.subject {
                        Subject::Email(email) => others.push(email),
                        Subject::Visitor(visitor) => drop(browsers.insert(visitor)),
                    }
                }
                browsers.extend(found.orders.iter().filter_map(|order| order.visitor));
            }
            next.extend(others.into_iter().filter(|other| self.customers.insert(*other)));
        }
        for browser in browsers {
            let known = snapshot.visitor(site, browser)?;
            if known.is_some_and(|known| !enrichment::is_shared(&known.identities, browser)) {
                self.visitors.insert(browser);
            }
        }
        Ok(())
    }

    fn erased(self, site: SiteId) -> Erased {
        let visitors = self.visitors.into_iter().map(|key| key.0);
        let keys = visitors.chain(self.customers.into_iter().map(|key| key.0)).collect();
        Erased { site, keys, before: None, texts: self.texts }
    }
}
