//! A workbook: the rows on its first sheet, what they stand for on its second. Rows go to disk as they come.

use super::file::{Form, too_long};
use crate::error::Error;
use crate::metrics::Unit;
use crate::table::{Cell, Meta};
use rust_decimal::Decimal;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::Write;
use std::path::Path;

/// Most rows of a sheet, its heads included.
const ROWS_MAX: u32 = 1_048_576;
/// Most characters of a cell.
const CELL_MAX: usize = 32_767;
/// Most digits that a binary float gives back one by one.
const DIGITS_MAX: usize = 15;

/// A workbook in the making.
pub(super) struct Spreadsheet {
    workbook: Workbook,
    sheet: Worksheet,
    formats: Vec<Format>,
    next: u32,
    notes: Vec<(&'static str, String)>,
}

impl Spreadsheet {
    pub(super) fn new(folder: &Path, columns: &[(String, Form)], meta: &Meta) -> Result<Self, Error> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder)?;
        let mut sheet = workbook.new_worksheet_with_constant_memory()?;
        sheet.set_name("data")?.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold();
        for (at, (name, form)) in (0_u16..).zip(columns) {
            sheet.set_column_width(at, if *form == Form::Text { 24 } else { 16 })?;
            sheet.write_string_with_format(0, at, name, &bold)?;
        }
        let formats = columns.iter().map(|(_, form)| format_of(*form)).collect();
        Ok(Self { workbook, sheet, formats, next: 1, notes: notes(meta) })
    }

    pub(super) fn push(&mut self, rows: &[Vec<Cell>]) -> Result<(), Error> {
        for row in rows {
            if self.next >= ROWS_MAX {
                return Err(too_long(ROWS_MAX - 1));
            }
            for ((at, cell), format) in (0_u16..).zip(row).zip(&self.formats) {
                write(&mut self.sheet, (self.next, at), cell, format)?;
            }
            self.next += 1;
        }
        Ok(())
    }

    pub(super) fn finish(mut self, out: impl Write + Send) -> Result<(), Error> {
        self.workbook.push_worksheet(self.sheet);
        let about = self.workbook.add_worksheet();
        about.set_name("about")?.set_column_width(0, 16)?.set_column_width(1, 40)?;
        for (row, (name, value)) in (0_u32..).zip(&self.notes) {
            about.write_string(row, 0, *name)?.write_string(row, 1, value)?;
        }
        Ok(self.workbook.save_to_writer(out)?)
    }
}

fn format_of(form: Form) -> Format {
    Format::new().set_num_format(match form {
        Form::Text => "@",
        Form::Time => "yyyy-mm-dd hh:mm:ss",
        Form::Figure(Unit::Money) => "#,##0.00##",
        Form::Figure(Unit::Percent) => "0.00%",
        Form::Figure(Unit::Ratio) => "0.0000",
        Form::Figure(Unit::Count) => "#,##0",
        Form::Figure(Unit::Quantity | Unit::Seconds) => "#,##0.###",
    })
}

fn write(sheet: &mut Worksheet, (row, at): (u32, u16), cell: &Cell, format: &Format) -> Result<(), XlsxError> {
    match cell {
        Cell::Null => {}
        Cell::Text(text) => {
            sheet.write_string(row, at, cut(text))?;
        }
        Cell::Time(time) => match ExcelDateTime::from_timestamp(time.0.div_euclid(1_000_000)) {
            Ok(time) => {
                sheet.write_datetime_with_format(row, at, time, format)?;
            }
            // A spreadsheet's calendar has no year before 1900.
            Err(_) => {
                sheet.write_string(row, at, time.to_string())?;
            }
        },
        figure => {
            let text = figure.text();
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            match text.parse::<Decimal>() {
                Ok(number) if digits <= DIGITS_MAX => sheet.write_with_format(row, at, number, format)?,
                _ => sheet.write_string(row, at, text)?,
            };
        }
    }
    Ok(())
}

/// Returns as much of `text` as a cell holds. What begins like a formula is a text all the same: only formulas run.
fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).take(CELL_MAX).collect()
}

/// Returns what a reader must know of the figures, by name.
fn notes(meta: &Meta) -> Vec<(&'static str, String)> {
    vec![
        ("from", meta.period.from.to_string()),
        ("to", meta.period.to.to_string()),
        ("timezone", meta.timezone.clone()),
        ("times in", "UTC".to_owned()),
        ("currency", meta.currency.clone()),
        ("as_of", meta.as_of.map_or_else(String::new, |at| at.to_string())),
        ("as_of_position", meta.as_of_position.to_string()),
    ]
}
