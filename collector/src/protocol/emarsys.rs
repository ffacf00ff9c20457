//! Emarsys' image pixel and `ScarabQueue`.

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
