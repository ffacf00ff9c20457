//! `tallyho demo`: a believable shop, seeded relative to now through the real door, then served read-only.
//!
//! Every visit is a request to `/v1/collect` as a browser would send it, and the shop's own systems tell of their
//! orders, sales and refunds through `/v1/events`, so the demo shows what the product does and nothing else. Its directory carries a marker; only a directory with the marker, or an empty one, is ever replaced.

mod delivery;
pub(crate) mod dice;
mod office;
pub(crate) mod range;
mod shop;
mod trip;

use crate::app::{App, Setup};
use crate::control::{NewTokenRequest, SettingChange};
use crate::pipeline::Applier;
use crate::start::open_store;
use crate::{cli, serve};
use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use collector::book::{Network, Scope};
use commerce::goal::{Goal, GoalAttribute, PatternKind};
use commerce::record::Rate;
use commerce::{Amount, Currency, SiteId, SiteSettings, Timestamp, Zone};
use delivery::{Delivery, Sender};
use dice::Dice;
use http_body_util::Full;
use indicatif::{ProgressBar, ProgressStyle};
use shop::Shop;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// File that marks a directory as the demo's own.
const MARKER: &str = "this-is-a-demo";
const SITE: SiteId = SiteId(1);
const ZONE: &str = "Europe/Berlin";
/// Visits under way at one time while seeding: enough to share the disk's syncs, few enough to stay in order.
const AT_ONCE: usize = 64;
const CATCH_UP_MAX: Duration = Duration::from_mins(5);

/// What to seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DemoOptions {
    /// How many days the shop has been open, today not counted.
    pub(crate) days: u32,
    /// The same seed gives the same shop, relative to the day.
    pub(crate) seed: u64,
}

/// Seeds a fresh shop in the data directory and serves it on `listen`.
///
/// # Errors
/// If the directory holds anything but an earlier demo, or something cannot be opened.
pub(crate) fn run(mut setup: Setup, listen: SocketAddr, options: DemoOptions) -> anyhow::Result<()> {
    clear(&setup.data_dir)?;
    // The demo is its own proxy: it says in a header from which country each visit comes.
    setup.trusted_proxies = Network::parse("127.0.0.0/8").into_iter().collect();
    setup.open_reports = true;
    let begun = Instant::now();
    let app = Arc::new(App::open(setup.clone())?);
    std::fs::write(setup.data_dir.join(MARKER), "Made by `tallyho demo`; the next demo replaces it.\n")
        .context("failed to mark the directory")?;
    open_store(&app)?;
    let applier = Applier::start(Arc::clone(&app), Arc::clone(&app.rules))?;
    let token = open_shop(&app, options)?;
    let (visits, events) = seed(&app, options, &token)?;
    settle(&app)?;
    applier.stop();
    app.journal.clone().close();
    drop(app);
    cli::print(&format!(
        "seeded {visits} visits with {events} events over {} days in {} s; {} days ago its checkout was broken for half a day: find it\n",
        options.days,
        begun.elapsed().as_secs(),
        shop::BROKEN_CHECKOUT_DAYS_AGO
    ));
    serve::run(setup, listen)
}

/// Removes an earlier demo; refuses to touch anything else.
fn clear(dir: &Path) -> anyhow::Result<()> {
    let is_empty = std::fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none());
    if is_empty {
        return Ok(());
    }
    if !dir.join(MARKER).exists() {
        bail!("`{}` is not empty and not a demo: name another directory with --data-dir", dir.display());
    }
    std::fs::remove_dir_all(dir).with_context(|| format!("failed to remove the earlier demo in `{}`", dir.display()))
}

/// Makes the site, its goal, its rates and a token to read it; returns the token of the shop's own systems.
fn open_shop(app: &App, options: DemoOptions) -> anyhow::Result<String> {
    let euro = Currency::parse("EUR").context("ISO 4217 lists the euro")?;
    let zone = Zone::parse(ZONE).context("the zone is compiled in")?;
    let settings = SiteSettings::new("trails.example", euro, zone.clone());
    let backdate = |name: &str| -> SettingChange { (name.to_owned(), Some((options.days + 2).to_string())) };
    app.add_site(Some(SITE), settings, &[backdate("backdate_browser_days"), backdate("backdate_server_days")])?;
    app.put_goal(SITE, letter_goal())?;
    app.put_rates(SITE, rates(app.clock.now(), &zone, options)?)?;
    let token = |scope, label: &str| NewTokenRequest { site: Some(SITE), scope, label: label.to_owned() };
    app.add_token(&token(Scope::Read, "demo"))?;
    Ok(app.add_token(&token(Scope::Ingest, "shop"))?.text)
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

/// Returns a rate for each currency and day, wandering a little around where it stands.
fn rates(now: Timestamp, zone: &Zone, options: DemoOptions) -> anyhow::Result<Vec<Rate>> {
    let mut dice = Dice::new(options.seed);
    let mut rates = Vec::new();
    for (code, middle) in range::RATES {
        let currency = Currency::parse(code).context("the demo's currencies are listed by ISO 4217")?;
        for ago in 0..=i64::from(options.days) + 1 {
            let day =
                zone.day_of(now).checked_sub(jiff::Span::new().days(ago)).context("the calendar has no such day")?;
            let rate = middle * dice.between(985, 1015) / 1000;
            rates.push(Rate {
                day: day.to_string(),
                currency,
                per_unit: format!("{}.{:04}", rate / 10_000, rate % 10_000),
            });
        }
    }
    Ok(rates)
}

/// Sends the shop's story through the door and returns how many visits and events were accepted.
fn seed(app: &Arc<App>, options: DemoOptions, token: &str) -> anyhow::Result<(u64, u64)> {
    let zone = Zone::parse(ZONE).context("the zone is compiled in")?;
    let shop = Shop::new(options.seed, options.days, app.clock.now(), zone);
    let style = ProgressStyle::with_template("seeding {wide_bar} {pos}/{len} visits, {eta} left")?;
    let bar = ProgressBar::new(shop.visits_expected()).with_style(style);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sent = runtime.block_on(async {
        let mut sent = (0, 0);
        let mut under_way = tokio::task::JoinSet::new();
        for delivery in shop {
            let (app, token) = (Arc::clone(app), token.to_owned());
            sent.0 += u64::from(matches!(delivery.sender, Sender::Browser { .. }));
            under_way.spawn(async move { send(&app, delivery, &token).await });
            while under_way.len() >= AT_ONCE {
                count(under_way.join_next().await, &mut sent.1)?;
                bar.set_position(sent.0);
            }
        }
        while let Some(done) = under_way.join_next().await {
            count(Some(done), &mut sent.1)?;
        }
        Ok::<_, anyhow::Error>(sent)
    })?;
    bar.finish_and_clear();
    Ok(sent)
}

fn count(done: Option<Result<anyhow::Result<u64>, tokio::task::JoinError>>, events: &mut u64) -> anyhow::Result<()> {
    if let Some(done) = done {
        *events += done.context("a request was not sent")??;
    }
    Ok(())
}

/// Sends one request and returns how many events it had.
async fn send(app: &App, delivery: Delivery, token: &str) -> anyhow::Result<u64> {
    let request = match delivery.sender {
        Sender::Browser { user_agent, languages, country } => http::Request::post("/v1/collect")
            .header("content-type", "text/plain")
            .header("user-agent", user_agent)
            .header("accept-language", languages)
            .header("cf-ipcountry", country),
        Sender::Office => http::Request::post("/v1/events").header("authorization", format!("Bearer {token}")),
    };
    let request = request.header("content-length", delivery.body.len()).body(Full::new(Bytes::from(delivery.body)))?;
    let (parts, body) = request.into_parts();
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let answer = collector::accept::handle(&app.door, peer, parts, body).await;
    let status = answer.status();
    let text = http_body_util::BodyExt::collect(answer.into_body())
        .await
        .map_or_else(|never| match never {}, http_body_util::Collected::to_bytes);
    ensure!(status.is_success(), "the door answered {status}: {}", String::from_utf8_lossy(&text));
    let answer: serde_json::Value = serde_json::from_slice(&text).context("the door's answer is no JSON")?;
    ensure!(answer["quarantined"].as_array().is_some_and(Vec::is_empty), "an event was not understood: {answer}");
    answer["accepted"].as_u64().context("the door's answer has no count")
}

/// Waits until everything is in the reports.
fn settle(app: &App) -> anyhow::Result<()> {
    let begun = Instant::now();
    while app.progress.applied() < app.journal.durable_position() {
        ensure!(begun.elapsed() < CATCH_UP_MAX, "the reports did not catch up within {} s", CATCH_UP_MAX.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
