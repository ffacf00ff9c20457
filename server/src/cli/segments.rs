//! `tallyho segment` and `tallyho event`: save, list and remove segments, and define events.

use super::table::aligned;
use super::{Connection, Needs, Place, print};
use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

#[derive(Subcommand)]
pub(super) enum SegmentCommand {
    /// Save a segment under a name, or change it; prints it.
    Add(SegmentArgs),
    /// List a site's segments.
    List(ListArgs),
    /// Remove a segment.
    Remove(RemoveArgs),
    /// Read a segment and count whom it keeps, without saving it.
    Check(CheckArgs),
}

#[derive(Subcommand)]
pub(super) enum EventCommand {
    /// Define an event by a rule, or change it; holds for all events there ever were.
    Define(DefineArgs),
    /// List the events that a site has defined.
    List(ListArgs),
    /// Remove a definition; what was sent stays.
    Remove(RemoveArgs),
}

#[derive(Args)]
pub(super) struct SegmentArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// Name: letters, digits, `_` and `-`.
    #[arg(long)]
    name: String,
    /// Conditions, such as `visitors: did purchase >= 2 in 90d`.
    #[arg(long)]
    text: String,
    /// Show it to administrators alone.
    #[arg(long)]
    admins_only: bool,
}

#[derive(Args)]
pub(super) struct DefineArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// Name, as a value of the dimension `event`.
    #[arg(long)]
    name: String,
    /// What makes an event one of these, such as `event = click and property:selector contains buy`.
    #[arg(long)]
    rule: String,
}

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// Conditions.
    #[arg(long)]
    text: String,
    /// First day.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
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

#[derive(Args)]
pub(super) struct RemoveArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// Name.
    #[arg(long)]
    name: String,
}

pub(super) fn run(command: SegmentCommand) -> anyhow::Result<()> {
    const KIND: &str = "segments";
    match command {
        SegmentCommand::Add(args) => {
            let body = json!({ "text": args.text, "admins_only": args.admins_only });
            put(&args.place, &target(args.site, KIND, &args.name), &body)
        }
        SegmentCommand::List(args) => {
            list(&args, KIND, "segments", &["name", "of", "text", "admins_only", "changed_at"])
        }
        SegmentCommand::Remove(args) => remove(&args, KIND),
        SegmentCommand::Check(args) => {
            let body = json!({ "text": args.text, "from": args.from, "to": args.to });
            let target = format!("/api/v1/sites/{}/segments/check", args.site);
            let found = Connection::open(&args.place, Needs::Reports)?.ask(Method::POST, &target, Some(&body))?;
            print(&format!("{found}\n"));
            Ok(())
        }
    }
}

pub(super) fn run_events(command: EventCommand) -> anyhow::Result<()> {
    const KIND: &str = "defined-events";
    match command {
        EventCommand::Define(args) => {
            put(&args.place, &target(args.site, KIND, &args.name), &json!({ "rule": args.rule }))
        }
        EventCommand::List(args) => list(&args, KIND, "defined_events", &["name", "rule", "changed_at"]),
        EventCommand::Remove(args) => remove(&args, KIND),
    }
}

/// Returns the path of one thing; its name is anything.
fn target(site: u32, kind: &str, name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded = format!("{encoded}%{byte:02X}");
        }
    }
    format!("/api/v1/sites/{site}/{kind}/{encoded}")
}

fn put(place: &Place, target: &str, body: &Value) -> anyhow::Result<()> {
    let stored = Connection::open(place, Needs::DataDir)?.ask(Method::PUT, target, Some(body))?;
    print(&format!("{stored}\n"));
    Ok(())
}

fn list(args: &ListArgs, kind: &str, field: &str, columns: &[&str]) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/{kind}", args.site);
    let found = Connection::open(&args.place, Needs::DataDir)?.ask(Method::GET, &target, None)?;
    print(&if args.json { format!("{found}\n") } else { aligned(&found[field], columns) });
    Ok(())
}

fn remove(args: &RemoveArgs, kind: &str) -> anyhow::Result<()> {
    Connection::open(&args.place, Needs::DataDir)?.ask(Method::DELETE, &target(args.site, kind, &args.name), None)?;
    Ok(())
}
