//! `tallyho user`: add, list, remove, password; and `tallyho setup-token`.

use super::table::aligned;
use super::{Connection, Needs, Place, complain, print};
use crate::ids;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::io::{IsTerminal, Read};

/// Most that is read of standard input for a password, in bytes.
const PASSWORD_BYTES_MAX: u64 = 4 << 10;

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add an account. Its password is read from standard input; on a terminal one is drawn, and printed this once.
    Add(AddArgs),
    /// List the accounts.
    List(ListArgs),
    /// Remove an account with its sessions and roles.
    Remove(OneArgs),
    /// Set a forgotten password, read or drawn as in `add`; the account's sessions end.
    Password(PasswordArgs),
}

#[derive(Args)]
pub(super) struct AddArgs {
    #[command(flatten)]
    place: Place,
    /// Address: the name to sign in with.
    #[arg(value_name = "EMAIL")]
    email: String,
    /// What people call them.
    #[arg(long, default_value = "")]
    name: String,
    /// Let them own the installation: every site, and the accounts.
    #[arg(long)]
    owner: bool,
    /// Number of a site that they may see.
    #[arg(long, value_name = "N")]
    site: Option<u32>,
    /// What they may do there: viewer, editor or admin.
    #[arg(long, default_value = "viewer", requires = "site")]
    role: String,
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
pub(super) struct OneArgs {
    #[command(flatten)]
    place: Place,
    /// Address of the account.
    #[arg(value_name = "EMAIL")]
    email: String,
}

#[derive(Args)]
pub(super) struct PasswordArgs {
    #[command(flatten)]
    place: Place,
    /// Address of the account.
    #[arg(value_name = "EMAIL")]
    email: String,
    /// Drop its second factor, too: for whoever lost the device and the recovery codes.
    #[arg(long)]
    drop_totp: bool,
}

pub(super) fn run(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add(args) => add(&args),
        UserCommand::List(args) => list(&args),
        UserCommand::Remove(args) => {
            Connection::open(&args.place, Needs::DataDir)?.ask(Method::DELETE, &target(&args.email), None)?;
            Ok(())
        }
        UserCommand::Password(args) => password(&args),
    }
}

fn target(email: &str) -> String {
    format!("/api/v1/users/{}", utf8_percent_encode(email, NON_ALPHANUMERIC))
}

/// Returns the password from standard input, or one that is drawn, and whether it was drawn.
fn read_password() -> anyhow::Result<(String, bool)> {
    let input = std::io::stdin();
    if input.is_terminal() {
        let letters = ids::plain_letters(20);
        return Ok(([&letters[..5], &letters[5..10], &letters[10..15], &letters[15..]].join("-"), true));
    }
    let mut text = String::new();
    input.take(PASSWORD_BYTES_MAX).read_to_string(&mut text).context("failed to read the password")?;
    Ok((text.trim_end_matches(['\r', '\n']).to_owned(), false))
}

fn add(args: &AddArgs) -> anyhow::Result<()> {
    let connection = Connection::open(&args.place, Needs::NewDataDir)?;
    let (password, was_drawn) = read_password()?;
    let user = json!({ "email": args.email, "name": args.name, "password": password, "owner": args.owner });
    let mut added = connection.ask(Method::POST, "/api/v1/users", Some(&user))?;
    if let Some(site) = args.site {
        let email = utf8_percent_encode(&args.email, NON_ALPHANUMERIC);
        let role = json!({ "role": args.role });
        connection.ask(Method::PUT, &format!("/api/v1/sites/{site}/members/{email}"), Some(&role))?;
    }
    if was_drawn {
        added["password"] = password.into();
    }
    print(&format!("{added}\n"));
    Ok(())
}

fn list(args: &ListArgs) -> anyhow::Result<()> {
    let mut found: Value = Connection::open(&args.place, Needs::DataDir)?.ask(Method::GET, "/api/v1/users", None)?;
    if args.json {
        print(&format!("{found}\n"));
        return Ok(());
    }
    for user in found["users"].as_array_mut().into_iter().flatten() {
        let sites = user["sites"].as_array().into_iter().flatten();
        let sites = sites.map(|site| format!("{}: {}", site["id"], site["role"].as_str().unwrap_or_default()));
        user["sites"] = sites.collect::<Vec<_>>().join(", ").into();
    }
    print(&aligned(&found["users"], &["email", "name", "owner", "totp", "sites", "created_at"]));
    Ok(())
}

fn password(args: &PasswordArgs) -> anyhow::Result<()> {
    let connection = Connection::open(&args.place, Needs::DataDir)?;
    let (password, was_drawn) = read_password()?;
    let body = json!({ "password": password, "drop_totp": args.drop_totp });
    connection.ask(Method::PUT, &target(&args.email), Some(&body))?;
    if was_drawn {
        print(&format!("{}\n", json!({ "email": args.email, "password": password })));
    }
    Ok(())
}

/// Prints a link that makes the first account; the one before is good no longer.
pub(super) fn setup_token(place: &Place) -> anyhow::Result<()> {
    let connection = Connection::open(place, Needs::DataDir)?;
    if connection.here().is_some() {
        bail!("no server runs here: `tallyho serve` prints the link when it starts");
    }
    let made = connection.ask(Method::POST, "/api/v1/setup/token", None)?;
    let address = std::fs::read_to_string(place.data_dir.join(crate::serve::ADDRESS_FILE)).unwrap_or_default();
    let token = made["token"].as_str().context("the server made no token")?;
    print(&format!("{}\n", crate::serve::setup_link(address.trim(), token)));
    complain("It makes the first account, once.\n");
    Ok(())
}
