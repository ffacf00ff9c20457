//! How a row struct becomes columns and columns become row structs again.
//!
//! A table is declared once by naming its struct's fields; every field type says for itself which columns it fills.
//! Columns go to the engine and come back as Arrow arrays. What the columns mean is none of this file's business.

use crate::Error;
use duckdb::arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray, UInt8Array,
    UInt32Array, UInt64Array,
};
use duckdb::arrow::datatypes::{DataType, Field as ArrowField, Schema, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// A struct whose values are rows of a table.
pub(crate) trait Table: Sized {
    /// The table's name.
    const NAME: &'static str;

    /// Returns the names of its columns in their order.
    fn column_names() -> Vec<String>;

    /// Returns `rows` as columns.
    fn arrays(rows: &[&Self]) -> Vec<ArrayRef>;

    /// Reads the row that `reader` stands at.
    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error>;
}

/// A field of a row: one column or several.
pub(crate) trait Field: Sized {
    /// Adds the names of its columns, for a field called `name`.
    fn names(name: &str, out: &mut Vec<String>);

    /// Adds its columns.
    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>)
    where
        Self: 'a;

    /// Reads it from the columns that come next.
    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error>;
}

/// A value that fills one column.
pub(crate) trait Scalar: Sized {
    /// Returns values as a column; `None` is NULL.
    fn array<'a>(values: impl Iterator<Item = Option<&'a Self>>) -> ArrayRef
    where
        Self: 'a;

    /// Returns the value of a cell that is not NULL; `None` if it is none of this type.
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

impl<T: Scalar> Field for T {
    fn names(name: &str, out: &mut Vec<String>) {
        out.push(name.to_owned());
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>)
    where
        Self: 'a,
    {
        out.push(T::array(values.map(Some)));
    }

    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        reader.next_scalar::<T>()?.ok_or_else(|| reader.unexpected("NULL"))
    }
}

impl<T: Scalar> Field for Option<T> {
    fn names(name: &str, out: &mut Vec<String>) {
        out.push(name.to_owned());
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>)
    where
        Self: 'a,
    {
        out.push(T::array(values.map(Option::as_ref)));
    }

    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        reader.next_scalar::<T>()
    }
}

/// One cell that is not NULL.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'a> {
    U8(u8),
    U32(u32),
    U64(u64),
    I64(i64),
    Time(i64),
    Bool(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
}

enum Column<'a> {
    U8(&'a UInt8Array),
    U32(&'a UInt32Array),
    U64(&'a UInt64Array),
    I64(&'a Int64Array),
    Time(&'a TimestampMicrosecondArray),
    Bool(&'a BooleanArray),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
}

/// Reads the rows of a batch, field by field from left to right.
pub(crate) struct RowReader<'a> {
    columns: Vec<Column<'a>>,
    names: Arc<Schema>,
    row: usize,
    next: usize,
}

impl<'a> RowReader<'a> {
    fn new(batch: &'a RecordBatch) -> Result<Self, Error> {
        let columns = batch.columns().iter().map(column_of).collect::<Result<_, _>>()?;
        Ok(Self { columns, names: batch.schema(), row: 0, next: 0 })
    }

    fn next_scalar<T: Scalar>(&mut self) -> Result<Option<T>, Error> {
        let at = self.next;
        self.next += 1;
        let row = self.row;
        let cell = match self.columns.get(at) {
            Some(Column::U8(a)) => a.is_valid(row).then(|| Cell::U8(a.value(row))),
            Some(Column::U32(a)) => a.is_valid(row).then(|| Cell::U32(a.value(row))),
            Some(Column::U64(a)) => a.is_valid(row).then(|| Cell::U64(a.value(row))),
            Some(Column::I64(a)) => a.is_valid(row).then(|| Cell::I64(a.value(row))),
            Some(Column::Time(a)) => a.is_valid(row).then(|| Cell::Time(a.value(row))),
            Some(Column::Bool(a)) => a.is_valid(row).then(|| Cell::Bool(a.value(row))),
            Some(Column::Text(a)) => a.is_valid(row).then(|| Cell::Text(a.value(row))),
            Some(Column::Bytes(a)) => a.is_valid(row).then(|| Cell::Bytes(a.value(row))),
            None => return Err(Error::Query("a row has fewer columns than its struct".to_owned())),
        };
        match cell {
            None => Ok(None),
            Some(cell) => T::from_cell(cell).map(Some).ok_or_else(|| self.unexpected(&format!("{cell:?}"))),
        }
    }

    /// Returns the error for a cell that was just read and is not what its field takes.
    pub(crate) fn unexpected(&self, found: &str) -> Error {
        let name = self.next.checked_sub(1).and_then(|i| self.names.fields().get(i)).map_or("?", |f| f.name());
        Error::Broken(format!("column `{name}` holds {found}"))
    }
}

fn column_of(array: &ArrayRef) -> Result<Column<'_>, Error> {
    let any = array.as_any();
    let column = match array.data_type() {
        DataType::UInt8 => any.downcast_ref().map(Column::U8),
        DataType::UInt32 => any.downcast_ref().map(Column::U32),
        DataType::UInt64 => any.downcast_ref().map(Column::U64),
        DataType::Int64 => any.downcast_ref().map(Column::I64),
        DataType::Timestamp(TimeUnit::Microsecond, None) => any.downcast_ref().map(Column::Time),
        DataType::Boolean => any.downcast_ref().map(Column::Bool),
        DataType::Utf8 => any.downcast_ref().map(Column::Text),
        DataType::Binary => any.downcast_ref().map(Column::Bytes),
        _ => None,
    };
    column.ok_or_else(|| Error::Query(format!("no field is of type {}", array.data_type())))
}

/// Reads every row of `batches` whose columns are those of `T`, in their order.
pub(crate) fn read_rows<T: Field>(batches: &[RecordBatch]) -> Result<Vec<T>, Error> {
    let mut rows = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        let mut reader = RowReader::new(batch)?;
        for row in 0..batch.num_rows() {
            (reader.row, reader.next) = (row, 0);
            rows.push(T::read(&mut reader)?);
        }
    }
    Ok(rows)
}

/// Returns `rows` as one Arrow batch, ready to be appended.
pub(crate) fn batch_of<T: Table>(rows: &[&T]) -> Result<RecordBatch, Error> {
    named_batch(&T::column_names(), T::arrays(rows))
}

/// Returns `arrays` as one Arrow batch with columns named `names`.
pub(crate) fn named_batch(names: &[String], arrays: Vec<ArrayRef>) -> Result<RecordBatch, Error> {
    let fields: Vec<ArrowField> =
        names.iter().zip(&arrays).map(|(n, a)| ArrowField::new(n, a.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|e| Error::Query(e.to_string()))
}

/// Declares a struct's table: its name and its fields, in the order of the table's columns.
macro_rules! table {
    ($row:ty, $name:literal, [$($field:ident),* $(,)?]) => {
        impl crate::table::Table for $row {
            const NAME: &'static str = $name;

            fn column_names() -> Vec<String> {
                let mut names = Vec::new();
                $(crate::table::names_like(|row: &Self| &row.$field, stringify!($field), &mut names);)*
                names
            }

            fn arrays(rows: &[&Self]) -> Vec<duckdb::arrow::array::ArrayRef> {
                let mut arrays = Vec::new();
                $(crate::table::Field::arrays(rows.iter().map(|row| &row.$field), &mut arrays);)*
                arrays
            }

            fn read(reader: &mut crate::table::RowReader<'_>) -> Result<Self, crate::Error> {
                Ok(Self { $($field: crate::table::Field::read(reader)?,)* })
            }
        }
    };
}
pub(crate) use table;

/// Adds the column names of the field that `_get` returns: its type is all that is asked of it.
pub(crate) fn names_like<R, F: Field>(_get: fn(&R) -> &F, name: &str, out: &mut Vec<String>) {
    F::names(name, out);
}

/// A whole row is a field, too, so that a query may return a row with something beside it.
pub(crate) struct Row<T>(pub(crate) T);

impl<T: Table> Field for Row<T> {
    fn names(_: &str, out: &mut Vec<String>) {
        out.extend(T::column_names());
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>)
    where
        Self: 'a,
    {
        let rows: Vec<&T> = values.map(|row| &row.0).collect();
        out.extend(T::arrays(&rows));
    }

    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        T::read(reader).map(Self)
    }
}

macro_rules! tuple_field {
    ($($part:ident $index:tt),*) => {
        impl<$($part: Field),*> Field for ($($part,)*) {
            fn names(name: &str, out: &mut Vec<String>) {
                $($part::names(name, out);)*
            }

            fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>)
            where
                Self: 'a,
            {
                $($part::arrays(values.clone().map(|v| &v.$index), out);)*
            }

            fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
                Ok(($($part::read(reader)?,)*))
            }
        }
    };
}

tuple_field!(A 0, B 1);
tuple_field!(A 0, B 1, C 2);
tuple_field!(A 0, B 1, C 2, D 3);
tuple_field!(A 0, B 1, C 2, D 3, E 4);
tuple_field!(A 0, B 1, C 2, D 3, E 4, F 5);
