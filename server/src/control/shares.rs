//! Share links in the control plane: of a link's secret only its SHA-256 is kept, of its password the argon2id hash.

use super::sites::read_site;
use super::{Control, ControlError};
use crate::ids;
use commerce::SiteId;
use rusqlite::{OptionalExtension, Row, params};

/// A share as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct StoredShare {
    /// The part by which people tell shares apart.
    pub(crate) id: String,
    /// The site whose figures it shows.
    pub(crate) site: SiteId,
    /// What people call it.
    pub(crate) label: String,
    /// What every query of it is narrowed by; empty for nothing.
    pub(crate) filter: String,
    /// Hash of its password; `None` if it asks for none.
    pub(crate) password: Option<String>,
    /// When it was made, RFC 3339.
    pub(crate) created_at: String,
}

const COLUMNS: &str = "id, site, label, filter, password, created_at";

impl Control {
    /// Keeps a share, whose secret has this hash.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn add_share(&self, new: &StoredShare, hash: &[u8; 32]) -> Result<(), ControlError> {
        self.keep(|db| {
            read_site(db, new.site)?;
            db.execute(
                "insert into shares (id, hash, site, label, filter, password, created_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![new.id, ids::hex(hash), new.site.0, new.label, new.filter, new.password, new.created_at],
            )?;
            Ok(())
        })
    }

    /// Returns every share, those of one `site` if one is given, oldest first.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn shares(&self, site: Option<SiteId>) -> Result<Vec<StoredShare>, ControlError> {
        let db = self.db();
        let sql = format!("select {COLUMNS} from shares where ?1 is null or site = ?1 order by created_at, id");
        let mut statement = db.prepare(&sql)?;
        Ok(statement.query_map([site.map(|site| site.0)], read)?.collect::<Result<_, _>>()?)
    }

    /// Returns the share whose secret has this hash; `None` if there is none.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn share(&self, hash: &[u8; 32]) -> Result<Option<StoredShare>, ControlError> {
        let sql = format!("select {COLUMNS} from shares where hash = ?1");
        Ok(self.db().query_row(&sql, [ids::hex(hash)], read).optional()?)
    }

    /// Revokes a share: its sessions end with it.
    ///
    /// # Errors
    /// [`ControlError::Missing`].
    pub(crate) fn remove_share(&self, site: SiteId, id: &str) -> Result<(), ControlError> {
        let removed = self.db().execute("delete from shares where site = ?1 and id = ?2", params![site.0, id])?;
        let missing = || ControlError::Missing("share.unknown", format!("share `{id}` of site {site}"));
        if removed == 0 { Err(missing()) } else { Ok(()) }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredShare> {
    Ok(StoredShare {
        id: row.get(0)?,
        site: SiteId(row.get(1)?),
        label: row.get(2)?,
        filter: row.get(3)?,
        password: row.get(4)?,
        created_at: row.get(5)?,
    })
}
