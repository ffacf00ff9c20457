//! Where the Unix socket lies, also below a path that is longer than the kernel takes for a socket's name.

use anyhow::Context;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

const NAME: &str = "tallyho.sock";
/// The kernel takes 107 bytes.
const PATH_BYTES_MAX: usize = 100;

/// Returns the socket's path in `data_dir`.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// A name for the socket that the kernel takes; good as long as it is kept.
pub(crate) struct Reachable {
    path: PathBuf,
    _folder: Option<File>,
}

impl Reachable {
    /// Returns a short name for the socket at `path`: the path itself, or one through an open handle of its folder.
    ///
    /// # Errors
    /// If the folder cannot be opened.
    pub(crate) fn new(path: &Path) -> anyhow::Result<Self> {
        if path.as_os_str().len() <= PATH_BYTES_MAX {
            return Ok(Self { path: path.to_owned(), _folder: None });
        }
        let parent = path.parent().unwrap_or(Path::new("."));
        let folder = File::open(parent).with_context(|| format!("failed to open `{}`", parent.display()))?;
        let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(NAME);
        Ok(Self { path: short, _folder: Some(folder) })
    }

    /// Returns the short name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
