//! The installation's secret: drawn at the first start, kept in a file that only the owner can read.

use crate::ids;
use anyhow::Context;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Returns the secret kept in `data_dir`, drawing and storing one at the first start.
///
/// # Errors
/// If the file cannot be read or written, or holds something else.
pub(crate) fn installation_secret(data_dir: &Path) -> anyhow::Result<[u8; 32]> {
    let path = data_dir.join("secret");
    let named = || format!("failed to use the secret in `{}`", path.display());
    match fs::read_to_string(&path) {
        Ok(text) => ids::bytes_of_hex(&text).context("it does not hold 64 hexadecimal digits").with_context(named),
        Err(error) if error.kind() == ErrorKind::NotFound => create(data_dir, &path).with_context(named),
        Err(error) => Err(error).with_context(named),
    }
}

/// Writes beside and renames, so that a crash leaves either no secret or a whole one.
fn create(data_dir: &Path, path: &Path) -> anyhow::Result<[u8; 32]> {
    let secret = ids::secret_bytes();
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    file.write_all(ids::hex(&secret).as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(data_dir)?.sync_all()?;
    Ok(secret)
}

/// Takes every right on `path` from everyone but its owner.
pub(super) fn restrict_to_owner(path: &Path) -> anyhow::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o600))
        .with_context(|| format!("failed to restrict `{}` to its owner", path.display()))
}
