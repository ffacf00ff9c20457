//! Which visits, events, touches and duplicates a batch is told of.

use super::sample::*;
use super::*;
use commerce::rows::*;
use commerce::state::{FingerprintUse, Keys, VisitorState};
use commerce::{EventKey, VisitKey, VisitorKey};
use proptest::prelude::*;

const DAY: i64 = 86_400;

/// Returns visit `key` of visitor 1 that lasts from `start` to `end`, in seconds.
fn visit_at(key: u64, start: i64, end: i64) -> VisitRow {
    VisitRow {
        position: key,
        visit: VisitKey(key),
        visitor: VisitorKey(1),
        fingerprint: Some(7),
        started_at: at(start),
        last_at: at(end),
        seen_until: at(end),
        ..visit(1)
    }
}

fn event_at(key: u64, seconds: i64, visit: u64) -> EventRow {
    EventRow {
        position: key,
        event: EventKey(key),
        occurred_at: at(seconds),
        visitor: Some(VisitorKey(1)),
        visit: Some(VisitKey(visit)),
        ..event(1)
    }
}

fn visitor_from(seconds: i64) -> Keys {
    Keys { visitors: [(VisitorKey(1), at(seconds))].into(), ..Keys::default() }
}

#[test]
fn visits_are_told_while_they_may_change_and_the_latest_before_them() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.visits = vec![
        visit_at(1, -400 * DAY, -400 * DAY + 60),
        visit_at(2, -2 * DAY, -2 * DAY + 60),
        visit_at(3, -DAY, -DAY + 60),
        visit_at(4, -3600, 0),
    ];
    rows.sites = vec![site_row(SITE, 1, &[("visit_timeout_s", "1800")])];
    store.apply(&rows).unwrap();
    let check = |earliest: i64, expected: &[u64]| {
        let keys = Keys { sites: [SITE].into(), ..visitor_from(earliest) };
        let state = store.load(&keys).unwrap();
        let found: Vec<u64> = state.visitors[&VisitorKey(1)].visits.iter().map(|v| v.visit.0).collect();
        assert_eq!(found, expected, "earliest event at {earliest}");
    };
    check(60, &[2, 3, 4]);
    check(60 + 1800 + 1, &[3, 4]);
    check(30 * DAY, &[4]);
    check(-400 * DAY, &[1, 2, 3, 4]);
}

#[test]
fn a_late_hit_brings_the_events_of_its_visitors_visits() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.visits = vec![visit_at(1, 0, 600), visit_at(2, 4000, 4600)];
    rows.events = vec![event_at(1, 0, 1), event_at(2, 600, 1), event_at(3, 4000, 2), event_at(4, 4600, 9)];
    // An event of another visitor's name belongs to the visit, too.
    rows.events.push(EventRow { visitor: None, ..event_at(5, 300, 1) });
    rows.touches = vec![TouchRow { event: EventKey(1), visitor: VisitorKey(1), ..touch(1) }];
    rows.touches.push(TouchRow { event: EventKey(3), source: TrafficSource::direct(), ..touch(2) });
    rows.visit_moves = vec![VisitMoveRow { site: SITE, position: 9, event: EventKey(4), visit: Some(VisitKey(2)) }];
    store.apply(&rows).unwrap();
    let state = store.load(&visitor_from(4600)).unwrap();
    assert_eq!(state.visitors[&VisitorKey(1)].events, [], "an event at the end is not late");
    let state = store.load(&visitor_from(4599)).unwrap();
    let found = &state.visitors[&VisitorKey(1)].events;
    let told: Vec<(u64, Option<u64>, bool)> =
        found.iter().map(|e| (e.event.0, e.visit.map(|v| v.0), e.touch.is_some())).collect();
    assert_eq!(
        told,
        [(1, Some(1), true), (5, Some(1), false), (2, Some(1), false), (3, Some(2), false), (4, Some(2), false)]
    );
    let first = &found[0];
    let row = &rows.events[0];
    assert_eq!(first.touch, Some(source(1)));
    assert_eq!((first.position, first.occurred_at, &first.name), (row.position, row.occurred_at, &row.name));
    assert_eq!((first.origin, first.flags, &first.host, &first.page), (row.origin, row.flags, &row.host, &row.page));
}

#[test]
fn an_event_moved_away_is_not_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.visits = vec![visit_at(1, 0, 600)];
    rows.events = vec![event_at(1, 0, 1), event_at(2, 600, 1)];
    rows.visit_moves = vec![VisitMoveRow { site: SITE, position: 9, event: EventKey(2), visit: None }];
    store.apply(&rows).unwrap();
    let state = store.load(&visitor_from(100)).unwrap();
    assert_eq!(state.visitors[&VisitorKey(1)].events.iter().map(|e| e.event.0).collect::<Vec<_>>(), [1]);
}

/// Returns a question for fingerprint 7 with events from `first` to `last`.
fn fingerprint_between(first: i64, last: i64) -> Keys {
    let used = FingerprintUse { first: at(first), last: at(last), visitor: None };
    Keys { fingerprints: [(7, used)].into(), ..Keys::default() }
}

#[test]
fn a_fingerprint_brings_the_visitors_with_a_visit_around_it() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    let of = |visitor: u64, visit: VisitRow| VisitRow { visitor: VisitorKey(visitor), ..visit };
    rows.visits = vec![of(1, visit_at(1, -7200, -3600)), of(2, visit_at(2, -600, 0)), of(3, visit_at(3, -300, -10))];
    rows.visits.push(VisitRow { live: false, ..of(4, visit_at(4, -300, 60)) });
    rows.visits.push(VisitRow { fingerprint: Some(8), ..of(5, visit_at(5, -300, 60)) });
    // A visit of the same visitor that has another fingerprint comes with them.
    rows.visits.push(VisitRow { fingerprint: Some(8), ..of(2, visit_at(6, -9000, -8000)) });
    rows.events = vec![event_at(1, 0, 2), event_at(2, -10, 3)];
    store.apply(&rows).unwrap();
    let check = |first: i64, last: i64, expected: &[(u64, &[u64], usize)]| {
        let state = store.load(&fingerprint_between(first, last)).unwrap();
        let visits = |known: &VisitorState| known.visits.iter().map(|v| v.visit.0).collect::<Vec<u64>>();
        let mut found: Vec<_> =
            state.visitors.iter().map(|(v, known)| (v.0, visits(known), known.events.len())).collect();
        found.sort_unstable();
        let expected: Vec<_> = expected.iter().map(|(v, visits, events)| (*v, visits.to_vec(), *events)).collect();
        assert_eq!(found, expected, "{first} to {last}");
    };
    check(60, 120, &[(2, &[6, 2], 0), (3, &[3], 0)]);
    check(1800, 1800, &[(2, &[6, 2], 0)]);
    check(1801, 1801, &[]);
    check(-5, -5, &[(2, &[6, 2], 1), (3, &[3], 0)]);
    check(-3600, -3600, &[(1, &[1], 0)]);
    check(-5400, -1800, &[(1, &[1], 0), (2, &[6, 2], 1), (3, &[3], 1)]);
    check(-20_000, -10_000, &[]);
}

#[test]
fn a_visit_taken_over_leaves_its_visitor() {
    let (_folder, store) = fresh();
    let visitors = [(VisitorKey(1), at(700)), (VisitorKey(2), at(700))].into();
    let keys = Keys { visitors, ..fingerprint_between(700, 700) };
    let mut rows = empty(10);
    rows.visits = vec![visit_at(1, -9 * DAY, -9 * DAY), visit_at(2, -8 * DAY, -8 * DAY), visit_at(3, 0, 600)];
    store.apply(&rows).unwrap();
    let told = |visitor: u64| -> Vec<u64> {
        let state = store.load(&keys).unwrap();
        let known = state.visitors.get(&VisitorKey(visitor));
        known.map(|v| v.visits.iter().map(|v| v.visit.0).collect()).unwrap_or_default()
    };
    assert_eq!((told(1), told(2)), (vec![2, 3], vec![]));
    let mut rows = empty(11);
    rows.visits = vec![VisitRow { position: 11, visitor: VisitorKey(2), ..visit_at(3, 0, 700) }];
    store.apply(&rows).unwrap();
    assert_eq!((told(1), told(2)), (vec![2], vec![3]));
    assert_eq!(number(&store, "select count(*) from visits where visit = 3"), 1);
}

#[test]
fn duplicates_are_found_around_their_own_time_however_old() {
    let (folder, store) = fresh();
    let mut rows = empty(10);
    let years_ago = -3 * 365 * DAY;
    rows.events = vec![event_at(1, 0, 1), event_at(2, years_ago, 1), event_at(3, -100 * DAY, 1)];
    store.apply(&rows).unwrap();
    let check = |store: &Store, asked: &[(u64, i64)], expected: &[u64]| {
        let events = asked.iter().map(|(key, seconds)| (EventKey(*key), at(*seconds))).collect();
        let state = store.load(&Keys { events, ..Keys::default() }).unwrap();
        let mut found: Vec<u64> = state.events_seen.iter().map(|e| e.0).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{asked:?}");
    };
    for round in 0..2 {
        let store = if round == 0 { &store } else { &open(folder.path()) };
        check(store, &[(1, 0), (2, years_ago), (3, -100 * DAY), (4, 0)], &[1, 2, 3]);
        check(store, &[(1, 8 * DAY), (2, years_ago - 8 * DAY)], &[1, 2]);
        check(store, &[(1, 8 * DAY + 1)], &[]);
        // Other events between would widen a common window; they may not make a difference.
        check(store, &[(1, 14 * DAY), (5, 0), (6, 7 * DAY)], &[]);
        if round == 0 {
            store.checkpoint().unwrap();
        }
    }
}

#[test]
fn touches_are_the_latest_of_four_hundred_days() {
    let (_folder, store) = fresh();
    let mut rows = empty(100);
    let one = |n: u64, seconds: i64| TouchRow { visitor: VisitorKey(1), occurred_at: at(seconds), ..touch(n) };
    rows.touches = (1..=20).map(|n| one(n, n as i64)).collect();
    rows.touches.extend([one(61, -399 * DAY), one(62, -401 * DAY)]);
    store.apply(&rows).unwrap();
    let told = |earliest: i64| -> Vec<u64> {
        let state = store.load(&visitor_from(earliest)).unwrap();
        state.visitors[&VisitorKey(1)].touches.iter().map(|t| t.position).collect()
    };
    let twenty: Vec<u64> = (1..=20).collect();
    assert_eq!(told(2 * DAY), twenty);
    assert_eq!(told(0), [vec![61], twenty].concat());
    let mut rows = empty(101);
    rows.touches = (21..=60).map(|n| one(n, n as i64)).collect();
    store.apply(&rows).unwrap();
    assert_eq!(told(0), (11..=60).collect::<Vec<u64>>());
}

/// One batch of the test below: a visit of a visitor that starts, ends, is taken back or moves its start.
#[derive(Clone, Debug)]
struct Step {
    visitor: u64,
    visit: u64,
    start: i64,
    length: i64,
    live: bool,
    earliest: i64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (1..4_u64, 1..12_u64, -30..30_i64, 0..5_i64, prop::bool::weighted(0.85), -30..35_i64);
    let step = step.prop_map(|(visitor, visit, start, length, live, earliest)| Step {
        visitor,
        visit: visitor * 100 + visit,
        start: start * 20_000,
        length: length * 9_000,
        live,
        earliest: earliest * 20_000,
    });
    proptest::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_held_in_memory_answers_as_the_tables_do(steps in steps()) {
        let (_folder, store) = fresh();
        let Store::DuckDb(db) = &store;
        for (i, step) in steps.iter().enumerate() {
            let position = i as u64 + 1;
            let visitors: Vec<u64> = (1..4).collect();
            let keys = Keys {
                visitors: visitors.iter().map(|v| (VisitorKey(*v), at(step.earliest + *v as i64))).collect(),
                ..Keys::default()
            };
            let held = store.load(&keys).unwrap();
            db.write(|writer| {
                writer.heads = super::super::heads::Heads::new(256);
                Ok(())
            })
            .unwrap();
            prop_assert_eq!(&held, &store.load(&keys).unwrap());
            let mut rows = empty(position);
            let (start, end) = (step.start, step.start + step.length);
            let visitor = VisitorKey(step.visitor);
            rows.visits = vec![VisitRow { position, visitor, live: step.live, ..visit_at(step.visit, start, end) }];
            rows.touches = vec![TouchRow { visitor, occurred_at: at(start), ..touch(position) }];
            store.apply(&rows).unwrap();
            let held = store.load(&keys).unwrap();
            let live = number(&store, "select count(distinct visit) - count(*) from visits");
            prop_assert_eq!(live, 0, "a visit is stored once");
            for known in held.visitors.values() {
                prop_assert!(known.visits.iter().all(|v| v.live));
            }
        }
    }
}
