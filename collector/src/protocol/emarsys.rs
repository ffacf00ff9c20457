//! Emarsys: the order pixel of its classic tracking, what `ScarabQueue` and its apps send to the recommender, and uploads of
//! sales data.
//!
//! Reading order: this file knows the paths and the answers, [`params`] reads queries that nobody encoded, [`pixel`],
//! [`scarab`] and [`sales`] make native events of the one and the other. The contract stands in `docs/emarsys.md`.

mod params;
mod pixel;
mod sales;
mod scarab;

use super::foreign::{self, Gathered};
use super::{Answer, Reading, Request, native};
use crate::answer;
use crate::book::BookSite;
use crate::reject::Reject;
use commerce::hit::{Dialect, Origin, Trust};
use commerce::record::DropReason;
use params::Params;

const PIXEL_METHODS: &str = "GET";
const SCARAB_METHODS: &str = "GET, OPTIONS";

/// Says whether `path` is one of the dialect's.
pub(crate) fn owns(path: &str) -> bool {
    is_pixel(path) || merchant_of(path).is_some() || uploader_of(path).is_some()
}

fn is_pixel(path: &str) -> bool {
    path == "/upages/ti.php"
}

/// Returns the merchant that a path of the recommender names; apps leave out the slash at its end.
fn merchant_of(path: &str) -> Option<&str> {
    let merchant = path.strip_prefix("/merchants/")?;
    let merchant = merchant.strip_suffix('/').unwrap_or(merchant);
    (!merchant.is_empty() && !merchant.contains('/')).then_some(merchant)
}

/// Returns the merchant whose sales data are uploaded to a path.
fn uploader_of(path: &str) -> Option<&str> {
    let merchant = path.strip_prefix("/hapi/merchant/")?.strip_suffix("/sales-data/api")?;
    (!merchant.is_empty() && !merchant.contains('/')).then_some(merchant)
}

/// Reads a request of the dialect, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(request: &Request) -> Result<Reading, Answer> {
    if let Some(merchant) = uploader_of(request.path) {
        return sales::read(request, merchant).map_err(Reject::answer);
    }
    match merchant_of(request.path) {
        Some(merchant) => read_scarab(request, merchant),
        None if is_pixel(request.path) => {
            read_pixel(request).map_err(|reject| image(reject.status(), Some(reject.code())))
        }
        None => Err(Reject::PathUnknown.answer()),
    }
}

/// Reads an image of the classic tracking. What is quarantined is answered with the image, too: it is kept.
fn read_pixel(request: &Request) -> Result<Reading, Reject> {
    if request.method != "GET" {
        return Err(Reject::MethodNotAllowed(PIXEL_METHODS));
    }
    let params = Params::of_unencoded(request.query);
    let customer = params.get("ems_customer").ok_or(Reject::SiteMissing)?;
    let site = request.book.site_of_dialect(Dialect::Emarsys, customer).ok_or(Reject::SiteUnknown)?;
    let sender = foreign::sender(request, site, Dialect::Emarsys, Origin::Pixel, Trust::Unverified);
    let mut gathered = Gathered::default();
    let verdict = gathered.add(&sender, &pixel::event(&params, &referer(request)));
    let reason = verdict.err().map(|(reason, _)| reason);
    Ok(gathered.answered(image(200, reason.as_deref())))
}

fn image(status: u16, reason: Option<&str>) -> Answer {
    let mut headers = vec![("Content-Type", "image/gif".to_owned())];
    headers.extend(reason.map(|reason| ("X-Reject-Reason", reason.to_owned())));
    if status == Reject::MethodNotAllowed(PIXEL_METHODS).status() {
        headers.push(("Allow", PIXEL_METHODS.to_owned()));
    }
    Answer { status, headers, body: native::GIF.to_vec() }
}

/// Reads what `ScarabQueue` or an app tells the recommender.
fn read_scarab(request: &Request, merchant: &str) -> Result<Reading, Answer> {
    if request.method == "OPTIONS" {
        let allowed = "Content-Type";
        let answer = answer::preflight_with(request.book, request.headers, SCARAB_METHODS, allowed);
        return Ok(Gathered::default().answered(answer));
    }
    let mut site = None;
    let read = read_scarab_for(request, merchant, &mut site);
    let cors = answer::cors(request.headers, site);
    match read {
        Ok(mut reading) => {
            reading.answer.headers.extend(cors);
            Ok(reading)
        }
        Err(reject) => {
            let mut answer = reject.answer();
            answer.headers.extend(cors);
            Err(answer)
        }
    }
}

/// Reads a request for `merchant`; `found` becomes the site as soon as it is known, since CORS depends on it either way.
fn read_scarab_for<'a>(
    request: &Request<'a>,
    merchant: &str,
    found: &mut Option<&'a BookSite>,
) -> Result<Reading, Reject> {
    if request.method != "GET" {
        return Err(Reject::MethodNotAllowed(SCARAB_METHODS));
    }
    let site = request.book.site_of_dialect(Dialect::Emarsys, merchant).ok_or(Reject::SiteUnknown)?;
    *found = Some(site);
    if !answer::may_send(site, request.headers) {
        return Err(Reject::OriginNotAllowed);
    }
    let params = Params::of_encoded(request.query);
    let client = scarab::Client::of(request, site, &params);
    let origin = if client.is_app { Origin::App } else { Origin::Browser };
    let sender = foreign::sender(request, site, Dialect::Emarsys, origin, Trust::Unverified);
    let mut gathered = Gathered::default();
    let mut reason = None;
    if params.get("test") == Some("true") {
        gathered.exclude(&sender, DropReason::Nothing);
    } else {
        for event in client.events(&params, merchant, &referer(request)) {
            let verdict = gathered.add(&sender, &event);
            reason = reason.or(verdict.err().map(|(reason, _)| reason));
        }
    }
    Ok(gathered.answered(client.answer(reason)))
}

fn referer(request: &Request) -> String {
    let referer = request.headers.get(http::header::REFERER);
    referer.map_or_else(String::new, |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests;
