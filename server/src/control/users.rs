//! Accounts in the control plane: who may sign in, by which password and which second factor.

use super::{Control, ControlError};
use commerce::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Number of an account.
pub(crate) type UserId = i64;

/// An account as it is kept, without what proves it.
#[derive(Clone, Debug)]
pub(crate) struct StoredUser {
    /// Number.
    pub(crate) id: UserId,
    /// Address, in lower case: the name to sign in with.
    pub(crate) email: String,
    /// What people call them.
    pub(crate) name: String,
    /// Language of the dashboard, such as `en`; empty for the browser's.
    pub(crate) language: String,
    /// Whether the installation is theirs.
    pub(crate) is_owner: bool,
    /// Whether a second factor is asked for.
    pub(crate) has_factor: bool,
    /// When it was made, RFC 3339.
    pub(crate) created_at: String,
}

/// An account to be.
pub(crate) struct NewUser<'a> {
    /// Address, in lower case.
    pub(crate) email: &'a str,
    /// What people call them.
    pub(crate) name: &'a str,
    /// Hash of the password.
    pub(crate) password: &'a str,
    /// Whether the installation is theirs.
    pub(crate) is_owner: bool,
}

/// What proves an account.
pub(crate) struct Credentials {
    /// The account.
    pub(crate) id: UserId,
    /// Address.
    pub(crate) email: String,
    /// Hash of the password.
    pub(crate) password: String,
    /// What the second factor's secret is derived from; `None` if none was ever asked for.
    pub(crate) factor_nonce: Option<String>,
    /// Whether the second factor was confirmed, and is asked for.
    pub(crate) factor_confirmed: bool,
    /// The last step of 30 s whose code was used.
    pub(crate) factor_step: u64,
}

const COLUMNS: &str = "id, email, name, language, is_owner, factor_confirmed, created_at";

impl Control {
    /// Returns every account, by address.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn users(&self) -> Result<Vec<StoredUser>, ControlError> {
        let db = self.db();
        let mut statement = db.prepare(&format!("select {COLUMNS} from users order by email"))?;
        Ok(statement.query_map([], read_user)?.collect::<Result<_, _>>()?)
    }

    /// Says whether there is any account.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn has_users(&self) -> Result<bool, ControlError> {
        Ok(self.db().query_row("select exists (select 1 from users)", [], |row| row.get(0))?)
    }

    /// Adds an account and returns its number.
    ///
    /// # Errors
    /// [`ControlError::Conflict`] if the address has one.
    pub(crate) fn add_user(&self, new: &NewUser<'_>, at: Timestamp) -> Result<UserId, ControlError> {
        self.keep(|db| add_user(db, new, at))
    }

    /// Adds the first account, which owns the installation, and returns its number.
    ///
    /// # Errors
    /// [`ControlError::Conflict`] if there is an account.
    pub(crate) fn add_first_user(&self, new: &NewUser<'_>, at: Timestamp) -> Result<UserId, ControlError> {
        self.keep(|db| {
            let any: bool = db.query_row("select exists (select 1 from users)", [], |row| row.get(0))?;
            if any {
                return Err(ControlError::Conflict("setup.done", "the first account was made already".to_owned()));
            }
            add_user(db, new, at)
        })
    }

    /// Removes an account with its sessions, roles and views.
    ///
    /// # Errors
    /// [`ControlError::Missing`]; [`ControlError::Conflict`] for the last owner.
    pub(crate) fn remove_user(&self, email: &str) -> Result<(), ControlError> {
        self.keep(|db| {
            let user = user_of(db, email)?;
            let owners: i64 = db.query_row("select count(*) from users where is_owner", [], |row| row.get(0))?;
            if user.is_owner && owners == 1 {
                let what = format!("`{email}` is the last owner of this installation");
                return Err(ControlError::Conflict("user.last_owner", what));
            }
            db.execute("delete from views where owner = ?1", [user.id])?;
            db.execute("delete from users where id = ?1", [user.id])?;
            Ok(())
        })
    }

    /// Returns what proves the account with this address; `None` if there is none.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn credentials(&self, email: &str) -> Result<Option<Credentials>, ControlError> {
        let sql = "select id, email, password, factor_nonce, factor_confirmed, factor_step from users where email = ?1";
        let read = |row: &Row<'_>| {
            Ok(Credentials {
                id: row.get(0)?,
                email: row.get(1)?,
                password: row.get(2)?,
                factor_nonce: row.get(3)?,
                factor_confirmed: row.get(4)?,
                factor_step: row.get::<_, i64>(5)?.unsigned_abs(),
            })
        };
        Ok(self.db().query_row(sql, [email], read).optional()?)
    }

    /// Changes an account's name and language; `None` leaves them.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn rename_user(
        &self,
        id: UserId,
        name: Option<&str>,
        language: Option<&str>,
    ) -> Result<(), ControlError> {
        self.db().execute(
            "update users set name = coalesce(?2, name), language = coalesce(?3, language) where id = ?1",
            params![id, name, language],
        )?;
        Ok(())
    }

    /// Gives an account another password, whose hash this is, and ends all of its sessions.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn set_password(&self, id: UserId, hash: &str) -> Result<(), ControlError> {
        self.keep(|db| {
            db.execute("update users set password = ?2 where id = ?1", params![id, hash])?;
            db.execute("delete from sessions where account = ?1", [id])?;
            Ok(())
        })
    }

    /// Keeps what a second factor to be is derived from. It is not asked for until it is confirmed.
    ///
    /// # Errors
    /// [`ControlError::Conflict`] if a confirmed one is there.
    pub(crate) fn begin_factor(&self, id: UserId, nonce: &str) -> Result<(), ControlError> {
        let changed = self
            .db()
            .execute("update users set factor_nonce = ?2 where id = ?1 and factor_confirmed = 0", params![id, nonce])?;
        let taken = || ControlError::Conflict("totp.taken", "a second factor is there already".to_owned());
        if changed == 0 { Err(taken()) } else { Ok(()) }
    }

    /// Confirms the second factor, whose code of `step` was right, with the hashes of its recovery codes.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn confirm_factor(&self, id: UserId, step: u64, recovery: &[String]) -> Result<(), ControlError> {
        self.keep(|db| {
            db.execute(
                "update users set factor_confirmed = 1, factor_step = ?2 where id = ?1",
                params![id, step as i64],
            )?;
            db.execute("delete from recovery_codes where account = ?1", [id])?;
            let mut insert = db.prepare("insert into recovery_codes (account, hash) values (?1, ?2)")?;
            for hash in recovery {
                insert.execute(params![id, hash])?;
            }
            Ok(())
        })
    }

    /// Notes that the code of `step` was used; false if it, or a later one, was used before.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn use_factor_step(&self, id: UserId, step: u64) -> Result<bool, ControlError> {
        let sql = "update users set factor_step = ?2 where id = ?1 and factor_step < ?2";
        Ok(self.db().execute(sql, params![id, step as i64])? == 1)
    }

    /// Uses a recovery code up; false if there is none with this hash.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn use_recovery_code(&self, id: UserId, hash: &str) -> Result<bool, ControlError> {
        let sql = "delete from recovery_codes where account = ?1 and hash = ?2";
        Ok(self.db().execute(sql, params![id, hash])? == 1)
    }

    /// Drops an account's second factor.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn drop_factor(&self, id: UserId) -> Result<(), ControlError> {
        self.keep(|db| {
            let sql = "update users set factor_nonce = null, factor_confirmed = 0, factor_step = 0 where id = ?1";
            db.execute(sql, [id])?;
            db.execute("delete from recovery_codes where account = ?1", [id])?;
            Ok(())
        })
    }
}

/// Adds an account within a transaction.
pub(super) fn add_user(db: &Connection, new: &NewUser<'_>, at: Timestamp) -> Result<UserId, ControlError> {
    if find_user(db, new.email)?.is_some() {
        return Err(ControlError::Conflict("user.taken", format!("`{}` has an account", new.email)));
    }
    db.execute(
        "insert into users (email, name, language, password, is_owner, created_at) values (?1, ?2, '', ?3, ?4, ?5)",
        params![new.email, new.name, new.password, new.is_owner, at.to_string()],
    )?;
    Ok(db.last_insert_rowid())
}

/// Returns the account with this address.
///
/// # Errors
/// [`ControlError::Missing`].
pub(super) fn user_of(db: &Connection, email: &str) -> Result<StoredUser, ControlError> {
    find_user(db, email)?.ok_or_else(|| ControlError::Missing("user.unknown", format!("account of `{email}`")))
}

/// Returns the account with this address, `None` if there is none.
pub(super) fn find_user(db: &Connection, email: &str) -> Result<Option<StoredUser>, ControlError> {
    Ok(db.query_row(&format!("select {COLUMNS} from users where email = ?1"), [email], read_user).optional()?)
}

fn read_user(row: &Row<'_>) -> rusqlite::Result<StoredUser> {
    Ok(StoredUser {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        language: row.get(3)?,
        is_owner: row.get(4)?,
        has_factor: row.get(5)?,
        created_at: row.get(6)?,
    })
}
