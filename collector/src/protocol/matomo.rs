//! Matomo's Tracking HTTP API: requests of matomo.js, of the PHP tracker and of every other Matomo client, as they are.
//!
//! Piwik PRO speaks a dialect of the dialect at `/ppms.php`: what is its own stands in [`piwik_pro`] (`docs/piwik-pro.md`).
//!
//! Reading order: [`params`] finds the parameters wherever they stand, [`element`] is one tracking request with its
//! site and rights, [`kind`] decides what happened, [`answer`] says it back in Matomo's words. The contract, what is
//! kept and where we differ on purpose: `docs/matomo.md`. This dialect knows nothing of visits, channels or stored
//! orders, so its answer never depends on them: a repeated order is accepted, and counted once later on.

mod answer;
mod bulk;
mod campaign;
mod coerce;
mod element;
mod items;
mod json;
mod kind;
mod params;
mod person;
mod piwik_pro;
mod properties;
mod time;

use super::{Answer, Outcome, Reading, Request};
use crate::limits::TEXT_BYTES_MAX;
use answer::Refusal;
use commerce::hit::{Facts, Hit, Origin, Page, Place, Trust};
use commerce::record::Quarantined;
use element::Element;
use kind::Told;
pub(super) use kind::is_reserved;
use params::Params;
use properties::Properties;
use std::net::IpAddr;

/// Reads a request to `/matomo.php`, `/piwik.php`, `/js/` or Piwik PRO's `/ppms.php`: a single hit, a bulk of them, a preflight, or nothing.
///
/// A preflight and a request without any parameter are answered with no outcome at all.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(request: &Request) -> Result<Reading, Answer> {
    if request.method == "OPTIONS" {
        return Ok(silent(answer::preflight()));
    }
    if bulk::is_bulk(request.body) {
        return bulk::read(request);
    }
    let body = String::from_utf8_lossy(request.body);
    let params =
        piwik_pro::json_params(request, &body).unwrap_or_else(|| Params::of_request(request.query, request.body));
    if params.is_empty() {
        return Ok(silent(answer::nothing_sent(request)));
    }
    let wants_image = params.wants_image();
    match read_element(request, &params, None) {
        Ok((outcome, claimed_ip)) => Ok(Reading {
            outcomes: vec![outcome],
            answer: answer::tracked(request, wants_image),
            claimed_ips: claimed_ip.map(|ip| (0, ip)).into_iter().collect(),
        }),
        Err(refusal) => Err(answer::refused(request, wants_image, refusal)),
    }
}

fn silent(answer: Answer) -> Reading {
    Reading { outcomes: Vec::new(), answer, claimed_ips: Vec::new() }
}

/// Reads one tracking request, alone or out of a bulk whose token is `shared_token`. Returns what it is, and the
/// client address that it claims with a token.
fn read_element(
    request: &Request,
    params: &Params,
    shared_token: Option<&str>,
) -> Result<(Outcome, Option<IpAddr>), Refusal> {
    let element = Element::open(request, params, shared_token)?;
    let claimed_ip = element.claimed_ip()?;
    if let Some(reason) = element.exclusion() {
        return Ok((Outcome::Excluded { site: element.site.id, reason }, None));
    }
    let person = person::person(&element)?;
    let occurred_at = time::occurred_at(&element)?;
    let place = place(&element)?;
    let url = element.page_url();
    let source = campaign::read_url(url.as_deref());
    let ignores_referrer = source.ignores_referrer;
    let mut facts = Facts {
        site: element.site.id,
        event_id: element.event_id(),
        received_at: request.received_at,
        occurred_at,
        dialect: element.dialect,
        origin: if element.verified { Origin::Server } else { Origin::Browser },
        trust: if element.verified { Trust::Verified } else { Trust::Unverified },
        name: String::new(),
        page: None,
        campaign: source.campaign(params),
        attribution: None,
        place,
        language: person::language(&element),
        screen: person::screen(&element),
        consent: None,
        items: None,
        order: None,
        refund: None,
        cart: None,
        goal: None,
        search: None,
        properties: None,
        flags: None,
        cart_id: None,
    };
    let mut properties = Properties::default();
    properties::describe(&element, &mut properties)?;
    let told = kind::tell(&element, url.as_deref(), &source, &mut facts, &mut properties)?;
    facts.page = page(&element, url, ignores_referrer);
    facts.properties = properties.finish();
    facts.flags = element.marks();
    let outcome = match told {
        Told::Hit => Outcome::Hit(Box::new(Hit { facts, person })),
        Told::Excluded(reason) => Outcome::Excluded { site: facts.site, reason },
        Told::Quarantined { reason, hint } => Outcome::Quarantined(Quarantined {
            site: facts.site,
            received_at: facts.received_at,
            dialect: element.dialect,
            reason: reason.to_owned(),
            hint: hint.to_owned(),
            payload: params.as_query(),
        }),
    };
    Ok((outcome, claimed_ip))
}

fn page(element: &Element, url: Option<String>, ignores_referrer: bool) -> Option<Page> {
    let referrer = if ignores_referrer { None } else { element.url("urlref") };
    let title = element.text("action_name", TEXT_BYTES_MAX).map(|t| tidy_title(&t)).filter(|t| !t.is_empty());
    (url.is_some() || title.is_some() || referrer.is_some()).then_some(Page { url, title, referrer })
}

/// Trims the `/`-separated parts of a title and leaves out the empty ones, as Matomo does.
fn tidy_title(title: &str) -> String {
    title.split('/').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// Returns the place that a trusted client states in place of the one its address would give.
fn place(element: &Element) -> Result<Option<Place>, Refusal> {
    const PARAMETERS: [&str; 5] = ["country", "region", "city", "lat", "long"];
    if PARAMETERS.iter().all(|name| element.params.get(name).is_none()) {
        return Ok(None);
    }
    if !element.verified {
        return Err(Refusal::TokenForPlace);
    }
    let country = element.text("country", 64).map(|c| c.to_ascii_uppercase());
    let known = country.filter(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase()));
    if known.is_none() && element.params.get("country").is_some() {
        element.mark(commerce::hit::flags::VALUE_DROPPED);
    }
    let place = Place { country: known, region: element.text("region", 100), city: element.text("city", 255) };
    Ok((place != Place::default()).then_some(place))
}

#[cfg(test)]
mod tests;
