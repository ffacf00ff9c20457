//! Columns of whole numbers as they lie in memory, for folds that read millions of them.

use crate::Error;
use duckdb::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use duckdb::arrow::datatypes::{
    DataType, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use std::borrow::Cow;

/// Returns the values of `array`: negative ones as [`i64`] would be cast, times in microseconds, NULL as 0.
///
/// # Errors
/// [`Error::Query`] for a column of another type.
pub(super) fn of(array: &ArrayRef) -> Result<Cow<'_, [u64]>, Error> {
    if array.null_count() > 0 {
        let mut values = values(array)?.into_owned();
        let none = values.iter_mut().enumerate().filter(|(row, _)| array.is_null(*row));
        none.for_each(|(_, value)| *value = 0);
        return Ok(Cow::Owned(values));
    }
    values(array)
}

fn values(array: &ArrayRef) -> Result<Cow<'_, [u64]>, Error> {
    Ok(match array.data_type() {
        DataType::UInt64 => Cow::Borrowed(array.as_primitive::<UInt64Type>().values()),
        DataType::Int64 => cast::<Int64Type>(array, |v| v as u64),
        DataType::Timestamp(TimeUnit::Microsecond, _) => cast::<TimestampMicrosecondType>(array, |v| v as u64),
        DataType::UInt8 => cast::<UInt8Type>(array, u64::from),
        DataType::UInt16 => cast::<UInt16Type>(array, u64::from),
        DataType::UInt32 => cast::<UInt32Type>(array, u64::from),
        DataType::Int8 => cast::<Int8Type>(array, |v| i64::from(v) as u64),
        DataType::Int16 => cast::<Int16Type>(array, |v| i64::from(v) as u64),
        DataType::Int32 => cast::<Int32Type>(array, |v| i64::from(v) as u64),
        DataType::Null => Cow::Owned(vec![0; array.len()]),
        other => return Err(Error::Query(format!("a column of numbers holds {other}"))),
    })
}

fn cast<T: ArrowPrimitiveType>(array: &ArrayRef, to: impl Fn(T::Native) -> u64) -> Cow<'_, [u64]> {
    Cow::Owned(array.as_primitive::<T>().values().iter().map(|value| to(*value)).collect())
}
