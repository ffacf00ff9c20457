//! Logs on standard error: readable lines on a terminal, JSON otherwise.
//!
//! No address, e-mail, token or query string is ever logged; what is logged names sites, positions and codes.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging. `TALLYHO_LOG` filters as in `info` or `server=debug`; info and up by default.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("TALLYHO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        builder.with_target(false).compact().try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
    };
    // Already started: a test runs several commands in one process.
    drop(started);
}
