//! Queries as Emarsys' clients write them.
//!
//! The script of the classic tracking encodes nothing: an ampersand in a category ends its value, and what follows looks
//! like a parameter of its own. The documented image has blanks and line breaks before every name.

use percent_encoding::percent_decode_str;

/// Parameters in their order, names without the brackets and blanks around them.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query that a browser had to encode because its script did not.
    pub(super) fn of_unencoded(query: &str) -> Self {
        // Whoever writes a blank as %20 means a plus by a plus.
        let plus_is_blank = !query.contains("%20");
        let decode = |text: &str| {
            let text = if plus_is_blank { text.replace('+', " ") } else { text.to_owned() };
            percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        let mut pairs: Vec<(String, String)> = Vec::new();
        for fragment in query.split('&') {
            match (fragment.split_once('='), pairs.last_mut()) {
                (Some((name, value)), _) => pairs.push((bare(&decode(name)), decode(value))),
                // No parameter, but the rest of a value that had an ampersand in it.
                (None, Some((_, value))) if !fragment.is_empty() => {
                    value.push('&');
                    value.push_str(&decode(fragment));
                }
                (None, _) => {}
            }
        }
        Self(pairs)
    }

    /// Reads a query that its client encoded.
    pub(super) fn of_encoded(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self(pairs.map(|(name, value)| (bare(&name), value.into_owned())).collect())
    }

    /// Returns the last value of `name`, trimmed; `None` if it is empty or not there.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next_back().map(str::trim).filter(|value| !value.is_empty())
    }

    /// Says whether `name` is there, even if empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// Returns every value of `name`, in order.
    pub(super) fn all<'p>(&'p self, name: &str) -> impl DoubleEndedIterator<Item = &'p str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the parameters that `known` does not list.
    pub(super) fn others<'p>(&'p self, known: &'p [&str]) -> impl Iterator<Item = (&'p str, &'p str)> {
        let others = self.0.iter().filter(move |(name, _)| !name.is_empty() && !known.contains(&name.as_str()));
        others.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Returns the name of `code[]`, or of `code[0]`, without blanks: `code`.
fn bare(name: &str) -> String {
    let name = name.trim();
    name.split_once('[').map_or(name, |(name, _)| name).to_owned()
}
