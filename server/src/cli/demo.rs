//! `tallyho demo`: its options.

use crate::app::Setup;
use crate::demo::{self, DemoOptions};
use crate::logs;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Options of the demo.
#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    /// Address to listen on.
    #[arg(long, env = "TALLYHO_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
    /// Directory of the demo; an earlier demo in it is replaced, anything else is left alone.
    #[arg(long, default_value = "tallyho-demo", value_name = "DIR")]
    data_dir: PathBuf,
    /// How many days the shop has been open.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=730))]
    days: u32,
    /// The same seed gives the same shop.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Seeds the shop and serves it.
pub(super) fn run(args: DemoArgs) -> anyhow::Result<()> {
    logs::start();
    let setup = Setup {
        data_dir: args.data_dir,
        clock_start: None,
        trusted_proxies: Vec::new(),
        geoip_db: None,
        store: store::Options::default(),
        answer_max_s: crate::api::ANSWER_MAX_S,
        nightly_warehouse: false,
        open_reports: true,
    };
    demo::run(setup, args.listen, DemoOptions { days: args.days, seed: args.seed })
}
