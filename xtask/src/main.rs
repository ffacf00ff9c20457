//! House work on the repository itself: `cargo xtask tidy`. It is no part of the product.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod rules;
mod tree;

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    if std::env::args().nth(1).as_deref() == Some("tidy") {
        return tidy();
    }
    eprintln!("usage: cargo xtask tidy");
    Ok(ExitCode::from(2))
}

/// Checks what no compiler checks and prints each finding as `file:line: what`.
fn tidy() -> anyhow::Result<ExitCode> {
    let files = tree::tracked_files()?;
    let mut findings = Vec::new();
    for file in &files {
        findings.extend(rules::check(file));
    }
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} files, {} findings", files.len(), findings.len());
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
