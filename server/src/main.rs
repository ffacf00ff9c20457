//! The binary `tallyho`: reads the command line and does what it says.

mod accounts;
mod alarms;
mod api;
mod app;
mod bench;
mod cli;
mod clock;
mod commands;
mod control;
mod dashboard;
mod demo;
mod erasure;
mod feed;
mod gaps;
mod ids;
mod lease;
mod listen;
mod logs;
mod pipeline;
mod progress;
mod rebuild;
mod reconcile;
mod serve;
mod serving;
mod sheet;
mod sightings;
mod slots;
mod socket;
mod start;
mod sums;
mod turns;
mod warehouse;

use std::process::ExitCode;

/// DuckDB and tokio allocate from many threads; the system's allocator keeps what it once had.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
