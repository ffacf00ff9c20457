//! `tallyho token`: add, list, revoke.

use super::table::aligned;
use super::{Connection, Needs, Place, print};
use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Add a token; prints it, this once.
    Add(AddArgs),
    /// List the tokens, without their secrets.
    List(ListArgs),
    /// Revoke a token.
    Revoke(RevokeArgs),
}

#[derive(Args)]
pub(super) struct AddArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site; every site if left out.
    #[arg(long, value_name = "N")]
    site: Option<u32>,
    /// What it may do: ingest, import, read, admin.
    #[arg(long)]
    scope: String,
    /// What people call it.
    #[arg(long, default_value = "")]
    label: String,
}

#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site; every site if left out.
    #[arg(long, value_name = "N")]
    site: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct RevokeArgs {
    #[command(flatten)]
    place: Place,
    /// The token's id, as `list` shows it: the ten characters after `tly_`.
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) fn run(command: TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Add(args) => add(&args),
        TokenCommand::List(args) => list(&args),
        TokenCommand::Revoke(args) => revoke(&args),
    }
}

fn target(site: Option<u32>) -> String {
    site.map_or_else(|| "/api/v1/tokens".to_owned(), |site| format!("/api/v1/sites/{site}/tokens"))
}

fn add(args: &AddArgs) -> anyhow::Result<()> {
    let token = json!({ "scope": args.scope, "label": args.label });
    let added = Connection::open(&args.place, Needs::DataDir)?.ask(Method::POST, &target(args.site), Some(&token))?;
    print(&format!("{}\n", json!({ "token": added["token"] })));
    Ok(())
}

fn list(args: &ListArgs) -> anyhow::Result<()> {
    let found: Value = Connection::open(&args.place, Needs::DataDir)?.ask(Method::GET, &target(args.site), None)?;
    let columns = ["id", "scope", "site", "label", "created_at", "last_used_at"];
    print(&if args.json { format!("{found}\n") } else { aligned(&found["tokens"], &columns) });
    Ok(())
}

fn revoke(args: &RevokeArgs) -> anyhow::Result<()> {
    let is_id = args.id.chars().all(|c| c.is_ascii_alphanumeric());
    anyhow::ensure!(is_id, "`{}` is no token's id; `tallyho token list` shows them", args.id);
    Connection::open(&args.place, Needs::DataDir)?.ask(Method::DELETE, &format!("/api/v1/tokens/{}", args.id), None)?;
    Ok(())
}
