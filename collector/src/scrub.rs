//! What must never reach the disk: card numbers, passwords and tokens that a shop sends by accident.
//!
//! Card numbers are looked for in free text and unknown fields only, never in ids, SKUs and GTINs, which pass the Luhn
//! check often: a candidate needs 14 to 19 digits (13 in free text), a known issuer prefix of that length, and a valid
//! check digit. Secrets are known by the name of their parameter. It knows nothing of what a hit means.

use std::borrow::Cow;

mod cards;
mod json;

pub use cards::card_numbers;
pub use json::json;

/// What stands where a secret stood.
pub const SCRUBBED: &str = "scrubbed";

/// Fewest digits of a card number in free text.
pub const FREE_TEXT_DIGITS_MIN: usize = 13;
/// Fewest digits of a card number in a field that we do not know: 13 digits are an EAN more often than a card.
pub const UNKNOWN_FIELD_DIGITS_MIN: usize = 14;

/// Names of parameters, lower case, without `-`, `_` and brackets, whose values never belong into a report.
const SECRET_PARAMETERS: &[&str] = &[
    "auth",
    "authorization",
    "authkey",
    "bearer",
    "jwt",
    "apikey",
    "key",
    "secret",
    "signature",
    "sig",
    "hmac",
    "otp",
    "pin",
    "pass",
    "passwd",
    "password",
    "pwd",
    "passphrase",
    "session",
    "sessionid",
    "sessid",
    "sid",
    "phpsessid",
    "jsessionid",
    "aspsessionid",
    "email",
    "mail",
    "emailaddress",
    "useremail",
    "customeremail",
    "phone",
    "tel",
    "telephone",
    "iban",
    "ssn",
    "card",
    "cardnumber",
    "ccnumber",
    "creditcard",
    "cvv",
    "cvc",
    "csc",
    "username",
    "nonce",
];
/// Names of JSON fields of the same kind; shorter, because a field `key` or `session` is often harmless there.
const SECRET_FIELDS: &[&str] = &[
    "authorization",
    "apikey",
    "secret",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "otp",
    "cardnumber",
    "ccnumber",
    "creditcard",
    "cvv",
    "cvc",
    "csc",
    "iban",
    "ssn",
    "jwt",
    "sessionid",
    "phpsessid",
];
/// Names of JSON fields that hold an e-mail address.
const EMAIL_FIELDS: &[&str] = &["email", "mail", "emailaddress", "useremail", "customeremail"];

/// Returns `name` as the lists above spell it.
fn plain_name(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '[' | ']' | '.' | ' ')).map(|c| c.to_ascii_lowercase()).collect()
}

fn is_secret_parameter(name: &str) -> bool {
    let name = plain_name(&percent_encoding::percent_decode_str(name).decode_utf8_lossy());
    SECRET_PARAMETERS.contains(&name.as_str()) || names_secret(&name)
}

fn names_secret(plain: &str) -> bool {
    plain.ends_with("token") || plain.starts_with("token") || plain.contains("password") || plain.ends_with("secret")
}

fn is_secret_field(plain: &str) -> bool {
    SECRET_FIELDS.contains(&plain) || names_secret(plain)
}

/// Says whether a field of this name holds an id, a SKU or a GTIN, whose digits are nobody's card.
fn is_id_field(plain: &str) -> bool {
    const ENDS: &[&str] = &[
        "id", "ids", "sku", "gtin", "gtin8", "gtin12", "gtin13", "gtin14", "ean", "ean13", "upc", "isbn", "mpn",
        "barcode", "asin", "index", "version",
    ];
    ENDS.iter().any(|end| plain.ends_with(end))
}

/// Returns `url` without the values of secret parameters, without a user name and password, and without card numbers
/// in its parameters; `None` if there was nothing to scrub.
pub fn url(url: &str) -> Option<String> {
    let without_login = without_login(url);
    let Some(start) = without_login.find(['?', '#']) else {
        return match without_login {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(text),
        };
    };
    let (base, parameters) = without_login.split_at(start);
    match query(parameters) {
        Some(query) => Some(format!("{base}{query}")),
        None => matches!(without_login, Cow::Owned(_)).then(|| without_login.into_owned()),
    }
}

/// Returns the parameters `text` (with or without `?` and `#` in it) without secret values and card numbers; `None`
/// if there was nothing to scrub.
pub fn query(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut changed = false;
    for piece in text.split_inclusive(['?', '#', '&', ';']) {
        let body = piece.trim_end_matches(['?', '#', '&', ';']);
        let end = &piece[body.len()..];
        if let Some((name, value)) = body.split_once('=').filter(|(_, v)| !v.is_empty()) {
            let kept = if is_secret_parameter(name) {
                Some(Cow::Borrowed(SCRUBBED))
            } else if is_id_field(&plain_name(name)) {
                None
            } else {
                card_numbers(value, UNKNOWN_FIELD_DIGITS_MIN).map(Cow::Owned)
            };
            if let Some(kept) = kept.filter(|kept| kept != value) {
                changed = true;
                out.push_str(name);
                out.push('=');
                out.push_str(&kept);
                out.push_str(end);
                continue;
            }
        }
        out.push_str(piece);
    }
    changed.then_some(out)
}

/// Returns `url` without the `user:password@` of its authority.
fn without_login(url: &str) -> Cow<'_, str> {
    let Some(start) = url.find("://").map(|at| at + 3) else { return Cow::Borrowed(url) };
    let authority = &url[start..];
    let authority = &authority[..authority.find(['/', '?', '#']).unwrap_or(authority.len())];
    match authority.rfind('@') {
        Some(at) => Cow::Owned(format!("{}{}", &url[..start], &url[start + at + 1..])),
        None => Cow::Borrowed(url),
    }
}

#[cfg(test)]
mod tests;
