//! Orders of ten lines, end to end: from HTTP through the journal to the store, on an empty store and on one that holds
//! all of them; then the same journal again as a rebuild.
//!
//! The orders go in slices. A slice is over when its last order is in the reports, so its rate is that of the slowest
//! step of the way, and the load that is made costs what it costs on the same cores.

use super::child::{self, Positions};
use super::requests::LINES;
use super::{CATCH_UP_MAX, UnderTest, load, machine, requests};
use anyhow::{Context, ensure};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Orders in a request.
const BATCH: u64 = 50;
/// Orders in a slice.
const SLICE: u64 = 50_000;
const CONNECTIONS: usize = 8;

/// Returns `orders` by `elapsed`, per second.
fn per_second(orders: u64, elapsed: Duration) -> u64 {
    (u128::from(orders) * 1_000_000 / elapsed.as_micros().max(1)) as u64
}

/// Stores `orders` orders, slice by slice, then builds the store anew, and prints both rates.
pub(super) fn table(runtime: &tokio::runtime::Runtime, dir: &Path, orders: u64) -> anyhow::Result<()> {
    let slices = orders.div_ceil(SLICE);
    println!(
        "\n## orders of {LINES} lines, {BATCH} a request, {CONNECTIONS} connections, from HTTP to visible in reports"
    );
    println!("{:>12} {:>12} {:>12} {:>16}", "stored", "orders/s", "accepted/s", "memory now MiB");
    let test = UnderTest::start(dir, "orders")?;
    let started = Instant::now();
    let rates = runtime.block_on(fill(&test, slices))?;
    let elapsed = started.elapsed();
    let positions = runtime.block_on(test.asked().positions())?;
    let (_, peak) = machine::resident_mib(test.server.pid());
    let stored = slices * SLICE;
    let journal = machine::bytes_below(&test.dir.join("journal"), &|_| true);
    let store = machine::bytes_below(&test.dir, &|name| name.contains("duckdb"));
    let UnderTest { server, dir, .. } = test;
    // The rebuild has the machine to itself.
    drop(server);
    summarise(&rates, per_second(stored, elapsed));
    println!(
        "peak memory {peak} MiB; on disk per order: journal {} bytes, store {} bytes",
        journal / stored,
        store / stored
    );
    rebuild_line(&dir, positions, stored, per_second(stored, elapsed))
}

/// Sends the slices one after the other and returns the rate of each.
async fn fill(test: &UnderTest, slices: u64) -> anyhow::Result<Vec<u64>> {
    let asked = test.asked();
    let make: Arc<load::Make> = requests::orders(BATCH, &test.token).into();
    let mut rates = Vec::new();
    for slice in 0..slices {
        let started = Instant::now();
        let numbers = slice * SLICE / BATCH..(slice + 1) * SLICE / BATCH;
        let got = load::send(test.server.address, CONNECTIONS, numbers, make.clone()).await;
        ensure!(got.refused == 0, "{} requests were refused", got.refused);
        asked.settled(CATCH_UP_MAX).await?;
        let rate = per_second(SLICE, started.elapsed());
        let (memory, _) = machine::resident_mib(test.server.pid());
        println!("{:>12} {rate:>12} {:>12} {memory:>16}", (slice + 1) * SLICE, per_second(SLICE, got.elapsed));
        rates.push(rate);
    }
    Ok(rates)
}

/// Compares the first slices, on a nearly empty store, with the last ones, on a full one. The mean of several evens out
/// what else the machine does.
fn summarise(rates: &[u64], sustained: u64) {
    let few = (rates.len() / 5).clamp(1, 4);
    let mean = |slices: &[u64]| slices.iter().sum::<u64>() / slices.len().max(1) as u64;
    let (first, last) = (mean(&rates[..few]), mean(&rates[rates.len() - few..]));
    println!(
        "sustained {sustained} orders/s; the first {few} slices {first}/s, the last {few} {last}/s: {} % of the first",
        last * 100 / first.max(1)
    );
}

/// Builds the store anew from the journal, as a command beside no server.
fn rebuild_line(dir: &Path, positions: Positions, stored: u64, sustained: u64) -> anyhow::Result<()> {
    let place = dir.to_str().context("the directory's name is no UTF-8")?;
    let started = Instant::now();
    let rebuilt = child::command(&["rebuild", "--data-dir", place])?;
    let elapsed = started.elapsed();
    let position = rebuilt["position"].as_u64().context("the rebuild told no position")?;
    ensure!(position >= positions.accepted, "the rebuild ended at {position}, not at {}", positions.accepted);
    let rate = per_second(stored, elapsed);
    println!("rebuild {} s: {rate} orders/s, {} % of the rate above", elapsed.as_secs(), rate * 100 / sustained.max(1));
    Ok(())
}
