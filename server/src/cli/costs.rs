//! `tallyho costs`: import what advertising cost, list.

use super::table::aligned;
use super::{Connection, Needs, Place, failed, print};
use anyhow::Context;
use clap::{Args, Subcommand};
use http::Method;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum CostsCommand {
    /// State costs of advertising out of a CSV or JSON file: date,source,medium,cost and if need be campaign, channel,
    /// currency, clicks and impressions. A day and campaign that is imported again is replaced. Exits with 1 if some
    /// lines could not be read; the others are taken.
    Import(ImportArgs),
    /// List the costs, the latest first.
    List(ListArgs),
}

#[derive(Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N", default_value_t = 1)]
    site: u32,
    /// The file.
    file: PathBuf,
}

#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N", default_value_t = 1)]
    site: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: CostsCommand) -> ExitCode {
    let done = match command {
        CostsCommand::Import(args) => import(&args),
        CostsCommand::List(args) => list(&args).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| failed(&error, 1))
}

fn import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let list = std::fs::read(&args.file).with_context(|| format!("failed to read `{}`", args.file.display()))?;
    let target = format!("/api/v1/sites/{}/costs/import", args.site);
    let taken = Connection::open(&args.place, Needs::DataDir)?.upload(&target, list)?;
    print(&format!("{taken}\n"));
    let is_whole = taken["bad_lines"].as_array().is_none_or(Vec::is_empty);
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(args: &ListArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/costs?limit=10000", args.site);
    let found: Value = Connection::open(&args.place, Needs::Reports)?.ask(Method::GET, &target, None)?;
    let columns = ["date", "channel", "source", "medium", "campaign", "cost", "currency", "clicks", "impressions"];
    print(&if args.json { format!("{found}\n") } else { aligned(&found["costs"], &columns) });
    Ok(())
}
