//! What codes in the links of mailings stand for: `GET /api/v1/sites/{id}/link-codes`, and `POST` of a list as CSV or
//! JSON to `/link-codes/import`.
//!
//! A code names a contact, a campaign or both; a later word on the same code replaces an earlier one, also for what was
//! clicked before. Of an e-mail address only the site's salted hash is kept, and nothing of a contact where the site keeps
//! none. Lines that cannot be read are told with their number, the others are taken.

use super::auth::CurrentSite;
use super::cells::rows_as;
use super::parameters::{OFFSET, Parameters, limit};
use super::signature::schema_of;
use super::values::{Count, List, ShownBadLine, bad_lines};
use super::{Access, ApiError, Route, blocking, glancing};
use crate::app::App;
use crate::sheet::{BadLine, Sheet};
use axum::Json;
use axum::extract::State;
use collector::book::{BookSite, Scope};
use collector::person::{hash_email, normalised_email};
use commerce::ids::is_placeholder;
use commerce::record::LinkCodesRecord;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many codes go into one record.
const CODES_PER_RECORD: usize = 5_000;

/// Longest code, contact or campaign in bytes; as long as a campaign may be in an event.
const TEXT_BYTES_MAX: usize = collector::limits::TEXT_BYTES_MAX;

#[derive(Serialize, JsonSchema)]
struct LinkCodes {
    meta: Count,
    codes: Vec<LinkCode>,
}

/// What a code stands for.
#[derive(Serialize, JsonSchema)]
struct LinkCode {
    code: Option<String>,
    campaign: Option<String>,
    user_id: Option<String>,
    /// The site's salted hash of the contact's e-mail address.
    email_hash: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct TakenCodes {
    meta: CodeCount,
    /// Lines that could not be read; the others were taken.
    bad_lines: Vec<ShownBadLine>,
}

#[derive(Serialize, JsonSchema)]
struct CodeCount {
    /// How many codes were taken.
    count: usize,
    /// Of how many of them a contact is kept.
    contacts: usize,
}

/// Columns code, and contact or campaign or both.
#[derive(JsonSchema)]
#[schemars(inline)]
struct CodesAsCsv(#[expect(dead_code, reason = "it says what a list holds")] String);

const LIMIT_MAX: u32 = 10_000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/link-codes", Access::Site(Scope::Read), list).asks_store()
            .says("Lists what codes in the links of mailings stand for.", "The codes.")
            .takes([limit(LIMIT_MAX), OFFSET]),
        Route::new(Method::POST, "/api/v1/sites/{id}/link-codes/import", Access::Site(Scope::Admin), import)
            .says(
                "States what codes in the links of mailings stand for: a contact, a campaign or both, as CSV or JSON. Lines that \
                 cannot be read are told with their number, the others are taken.",
                "How many were taken, of how many a contact is kept, and the lines that were not.",
            )
            .sent_as("text/csv", schema_of::<CodesAsCsv>())
            .sent_as("application/json", schema_of::<ToldAll>())
            .refuses(&[(400, "body.invalid")]),
    ]
}

const LIST: &str = "
select code, campaign, user_id, email_hash
from link_codes_now
where site = ?
order by code
limit ?
offset ?";

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    parameters: Parameters,
) -> Result<Json<LinkCodes>, ApiError> {
    let (limit, offset) = (parameters.limit(100, LIMIT_MAX)?, parameters.offset()?);
    let codes = glancing(&app, site.id(), move |snapshot| {
        let found = snapshot.query(LIST, &[site.id().into(), limit.into(), offset.into()])?;
        Ok::<_, ApiError>(rows_as(&found, |row| LinkCode {
            code: row.text("code"),
            campaign: row.text("campaign"),
            user_id: row.text("user_id"),
            email_hash: row.text("email_hash"),
        }))
    })
    .await?;
    Ok(Json(LinkCodes { meta: Count { count: codes.len() }, codes }))
}

/// One code as it is told; what is not told is empty.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ToldCode")]
struct Told {
    code: String,
    /// An e-mail address, or a user id.
    #[serde(default)]
    contact: Option<String>,
    #[serde(default)]
    campaign: Option<String>,
}

/// Codes as JSON.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ToldCodes")]
struct ToldAll {
    codes: Vec<Told>,
}

async fn import(State(app): State<Arc<App>>, site: CurrentSite, list: List) -> Result<Json<TakenCodes>, ApiError> {
    let (mut codes, mut bad, mut contacts) = (Vec::new(), Vec::new(), 0);
    for (line, told) in told(&list.0)? {
        match read(told, site.get()) {
            Ok(code) => {
                contacts += usize::from(!code.1.is_empty());
                codes.push(code);
            }
            Err(reason) => bad.push(BadLine { line, reason }),
        }
    }
    let count = codes.len();
    if count > 0 {
        blocking(move || {
            codes.chunks(CODES_PER_RECORD).try_for_each(|part| app.put_link_codes(site.id(), part.to_vec()))
        })
        .await?;
    }
    Ok(Json(TakenCodes { meta: CodeCount { count, contacts }, bad_lines: bad_lines(&bad) }))
}

/// Returns what a list tells, each code with the number of its line, or of its place in JSON from 1.
fn told(list: &[u8]) -> Result<Vec<(usize, Told)>, ApiError> {
    if list.trim_ascii_start().starts_with(b"{") {
        let all: ToldAll = serde_json::from_slice(list).map_err(|e| {
            ApiError::bad_request("body.invalid", format!("the body is not what is expected here: {e}"))
                .hint(r#"send {"codes": [{"code": "Qw3rTy", "contact": "a@b.example", "campaign": "Spring"}]}"#)
        })?;
        return Ok((1..).zip(all.codes).collect());
    }
    let sheet = Sheet::read(list);
    let code = sheet.column(&["code", "link_code", "token", "emst"]);
    let contact = sheet.column(&["contact", "email", "e-mail", "user_id", "customer"]);
    let campaign = sheet.column(&["campaign", "campaign_name", "utm_campaign"]);
    if code.is_none() || (contact.is_none() && campaign.is_none()) {
        let what = "the first line must name the column code, and contact or campaign or both";
        return Err(ApiError::bad_request("list.unreadable", what));
    }
    let text = |text: &str| Some(text.to_owned());
    let of = |line: &crate::sheet::Line| Told {
        code: line.get(code).to_owned(),
        contact: text(line.get(contact)),
        campaign: text(line.get(campaign)),
    };
    Ok(sheet.lines.iter().map(|line| (line.number, of(line))).collect())
}

/// Returns code, contact and campaign as the journal keeps them, or what is wrong with them.
fn read(told: Told, site: &BookSite) -> Result<(String, String, String), String> {
    let trimmed = |text: Option<String>| text.unwrap_or_default().trim().to_owned();
    let (code, contact, campaign) = (told.code.trim().to_owned(), trimmed(told.contact), trimmed(told.campaign));
    if is_placeholder(&code) {
        return Err("the code is missing".to_owned());
    }
    if [&code, &contact, &campaign].into_iter().any(|text| text.len() > TEXT_BYTES_MAX) {
        return Err(format!("no text may be longer than {TEXT_BYTES_MAX} bytes"));
    }
    if contact.is_empty() && campaign.is_empty() {
        return Err(format!("`{code}` has neither a contact nor a campaign"));
    }
    Ok((code, kept_contact(&contact, site)?, campaign))
}

/// Returns what is kept of a contact: the hash of an e-mail address, else a user id; nothing where the site keeps none.
fn kept_contact(contact: &str, site: &BookSite) -> Result<String, String> {
    if contact.contains('@') {
        // The text itself stays out of the answer: it may well be somebody's address.
        let address = normalised_email(contact).ok_or("the contact is no e-mail address such as a@b.example")?;
        let is_kept = site.settings.contact != "none";
        return Ok(if is_kept { hash_email(&site.email_salt, &address) } else { String::new() });
    }
    if is_placeholder(contact) || site.settings.contact == "none" {
        return Ok(String::new());
    }
    Ok(format!("{}{contact}", LinkCodesRecord::OF_USER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(list: &str) -> Vec<(usize, String, String, String)> {
        let all = told(list.as_bytes()).unwrap();
        let text = |text: Option<String>| text.unwrap_or_default();
        all.into_iter().map(|(line, told)| (line, told.code, text(told.contact), text(told.campaign))).collect()
    }

    fn row(line: usize, code: &str, contact: &str, campaign: &str) -> (usize, String, String, String) {
        (line, code.to_owned(), contact.to_owned(), campaign.to_owned())
    }

    #[test]
    fn lists_are_csv_or_json() {
        let expected = [row(2, "x", "a@b.example", "Spring"), row(3, "y", "", "Autumn")];
        assert_eq!(codes("code;contact;campaign\nx;a@b.example;Spring\ny;;Autumn\n"), expected);
        assert_eq!(codes("Campaign,EMST\n\"Spring, again\",x\n"), [row(2, "x", "", "Spring, again")]);
        let json = r#" {"codes": [{"code": "x", "contact": "4711"}, {"code": "y", "campaign": "Autumn"}]}"#;
        assert_eq!(codes(json), [row(1, "x", "4711", ""), row(2, "y", "", "Autumn")]);
        for unreadable in ["", "code\nx\n", "contact,campaign\na,b\n", "{\"codes\": [{}]}", "{\"code\": \"x\"}"] {
            assert!(told(unreadable.as_bytes()).is_err(), "{unreadable}");
        }
    }
}
