//! What clients write, read without losing a digit.

pub(in crate::protocol) mod replay;

use super::*;

#[test]
fn numbers_keep_their_digits() {
    let cases = [
        (r#"{"a":19.9,"b":[1,-2]}"#, r#"{"a":19.9,"b":[1,-2]}"#),
        (r#"{"a":49.90}"#, r#"{"a":"49.90"}"#),
        ("[12345678901234.5678,1e5,-0]", r#"["12345678901234.5678","1e5","-0"]"#),
        (r#"{"1.50":"1.50 \" 2.50","b":"\\"}"#, r#"{"1.50":"1.50 \" 2.50","b":"\\"}"#),
    ];
    for (text, expected) in cases {
        assert_eq!(json(text).unwrap().to_string(), expected, "{text}");
    }
    for text in ["", "{", "[1.50.50]x", "\"a", "\"\\", "{\"a\":-}", "\u{1f600}1.50"] {
        assert_eq!(json(text), None, "{text}");
    }
}

#[test]
fn base64_of_either_alphabet_is_read() {
    for text in ["+/8=", "-_8", " /8=", "-_8=\r\n"] {
        assert_eq!(base64(text), Some(vec![0xfb, 0xff]), "{text}");
    }
    assert_eq!(base64("{}"), None);
}

#[test]
fn times_are_known_by_their_length() {
    let at = Some(Timestamp(1_795_230_116_144_000));
    for text in ["1795230116.144", "1795230116144", "1795230116144000", " 1795230116144.0 "] {
        assert_eq!(epoch(text), at, "{text}");
    }
    for text in ["", "-1", "1e9", "soon", "1.2.3", "123456789012345678"] {
        assert_eq!(epoch(text), None, "{text}");
    }
}
