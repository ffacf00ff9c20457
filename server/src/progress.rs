//! How far the applier is: the position up to which the store holds the journal, for whoever waits for it.

use std::time::Duration;
use tokio::sync::watch;

/// The applied position, published after every batch.
pub(crate) struct Progress {
    applied: watch::Sender<u64>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { applied: watch::Sender::new(0) }
    }
}

impl Progress {
    /// Returns the position up to which the store holds the journal.
    pub(crate) fn applied(&self) -> u64 {
        *self.applied.borrow()
    }

    /// Publishes a position.
    pub(crate) fn publish(&self, position: u64) {
        self.applied.send_replace(position);
    }

    /// Waits until `position` is applied, `at_most` that long.
    pub(crate) async fn wait_for(&self, position: u64, at_most: Duration) {
        let mut applied = self.applied.subscribe();
        let reached = applied.wait_for(|applied| *applied >= position);
        // Whoever waited in vain reads the position all the same.
        drop(tokio::time::timeout(at_most, reached).await);
    }
}
