//! `tallyho rates`: set one, import a file, list.

mod file;

use super::table::aligned;
use super::{Connection, Needs, Place, print};
use anyhow::Context;
use clap::{Args, Subcommand};
use commerce::Currency;
use http::Method;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::path::PathBuf;

/// How many rates go into one request.
const RATES_AT_ONCE: usize = 5_000;

#[derive(Subcommand)]
pub(super) enum RatesCommand {
    /// State one rate.
    Set(SetArgs),
    /// State the rates of a CSV file: the ECB's eurofxref-hist.csv, or date,currency,rate.
    Import(ImportArgs),
    /// List the rates as of now.
    List(ListArgs),
}

#[derive(Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// The day, as 2026-03-02.
    #[arg(long)]
    day: String,
    /// The foreign currency.
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// What one unit of it is worth in the site's currency.
    #[arg(long, value_name = "DECIMAL", required_unless_present = "per_unit")]
    value: Option<String>,
    /// The other way round: units of it for one unit of the site's currency.
    #[arg(long, value_name = "DECIMAL", conflicts_with = "value")]
    per_unit: Option<String>,
}

#[derive(Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N", default_value_t = 1)]
    site: u32,
    /// Pass over rates of earlier days.
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// The file. A rate is what one unit of the currency is worth in the site's; a column named per_unit says how many
    /// units of it one unit of the site's buys.
    file: PathBuf,
}

#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: RatesCommand) -> anyhow::Result<()> {
    match command {
        RatesCommand::Set(args) => {
            let mut rate = json!({ "day": args.day, "currency": args.currency });
            for (name, stated) in [("value", args.value), ("per_unit", args.per_unit)] {
                if let Some(stated) = stated {
                    rate[name] = stated.into();
                }
            }
            state(&Connection::open(&args.place, Needs::DataDir)?, args.site, &[rate])
        }
        RatesCommand::Import(args) => import(&args),
        RatesCommand::List(args) => list(&args),
    }
}

fn state(connection: &Connection, site: u32, rates: &[Value]) -> anyhow::Result<()> {
    connection.ask(Method::PUT, &format!("/api/v1/sites/{site}/rates"), Some(&json!({ "rates": rates })))?;
    Ok(())
}

fn import(args: &ImportArgs) -> anyhow::Result<()> {
    let bytes = std::fs::read(&args.file).with_context(|| format!("failed to read `{}`", args.file.display()))?;
    let connection = Connection::open(&args.place, Needs::DataDir)?;
    let site = connection.ask(Method::GET, &format!("/api/v1/sites/{}", args.site), None)?;
    let own = site["currency"].as_str().and_then(Currency::parse).context("the site has no currency")?;
    let mut found = file::read(&bytes, own).map_err(anyhow::Error::msg)?;
    found.rates.retain(|(day, _, _)| args.from.is_none_or(|from| *day >= from));
    for part in found.rates.chunks(RATES_AT_ONCE) {
        let rates: Vec<Value> = part
            .iter()
            .map(|(day, code, rate)| json!({ "day": day.to_string(), "currency": code, "per_unit": rate }))
            .collect();
        state(&connection, args.site, &rates)?;
    }
    print(&format!("{}\n", json!({ "rates": found.rates.len(), "unknown_currencies": found.unknown })));
    Ok(())
}

fn list(args: &ListArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/rates", args.site);
    let found = Connection::open(&args.place, Needs::Reports)?.ask(Method::GET, &target, None)?;
    print(&if args.json {
        format!("{found}\n")
    } else {
        aligned(&found["rates"], &["day", "currency", "per_unit", "value"])
    });
    Ok(())
}
