//! `tallyho bench contention`: what ten people who ask for heavy reports at once cost those who send events, and each
//! other. A server of its own on a data set that `bench generate` made; events are added to it.

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

/// Reports of a year, each asked over and over by a client of its own: metrics, dimensions, filter.
const REPORTS: &[(&str, &str, &str)] = &[
    ("visits,visitors,orders,net_sales", "channel", ""),
    ("visits,visitors,bounce_rate", "landing_page", ""),
    ("page_views,events", "page", ""),
    ("product_views,units,net_sales", "sku", ""),
    ("visits,conversion_rate", "campaign", "country%3D%3DDE"),
    ("page_views", "channel,device", ""),
    ("orders,order_total,refunds", "day", ""),
    ("visitors", "day", ""),
    ("carts,carts_abandoned_value", "product", ""),
    ("events", "city", "channel%3D%3DEmail"),
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
    for number in 0..REPORTS.len() {
        // The second run: the first brings the data into memory.
        ask(asked, number).await?;
        alone.push(ask(asked, number).await?.context("a report was refused")?);
    }
    let run = u64::from(std::process::id()) * 2;
    let without = ingest(asked, time, run).await?;
    let over = Arc::new(AtomicBool::new(false));
    let clients = (0..REPORTS.len()).map(|number| client(asked, number, Arc::clone(&over)));
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
    println!("\n## events in, from HTTP to visible in reports");
    println!("without reports {without}/s, with {} at once {with}/s: {} %", REPORTS.len(), with * 100 / without.max(1));
    println!("\n## each report, alone and among {} over and over", REPORTS.len());
    println!("{:>10} {:>14} {:>8} {:>8} {:>8}  report", "alone ms", "slowest ms", "times", "answers", "refused");
    for (number, seen) in clients.iter().enumerate() {
        let (metrics, dimensions, filter) = REPORTS[number];
        println!(
            "{:>10} {:>14} {:>8} {:>8} {:>8}  {metrics} by {dimensions} {filter}",
            alone[number].as_millis(),
            seen.slowest.as_millis(),
            seen.slowest.as_micros() / alone[number].as_micros().max(1),
            seen.answers,
            seen.refused
        );
    }
    Ok(())
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
    answers: u64,
    refused: u64,
    slowest: Duration,
}

/// Asks for one report over and over until it is `over`.
async fn client(asked: &Asking<'_>, number: usize, over: Arc<AtomicBool>) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    while !over.load(Ordering::Relaxed) {
        match ask(asked, number).await? {
            Some(took) => {
                seen.answers += 1;
                seen.slowest = seen.slowest.max(took);
            }
            None => seen.refused += 1,
        }
    }
    Ok(seen)
}

/// Asks for one report and returns how long it took; `None` if it was refused for want of room or time.
async fn ask(asked: &Asking<'_>, number: usize) -> anyhow::Result<Option<Duration>> {
    let (metrics, dimensions, filter) = REPORTS[number];
    let request = format!(
        "GET /api/v1/sites/1/report?metrics={metrics}&dimensions={dimensions}&filter={filter}&from={}&to={}&limit=100 HTTP/1.1\r\n\
         Host: bench\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        asked.period.0, asked.period.1, asked.asked.token
    );
    let begun = Instant::now();
    let answer = load::once(asked.asked.server.address, request.as_bytes()).await?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    ensure!(
        matches!(status, "200" | "429" | "503"),
        "the server answered {}",
        answer.lines().next().unwrap_or_default()
    );
    Ok((status == "200").then(|| begun.elapsed()))
}
