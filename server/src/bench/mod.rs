//! `tallyho bench`: measures this machine, beside its own limits, and prints the tables that the README quotes.
//!
//! Everything is compared within one run: the disk's own fdatasync rate and a bare hyper server stand in the same
//! tables. The load comes from this process, the servers are processes of their own; all of it stays on loopback.
#![expect(clippy::print_stdout, reason = "the tables are what the command is for")]

mod bare;
mod child;
mod contention;
mod data;
mod dialects;
mod histogram;
mod load;
mod machine;
mod orders;
mod reports;
mod requests;

use anyhow::{Context, ensure};
use child::{Asked, Scratch, Served};
use load::Outcome;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A part of the bench that can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Events from HTTP to the reports, and the journal alone.
    Events,
    /// Orders of ten lines, up to a store of a million of them, and a rebuild.
    Orders,
    /// Foreign clients' requests beside our own.
    Dialects,
}

/// What stands by itself: a data set, and what is measured on it.
#[derive(Clone, Debug, clap::Subcommand)]
enum BenchCommand {
    /// Make the data set that reports are measured on.
    Generate(data::GenerateOptions),
    /// Measure every report of the catalogue on a data set.
    Reports(reports::ReportsOptions),
    /// Measure what reports cost those who send events, and each other.
    Contention(contention::ContentionOptions),
}

/// What to measure, and how long.
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchOptions {
    #[command(subcommand)]
    command: Option<BenchCommand>,
    /// Measure this part alone.
    #[arg(value_enum)]
    part: Option<Part>,
    /// Orders to store in the part of the orders.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(100_000..=100_000_000))]
    orders: u64,
    /// Directory on the disk to measure; a fresh one is made below it and removed at the end.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// Seconds for each line of the tables.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Seconds of sustained load while visibility is watched.
    #[arg(long, default_value_t = 60)]
    sustained_seconds: u64,
    /// Serve as the bare peer; used by the bench itself.
    #[arg(long, hide = true)]
    bare_server: bool,
}

/// Events in a request of the batched lines.
const BATCH: u64 = 100;
const CATCH_UP_MAX: Duration = Duration::from_mins(2);

/// Runs the bench and prints its tables.
///
/// # Errors
/// If a server cannot be started or stops answering.
pub(crate) fn run(options: &BenchOptions) -> anyhow::Result<()> {
    match &options.command {
        Some(BenchCommand::Generate(options)) => return data::generate(options),
        Some(BenchCommand::Reports(options)) => return reports::run(options),
        Some(BenchCommand::Contention(_)) | None => {}
    }
    // One thread makes the load, so that the server keeps the other core.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(BenchCommand::Contention(options)) = &options.command {
        return contention::run(&runtime, options);
    }
    if options.bare_server {
        return runtime.block_on(serve_bare());
    }
    let scratch = Scratch::below(&options.dir)?;
    let kind = machine::file_system(&scratch.0);
    ensure!(kind != "tmpfs", "`{}` is on tmpfs, where a sync costs nothing: choose a real disk", options.dir.display());
    println!("machine: {}", machine::describe(&scratch.0));
    let asked = |part| options.part.is_none_or(|only| only == part);
    if asked(Part::Events) {
        events(&runtime, &scratch.0, options)?;
    }
    if asked(Part::Dialects) {
        runtime.block_on(dialects::table(&scratch.0, Duration::from_secs(options.seconds)))?;
    }
    if asked(Part::Orders) {
        orders::table(&runtime, &scratch.0, options.orders)?;
    }
    Ok(())
}

/// The tables about events, and about the journal alone.
fn events(runtime: &tokio::runtime::Runtime, scratch: &Path, options: &BenchOptions) -> anyhow::Result<()> {
    let time = Duration::from_secs(options.seconds);
    journal_table(scratch, options.seconds)?;
    runtime.block_on(async {
        let bare = bare_lines(time).await?;
        single_table(scratch, time, &bare).await?;
        sustained_table(scratch, Duration::from_secs(options.sustained_seconds), &bare).await?;
        batched_table(scratch, time).await
    })
}

async fn serve_bare() -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    bare::serve(listener).await;
    Ok(())
}

/// The journal alone at 1, 16 and 256 writers, beside the disk's own rate.
fn journal_table(dir: &Path, seconds: u64) -> anyhow::Result<()> {
    let probe = journal::probe_disk(dir)?;
    println!("\n## journal: durable appends of 512 bytes");
    for (file, rate) in [("a file of zeros", probe.zeroed), ("a growing file", probe.growing)] {
        println!(
            "disk alone, {file}: {} fdatasync/s, p50 {} us, p99 {} us",
            rate.fdatasync_per_s, rate.p50_us, rate.p99_us
        );
    }
    println!("{:>8} {:>12} {:>12} {:>12} {:>16}", "writers", "appends/s", "ack p50 us", "ack p99 us", "appends/commit");
    for writers in [1, 16, 256] {
        let place = dir.join(format!("journal-{writers}"));
        let result = journal::bench(&place, writers, seconds, 512)?;
        println!(
            "{writers:>8} {:>12} {:>12} {:>12} {:>16}",
            result.appends_per_s, result.ack_p50_us, result.ack_p99_us, result.appends_per_commit
        );
        std::fs::remove_dir_all(&place)?;
    }
    Ok(())
}

const CONNECTIONS: [usize; 4] = [1, 64, 256, 1024];

/// Requests per second of the bare server at each number of connections.
async fn bare_lines(time: Duration) -> anyhow::Result<Vec<Outcome>> {
    let server = Served::start(&["bench", "--bare-server"])?;
    let mut lines = Vec::new();
    for connections in CONNECTIONS {
        lines.push(load::run(server.address, connections, time, requests::bare().into()).await);
    }
    Ok(lines)
}

/// A fresh server with one site, and a token to ask it with.
struct UnderTest {
    server: Served,
    dir: PathBuf,
    token: String,
}

impl UnderTest {
    fn start(parent: &Path, name: &str) -> anyhow::Result<Self> {
        let dir = parent.join(name);
        let place = dir.to_str().context("the directory's name is no UTF-8")?;
        let site =
            ["site", "add", "--data-dir", place, "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC"];
        child::command(&site)?;
        let token = child::command(&["token", "add", "--data-dir", place, "--site", "1", "--scope", "admin"])?;
        let token = token["token"].as_str().context("the command printed no token")?.to_owned();
        let server = Served::start(&["serve", "--data-dir", place, "--listen", "127.0.0.1:0"])?;
        Ok(Self { server, dir, token })
    }

    fn asked(&self) -> Asked<'_> {
        Asked { server: &self.server, token: self.token.clone() }
    }
}

/// One event a request, each acknowledged only when it is on the disk.
async fn single_table(dir: &Path, time: Duration, bare: &[Outcome]) -> anyhow::Result<()> {
    println!("\n## one event a request, durable before the answer (the applier may lag)");
    println!(
        "{:>12} {:>12} {:>10} {:>10} {:>14} {:>10} {:>9}",
        "connections", "requests/s", "p50 us", "p99 us", "bare hyper/s", "of bare", "refused"
    );
    for (i, connections) in CONNECTIONS.into_iter().enumerate() {
        let test = UnderTest::start(dir, &format!("single-{connections}"))?;
        let make: Arc<load::Make> = requests::collect(1, i as u64).into();
        let got = load::run(test.server.address, connections, time, make).await;
        println!(
            "{connections:>12} {:>12} {:>10} {:>10} {:>14} {:>8} % {:>9}",
            got.per_second(),
            got.latency.at(500),
            got.latency.at(990),
            bare[i].per_second(),
            got.per_second() * 100 / bare[i].per_second().max(1),
            got.refused
        );
        test.asked().settled(CATCH_UP_MAX).await?;
    }
    Ok(())
}

/// Sustained load at 64 connections, while one more client watches how long an event takes to be in the reports.
async fn sustained_table(dir: &Path, time: Duration, bare: &[Outcome]) -> anyhow::Result<()> {
    let test = UnderTest::start(dir, "sustained")?;
    let asked = test.asked();
    let make: Arc<load::Make> = requests::collect(1, 50).into();
    let (got, seen) = tokio::join!(load::run(test.server.address, 64, time, make), visibility(&asked, time));
    let (seen, backlog_max) = seen?;
    let late = asked.settled(CATCH_UP_MAX).await?;
    let (_, peak) = machine::resident_mib(test.server.pid());
    println!("\n## sustained for {} s at 64 connections, one event a request", time.as_secs());
    println!(
        "requests/s {} ({} % of bare hyper), ack p50 {} us, p99 {} us, refused {}",
        got.per_second(),
        got.per_second() * 100 / bare[1].per_second().max(1),
        got.latency.at(500),
        got.latency.at(990),
        got.refused
    );
    println!(
        "ack to visible p50 {} ms, p99 {} ms; largest backlog {backlog_max} records; caught up {} ms after the load; peak memory {peak} MiB",
        seen.at(500) / 1000,
        seen.at(990) / 1000,
        late.as_millis()
    );
    Ok(())
}

/// Batches from HTTP to visible.
async fn batched_table(dir: &Path, time: Duration) -> anyhow::Result<()> {
    let test = UnderTest::start(dir, "batched")?;
    let asked = test.asked();
    let make: Arc<load::Make> = requests::collect(BATCH, 70).into();
    let started = Instant::now();
    let (got, seen) = tokio::join!(load::run(test.server.address, 8, time, make), visibility(&asked, time));
    let (seen, _) = seen?;
    let late = asked.settled(CATCH_UP_MAX).await?;
    let events = got.answered * BATCH;
    let rate = |elapsed: Duration| u128::from(events) * 1_000_000 / elapsed.as_micros().max(1);
    let (_, peak) = machine::resident_mib(test.server.pid());
    println!("\n## {BATCH} events a request, 8 connections, from HTTP to visible in reports");
    println!(
        "accepted {}/s, visible {}/s ({events} events; caught up {} ms after the load), refused {}",
        rate(got.elapsed),
        rate(started.elapsed()),
        late.as_millis(),
        got.refused
    );
    println!("ack to visible p50 {} ms, p99 {} ms; peak memory {peak} MiB", seen.at(500) / 1000, seen.at(990) / 1000);
    let journal = machine::bytes_below(&test.dir.join("journal"), &|_| true);
    let store = machine::bytes_below(&test.dir, &|name| name.contains("duckdb"));
    println!("bytes on disk per event: journal {}, store {}", journal / events.max(1), store / events.max(1));
    Ok(())
}

/// Sends an event every 100 ms and measures from its acknowledgement until it is in the reports; returns the
/// latencies and the largest backlog seen.
async fn visibility(asked: &Asked<'_>, time: Duration) -> anyhow::Result<(histogram::Histogram, u64)> {
    let make = requests::collect(1, 99);
    let (mut seen, mut backlog, mut number) = (histogram::Histogram::new(), 0, 0);
    let started = Instant::now();
    while started.elapsed() < time {
        let mut request = Vec::new();
        make(number, &mut request);
        number += 1;
        load::once(asked.server.address, &closing(&request)).await?;
        let answered = Instant::now();
        let position = asked.positions().await?.accepted;
        loop {
            let now = asked.positions().await?;
            backlog = backlog.max(now.accepted.saturating_sub(now.applied));
            if now.applied >= position || answered.elapsed() > CATCH_UP_MAX {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        seen.add(answered.elapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok((seen, backlog))
}

/// Returns the request with a header that closes its connection afterwards.
fn closing(request: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request);
    text.replacen("Host: bench\r\n", "Host: bench\r\nConnection: close\r\n", 1).into_bytes()
}
