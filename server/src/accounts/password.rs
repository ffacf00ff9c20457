//! Passwords: argon2id, as OWASP's password storage cheat sheet sets it (19 MiB, two passes, one lane), and what will
//! not do as one. Length is asked for, never certain characters; people may paste and keep theirs for ever.

use crate::ids;
use anyhow::{Context, anyhow};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Fewest characters.
const CHARS_MIN: usize = 12;
/// Most bytes.
const BYTES_MAX: usize = 1024;
/// Hashes computed at a time: each takes a core and 19 MiB.
const AT_ONCE: usize = 2;
/// How long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Turns at hashing.
pub(crate) struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl Turns {
    /// Waits for a turn; `None` if too many others wait.
    pub(crate) async fn take(&self) -> Option<SemaphorePermit<'_>> {
        tokio::time::timeout(PATIENCE, self.0.acquire()).await.ok()?.ok()
    }
}

fn argon2() -> anyhow::Result<Argon2<'static>> {
    let params = Params::new(19_456, 2, 1, None).map_err(|e| anyhow!("argon2 refuses its parameters: {e}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Returns the hash to keep of a password, with its salt and parameters. Takes some tens of milliseconds.
///
/// # Errors
/// Our own faults only.
pub(crate) fn hash(password: &str) -> anyhow::Result<String> {
    let hash: PasswordHash = argon2()?
        .hash_password_with_salt(password.as_bytes(), &ids::salt())
        .map_err(|e| anyhow!("a password could not be hashed: {e}"))?;
    Ok(hash.to_string())
}

/// Says whether `password` is the one of `hash`. It takes as long without a hash, where nothing fits.
///
/// # Errors
/// Our own faults only.
pub(crate) fn fits(password: &str, hash: Option<&str>) -> anyhow::Result<bool> {
    static NOBODYS: OnceLock<String> = OnceLock::new();
    let text = match (hash, NOBODYS.get()) {
        (Some(hash), _) => hash,
        (None, Some(nobodys)) => nobodys,
        (None, None) => {
            let nobodys = self::hash(&ids::text(20))?;
            NOBODYS.get_or_init(|| nobodys)
        }
    };
    let kept = PasswordHash::new(text).ok().context("a password's hash is damaged")?;
    let fits = password.len() <= BYTES_MAX && argon2()?.verify_password(password.as_bytes(), &kept).is_ok();
    Ok(fits && hash.is_some())
}

/// Says what is wrong with a password to be; `None` if it will do.
pub(crate) fn objection(password: &str, email: &str) -> Option<&'static str> {
    if password.chars().count() < CHARS_MIN {
        return Some("`password` takes 12 characters or more: a few words do well");
    }
    if password.len() > BYTES_MAX {
        return Some("`password` takes 1024 bytes at most");
    }
    let lower = password.to_lowercase();
    let name = email.split('@').next().unwrap_or_default();
    if lower.contains(email) || (name.len() >= 4 && lower.replace(name, "").chars().count() < CHARS_MIN / 2) {
        return Some("`password` is made of the e-mail address");
    }
    is_guessed_first(&lower).then_some("`password` is one of those that are guessed first")
}

/// What common passwords of twelve characters and more are made of, after lists of leaked ones.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "passwort",
    "qwertyuiop",
    "qwertzuiop",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfghjkl",
    "asdfgh",
    "zxcvbnm",
    "yxcvbnm",
    "1q2w3e4r5t6y",
    "1q2w3e4r",
    "1qaz2wsx3edc",
    "1qaz2wsx",
    "qazwsxedc",
    "iloveyou",
    "letmein",
    "welcome",
    "administrator",
    "admin",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "superman",
    "trustno1",
    "starwars",
    "whatever",
    "michael",
    "charlie",
    "jordan",
    "liverpool",
    "chelsea",
    "arsenal",
    "hallo",
    "hello",
    "schalke",
    "computer",
    "internet",
    "samsung",
    "google",
    "facebook",
    "changeme",
    "default",
    "secret",
    "master",
    "shadow",
    "login",
    "abc123",
    "a1b2c3",
    "tallyho",
    "analytics",
    "test",
    "guest",
    "root",
];

/// Says whether a lower-case password is made of common words, digits in a row and little else.
fn is_guessed_first(lower: &str) -> bool {
    let mut rest = lower.to_owned();
    for word in COMMON {
        rest = rest.replace(word, "");
    }
    // What only goes on where the character before it was tells nothing new.
    let before = std::iter::once(None).chain(rest.chars().map(Some));
    let told = before.zip(rest.chars()).filter(|(a, b)| a.is_none_or(|a| !is_step(a, *b)));
    let mut letters: Vec<char> = told.map(|(_, letter)| letter).collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() < 4
}

/// Says whether `b` goes on where `a` was: the same, or the next or the one before in the alphabet or among the digits.
fn is_step(a: char, b: char) -> bool {
    let both = a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric();
    a == b || (both && u32::from(a).abs_diff(u32::from(b)) == 1) || matches!((a, b), ('9', '0') | ('0', '9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_password_and_no_other_and_says_how_it_was_made() {
        let kept = hash("correct horse battery").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(!kept.contains("correct"));
        assert_ne!(kept, hash("correct horse battery").unwrap(), "every hash has a salt of its own");
        assert!(fits("correct horse battery", Some(&kept)).unwrap());
        assert!(!fits("correct horse batterz", Some(&kept)).unwrap());
        assert!(!fits("correct horse battery", None).unwrap());
        assert!(fits("x", Some("no hash")).is_err());
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        let email = "ada.king@shop.example";
        for good in ["correct horse battery", "zwölf Tannen 31", "gT4!kd92Lmq8", "mein fahrrad ist blau"] {
            assert_eq!(objection(good, email), None, "{good}");
        }
        for bad in [
            "short",
            "passwordpassword",
            "Password12345",
            "123456789012",
            "qwertyuiop123",
            "aaaaaaaaaaaaaa",
            "abcdefghijklmnop",
            "ada.king@shop.example",
            "ada.king2026",
            "1q2w3e4r5t6y7u",
            "iloveyou!!!!!",
            "987654321098",
        ] {
            assert!(objection(bad, email).is_some(), "{bad}");
        }
        assert!(objection(&"long enough ".repeat(100), email).is_some());
        assert_eq!(objection(&"many words in a row ".repeat(5), email), None);
    }
}
