//! Enrichment: from accepted hits to rows. Visit boundaries, identity, sources and channels, bots, carts, the order
//! ledger's merge.
//!
//! Three calls make up the room: [`keys()`] says what a batch touches, the store answers with a state, [`enrich`] turns
//! state and batch into rows. It does no IO, reads no clock, draws no random numbers and keeps nothing between
//! batches; the same journal gives the same rows however it is cut into batches. Start reading at `pipeline.rs`.

mod alias;
mod attach;
mod bot;
mod channel;
mod context;
mod costs;
mod credit;
mod device;
mod erase;
mod exclusion;
mod identity;
mod intake;
mod keys;
mod language;
mod link_codes;
mod page;
mod pipeline;
mod place;
mod recognise;
mod redraw;
mod referrer;
mod rules;
mod sessionise;
mod settle;
mod site;
mod source;
mod touch;
mod visit;
mod work;

mod cart;
mod goal;
mod ledger;
mod order;
mod product;
#[cfg(test)]
mod stage;

pub use erase::Erased;
pub use identity::{is_shared, owner_of};
pub use keys::keys;
pub use ledger::{Disagreement, Explanation, Taken, explain};
pub use pipeline::enrich;
pub use rules::Rules;
