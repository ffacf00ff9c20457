//! Rows as a file for other programs: CSV, XLSX or Parquet, written piece by piece, so that a list may be longer than the
//! memory.
//!
//! What a column holds is said before its first row ([`Form`]); cells are written as exact decimal text. Only a
//! spreadsheet's cells are binary floats by their format: a figure of up to fifteen digits comes out digit by digit, a
//! longer one is written as text.

use super::csv_line;
use super::workbook::Spreadsheet;
use crate::error::{Error, QueryError};
use crate::metrics::Unit;
use crate::table::{Cell, Column, Meta};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use store::parquet::{ParquetType, ParquetWriter};

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// RFC 4180, with a line of names.
    Csv,
    /// A workbook with the rows on its first sheet and what they stand for on its second.
    Xlsx,
    /// Parquet with typed columns; money is DECIMAL(38,4).
    Parquet,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Xlsx, Self::Parquet];

    /// Returns the kind named `name`; `None` if there is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.extension() == name)
    }

    /// Returns the kind's name, which files end with.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// Returns the kind's media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text.
    Text,
    /// Instants.
    Time,
    /// Figures of a unit.
    Figure(Unit),
}

impl Form {
    /// Returns what a report's column holds.
    pub(crate) fn of(column: &Column) -> Self {
        column.unit.map_or(Self::Text, Self::Figure)
    }

    fn parquet(self) -> ParquetType {
        match self {
            Self::Text => ParquetType::Text,
            Self::Time => ParquetType::Time,
            Self::Figure(Unit::Count) => ParquetType::Whole,
            Self::Figure(Unit::Quantity) => ParquetType::Decimal(3),
            Self::Figure(Unit::Seconds) => ParquetType::Decimal(1),
            Self::Figure(Unit::Money | Unit::Percent | Unit::Ratio) => ParquetType::Decimal(4),
        }
    }
}

/// A file in the making.
pub struct FileMaker {
    path: PathBuf,
    out: Out,
}

enum Out {
    Csv(BufWriter<File>),
    Xlsx(Box<Spreadsheet>),
    Parquet(ParquetWriter),
}

impl FileMaker {
    /// Begins the file `path` with columns of these names and forms. What does not fit into memory lies in the same
    /// folder until the file is finished.
    ///
    /// # Errors
    /// [`Error::File`] if the folder cannot be written to.
    pub fn new(kind: FileKind, path: &Path, columns: &[(String, Form)], meta: &Meta) -> Result<Self, Error> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let out = match kind {
            FileKind::Csv => {
                let mut file = BufWriter::new(File::create(path)?);
                let names: Vec<Cell> = columns.iter().map(|(name, _)| Cell::Text(name.clone())).collect();
                file.write_all(csv_line(&names).as_bytes())?;
                Out::Csv(file)
            }
            FileKind::Xlsx => Out::Xlsx(Box::new(Spreadsheet::new(folder, columns, meta)?)),
            FileKind::Parquet => {
                let columns = columns.iter().map(|(name, form)| (name.clone(), form.parquet())).collect();
                Out::Parquet(ParquetWriter::new(folder, columns)?)
            }
        };
        Ok(Self { path: path.to_owned(), out })
    }

    /// Adds rows, one cell per column.
    ///
    /// # Errors
    /// [`Error::File`] if they cannot be written; [`Error::Query`] for more rows than the kind of file can hold.
    pub fn push(&mut self, rows: &[Vec<Cell>]) -> Result<(), Error> {
        match &mut self.out {
            Out::Csv(file) => rows.iter().try_for_each(|row| Ok(file.write_all(csv_line(row).as_bytes())?)),
            Out::Xlsx(sheet) => sheet.push(rows),
            Out::Parquet(writer) => {
                let text = |cell: &Cell| if *cell == Cell::Null { None } else { Some(cell.text()) };
                Ok(writer.push(rows.iter().map(|row| row.iter().map(text).collect()))?)
            }
        }
    }

    /// Writes what is left; the file is whole from here on.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Store`] if it cannot be written.
    pub fn finish(self) -> Result<(), Error> {
        match self.out {
            Out::Csv(mut file) => Ok(file.flush()?),
            Out::Xlsx(sheet) => sheet.finish(BufWriter::new(File::create(&self.path)?)),
            Out::Parquet(writer) => Ok(writer.finish(&self.path)?),
        }
    }
}

impl crate::Table {
    /// Writes the table's rows to the file `path`; totals are left out, so that the sum of a column is its total.
    ///
    /// # Errors
    /// As [`FileMaker`]'s.
    pub fn to_file(&self, kind: FileKind, path: &Path) -> Result<(), Error> {
        let columns: Vec<(String, Form)> = self.columns.iter().map(|c| (c.name.clone(), Form::of(c))).collect();
        let mut file = FileMaker::new(kind, path, &columns, &self.meta)?;
        file.push(&self.rows)?;
        file.finish()
    }
}

/// Returns the error for rows that do not fit into a file of this kind.
pub(crate) fn too_long(most: u32) -> Error {
    Error::Query(QueryError::new(
        "export.too_long",
        format!("a spreadsheet holds {most} rows at most"),
        "take a shorter period, or format=csv or format=parquet",
    ))
}
