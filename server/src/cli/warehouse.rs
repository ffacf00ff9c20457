//! `tallyho warehouse` writes a site's tables out, `tallyho sql` asks them.

use super::table::aligned;
use super::{Connection, Needs, Place, print};
use anyhow::bail;
use clap::Args;
use http::Method;
use serde_json::{Value, json};
use std::io::Read;
use std::time::Duration;

#[derive(Args)]
pub(super) struct WarehouseArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N", default_value_t = 1)]
    site: u32,
    /// Only say what is there.
    #[arg(long)]
    status: bool,
}

#[derive(Args)]
pub(super) struct SqlArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N", default_value_t = 1)]
    site: u32,
    /// Most rows.
    #[arg(long, value_name = "N")]
    rows: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// One SELECT; `-` reads it from standard input.
    sql: String,
}

/// How long to wait between two looks at a dump.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn run(args: &WarehouseArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/warehouse", args.site);
    let connection = Connection::open(&args.place, Needs::Reports)?;
    if !args.status {
        connection.ask(Method::POST, &target, None)?;
    }
    loop {
        let status = connection.ask(Method::GET, &target, None)?;
        match status["phase"].as_str() {
            Some("running") => std::thread::sleep(LOOK),
            Some("failed") => bail!("the dump failed: {}", status["error"].as_str().unwrap_or("for no known reason")),
            _ => {
                print(&format!("{status}\n"));
                return Ok(());
            }
        }
    }
}

pub(super) fn sql(args: &SqlArgs) -> anyhow::Result<()> {
    let mut sql = args.sql.clone();
    if sql == "-" {
        sql.clear();
        std::io::stdin().read_to_string(&mut sql)?;
    }
    let target = format!("/api/v1/sites/{}/sql", args.site);
    let question = json!({ "sql": sql, "rows": args.rows });
    let answer = Connection::open(&args.place, Needs::DataDir)?.ask(Method::POST, &target, Some(&question))?;
    print(&if args.json { format!("{answer}\n") } else { text(&answer) });
    Ok(())
}

/// Returns the answer as aligned text.
fn text(answer: &Value) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let names: Vec<String> =
        list(&answer["columns"]).iter().map(|c| c["name"].as_str().unwrap_or("").to_owned()).collect();
    // Two columns may have one name.
    let keys: Vec<String> = (0..names.len()).map(|i| i.to_string()).collect();
    let heads: serde_json::Map<String, Value> = keys.iter().cloned().zip(names.into_iter().map(Value::from)).collect();
    let rows = list(&answer["rows"]);
    let rows = rows.iter().map(|row| keys.iter().cloned().zip(list(row)).collect::<serde_json::Map<_, _>>().into());
    let all: Vec<Value> = std::iter::once(heads.into()).chain(rows).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let text = aligned(&all.into(), &keys);
    let body = text.split_once('\n').map_or("", |(_, body)| body).to_owned();
    if answer["is_cut"] == true { format!("{body}(there are more rows; see --rows)\n") } else { body }
}
