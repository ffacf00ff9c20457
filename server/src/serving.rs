//! The store that serves: one handle that readers share and that only the applier takes away, to swap or reopen it.
//!
//! DuckDB names its write-ahead log after its file, so a store is never renamed while it is open: the applier waits
//! until no query runs, closes it, moves files and opens the new one. Readers find the store away for that moment.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use store::Store;

/// The store is closed at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoreAway;

/// The store in service.
#[derive(Default)]
pub(crate) struct ServingStore {
    store: RwLock<Option<Store>>,
}

impl ServingStore {
    fn guard(&self) -> RwLockReadGuard<'_, Option<Store>> {
        // The store guards its own state; a reader's panic leaves it as it was.
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `read` with the store.
    ///
    /// # Errors
    /// [`StoreAway`] if no store is open now.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Store) -> T) -> Result<T, StoreAway> {
        self.guard().as_ref().map(read).ok_or(StoreAway)
    }

    /// Says whether a store is open.
    pub(crate) fn is_open(&self) -> bool {
        self.guard().is_some()
    }

    /// Waits until nobody reads, hands the open store to `change`, and puts what it returns in service.
    pub(crate) fn replace(&self, change: impl FnOnce(Option<Store>) -> Option<Store>) {
        let mut slot = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let old = slot.take();
        *slot = change(old);
    }
}
