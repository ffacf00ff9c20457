//! Mailings: what the codes stand for that links of mailings left as campaigns.
//!
//! Looked up when somebody asks: whether a code or the click came first makes no difference.

use super::super::Snapshot;
use super::{people, select};
use crate::{Error, Mailing, Value};
use commerce::SiteId;
use commerce::rows::{LinkCodeRow, PersonRow, TrafficSource};
use duckdb::Connection;
use std::collections::{BTreeSet, HashMap};

/// Codes looked for in one statement.
const CODES_AT_ONCE: usize = 1000;

impl Snapshot<'_> {
    /// Returns what the codes of mailings among `campaigns` stand for on `site`; a campaign that is no code is missing.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn mailings(&self, site: SiteId, campaigns: &[&str]) -> Result<HashMap<String, Mailing>, Error> {
        self.reading(|connection| of_campaigns(connection, site, campaigns.iter().copied()))
    }
}

/// Puts the campaigns that `sources` are codes of in the codes' place; returns for each source the mailing, `None` where its
/// campaign is no code.
pub(super) fn name_campaigns<'s>(
    connection: &Connection,
    site: SiteId,
    sources: impl IntoIterator<Item = &'s mut TrafficSource>,
) -> Result<Vec<Option<Mailing>>, Error> {
    let sources: Vec<&mut TrafficSource> = sources.into_iter().collect();
    let known = of_campaigns(connection, site, sources.iter().filter_map(|source| source.campaign.as_deref()))?;
    let named = |source: &mut TrafficSource| {
        let mailing = known.get(source.campaign.as_deref()?)?;
        source.campaign = mailing.campaign.clone().or(source.campaign.take());
        Some(mailing.clone())
    };
    Ok(sources.into_iter().map(named).collect())
}

fn of_campaigns<'c>(
    connection: &Connection,
    site: SiteId,
    campaigns: impl IntoIterator<Item = &'c str>,
) -> Result<HashMap<String, Mailing>, Error> {
    let codes: Vec<&str> = campaigns.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut rows: Vec<LinkCodeRow> = Vec::new();
    for some in codes.chunks(CODES_AT_ONCE) {
        let rest = format!("where t.site = ? and t.code in ({})", vec!["?"; some.len()].join(", "));
        let params: Vec<Value> = std::iter::once(site.into()).chain(some.iter().map(|code| (*code).into())).collect();
        rows.extend(select::<LinkCodeRow>(connection, &rest, &params)?);
    }
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let people = people(connection, site, rows.iter().filter_map(|row| row.customer))?;
    let mailing = |row: LinkCodeRow| {
        let contact = row.customer.map(|customer| {
            let known = people.get(&customer);
            PersonRow {
                site,
                position: row.position,
                customer,
                user_id: known.and_then(|p| p.user_id.clone()).or(row.user_id),
                email_hash: known.and_then(|p| p.email_hash.clone()).or(row.email_hash),
                email: known.and_then(|p| p.email.clone()),
            }
        });
        (row.code.clone(), Mailing { code: row.code, campaign: row.campaign, contact })
    };
    Ok(rows.into_iter().map(mailing).collect())
}
