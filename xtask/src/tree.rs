//! Reads the repository's own text files, as git lists them.

use anyhow::{Context, ensure};
use std::path::Path;
use std::process::Command;

/// A text file of the repository.
pub(crate) struct File {
    /// Path from the root, with forward slashes.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// Returns every file that git tracks or would track, but binary ones.
pub(crate) fn tracked_files() -> anyhow::Result<Vec<File>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies below the root")?;
    let listing = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("failed to run git")?;
    ensure!(listing.status.success(), "git ls-files failed");
    let names = String::from_utf8(listing.stdout).context("git listed a path that is no UTF-8")?;
    let mut files = Vec::new();
    for path in names.lines() {
        // A file that is listed and gone was deleted and not yet committed; binary files have no lines to check.
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}
