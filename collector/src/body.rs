//! The body of a request: read under a cap and a clock, then decompressed under both caps.
//!
//! The only file that may hold raw decoders. It knows nothing of what a body means. What an attacker may spend of us:
//! the encoded cap bounds the work (skippable frames of zstd decode to nothing and count there), the decoded cap bounds
//! the memory, and one encoding is all there is, so nothing multiplies.

use crate::door::{Claim, Door};
use crate::reject::Reject;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use std::io::Read;
use tokio::time::{Instant, timeout_at};

/// Largest window a zstd frame may ask for, as a power of two: 8 MiB, what RFC 9659 grants `Content-Encoding: zstd`.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Largest piece of output that is set aside before anything is decoded.
const FIRST_PIECE_BYTES: usize = 64 << 10;

/// A body in memory, and the claim on that memory.
pub(crate) struct Body<'a> {
    pub(crate) bytes: Bytes,
    _claim: Claim<'a>,
}

/// Reads `body`, at most `encoded_max` bytes of it, and undoes its `Content-Encoding`.
///
/// # Errors
/// [`Reject`]: too large, too slow, broken off, or not decodable.
pub(crate) async fn read<'a, B>(
    door: &'a Door,
    headers: &HeaderMap,
    body: B,
    encoded_max: usize,
) -> Result<Body<'a>, Reject>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let encoding = Encoding::of(headers)?;
    if body.size_hint().lower() > encoded_max as u64 {
        return Err(Reject::BodyTooLarge);
    }
    let mut claim = door.claim();
    let encoded = read_pieces(door, body, encoded_max, &mut claim).await?;
    door.counters.count_body(encoded.len());
    let Some(encoding) = encoding.filter(|_| !encoded.is_empty()) else {
        return Ok(Body { bytes: encoded, _claim: claim });
    };
    let bytes = Bytes::from(decode(encoding, &encoded, door.limits.body_decoded_bytes_max)?);
    if claim.grow(bytes.len()) { Ok(Body { bytes, _claim: claim }) } else { Err(Reject::Busy) }
}

async fn read_pieces<B>(door: &Door, mut body: B, max: usize, claim: &mut Claim<'_>) -> Result<Bytes, Reject>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let start = Instant::now();
    let last = start + door.limits.request_timeout;
    let mut deadline = last.min(start + door.limits.body_chunk_timeout);
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    loop {
        let frame = timeout_at(deadline, body.frame()).await.map_err(|_| Reject::BodyTimeout)?;
        let Some(frame) = frame else { break };
        let Ok(piece) = frame.map_err(|_| Reject::BodyIncomplete)?.into_data() else { continue };
        if piece.len() > max - first.len() - joined.len() {
            return Err(Reject::BodyTooLarge);
        }
        if !claim.grow(piece.len()) {
            return Err(Reject::Busy);
        }
        // Nearly every body arrives in one piece, which is then used where it lies.
        if first.is_empty() && joined.is_empty() {
            first = piece;
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&std::mem::take(&mut first));
            }
            joined.extend_from_slice(&piece);
        }
        if body.is_end_stream() {
            break;
        }
        deadline = last.min(Instant::now() + door.limits.body_chunk_timeout);
    }
    Ok(if joined.is_empty() { first } else { joined.freeze() })
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Encoding {
    /// Returns what the `Content-Encoding` headers name, `None` for none.
    fn of(headers: &HeaderMap) -> Result<Option<Self>, Reject> {
        let mut found = None;
        for value in headers.get_all(header::CONTENT_ENCODING) {
            for name in value.to_str().map_err(|_| Reject::EncodingUnknown)?.split(',') {
                let encoding = match name.trim().to_ascii_lowercase().as_str() {
                    "" | "identity" => continue,
                    "gzip" | "x-gzip" => Self::Gzip,
                    "deflate" => Self::Deflate,
                    "br" => Self::Brotli,
                    "zstd" => Self::Zstd,
                    _ => return Err(Reject::EncodingUnknown),
                };
                if found.replace(encoding).is_some() {
                    return Err(Reject::EncodingNested);
                }
            }
        }
        Ok(found)
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "this is the capped reader: every decoder is drained under the decoded cap"
)]
fn decode(encoding: Encoding, encoded: &[u8], max: usize) -> Result<Vec<u8>, Reject> {
    match encoding {
        Encoding::Gzip => drain(flate2::bufread::MultiGzDecoder::new(encoded), max),
        // RFC 9110 means the zlib format; some clients send the bare stream. The first two bytes tell which.
        Encoding::Deflate if is_zlib(encoded) => drain(flate2::bufread::ZlibDecoder::new(encoded), max),
        Encoding::Deflate => drain(flate2::bufread::DeflateDecoder::new(encoded), max),
        Encoding::Brotli => {
            let decoder = brotli_decompressor::Decompressor::new(encoded, 4096);
            drain(decoder, max)
        }
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(encoded).map_err(|_| Reject::EncodingBroken)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|_| Reject::EncodingBroken)?;
            drain(decoder, max)
        }
    }
}

fn is_zlib(encoded: &[u8]) -> bool {
    matches!(encoded, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0)
}

/// Reads all that `decoder` yields, up to `max` bytes.
fn drain(decoder: impl Read, max: usize) -> Result<Vec<u8>, Reject> {
    let mut out = Vec::with_capacity(FIRST_PIECE_BYTES.min(max));
    let mut capped = decoder.take(max as u64 + 1);
    capped.read_to_end(&mut out).map_err(|_| Reject::EncodingBroken)?;
    if out.len() > max { Err(Reject::BodyTooLarge) } else { Ok(out) }
}
