//! One command for each analysis: `tallyho funnel steps='view_item;purchase' scope=visitor`. The answer is the API's.
//!
//! The commands are made of the list in `reports`, so a new analysis has one without a line here.

use super::output::Output;
use super::{Connection, Needs, Place};
use anyhow::Context;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use reports::analysis::{ANALYSES, Analysis};

/// What an analysis is asked with.
#[derive(Args)]
struct AnalysisArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N", default_value_t = 1)]
    site: u32,
    #[command(flatten)]
    output: Output,
}

/// Returns `cli` with the command of every analysis.
pub(super) fn add(cli: Command) -> Command {
    ANALYSES.iter().fold(cli, |cli, analysis| cli.subcommand(command(analysis)))
}

fn word(analysis: &Analysis) -> String {
    analysis.name.replace('/', "-")
}

fn command(analysis: &'static Analysis) -> Command {
    let takes: Vec<String> = analysis.parameters.iter().map(|(name, takes)| format!("  {name}={takes}")).collect();
    let shared = "  from=, to=  First and last day; the last thirty days if left out.\n  filter=  Conditions.\n  limit=, offset=  Rows.";
    let parameters =
        Arg::new("parameters").value_name("NAME=VALUE").num_args(0..).help("Parameters of the analysis; see below");
    // The parser wants words that live as long as the program, as this one does.
    AnalysisArgs::augment_args(Command::new(&*word(analysis).leak()))
        .about(analysis.answers)
        .arg(parameters)
        .after_help(format!("Parameters:\n{}\n{shared}", takes.join("\n")))
}

/// Returns the analysis whose command was given, with what was said.
pub(super) fn given(matches: &ArgMatches) -> Option<(&'static Analysis, &ArgMatches)> {
    let (name, matches) = matches.subcommand()?;
    ANALYSES.iter().find(|a| word(a) == name).map(|a| (a, matches))
}

pub(super) fn run(analysis: &Analysis, matches: &ArgMatches) -> anyhow::Result<()> {
    let args = AnalysisArgs::from_arg_matches(matches)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for parameter in matches.get_many::<String>("parameters").into_iter().flatten() {
        let (name, value) = parameter
            .split_once('=')
            .with_context(|| format!("`{parameter}` is no parameter such as from=2026-03-01"))?;
        query.append_pair(name.trim(), value);
    }
    let path = format!("/api/v1/sites/{}/{}", args.site, analysis.name);
    args.output.ask(&Connection::open(&args.place, Needs::Reports)?, &path, query)
}
