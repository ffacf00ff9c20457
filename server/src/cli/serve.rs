//! `tallyho serve`: its options.

use super::Place;
use crate::api::ANSWER_MAX_S;
use crate::app::Setup;
use crate::{logs, serve};
use clap::Args;
use collector::book::Network;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Options of the server.
#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) place: Place,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "TALLYHO_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub(super) listen: SocketAddr,
    /// Networks of proxies whose X-Forwarded-For and country headers are believed, separated by commas.
    #[arg(long, env = "TALLYHO_TRUSTED_PROXIES", value_delimiter = ',', value_parser = read_network, value_name = "CIDR")]
    pub(super) trusted_proxies: Vec<Network>,
    /// MMDB file that knows in which country and city addresses lie.
    #[arg(long, env = "TALLYHO_GEOIP_DB", value_name = "FILE")]
    pub(super) geoip_db: Option<PathBuf>,
    /// Memory that reports may use, in MiB; more is spilled to disk.
    #[arg(long, env = "TALLYHO_STORE_MEMORY_MB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(64..))]
    pub(super) store_memory_mb: u64,
    /// Seconds that one report may take, waiting for its turn included.
    #[arg(long, env = "TALLYHO_ANSWER_MAX_S", default_value_t = ANSWER_MAX_S, value_parser = clap::value_parser!(u64).range(1..=ANSWER_MAX_S), value_name = "SECONDS")]
    pub(super) answer_max_s: u64,
    /// Write every site's tables out as Parquet each night, after three o'clock in the site's zone.
    #[arg(long, env = "TALLYHO_NIGHTLY_WAREHOUSE")]
    pub(super) nightly_warehouse: bool,
}

fn read_network(text: &str) -> Result<Network, String> {
    Network::parse(text).ok_or_else(|| "this is no address or network such as 10.0.0.0/8".to_owned())
}

/// Serves until it is told to end.
pub(super) fn run(args: ServeArgs) -> anyhow::Result<()> {
    logs::start();
    let listen = args.listen;
    serve::run(setup(args), listen)
}

/// Returns what the options say.
fn setup(args: ServeArgs) -> Setup {
    Setup {
        data_dir: args.place.data_dir,
        clock_start: args.place.clock,
        trusted_proxies: args.trusted_proxies,
        geoip_db: args.geoip_db,
        store: store::Options { memory_limit_mb: args.store_memory_mb, ..store::Options::default() },
        answer_max_s: args.answer_max_s,
        nightly_warehouse: args.nightly_warehouse,
        open_reports: false,
    }
}
