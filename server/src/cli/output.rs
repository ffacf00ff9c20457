//! What becomes of a table that a command asked for: an aligned table on the terminal, JSON, CSV, or a file.

use super::{Connection, print};
use anyhow::Context;
use clap::Args;
use http::Method;
use std::path::PathBuf;

/// The form of the answer.
#[derive(Args)]
pub(super) struct Output {
    /// Print JSON.
    #[arg(long, conflicts_with_all = ["csv", "out"])]
    json: bool,
    /// Print CSV.
    #[arg(long, conflicts_with = "out")]
    csv: bool,
    /// Write a file; its name ends with .csv, .xlsx or .parquet.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Do not wait until the events accepted so far are counted.
    #[arg(long)]
    no_wait: bool,
}

impl Output {
    /// Asks for `path` with the parameters in `query` once everything accepted before is counted, and prints or writes
    /// the answer.
    ///
    /// # Errors
    /// If the reports do not catch up; what the API says if it refuses; a file that cannot be written.
    pub(super) fn ask(
        &self,
        connection: &Connection,
        path: &str,
        mut query: form_urlencoded::Serializer<'_, String>,
    ) -> anyhow::Result<()> {
        let extension = self.out.as_ref().map(|file| file.extension().unwrap_or_default().to_string_lossy());
        let format = match &extension {
            Some(extension) => extension,
            None if self.json => "json",
            None if self.csv => "csv",
            None => "text",
        };
        query.append_pair("format", format);
        if !self.no_wait {
            connection.catch_up()?;
        }
        let answer = connection.send(Method::GET, &format!("{path}?{}", query.finish()), None)?;
        match &self.out {
            Some(file) => {
                std::fs::write(file, &answer).with_context(|| format!("failed to write `{}`", file.display()))?;
            }
            None => print(&String::from_utf8_lossy(&answer)),
        }
        if self.json {
            print("\n");
        }
        Ok(())
    }
}
