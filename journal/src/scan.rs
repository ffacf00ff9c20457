//! Reads a plain segment item by item and says where it is damaged. Recovery, readers, `verify` and compression all
//! look through this one pair of eyes; what damage means, they decide.
//!
//! The stream is flat: wherever a record may stand, a group header may stand, too. What holds it together is that
//! positions rise by one, so a header that was lost costs no record, and nothing can be lost unnoticed.

use crate::disk::{DiskFile, read_full};
use crate::format::{self, GROUP_HEADER, GroupHeader, Item, RECORD_HEADER};
use std::io;
use std::ops::Range;
use std::sync::Arc;

const READ_BYTES: usize = 256 << 10;

/// What the next look at a segment found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// A commit group starts; plain segments only.
    Group(GroupHeader),
    /// The record that was due.
    Record { position: u64, payload: &'a [u8] },
    /// Bytes that cannot be read, or positions that are not there.
    Damage(Damage),
    /// Nothing more up to the limit.
    End,
}

/// Bytes that cannot be read, or positions that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Where it starts.
    pub(crate) offset: u64,
    /// The position that was due there.
    pub(crate) first: u64,
    /// The position that the segment goes on with, `first` if no record was lost; `None` if nothing follows.
    pub(crate) next: Option<u64>,
}

/// A [`Step`] that borrows nothing, so that a loop can return it.
pub(crate) enum Found {
    Group(GroupHeader),
    Record { position: u64, payload: Range<usize> },
    Damage(Damage),
    End,
}

/// A look at a plain segment, from its first record on.
pub(crate) struct PlainScan {
    file: Arc<dyn DiskFile>,
    seed: u32,
    window: Window,
    offset: u64,
    due: u64,
    limit: u64,
}

impl PlainScan {
    /// Starts at the segment's first record, position `first`, and never reads at or beyond `limit`.
    pub(crate) fn new(file: Arc<dyn DiskFile>, seed: u32, first: u64, limit: u64) -> Self {
        Self { file, seed, window: Window::default(), offset: format::DATA_START, due: first, limit }
    }

    /// Returns the offset behind the last good item.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the position that is due next.
    pub(crate) fn due(&self) -> u64 {
        self.due
    }

    /// Returns the limit.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Moves the limit forward; bytes up to it must not change any more.
    pub(crate) fn extend(&mut self, limit: u64) {
        self.limit = self.limit.max(limit);
    }

    /// Returns the next item.
    pub(crate) fn step(&mut self) -> io::Result<Step<'_>> {
        Ok(match self.find()? {
            Found::Group(header) => Step::Group(header),
            Found::Record { position, payload } => Step::Record { position, payload: &self.window.bytes[payload] },
            Found::Damage(damage) => Step::Damage(damage),
            Found::End => Step::End,
        })
    }

    fn find(&mut self) -> io::Result<Found> {
        if self.offset >= self.limit {
            return Ok(Found::End);
        }
        let (item, start) = self.look(self.offset)?;
        let position = match item {
            Item::Group(header) => header.first,
            Item::Record { position, .. } => position,
            Item::Zeros => match self.nonzero_from(self.offset)? {
                None => return Ok(Found::End),
                Some(at) => return self.search(at.saturating_sub(GROUP_HEADER as u64)),
            },
            Item::Bad | Item::Needs(_) => return self.search(self.offset),
        };
        if position < self.due {
            return self.search(self.offset);
        }
        if position > self.due {
            let damage = Damage { offset: self.offset, first: self.due, next: Some(position) };
            self.due = position;
            return Ok(Found::Damage(damage));
        }
        Ok(match item {
            Item::Record { payload_len, .. } => {
                let payload = start + RECORD_HEADER..start + RECORD_HEADER + payload_len;
                self.offset += (RECORD_HEADER + payload_len) as u64;
                self.due += 1;
                Found::Record { position, payload }
            }
            Item::Group(header) => {
                self.offset += GROUP_HEADER as u64;
                Found::Group(header)
            }
            Item::Zeros | Item::Needs(_) | Item::Bad => unreachable!("handled above"),
        })
    }

    /// Tells what stands at `offset`, and where in the window.
    fn look(&mut self, offset: u64) -> io::Result<(Item, usize)> {
        let room = self.limit - offset;
        let mut need = GROUP_HEADER;
        loop {
            let start = self.window.fill(&*self.file, offset, need, self.limit)?;
            match format::item_at(&self.window.bytes[start..self.window.filled], offset, room, self.seed) {
                // A file shorter than its limit cannot give more than it has.
                Item::Needs(more) if more > need => need = more,
                item => return Ok((item, start)),
            }
        }
    }

    /// Searches for the next good item behind damage at the current offset, from `from` on.
    fn search(&mut self, from: u64) -> io::Result<Found> {
        let damage_at = self.offset;
        // A record takes some bytes, so only so many positions fit into what is left.
        let positions = self.due..=self.due + (self.limit - damage_at);
        let mut at = from.max(damage_at + 1);
        while at + RECORD_HEADER as u64 <= self.limit {
            let start = self.window.fill(&*self.file, at, RECORD_HEADER, self.limit)?;
            let heads = self.window.bytes[start..self.window.filled].windows(RECORD_HEADER);
            let count = heads.len();
            if count == 0 {
                break;
            }
            let mut heads = heads.map(|head| head.try_into().expect("windows are of this size"));
            let Some(skipped) = heads.position(|head| format::may_be_item(head, &positions)) else {
                at += count as u64;
                continue;
            };
            at += skipped as u64;
            let position = match self.look(at)?.0 {
                Item::Group(header) => header.first,
                Item::Record { position, .. } => position,
                _ => 0,
            };
            if positions.contains(&position) {
                let damage = Damage { offset: damage_at, first: self.due, next: Some(position) };
                (self.offset, self.due) = (at, position);
                return Ok(Found::Damage(damage));
            }
            at += 1;
        }
        self.offset = self.limit;
        Ok(Found::Damage(Damage { offset: damage_at, first: self.due, next: None }))
    }

    fn nonzero_from(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        while at < self.limit {
            let start = self.window.fill(&*self.file, at, 1, self.limit)?;
            let bytes = &self.window.bytes[start..self.window.filled];
            if bytes.is_empty() {
                break;
            }
            if let Some(i) = bytes.iter().position(|&b| b != 0) {
                return Ok(Some(at + i as u64));
            }
            at += bytes.len() as u64;
        }
        Ok(None)
    }
}

/// The part of a file that is in memory.
#[derive(Default)]
pub(crate) struct Window {
    bytes: Vec<u8>,
    filled: usize,
    start: u64,
}

impl Window {
    /// Holds at least `need` bytes from `from` on, fewer only where `limit` or the file's end forbid, and returns the
    /// index of the byte at `from`.
    pub(crate) fn fill(&mut self, file: &dyn DiskFile, from: u64, need: usize, limit: u64) -> io::Result<usize> {
        if from < self.start || from > self.start + self.filled as u64 {
            (self.start, self.filled) = (from, 0);
        }
        let index = (from - self.start) as usize;
        if self.filled - index >= need {
            return Ok(index);
        }
        self.bytes.copy_within(index..self.filled, 0);
        self.filled -= index;
        self.start = from;
        let wanted = (limit - from).min(need.max(READ_BYTES) as u64) as usize;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        if wanted > self.filled {
            let at = from + self.filled as u64;
            self.filled += read_full(file, &mut self.bytes[self.filled..wanted], at)?;
        }
        Ok(0)
    }

    /// Returns the bytes from `index` on.
    pub(crate) fn from(&self, index: usize) -> &[u8] {
        &self.bytes[index..self.filled]
    }
}
