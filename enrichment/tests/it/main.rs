//! Tests of the whole room: journals in, rows out, through a store in memory.

mod batches;
mod buyers;
mod matomo;
mod memory;
mod permute;
mod sales;
mod visits;
