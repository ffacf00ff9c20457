//! What waits, in an append-only file: a line for every event, and a line for how many of them are done.
//!
//! Each line has a check sum, since a crash may leave half of one behind: what cannot be read at the end was never
//! promised to anybody and is cut off. Where a line before the end cannot be read the disk has failed: the file is put
//! aside, and everything readable travels again, since an event counts once. Once nothing waits the file is emptied; once most of it is done it is written
//! anew. Knows nothing of the network.

use crate::Error;
use std::collections::VecDeque;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Largest event that the server takes, in bytes.
pub(crate) const EVENT_BYTES_MAX: usize = 32 << 10;
/// Most events of a request.
pub(crate) const BATCH_MAX: usize = 500;
/// Most bytes of a request, half of what the server takes.
const BATCH_BYTES_MAX: usize = 512 << 10;
/// A file with less that is done is not worth being written anew.
const REWRITE_BYTES_MIN: u64 = 1 << 20;

const HEADER: &str = "tallyho outbox 1\n";

/// The outbox: its file, and what waits in it.
#[derive(Debug)]
pub(crate) struct Outbox {
    path: PathBuf,
    file: File,
    /// Held as long as the outbox is; the file itself may be replaced.
    lock: File,
    waiting: VecDeque<String>,
    waiting_bytes: usize,
    file_bytes: u64,
    /// Whether half a line may stand at the file's end.
    is_torn: bool,
    bytes_max: usize,
}

impl Outbox {
    /// Opens the file, which is made if it is missing, and reads what waits in it.
    pub(crate) fn open(path: &Path, bytes_max: usize) -> Result<Self, Error> {
        let lock = File::options().create(true).append(true).open(beside(path, "lock")).map_err(Error::Outbox)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse),
            Err(TryLockError::Error(error)) => return Err(Error::Outbox(error)),
        }
        let file = open_file(path).map_err(Error::Outbox)?;
        let waiting = VecDeque::new();
        let mut outbox = Self {
            path: path.to_owned(),
            file,
            lock,
            waiting,
            waiting_bytes: 0,
            file_bytes: 0,
            is_torn: false,
            bytes_max,
        };
        outbox.read_back()?;
        Ok(outbox)
    }

    fn read_back(&mut self) -> Result<(), Error> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).map_err(Error::Outbox)?;
        if !bytes.starts_with(HEADER.as_bytes()) {
            // Half a header is a crash at the very beginning.
            if !HEADER.as_bytes().starts_with(&bytes) {
                return Err(Error::NoOutbox);
            }
            return self.empty().map_err(Error::Outbox);
        }
        let (mut whole, mut is_damaged) = (HEADER.len(), false);
        for (start, end) in lines_of(&bytes, whole) {
            let Some(said) = read_line(&bytes[start..end]) else { continue };
            // Once a line in the middle cannot be read, how many are done cannot be counted: all travel again.
            is_damaged |= start != whole;
            match said.split_at(1) {
                ("+", event) => {
                    self.waiting_bytes += event.len();
                    self.waiting.push_back(event.to_owned());
                }
                (_, count) if !is_damaged => self.drop_first(count.parse().unwrap_or(0)),
                _ => {}
            }
            whole = end;
        }
        self.file_bytes = whole as u64;
        if is_damaged {
            std::fs::write(beside(&self.path, "damaged"), &bytes).map_err(Error::Outbox)?;
            return self.rewrite().map_err(Error::Outbox);
        }
        self.cut_to(self.file_bytes).map_err(Error::Outbox)
    }

    /// Puts events into the outbox, on the disk: all of them or none.
    pub(crate) fn put(&mut self, events: Vec<String>) -> Result<(), Error> {
        let bytes: usize = events.iter().map(String::len).sum();
        if self.waiting_bytes + bytes > self.bytes_max {
            return Err(Error::Full);
        }
        let lines: String = events.iter().map(|event| line("+", event)).collect();
        self.append(&lines).map_err(Error::Outbox)?;
        self.waiting_bytes += bytes;
        self.waiting.extend(events);
        Ok(())
    }

    /// Returns how many events wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Returns the events that travel next, the oldest first.
    pub(crate) fn next_batch(&self) -> Vec<String> {
        let mut bytes = 0;
        let fits = |event: &&String| {
            bytes += event.len();
            bytes <= BATCH_BYTES_MAX.max(EVENT_BYTES_MAX)
        };
        self.waiting.iter().take(BATCH_MAX).take_while(fits).cloned().collect()
    }

    /// Forgets the first `count` events. If that cannot be written they travel again after a restart and count once.
    pub(crate) fn done(&mut self, count: usize) -> io::Result<()> {
        self.drop_first(count);
        if self.waiting.is_empty() {
            return self.empty();
        }
        let done_bytes = self.file_bytes.saturating_sub(self.waiting_bytes as u64);
        if done_bytes > REWRITE_BYTES_MIN.max(self.waiting_bytes as u64 * 2) {
            return self.rewrite();
        }
        self.append(&line("-", &count.to_string()))
    }

    fn drop_first(&mut self, count: usize) {
        let gone = self.waiting.drain(..count.min(self.waiting.len()));
        self.waiting_bytes -= gone.map(|event| event.len()).sum::<usize>();
    }

    fn append(&mut self, lines: &str) -> io::Result<()> {
        if self.is_torn {
            self.file.write_all(b"\n")?;
        }
        match self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_data()) {
            Ok(()) => {
                self.file_bytes += lines.len() as u64;
                self.is_torn = false;
                Ok(())
            }
            Err(error) => {
                // What was half written must not run into what follows.
                self.is_torn = self.cut_to(self.file_bytes).is_err();
                Err(error)
            }
        }
    }

    fn cut_to(&mut self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)?;
        self.file.seek(SeekFrom::Start(bytes)).map(drop)
    }

    fn empty(&mut self) -> io::Result<()> {
        self.cut_to(0)?;
        self.file_bytes = 0;
        self.append(HEADER)
    }

    /// Writes what waits into a new file, which then takes the place of the old one.
    fn rewrite(&mut self) -> io::Result<()> {
        let path = beside(&self.path, "new");
        let text: String =
            std::iter::once(HEADER.to_owned()).chain(self.waiting.iter().map(|event| line("+", event))).collect();
        let mut file = open_file(&path)?;
        file.set_len(0)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&path, &self.path)?;
        self.file = file;
        self.file_bytes = text.len() as u64;
        sync_folder(&self.path)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        // Closing the file lets go of it, too; this says so at once.
        drop(self.lock.unlock());
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    let is_new = !path.exists();
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    // What people bought is nobody else's business.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    if is_new {
        sync_folder(path)?;
    }
    Ok(file)
}

/// Makes a new name in the folder of `path` outlive a power loss.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Returns a line: check sum in hex, a space, what it says.
fn line(kind: &str, text: &str) -> String {
    let said = format!("{kind}{text}");
    format!("{:08x} {said}\n", crc32c::crc32c(said.as_bytes()))
}

/// Returns where the lines begin and end, from `start` on; what follows the last line end is no line.
fn lines_of(bytes: &[u8], start: usize) -> impl Iterator<Item = (usize, usize)> {
    let ends = (start..bytes.len()).filter(|at| bytes[*at] == b'\n').map(|at| at + 1);
    ends.scan(start, |begin, end| Some((std::mem::replace(begin, end), end)))
}

/// Returns what a line says, `None` if it cannot be read.
fn read_line(line: &[u8]) -> Option<&str> {
    let (sum, said) = std::str::from_utf8(line).ok()?.trim_end_matches('\n').split_once(' ')?;
    let is_whole = u32::from_str_radix(sum, 16).is_ok_and(|sum| sum == crc32c::crc32c(said.as_bytes()));
    (is_whole && said.starts_with(['+', '-'])).then_some(said)
}

#[cfg(test)]
mod tests;
