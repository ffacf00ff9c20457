//! `tallyho bench contention`: what ten people who ask for heavy reports, lists and analyses at once cost those who send
//! events, and each other. A server of its own on a data set that `bench generate` made; events are added to it.
//!
//! What is meant to hold, and is said at the end: events come in at [`INGEST_KEPT_PERCENT`] of their rate, and every
//! answer is there within [`TIMES_ALONE_MAX`] times the time that it takes alone.

use super::child::{self, Asked, Served};
use super::{BATCH, CATCH_UP_MAX, load, machine, requests};
use anyhow::{Context, ensure};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What to measure on.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ContentionOptions {
    /// Directory that `bench generate` filled; events are added to its first site.
    #[arg(long, default_value = "tallyho-bench-data", value_name = "DIR")]
    data_dir: PathBuf,
    /// Seconds of load, once without reports and once with them.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

/// A server and the year to ask it about.
struct Asking<'a> {
    asked: Asked<'a>,
    period: (String, String),
}

/// Connections that send events.
const SENDERS: usize = 8;

/// Least part of their rate without reports at which events come in with them.
const INGEST_KEPT_PERCENT: u64 = 70;

/// Most times that an answer may take as long as alone.
const TIMES_ALONE_MAX: u128 = 15;

/// How often each is asked alone, after a first time that brings the data into memory.
const ALONE: usize = 3;

/// What is asked of a year, each over and over by a client of its own.
const QUESTIONS: &[&str] = &[
    "report?metrics=visits,visitors,orders,net_sales&dimensions=channel",
    "report?metrics=visits,visitors,bounce_rate&dimensions=landing_page&limit=100",
    "report?metrics=product_views,units,net_sales&dimensions=sku&limit=100",
    "report?metrics=visits,conversion_rate&dimensions=campaign&filter=country%3D%3DDE&limit=100",
    "report?metrics=visitors&dimensions=day",
    "lists/visits?limit=100",
    "lists/purchased_items?limit=100",
    "funnel?steps=view_item;add_to_cart;purchase&scope=visit",
    "cohorts?by=first_order_month&metric=retention",
    "attribution?by=channel",
];

/// Measures and prints.
///
/// # Errors
/// If the server cannot be started or stops answering.
pub(super) fn run(runtime: &tokio::runtime::Runtime, options: &ContentionOptions) -> anyhow::Result<()> {
    let place = options.data_dir.to_str().context("the directory's name is no UTF-8")?;
    let token = child::command(&["token", "add", "--data-dir", place, "--site", "1", "--scope", "admin"])?;
    let token = token["token"].as_str().context("the command printed no token")?.to_owned();
    let server = Served::start(&["serve", "--data-dir", place, "--listen", "127.0.0.1:0"])?;
    println!("machine: {}", machine::describe(&options.data_dir));
    let today = commerce::Zone::utc().day_of(crate::clock::Clock::system(None).now());
    let first = today.checked_sub(jiff::Span::new().days(364)).context("no such day")?;
    let asked = Asked { server: &server, token };
    let asking = Asking { asked, period: (first.to_string(), today.to_string()) };
    runtime.block_on(measure(&asking, Duration::from_secs(options.seconds)))
}

async fn measure(asked: &Asking<'_>, time: Duration) -> anyhow::Result<()> {
    asked.asked.settled(CATCH_UP_MAX).await?;
    let mut alone = Vec::new();
    for question in QUESTIONS {
        let mut took = Vec::new();
        for _ in 0..=ALONE {
            took.push(ask(asked, question).await?.with_context(|| format!("`{question}` was refused"))?);
        }
        alone.push(median(&took[1..]));
    }
    let run = u64::from(std::process::id()) * 2;
    let without = ingest(asked, time, run).await?;
    let over = Arc::new(AtomicBool::new(false));
    let clients = QUESTIONS.iter().map(|question| client(asked, question, Arc::clone(&over)));
    let clients = async {
        let mut out = Vec::new();
        for one in futures_of(clients.collect()).await {
            out.push(one?);
        }
        Ok::<_, anyhow::Error>(out)
    };
    let sending = async {
        let rate = ingest(asked, time, run + 1).await;
        over.store(true, Ordering::Relaxed);
        rate
    };
    let (with, clients) = tokio::join!(sending, clients);
    let (with, clients) = (with?, clients?);
    let holds = print(&alone, &clients, (without, with));
    println!("\n{}", if holds { "both hold" } else { "this does NOT hold" });
    Ok(())
}

/// Prints what was measured and says whether what is meant to hold does.
fn print(alone: &[Duration], clients: &[Seen], (without, with): (u64, u64)) -> bool {
    let kept = with * 100 / without.max(1);
    println!("\n## events in, from HTTP to visible in reports");
    println!("without reports {without}/s, with {} at once {with}/s: {kept} %", QUESTIONS.len());
    println!("\n## each answer, alone and among {} over and over", QUESTIONS.len());
    println!(
        "{:>9} {:>10} {:>11} {:>6} {:>8} {:>8}",
        "alone ms", "median ms", "slowest ms", "times", "answers", "refused"
    );
    let (mut worst, mut refused) = (0, 0);
    for ((question, alone), seen) in QUESTIONS.iter().zip(alone).zip(clients) {
        let tenths = seen.slowest().as_micros() * 10 / alone.as_micros().max(1);
        worst = worst.max(tenths);
        refused += seen.refused;
        println!(
            "{:>9} {:>10} {:>11} {:>6} {:>8} {:>8}  {question}",
            alone.as_millis(),
            median(&seen.took).as_millis(),
            seen.slowest().as_millis(),
            format!("{}.{}", tenths / 10, tenths % 10),
            seen.took.len(),
            seen.refused
        );
    }
    println!(
        "\nmeant to hold: events at {INGEST_KEPT_PERCENT} % of their rate or more (here {kept} %), each answer within \
         {TIMES_ALONE_MAX} times its time alone (here {}.{} at most), none refused (here {refused})",
        worst / 10,
        worst % 10
    );
    kept >= INGEST_KEPT_PERCENT && worst <= TIMES_ALONE_MAX * 10 && refused == 0
}

/// Returns the middle of `times`, the later one of two; zero of none.
fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Waits for all of `futures` side by side.
async fn futures_of<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut pinned: Vec<_> = futures.into_iter().map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, out) in pinned.iter_mut().filter(|(_, out)| out.is_none()) {
            match future.as_mut().poll(context) {
                std::task::Poll::Ready(value) => *out = Some(value),
                std::task::Poll::Pending => pending = true,
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    pinned.into_iter().filter_map(|(_, out)| out).collect()
}

/// Sends events for `time` and returns how many a second were visible in the end.
async fn ingest(asked: &Asking<'_>, time: Duration, run: u64) -> anyhow::Result<u64> {
    let begun = Instant::now();
    let make: Arc<load::Make> = requests::collect(BATCH, run).into();
    let got = load::run(asked.asked.server.address, SENDERS, time, make).await;
    asked.asked.settled(CATCH_UP_MAX).await?;
    let events = u128::from(got.answered * BATCH);
    Ok((events * 1_000_000 / begun.elapsed().as_micros().max(1)) as u64)
}

/// What one client saw.
#[derive(Default)]
struct Seen {
    took: Vec<Duration>,
    refused: u64,
}

impl Seen {
    fn slowest(&self) -> Duration {
        self.took.iter().copied().max().unwrap_or_default()
    }
}

/// Asks one question over and over until it is `over`.
async fn client(asked: &Asking<'_>, question: &str, over: Arc<AtomicBool>) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    while !over.load(Ordering::Relaxed) {
        match ask(asked, question).await? {
            Some(took) => seen.took.push(took),
            None => seen.refused += 1,
        }
    }
    Ok(seen)
}

/// Asks one question and returns how long the answer took; `None` if it was refused for want of room or time.
async fn ask(asked: &Asking<'_>, question: &str) -> anyhow::Result<Option<Duration>> {
    let request = format!(
        "GET /api/v1/sites/1/{question}&from={}&to={} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        asked.period.0, asked.period.1, asked.asked.token
    );
    let begun = Instant::now();
    let answer = load::once(asked.asked.server.address, request.as_bytes()).await?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    ensure!(
        matches!(status, "200" | "429" | "503"),
        "the server answered `{question}` with {}",
        answer.lines().next().unwrap_or_default()
    );
    Ok((status == "200").then(|| begun.elapsed()))
}
