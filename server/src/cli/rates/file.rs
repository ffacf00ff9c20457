//! Files of currency rates: the European Central Bank's as it is, or one rate a line. Pure.
//!
//! The bank's file says how much of every currency one euro buys, with a column for each currency; between two others
//! the quotient of both is the rate, kept as a fraction so that no digit is lost. In a file with one rate a line, `rate`
//! is what one unit of the currency is worth in the site's own; a column named `per_unit` says it the other way round.

use crate::sheet::{Line, Sheet};
use commerce::Currency;
use commerce::money::ExchangeRate;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Rates of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rates {
    /// Day, currency code and rate, as the API takes it; by day, then as they stand in the file.
    pub(super) rates: Vec<(Date, String, String)>,
    /// Columns that are no currency of today's ISO 4217.
    pub(super) unknown: BTreeSet<String>,
}

/// Reads the rates of a file for a site whose currency is `own`.
///
/// # Errors
/// What is wrong with the file, with the number of the line.
pub(super) fn read(bytes: &[u8], own: Currency) -> Result<Rates, String> {
    let mut sheet = Sheet::read(bytes);
    let is_ours = sheet.column(&["currency", "code"]).is_some();
    let is_dated = sheet.columns.first().is_some_and(|name| matches!(name.as_str(), "date" | "day"));
    let mut found = if is_dated && !is_ours {
        of_bank(&sheet, own)?
    } else {
        if !is_ours {
            sheet = Sheet::unnamed(bytes, &["date", "currency", "rate"]);
        }
        one_a_line(&sheet)?
    };
    // The file may begin with its latest day; rates are kept by day and grow at their end.
    found.rates.sort_by_key(|(day, _, _)| *day);
    Ok(found)
}

fn of_bank(sheet: &Sheet, own: Currency) -> Result<Rates, String> {
    let mut found = Rates::default();
    let mut columns: Vec<(usize, Currency)> = Vec::new();
    for (at, name) in sheet.columns.iter().enumerate().skip(1).filter(|(_, name)| !name.is_empty()) {
        match Currency::parse(name) {
            Some(currency) => columns.push((at, currency)),
            None => {
                found.unknown.insert(name.to_uppercase());
            }
        }
    }
    let euro = Currency::parse("EUR").ok_or("ISO 4217 lists no euro")?;
    let own_column = columns.iter().find(|(_, currency)| *currency == own).map(|(at, _)| *at);
    if own != euro && own_column.is_none() {
        return Err(format!("the file has no column {own}, the site's currency"));
    }
    for line in &sheet.lines {
        let day = day_of(line, line.get(Some(0)))?;
        // What one euro buys of the site's currency on this day.
        let own_rate = if own == euro { "1" } else { line.get(own_column) };
        if is_blank(own_rate) {
            continue;
        }
        let rate = |foreign: &str| {
            let rate = ExchangeRate::cross(foreign, own_rate);
            rate.ok_or_else(|| format!("line {}: `{foreign}` or `{own_rate}` is no rate", line.number))
        };
        if own != euro {
            found.rates.push((day, euro.to_string(), rate("1")?.to_string()));
        }
        for (at, currency) in columns.iter().filter(|(_, currency)| *currency != own) {
            let foreign = line.get(Some(*at));
            if !is_blank(foreign) {
                found.rates.push((day, currency.to_string(), rate(foreign)?.to_string()));
            }
        }
    }
    Ok(found)
}

fn one_a_line(sheet: &Sheet) -> Result<Rates, String> {
    let day = sheet.column(&["date", "day"]);
    let code = sheet.column(&["currency", "code"]);
    let value = sheet.column(&["rate", "value"]);
    let per_unit = sheet.column(&["per_unit"]);
    if day.is_none() || value.is_some() == per_unit.is_some() {
        return Err("the first line must name date, currency and either rate or per_unit".to_owned());
    }
    let mut found = Rates::default();
    for line in &sheet.lines {
        let day = day_of(line, line.get(day))?;
        let currency = line.get(code);
        let currency = Currency::parse(currency)
            .ok_or_else(|| format!("line {}: `{currency}` is no ISO 4217 currency", line.number))?;
        let text = line.get(value.or(per_unit));
        let plain = if text.contains('.') { text.to_owned() } else { text.replace(',', ".") };
        let rate = if value.is_some() { ExchangeRate::of_value(&plain) } else { ExchangeRate::parse(&plain) };
        let rate = rate.ok_or_else(|| format!("line {}: `{text}` is no rate above zero", line.number))?;
        found.rates.push((day, currency.to_string(), rate.to_string()));
    }
    Ok(found)
}

/// The bank writes N/A where it had no rate.
fn is_blank(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("n/a") || text == "-"
}

/// Reads `2026-03-02`, or `2 March 2026` as the bank's file of a single day has it.
fn day_of(line: &Line, text: &str) -> Result<Date, String> {
    let spelled = || Date::strptime("%d %B %Y", text).ok();
    text.parse()
        .ok()
        .or_else(spelled)
        .ok_or_else(|| format!("line {}: `{text}` is no day such as 2026-03-02", line.number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANK: &str = "Date,USD,JPY,CYP,ISK,\n2026-04-02,1.0842,162.50,N/A,N/A,\n2026-04-01,1.10,N/A,N/A,140.5,\n";

    fn rates(text: &str, own: &str) -> Vec<(String, String, String)> {
        let found = read(text.as_bytes(), Currency::parse(own).unwrap()).unwrap();
        found.rates.into_iter().map(|(day, code, rate)| (day.to_string(), code, rate)).collect()
    }

    fn owned(rates: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
        rates.iter().map(|(day, code, rate)| ((*day).to_owned(), (*code).to_owned(), (*rate).to_owned())).collect()
    }

    #[test]
    fn the_bank_s_file_is_read_as_it_is() {
        let expected = [
            ("2026-04-01", "USD", "1.10"),
            ("2026-04-01", "ISK", "140.5"),
            ("2026-04-02", "USD", "1.0842"),
            ("2026-04-02", "JPY", "162.50"),
        ];
        assert_eq!(rates(BANK, "EUR"), owned(&expected));
        let found = read(BANK.as_bytes(), Currency::parse("EUR").unwrap()).unwrap();
        assert_eq!(found.unknown.into_iter().collect::<Vec<_>>(), ["CYP"]);
        assert_eq!(rates("Date, USD, JPY, \n2 March 2026, 1.0842, 162.50, \n", "EUR").len(), 2);
    }

    #[test]
    fn a_site_that_does_not_keep_its_books_in_euros_gets_cross_rates() {
        let expected = [
            ("2026-04-01", "EUR", "1/1.10"),
            ("2026-04-01", "ISK", "140.5/1.10"),
            ("2026-04-02", "EUR", "1/1.0842"),
            ("2026-04-02", "JPY", "162.50/1.0842"),
        ];
        assert_eq!(rates(BANK, "USD"), owned(&expected));
        assert_eq!(rates(BANK, "JPY").len(), 2, "a day without a rate for the site's currency has none");
        assert!(read(BANK.as_bytes(), Currency::parse("GBP").unwrap()).unwrap_err().contains("GBP"));
    }

    #[test]
    fn one_rate_a_line_says_what_a_unit_is_worth() {
        let expected = [("2026-02-01", "EUR", "1/1.1000"), ("2026-02-02", "JPY", "1/0.0067")];
        assert_eq!(
            rates("date,currency,rate\n2026-02-02,JPY,0.0067\n2026-02-01,EUR,1.1000\n", "USD"),
            owned(&expected)
        );
        assert_eq!(rates("2026-02-02,JPY,0.0067\n2026-02-01,EUR,1.1000\n", "USD"), owned(&expected));
        assert_eq!(rates("day;currency;rate\n2026-02-01;EUR;1,1000\n", "USD"), owned(&expected[..1]));
        assert_eq!(
            rates("currency,day,per_unit\nUSD,2026-03-01,1.0842\n", "EUR"),
            owned(&[("2026-03-01", "USD", "1.0842")])
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let euro = Currency::parse("EUR").unwrap();
        for (text, word) in [
            ("date,currency,rate\n2026-02-01,USD,0\n", "line 2"),
            ("date,currency,rate\n2026-02-01,USD,x\n", "line 2"),
            ("date,currency,rate\n\n2026-02-01,XYZ,1\n", "line 3"),
            ("date,currency,rate\n01/02/2026,USD,1\n", "line 2"),
            ("date,currency,rate,per_unit\n2026-02-01,USD,1,1\n", "either"),
            ("Date,USD\n2026-02-01,one\n", "line 2"),
            ("nonsense\n", "line 1"),
        ] {
            let wrong = read(text.as_bytes(), euro).unwrap_err();
            assert!(wrong.contains(word), "{text:?}: {wrong}");
        }
    }
}
