//! `tallyho serve`: opens everything, serves until it is told to end or the journal fails, and closes in order.

use crate::app::{App, Setup};
use crate::erasure;
use crate::listen::{Front, accept_tcp, accept_unix, bind_unix};
use crate::pipeline::Applier;
use crate::start::open_store;
use crate::sums::Summing;
use crate::warehouse;
use crate::{api, cli};
use anyhow::{Context, bail};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

/// The clock ticks in the journal this often, so that time passes in a replay, too.
const TICK: Duration = Duration::from_secs(30);
/// Sealed segments are compressed this often.
const MAINTENANCE: Duration = Duration::from_mins(5);
/// How often it is looked whether anybody is to be erased, and when again after it failed.
const ERASE: Duration = Duration::from_millis(500);
const ERASE_AGAIN: Duration = Duration::from_mins(1);
/// How often it is looked whether anything has become too old.
const RETENTION: Duration = Duration::from_hours(1);
/// How long requests under way may take to finish at the end.
const FINISH: Duration = Duration::from_secs(10);
/// How soon a failed journal ends the process; its waiting requests have had their 503 by then.
const WATCH: Duration = Duration::from_millis(100);

/// Where the server's address is written, for scripts and tests.
pub(crate) const ADDRESS_FILE: &str = "listen.addr";

/// Serves until the end.
///
/// # Errors
/// If something cannot be opened, or the journal failed.
pub(crate) fn run(setup: Setup, listen: SocketAddr) -> anyhow::Result<()> {
    ignore_file_size_signal()?;
    let app = Arc::new(App::open(setup)?);
    open_store(&app)?;
    app.append_tick()?;
    let applier = Applier::start(Arc::clone(&app), Arc::clone(&app.rules))?;
    let summing = Summing::start(Arc::clone(&app))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(http_threads())
        .max_blocking_threads(16)
        .thread_name("http")
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    let served = runtime.block_on(serve(&app, &applier, listen));
    runtime.shutdown_timeout(Duration::from_secs(1));
    summing.stop();
    applier.stop();
    close(&app);
    served
}

/// On two cores one thread for HTTP has a fifth of the 99th percentile of two: the applier needs the other.
fn http_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

/// A file that may not grow must be an error we answer 503 to, not the end of the process.
fn ignore_file_size_signal() -> anyhow::Result<()> {
    /// Its number on Linux and macOS.
    const SIGXFSZ: i32 = 25;
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).context("failed to ignore SIGXFSZ")?;
    Ok(())
}

async fn serve(app: &Arc<App>, applier: &Applier, listen: SocketAddr) -> anyhow::Result<()> {
    let data_dir = app.setup.data_dir.clone();
    let tcp = TcpListener::bind(listen).await.with_context(|| format!("failed to listen on {listen}"))?;
    let unix = bind_unix(&data_dir)?;
    let (end, ending) = watch::channel(false);
    let (alive, mut all_done) = mpsc::channel(1);
    let front = Front::new(Arc::clone(app), api::router(Arc::clone(app)), ending, alive);
    let address = tcp.local_addr().context("failed to learn our own address")?;
    tokio::spawn(accept_tcp(tcp, front.clone()));
    tokio::spawn(accept_unix(unix, front));
    tokio::spawn(tick(Arc::clone(app)));
    tokio::spawn(maintain(Arc::clone(app)));
    tokio::spawn(erase(Arc::clone(app)));
    // Before anybody is told that we listen: who hears it may end us at once.
    let signals = (
        signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?,
        signal(SignalKind::interrupt()).context("failed to listen for SIGINT")?,
    );
    announce(app, &data_dir, address)?;

    let ended = until_the_end(app, applier, signals).await;
    // Nobody listens any more if every connection has ended, and that is as well.
    end.send_replace(true);
    let finish = if ended.is_ok() { FINISH } else { Duration::from_secs(1) };
    if tokio::time::timeout(finish, all_done.recv()).await.is_err() {
        tracing::warn!("some requests were still under way and are cut off");
    }
    ended
}

/// Returns the link that makes the first account. Its token stands behind `#`, which browsers send to nobody.
pub(crate) fn setup_link(address: &str, token: &str) -> String {
    let reachable = match address.parse::<SocketAddr>() {
        Ok(any) if any.ip().is_unspecified() => format!("localhost:{}", any.port()),
        _ => address.to_owned(),
    };
    format!("http://{reachable}/#/setup/{token}")
}

/// Writes and prints the address, and on an empty installation what to do next.
fn announce(app: &App, data_dir: &Path, address: SocketAddr) -> anyhow::Result<()> {
    let path = data_dir.join(ADDRESS_FILE);
    std::fs::write(&path, format!("{address}\n")).with_context(|| format!("failed to write `{}`", path.display()))?;
    cli::print(&format!("listening on http://{address}\n"));
    if let Some(token) = app.new_setup_token()? {
        let link = setup_link(&address.to_string(), &token);
        cli::print(&format!("There is no account yet. Make the first one here; the link works once:\n\n  {link}\n\n"));
    }
    if app.book().sites.is_empty() {
        let dir = data_dir.display();
        cli::print(&format!(
            "There is no site yet. The dashboard adds one, and so does another terminal:\n\n  \
             tallyho site add --data-dir {dir} --domain shop.example --currency EUR --timezone Europe/Berlin\n  \
             tallyho token add --data-dir {dir} --site 1 --scope read\n\n\
             Then send events to http://{address}/v1/collect (or Matomo's tracker to http://{address}/matomo.php)\n\
             and ask http://{address}/api/v1/sites/1/report?metrics=visits,orders,order_total\n"
        ));
    }
    tracing::info!(address = %address, version = env!("CARGO_PKG_VERSION"), position = app.opened_at, "serving");
    Ok(())
}

/// Waits for a signal, or for what the process cannot live with.
async fn until_the_end(
    app: &App,
    applier: &Applier,
    (mut terminate, mut interrupt): (Signal, Signal),
) -> anyhow::Result<()> {
    let mut watch = tokio::time::interval(WATCH);
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = watch.tick() => {}
        }
        if let Some(reason) = app.journal.failed() {
            bail!("the journal failed and the process must end: {reason}");
        }
        if applier.has_died() {
            bail!("the applier ended unexpectedly");
        }
    }
}

/// Appends the clock's tick, and notes when tokens were used.
async fn tick(app: Arc<App>) {
    let mut interval = tokio::time::interval(TICK);
    interval.tick().await;
    loop {
        interval.tick().await;
        let app = Arc::clone(&app);
        let work = tokio::task::spawn_blocking(move || {
            if let Err(error) = app.append_tick() {
                tracing::warn!(error = format!("{error:#}"), "the clock's tick could not be stored");
            }
            if let Err(error) = app.write_token_use() {
                tracing::warn!(error = error.to_string(), "the use of tokens could not be noted");
            }
            if let Err(error) = app.sweep_sessions() {
                tracing::warn!(error = error.to_string(), "sessions that have ended could not be dropped");
            }
        });
        if work.await.is_err() {
            return;
        }
    }
}

/// Compresses sealed segments that are in the store already, and writes out what is due.
async fn maintain(app: Arc<App>) {
    let mut interval = tokio::time::interval(MAINTENANCE);
    interval.tick().await;
    loop {
        interval.tick().await;
        let app = Arc::clone(&app);
        let work = tokio::task::spawn_blocking(move || {
            if app.setup.nightly_warehouse {
                warehouse::nightly(&app);
            }
            if let Err(error) = app.journal.maintain(app.progress.applied(), &|_| true) {
                tracing::warn!(error = error.to_string(), "the journal's old segments could not be compressed");
            }
        });
        if work.await.is_err() {
            return;
        }
    }
}

/// Carries out what was decided of people to be erased, also before the latest start, and decides what has become too old.
async fn erase(app: Arc<App>) {
    let mut interval = tokio::time::interval(ERASE);
    let mut looked: Option<Instant> = None;
    loop {
        interval.tick().await;
        let is_time = looked.is_none_or(|at| at.elapsed() > RETENTION);
        if !is_time && !erasure::is_due(&app.setup.data_dir) {
            continue;
        }
        looked = if is_time { Some(Instant::now()) } else { looked };
        let here = Arc::clone(&app);
        let work = move || {
            if is_time {
                erasure::decide_what_is_too_old(&here)?;
            }
            erasure::carry_out(&here)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(())) => app.alarms.clear("erasure"),
            Ok(Err(error)) => {
                app.alarms.raise("erasure", format!("what is to be erased could not be erased yet: {error:#}"));
                tokio::time::sleep(ERASE_AGAIN).await;
            }
            Err(_) => return,
        }
    }
}

fn close(app: &App) {
    if let Err(error) = app.write_token_use() {
        tracing::warn!(error = error.to_string(), "the use of tokens could not be noted");
    }
    if let Err(error) = app.write_session_use() {
        tracing::warn!(error = error.to_string(), "the use of sessions could not be noted");
    }
    app.journal.clone().close();
    for name in [ADDRESS_FILE, "tallyho.sock"] {
        // What is left behind is replaced at the next start.
        drop(std::fs::remove_file(app.setup.data_dir.join(name)));
    }
    tracing::info!("ended");
}
