//! What a shop states in files: unit costs of products, costs of advertising, codes of mailings. Each is imported and
//! listed in one way; only paths, columns and what the help says differ.

use super::table::aligned;
use super::{Connection, Needs, Place, failed, print};
use anyhow::Context;
use clap::{Args, Subcommand};
use http::Method;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum ProductsCommand {
    /// State unit costs out of a CSV file: sku,unit_cost and if need be currency and from (the first day). Exits with 1
    /// if some lines could not be read; the others are taken.
    Import(ImportArgs),
    /// List the unit costs.
    List(ListArgs),
}

#[derive(Subcommand)]
pub(super) enum CostsCommand {
    /// State costs of advertising out of a CSV or JSON file: date,source,medium,cost and if need be campaign, channel,
    /// currency, clicks and impressions. A day and campaign that is imported again is replaced. Exits with 1 if some
    /// lines could not be read; the others are taken.
    Import(ImportArgs),
    /// List the costs, the latest first.
    List(ListArgs),
}

#[derive(Subcommand)]
pub(super) enum LinkCodesCommand {
    /// State codes out of a CSV file: code, and contact (an e-mail address or user id) or campaign or both. Exits with 1
    /// if some lines could not be read; the others are taken.
    Import(ImportArgs),
    /// List the codes.
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

/// Where something is stated and listed, below the site's path.
struct Stated {
    import: &'static str,
    list: &'static str,
    /// The list's name in the answer.
    rows: &'static str,
    columns: &'static [&'static str],
}

const PRODUCTS: Stated =
    Stated { import: "products/costs", list: "products/costs", rows: "costs", columns: &["sku", "from", "unit_cost"] };

const COSTS: Stated = Stated {
    import: "costs/import",
    list: "costs",
    rows: "costs",
    columns: &["date", "channel", "source", "medium", "campaign", "cost", "currency", "clicks", "impressions"],
};

const LINK_CODES: Stated = Stated {
    import: "link-codes/import",
    list: "link-codes",
    rows: "codes",
    columns: &["code", "campaign", "user_id", "email_hash"],
};

pub(super) fn products(command: ProductsCommand) -> ExitCode {
    match command {
        ProductsCommand::Import(args) => ended(import(&PRODUCTS, &args)),
        ProductsCommand::List(args) => ended(list(&PRODUCTS, &args)),
    }
}

pub(super) fn costs(command: CostsCommand) -> ExitCode {
    match command {
        CostsCommand::Import(args) => ended(import(&COSTS, &args)),
        CostsCommand::List(args) => ended(list(&COSTS, &args)),
    }
}

pub(super) fn link_codes(command: LinkCodesCommand) -> ExitCode {
    match command {
        LinkCodesCommand::Import(args) => ended(import(&LINK_CODES, &args)),
        LinkCodesCommand::List(args) => ended(list(&LINK_CODES, &args)),
    }
}

fn ended(done: anyhow::Result<ExitCode>) -> ExitCode {
    done.unwrap_or_else(|error| failed(&error, 1))
}

fn import(stated: &Stated, args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let file = std::fs::read(&args.file).with_context(|| format!("failed to read `{}`", args.file.display()))?;
    let target = format!("/api/v1/sites/{}/{}", args.site, stated.import);
    let taken = Connection::open(&args.place, Needs::DataDir)?.upload(&target, file)?;
    print(&format!("{taken}\n"));
    let is_whole = taken["bad_lines"].as_array().is_none_or(Vec::is_empty);
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(stated: &Stated, args: &ListArgs) -> anyhow::Result<ExitCode> {
    let target = format!("/api/v1/sites/{}/{}?limit=10000", args.site, stated.list);
    let found: Value = Connection::open(&args.place, Needs::Reports)?.ask(Method::GET, &target, None)?;
    print(&if args.json { format!("{found}\n") } else { aligned(&found[stated.rows], stated.columns) });
    Ok(ExitCode::SUCCESS)
}
