//! The control plane: sites, their settings and goals, tokens, accounts and what people keep beside the figures, in a
//! small SQLite file.
//!
//! What changes a figure is a journal record as well. Every change is therefore prepared in a transaction, appended to
//! the journal by the caller's `seal`, and committed only after that: if the process dies in between, the journal is
//! ahead, and [`crate::reconcile`] writes the control plane's word again at the next start. The SQL is portable, so
//! that PostgreSQL can take SQLite's place. This module knows neither HTTP nor the store.

use anyhow::Context;
use commerce::hit::Dialect;
use commerce::site::SettingError;
use commerce::{Goal, Record, SiteId, SiteSettings, Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) mod annotations;
mod book;
pub(crate) mod goals;
pub(crate) mod invitations;
pub(crate) mod members;
mod migrations;
mod secret;
pub(crate) mod segments;
mod senders;
pub(crate) mod sessions;
pub(crate) mod shares;
mod sites;
pub(crate) mod tokens;
pub(crate) mod users;
pub(crate) mod views;

pub(crate) use secret::installation_secret;
pub(crate) use sites::{NewSite, SettingChange};
pub(crate) use tokens::{NewTokenRequest, StoredToken};

/// The open control plane.
pub(crate) struct Control {
    db: Mutex<Connection>,
}

/// A site with all that is known of it.
#[derive(Clone, Debug)]
pub(crate) struct StoredSite {
    /// Number.
    pub(crate) id: SiteId,
    /// Public key, which stands in pages.
    pub(crate) collect_key: String,
    /// Secret that signs browser orders.
    pub(crate) signing_secret: String,
    /// Salt of hashed e-mail addresses.
    pub(crate) email_salt: String,
    /// Settings.
    pub(crate) settings: SiteSettings,
    /// Goals, by number.
    pub(crate) goals: Vec<Goal>,
    /// Secrets by which foreign senders prove who they are, the newest first.
    pub(crate) dialect_secrets: Vec<(Dialect, String)>,
}

/// Why a change or a question was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// No site has this number.
    #[error("there is no site {0}")]
    SiteUnknown(SiteId),
    /// A site has or had this number.
    #[error("the number {0} belongs to another site, or did")]
    SiteTaken(SiteId),
    /// The site has no goal of this number.
    #[error("site {0} has no goal {1}")]
    GoalUnknown(SiteId, u32),
    /// No token has this id.
    #[error("there is no token `{0}`")]
    TokenUnknown(String),
    /// Something else does not exist: the code of the answer, and what it is.
    #[error("there is no {1}")]
    Missing(&'static str, String),
    /// It stands against what is there: the code of the answer, and what it is.
    #[error("{1}")]
    Conflict(&'static str, String),
    /// A setting was refused.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Our own fault.
    #[error(transparent)]
    Fault(#[from] anyhow::Error),
}

impl From<rusqlite::Error> for ControlError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(anyhow::Error::new(error).context("control plane failed"))
    }
}

/// Makes a change's records durable before the change is committed.
pub(crate) type Seal<'a> = &'a dyn Fn(Vec<Record>) -> anyhow::Result<()>;

impl Control {
    /// Opens the control plane in `data_dir`, creating or migrating it.
    ///
    /// # Errors
    /// If the file cannot be opened, or was written by a newer version.
    pub(crate) fn open(data_dir: &Path) -> anyhow::Result<Self> {
        let path = data_dir.join("control.sqlite");
        let mut db = Connection::open(&path).with_context(|| format!("failed to open `{}`", path.display()))?;
        secret::restrict_to_owner(&path)?;
        db.pragma_update(None, "synchronous", "full")?;
        db.pragma_update(None, "foreign_keys", true)?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        migrations::run(&mut db).with_context(|| format!("failed to migrate `{}`", path.display()))?;
        Ok(Self { db: Mutex::new(db) })
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        // A panic in a change rolled its transaction back, so the connection is as good as before.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `change`, which no figure depends on, in a transaction.
    fn keep<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, ControlError>) -> Result<T, ControlError> {
        self.change(&|_| Ok(()), |db| Ok((change(db)?, Vec::new())))
    }

    /// Runs `change` in a transaction; `seal` gets the records it returns; then it is committed.
    fn change<T>(
        &self,
        seal: Seal<'_>,
        change: impl FnOnce(&Transaction<'_>) -> Result<(T, Vec<Record>), ControlError>,
    ) -> Result<T, ControlError> {
        let mut db = self.db();
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (value, records) = change(&transaction)?;
        if !records.is_empty() {
            seal(records)?;
        }
        transaction.commit()?;
        Ok(value)
    }
}

impl StoredSite {
    /// Returns the record that states the site's settings as of `at`.
    pub(crate) fn settings_record(&self, at: Timestamp) -> Record {
        let entries = self.settings.entries().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Record::Settings(commerce::record::SettingsRecord { site: self.id, at, entries })
    }

    /// Returns the record that states the site's goals as of `at`.
    pub(crate) fn goals_record(&self, at: Timestamp) -> Record {
        Record::Goals(commerce::record::GoalsRecord { site: self.id, at, goals: self.goals.clone() })
    }
}

#[cfg(test)]
mod tests;
