//! Sites as of the store's position: settings, goals and rates, each in its latest version.

use super::{DuckDb, Snapshot, Writer, keys};
use crate::table::{Row, Table};
use crate::{Error, Value, dialect};
use commerce::rows::SiteRow;
use commerce::state::SiteState;
use commerce::{Goal, SiteId, SiteSettings};
use duckdb::Connection;
use std::collections::HashMap;
use std::sync::Arc;

impl DuckDb {
    /// Returns what holds for `site` as of the store's position.
    pub(crate) fn site_state(&self, site: SiteId) -> Result<Option<SiteState>, Error> {
        self.read(|connection| read(connection, site))
    }
}

impl Snapshot<'_> {
    /// Returns the settings, goals and rates of `site` as of the store's position; `None` for a site it never heard of.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn site_state(&self, site: SiteId) -> Result<Option<SiteState>, Error> {
        self.reading(|connection| read(connection, site))
    }
}

impl Writer {
    /// Returns what holds for `site`, from memory if it was read since it last changed.
    pub(super) fn site_state(&mut self, site: SiteId) -> Result<Option<Arc<SiteState>>, Error> {
        if let Some(known) = self.sites.get(&site) {
            return Ok(Some(Arc::clone(known)));
        }
        let state = read(&self.connection, site)?.map(Arc::new);
        self.sites.extend(state.clone().map(|state| (site, state)));
        Ok(state)
    }
}

fn read(connection: &Connection, site: SiteId) -> Result<Option<SiteState>, Error> {
    let sql = format!(
        "select {} from sites t where t.site = ? order by t.position desc limit 1",
        dialect::columns("t", &SiteRow::column_names())
    );
    let rows: Vec<Row<SiteRow>> = keys::rows(connection, &sql, &[site.into()])?;
    let Some(Row(row)) = rows.into_iter().next() else { return Ok(None) };
    let goals: Vec<Goal> =
        minicbor::decode(&row.goals).map_err(|e| Error::Broken(format!("goals of site {site}: {e}")))?;
    let settings = SiteSettings::from_entries(row.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    Ok(Some(SiteState { settings, goals, rates: rates(connection, site)? }))
}

/// Returns the site's rates by currency, sorted by day. Of several rates of a day the one that came last holds; rows of
/// one import lie in its order.
fn rates(connection: &Connection, site: SiteId) -> Result<HashMap<String, Vec<(String, String)>>, Error> {
    let found: Vec<(String, String, String)> = keys::rows(
        connection,
        "select r.currency, r.day, r.per_unit
         from rates r
         where r.site = ?
         qualify row_number() over (partition by r.currency, r.day order by r.position desc, r.rowid desc) = 1
         order by r.currency, r.day",
        &[Value::from(site)],
    )?;
    let mut rates: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for (currency, day, per_unit) in found {
        rates.entry(currency).or_default().push((day, per_unit));
    }
    Ok(rates)
}
