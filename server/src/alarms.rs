//! Alarms: what an operator must know, each under a stable name until it is over. Shown by the status page.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The open alarms.
#[derive(Default)]
pub(crate) struct Alarms {
    open: Mutex<BTreeMap<&'static str, String>>,
}

impl Alarms {
    /// Raises the alarm `name`, or changes its text. It is logged when either is new.
    pub(crate) fn raise(&self, name: &'static str, text: impl Into<String>) {
        let text = text.into();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.get(name) != Some(&text) {
            tracing::error!(alarm = name, text, "an alarm was raised");
            open.insert(name, text);
        }
    }

    /// Ends the alarm `name`, if it is open.
    pub(crate) fn clear(&self, name: &'static str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.remove(name).is_some() {
            tracing::info!(alarm = name, "an alarm is over");
        }
    }

    /// Returns the open alarms by name.
    pub(crate) fn open(&self) -> BTreeMap<&'static str, String> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
