//! `tallyho reconcile`: the shop's own list of orders against ours, as text or JSON.

use super::table::aligned;
use super::{Connection, Needs, Place, failed, print};
use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub(super) struct ReconcileArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N", default_value_t = 1)]
    site: u32,
    /// First day; the list's own if left out.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day; the list's own if left out.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Book every order that is missing, as an import.
    #[arg(long)]
    book: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The list as CSV: id,total and if need be currency, date and status, in any order.
    file: PathBuf,
}

/// How an error ends: 1 says that both sides differ.
const ERROR: u8 = 2;

pub(super) fn run(args: &ReconcileArgs) -> ExitCode {
    match reconciled(args) {
        Ok(found) => {
            print(&if args.json { format!("{found}\n") } else { text(&found) });
            if found["equal"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => failed(&error, ERROR),
    }
}

fn reconciled(args: &ReconcileArgs) -> anyhow::Result<Value> {
    let list = std::fs::read(&args.file).with_context(|| format!("failed to read `{}`", args.file.display()))?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, day) in [("from", &args.from), ("to", &args.to)] {
        if let Some(day) = day {
            query.append_pair(name, day);
        }
    }
    if args.book {
        query.append_pair("book", "true");
    }
    let target = format!("/api/v1/sites/{}/reconcile?{}", args.site, query.finish());
    Connection::open(&args.place, Needs::Reports)?.upload(&target, list)
}

/// Returns the comparison for people: the counts, then a table for everything there is something to say of.
fn text(found: &Value) -> String {
    let (counts, meta) = (&found["counts"], &found["meta"]);
    let count = |name: &str| counts[name].as_u64().unwrap_or(0);
    let period = match (meta["from"].as_str(), meta["to"].as_str()) {
        (Some(from), Some(to)) => format!(", {from} to {to} ({})", meta["timezone"].as_str().unwrap_or("")),
        _ => String::new(),
    };
    let mut lines = vec![format!("{} orders in the list{period}", count("listed"))];
    for (name, words) in [
        ("equal", "equal"),
        ("missing", "missing here"),
        ("extra", "here and not in the list"),
        ("different", "different"),
        ("bad_lines", "lines that could not be read"),
        ("outside_period", "outside the period, passed over"),
        ("booked", "of those missing booked"),
    ] {
        if count(name) > 0 || matches!(name, "equal" | "missing" | "extra" | "different") {
            lines.push(format!("{:>8} {words}", count(name)));
        }
    }
    let days = flat_days(&found["days"]);
    let different = flat_differences(&found["different"]);
    for (title, rows, columns) in [
        ("missing here", &found["missing"], &["line", "id", "placed_at", "total", "currency", "status"][..]),
        ("here and not in the list", &found["extra"], &["order_id", "placed_at", "total", "currency", "status"]),
        ("different", &different, &["line", "id", "field", "theirs", "ours", "difference"]),
        ("lines that could not be read", &found["bad_lines"], &["line", "reason"]),
        ("not booked", &found["not_booked"], &["id", "reason"]),
        ("day by day", &days, &["day", "currency", "theirs", "their_total", "ours", "our_total", "difference"]),
        ("who saw the orders of the list", &found["origins"], &["origin", "orders", "of", "share"]),
    ] {
        if rows.as_array().is_some_and(|rows| !rows.is_empty()) {
            lines.push(format!("\n{title}\n{}", aligned(rows, columns).trim_end()));
        }
    }
    lines.join("\n") + "\n"
}

fn flat_days(days: &Value) -> Value {
    let flat = days.as_array().into_iter().flatten().map(|day| {
        json!({
            "day": day["day"],
            "currency": day["currency"],
            "theirs": day["theirs"]["orders"],
            "their_total": day["theirs"]["total"],
            "ours": day["ours"]["orders"],
            "our_total": day["ours"]["total"],
            "difference": day["difference"]["total"],
        })
    });
    flat.collect()
}

fn flat_differences(different: &Value) -> Value {
    let flat = different.as_array().into_iter().flatten().flat_map(|order| {
        order["fields"].as_array().into_iter().flatten().map(move |field| {
            let mut row = field.clone();
            row["line"] = order["line"].clone();
            row["id"] = order["id"].clone();
            row
        })
    });
    flat.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_there_is_to_say_is_said() {
        let found = json!({
            "equal": false,
            "meta": { "from": "2026-04-01", "to": "2026-04-02", "timezone": "UTC" },
            "counts": { "listed": 3, "equal": 1, "missing": 1, "extra": 0, "different": 1, "bad_lines": 0 },
            "missing": [{ "line": 3, "id": "2", "placed_at": "2026-04-01T12:00:00Z", "total": "5.00", "currency": "EUR", "status": null }],
            "extra": [],
            "different": [{ "line": 4, "id": "3", "order_id": "3", "fields": [
                { "field": "total", "theirs": "5.00", "ours": "4.00", "difference": "1.00" },
                { "field": "status", "theirs": "confirmed", "ours": "pending" },
            ] }],
            "days": [{ "day": "2026-04-01", "currency": "EUR", "theirs": { "orders": 2, "total": "10.00" },
                "ours": { "orders": 1, "total": "4.00" }, "difference": { "orders": 1, "total": "6.00" } }],
            "origins": [{ "origin": "browser", "orders": 1, "of": 3, "share": "0.3333" }],
            "bad_lines": [], "booked": [], "not_booked": [],
        });
        let text = text(&found);
        for line in [
            "3 orders in the list, 2026-04-01 to 2026-04-02 (UTC)",
            "       0 here and not in the list",
            "3     2   2026-04-01T12:00:00Z  5.00   EUR",
            "4     3   status  confirmed  pending",
            "2026-04-01  EUR       2       10.00        1     4.00       6.00",
            "browser  1       3   0.3333",
        ] {
            assert!(text.lines().any(|l| l == line), "{line:?} is not in\n{text}");
        }
        assert!(!text.contains("could not be read") && !text.contains("booked"), "{text}");
    }
}
