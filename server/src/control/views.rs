//! Saved views in the control plane: a state of the dashboard under a name, one's own or everyone's.

use super::sites::read_site;
use super::users::UserId;
use super::{Control, ControlError};
use commerce::{SiteId, Timestamp};
use rusqlite::params;

/// Whose a view is that everyone may see. No account has this number.
pub(crate) const EVERYONE: UserId = 0;

/// Most views that one owner keeps of a site.
const MOST: i64 = 200;

/// A view as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct StoredView {
    /// Its name, which is the owner's only one of this name.
    pub(crate) name: String,
    /// The state of the dashboard, as it stands in its address.
    pub(crate) state: String,
    /// Whether everyone sees it.
    pub(crate) is_shared: bool,
    /// When it was last saved, RFC 3339.
    pub(crate) updated_at: String,
}

impl Control {
    /// Returns what `owner` sees of a site's views: everyone's, and their own, by name.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn views(&self, site: SiteId, owner: UserId) -> Result<Vec<StoredView>, ControlError> {
        let db = self.db();
        let mut statement = db.prepare(
            "select name, state, owner, updated_at from views
             where site = ?1 and owner in (?2, ?3)
             order by name, owner",
        )?;
        let read = |row: &rusqlite::Row<'_>| {
            let is_shared = row.get::<_, UserId>(2)? == EVERYONE;
            Ok(StoredView { name: row.get(0)?, state: row.get(1)?, is_shared, updated_at: row.get(3)? })
        };
        Ok(statement.query_map(params![site.0, EVERYONE, owner], read)?.collect::<Result<_, _>>()?)
    }

    /// Saves a view; one of the same owner and name is replaced.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`]; [`ControlError::Conflict`] if the owner has too many.
    pub(crate) fn put_view(
        &self,
        site: SiteId,
        owner: UserId,
        name: &str,
        state: &str,
        at: Timestamp,
    ) -> Result<(), ControlError> {
        self.keep(|db| {
            read_site(db, site)?;
            db.execute(
                "insert into views (site, owner, name, state, updated_at) values (?1, ?2, ?3, ?4, ?5)
                 on conflict (site, owner, name) do update set state = excluded.state, updated_at = excluded.updated_at",
                params![site.0, owner, name, state, at.to_string()],
            )?;
            let count = "select count(*) from views where site = ?1 and owner = ?2";
            let kept: i64 = db.query_row(count, params![site.0, owner], |row| row.get(0))?;
            let full = || ControlError::Conflict("view.too_many", format!("{MOST} views are kept at most"));
            if kept > MOST { Err(full()) } else { Ok(()) }
        })
    }

    /// Removes a view.
    ///
    /// # Errors
    /// [`ControlError::Missing`].
    pub(crate) fn remove_view(&self, site: SiteId, owner: UserId, name: &str) -> Result<(), ControlError> {
        let sql = "delete from views where site = ?1 and owner = ?2 and name = ?3";
        let removed = self.db().execute(sql, params![site.0, owner, name])?;
        let missing = || ControlError::Missing("view.unknown", format!("view `{name}` of site {site}"));
        if removed == 0 { Err(missing()) } else { Ok(()) }
    }
}
