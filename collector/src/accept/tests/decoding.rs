//! Compressed bodies: every encoding, and every way to make one hurt.

use super::*;
use crate::limits::BODY_DECODED_BYTES_MAX;
use crate::sample::INGEST;
use std::io::Write;

const BODY: &str = r#"{"site":1,"events":[{"name":"page_view"}]}"#;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 19).unwrap();
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Brotli has no encoder here: stored metablocks, which every decoder must take.
fn brotli(data: &[u8]) -> Vec<u8> {
    fn put(value: u32, count: usize, bits: &mut Vec<bool>) {
        bits.extend((0..count).map(|bit| value >> bit & 1 == 1));
    }
    let mut out = Vec::new();
    let mut bits = Vec::new();
    // WBITS = 16 is the single bit 0.
    put(0, 1, &mut bits);
    for chunk in data.chunks(65_536) {
        put(0, 1, &mut bits);
        put(0, 2, &mut bits);
        put(chunk.len() as u32 - 1, 16, &mut bits);
        put(1, 1, &mut bits);
        flush(&mut bits, &mut out);
        out.extend_from_slice(chunk);
    }
    put(3, 2, &mut bits);
    flush(&mut bits, &mut out);
    out
}

fn flush(bits: &mut Vec<bool>, out: &mut Vec<u8>) {
    out.extend(
        bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0_u8, |value, (i, bit)| value | u8::from(*bit) << i)),
    );
    bits.clear();
}

fn skippable(bytes: usize) -> Vec<u8> {
    let mut frame = vec![0x50, 0x2a, 0x4d, 0x18];
    frame.extend((bytes as u32).to_le_bytes());
    frame.resize(frame.len() + bytes, 0);
    frame
}

fn send(shop: &Shop, encoding: &str, body: Vec<u8>) -> Reply {
    let request =
        post("/v1/events").header("authorization", format!("Bearer {INGEST}")).header("content-encoding", encoding);
    shop.send(request.body(body).unwrap())
}

#[test]
fn every_encoding_is_undone() {
    let data = BODY.as_bytes();
    for (encoding, body) in [
        ("gzip", gzip(data)),
        ("x-gzip", gzip(data)),
        ("GZIP", gzip(data)),
        ("gzip, identity", gzip(data)),
        ("deflate", zlib(data)),
        ("deflate", deflate(data)),
        ("br", brotli(data)),
        ("zstd", zstd(data)),
        ("zstd", [skippable(100), zstd(&data[..10]), zstd(&data[10..])].concat()),
        ("gzip", [gzip(&data[..10]), gzip(&data[10..])].concat()),
        ("identity", data.to_vec()),
    ] {
        let shop = Shop::open(&[]);
        assert_eq!(send(&shop, encoding, body).status, 200, "{encoding}");
        assert_eq!(shop.hit().facts.name, "page_view", "{encoding}");
    }
}

#[test]
fn bombs_are_refused_at_the_decoded_cap() {
    let shop = Shop::open(&[]);
    let bomb = vec![b' '; BODY_DECODED_BYTES_MAX * 4];
    for (encoding, body) in
        [("gzip", gzip(&bomb)), ("deflate", zlib(&bomb)), ("deflate", deflate(&bomb)), ("zstd", zstd(&bomb))]
    {
        assert!(body.len() * 500 < bomb.len(), "{encoding} should be a bomb");
        assert_eq!(send(&shop, encoding, body).refusal(), (413, "body.too_large"), "{encoding}");
    }
    // A stream of zeros by brotli's own encoder, quality 11, window 24: 64 MiB in 53 bytes.
    let brotli_bomb = include_bytes!("../../../../fixtures/collector/zeros_64_mib.br").to_vec();
    assert_eq!(send(&shop, "br", brotli_bomb).refusal(), (413, "body.too_large"));
    let exactly = [BODY.as_bytes(), &vec![b' '; BODY_DECODED_BYTES_MAX - BODY.len()]].concat();
    assert_eq!(send(&shop, "gzip", gzip(&exactly)).status, 200);
    assert_eq!(send(&shop, "gzip", gzip(&[&exactly[..], b" "].concat())).refusal(), (413, "body.too_large"));
}

#[test]
fn frames_that_decode_to_nothing_count_as_they_travel() {
    let shop = Shop::open(&[]);
    assert_eq!(send(&shop, "zstd", skippable(1 << 20)).refusal(), (413, "body.too_large"));
    let many = skippable(0).repeat(1 << 16);
    assert_eq!(send(&shop, "zstd", many).refusal(), (400, "body.malformed"));
}

#[test]
fn windows_beyond_the_limit_are_refused() {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.include_contentsize(false).unwrap();
    encoder.write_all(BODY.as_bytes()).unwrap();
    let body = encoder.finish().unwrap();
    assert_eq!(send(&Shop::open(&[]), "zstd", body).refusal(), (400, "encoding.broken"));
}

#[test]
fn damage_and_strange_encodings_are_refused() {
    let shop = Shop::open(&[]);
    let data = BODY.repeat(50);
    for (encoding, whole) in [
        ("gzip", gzip(data.as_bytes())),
        ("deflate", zlib(data.as_bytes())),
        ("br", brotli(data.as_bytes())),
        ("zstd", zstd(data.as_bytes())),
    ] {
        for cut in [1, whole.len() / 2, whole.len() - 1] {
            let reply = send(&shop, encoding, whole[..cut].to_vec());
            assert_eq!(reply.refusal(), (400, "encoding.broken"), "{encoding} cut at {cut} of {}", whole.len());
        }
        assert_eq!(send(&shop, encoding, b"plain text".to_vec()).refusal(), (400, "encoding.broken"), "{encoding}");
    }
    for (encoding, code) in [
        ("gzip, gzip", "encoding.nested"),
        ("gzip, br", "encoding.nested"),
        ("compress", "encoding.unknown"),
        ("gzip;q=1", "encoding.unknown"),
    ] {
        let reply = send(&shop, encoding, gzip(BODY.as_bytes()));
        assert_eq!(
            (reply.refusal(), reply.header("accept-encoding")),
            ((415, code), Some("gzip, deflate, br, zstd")),
            "{encoding}"
        );
    }
    // A body packed twice under one name is no JSON.
    assert_eq!(send(&shop, "gzip", gzip(&gzip(BODY.as_bytes()))).refusal(), (400, "body.malformed"));
    assert!(shop.records().is_empty());
}
