//! Sessions in the control plane: of a session's token only its SHA-256 is kept.

use super::users::UserId;
use super::{Control, ControlError};
use crate::ids;
use anyhow::Context;
use commerce::Timestamp;
use rusqlite::params;

/// Most sessions that one share has at a time; the oldest give way.
const OF_A_SHARE_MAX: u32 = 500;
/// Most sessions that one account has at a time; the oldest give way.
const OF_AN_ACCOUNT_MAX: u32 = 50;

/// Whose a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// An account's.
    User(UserId),
    /// That of a share, by its id.
    Share(String),
}

/// A session as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct StoredSession {
    /// The part by which people tell sessions apart.
    pub(crate) id: String,
    /// SHA-256 of its token.
    pub(crate) hash: [u8; 32],
    /// Whose it is.
    pub(crate) holder: Holder,
    /// The browser, as it calls itself.
    pub(crate) agent: String,
    /// When it was opened.
    pub(crate) created_at: Timestamp,
    /// When it was last used.
    pub(crate) last_used_at: Timestamp,
    /// When it ends, however much it is used.
    pub(crate) expires_at: Timestamp,
}

impl Control {
    /// Keeps a session. Where its holder has too many, the oldest end.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn add_session(&self, new: &StoredSession) -> Result<(), ControlError> {
        let (account, share, most) = match &new.holder {
            Holder::User(id) => (Some(*id), None, OF_AN_ACCOUNT_MAX),
            Holder::Share(id) => (None, Some(id.as_str()), OF_A_SHARE_MAX),
        };
        self.keep(|db| {
            db.execute(
                "insert into sessions (id, hash, account, share, agent, created_at, last_used_at, expires_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    new.id,
                    ids::hex(&new.hash),
                    account,
                    share,
                    new.agent,
                    new.created_at.to_string(),
                    new.last_used_at.to_string(),
                    new.expires_at.to_string(),
                ],
            )?;
            db.execute(
                "delete from sessions where (account = ?1 or share = ?2) and id not in (
                    select id from sessions where account = ?1 or share = ?2 order by created_at desc, id limit ?3)",
                params![account, share, most],
            )?;
            Ok(())
        })
    }

    /// Returns every session, oldest first.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn sessions(&self) -> Result<Vec<StoredSession>, ControlError> {
        type Raw = (String, String, Option<UserId>, Option<String>, String, String, String, String);
        let db = self.db();
        let mut statement = db.prepare(
            "select id, hash, account, share, agent, created_at, last_used_at, expires_at
             from sessions
             order by created_at, id",
        )?;
        let rows: Vec<Raw> = statement
            .query_map([], |row| {
                let (id, hash, account, share) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((id, hash, account, share, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?))
            })?
            .collect::<Result<_, _>>()?;
        rows.into_iter()
            .map(|(id, hash, account, share, agent, created, used, expires)| {
                let time = |text: &str| Timestamp::parse(text).context("a session's time is damaged");
                let holder = account.map(Holder::User).or(share.map(Holder::Share));
                Ok(StoredSession {
                    id,
                    hash: ids::bytes_of_hex(&hash).context("a session's hash is damaged")?,
                    holder: holder.context("a session is nobody's")?,
                    agent,
                    created_at: time(&created)?,
                    last_used_at: time(&used)?,
                    expires_at: time(&expires)?,
                })
            })
            .collect()
    }

    /// Ends the sessions with these ids; those that are gone already do not matter.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn end_sessions(&self, ids: &[String]) -> Result<(), ControlError> {
        self.keep(|db| {
            let mut delete = db.prepare("delete from sessions where id = ?1")?;
            for id in ids {
                delete.execute([id])?;
            }
            Ok(())
        })
    }

    /// Notes when sessions, named by their hash, were last used.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn note_session_use(&self, used: &[([u8; 32], Timestamp)]) -> Result<(), ControlError> {
        self.keep(|db| {
            let mut update = db.prepare("update sessions set last_used_at = ?2 where hash = ?1")?;
            for (hash, at) in used {
                update.execute(params![ids::hex(hash), at.to_string()])?;
            }
            Ok(())
        })
    }
}
