//! `tallyho config print` and `tallyho completions`.

use super::print as write_out;
use super::serve::ServeArgs;
use anyhow::Context;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Subcommand};
use std::fmt::Write;

#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every option of the server with its value and where it comes from.
    Print(ServeArgs),
}

#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh.
    shell: clap_complete::Shell,
}

/// Prints the options as they would hold for `serve`.
pub(super) fn print(matches: &ArgMatches) -> anyhow::Result<()> {
    let options = matches.subcommand_matches("config").and_then(|m| m.subcommand_matches("print"));
    let options = options.context("the command line holds no options to print")?;
    let mut command = Command::new("serve");
    command = ServeArgs::augment_args(command);
    let mut out = String::new();
    for argument in command.get_arguments().filter(|a| a.get_long().is_some()) {
        let id = argument.get_id().as_str();
        let values: Vec<String> =
            options.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy().into_owned()).collect();
        let variable = argument.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let origin = match options.value_source(id) {
            Some(ValueSource::CommandLine) => "command line".to_owned(),
            Some(ValueSource::EnvVariable) => format!("environment, {variable}"),
            Some(_) => format!("default; {variable} changes it"),
            None => format!("not set; {variable} sets it"),
        };
        writeln!(out, "{} = {:?}  # {origin}", id.replace('_', "-"), values.join(","))
            .expect("writing to a string cannot fail");
    }
    write_out(&out);
    Ok(())
}

/// Prints a completion script.
pub(super) fn completions(args: &CompletionsArgs, command: &mut Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "tallyho", &mut script);
    write_out(&String::from_utf8(script).context("the completion script is no text")?);
    Ok(())
}
