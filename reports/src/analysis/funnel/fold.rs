//! The fold of a funnel: moments in, one journey per person out. Pure; knows no step's name and no SQL.
//!
//! Closed, a person goes from the first step on in order, as far as any start within the window leads. Open, a person may
//! enter at any step, and comes on from the step before if that lies before it within the window. One event is one
//! step: two equal steps in a row take two events. Several events of one instant stand in the order of the steps.
//!
//! People are many, so a journey is handed out and its room used again.

/// How steps follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) steps: usize,
    pub(super) open: bool,
    /// Longest time from the first step to the last; open, from one step to the next.
    pub(super) window_us: i64,
}

/// Somebody did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) person: u64,
    pub(super) at: i64,
    pub(super) step: u8,
    pub(super) visit: u64,
    pub(super) event: u64,
    /// What the visit is broken down by.
    pub(super) part: u32,
}

/// How far somebody came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journey {
    pub(super) person: u64,
    /// The part of the moment that it began with.
    pub(super) part: u32,
    /// Of every step: when it was first reached, and how long it took from the step before.
    steps: Vec<Reached>,
}

/// How a step was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Reached {
    at: Option<i64>,
    took_us: Option<i64>,
}

impl Journey {
    /// Says whether step `i` was done.
    pub(super) fn did(&self, i: usize) -> bool {
        self.steps[i].at.is_some()
    }

    /// Says whether step `i` was done after the one before it.
    pub(super) fn came_to(&self, i: usize) -> bool {
        self.steps[i].took_us.is_some()
    }

    /// Returns how long step `i` took from the one before it.
    pub(super) fn took_us(&self, i: usize) -> Option<i64> {
        self.steps[i].took_us
    }

    /// Returns when step `i`, which was done, was reached.
    pub(super) fn reached_at(&self, i: usize) -> i64 {
        self.steps[i].at.unwrap_or(0)
    }

    /// Says whether step `i` of `steps` was done and the next one was not, coming from it.
    pub(super) fn was_lost_after(&self, i: usize, steps: usize) -> bool {
        i + 1 < steps && self.did(i) && !self.came_to(i + 1)
    }
}

/// Where the attempt with the latest start stands at a step.
#[derive(Clone, Copy)]
struct Attempt {
    started_at: i64,
    at: i64,
}

/// Makes journeys.
pub(super) struct Fold {
    rules: Rules,
    best: Vec<Option<Attempt>>,
    /// Events of the instant that are steps already.
    used: Vec<(u64, u64)>,
    journey: Journey,
}

impl Fold {
    /// Returns a fold by `rules`.
    pub(super) fn new(rules: Rules) -> Self {
        let journey = Journey { person: 0, part: 0, steps: vec![Reached::default(); rules.steps] };
        Self { rules, best: vec![None; rules.steps], used: Vec::new(), journey }
    }

    fn begin(&mut self, person: u64) {
        self.best.fill(None);
        self.journey.person = person;
        self.journey.steps.fill(Reached::default());
    }

    /// Hands the journeys that `moments`, which need no order, make to `each`, by person.
    pub(super) fn journeys(&mut self, moments: &mut Vec<Moment>, mut each: impl FnMut(&Journey)) {
        moments.sort_unstable();
        moments.dedup();
        for own in moments.chunk_by(|a, b| a.person == b.person) {
            if let Some(journey) = self.of_sorted(own) {
                each(journey);
            }
        }
    }

    fn of_sorted(&mut self, own: &[Moment]) -> Option<&Journey> {
        self.begin(own.first()?.person);
        let rules = self.rules;
        let mut part = None;
        let mut instant = None;
        for moment in own {
            if instant != Some(moment.at) {
                instant = Some(moment.at);
                self.used.clear();
            }
            let (i, at) = (usize::from(moment.step), moment.at);
            let event = (moment.visit, moment.event);
            if self.used.contains(&event) {
                continue;
            }
            let before = if i == 0 { None } else { self.best[i - 1] };
            let in_time = before.filter(|b| at - if rules.open { b.at } else { b.started_at } <= rules.window_us);
            let attempt = match (i, in_time) {
                (0, _) => Attempt { started_at: at, at },
                (_, Some(b)) => Attempt { started_at: b.started_at, at },
                _ if rules.open => Attempt { started_at: at, at },
                _ => continue,
            };
            self.used.push(event);
            part.get_or_insert(moment.part);
            let reached = &mut self.journey.steps[i];
            reached.at.get_or_insert(at);
            if let Some(b) = in_time {
                reached.took_us.get_or_insert(at - b.at);
            }
            if self.best[i].is_none_or(|known| rules.open || known.started_at < attempt.started_at) {
                self.best[i] = Some(attempt);
            }
        }
        self.journey.part = part?;
        Some(&self.journey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSED: Rules = Rules { steps: 3, open: false, window_us: 100 };
    const OPEN: Rules = Rules { open: true, ..CLOSED };

    fn journeys(rules: &Rules, mut moments: Vec<Moment>) -> Vec<Journey> {
        let mut out = Vec::new();
        Fold::new(*rules).journeys(&mut moments, |journey| out.push(journey.clone()));
        out
    }

    /// Moments as (instant, step); each is an event of its own. Expected: times of each step, and how long each took.
    #[track_caller]
    fn check(rules: &Rules, moments: &[(i64, u8)], expected: &[(Option<i64>, Option<i64>)]) {
        let moments = moments.iter().enumerate();
        let moments = moments.map(|(n, (at, step))| Moment {
            person: 1,
            at: *at,
            step: *step,
            visit: 1,
            event: n as u64,
            part: 0,
        });
        let found = journeys(rules, moments.collect());
        let found: Vec<(Option<i64>, Option<i64>)> =
            found.iter().flat_map(|j| j.steps.iter().map(|s| (s.at, s.took_us))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_closed_funnel_goes_in_order_from_its_first_step() {
        let none = (None, None);
        check(&CLOSED, &[(1, 0), (5, 1), (9, 2)], &[(Some(1), None), (Some(5), Some(4)), (Some(9), Some(4))]);
        check(&CLOSED, &[(1, 1), (5, 0), (9, 2)], &[(Some(5), None), none, none]);
        check(&CLOSED, &[(1, 1), (9, 2)], &[]);
        // A step passed over ends it; events between do not.
        check(&CLOSED, &[(1, 0), (9, 2)], &[(Some(1), None), none, none]);
        check(&CLOSED, &[(1, 0), (2, 0), (5, 1), (9, 2)], &[(Some(1), None), (Some(5), Some(3)), (Some(9), Some(4))]);
    }

    #[test]
    fn a_window_is_kept_from_the_latest_start() {
        let none = (None, None);
        check(&CLOSED, &[(0, 0), (100, 1), (101, 2)], &[(Some(0), None), (Some(100), Some(100)), none]);
        check(
            &CLOSED,
            &[(0, 0), (50, 1), (60, 0), (70, 1), (150, 2)],
            &[(Some(0), None), (Some(50), Some(50)), (Some(150), Some(80))],
        );
    }

    #[test]
    fn an_instant_may_hold_several_steps_but_an_event_only_one() {
        check(&CLOSED, &[(1, 2), (1, 1), (1, 0)], &[(Some(1), None), (Some(1), Some(0)), (Some(1), Some(0))]);
        let same = |step| Moment { person: 1, at: 1, step, visit: 1, event: 7, part: 0 };
        let found = journeys(&CLOSED, vec![same(0), same(1)]);
        assert!(found[0].did(0) && !found[0].did(1));
    }

    #[test]
    fn an_open_funnel_is_entered_anywhere() {
        let none = (None, None);
        check(&OPEN, &[(1, 1), (5, 2)], &[none, (Some(1), None), (Some(5), Some(4))]);
        check(&OPEN, &[(1, 2), (5, 1)], &[none, (Some(5), None), (Some(1), None)]);
        check(&OPEN, &[(1, 0), (200, 1)], &[(Some(1), None), (Some(200), None), none]);
    }
}
