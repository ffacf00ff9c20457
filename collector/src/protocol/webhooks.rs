//! Webhooks of shop platforms and payment providers: Shopify, Stripe, WooCommerce.

use super::{Answer, Reading, Request};
use crate::reject::Reject;
use commerce::hit::Dialect;

/// Returns the dialect whose webhooks `path` takes, `None` if it takes none.
pub(crate) fn dialect_of(_path: &str) -> Option<Dialect> {
    None
}

/// Reads a webhook of `dialect`, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(_dialect: Dialect, _request: &Request) -> Result<Reading, Answer> {
    Err(Reject::PathUnknown.answer())
}
