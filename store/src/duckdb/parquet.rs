//! Parquet files out of rows, written by the engine in a database of its own: an export never touches the store, and
//! what does not fit into its memory goes to disk.
//!
//! Values come as text and are cast to their column's type when the file is written, so that an amount becomes a
//! DECIMAL without ever being a binary float.

use super::within_folder;
use crate::{Error, dialect};
use duckdb::{Connection, appender_params_from_iter};
use std::path::Path;

/// What a column of a Parquet file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParquetType {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Whole,
    /// A number with this many decimals.
    Decimal(u8),
    /// An instant, microseconds since 1970 in UTC.
    Time,
}

impl ParquetType {
    fn sql(self) -> String {
        match self {
            Self::Text => "varchar".to_owned(),
            Self::Whole => "bigint".to_owned(),
            Self::Decimal(decimals) => format!("decimal(38, {decimals})"),
            Self::Time => "timestamp with time zone".to_owned(),
        }
    }
}

/// A Parquet file in the making.
pub struct ParquetWriter {
    connection: Connection,
    columns: Vec<(String, ParquetType)>,
}

impl ParquetWriter {
    /// Begins a file with `columns`; what does not fit into memory is put into `folder`, where the file itself must go,
    /// too.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be used.
    pub fn new(folder: &Path, columns: Vec<(String, ParquetType)>) -> Result<Self, Error> {
        let connection = within_folder(folder)?;
        let names: Vec<String> = (0..columns.len()).map(|i| format!("c{i} varchar")).collect();
        connection.execute_batch(&format!("create table rows ({})", names.join(", ")))?;
        Ok(Self { connection, columns })
    }

    /// Adds rows; each has a value for every column, `None` for null.
    ///
    /// # Errors
    /// [`Error::Full`] if the disk is.
    pub fn push(&self, rows: impl IntoIterator<Item = Vec<Option<String>>>) -> Result<(), Error> {
        let mut appender = self.connection.appender("rows")?;
        for row in rows {
            appender.append_row(appender_params_from_iter(row))?;
        }
        Ok(appender.flush()?)
    }

    /// Writes the file to `path`, in the order in which the rows came.
    ///
    /// # Errors
    /// [`Error::Query`] if a value is none of its column's type, [`Error::Full`] if the disk is full.
    pub fn finish(self, path: &Path) -> Result<(), Error> {
        let cast = |(i, (name, kind)): (usize, &(String, ParquetType))| {
            format!("cast(c{i} as {}) as {}", kind.sql(), dialect::quoted(name))
        };
        let columns: Vec<String> = self.columns.iter().enumerate().map(cast).collect();
        let path = dialect::literal(&path.to_string_lossy());
        let copy =
            format!("copy (select {} from rows) to {path} (format parquet, compression zstd)", columns.join(", "));
        Ok(self.connection.execute_batch(&copy)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_exactly_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it's.parquet");
        let columns = vec![
            ("na\"me".to_owned(), ParquetType::Text),
            ("n".to_owned(), ParquetType::Whole),
            ("net_sales".to_owned(), ParquetType::Decimal(4)),
            ("at".to_owned(), ParquetType::Time),
        ];
        let writer = ParquetWriter::new(folder.path(), columns).unwrap();
        let row = |i: i64| {
            vec![
                (i % 7 != 0).then(|| format!("=a{i}\n")),
                Some(i.to_string()),
                Some(format!("-12345678901234567890.{:04}", i % 10_000)),
                Some("2026-03-02T10:00:00.123456Z".to_owned()),
            ]
        };
        writer.push((0..30_000).map(row)).unwrap();
        writer.push([row(30_000)]).unwrap();
        writer.finish(&path).unwrap();

        let reader = within_folder(folder.path()).unwrap();
        let text = dialect::literal(&path.to_string_lossy());
        let types: Vec<String> = reader
            .prepare(&format!("select column_type from (describe select * from {text})"))
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(types, ["VARCHAR", "BIGINT", "DECIMAL(38,4)", "TIMESTAMP WITH TIME ZONE"]);
        let sql = format!(
            "select \"na\"\"me\", n, net_sales::varchar, epoch_us(\"at\") from (select *, row_number() over () as place from {text}) where n = place - 1 and n in (0, 8, 30000)"
        );
        let rows: Vec<(Option<String>, i64, String, i64)> = reader
            .prepare(&sql)
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(
            rows,
            [
                (None, 0, "-12345678901234567890.0000".to_owned(), 1_772_445_600_123_456),
                (Some("=a8\n".to_owned()), 8, "-12345678901234567890.0008".to_owned(), 1_772_445_600_123_456),
                (Some("=a30000\n".to_owned()), 30_000, "-12345678901234567890.0000".to_owned(), 1_772_445_600_123_456),
            ]
        );
    }
}
