//! Sites and their settings in the control plane.

use super::{Control, ControlError, Seal, StoredSite};
use crate::ids;
use commerce::{Record, SiteId, SiteSettings, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// A site to be.
#[derive(Debug)]
pub(crate) struct NewSite {
    /// The number it is to have; `None` for the next free one.
    pub(crate) id: Option<SiteId>,
    /// Its settings.
    pub(crate) settings: SiteSettings,
}

/// One setting to change: the value as text, `None` for the default.
pub(crate) type SettingChange = (String, Option<String>);

impl NewSite {
    /// Returns a site with `settings`, changed by `changes`; see [`Control::change_settings`].
    ///
    /// # Errors
    /// [`ControlError::Setting`].
    pub(crate) fn new(
        id: Option<SiteId>,
        mut settings: SiteSettings,
        changes: &[SettingChange],
    ) -> Result<Self, ControlError> {
        apply_settings(&mut settings, changes)?;
        Ok(Self { id, settings })
    }
}

impl Control {
    /// Adds a site.
    ///
    /// # Errors
    /// [`ControlError::SiteTaken`] if the number is or was in use.
    pub(crate) fn add_site(&self, new: NewSite, at: Timestamp, seal: Seal<'_>) -> Result<StoredSite, ControlError> {
        self.change(seal, |db| {
            let id = match new.id {
                Some(id) if is_taken(db, id)? => return Err(ControlError::SiteTaken(id)),
                Some(id) => id,
                None => next_id(db)?,
            };
            let site = StoredSite {
                id,
                collect_key: format!("tlk_{}", ids::text(22)),
                signing_secret: new_signing_secret(),
                email_salt: ids::text(32),
                settings: new.settings,
                goals: Vec::new(),
                dialect_secrets: Vec::new(),
            };
            db.execute(
                "insert into sites (id, collect_key, signing_secret, email_salt, created_at) values (?1, ?2, ?3, ?4, ?5)",
                params![id.0, site.collect_key, site.signing_secret, site.email_salt, at.to_string()],
            )?;
            write_settings(db, &site)?;
            let records = vec![site.settings_record(at)];
            Ok((site, records))
        })
    }

    /// Changes settings of a site: all of them, or none if one is refused. The preset `matomo_compat` goes first, so
    /// that a setting named beside it wins.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`] or [`ControlError::Setting`].
    pub(crate) fn change_settings(
        &self,
        id: SiteId,
        changes: &[SettingChange],
        at: Timestamp,
        seal: Seal<'_>,
    ) -> Result<StoredSite, ControlError> {
        self.change(seal, |db| {
            let mut site = read_site(db, id)?;
            let before = site.settings.clone();
            apply_settings(&mut site.settings, changes)?;
            write_settings(db, &site)?;
            let records: Vec<Record> =
                (site.settings != before).then(|| site.settings_record(at)).into_iter().collect();
            Ok((site, records))
        })
    }

    /// Gives a site a new signing secret. No figure of the past changes, so the journal need not know.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn rotate_signing_secret(&self, id: SiteId) -> Result<StoredSite, ControlError> {
        self.change(&|_| Ok(()), |db| {
            db.execute("update sites set signing_secret = ?1 where id = ?2", params![new_signing_secret(), id.0])?;
            Ok((read_site(db, id)?, Vec::new()))
        })
    }

    /// Removes a site with its keys, tokens and goals. What it sent stays in the journal, so its number stays taken.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn remove_site(&self, id: SiteId) -> Result<(), ControlError> {
        self.change(&|_| Ok(()), |db| {
            let removed = db.execute("delete from sites where id = ?1", [id.0])?;
            if removed == 0 {
                return Err(ControlError::SiteUnknown(id));
            }
            db.execute("insert into removed_sites (id) values (?1)", [id.0])?;
            Ok(((), Vec::new()))
        })
    }

    /// Returns every site, by number.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn sites(&self) -> Result<Vec<StoredSite>, ControlError> {
        let db = self.db();
        let mut statement = db.prepare("select id from sites order by id")?;
        let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<u32>, _>>()?;
        ids.into_iter().map(|id| read_site(&db, SiteId(id))).collect()
    }

    /// Returns one site.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    #[cfg(test)]
    pub(crate) fn site(&self, id: SiteId) -> Result<StoredSite, ControlError> {
        read_site(&self.db(), id)
    }
}

fn new_signing_secret() -> String {
    ids::text(40)
}

/// Applies `changes` to `settings`.
///
/// # Errors
/// [`ControlError::Setting`] for the first one that is refused.
fn apply_settings(settings: &mut SiteSettings, changes: &[SettingChange]) -> Result<(), ControlError> {
    let is_preset = |change: &&SettingChange| change.0 == "matomo_compat";
    let presets = changes.iter().filter(is_preset);
    let singles = changes.iter().filter(|change| !is_preset(change));
    for (name, value) in presets.chain(singles) {
        match value {
            Some(value) => settings.set(name, value)?,
            None => settings.set(name, &default_of(settings, name))?,
        }
    }
    Ok(())
}

/// Returns the default of the setting `name`; empty if there is no such setting.
fn default_of(settings: &SiteSettings, name: &str) -> String {
    let defaults = SiteSettings::new(&settings.domain, settings.currency, settings.timezone.clone());
    defaults.entries().into_iter().find(|(n, _)| *n == name).map(|(_, value)| value).unwrap_or_default()
}

const NUMBERS: &str = "select id from sites union all select id from removed_sites";

fn is_taken(db: &Connection, id: SiteId) -> Result<bool, ControlError> {
    let sql = format!("select 1 from ({NUMBERS}) as numbers where id = ?1");
    Ok(db.query_row(&sql, [id.0], |_| Ok(())).optional()?.is_some())
}

fn next_id(db: &Connection) -> Result<SiteId, ControlError> {
    let sql = format!("select coalesce(max(id), 0) + 1 from ({NUMBERS}) as numbers");
    Ok(SiteId(db.query_row(&sql, [], |row| row.get(0))?))
}

pub(super) fn read_site(db: &Connection, id: SiteId) -> Result<StoredSite, ControlError> {
    let keys = db
        .query_row("select collect_key, signing_secret, email_salt from sites where id = ?1", [id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let (collect_key, signing_secret, email_salt) = keys.ok_or(ControlError::SiteUnknown(id))?;
    let mut statement = db.prepare("select name, value from site_settings where site = ?1")?;
    let entries: Vec<(String, String)> =
        statement.query_map([id.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let settings = SiteSettings::from_entries(entries.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let goals = super::goals::read_goals(db, id)?;
    let dialect_secrets = super::senders::read_secrets(db, id)?;
    Ok(StoredSite { id, collect_key, signing_secret, email_salt, settings, goals, dialect_secrets })
}

fn write_settings(db: &Connection, site: &StoredSite) -> Result<(), ControlError> {
    db.execute("delete from site_settings where site = ?1", [site.id.0])?;
    let mut insert = db.prepare("insert into site_settings (site, name, value) values (?1, ?2, ?3)")?;
    for (name, value) in site.settings.entries() {
        insert.execute(params![site.id.0, name, value])?;
    }
    Ok(())
}
