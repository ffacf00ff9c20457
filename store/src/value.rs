//! Values that go into a query as bound parameters and come out of it as a result. Knows no table.

use commerce::Timestamp;

/// One value of a query: a bound parameter or a cell of its result.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not known.
    Null,
    /// True or false.
    Bool(bool),
    /// A signed integer of up to 64 bits.
    Int(i64),
    /// An unsigned integer of up to 64 bits: keys, positions, counts.
    UInt(u64),
    /// A signed integer of up to 128 bits: what sums of integers come as.
    Huge(i128),
    /// A binary floating point number: never money.
    Double(f64),
    /// A text.
    Text(String),
    /// An instant.
    Time(Timestamp),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// Returns the value as an integer; `None` if it is none or does not fit.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::UInt(n) => i64::try_from(*n).ok(),
            Self::Huge(n) => i64::try_from(*n).ok(),
            _ => None,
        }
    }

    /// Returns the value as an integer of 128 bits; `None` if it is none.
    pub fn as_i128(&self) -> Option<i128> {
        match self {
            Self::Int(n) => Some(i128::from(*n)),
            Self::UInt(n) => Some(i128::from(*n)),
            Self::Huge(n) => Some(*n),
            _ => None,
        }
    }

    /// Returns the value as an unsigned integer; `None` if it is none or does not fit.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_i128().and_then(|n| u64::try_from(n).ok())
    }

    /// Returns the value as text; `None` if it is none.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value as an instant; `None` if it is none.
    pub fn as_time(&self) -> Option<Timestamp> {
        match self {
            Self::Time(at) => Some(*at),
            _ => None,
        }
    }

    /// Says whether the value is not known.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

macro_rules! value_from {
    ($($type:ty => $make:expr),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                ($make)(value)
            }
        })*
    };
}

value_from! {
    bool => Value::Bool,
    i64 => Value::Int,
    u64 => Value::UInt,
    u32 => |n| Value::UInt(u64::from(n)),
    i128 => Value::Huge,
    String => Value::Text,
    &str => |t: &str| Value::Text(t.to_owned()),
    Timestamp => Value::Time,
    commerce::SiteId => |s: commerce::SiteId| Value::UInt(u64::from(s.0)),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What a query returned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultSet {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows, each with one value per column.
    pub rows: Vec<Vec<Value>>,
}

impl ResultSet {
    /// Returns the place of the column `name`, `None` if there is none.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }
}
