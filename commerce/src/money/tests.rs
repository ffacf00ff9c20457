//! Money, case by case.

use super::*;

fn check(text: &str, expected: Result<(i64, bool), NumberError>) {
    assert_eq!(Amount::parse(text).map(|p| (p.value.0, p.rounded)), expected, "{text:?}");
}

#[test]
fn decimal_text_is_read_exactly() {
    check("64.37", Ok((643_700, false)));
    check("-33.95", Ok((-339_500, false)));
    check("+1", Ok((10_000, false)));
    check(".5", Ok((5_000, false)));
    check("5.", Ok((50_000, false)));
    check("1e3", Ok((10_000_000, false)));
    check("1.5E-2", Ok((150, false)));
    check("0.00005", Ok((1, true)));
    check("-0.00005", Ok((-1, true)));
    check("0.00004999", Ok((0, true)));
    check("2510.11111112", Ok((25_101_111, true)));
    check("99999999999999.9999", Ok((AMOUNT_MAX, false)));
}

#[test]
fn other_text_is_refused() {
    for text in
        ["", " ", "-", ".", "NaN", "Infinity", "12,50", "1 000", "12€", "0x10", "1e", "１２", "1.2.3", "--1", "1e1e1"]
    {
        check(text, Err(NumberError::NotANumber));
    }
    for text in ["1e400", "100000000000000", "99999999999999999999999999999999999999999999", "1e2147483647"] {
        check(text, Err(NumberError::OutOfRange));
    }
    check("0e2147483647", Ok((0, false)));
    check("1e-2147483648", Ok((0, true)));
}

#[test]
fn amounts_print_as_people_write_them() {
    for (value, text) in [(499_000, "49.90"), (-5, "-0.0005"), (0, "0.00"), (125, "0.0125"), (10_000, "1.00")] {
        assert_eq!(Amount(value).to_string(), text);
    }
    assert_eq!(Quantity(2000).to_string(), "2");
    assert_eq!(Quantity(500).to_string(), "0.5");
    assert_eq!(UnitPrice(19_990_000).to_string(), "19.99");
}

#[test]
fn a_line_is_rounded_once_half_away_from_zero() {
    let price = |t: &str| UnitPrice::parse(t).unwrap().value;
    let quantity = |t: &str| Quantity::parse(t).unwrap().value;
    assert_eq!(price("0.005").times(Quantity::ONE, 2).to_string(), "0.01");
    assert_eq!(price("-0.005").times(Quantity::ONE, 2).to_string(), "-0.01");
    assert_eq!(price("0.333333").times(quantity("3"), 2).to_string(), "1.00");
    assert_eq!(price("1.2345").times(quantity("1.5"), 3).to_string(), "1.852");
    assert_eq!(price("149.5").times(Quantity::ONE, 0).to_string(), "150.00");
}

#[test]
fn parts_sum_to_the_whole() {
    let parts = |whole, weights: &[i64]| allocate(Amount(whole), weights, 2).iter().map(|a| a.0).collect::<Vec<_>>();
    assert_eq!(parts(100_000, &[1, 1, 1]), [33_400, 33_300, 33_300]);
    assert_eq!(parts(-100_000, &[1, 1, 1]), [-33_400, -33_300, -33_300]);
    assert_eq!(parts(1, &[1, 1]), [1, 0]);
    assert_eq!(parts(50_000, &[0, 0]), [25_000, 25_000]);
    assert_eq!(parts(50_000, &[-1, 3]), [0, 50_000]);
    assert!(parts(50_000, &[]).is_empty());
}

#[test]
fn currencies_know_their_decimals() {
    assert_eq!(Currency::parse("eur").unwrap().decimals(), 2);
    assert_eq!(Currency::parse("JPY").unwrap().decimals(), 0);
    assert_eq!(Currency::parse("KWD").unwrap().decimals(), 3);
    assert_eq!(Currency::parse("EURO"), None);
    assert_eq!(Currency::parse("ZZZ"), None);
}
