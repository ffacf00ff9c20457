//! Countly's `/i`.

use super::{Answer, Reading, Request};
use crate::reject::Reject;

/// Says whether `path` is one of the dialect's.
pub(crate) fn owns(_path: &str) -> bool {
    false
}

/// Reads a request of the dialect, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(_request: &Request) -> Result<Reading, Answer> {
    Err(Reject::PathUnknown.answer())
}

/// Says whether a request to `/i`, which Snowplow's clients use as well, is one of Countly's.
pub(super) fn is_meant(_request: &Request) -> bool {
    false
}
