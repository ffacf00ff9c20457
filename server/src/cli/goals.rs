//! `tallyho goal`: add, list, remove.

use super::table::aligned;
use super::{Connection, Needs, Place, print};
use clap::{Args, Subcommand};
use http::Method;
use serde_json::json;

#[derive(Subcommand)]
pub(super) enum GoalCommand {
    /// Add a goal, or replace the one of the same number; prints it.
    Add(Box<AddArgs>),
    /// List a site's goals.
    List(ListArgs),
    /// Remove a goal.
    Remove(RemoveArgs),
}

#[derive(Args)]
pub(super) struct AddArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// Number of the goal; the next free one if left out.
    #[arg(long, value_name = "N")]
    id: Option<u32>,
    /// What people call it.
    #[arg(long)]
    name: String,
    /// What is compared: manually, url, title, file, external_website, event_category, event_action, event_name, visit_duration.
    #[arg(long, default_value = "manually")]
    attribute: String,
    /// How it is compared: contains, exact, regex.
    #[arg(long, default_value = "contains")]
    pattern_kind: String,
    /// The text or regular expression; minutes for visit_duration.
    #[arg(long, default_value = "")]
    pattern: String,
    /// Heed upper and lower case.
    #[arg(long)]
    case_sensitive: bool,
    /// What one conversion is worth, in the site's currency.
    #[arg(long, value_name = "AMOUNT")]
    value: Option<String>,
    /// Let a visit convert it more than once.
    #[arg(long)]
    allow_multiple: bool,
    /// Let an event's own value take the place of the goal's.
    #[arg(long)]
    use_event_value: bool,
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
    /// Number of the goal.
    #[arg(long, value_name = "N")]
    id: u32,
}

pub(super) fn run(command: GoalCommand) -> anyhow::Result<()> {
    match command {
        GoalCommand::Add(args) => add(&args),
        GoalCommand::List(args) => list(&args),
        GoalCommand::Remove(args) => remove(&args),
    }
}

fn add(args: &AddArgs) -> anyhow::Result<()> {
    let goal = json!({
        "id": args.id.unwrap_or(0),
        "name": args.name,
        "attribute": args.attribute,
        "pattern_kind": args.pattern_kind,
        "pattern": args.pattern,
        "case_sensitive": args.case_sensitive,
        "value": args.value,
        "allow_multiple": args.allow_multiple,
        "use_event_value": args.use_event_value,
    });
    let target = format!("/api/v1/sites/{}/goals", args.site);
    let added = Connection::open(&args.place, Needs::DataDir)?.ask(Method::POST, &target, Some(&goal))?;
    print(&format!("{added}\n"));
    Ok(())
}

fn list(args: &ListArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/goals", args.site);
    let found = Connection::open(&args.place, Needs::DataDir)?.ask(Method::GET, &target, None)?;
    let columns = ["id", "name", "attribute", "pattern_kind", "pattern", "value"];
    print(&if args.json { format!("{found}\n") } else { aligned(&found["goals"], &columns) });
    Ok(())
}

fn remove(args: &RemoveArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/goals/{}", args.site, args.id);
    Connection::open(&args.place, Needs::DataDir)?.ask(Method::DELETE, &target, None)?;
    Ok(())
}
