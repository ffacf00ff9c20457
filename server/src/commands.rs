//! Orders to the applier: few, and carried out between two batches.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use store::Store;

/// An order.
pub(crate) enum Command {
    /// Put this store, rebuilt from the journal into the file, in service.
    Swap(Store, PathBuf),
    /// Go on behind the gap in the journal that begins at this position.
    SkipGap(u64),
}

/// Where orders wait.
#[derive(Default)]
pub(crate) struct Desk {
    waiting: Mutex<Vec<Command>>,
}

impl Desk {
    /// Leaves an order.
    pub(crate) fn leave(&self, command: Command) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(command);
    }

    /// Takes the orders that wait, oldest first.
    pub(crate) fn take(&self) -> Vec<Command> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
