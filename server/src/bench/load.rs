//! A load generator for one address on this machine: so many connections, each sending the next request when the
//! answer to the last has been read. Requests are bytes made beforehand, so that it costs little beside the server.

use super::histogram::Histogram;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a run of requests came to.
pub(super) struct Outcome {
    /// Answers with a 2xx.
    pub(super) answered: u64,
    /// Answers with anything else, and broken connections.
    pub(super) refused: u64,
    /// From the first byte sent to the last byte read.
    pub(super) latency: Histogram,
    /// Time from the first request to the last answer.
    pub(super) elapsed: Duration,
}

impl Outcome {
    /// Returns answers per second.
    pub(super) fn per_second(&self) -> u64 {
        (u128::from(self.answered) * 1_000_000 / self.elapsed.as_micros().max(1)) as u64
    }
}

/// Writes the request with the given number into the buffer, which holds the one before or is empty.
pub(super) type Make = dyn Fn(u64, &mut Vec<u8>) + Send + Sync;

/// Keeps `connections` busy for `time` and returns what came of it.
pub(super) async fn run(address: SocketAddr, connections: usize, time: Duration, make: Arc<Make>) -> Outcome {
    let until = Until { time: Some(Instant::now() + time), number: u64::MAX };
    run_until(address, connections, 0, until, make).await
}

/// Sends the requests with the `numbers` over `connections` and returns what came of it.
pub(super) async fn send(
    address: SocketAddr,
    connections: usize,
    numbers: std::ops::Range<u64>,
    make: Arc<Make>,
) -> Outcome {
    let until = Until { time: None, number: numbers.end };
    run_until(address, connections, numbers.start, until, make).await
}

/// When a connection is done: at a time, or before a number, whichever comes first.
#[derive(Clone, Copy)]
struct Until {
    time: Option<Instant>,
    number: u64,
}

async fn run_until(address: SocketAddr, connections: usize, first: u64, until: Until, make: Arc<Make>) -> Outcome {
    let numbers = Arc::new(AtomicU64::new(first));
    let started = Instant::now();
    let tasks: Vec<_> =
        (0..connections).map(|_| tokio::spawn(connection(address, until, make.clone(), numbers.clone()))).collect();
    let mut outcome = Outcome { answered: 0, refused: 0, latency: Histogram::new(), elapsed: Duration::ZERO };
    for task in tasks {
        // A task ends with its numbers or was never started; there is nothing to add for one that panicked.
        if let Ok(part) = task.await {
            outcome.answered += part.answered;
            outcome.refused += part.refused;
            outcome.latency.merge(&part.latency);
        }
    }
    outcome.elapsed = started.elapsed();
    outcome
}

async fn connection(address: SocketAddr, until: Until, make: Arc<Make>, numbers: Arc<AtomicU64>) -> Outcome {
    let mut outcome = Outcome { answered: 0, refused: 0, latency: Histogram::new(), elapsed: Duration::ZERO };
    let Ok(mut stream) = TcpStream::connect(address).await else {
        outcome.refused = 1;
        return outcome;
    };
    // Without this, small requests wait for the kernel to fill a packet.
    if stream.set_nodelay(true).is_err() {
        outcome.refused = 1;
        return outcome;
    }
    let (mut request, mut answer) = (Vec::new(), vec![0; 16 * 1024]);
    while until.time.is_none_or(|time| Instant::now() < time) {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        if number >= until.number {
            break;
        }
        make(number, &mut request);
        let sent = Instant::now();
        match exchange(&mut stream, &request, &mut answer).await {
            Ok(status) if (200..300).contains(&status) => {
                outcome.answered += 1;
                outcome.latency.add(sent.elapsed());
            }
            Ok(_) => outcome.refused += 1,
            Err(_) => {
                outcome.refused += 1;
                return outcome;
            }
        }
    }
    outcome
}

/// Sends one request and reads its answer to the end; returns the status.
async fn exchange(stream: &mut TcpStream, request: &[u8], answer: &mut [u8]) -> std::io::Result<u16> {
    stream.write_all(request).await?;
    let mut read = 0;
    loop {
        let n = stream.read(&mut answer[read..]).await?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        read += n;
        if let Some(whole) = whole_length(&answer[..read])
            && read >= whole
        {
            return Ok(std::str::from_utf8(&answer[9..12]).ok().and_then(|s| s.parse().ok()).unwrap_or(0));
        }
    }
}

/// Returns the length of head and body together once the head is complete.
fn whole_length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Some(head + length.unwrap_or(0))
}

/// Sends one request on a connection of its own and returns the whole answer as text.
pub(super) async fn once(address: SocketAddr, request: &[u8]) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
