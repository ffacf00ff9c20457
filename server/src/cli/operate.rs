//! `tallyho status`, `rebuild`, `verify` and `skip-gap`.

use super::{Connection, Needs, Place, complain, print};
use crate::{gaps, rebuild as rebuilding};
use anyhow::{Context, bail};
use clap::Args;
use http::Method;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct SkipGapArgs {
    #[command(flatten)]
    place: Place,
    /// The first position that is missing, as the alarm names it.
    #[arg(long, value_name = "N")]
    position: u64,
}

/// Prints where the server stands.
pub(super) fn status(place: &Place) -> anyhow::Result<()> {
    let status = Connection::open(place, Needs::Reports)?.ask(Method::GET, "/api/v1/status", None)?;
    print(&format!("{status}\n"));
    Ok(())
}

/// Builds the store anew, here or in the running server.
pub(super) fn rebuild(place: &Place) -> anyhow::Result<()> {
    let connection = Connection::open(place, Needs::DataDir)?;
    let bar = progress_bar();
    let show = |position: u64, end: u64| {
        bar.set_length(end);
        bar.set_position(position);
    };
    let position = match connection.here() {
        Some(app) => rebuilding::run_offline(app, &app.rules, &show)?,
        None => rebuild_in_server(&connection, &show)?,
    };
    bar.finish_and_clear();
    print(&format!("{}\n", json!({ "position": position })));
    Ok(())
}

fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} records, {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn rebuild_in_server(connection: &Connection, show: &dyn Fn(u64, u64)) -> anyhow::Result<u64> {
    connection.ask(Method::POST, "/api/v1/rebuild", None)?;
    loop {
        let status = connection.ask(Method::GET, "/api/v1/status", None)?;
        let rebuild = &status["rebuild"];
        match rebuild["state"].as_str() {
            Some("done") => {
                return rebuild["position"].as_u64().context("the server does not say where the store stands");
            }
            Some("failed") => bail!("{}", rebuild["reason"].as_str().unwrap_or("the rebuild failed")),
            Some("filling") => {
                show(rebuild["position"].as_u64().unwrap_or(0), rebuild["end_position"].as_u64().unwrap_or(0));
            }
            Some(_) => {}
            None => bail!("the server was started again; its store is as it was"),
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Reads the journal through, also under a running server. The exit code is 1 if anything is damaged.
pub(super) fn verify(args: &VerifyArgs) -> ExitCode {
    let folder = args.place.data_dir.join("journal");
    let report = match journal::verify(&folder) {
        Ok(report) => report,
        Err(error) => {
            complain(&format!("error: failed to verify `{}`: {error}\n", folder.display()));
            return ExitCode::FAILURE;
        }
    };
    let gaps: Vec<Value> = report
        .gaps
        .iter()
        .map(|gap| json!({ "segment": gap.segment, "offset": gap.offset, "first": gap.first, "last": gap.last }))
        .collect();
    if args.json {
        let shown = json!({
            "segments": report.segments,
            "compressed": report.compressed,
            "records": report.records,
            "payload_bytes": report.payload_bytes,
            "disk_bytes": report.disk_bytes,
            "first_position": report.first_position,
            "last_position": report.last_position,
            "torn_bytes": report.torn_bytes,
            "gaps": gaps,
        });
        print(&format!("{shown}\n"));
    } else {
        print(&format!(
            "{} records in {} segments ({} compressed), {} bytes on disk, positions {} to {}\n",
            report.records,
            report.segments,
            report.compressed,
            report.disk_bytes,
            report.first_position,
            report.last_position
        ));
        for gap in &gaps {
            print(&format!("damaged: {gap}\n"));
        }
    }
    if report.gaps.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Lets the applier, running or at its next start, go on behind a gap.
pub(super) fn skip_gap(args: &SkipGapArgs) -> anyhow::Result<()> {
    let connection = Connection::open(&args.place, Needs::DataDir)?;
    if let Some(app) = connection.here() {
        return gaps::skip(&app.setup.data_dir, args.position);
    }
    connection.ask(Method::POST, "/api/v1/journal/skip-gap", Some(&json!({ "position": args.position })))?;
    Ok(())
}
