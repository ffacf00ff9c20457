//! Tests of `sheet`.

use super::*;

fn fields(text: &str) -> Vec<(usize, Vec<String>)> {
    split(text).into_iter().map(|line| (line.number, line.fields)).collect()
}

fn owned(number: usize, fields: &[&str]) -> (usize, Vec<String>) {
    (number, fields.iter().map(|f| (*f).to_owned()).collect())
}

#[test]
fn lines_are_read_with_every_separator_and_line_end() {
    for text in ["a,b\r\n1,2\r\n", "a;b\n1;2", "a\tb\n\n1\t2\n", "\na,b\n1 , 2"] {
        let read = fields(text);
        assert_eq!(
            read.iter().map(|(_, f)| f.clone()).collect::<Vec<_>>(),
            [vec!["a", "b"], vec!["1", "2"]],
            "{text:?}"
        );
    }
    assert_eq!(fields("a,b\n\n1,2"), [owned(1, &["a", "b"]), owned(3, &["1", "2"])]);
    assert_eq!(fields("id;total\n7;12,50"), [owned(1, &["id", "total"]), owned(2, &["7", "12,50"])]);
    assert!(fields("").is_empty() && fields("\n \n").is_empty());
}

#[test]
fn quotes_hold_separators_quotes_and_line_ends() {
    let read = fields("a,b\n\"x, y\",\"he said \"\"no\"\"\"\n\"two\nlines\",z\nlast,6\" pipe");
    assert_eq!(
        read,
        [
            owned(1, &["a", "b"]),
            owned(2, &["x, y", "he said \"no\""]),
            owned(3, &["two\nlines", "z"]),
            owned(5, &["last", "6\" pipe"]),
        ]
    );
}

#[test]
fn columns_are_known_by_name_in_any_order() {
    let sheet = Sheet::read(b"\xef\xbb\xbfTotal;Order ID;id\n1;2;3;4\n5");
    assert_eq!(
        (sheet.column(&["id"]), sheet.column(&["order id", "id"]), sheet.column(&["date"])),
        (Some(2), Some(1), None)
    );
    let total = sheet.column(&["total"]);
    assert_eq!(sheet.lines.iter().map(|line| line.get(total)).collect::<Vec<_>>(), ["1", "5"]);
    assert_eq!(sheet.lines[1].get(sheet.column(&["id"])), "", "a short line has empty fields at its end");
    assert_eq!(Sheet::read(b"id\nM\xfcller").lines[0].fields, ["M\u{fc}ller"], "Latin-1 is read, too");
    assert!(Sheet::read(b"").columns.is_empty());
}

#[test]
fn amounts_are_read_in_every_form_that_means_one() {
    let euro = Currency::parse("EUR").unwrap();
    let read = |text: &str| amount(text, euro).map(|a| a.to_string()).unwrap_or_default();
    for (text, expected) in [
        ("1234.50", "1234.50"),
        ("1234,5", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1.234.567,00", "1234567.00"),
        ("12", "12.00"),
        ("-3.00", "-3.00"),
        ("59.9000", "59.90"),
        ("1,234", ""),
        ("1.234", ""),
        ("12,34.50", ""),
        ("1.2.3", ""),
        ("12 EUR", ""),
        ("NaN", ""),
        ("", ""),
        ("1e3", ""),
        (".", ""),
        ("0.00001", ""),
        ("99999999999999999999", ""),
    ] {
        assert_eq!(read(text), expected, "{text:?}");
    }
    let dinar = Currency::parse("KWD").unwrap();
    assert_eq!(amount("1.234", dinar).unwrap().to_string(), "1.234");
}
