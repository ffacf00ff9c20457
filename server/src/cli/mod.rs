//! The command line: what there is to say, and who carries it out.
//!
//! Commands speak the JSON API: through the socket of a running server, or, where none runs, through the same router
//! over the data directory itself. So there is one set of rules, and one envelope of errors.

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

mod analyses;
mod config;
mod connection;
mod demo;
mod erase;
mod goals;
mod imports;
mod lists;
mod operate;
mod output;
mod rates;
mod reconcile;
mod report;
mod segments;
mod serve;
mod sites;
mod table;
mod tokens;
mod users;
mod warehouse;

use connection::{Connection, Needs};

/// Self-hosted ecommerce analytics that tallies with your till.
#[derive(Parser)]
#[command(name = "tallyho", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve: accept events, answer reports. Needs no configuration.
    Serve(serve::ServeArgs),
    /// Seed a believable shop, relative to now, and serve it read-only.
    Demo(demo::DemoArgs),
    /// Measure this machine beside its own limits.
    Bench(crate::bench::BenchOptions),
    /// Add, change and list sites.
    #[command(subcommand)]
    Site(sites::SiteCommand),
    /// Add, list and remove goals of a site.
    #[command(subcommand)]
    Goal(goals::GoalCommand),
    /// Save, list and remove segments of a site.
    #[command(subcommand)]
    Segment(segments::SegmentCommand),
    /// Define, list and remove events of a site.
    #[command(subcommand)]
    Event(segments::EventCommand),
    /// Add, list and revoke tokens.
    #[command(subcommand)]
    Token(tokens::TokenCommand),
    /// Add, list and remove accounts, and set forgotten passwords.
    #[command(subcommand)]
    User(users::UserCommand),
    /// Print a link that makes the first account.
    SetupToken(Place),
    /// State currency rates.
    #[command(subcommand)]
    Rates(rates::RatesCommand),
    /// State what products cost the shop.
    #[command(subcommand)]
    Products(imports::ProductsCommand),
    /// State what advertising cost.
    #[command(subcommand)]
    Costs(imports::CostsCommand),
    /// State what codes in the links of mailings stand for.
    #[command(subcommand, name = "linkcodes")]
    LinkCodes(imports::LinkCodesCommand),
    /// Compare the shop's own list of orders with ours: exits with 1 where they differ, with 2 on errors.
    Reconcile(reconcile::ReconcileArgs),
    /// Ask a report: the same answer as the API's, as a table.
    Report(Box<report::ReportArgs>),
    /// List orders, items, carts, customers or visits.
    List(lists::ListArgs),
    /// Write a site's tables out as Parquet, and say where.
    Warehouse(warehouse::WarehouseArgs),
    /// Ask a site's tables, as last written out, in SQL.
    Sql(warehouse::SqlArgs),
    /// Say where the server stands, in JSON.
    Status(Place),
    /// Erase a person from everything that a site has kept; their sales stay, without them.
    Erase(erase::EraseArgs),
    /// Build the store anew from the journal; a running server serves on meanwhile.
    Rebuild(Place),
    /// Read every byte of the journal and say what is damaged.
    Verify(operate::VerifyArgs),
    /// Go on behind a gap in the journal at which reports have stopped. The records in it are lost.
    SkipGap(operate::SkipGapArgs),
    /// Show the configuration and where every value comes from.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print a completion script for a shell.
    Completions(config::CompletionsArgs),
    /// Answer a question in SQL about a dump (used by the server).
    #[command(hide = true)]
    AnswerQuestion {
        /// Folder of the dump.
        folder: PathBuf,
        /// Most rows.
        #[arg(long)]
        rows: usize,
        /// Longest time.
        #[arg(long)]
        seconds: u64,
    },
    /// Try to open a store (used by the server at start).
    #[command(hide = true)]
    ProbeStore {
        /// File of the store.
        path: PathBuf,
    },
}

/// Where everything is kept.
#[derive(Args, Clone, Debug)]
struct Place {
    /// Directory of everything that is kept.
    #[arg(long, env = "TALLYHO_DATA_DIR", default_value = "tallyho-data", value_name = "DIR")]
    data_dir: PathBuf,
    /// Start the clock at this instant (RFC 3339); for tests and demonstrations.
    #[arg(long, env = "TALLYHO_CLOCK", value_name = "TIME", value_parser = read_time, hide = true)]
    clock: Option<commerce::Timestamp>,
}

fn read_time(text: &str) -> Result<commerce::Timestamp, String> {
    commerce::Timestamp::parse(text).ok_or_else(|| "this is no time such as 2026-03-02T10:00:00Z".to_owned())
}

/// Reads the command line, does what it says, and returns the exit code: 0 done, 1 failed, 2 not understood.
pub(crate) fn run() -> ExitCode {
    let matches = analyses::add(Cli::command()).get_matches();
    if let Some((analysis, said)) = analyses::given(&matches) {
        return match analyses::run(analysis, said) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error, 1),
        };
    }
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let done = match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Bench(options) => crate::bench::run(&options),
        Command::Site(command) => sites::run(command),
        Command::Goal(command) => goals::run(command),
        Command::Segment(command) => segments::run(command),
        Command::Event(command) => segments::run_events(command),
        Command::Token(command) => tokens::run(command),
        Command::User(command) => users::run(command),
        Command::SetupToken(place) => users::setup_token(&place),
        Command::Rates(command) => rates::run(command),
        Command::Products(command) => return imports::products(command),
        Command::Costs(command) => return imports::costs(command),
        Command::LinkCodes(command) => return imports::link_codes(command),
        Command::Reconcile(args) => return reconcile::run(&args),
        Command::Report(args) => report::run(&args),
        Command::List(args) => lists::run(&args),
        Command::Warehouse(args) => warehouse::run(&args),
        Command::Sql(args) => warehouse::sql(&args),
        Command::Status(place) => operate::status(&place),
        Command::Erase(args) => erase::run(&args),
        Command::Rebuild(place) => operate::rebuild(&place),
        Command::Verify(args) => return operate::verify(&args),
        Command::SkipGap(args) => operate::skip_gap(&args),
        Command::Config(_) => config::print(&matches),
        Command::Completions(args) => config::completions(&args, &mut analyses::add(Cli::command())),
        Command::AnswerQuestion { folder, rows, seconds } => {
            return crate::warehouse::answer(&folder, rows, seconds);
        }
        Command::ProbeStore { path } => return crate::start::probe(&path),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error, 1),
    }
}

/// Says what failed and returns the exit code.
fn failed(error: &anyhow::Error, code: u8) -> ExitCode {
    complain(&format!("error: {error:#}\n"));
    ExitCode::from(code)
}

/// Writes `text` to standard output.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody reads it: `tallyho report | head` has ended.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Writes `text` to standard error.
fn complain(text: &str) {
    drop(std::io::stderr().write_all(text.as_bytes()));
}
