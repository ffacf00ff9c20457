//! Card numbers in a text: digits in groups, an issuer's prefix of the right length, and a valid check digit.

use super::SCRUBBED;

/// Most digits of a card number.
const DIGITS_MAX: usize = 19;

/// Returns `text` without the card numbers of at least `digits_min` digits in it; `None` if there are none.
///
/// Single blanks and dashes between digits are ignored. A number glued to letters or underscores is part of an id.
pub fn card_numbers(text: &str, digits_min: usize) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() < digits_min || bytes.iter().filter(|b| b.is_ascii_digit()).count() < digits_min {
        return None;
    }
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        let starts_group = bytes[at].is_ascii_digit() && (at == 0 || !is_word(bytes[at - 1]));
        match starts_group.then(|| card_end(&bytes[at..], digits_min)).flatten() {
            Some(len) => {
                out.push_str(&text[copied..at]);
                out.push_str(SCRUBBED);
                at += len;
                copied = at;
            }
            None => at += 1,
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// Returns the length in bytes of the longest card number that `bytes` begin with and that ends where a group ends.
fn card_end(bytes: &[u8], digits_min: usize) -> Option<usize> {
    let mut digits = [0_u8; DIGITS_MAX];
    let mut count = 0;
    let mut found = None;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_digit() {
            if count == DIGITS_MAX {
                break;
            }
            digits[count] = bytes[at] - b'0';
            count += 1;
            let ends_group = bytes.get(at + 1).is_none_or(|next| !is_word(*next));
            if ends_group && count >= digits_min && is_card(&digits[..count]) {
                found = Some(at + 1);
            }
        } else if !(matches!(bytes[at], b' ' | b'-') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)) {
            break;
        }
        at += 1;
    }
    found
}

fn is_card(digits: &[u8]) -> bool {
    has_issuer(digits) && has_check_digit(digits)
}

/// The Luhn check of ISO/IEC 7812.
fn has_check_digit(digits: &[u8]) -> bool {
    let weighed = |(i, digit): (usize, &u8)| match (i % 2, *digit) {
        (0, digit) => u32::from(digit),
        (_, digit) if digit > 4 => u32::from(digit) * 2 - 9,
        (_, digit) => u32::from(digit) * 2,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(weighed).sum();
    sum.is_multiple_of(10)
}

/// Says whether an issuer's prefix and the number of digits go together.
fn has_issuer(digits: &[u8]) -> bool {
    let prefix = |n: usize| digits[..n].iter().fold(0_u32, |value, d| value * 10 + u32::from(*d));
    let (two, three, four) = (prefix(2), prefix(3), prefix(4));
    match digits.len() {
        13 => digits[0] == 4,
        14 => matches!(two, 36 | 38 | 39) || (300..=305).contains(&three),
        15 => matches!(two, 34 | 37),
        16 => {
            digits[0] == 4
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || is_discover(three, four)
                || matches!(two, 36 | 38 | 39 | 62 | 81)
                || (3528..=3589).contains(&four)
                || is_maestro(four)
        }
        17 | 18 => is_discover(three, four) || matches!(two, 62) || (3528..=3589).contains(&four) || is_maestro(four),
        19 => {
            digits[0] == 4 || is_discover(three, four) || two == 62 || (3528..=3589).contains(&four) || is_maestro(four)
        }
        _ => false,
    }
}

fn is_discover(three: u32, four: u32) -> bool {
    four == 6011 || (644..=659).contains(&three)
}

fn is_maestro(four: u32) -> bool {
    matches!(four, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763)
}
