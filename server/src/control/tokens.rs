//! Tokens in the control plane: of a token's text only its SHA-256 is kept.

use super::sites::read_site;
use super::{Control, ControlError};
use crate::ids;
use anyhow::Context;
use collector::book::Scope;
use commerce::{SiteId, Timestamp};
use rusqlite::{Row, params};
use sha2::{Digest, Sha256};

/// A token to be.
#[derive(Debug)]
pub(crate) struct NewTokenRequest {
    /// The site it is for; `None` for every site.
    pub(crate) site: Option<SiteId>,
    /// What it may do.
    pub(crate) scope: Scope,
    /// What people call it.
    pub(crate) label: String,
}

/// A token as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct StoredToken {
    /// The part by which people tell tokens apart.
    pub(crate) id: String,
    /// SHA-256 of its text.
    pub(crate) hash: [u8; 32],
    /// What it may do.
    pub(crate) scope: Scope,
    /// The site it is for; `None` for every site.
    pub(crate) site: Option<SiteId>,
    /// What people call it.
    pub(crate) label: String,
    /// When it was made, RFC 3339.
    pub(crate) created_at: String,
    /// When it last read something, RFC 3339 to the minute; `None` if never.
    pub(crate) last_used_at: Option<String>,
}

/// Returns the hash by which a token's text is known.
pub(crate) fn hash_of(text: &str) -> [u8; 32] {
    Sha256::digest(text.trim().as_bytes()).into()
}

impl Control {
    /// Adds a token and returns its id and its text, which is not shown again.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn add_token(&self, request: &NewTokenRequest, at: Timestamp) -> Result<ids::NewToken, ControlError> {
        let token = ids::token();
        let db = self.db();
        if let Some(site) = request.site {
            read_site(&db, site)?;
        }
        db.execute(
            "insert into tokens (id, hash, scope, site, label, created_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                token.id,
                ids::hex(&hash_of(&token.text)),
                request.scope.name(),
                request.site.map(|s| s.0),
                request.label,
                at.to_string(),
            ],
        )?;
        Ok(token)
    }

    /// Revokes the token with this id; with a `site`, only if it belongs to it.
    ///
    /// # Errors
    /// [`ControlError::TokenUnknown`].
    pub(crate) fn revoke_token(&self, id: &str, site: Option<SiteId>) -> Result<(), ControlError> {
        let removed = self.db().execute(
            "delete from tokens where id = ?1 and (?2 is null or site = ?2)",
            params![id, site.map(|s| s.0)],
        )?;
        if removed == 0 { Err(ControlError::TokenUnknown(id.to_owned())) } else { Ok(()) }
    }

    /// Returns every token, those of one `site` if one is given, oldest first.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn tokens(&self, site: Option<SiteId>) -> Result<Vec<StoredToken>, ControlError> {
        let db = self.db();
        let mut statement = db.prepare(
            "select id, hash, scope, site, label, created_at, last_used_at
             from tokens
             where ?1 is null or site = ?1
             order by created_at, id",
        )?;
        let mut rows = statement.query([site.map(|s| s.0)])?;
        let mut tokens = Vec::new();
        while let Some(row) = rows.next()? {
            tokens.push(read_token(row)?);
        }
        Ok(tokens)
    }

    /// Notes when tokens, named by their hash, were last used.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn note_token_use(&self, used: &[([u8; 32], Timestamp)]) -> Result<(), ControlError> {
        let mut db = self.db();
        let transaction = db.transaction()?;
        for (hash, at) in used {
            transaction.execute(
                "update tokens set last_used_at = ?2 where hash = ?1",
                params![ids::hex(hash), at.to_string()],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn read_token(row: &Row<'_>) -> Result<StoredToken, ControlError> {
    let (hash, scope): (String, String) = (row.get(1)?, row.get(2)?);
    Ok(StoredToken {
        id: row.get(0)?,
        hash: ids::bytes_of_hex(&hash).context("a token's hash is damaged")?,
        scope: Scope::parse(&scope).with_context(|| format!("token scope `{scope}` is unknown"))?,
        site: row.get::<_, Option<u32>>(3)?.map(SiteId),
        label: row.get(4)?,
        created_at: row.get(5)?,
        last_used_at: row.get(6)?,
    })
}
