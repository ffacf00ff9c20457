//! Marks on a hit.

/// A text was cut to its limit.
pub const TRUNCATED: u32 = 1;
/// A number had more decimals than are kept.
pub const ROUNDED: u32 = 1 << 1;
/// The client's clock lay more than 24 h ahead; the time was cut back.
pub const CLAMPED_FUTURE: u32 = 1 << 2;
/// An order dated outside its window; kept.
pub const BACKDATED: u32 = 1 << 3;
/// The client asks for a new visit (Matomo's `new_visit=1`).
pub const NEW_VISIT: u32 = 1 << 4;
/// The client asks to count bots (Matomo's `bots=1`).
pub const COUNT_BOTS: u32 = 1 << 5;
/// The visitor id is certain (Matomo's `cid`): no other way of recognition may override it.
pub const FORCED_VISITOR: u32 = 1 << 6;
/// A value could not be understood and was left out (Matomo's coercions).
pub const VALUE_DROPPED: u32 = 1 << 7;
/// Card numbers or secrets were scrubbed.
pub const SCRUBBED: u32 = 1 << 8;
/// An id was a placeholder and was refused as an id.
pub const PLACEHOLDER_ID: u32 = 1 << 9;
/// The sender's event id was missing and one was made: a retry cannot be recognised.
pub const NO_EVENT_ID: u32 = 1 << 10;
/// It carried a signature that is not the site's, or no longer holds: it is as unverified as without one.
pub const BAD_SIGNATURE: u32 = 1 << 11;
/// Set by enrichment, never sent: the event belongs to its visit without extending it (a server's).
pub const ATTACHED: u32 = 1 << 20;
