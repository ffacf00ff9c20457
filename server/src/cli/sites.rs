//! `tallyho site`: add, set, list, keys, rotate-secret, secret.

use super::table::aligned;
use super::{Connection, Needs, Place, print};
use anyhow::Context;
use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Map, Value, json};
use std::io::Read;

/// Most that is read of standard input for a secret, in bytes.
const SECRET_BYTES_MAX: u64 = 64 << 10;

#[derive(Subcommand)]
pub(super) enum SiteCommand {
    /// Add a site; prints its number and collect key.
    Add(AddArgs),
    /// Change settings of a site: every setting by its name.
    Set(SetArgs),
    /// List the sites.
    List(ListArgs),
    /// Print a site's collect key and the secret that signs browser orders.
    Keys(KeysArgs),
    /// Replace the secret that signs browser orders; prints the new one. The old one no longer proves anything.
    RotateSecret(KeysArgs),
    /// Store the secret by which a platform proves who it is, such as the one that signs its webhooks; read from
    /// standard input. The one before stays good until the next is stored.
    Secret(SecretArgs),
}

#[derive(Args)]
pub(super) struct AddArgs {
    #[command(flatten)]
    place: Place,
    /// The shop's main host.
    #[arg(long, value_name = "HOST")]
    domain: String,
    /// Reporting currency, an ISO 4217 code.
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// IANA time zone of the shop's days.
    #[arg(long, value_name = "ZONE")]
    timezone: String,
    /// Number of the site; the next free one if left out.
    #[arg(long, value_name = "N")]
    id: Option<u32>,
    /// Count visits and carts as Matomo does.
    #[arg(long)]
    matomo_compat: bool,
}

#[derive(Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// Settings as name=value.
    #[arg(required = true, value_name = "NAME=VALUE")]
    settings: Vec<String>,
}

#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct KeysArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
}

#[derive(Args)]
pub(super) struct SecretArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// Whose secret it is: shopify, stripe, woocommerce, ...
    #[arg(long, value_name = "NAME")]
    dialect: String,
    /// Drop all secrets of the dialect instead.
    #[arg(long)]
    drop: bool,
}

pub(super) fn run(command: SiteCommand) -> anyhow::Result<()> {
    match command {
        SiteCommand::Add(args) => add(&args),
        SiteCommand::Set(args) => set(&args),
        SiteCommand::List(args) => list(&args),
        SiteCommand::Keys(args) => keys(&args),
        SiteCommand::RotateSecret(args) => rotate_secret(&args),
        SiteCommand::Secret(args) => secret(&args),
    }
}

fn add(args: &AddArgs) -> anyhow::Result<()> {
    let site = json!({
        "domain": args.domain,
        "currency": args.currency,
        "timezone": args.timezone,
        "id": args.id,
        "matomo_compat": args.matomo_compat,
    });
    let added = Connection::open(&args.place, Needs::NewDataDir)?.send(Method::POST, "/api/v1/sites", Some(&site))?;
    print(&format!("{}\n", String::from_utf8_lossy(&added)));
    Ok(())
}

fn set(args: &SetArgs) -> anyhow::Result<()> {
    let mut settings = Map::new();
    for setting in &args.settings {
        let (name, value) = setting.split_once('=').with_context(|| format!("`{setting}` is no name=value"))?;
        settings.insert(name.trim().to_owned(), Value::from(value));
    }
    let target = format!("/api/v1/sites/{}/settings", args.site);
    let connection = Connection::open(&args.place, Needs::DataDir)?;
    let settings = connection.ask(Method::PUT, &target, Some(&Value::Object(settings)))?;
    print(&format!("{settings}\n"));
    Ok(())
}

fn list(args: &ListArgs) -> anyhow::Result<()> {
    let found = Connection::open(&args.place, Needs::DataDir)?.ask(Method::GET, "/api/v1/sites", None)?;
    let columns = ["id", "domain", "currency", "timezone", "collect_key"];
    print(&if args.json { format!("{found}\n") } else { aligned(&found["sites"], &columns) });
    Ok(())
}

fn keys(args: &KeysArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/keys", args.site);
    let keys = Connection::open(&args.place, Needs::DataDir)?.ask(Method::GET, &target, None)?;
    print(&format!("{keys}\n"));
    Ok(())
}

fn rotate_secret(args: &KeysArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/signing-secret", args.site);
    let rotated = Connection::open(&args.place, Needs::DataDir)?.ask(Method::POST, &target, None)?;
    print(&format!("{rotated}\n"));
    Ok(())
}

fn secret(args: &SecretArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/secrets", args.site);
    let connection = Connection::open(&args.place, Needs::DataDir)?;
    let done = if args.drop {
        connection.ask(Method::DELETE, &format!("{target}/{}", args.dialect), None)?
    } else {
        // An argument would stand in the shell's history and in the list of processes.
        let mut secret = String::new();
        std::io::stdin().take(SECRET_BYTES_MAX).read_to_string(&mut secret).context("failed to read the secret")?;
        let body = json!({ "dialect": args.dialect, "secret": secret.trim() });
        connection.ask(Method::POST, &target, Some(&body))?
    };
    print(&format!("{done}\n"));
    Ok(())
}
