//! Secrets by which foreign senders prove who they are: those that sign webhooks, and their like.
//!
//! They are kept as they are, for a signature is checked with the secret itself, and go out to nobody but the door. No
//! figure of the past depends on them, so the journal never sees one.

use super::sites::read_site;
use super::{Control, ControlError};
use commerce::hit::Dialect;
use commerce::{SiteId, Timestamp};
use rusqlite::{Connection, params};

/// How many secrets of one dialect a site has at most: the newest, and the one that it replaces.
const KEPT: u32 = 2;

impl Control {
    /// Adds a site's newest secret for `dialect` and keeps the one before, which stays good while the sender changes
    /// over; older ones go. A secret that is known becomes the newest. Returns how many there are now.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn add_dialect_secret(
        &self,
        site: SiteId,
        dialect: Dialect,
        secret: &str,
        at: Timestamp,
    ) -> Result<usize, ControlError> {
        self.change(&|_| Ok(()), |db| {
            read_site(db, site)?;
            let name = dialect.name();
            db.execute(
                "delete from dialect_secrets where site = ?1 and dialect = ?2 and secret = ?3",
                params![site.0, name, secret],
            )?;
            db.execute(
                "insert into dialect_secrets (site, dialect, secret, added_at) values (?1, ?2, ?3, ?4)",
                params![site.0, name, secret, at.to_string()],
            )?;
            db.execute(
                "delete from dialect_secrets where site = ?1 and dialect = ?2 and id not in (
                    select id from dialect_secrets where site = ?1 and dialect = ?2 order by id desc limit ?3)",
                params![site.0, name, KEPT],
            )?;
            let kept = read_secrets(db, site)?.into_iter().filter(|(of, _)| *of == dialect).count();
            Ok((kept, Vec::new()))
        })
    }

    /// Drops all secrets of a site for `dialect`: what they sign is refused from now on. Returns how many there were.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn drop_dialect_secrets(&self, site: SiteId, dialect: Dialect) -> Result<usize, ControlError> {
        self.change(&|_| Ok(()), |db| {
            read_site(db, site)?;
            let sql = "delete from dialect_secrets where site = ?1 and dialect = ?2";
            Ok((db.execute(sql, params![site.0, dialect.name()])?, Vec::new()))
        })
    }
}

/// Returns the secrets of a site, the newest first.
pub(super) fn read_secrets(db: &Connection, site: SiteId) -> Result<Vec<(Dialect, String)>, ControlError> {
    let mut statement = db.prepare("select dialect, secret from dialect_secrets where site = ?1 order by id desc")?;
    let rows: Vec<(String, String)> =
        statement.query_map([site.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(rows.into_iter().filter_map(|(name, secret)| Some((Dialect::parse(&name)?, secret))).collect())
}
