//! Goals in the control plane.

use super::sites::read_site;
use super::{Control, ControlError, Seal, StoredSite};
use anyhow::{Context, anyhow};
use commerce::goal::{GOAL_ATTRIBUTES, Goal, GoalAttribute, PATTERN_KINDS, PatternKind};
use commerce::money::Amount;
use commerce::{SiteId, Timestamp};
use rusqlite::{Connection, Row, params};

impl Control {
    /// Adds `goal` to a site, or replaces the goal of the same number; number 0 asks for the next free one.
    /// Returns the goal as stored.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn put_goal(
        &self,
        site: SiteId,
        mut goal: Goal,
        at: Timestamp,
        seal: Seal<'_>,
    ) -> Result<Goal, ControlError> {
        self.change(seal, |db| {
            let mut stored = read_site(db, site)?;
            if goal.id == 0 {
                goal.id = stored.goals.iter().map(|g| g.id).max().unwrap_or(0) + 1;
            }
            stored.goals.retain(|g| g.id != goal.id);
            stored.goals.push(goal.clone());
            stored.goals.sort_by_key(|g| g.id);
            write_goals(db, &stored)?;
            Ok((goal, vec![stored.goals_record(at)]))
        })
    }

    /// Removes a goal.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`] or [`ControlError::GoalUnknown`].
    pub(crate) fn remove_goal(
        &self,
        site: SiteId,
        goal: u32,
        at: Timestamp,
        seal: Seal<'_>,
    ) -> Result<(), ControlError> {
        self.change(seal, |db| {
            let mut stored = read_site(db, site)?;
            let before = stored.goals.len();
            stored.goals.retain(|g| g.id != goal);
            if stored.goals.len() == before {
                return Err(ControlError::GoalUnknown(site, goal));
            }
            write_goals(db, &stored)?;
            Ok(((), vec![stored.goals_record(at)]))
        })
    }
}

/// Returns the goals of `site`, by number.
pub(super) fn read_goals(db: &Connection, site: SiteId) -> Result<Vec<Goal>, ControlError> {
    let mut statement = db.prepare(
        "select id, name, attribute, pattern_kind, pattern, case_sensitive, value, allow_multiple, use_event_value
         from goals
         where site = ?1
         order by id",
    )?;
    let mut rows = statement.query([site.0])?;
    let mut goals = Vec::new();
    while let Some(row) = rows.next()? {
        goals.push(read_goal(row)?);
    }
    Ok(goals)
}

fn read_goal(row: &Row<'_>) -> Result<Goal, ControlError> {
    let (attribute, kind): (String, String) = (row.get(2)?, row.get(3)?);
    let value: Option<String> = row.get(6)?;
    Ok(Goal {
        id: row.get(0)?,
        name: row.get(1)?,
        attribute: attribute_named(&attribute).with_context(|| format!("goal attribute `{attribute}` is unknown"))?,
        pattern_kind: pattern_kind_named(&kind).with_context(|| format!("pattern kind `{kind}` is unknown"))?,
        pattern: row.get(4)?,
        case_sensitive: row.get(5)?,
        value: value
            .map(|v| Amount::parse(&v).map_err(|_| anyhow!("goal value `{v}` is no amount")))
            .transpose()?
            .map(|p| p.value),
        allow_multiple: row.get(7)?,
        use_event_value: row.get(8)?,
    })
}

fn write_goals(db: &Connection, site: &StoredSite) -> Result<(), ControlError> {
    db.execute("delete from goals where site = ?1", [site.id.0])?;
    let mut insert = db.prepare(
        "insert into goals (site, id, name, attribute, pattern_kind, pattern, case_sensitive, value, allow_multiple, use_event_value)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for goal in &site.goals {
        insert.execute(params![
            site.id.0,
            goal.id,
            goal.name,
            attribute_name(goal.attribute),
            pattern_kind_name(goal.pattern_kind),
            goal.pattern,
            goal.case_sensitive,
            goal.value.map(|v| v.to_string()),
            goal.allow_multiple,
            goal.use_event_value,
        ])?;
    }
    Ok(())
}

/// Returns the attribute with this public name, `None` if there is none.
pub(crate) fn attribute_named(name: &str) -> Option<GoalAttribute> {
    GOAL_ATTRIBUTES.iter().find(|(n, _)| *n == name).map(|(_, attribute)| *attribute)
}

/// Returns the attribute's public name.
pub(crate) fn attribute_name(attribute: GoalAttribute) -> &'static str {
    GOAL_ATTRIBUTES.iter().find(|(_, a)| *a == attribute).map_or("manually", |(name, _)| name)
}

/// Returns the pattern kind with this public name, `None` if there is none.
pub(crate) fn pattern_kind_named(name: &str) -> Option<PatternKind> {
    PATTERN_KINDS.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind)
}

/// Returns the pattern kind's public name.
pub(crate) fn pattern_kind_name(kind: PatternKind) -> &'static str {
    PATTERN_KINDS.iter().find(|(_, k)| *k == kind).map_or("exact", |(name, _)| name)
}
