//! Turns: how many reports are worked on at one time, and whose is next.
//!
//! Reports share the cores, so that a short one need not wait for the end of a long one; but each takes memory, so there
//! are only so many at a time. The others wait in a queue, from which the site with the fewest reports under way is
//! served first, so that nobody's dashboard waits behind a hundred requests of somebody else's. Who waits and goes away
//! leaves the queue.

use commerce::SiteId;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Most reports that wait, of one site and of all. At the usual speed that is a minute's work.
const WAITING_OF_SITE_MAX: usize = 32;
const WAITING_MAX: usize = 128;

const AT_ONCE_PER_CORE: usize = 4;

/// Who has a turn, and who waits for one.
pub(crate) struct Turns {
    at_once: usize,
    state: Mutex<State>,
    given_up: AtomicU64,
}

#[derive(Default)]
struct State {
    running: usize,
    running_of: HashMap<SiteId, usize>,
    waiting: VecDeque<(SiteId, oneshot::Sender<Turn>)>,
}

/// The right to work on one report; given on when dropped.
pub(crate) struct Turn {
    turns: Arc<Turns>,
    site: SiteId,
}

/// Why nobody more may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// Too many reports of this site wait already.
    Site,
    /// Too many reports wait.
    All,
}

impl Default for Turns {
    /// Four for each core.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::new(cores * AT_ONCE_PER_CORE)
    }
}

impl Turns {
    fn new(at_once: usize) -> Self {
        Self { at_once, state: Mutex::default(), given_up: AtomicU64::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn for a report of `site`.
    ///
    /// # Errors
    /// [`Crowded`] if too many wait already.
    pub(crate) async fn take(self: &Arc<Self>, site: SiteId) -> Result<Turn, Crowded> {
        let mine = {
            let mut state = self.lock();
            if state.running < self.at_once {
                return Ok(state.begin(self, site));
            }
            state.waiting.retain(|(_, waiting)| !waiting.is_closed());
            if state.waiting.len() >= WAITING_MAX {
                return Err(Crowded::All);
            }
            if state.waiting.iter().filter(|(of, _)| *of == site).count() >= WAITING_OF_SITE_MAX {
                return Err(Crowded::Site);
            }
            let (turn, mine) = oneshot::channel();
            state.waiting.push_back((site, turn));
            mine
        };
        // The other end stays in the queue until it is served.
        mine.await.map_err(|_| Crowded::All)
    }

    /// Notes that nobody waited any more for what was worked on.
    pub(crate) fn note_given_up(&self) {
        self.given_up.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many reports nobody waited for any more when they ended, since the start.
    pub(crate) fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Returns how many reports are worked on, and how many wait.
    pub(crate) fn busy(&self) -> (usize, usize) {
        let state = self.lock();
        (state.running, state.waiting.iter().filter(|(_, waiting)| !waiting.is_closed()).count())
    }
}

impl State {
    fn begin(&mut self, turns: &Arc<Turns>, site: SiteId) -> Turn {
        self.running += 1;
        *self.running_of.entry(site).or_default() += 1;
        Turn { turns: Arc::clone(turns), site }
    }

    /// Takes out of the queue whose site has the fewest reports under way, of equals who came first.
    fn next(&mut self) -> Option<(SiteId, oneshot::Sender<Turn>)> {
        self.waiting.retain(|(_, waiting)| !waiting.is_closed());
        let busy = |site: &SiteId| self.running_of.get(site).copied().unwrap_or(0);
        let at = self.waiting.iter().enumerate().min_by_key(|(at, (site, _))| (busy(site), *at))?.0;
        self.waiting.remove(at)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.lock();
        state.running -= 1;
        if let Some(count) = state.running_of.get_mut(&self.site) {
            *count -= 1;
            if *count == 0 {
                state.running_of.remove(&self.site);
            }
        }
        let Some((site, waiting)) = state.next() else { return };
        let turn = state.begin(&self.turns, site);
        // Not under the lock: a turn that nobody takes any more is dropped, and gives itself on.
        drop(state);
        drop(waiting.send(turn));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    const A: SiteId = SiteId(1);
    const B: SiteId = SiteId(2);

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(out) => Some(out),
            Poll::Pending => None,
        }
    }

    #[test]
    fn the_site_with_the_fewest_under_way_is_next() {
        let turns = Arc::new(Turns::new(2));
        let first = poll(pin!(turns.take(A))).unwrap().unwrap();
        let second = poll(pin!(turns.take(A))).unwrap().unwrap();
        let (mut third, mut of_b) = (pin!(turns.take(A)), pin!(turns.take(B)));
        assert!(poll(third.as_mut()).is_none() && poll(of_b.as_mut()).is_none());
        drop(first);
        assert!(poll(third.as_mut()).is_none());
        let of_b = poll(of_b.as_mut()).unwrap().unwrap();
        drop(second);
        let third = poll(third.as_mut()).unwrap().unwrap();
        drop((of_b, third));
        assert_eq!(turns.lock().running, 0);
    }

    #[test]
    fn who_goes_away_leaves_the_queue() {
        let turns = Arc::new(Turns::new(1));
        let first = poll(pin!(turns.take(A))).unwrap().unwrap();
        {
            let mut gone = pin!(turns.take(A));
            assert!(poll(gone.as_mut()).is_none());
            assert_eq!(turns.busy(), (1, 1));
        }
        assert_eq!(turns.busy(), (1, 0));
        let mut next = pin!(turns.take(B));
        assert!(poll(next.as_mut()).is_none());
        drop(first);
        assert!(poll(next.as_mut()).unwrap().is_ok());
    }

    #[test]
    fn only_so_many_wait() {
        let turns = Arc::new(Turns::new(1));
        let _first = poll(pin!(turns.take(A))).unwrap().unwrap();
        let mut waiting: Vec<_> = (0..WAITING_OF_SITE_MAX).map(|_| Box::pin(turns.take(A))).collect();
        assert!(waiting.iter_mut().all(|w| poll(w.as_mut()).is_none()));
        assert_eq!(poll(pin!(turns.take(A))).unwrap().err(), Some(Crowded::Site));
        assert!(poll(pin!(turns.take(B))).is_none());
    }
}
