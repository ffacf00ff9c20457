//! `tallyho rates`: set one, import a file, list.

use super::table::aligned;
use super::{Connection, Needs, Place, print};
use anyhow::Context;
use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Subcommand)]
pub(super) enum RatesCommand {
    /// State one rate.
    Set(SetArgs),
    /// State the rates of a CSV file: day,currency,per_unit.
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
    /// Units of it for one unit of the site's currency.
    #[arg(long, value_name = "DECIMAL")]
    per_unit: String,
}

#[derive(Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N", default_value_t = 1)]
    site: u32,
    /// The file; a first line of names is passed over.
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
            let rate = json!({ "day": args.day, "currency": args.currency, "per_unit": args.per_unit });
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
    let text =
        std::fs::read_to_string(&args.file).with_context(|| format!("failed to read `{}`", args.file.display()))?;
    let mut rates = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split(',').map(|field| field.trim().trim_matches('"')).collect();
        let [day, currency, per_unit] = fields[..] else {
            anyhow::bail!("line {} has {} fields, not day,currency,per_unit", number + 1, fields.len());
        };
        if number > 0 || day.starts_with(|c: char| c.is_ascii_digit()) {
            rates.push(json!({ "day": day, "currency": currency, "per_unit": per_unit }));
        }
    }
    let connection = Connection::open(&args.place, Needs::DataDir)?;
    for part in rates.chunks(5_000) {
        state(&connection, args.site, part)?;
    }
    print(&format!("{}\n", json!({ "rates": rates.len() })));
    Ok(())
}

fn list(args: &ListArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/rates", args.site);
    let found = Connection::open(&args.place, Needs::Reports)?.ask(Method::GET, &target, None)?;
    print(&if args.json { format!("{found}\n") } else { aligned(&found["rates"], &["day", "currency", "per_unit"]) });
    Ok(())
}
