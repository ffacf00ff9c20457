//! Every limit of the door, as named constants with their units, and the few that an operator may change.
//!
//! The limits of connections (how many, how long they may idle) stand here too, so that there is one list; the accept
//! loop of the server enforces them. A request over a limit is refused with its own status and is never cut silently.

use std::time::Duration;

/// Largest body as it travels, in bytes: 1 MiB.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Largest body of the browser endpoint as it travels, in bytes: 64 KiB.
pub const BODY_BYTES_BROWSER_MAX: usize = 64 << 10;
/// Largest body once decompressed, in bytes: 4 MiB.
pub const BODY_DECODED_BYTES_MAX: usize = 4 << 20;
/// Bodies held in memory at one time, in bytes: 64 MiB.
pub const BODIES_IN_FLIGHT_BYTES_MAX: usize = 64 << 20;
/// Most events in one native request.
pub const EVENTS_PER_REQUEST_MAX: usize = 500;
/// Largest event, in bytes of its JSON text: 32 KiB.
pub const EVENT_BYTES_MAX: usize = 32 << 10;
/// Longest text, in bytes; longer ones are cut and marked.
pub const TEXT_BYTES_MAX: usize = 4 << 10;
/// Longest URL, in bytes; longer ones are cut and marked.
pub const URL_BYTES_MAX: usize = 8 << 10;
/// Longest User-Agent kept, in bytes.
pub const USER_AGENT_BYTES_MAX: usize = 1 << 10;
/// Longest Accept-Language kept, in bytes.
pub const LANGUAGE_BYTES_MAX: usize = 200;
/// Deepest nesting of an event's JSON, the event itself counted.
pub const DEPTH_MAX: usize = 8;
/// Most items of one event.
pub const ITEMS_MAX: usize = 200;
/// Most texts in a short list of an event: coupons, other ids of an order, click ids.
pub const LIST_MAX: usize = 50;
/// How far ahead of its arrival an event may be dated, in seconds: 24 h.
pub const FUTURE_S_MAX: i64 = 86_400;
/// Longest request target, in bytes: 16 KiB.
pub const TARGET_BYTES_MAX: usize = 16 << 10;
/// Most headers of a request.
pub const HEADERS_MAX: usize = 64;
/// All headers of a request together, in bytes: 16 KiB.
pub const HEADER_BYTES_MAX: usize = 16 << 10;
/// How long a client may take to send its headers.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take between two pieces of its body.
pub const BODY_CHUNK_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a request may take to arrive as a whole.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may idle between requests.
pub const KEEP_ALIVE: Duration = Duration::from_mins(1);
/// Most connections at one time.
pub const CONNECTIONS_MAX: usize = 4096;
/// Most connections of one address; loopback and trusted proxies are exempt.
pub const CONNECTIONS_PER_IP_MAX: usize = 64;

/// The limits that `accept` reads at run time, so that a test need not wait half a minute.
#[derive(Clone, Debug)]
pub struct Limits {
    /// See [`BODY_BYTES_MAX`].
    pub body_bytes_max: usize,
    /// See [`BODY_BYTES_BROWSER_MAX`].
    pub body_bytes_browser_max: usize,
    /// See [`BODY_DECODED_BYTES_MAX`].
    pub body_decoded_bytes_max: usize,
    /// See [`BODIES_IN_FLIGHT_BYTES_MAX`].
    pub bodies_in_flight_bytes_max: usize,
    /// See [`BODY_CHUNK_TIMEOUT`].
    pub body_chunk_timeout: Duration,
    /// See [`REQUEST_TIMEOUT`].
    pub request_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: BODY_BYTES_MAX,
            body_bytes_browser_max: BODY_BYTES_BROWSER_MAX,
            body_decoded_bytes_max: BODY_DECODED_BYTES_MAX,
            bodies_in_flight_bytes_max: BODIES_IN_FLIGHT_BYTES_MAX,
            body_chunk_timeout: BODY_CHUNK_TIMEOUT,
            request_timeout: REQUEST_TIMEOUT,
        }
    }
}
