//! `tallyho bench generate`: the data set that reports are measured on, made as the product itself would have made it.
//!
//! Hits go into a real journal, one day after the other, and the real applier brings the store up to it; only the door,
//! which decides who gets in, is passed by. One day is in memory at a time, and segments are compressed on the way.

mod story;
mod wares;

use crate::app::{App, Setup};
use crate::control::SettingChange;
use crate::pipeline::Applier;
use crate::start::open_store;
use anyhow::{Context, ensure};
use commerce::goal::{Goal, GoalAttribute, PatternKind};
use commerce::hit::Hit;
use commerce::record::Rate;
use commerce::{Amount, Currency, Record, SiteId, SiteSettings, Zone};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use story::{Pace, Story};

/// What to make.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GenerateOptions {
    /// Events of the first site, about; each of the others has a twentieth of everything.
    #[arg(long, default_value_t = 20_000_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000_000))]
    events: u64,
    /// Visits of the first site, about.
    #[arg(long, default_value_t = 2_500_000, value_parser = clap::value_parser!(u64).range(100..=100_000_000))]
    visits: u64,
    /// Orders of the first site, about.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    orders: u64,
    /// Days, the last of them yesterday.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Sites.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    sites: u32,
    /// Directory to fill; it must be empty or missing.
    #[arg(long, default_value = "tallyho-bench-data", value_name = "DIR")]
    data_dir: PathBuf,
    /// The same seed gives the same data, relative to the day.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The zone of all sites.
const ZONE: &str = "Europe/Berlin";
/// Units of the currency per euro around which the daily rates move, in 1/10 000. The Norwegian krone has none.
const RATES: &[(&str, u64)] = &[("GBP", 8_612), ("USD", 10_874), ("CHF", 9_371)];
/// How far the store may lie behind before the story waits for it, in records.
const AHEAD_MAX: u64 = 300_000;
/// Records in one append.
const APPEND: usize = 4_000;

/// Fills the directory and says how long it took.
///
/// # Errors
/// If the directory holds anything, or something cannot be opened.
pub(super) fn generate(options: &GenerateOptions) -> anyhow::Result<()> {
    let is_empty = std::fs::read_dir(&options.data_dir).map_or(true, |mut entries| entries.next().is_none());
    ensure!(is_empty, "`{}` is not empty: remove it or name another", options.data_dir.display());
    let zone = Zone::parse(ZONE).context("the zone is compiled in")?;
    let today = zone.day_of(crate::clock::Clock::system(None).now());
    let first = today.checked_sub(jiff::Span::new().days(i64::from(options.days))).context("no such day")?;
    // The clock begins where the story does, so that settings and rates lie before it.
    let setup = Setup {
        data_dir: options.data_dir.clone(),
        clock_start: Some(zone.start_of(first)),
        trusted_proxies: Vec::new(),
        geoip_db: None,
        store: store::Options::default(),
        answer_max_s: crate::api::ANSWER_MAX_S,
        nightly_warehouse: false,
        open_reports: false,
    };
    let begun = Instant::now();
    let app = Arc::new(App::open(setup)?);
    open_store(&app)?;
    let applier = Applier::start(Arc::clone(&app), Arc::clone(&app.rules))?;
    let mut stories = Vec::new();
    for number in 1..=options.sites {
        let site = SiteId(number);
        open_site(&app, site, &zone, first, options.days)?;
        stories.push(Story::new(site, options.seed * 1000 + u64::from(number), pace(options, number)));
    }
    let bar = ProgressBar::new(u64::from(options.days))
        .with_style(ProgressStyle::with_template("writing {wide_bar} {pos}/{len} days, {eta} left")?);
    for number in 0..options.days {
        let day = first.checked_add(jiff::Span::new().days(i64::from(number))).context("no such day")?;
        let weekday = day.weekday().to_monday_zero_offset() as usize;
        let mut hits: Vec<Hit> = stories.iter_mut().flat_map(|s| s.day(zone.start_of(day), weekday)).collect();
        hits.sort_by_key(|hit| (hit.facts.received_at, hit.facts.site));
        append(&app, hits)?;
        if number % 10 == 9 {
            app.journal.maintain(app.progress.applied(), &|_| true).context("failed to compress the journal")?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    wait(&app, 0)?;
    let written = begun.elapsed();
    for story in 1..=options.sites {
        sum(&app, SiteId(story))?;
    }
    println!("day sums made in {} s", begun.elapsed().saturating_sub(written).as_secs());
    applier.stop();
    app.journal.seal().context("failed to close the last segment")?;
    app.journal.maintain(app.progress.applied(), &|_| true).context("failed to compress the journal")?;
    report(&app, written);
    app.journal.clone().close();
    Ok(())
}

fn pace(options: &GenerateOptions, site: u32) -> Pace {
    let visits_per_day = options.visits / u64::from(options.days);
    Pace {
        visits_per_day: if site == 1 { visits_per_day } else { (visits_per_day / 20).max(1) },
        events_per_visit: (options.events / options.visits).max(2),
        orders_per_100k: options.orders * 100_000 / options.visits,
    }
}

fn open_site(app: &App, site: SiteId, zone: &Zone, first: jiff::civil::Date, days: u32) -> anyhow::Result<()> {
    let euro = Currency::parse("EUR").context("ISO 4217 lists the euro")?;
    let settings = SiteSettings::new(&format!("shop{}.example", site.0), euro, zone.clone());
    let none: &[SettingChange] = &[];
    app.add_site(Some(site), settings, none)?;
    app.put_goal(site, letter_goal())?;
    let mut rates = Vec::new();
    for (code, middle) in RATES {
        let currency = Currency::parse(code).context("ISO 4217 lists them")?;
        for number in 0..i64::from(days) {
            let day = first.checked_add(jiff::Span::new().days(number)).context("no such day")?;
            let rate = middle * (985 + (number as u64 * 7 + u64::from(site.0)) % 31) / 1000;
            let per_unit = format!("{}.{:04}", rate / 10_000, rate % 10_000);
            rates.push(Rate { day: day.to_string(), currency, per_unit });
        }
    }
    app.put_rates(site, rates)?;
    Ok(())
}

fn letter_goal() -> Goal {
    Goal {
        id: 1,
        name: "Signed up for the letter".to_owned(),
        attribute: GoalAttribute::EventAction,
        pattern_kind: PatternKind::Exact,
        pattern: "sign_up".to_owned(),
        case_sensitive: false,
        value: Some(Amount(15_000)),
        allow_multiple: false,
        use_event_value: false,
    }
}

fn append(app: &App, hits: Vec<Hit>) -> anyhow::Result<()> {
    let mut batch = Vec::with_capacity(APPEND);
    for hit in hits {
        batch.push(Record::Hit(Box::new(hit)));
        if batch.len() == APPEND {
            app.append(&std::mem::take(&mut batch))?;
        }
    }
    app.append(&batch)?;
    wait(app, AHEAD_MAX)
}

/// Sums every day of `site`, as the server does beside its work.
fn sum(app: &App, site: SiteId) -> anyhow::Result<()> {
    let summed = app.store.with(|store| {
        let settings = store.site_state(site)?.context("the store knows no such site")?.settings;
        while reports::sum_days(store, site, &settings)? > 0 {}
        Ok::<_, anyhow::Error>(())
    });
    summed.map_err(|_| anyhow::anyhow!("no store is open"))?
}

/// Waits until the store is at most `behind` records behind the journal.
fn wait(app: &App, behind: u64) -> anyhow::Result<()> {
    let (mut at, mut since) = (app.progress.applied(), Instant::now());
    while app.progress.applied() + behind < app.journal.durable_position() {
        std::thread::sleep(Duration::from_millis(20));
        let now = app.progress.applied();
        if now > at {
            (at, since) = (now, Instant::now());
        }
        ensure!(since.elapsed() < Duration::from_mins(5), "the store stands still at position {now}");
    }
    Ok(())
}

fn report(app: &App, elapsed: Duration) {
    let records = app.progress.applied();
    let journal = super::machine::bytes_below(&app.setup.data_dir.join("journal"), &|_| true) >> 20;
    let store = super::machine::bytes_below(&app.setup.data_dir, &|name| name.contains("duckdb")) >> 20;
    println!(
        "{records} records in {} s ({}/s); journal {journal} MiB, store {store} MiB, in `{}`",
        elapsed.as_secs(),
        records / elapsed.as_secs().max(1),
        app.setup.data_dir.display()
    );
}
