//! How many connections there may be: in all, and of one address.

use collector::limits::{CONNECTIONS_MAX, CONNECTIONS_PER_IP_MAX};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections there are.
#[derive(Default)]
pub(crate) struct Slots {
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One connection's place; free again when dropped.
pub(crate) struct Slot {
    slots: Arc<Slots>,
    address: Option<IpAddr>,
}

impl Slots {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a connection from `address`; `None` if there is none left. Exempt addresses count in the total
    /// only.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr, is_exempt: bool) -> Option<Slot> {
        let mut taken = self.lock();
        if taken.total >= CONNECTIONS_MAX {
            return None;
        }
        let address = (!is_exempt).then(|| address.to_canonical());
        if let Some(address) = address {
            let count = taken.by_address.entry(address).or_default();
            if *count >= CONNECTIONS_PER_IP_MAX {
                return None;
            }
            *count += 1;
        }
        taken.total += 1;
        Some(Slot { slots: Arc::clone(self), address })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.lock();
        taken.total -= 1;
        let Some(address) = self.address else { return };
        if let Some(count) = taken.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let slots = Arc::new(Slots::default());
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        let mut held: Vec<Slot> = (0..CONNECTIONS_PER_IP_MAX).filter_map(|_| slots.take(address, false)).collect();
        assert_eq!(held.len(), CONNECTIONS_PER_IP_MAX);
        assert!(slots.take(mapped, false).is_none());
        assert!(slots.take("192.0.2.2".parse().unwrap(), false).is_some());
        held.pop();
        assert!(slots.take(mapped, false).is_some());
    }

    #[test]
    fn there_are_only_so_many_places() {
        let slots = Arc::new(Slots::default());
        let local: IpAddr = "127.0.0.1".parse().unwrap();
        let held: Vec<Slot> = (0..=CONNECTIONS_MAX).filter_map(|_| slots.take(local, true)).collect();
        assert_eq!(held.len(), CONNECTIONS_MAX);
        drop(held);
        assert!(slots.take(local, true).is_some());
    }
}
