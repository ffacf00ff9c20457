//! Annotations in the control plane: what people write beside a day. No figure depends on one.

use super::sites::read_site;
use super::{Control, ControlError};
use commerce::{SiteId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// An annotation as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct StoredAnnotation {
    /// Number within the site.
    pub(crate) id: u32,
    /// Civil day of the site, as in `2026-03-02`.
    pub(crate) day: String,
    /// What it says.
    pub(crate) text: String,
    /// Who wrote it, by name.
    pub(crate) author: String,
    /// When it was written, RFC 3339.
    pub(crate) created_at: String,
}

const COLUMNS: &str = "id, day, text, author, created_at";

impl Control {
    /// Returns the annotations of a site from one day to another, both included, by day.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn annotations(
        &self,
        site: SiteId,
        from: &str,
        to: &str,
    ) -> Result<Vec<StoredAnnotation>, ControlError> {
        let db = self.db();
        let sql =
            format!("select {COLUMNS} from annotations where site = ?1 and day between ?2 and ?3 order by day, id");
        let mut statement = db.prepare(&sql)?;
        Ok(statement.query_map(params![site.0, from, to], read)?.collect::<Result<_, _>>()?)
    }

    /// Writes an annotation and returns it.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn add_annotation(
        &self,
        site: SiteId,
        day: &str,
        text: &str,
        author: &str,
        at: Timestamp,
    ) -> Result<StoredAnnotation, ControlError> {
        self.keep(|db| {
            read_site(db, site)?;
            let next = "select coalesce(max(id), 0) + 1 from annotations where site = ?1";
            let id: u32 = db.query_row(next, [site.0], |row| row.get(0))?;
            db.execute(
                "insert into annotations (site, id, day, text, author, created_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
                params![site.0, id, day, text, author, at.to_string()],
            )?;
            find(db, site, id)
        })
    }

    /// Changes an annotation's day and text and returns it.
    ///
    /// # Errors
    /// [`ControlError::Missing`].
    pub(crate) fn change_annotation(
        &self,
        site: SiteId,
        id: u32,
        day: &str,
        text: &str,
    ) -> Result<StoredAnnotation, ControlError> {
        self.keep(|db| {
            let sql = "update annotations set day = ?3, text = ?4 where site = ?1 and id = ?2";
            db.execute(sql, params![site.0, id, day, text])?;
            find(db, site, id)
        })
    }

    /// Removes an annotation.
    ///
    /// # Errors
    /// [`ControlError::Missing`].
    pub(crate) fn remove_annotation(&self, site: SiteId, id: u32) -> Result<(), ControlError> {
        let removed = self.db().execute("delete from annotations where site = ?1 and id = ?2", params![site.0, id])?;
        if removed == 0 { Err(missing(site, id)) } else { Ok(()) }
    }
}

fn find(db: &Connection, site: SiteId, id: u32) -> Result<StoredAnnotation, ControlError> {
    let sql = format!("select {COLUMNS} from annotations where site = ?1 and id = ?2");
    db.query_row(&sql, params![site.0, id], read).optional()?.ok_or_else(|| missing(site, id))
}

fn missing(site: SiteId, id: u32) -> ControlError {
    ControlError::Missing("annotation.unknown", format!("annotation {id} of site {site}"))
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredAnnotation> {
    Ok(StoredAnnotation {
        id: row.get(0)?,
        day: row.get(1)?,
        text: row.get(2)?,
        author: row.get(3)?,
        created_at: row.get(4)?,
    })
}
