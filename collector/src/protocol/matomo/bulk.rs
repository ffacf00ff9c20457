//! Several tracking requests in one JSON body, as the PHP tracker's and matomo.js's queues send them.
//!
//! A bulk is known by its body alone: matomo.js sends it as a form, the PHP tracker as JSON. One bad element is
//! counted and left out; it never takes the others with it.

use super::super::{Answer, Outcome, Reading, Request};
use super::answer::{self, Refusal};
use super::json::Php;
use super::params::Params;
use super::read_element;
use crate::book::Scope;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::net::IpAddr;

/// Says whether `body` is a bulk: it has the word `requests` in quotes, anywhere but at its very start.
pub(super) fn is_bulk(body: &[u8]) -> bool {
    const WORD: &[u8] = b"requests";
    // The word is looked for by its rarest neighbours, the quotes, without building a text of the body.
    let mut from = 1;
    while let Some(at) = body.get(from..).and_then(|rest| rest.iter().position(|b| matches!(b, b'"' | b'\''))) {
        let quote = from + at;
        let word = body.get(quote + 1..quote + 1 + WORD.len());
        if word == Some(WORD) && body.get(quote + 1 + WORD.len()) == Some(&body[quote]) {
            return true;
        }
        from = quote + 1;
    }
    false
}

/// Reads a bulk.
///
/// # Errors
/// The answer where the body is no JSON with requests; nothing of it is stored.
pub(super) fn read(request: &Request) -> Result<Reading, Answer> {
    let body = String::from_utf8_lossy(request.body);
    let body = readable(body);
    let unreadable = || answer::bulk_refused(request, Refusal::BulkUnreadable);
    let mut requests = None;
    let mut shared_token = None;
    let address = Params::of_query(request.query);
    let mut wants_body = address.wants_image();
    for (key, value) in Php::parse(&body).ok_or_else(unreadable)?.members() {
        match key.as_str() {
            "requests" => requests = Some(Php::of(value)),
            "token_auth" => shared_token = Php::of(value).text(),
            "send_image" => {
                wants_body = !matches!(Php::of(value), Php::Number("0") | Php::Bool(false)) && value.get() != "\"0\"";
            }
            _ => {}
        }
    }
    let Some(Php::Array(requests)) = requests else { return Err(unreadable()) };
    let mut outcomes = Vec::with_capacity(requests.len());
    let mut claimed_ips = Vec::new();
    let mut invalid = Vec::new();
    for (index, (_, element)) in requests.iter().enumerate() {
        match read_one(request, element, &address, shared_token.as_deref()) {
            Ok((outcome, claimed_ip)) => {
                claimed_ips.extend(claimed_ip.map(|ip| (outcomes.len(), ip)));
                outcomes.push(outcome);
            }
            Err(_) => invalid.push(index),
        }
    }
    let names_invalid = shared_token
        .as_deref()
        .and_then(|token| request.book.token(token))
        .is_some_and(|token| token.scope == Scope::Admin);
    let answer = answer::bulk(request, wants_body, outcomes.len(), &invalid, names_invalid);
    Ok(Reading { outcomes, answer, claimed_ips })
}

type Read = Result<(Outcome, Option<IpAddr>), Refusal>;

fn read_one(request: &Request, element: &RawValue, address: &Params, shared_token: Option<&str>) -> Read {
    // A token in the bulk's own address opens nothing here, but is a secret all the same.
    let secrets = [address.token(), shared_token];
    let read = |mut params: Params| {
        secrets.into_iter().flatten().for_each(|token| params.scrub(token));
        read_element(request, &params, shared_token)
    };
    match Php::of(element) {
        Php::Text(url) => {
            // Only the query counts, of a whole URL, too; what follows an unencoded `#` is not part of it.
            let query = url.split('#').next().and_then(|u| u.split_once('?')).map_or("", |(_, query)| query);
            read(Params::of_query(query))
        }
        Php::Array(members) => read(Params::of_object(members)),
        _ => Err(Refusal::SiteUnknown),
    }
}

/// Returns the body without raw line breaks where it is no JSON with them: Matomo allows them within texts.
fn readable(body: Cow<'_, str>) -> Cow<'_, str> {
    if serde_json::from_str::<&RawValue>(&body).is_ok() {
        return body;
    }
    body.replace(['\n', '\r'], "").into()
}
