//! Compressed segments: blocks of at most about a megabyte of records, each with its positions and checksums, then an
//! end mark. Memory is bounded by one block, whatever a damaged or hostile file says.
//!
//! Records keep their own checksums inside the blocks. Knows nothing of which segments are worth compressing.

use crate::disk::{DiskFile, write_full};
use crate::format::{self, BLOCK_BYTES, BLOCK_HEADER, BlockHeader, Item, Packing, RECORD_HEADER, SegmentHeader};
use crate::scan::{Damage, Found, Step, Window};
use std::io;
use std::sync::Arc;
use zstd::bulk::{Compressor, Decompressor};

/// Fast, and within a few percent of what the slower levels reach on CBOR records.
const LEVEL: i32 = 3;

/// Writes a compressed segment into an empty file.
pub(crate) struct PackedWriter<'a> {
    file: &'a dyn DiskFile,
    header: SegmentHeader,
    seed: u32,
    raw: Vec<u8>,
    positions: Option<(u64, u64)>,
    offset: u64,
    compressor: Compressor<'static>,
}

impl<'a> PackedWriter<'a> {
    /// Starts a segment.
    pub(crate) fn new(file: &'a dyn DiskFile, journal_id: u64, first: u64) -> io::Result<Self> {
        let header = SegmentHeader { packing: Packing::Compressed, journal_id, first };
        Ok(Self {
            file,
            header,
            seed: format::seed(journal_id),
            raw: Vec::with_capacity(BLOCK_BYTES),
            positions: None,
            offset: format::DATA_START,
            compressor: Compressor::new(LEVEL)?,
        })
    }

    /// Adds the next record.
    pub(crate) fn put(&mut self, position: u64, payload: &[u8]) -> io::Result<()> {
        format::put_record(&mut self.raw, position, payload, self.seed);
        self.positions = Some((self.positions.map_or(position, |(first, _)| first), position));
        if self.raw.len() >= BLOCK_BYTES { self.end_block() } else { Ok(()) }
    }

    /// Writes what is left, the end mark, and last the header; returns the file's size. Nothing is synced yet.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        self.end_block()?;
        let end = BlockHeader { first: 0, last: 0, raw_len: 0, data_len: 0, data_crc: 0 };
        write_full(self.file, &format::block_header(&end, self.offset, self.seed), self.offset)?;
        write_full(self.file, &format::segment_header(&self.header), 0)?;
        Ok(self.offset + BLOCK_HEADER as u64)
    }

    fn end_block(&mut self) -> io::Result<()> {
        let Some((first, last)) = self.positions.take() else { return Ok(()) };
        let data = self.compressor.compress(&self.raw)?;
        let header = BlockHeader {
            first,
            last,
            raw_len: self.raw.len() as u32,
            data_len: data.len() as u32,
            data_crc: format::data_crc(&data, self.seed),
        };
        write_full(self.file, &format::block_header(&header, self.offset, self.seed), self.offset)?;
        write_full(self.file, &data, self.offset + BLOCK_HEADER as u64)?;
        self.offset += (BLOCK_HEADER + data.len()) as u64;
        self.raw.clear();
        Ok(())
    }
}

/// A look at a compressed segment, from its first record on.
pub(crate) struct PackedScan {
    file: Arc<dyn DiskFile>,
    seed: u32,
    window: Window,
    offset: u64,
    due: u64,
    limit: u64,
    raw: Vec<u8>,
    raw_at: usize,
    /// Last position that the block at hand says it holds.
    raw_last: u64,
    ended: bool,
    decompressor: Decompressor<'static>,
}

impl PackedScan {
    /// Starts at the segment's first record, position `first`; the file has `len` bytes.
    pub(crate) fn new(file: Arc<dyn DiskFile>, seed: u32, first: u64, len: u64) -> io::Result<Self> {
        Ok(Self {
            file,
            seed,
            window: Window::default(),
            offset: format::DATA_START,
            due: first,
            limit: len,
            raw: Vec::new(),
            raw_at: 0,
            raw_last: 0,
            ended: false,
            decompressor: Decompressor::new()?,
        })
    }

    /// Returns the offset of the next block.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the position that is due next.
    pub(crate) fn due(&self) -> u64 {
        self.due
    }

    /// Jumps over blocks that only hold positions before `position`. Damage in what is jumped over stays unseen.
    pub(crate) fn jump_to(&mut self, position: u64) -> io::Result<()> {
        while let Some(header) = self.header_here()? {
            if header.data_len == 0 || header.last >= position {
                break;
            }
            self.skip(&header);
            self.due = self.due.max(header.last + 1);
        }
        Ok(())
    }

    /// Returns the next item.
    pub(crate) fn step(&mut self) -> io::Result<Step<'_>> {
        Ok(match self.find()? {
            Found::Group(header) => Step::Group(header),
            Found::Record { position, payload } => Step::Record { position, payload: &self.raw[payload] },
            Found::Damage(damage) => Step::Damage(damage),
            Found::End => Step::End,
        })
    }

    fn find(&mut self) -> io::Result<Found> {
        if self.raw_at < self.raw.len() {
            return Ok(self.next_in_block());
        }
        if self.ended {
            return Ok(Found::End);
        }
        let Some(header) = self.header_here()? else { return self.search() };
        if header.data_len == 0 {
            self.ended = true;
            return Ok(Found::End);
        }
        if header.first > self.due {
            return Ok(Found::Damage(self.damage(header.first)));
        }
        if header.first < self.due {
            return self.search();
        }
        if self.load(&header)? {
            return Ok(self.next_in_block());
        }
        let found = Found::Damage(self.damage(header.last.max(self.due) + 1));
        self.skip(&header);
        Ok(found)
    }

    fn next_in_block(&mut self) -> Found {
        let bytes = &self.raw[self.raw_at..];
        match format::item_at(bytes, 0, bytes.len() as u64, self.seed) {
            Item::Record { position, payload_len } if position == self.due => {
                let start = self.raw_at + RECORD_HEADER;
                self.raw_at = start + payload_len;
                self.due += 1;
                Found::Record { position, payload: start..start + payload_len }
            }
            // A segment that was damaged before it was rewritten has no records where they were lost.
            Item::Record { position, .. } if position > self.due => Found::Damage(self.damage(position)),
            _ => {
                self.raw_at = self.raw.len();
                let next = self.raw_last.max(self.due) + 1;
                Found::Damage(self.damage(next))
            }
        }
    }

    fn damage(&mut self, next: u64) -> Damage {
        let damage = Damage { offset: self.offset, first: self.due, next: Some(next) };
        self.due = next;
        damage
    }

    fn header_here(&mut self) -> io::Result<Option<BlockHeader>> {
        if self.offset >= self.limit {
            return Ok(None);
        }
        let index = self.window.fill(&*self.file, self.offset, BLOCK_HEADER, self.limit)?;
        Ok(format::read_block_header(self.window.from(index), self.offset, self.seed))
    }

    /// Steps over a block, and not beyond the end of a file that was cut off.
    fn skip(&mut self, header: &BlockHeader) {
        self.offset = (self.offset + BLOCK_HEADER as u64 + u64::from(header.data_len)).min(self.limit);
    }

    /// Unpacks a block; false if it is damaged.
    fn load(&mut self, header: &BlockHeader) -> io::Result<bool> {
        let len = header.data_len as usize;
        let index = self.window.fill(&*self.file, self.offset, BLOCK_HEADER + len, self.limit)?;
        let Some(data) = self.window.from(index).get(BLOCK_HEADER..BLOCK_HEADER + len) else { return Ok(false) };
        if format::data_crc(data, self.seed) != header.data_crc {
            return Ok(false);
        }
        self.raw.clear();
        self.raw_at = 0;
        // The capacity is the limit of what is unpacked; `read_block_header` has bounded it.
        self.raw.reserve(header.raw_len as usize);
        let unpacked = self.decompressor.decompress_to_buffer(data, &mut self.raw);
        if !unpacked.is_ok_and(|n| n == header.raw_len as usize) {
            self.raw.clear();
            return Ok(false);
        }
        self.raw_last = header.last;
        self.offset += (BLOCK_HEADER + len) as u64;
        Ok(true)
    }

    /// Searches for the next block header behind damage at the current offset.
    fn search(&mut self) -> io::Result<Found> {
        let damage_at = self.offset;
        let mut at = damage_at + 1;
        while at + BLOCK_HEADER as u64 <= self.limit {
            let index = self.window.fill(&*self.file, at, BLOCK_HEADER, self.limit)?;
            if self.window.from(index).len() < BLOCK_HEADER {
                break;
            }
            let header = format::read_block_header(self.window.from(index), at, self.seed);
            match header {
                Some(header) if header.data_len == 0 => break,
                Some(header) if header.first >= self.due => {
                    let damage = Damage { offset: damage_at, first: self.due, next: Some(header.first) };
                    (self.offset, self.due) = (at, header.first);
                    return Ok(Found::Damage(damage));
                }
                _ => at += 1,
            }
        }
        (self.offset, self.ended) = (self.limit, true);
        Ok(Found::Damage(Damage { offset: damage_at, first: self.due, next: None }))
    }
}
