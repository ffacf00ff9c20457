//! Rows of a lookup as JSON: cells by the name of their column, money as decimal text, time as RFC 3339, keys as hex.

use commerce::Timestamp;
use commerce::hit::{Dialect, OrderStatus, Origin, Trust};
use commerce::money::Amount;
use store::{ResultSet, Value};

/// One row of a result.
pub(super) struct Cells<'a> {
    result: &'a ResultSet,
    row: &'a [Value],
}

/// Returns the rows of `result`, each as `shape` shows it.
pub(super) fn rows_as<T>(result: &ResultSet, mut shape: impl FnMut(&Cells<'_>) -> T) -> Vec<T> {
    result.rows.iter().map(|row| shape(&Cells { result, row })).collect()
}

impl Cells<'_> {
    fn get(&self, column: &str) -> &Value {
        self.result.column(column).and_then(|at| self.row.get(at)).unwrap_or(&Value::Null)
    }

    /// Returns a text, `None` for null.
    pub(super) fn text(&self, column: &str) -> Option<String> {
        self.get(column).as_text().map(str::to_owned)
    }

    /// Returns an instant as RFC 3339, `None` for null.
    pub(super) fn time(&self, column: &str) -> Option<String> {
        self.get(column).as_time().map(|at| at.to_string())
    }

    /// Returns an amount as decimal text, `None` for null.
    pub(super) fn amount(&self, column: &str) -> Option<String> {
        self.get(column).as_i64().map(|n| Amount(n).to_string())
    }

    /// Returns a whole number, `None` for null.
    pub(super) fn int(&self, column: &str) -> Option<i64> {
        self.get(column).as_i64()
    }

    /// Returns an instant, `None` for null.
    pub(super) fn instant(&self, column: &str) -> Option<Timestamp> {
        self.get(column).as_time()
    }

    /// Returns a position.
    pub(super) fn position(&self, column: &str) -> u64 {
        self.get(column).as_u64().unwrap_or(0)
    }

    /// Returns a key as 16 hexadecimal digits, `None` for null: JavaScript reads no integer of 64 bits.
    pub(super) fn key(&self, column: &str) -> Option<String> {
        self.get(column).as_u64().map(key_text)
    }

    /// Returns true or false, `None` for null.
    pub(super) fn flag(&self, column: &str) -> Option<bool> {
        match self.get(column) {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Returns the name that `names` gives the number in the column, `None` for null.
    pub(super) fn named(&self, column: &str, names: &[&'static str]) -> Option<&'static str> {
        self.get(column).as_u64().and_then(|n| names.get(n as usize)).copied()
    }
}

/// Returns a key as 16 hexadecimal digits.
pub(super) fn key_text(key: u64) -> String {
    format!("{key:016x}")
}

/// Names of [`OrderStatus`] by number.
pub(super) const STATUSES: &[&str] = &["pending", "confirmed", "cancelled", "failed"];
/// Names of [`Origin`] by number.
pub(super) const ORIGINS: &[&str] = &["pixel", "browser", "app", "server", "platform", "import"];
/// Names of [`Trust`] by number.
pub(super) const TRUSTS: &[&str] = &["unverified", "verified"];

/// Returns the status's public name.
pub(super) fn status_name(status: OrderStatus) -> &'static str {
    STATUSES[status as usize]
}

/// Returns the origin's public name.
pub(super) fn origin_name(origin: Origin) -> &'static str {
    ORIGINS[origin as usize]
}

/// Returns the trust's public name.
pub(super) fn trust_name(trust: Trust) -> &'static str {
    TRUSTS[trust as usize]
}

/// Returns the dialect's public name.
pub(super) fn dialect_name(dialect: Dialect) -> &'static str {
    dialect.name()
}
