//! The few things the journal asks of a file system, so that its tests can run on one that crashes (`SimDisk`).
//!
//! Two implementations: [`RealDisk`], one directory of the operating system, and `SimDisk`, a model of one in memory
//! that loses unsynced blocks. Knows nothing of segments or records.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

#[cfg(test)]
pub(crate) mod sim;

/// One directory.
pub(crate) trait Disk: Send + std::marker::Sync {
    /// Creates a file, or empties an existing one, for reading and writing.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file for reading.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file for reading and writing.
    fn open_to_write(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Returns the names of all files, in no order.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Renames a file, replacing `to` at once if it exists.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file's name; who has it open can still read it.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes creations, renames and removals so far safe.
    fn sync(&self) -> io::Result<()>;
}

/// One open file. Offsets are given with each call, so that threads can share it.
pub(crate) trait DiskFile: Send + std::marker::Sync {
    /// Reads some bytes; 0 at the end of the file.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes some of the bytes.
    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize>;
    /// Cuts the file off or extends it with zeros.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Makes the file's bytes and size safe.
    fn sync(&self) -> io::Result<()>;
    /// Returns the file's size in bytes.
    fn len(&self) -> io::Result<u64>;
}

/// Reads until `buf` is full or the file ends; returns how many bytes.
pub(crate) fn read_full(file: &dyn DiskFile, mut buf: &mut [u8], mut offset: u64) -> io::Result<usize> {
    let wanted = buf.len();
    while !buf.is_empty() {
        match file.read_at(buf, offset) {
            Ok(0) => break,
            Ok(n) => {
                buf = &mut buf[n..];
                offset += n as u64;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(wanted - buf.len())
}

/// Writes all of `buf`: goes on after a short write from the right byte, and after an interruption.
pub(crate) fn write_full(file: &dyn DiskFile, mut buf: &[u8], mut offset: u64) -> io::Result<()> {
    while !buf.is_empty() {
        match file.write_at(buf, offset) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(n) => {
                buf = &buf[n..];
                offset += n as u64;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Writes zeros up to `len`. Written zeros are faster to overwrite than space that is only allocated: a sync then
/// has no extent to convert.
pub(crate) fn write_zeros(file: &dyn DiskFile, from: u64, len: u64) -> io::Result<()> {
    const STEP: u64 = 1 << 20;
    let zeros = vec![0; STEP.min(len.saturating_sub(from)) as usize];
    let mut at = from;
    while at < len {
        let n = STEP.min(len - at);
        write_full(file, &zeros[..n as usize], at)?;
        at += n;
    }
    Ok(())
}

/// Whether the error says that there is no room, which passes, rather than that the disk is broken.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded)
}

/// A directory of the operating system.
pub(crate) struct RealDisk {
    dir: PathBuf,
}

impl RealDisk {
    /// Names the directory; it has to exist.
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Names the directory and creates it, and what is missing above it, safely.
    pub(crate) fn create(dir: &Path) -> io::Result<Self> {
        create_dir(dir)?;
        Ok(Self::new(dir))
    }

    /// Takes the directory's advisory lock; `None` if another holder has it. It is held as long as the file is open.
    pub(crate) fn lock(&self) -> io::Result<Option<File>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.dir.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(e)) => Err(e),
        }
    }
}

/// Creates a directory and syncs the one above it: a segment is not safe while its directory's own name is not.
fn create_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_dir(parent)?;
    match std::fs::create_dir(dir) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e),
        _ => File::open(parent)?.sync_all(),
    }
}

impl Disk for RealDisk {
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(self.dir.join(name))?;
        Ok(Box::new(file))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(File::open(self.dir.join(name))?))
    }

    fn open_to_write(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(true).open(self.dir.join(name))?))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            // A name that is not UTF-8 is none of ours.
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.dir.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

impl DiskFile for File {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(self, buf, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        File::set_len(self, len)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}
