//! Why a question cannot be answered: the asker's fault, with a stable code and a remedy.
//!
//! Knows nothing of HTTP; the server turns a [`QueryError`] into its envelope.

/// A query that cannot be answered as it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Stable code, such as `query.unknown_metric`.
    pub code: &'static str,
    /// What is wrong, naming the thing.
    pub message: String,
    /// What would work.
    pub hint: String,
}

impl QueryError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }

    /// Returns the error with the parameter in which it was found.
    pub(crate) fn of_parameter(mut self, name: &str) -> Self {
        self.message = format!("`{name}`: {}", self.message);
        self
    }
}

impl std::fmt::Display for QueryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.hint)
    }
}

impl std::error::Error for QueryError {}

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The asker's fault.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The store could not answer.
    #[error("failed to query the store")]
    Store(#[from] store::Error),
    /// A file could not be written.
    #[error("failed to write a file: {0}")]
    File(String),
    /// The store answered in a shape that the plan does not have; our fault.
    #[error("the store answered {0}")]
    Answer(String),
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::File(error.to_string())
    }
}

impl From<rust_xlsxwriter::XlsxError> for Error {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        Self::File(error.to_string())
    }
}

/// Returns a hint that names the entries of `known` nearest to `name`, or where the whole list, called `list`, is.
pub fn near_names<'a>(name: &str, known: impl Iterator<Item = &'a str>, list: &str) -> String {
    let mut ranked: Vec<(usize, &str)> = known.map(|k| (distance(name, k), k)).collect();
    ranked.sort_unstable();
    let close: Vec<String> = ranked
        .iter()
        .filter(|(d, k)| *d <= 1 + name.len() / 4 || k.contains(name) && name.len() > 3)
        .take(3)
        .map(|(_, k)| format!("`{k}`"))
        .collect();
    if close.is_empty() {
        format!("the {list} are listed in the API documentation")
    } else {
        format!("did you mean {}?", close.join(" or "))
    }
}

/// Returns how many single-letter edits lie between `a` and `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let change = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbours() {
        let known = ["orders", "order_total", "visits", "visitors"];
        assert_eq!(near_names("oders", known.into_iter(), "metrics"), "did you mean `orders`?");
        assert_eq!(near_names("visit", known.into_iter(), "metrics"), "did you mean `visits` or `visitors`?");
        assert_eq!(
            near_names("revenue", known.into_iter(), "metrics"),
            "the metrics are listed in the API documentation"
        );
    }
}
