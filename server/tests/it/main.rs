//! End to end: the real binary, over HTTP and the command line.

mod api;
mod captures;
mod cli;
mod crash;
mod dialects;
mod harness;
mod hybrid;
mod matomo_acceptance;
mod money;
mod orders;
mod people;
mod permute;
mod reconcile;
mod segments;
mod trust;
mod webhooks;
mod worked;
