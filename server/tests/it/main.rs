//! End to end: the real binary, over HTTP and the command line.

mod api;
mod captures;
mod cli;
mod crash;
mod harness;
mod matomo_acceptance;
