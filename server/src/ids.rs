//! Ids, keys, secrets and tokens: the only place that draws randomness.
//!
//! Event ids are UUIDs of version 7, so they sort by time. Everything secret has 128 bits or more out of the operating
//! system's generator, so that a plain SHA-256 may stand for it on disk.

use commerce::{EventId, Timestamp};
use std::cell::RefCell;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const POOL_LEN: usize = 640;

thread_local! {
    /// Random bytes drawn ahead, and how many of them are used: one system call for 64 event ids.
    static POOL: RefCell<([u8; POOL_LEN], usize)> = const { RefCell::new(([0; POOL_LEN], POOL_LEN)) };
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that draws randomness")]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system's random generator works from boot on");
}

/// Returns a fresh event id: 48 bits of `now` in milliseconds, then 74 random bits.
pub(crate) fn event_id(now: Timestamp) -> EventId {
    let mut id = [0_u8; 16];
    let millis = now.0.max(0) / 1000;
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    POOL.with_borrow_mut(|(pool, used)| {
        if *used == POOL_LEN {
            fill(pool);
            *used = 0;
        }
        id[6..].copy_from_slice(&pool[*used..*used + 10]);
        *used += 10;
    });
    id[6] = 0x70 | (id[6] & 0x0F);
    id[8] = 0x80 | (id[8] & 0x3F);
    EventId(id)
}

/// Returns 32 random bytes: the secret of an installation.
pub(crate) fn secret_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    fill(&mut bytes);
    bytes
}

/// Returns a random number by which a new journal is named.
pub(crate) fn journal_id() -> u64 {
    let mut bytes = [0; 8];
    fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// Returns `len` random characters out of digits and letters.
pub(crate) fn text(len: usize) -> String {
    let mut out = String::with_capacity(len);
    while out.len() < len {
        let mut bytes = [0_u8; 64];
        fill(&mut bytes);
        // 248 is the largest multiple of 62 in a byte; what lies above would favour the first characters.
        let fair = bytes.iter().filter(|b| **b < 248).map(|b| char::from(BASE62[usize::from(*b) % 62]));
        out.extend(fair.take(len - out.len()));
    }
    out
}

/// Returns the salt of a password's hash.
pub(crate) fn salt() -> [u8; 16] {
    let mut bytes = [0; 16];
    fill(&mut bytes);
    bytes
}

/// Returns the token of a session, an invitation or a share: 256 random bits and a little more.
pub(crate) fn long_secret() -> String {
    text(43)
}

/// Returns `len` random characters, five bits each, none of which looks like another: people type them from paper.
pub(crate) fn plain_letters(len: usize) -> String {
    const LETTERS: &[u8; 32] = b"023456789abcdefghjkmnpqrstuvwxyz";
    let mut bytes = vec![0_u8; len];
    fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % 32])).collect()
}

/// A token as it is shown once.
pub(crate) struct NewToken {
    /// The part by which people tell tokens apart; stored in clear.
    pub(crate) id: String,
    /// The whole text; never stored.
    pub(crate) text: String,
}

/// Returns a fresh token: `tly_`, an id of 10, a secret of 40 and a check sum of 6 characters.
pub(crate) fn token() -> NewToken {
    let id = text(10);
    let body = format!("tly_{id}{}", text(40));
    let check = check_sum(&body);
    NewToken { id, text: body + &check }
}

/// Says whether `text` has the form of a token of ours, check sum included: a mistyped one is told from a revoked one.
pub(crate) fn is_well_formed_token(text: &str) -> bool {
    text.is_ascii() && text.len() == 60 && text.starts_with("tly_") && text[54..] == check_sum(&text[..54])
}

/// Returns the CRC-32 of `text` in six base-62 characters, so that secret scanners can tell a token from a look-alike.
fn check_sum(text: &str) -> String {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut rest = !crc;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|b| char::from(*b)).collect()
}

/// Returns `bytes` in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        for digit in [byte >> 4, byte & 0x0F] {
            out.push(char::from_digit(u32::from(digit), 16).expect("four bits are one hexadecimal digit"));
        }
        out
    })
}

/// Returns the 32 bytes that hexadecimal `text` names, `None` if it names no 32 bytes.
pub(crate) fn bytes_of_hex(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn event_ids_are_unique_uuids_of_version_seven_that_sort_by_time() {
        let now = Timestamp::parse("2026-03-02T10:00:00Z").unwrap();
        let ids: HashSet<EventId> = (0..1000).map(|_| event_id(now)).collect();
        assert_eq!(ids.len(), 1000);
        let id = event_id(now).to_string();
        assert_eq!((&id[14..15], &id[..13]), ("7", "019cadfd-8900"));
        assert!(event_id(now) < event_id(now.plus_seconds(1)));
    }

    #[test]
    fn tokens_carry_their_check_sum() {
        let token = token();
        assert!(is_well_formed_token(&token.text), "{}", token.text);
        assert!(token.text.contains(&token.id));
        let mistyped = token.text.replace(&token.id, "0123456789");
        for wrong in ["", "tly_", "tly_äöü", mistyped.as_str()] {
            assert!(!is_well_formed_token(wrong), "{wrong} should not pass");
        }
        assert_eq!(check_sum("123456789"), "3jZRME");
    }

    #[test]
    fn secrets_survive_the_way_through_text() {
        let secret = secret_bytes();
        assert_eq!(bytes_of_hex(&hex(&secret)), Some(secret));
        assert_eq!(bytes_of_hex("abc"), None);
        assert_eq!(text(22).len(), 22);
    }
}
