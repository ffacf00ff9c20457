//! The bytes: segment header, group header, record, block header, and the words the directory is written in.
//!
//! Pure functions between values and bytes; knows no file. All numbers are little endian. Every checksum is CRC32C
//! started from the checksum of the journal's id, so that no bytes from elsewhere pass for ours.

/// Largest payload of one record. Bounds every buffer that a damaged length could ask for.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 16 << 20;
/// Largest sum of one request's records, headers included.
pub(crate) const REQUEST_BYTES_MAX: usize = 32 << 20;
/// Largest position: far beyond any journal's life, and adding to it cannot overflow.
pub(crate) const POSITION_MAX: u64 = u64::MAX >> 2;
/// Where a segment's data starts. Before it stand two copies of its header, each in a sector of its own.
pub(crate) const DATA_START: u64 = 1024;
/// Offset of the header's second copy.
pub(crate) const SECOND_COPY: usize = 512;
/// Size of a segment's header.
pub(crate) const SEGMENT_HEADER: usize = 64;
/// Size of a commit group's header.
pub(crate) const GROUP_HEADER: usize = 40;
/// Size of a record's header.
pub(crate) const RECORD_HEADER: usize = 16;
/// Size of a compressed block's header.
pub(crate) const BLOCK_HEADER: usize = 48;
/// Raw bytes after which a block is closed; one larger record makes a larger block.
pub(crate) const BLOCK_BYTES: usize = 1 << 20;

const VERSION: u32 = 1;
const SEGMENT_MAGIC: [u8; 8] = *b"TALLYHOJ";
const START_MAGIC: [u8; 8] = *b"TALLYHOS";
const GROUP_MAGIC: [u8; 4] = *b"GRP1";
const BLOCK_MAGIC: [u8; 4] = *b"ZBK1";

// A group header stands where a record's length could: its magic must be no length.
const _: () = assert!(u32::from_le_bytes(GROUP_MAGIC) as usize > PAYLOAD_BYTES_MAX);

/// How a segment's data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Groups of records, then zeros.
    Plain,
    /// Compressed blocks of records, then an end mark.
    Compressed,
}

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) packing: Packing,
    pub(crate) journal_id: u64,
    pub(crate) first: u64,
}

/// What can be known from a segment's first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderRead {
    /// Read; `intact` if both copies are.
    Known { header: SegmentHeader, intact: bool },
    /// Written by a version that this one does not know.
    Newer,
    /// Neither copy is whole.
    Damaged,
}

/// What a commit group says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupHeader {
    /// Position of its first record; of the next one if it has none.
    pub(crate) first: u64,
    /// Records up to this position were synced before the group was written.
    pub(crate) synced: u64,
    /// Bytes of the records that follow.
    pub(crate) body_len: u32,
}

/// What a compressed block says of itself. The end mark is a block without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockHeader {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) raw_len: u32,
    pub(crate) data_len: u32,
    pub(crate) data_crc: u32,
}

/// What stands at an offset of a plain segment or a raw block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// Zeros, as far as a header reaches.
    Zeros,
    /// A commit group starts.
    Group(GroupHeader),
    /// A whole record with so many bytes of payload.
    Record { position: u64, payload_len: usize },
    /// So many bytes are needed to tell.
    Needs(usize),
    /// Nothing of ours.
    Bad,
}

/// Returns what every checksum of a journal starts from.
pub(crate) fn seed(journal_id: u64) -> u32 {
    crc32c::crc32c(&journal_id.to_le_bytes())
}

/// Returns a segment's first [`DATA_START`] bytes.
pub(crate) fn segment_header(header: &SegmentHeader) -> [u8; DATA_START as usize] {
    let mut copy = [0; SEGMENT_HEADER];
    copy[..8].copy_from_slice(&SEGMENT_MAGIC);
    copy[12..16].copy_from_slice(&VERSION.to_le_bytes());
    let packing: u32 = match header.packing {
        Packing::Plain => 1,
        Packing::Compressed => 2,
    };
    copy[16..20].copy_from_slice(&packing.to_le_bytes());
    copy[24..32].copy_from_slice(&header.journal_id.to_le_bytes());
    copy[32..40].copy_from_slice(&header.first.to_le_bytes());
    let crc = crc32c::crc32c(&copy[12..]);
    copy[8..12].copy_from_slice(&crc.to_le_bytes());
    let mut bytes = [0; DATA_START as usize];
    bytes[..SEGMENT_HEADER].copy_from_slice(&copy);
    bytes[SECOND_COPY..SECOND_COPY + SEGMENT_HEADER].copy_from_slice(&copy);
    bytes
}

/// Reads a segment's first bytes; fewer than [`DATA_START`] are as good as damaged ones.
pub(crate) fn read_segment_header(bytes: &[u8]) -> HeaderRead {
    let (first, second) = (read_copy(bytes, 0), read_copy(bytes, SECOND_COPY));
    match (first, second) {
        (HeaderRead::Damaged, HeaderRead::Known { header, .. }) => HeaderRead::Known { header, intact: false },
        (HeaderRead::Damaged, other) => other,
        (HeaderRead::Known { header, .. }, other) => HeaderRead::Known { header, intact: first == other },
        (HeaderRead::Newer, _) => HeaderRead::Newer,
    }
}

fn read_copy(bytes: &[u8], at: usize) -> HeaderRead {
    let Some(copy) = bytes.get(at..at + SEGMENT_HEADER) else { return HeaderRead::Damaged };
    if copy[..8] != SEGMENT_MAGIC || u32_at(copy, 8) != crc32c::crc32c(&copy[12..]) {
        return HeaderRead::Damaged;
    }
    let packing = match (u32_at(copy, 12), u32_at(copy, 16)) {
        (VERSION, 1) => Packing::Plain,
        (VERSION, 2) => Packing::Compressed,
        _ => return HeaderRead::Newer,
    };
    let header = SegmentHeader { packing, journal_id: u64_at(copy, 24), first: u64_at(copy, 32) };
    HeaderRead::Known { header, intact: true }
}

/// Writes a group's header over the first bytes of `out`.
pub(crate) fn put_group_header(out: &mut [u8], header: &GroupHeader, offset: u64, seed: u32) {
    out[..4].copy_from_slice(&GROUP_MAGIC);
    out[8..16].copy_from_slice(&offset.to_le_bytes());
    out[16..24].copy_from_slice(&header.first.to_le_bytes());
    out[24..32].copy_from_slice(&header.synced.to_le_bytes());
    out[32..36].copy_from_slice(&header.body_len.to_le_bytes());
    out[36..40].fill(0);
    let crc = crc32c::crc32c_append(seed, &out[8..GROUP_HEADER]);
    out[4..8].copy_from_slice(&crc.to_le_bytes());
}

/// Appends a record to `out`.
pub(crate) fn put_record(out: &mut Vec<u8>, position: u64, payload: &[u8], seed: u32) {
    let at = out.len();
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&position.to_le_bytes());
    out.extend_from_slice(payload);
    let crc = record_crc(&out[at..], seed);
    out[at + 4..at + 8].copy_from_slice(&crc.to_le_bytes());
}

/// Tells what stands at `offset`; `bytes` start there, and `room` bytes are readable in all.
pub(crate) fn item_at(bytes: &[u8], offset: u64, room: u64, seed: u32) -> Item {
    let head = &bytes[..bytes.len().min(RECORD_HEADER)];
    if head.iter().all(|&b| b == 0) {
        return Item::Zeros;
    }
    if head.len() < RECORD_HEADER {
        return Item::Bad;
    }
    if head[..4] == GROUP_MAGIC {
        return group_at(bytes, offset, seed).map_or(Item::Bad, Item::Group);
    }
    let payload_len = u32_at(bytes, 0) as usize;
    let len = RECORD_HEADER + payload_len;
    if payload_len > PAYLOAD_BYTES_MAX || len as u64 > room {
        return Item::Bad;
    }
    if bytes.len() < len {
        return Item::Needs(len);
    }
    if u32_at(bytes, 4) != record_crc(&bytes[..len], seed) {
        return Item::Bad;
    }
    match u64_at(bytes, 8) {
        position @ 1..=POSITION_MAX => Item::Record { position, payload_len },
        _ => Item::Bad,
    }
}

fn group_at(bytes: &[u8], offset: u64, seed: u32) -> Option<GroupHeader> {
    let bytes = bytes.get(..GROUP_HEADER)?;
    if u32_at(bytes, 4) != crc32c::crc32c_append(seed, &bytes[8..]) || u64_at(bytes, 8) != offset {
        return None;
    }
    let header = GroupHeader { first: u64_at(bytes, 16), synced: u64_at(bytes, 24), body_len: u32_at(bytes, 32) };
    (header.first <= POSITION_MAX).then_some(header)
}

/// Whether a search for the next good item should look closer at these bytes. Cheap, because it sees every offset.
pub(crate) fn may_be_item(head: &[u8; RECORD_HEADER], positions: &std::ops::RangeInclusive<u64>) -> bool {
    head[..4] == GROUP_MAGIC || (u32_at(head, 0) as usize <= PAYLOAD_BYTES_MAX && positions.contains(&u64_at(head, 8)))
}

fn record_crc(record: &[u8], seed: u32) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(seed, &record[..4]), &record[8..])
}

/// Returns a block's header as bytes.
pub(crate) fn block_header(header: &BlockHeader, offset: u64, seed: u32) -> [u8; BLOCK_HEADER] {
    let mut out = [0; BLOCK_HEADER];
    out[..4].copy_from_slice(&BLOCK_MAGIC);
    out[8..16].copy_from_slice(&offset.to_le_bytes());
    out[16..24].copy_from_slice(&header.first.to_le_bytes());
    out[24..32].copy_from_slice(&header.last.to_le_bytes());
    out[32..36].copy_from_slice(&header.raw_len.to_le_bytes());
    out[36..40].copy_from_slice(&header.data_len.to_le_bytes());
    out[40..44].copy_from_slice(&header.data_crc.to_le_bytes());
    let crc = crc32c::crc32c_append(seed, &out[8..]);
    out[4..8].copy_from_slice(&crc.to_le_bytes());
    out
}

/// Reads the block header that stands at `offset`; `None` if none does.
pub(crate) fn read_block_header(bytes: &[u8], offset: u64, seed: u32) -> Option<BlockHeader> {
    let bytes = bytes.get(..BLOCK_HEADER)?;
    if bytes[..4] != BLOCK_MAGIC
        || u32_at(bytes, 4) != crc32c::crc32c_append(seed, &bytes[8..])
        || u64_at(bytes, 8) != offset
    {
        return None;
    }
    let header = BlockHeader {
        first: u64_at(bytes, 16),
        last: u64_at(bytes, 24),
        raw_len: u32_at(bytes, 32),
        data_len: u32_at(bytes, 36),
        data_crc: u32_at(bytes, 40),
    };
    let max = BLOCK_BYTES + RECORD_HEADER + PAYLOAD_BYTES_MAX;
    // Whatever zstd cannot shrink grows by less than this.
    let data_max = max + max / 128 + 1024;
    let sizes_fit = header.raw_len as usize <= max && header.data_len as usize <= data_max;
    (sizes_fit && header.first <= POSITION_MAX && header.last <= POSITION_MAX).then_some(header)
}

/// Returns the checksum of a block's compressed data.
pub(crate) fn data_crc(data: &[u8], seed: u32) -> u32 {
    crc32c::crc32c_append(seed, data)
}

/// Returns a segment's file name.
pub(crate) fn file_name(first: u64, packing: Packing) -> String {
    match packing {
        Packing::Plain => format!("{first:020}.seg"),
        Packing::Compressed => format!("{first:020}.zst"),
    }
}

/// Reads a segment's file name; `None` for any other file.
pub(crate) fn read_file_name(name: &str) -> Option<(u64, Packing)> {
    let (digits, suffix) = name.split_once('.')?;
    let packing = match suffix {
        "seg" => Packing::Plain,
        "zst" => Packing::Compressed,
        _ => return None,
    };
    let first = digits.parse().ok()?;
    ((1..=POSITION_MAX).contains(&first) && file_name(first, packing) == name).then_some((first, packing))
}

/// Returns the mark of the journal's start as bytes.
pub(crate) fn start(position: u64) -> Vec<u8> {
    let mut bytes = START_MAGIC.to_vec();
    bytes.extend_from_slice(&position.to_le_bytes());
    let crc = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// Reads the mark of the journal's start; `None` if it is damaged.
pub(crate) fn read_start(bytes: &[u8]) -> Option<u64> {
    let whole = bytes.len() == 20 && bytes[..8] == START_MAGIC && u32_at(bytes, 16) == crc32c::crc32c(&bytes[..16]);
    whole.then(|| u64_at(bytes, 8)).filter(|position| (1..=POSITION_MAX).contains(position))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
