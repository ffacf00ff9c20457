//! The second factor: six digits of an authenticator app (RFC 6238: SHA-1, 30 s), or a recovery code, each good once.
//!
//! Its secret is not kept: it is derived from the installation's secret and a nonce, so that a copy of the control plane
//! alone proves nothing. Recovery codes are kept as keyed hashes for the same reason.

use crate::ids;
use anyhow::{Context, anyhow};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use totp_rs::{Builder, Totp};

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// A code of the step before or after is good, too: clocks differ and people type slowly.
const SKEW_STEPS: u16 = 1;

/// Returns the authenticator of `email` whose secret `nonce` stands for.
///
/// # Errors
/// Our own faults only.
pub(crate) fn authenticator(secret: &[u8; 32], nonce: &str, email: &str) -> anyhow::Result<Totp> {
    let derived = keyed(secret, "second factor", nonce)?;
    let (own, _) = derived.split_at(20);
    Builder::new()
        .with_secret(own.to_vec())
        .with_skew(SKEW_STEPS)
        .with_issuer(Some("Tallyho".to_owned()))
        .with_account_name(email.to_owned())
        .build()
        .map_err(|e| anyhow!("no authenticator can be made: {e}"))
}

/// Returns the address that an authenticator's QR code holds, and its secret in base 32 for typing it.
///
/// # Errors
/// Our own faults only.
pub(crate) fn shown(authenticator: &Totp) -> anyhow::Result<(String, String)> {
    let uri = authenticator.to_url().map_err(|e| anyhow!("no address can be made: {e}"))?;
    Ok((uri, authenticator.secret().to_base32()))
}

/// Returns fresh recovery codes, as they are shown once.
pub(crate) fn new_recovery_codes() -> Vec<String> {
    let code = || {
        let letters = ids::plain_letters(16);
        [&letters[..4], &letters[4..8], &letters[8..12], &letters[12..]].join("-")
    };
    (0..RECOVERY_CODES).map(|_| code()).collect()
}

/// Returns the hash by which a recovery code of the account with this nonce is kept; dashes and spaces do not matter.
///
/// # Errors
/// Our own faults only.
pub(crate) fn recovery_hash(secret: &[u8; 32], nonce: &str, code: &str) -> anyhow::Result<String> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(ids::hex(&keyed(secret, "recovery code", &format!("{nonce} {}", plain.to_ascii_lowercase()))?))
}

fn keyed(secret: &[u8; 32], purpose: &str, of: &str) -> anyhow::Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok().context("a key of 32 bytes fits")?;
    mac.update(purpose.as_bytes());
    mac.update(b"\0");
    mac.update(of.as_bytes());
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_for_its_step_and_the_ones_beside_it() {
        let own = authenticator(&[7; 32], "n1", "ada@shop.example").unwrap();
        let now = 1_772_445_600;
        let code = own.generate(now).to_string();
        assert_eq!(own.check(&code, now), Some(now / 30));
        assert_eq!(own.check(&code, now + 30), Some(now / 30));
        assert_eq!(own.check(&code, now + 90), None);
        let other = authenticator(&[7; 32], "n2", "ada@shop.example").unwrap();
        assert_eq!(other.check(&code, now), None, "every nonce has a secret of its own");
        let (uri, text) = shown(&own).unwrap();
        assert!(uri.starts_with("otpauth://totp/Tallyho:ada%40shop.example?secret="), "{uri}");
        assert!(uri.contains(&text) && text.len() == 32);
    }

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        let codes = new_recovery_codes();
        assert_eq!((codes.len(), codes[0].len()), (RECOVERY_CODES, 19));
        let kept = recovery_hash(&[7; 32], "n1", &codes[0]).unwrap();
        let typed = format!(" {} ", codes[0].to_uppercase().replace('-', " "));
        assert_eq!(recovery_hash(&[7; 32], "n1", &typed).unwrap(), kept);
        assert_ne!(recovery_hash(&[8; 32], "n1", &codes[0]).unwrap(), kept);
        assert_ne!(codes[0], codes[1]);
    }
}
