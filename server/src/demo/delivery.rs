//! One request to the demo's door, and who sends it.

use commerce::time::Timestamp;

/// A request: its sender, and the events that it carries.
pub(super) struct Delivery {
    /// When it was sent, or when the visit began that it tells of.
    #[cfg_attr(not(test), expect(dead_code, reason = "requests come in this order; only the test looks"))]
    pub(super) at: Timestamp,
    /// Who sends it.
    pub(super) sender: Sender,
    /// Body.
    pub(super) body: String,
}

/// Who sends a request.
pub(super) enum Sender {
    /// A browser, to `/v1/collect`.
    Browser {
        /// User-Agent header.
        user_agent: &'static str,
        /// Accept-Language header.
        languages: &'static str,
        /// Country, as a proxy would tell it.
        country: &'static str,
    },
    /// The shop's own systems, to `/v1/events` with a token.
    Office,
}
