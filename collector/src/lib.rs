//! The door: who gets in, what a foreign protocol means, and the answer each client expects.
//!
//! It may append to the journal and knows nothing of visits, channels or the store; clock and ids are handed in.
//! Reading order: [`door`], [`accept`], [`protocol`], [`book`].

pub mod accept;
mod answer;
mod body;
pub mod book;
pub mod client;
pub mod counters;
pub mod door;
pub mod limits;
pub mod person;
pub mod place;
pub mod protocol;
pub mod reject;
pub mod scrub;
mod settle;

#[cfg(test)]
mod sample;
