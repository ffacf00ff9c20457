//! Saved segments and defined events in the control plane: names for texts that reports put into filters when asked.
//!
//! No figure of the past depends on them, so the journal never sees one, and a rebuild changes nothing.

use super::sites::read_site;
use super::{Control, ControlError};
use commerce::{SiteId, Timestamp};
use rusqlite::params;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// A segment.
    Segment,
    /// An event.
    Event,
}

impl Naming {
    fn name(self) -> &'static str {
        match self {
            Self::Segment => "segment",
            Self::Event => "event",
        }
    }
}

/// A name with what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedRule {
    /// Name, unique among its kind on the site.
    pub(crate) name: String,
    /// The filter, in the long form.
    pub(crate) text: String,
    /// Whether only administrators see it.
    pub(crate) admins_only: bool,
    /// When it was last changed.
    pub(crate) changed_at: String,
}

impl Control {
    /// Returns the segments or events that a site has named, by name.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn named_rules(&self, site: SiteId, naming: Naming) -> Result<Vec<NamedRule>, ControlError> {
        let db = self.db();
        let mut statement = db.prepare(
            "select name, text, admins_only, changed_at
             from named_rules
             where site = ?1 and kind = ?2
             order by name",
        )?;
        let rows = statement.query_map(params![site.0, naming.name()], |row| {
            Ok(NamedRule { name: row.get(0)?, text: row.get(1)?, admins_only: row.get(2)?, changed_at: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Names a segment or event, or changes what the name stands for. Returns it as stored.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn put_named_rule(
        &self,
        site: SiteId,
        naming: Naming,
        mut rule: NamedRule,
        at: Timestamp,
    ) -> Result<NamedRule, ControlError> {
        rule.changed_at = at.to_string();
        self.change(&|_| Ok(()), |db| {
            read_site(db, site)?;
            db.execute("delete from named_rules where site = ?1 and kind = ?2 and name = ?3", params![site.0, naming.name(), rule.name])?;
            db.execute(
                "insert into named_rules (site, kind, name, text, admins_only, changed_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
                params![site.0, naming.name(), rule.name, rule.text, rule.admins_only, rule.changed_at],
            )?;
            Ok((rule.clone(), Vec::new()))
        })
    }

    /// Forgets the name of a segment or event; says whether there was one.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn remove_named_rule(&self, site: SiteId, naming: Naming, name: &str) -> Result<bool, ControlError> {
        self.change(&|_| Ok(()), |db| {
            let gone = db.execute(
                "delete from named_rules where site = ?1 and kind = ?2 and name = ?3",
                params![site.0, naming.name(), name],
            )?;
            Ok((gone > 0, Vec::new()))
        })
    }
}
