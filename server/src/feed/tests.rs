//! Tests of `feed`.

use super::*;
use crate::app::Setup;
use crate::control::SettingChange;
use crate::pipeline::Applier;
use crate::{reconcile, start};
use commerce::record::Tick;
use commerce::{Currency, SiteId, SiteSettings, Zone};
use std::path::Path;
use std::sync::Arc;

fn open(dir: &Path) -> App {
    let setup = Setup {
        data_dir: dir.to_owned(),
        clock_start: None,
        trusted_proxies: Vec::new(),
        geoip_db: None,
        store: store::Options { memory_limit_mb: 128, threads: 1 },
        answer_max_s: crate::api::ANSWER_MAX_S,
        nightly_warehouse: false,
        open_reports: false,
    };
    let app = App::open(setup).unwrap();
    start::open_store(&app).unwrap();
    app
}

fn tick(app: &App) -> Record {
    Record::Tick(Tick { at: app.clock.now() })
}

/// Applies everything there is; returns where the store stands, and what stopped the feed, if anything did.
fn apply_all(app: &App) -> (u64, Option<Stop>) {
    let outcome = app.store.with(|store| {
        let mut feed = Feed::open(app, store.position()).unwrap();
        loop {
            match feed.apply_next(app, &app.rules, store, Duration::ZERO) {
                Ok(_) if store.position() >= app.journal.durable_position() => return (store.position(), None),
                Ok(_) => {}
                Err(stop) => return (store.position(), Some(stop)),
            }
        }
    });
    outcome.unwrap()
}

#[test]
fn a_record_of_a_newer_version_stops_the_reports_where_it_stands_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let app = open(dir.path());
    app.append(&[tick(&app), tick(&app)]).unwrap();
    app.journal.append_wait(vec![vec![99, 1, 0, 0, 0, 0]]).unwrap();
    app.append(&[tick(&app)]).unwrap();
    let (position, stop) = apply_all(&app);
    assert_eq!(position, 2);
    assert!(matches!(stop, Some(Stop::Record(3, _))), "{stop:?}");
    assert_eq!(app.journal.durable_position(), 4, "intake goes on");
}

#[test]
fn a_gap_stops_the_reports_until_somebody_decides_to_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let app = open(dir.path());
    let long = |n: u8| vec![vec![n; 3000]];
    app.append(&[tick(&app)]).unwrap();
    app.journal.append_wait(long(77)).unwrap();
    app.append(&[tick(&app)]).unwrap();
    let segment = dir.path().join("journal").join("00000000000000000001.seg");
    app.store.replace(|_| None);
    app.journal.clone().close();
    drop(app);
    let mut bytes = std::fs::read(&segment).unwrap();
    let at = bytes.windows(100).position(|w| w.iter().all(|b| *b == 77)).unwrap();
    bytes[at + 50] ^= 1;
    std::fs::write(&segment, bytes).unwrap();

    let app = open(dir.path());
    let (position, stop) = apply_all(&app);
    assert_eq!(position, 1);
    let Some(Stop::Gap(gap, _)) = stop else { panic!("{stop:?}") };
    assert_eq!(gap, 2);
    crate::gaps::skip(dir.path(), gap).unwrap();
    let (position, stop) = apply_all(&app);
    assert!(position >= 3 && stop.is_none(), "{position} {stop:?}");
}

#[test]
fn a_change_that_a_crash_left_in_the_journal_alone_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let app = open(dir.path());
    let settings = SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::utc());
    let site = app.add_site(None, settings, &[]).unwrap();
    let mut changed = site.clone();
    changed.settings.visit_timeout_s = 600;
    app.append(&[changed.settings_record(app.clock.now())]).unwrap();
    assert!(apply_all(&app).1.is_none());
    let known =
        |app: &App| app.store.with(|s| s.site_state(SiteId(1)).unwrap().unwrap().settings.visit_timeout_s).unwrap();
    assert_eq!(known(&app), 600);
    reconcile::settings_and_goals(&app).unwrap();
    assert!(apply_all(&app).1.is_none());
    assert_eq!(known(&app), 1800);
    let end = app.journal.durable_position();
    reconcile::settings_and_goals(&app).unwrap();
    assert_eq!(app.journal.durable_position(), end, "what agrees is not stated again");
}

#[test]
fn a_store_ahead_of_the_journal_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let app = open(dir.path());
    app.append(&[tick(&app), tick(&app), tick(&app)]).unwrap();
    assert_eq!(apply_all(&app).0, 3);
    app.store.replace(|_| None);
    app.journal.clone().close();
    drop(app);
    std::fs::remove_dir_all(dir.path().join("journal")).unwrap();
    let app = open(dir.path());
    app.append(&[tick(&app)]).unwrap();
    assert_eq!(apply_all(&app).0, 1);
}

#[test]
fn settings_begin_a_part_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let app = open(dir.path());
    let settings = SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::utc());
    let site = app.add_site(None, settings, &[]).unwrap();
    let changed = || site.settings_record(app.clock.now());
    let lengths = |records: &[Record]| -> Vec<usize> {
        let encoded = records.iter().map(|record| {
            let mut payload = Vec::new();
            record.encode(&mut payload);
            payload
        });
        let payloads: Vec<_> = (1..).zip(encoded).collect();
        decode(&payloads).parts.iter().map(|part| part.records.len()).collect()
    };
    assert!(lengths(&[]).is_empty());
    assert_eq!(lengths(&[tick(&app), tick(&app)]), [2]);
    assert_eq!(lengths(&[tick(&app), changed(), tick(&app), tick(&app), changed()]), [1, 3, 1]);
    assert_eq!(lengths(&[changed(), changed()]), [1, 1]);
}

#[test]
fn what_is_read_ahead_is_applied_in_its_turn_and_so_is_the_word_of_what_cannot_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let app = open(dir.path());
    let ticks = |count: usize| app.append(&vec![tick(&app); count]).unwrap();
    ticks(2 * RECORDS_MAX + 5);
    app.journal.append_wait(vec![vec![99, 1, 0, 0, 0, 0]]).unwrap();
    ticks(3);
    let (position, stop) = apply_all(&app);
    let last = 2 * RECORDS_MAX as u64 + 5;
    assert_eq!(position, last);
    assert!(matches!(stop, Some(Stop::Record(at, _)) if at == last + 1), "{stop:?}");
}

#[tokio::test]
async fn the_applier_follows_and_a_rebuild_takes_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let app = Arc::new(open(dir.path()));
    let settings = SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::utc());
    app.add_site(None, settings, &[]).unwrap();
    let applier = Applier::start(Arc::clone(&app), Arc::clone(&app.rules)).unwrap();
    let minute = Duration::from_mins(1);
    app.progress.wait_for(app.journal.durable_position(), minute).await;
    crate::rebuild::begin(&app, Arc::clone(&app.rules)).unwrap();
    let changes: &[SettingChange] = &[("visit_timeout_s".to_owned(), Some("600".to_owned()))];
    app.change_settings(SiteId(1), changes).unwrap();
    let end = app.journal.durable_position();
    app.progress.wait_for(end, minute).await;
    assert_eq!(app.progress.applied(), end);
    applier.stop();
    assert!(!app.store.is_open(), "it closes the store in the end");
}
