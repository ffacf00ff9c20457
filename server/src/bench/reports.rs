//! `tallyho bench reports`: how long every report of the catalogue takes on a data set, each metric by each dimension,
//! and every analysis.
//!
//! The store is opened alone, without a server, and asked through the code that answers the API. Reports are run several
//! times, so what the disk costs when it is cold is not in the figures; everything else is.

use super::machine;
use ::reports::analysis::{Desk, analysis};
use ::reports::{DIMENSIONS, METRICS, Query, Table};
use anyhow::{Context, ensure};
use commerce::{SiteId, SiteSettings};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use store::{Patience, Store};

/// What to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ReportsOptions {
    /// Directory that `bench generate` filled; no server may be running on it.
    #[arg(long, default_value = "tallyho-bench-data", value_name = "DIR")]
    data_dir: PathBuf,
    /// Site to ask about.
    #[arg(long, default_value_t = 1)]
    site: u32,
    /// Runs of each report, of which the median counts; one that takes over two seconds is run once, and if that was the
    /// first run, which may have been cold, once more in its place.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Lengths of the periods in days, the last day of the data included.
    #[arg(long, value_delimiter = ',', default_values_t = [30, 365])]
    days: Vec<u32>,
    /// Metrics to measure alone, separated by commas.
    #[arg(long, value_delimiter = ',')]
    metrics: Vec<String>,
    /// Dimensions to measure alone, separated by commas; `total` is none.
    #[arg(long, value_delimiter = ',')]
    dimensions: Vec<String>,
    /// Analyses to measure alone, separated by commas; `none` leaves them out.
    #[arg(long, value_delimiter = ',')]
    analyses: Vec<String>,
    /// Threads for statements.
    #[arg(long, default_value_t = 0)]
    threads: u32,
    /// Memory for the engine in MiB.
    #[arg(long, default_value_t = 1024)]
    memory_mb: u64,
    /// Make the day sums that are missing first, as a server does beside its work.
    #[arg(long)]
    sum: bool,
    /// Print every measurement as JSON.
    #[arg(long)]
    json: bool,
}

/// Longest time that a report of so many days may take at the median, in milliseconds: the aim.
fn aim_ms(days: u32, kind: Kind) -> u64 {
    match kind {
        Kind::Report if days <= 31 => 100,
        Kind::Report => 500,
        Kind::Analysis => 1000,
    }
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Report,
    Analysis,
}

/// The analyses that are measured: name and parameters.
const ANALYSES: &[(&str, &[(&str, &str)])] = &[
    ("funnel", &[("scope", "visit")]),
    ("funnel", &[("scope", "visitor")]),
    ("funnel", &[("scope", "customer")]),
    ("funnel", &[("scope", "visitor"), ("mode", "open"), ("breakdown", "channel")]),
    ("funnel", &[("scope", "visitor"), ("filter", "device==mobile")]),
    ("funnel/dropped", &[("scope", "visitor"), ("step", "2")]),
    ("cohorts", &[("by", "first_order_month")]),
    ("cohorts", &[("by", "first_channel")]),
    ("cohorts", &[("by", "first_product")]),
    ("attribution", &[("models", "last_non_direct,first,last,linear,position,time_decay")]),
    ("attribution", &[("by", "campaign"), ("scope", "customer")]),
    ("attribution", &[("by", "channel")]),
    ("rfm", &[]),
    ("affinity", &[]),
    ("paths", &[]),
    ("purchase-intervals", &[]),
    ("profit", &[("by", "sku")]),
    ("coupons", &[]),
    ("anomalies", &[("metric", "net_sales")]),
];

/// Rows that are asked for, as a page of a dashboard does.
const LIMIT: &str = "100";
/// A report that takes longer is not run again.
const ONCE: Duration = Duration::from_secs(2);
/// What stands for "by no dimension".
const TOTAL: &str = "total";

/// One report or analysis and what it took.
struct Measured {
    kind: Kind,
    /// Name of the metric or of the analysis.
    metric: &'static str,
    /// The dimension, or the parameters.
    dimension: String,
    days: u32,
    median: Duration,
    /// Of the cores' time, likewise at the median.
    on_core: Duration,
    runs: usize,
    rows: u64,
}

impl Measured {
    fn ms(&self) -> u64 {
        self.median.as_millis() as u64
    }

    fn json(&self) -> Value {
        json!({
            "kind": if self.kind == Kind::Report { "report" } else { "analysis" },
            "metric": self.metric, "dimension": self.dimension, "days": self.days,
            "median_us": self.median.as_micros() as u64, "on_core_us": self.on_core.as_micros() as u64, "runs": self.runs, "rows": self.rows,
        })
    }
}

/// Runs every report and prints what it took.
///
/// # Errors
/// If the store cannot be opened or a report fails.
pub(super) fn run(options: &ReportsOptions) -> anyhow::Result<()> {
    let defaults = store::Options::default();
    let threads = if options.threads == 0 { defaults.threads } else { options.threads };
    let asked = store::Options { threads, memory_limit_mb: options.memory_mb };
    let store =
        Store::open(crate::start::store_folder(&options.data_dir), asked).context("failed to open the store")?;
    let site = SiteId(options.site);
    let settings = store.site_state(site)?.context("the store knows no such site")?.settings;
    let last = store.as_of().map(|at| settings.timezone.day_of(at)).context("the store is empty")?;
    // The story's last refunds are told after its last day.
    let last = last_day_of_visits(&store, site, &settings)?.unwrap_or(last);
    if options.sum {
        let begun = Instant::now();
        let mut days = 0;
        loop {
            match ::reports::sum_days(&store, site, &settings)? {
                0 => break,
                more => days += more,
            }
        }
        store.checkpoint()?;
        println!("{days} days summed in {} s", begun.elapsed().as_secs());
    }
    let reports = reports_of(options);
    let bar = ProgressBar::new((reports.len() * options.days.len()) as u64)
        .with_style(ProgressStyle::with_template("asking {wide_bar} {pos}/{len}, {eta} left")?);
    let mut measured = Vec::new();
    for &days in &options.days {
        for (metric, dimension) in &reports {
            let query = query(metric, dimension, last, days)?;
            let of = (Kind::Report, *metric, dimension.as_str(), days);
            measured.push(measure(of, options.runs, || Ok(::reports::run(&store, site, &settings, &query)?))?);
            bar.inc(1);
        }
        for (name, parameters) in ANALYSES.iter().filter(|(name, _)| is_asked(&options.analyses, name)) {
            let of = (Kind::Analysis, *name, &*written(parameters), days);
            measured.push(measure(of, options.runs, || {
                analyse(&store, site, &settings, (name, parameters), (last, days))
            })?);
        }
    }
    bar.finish_and_clear();
    ensure!(!measured.is_empty(), "no such report");
    if options.json {
        let all: Vec<Value> = measured.iter().map(Measured::json).collect();
        let machine = machine::describe(&options.data_dir);
        println!("{}", json!({ "machine": machine, "threads": threads, "last_day": last.to_string(), "reports": all }));
    } else {
        println!(
            "machine: {}; {threads} threads for statements, medians of {} runs",
            machine::describe(&options.data_dir),
            options.runs
        );
        print(&measured, &options.days);
    }
    Ok(())
}

fn last_day_of_visits(store: &Store, site: SiteId, settings: &SiteSettings) -> anyhow::Result<Option<Date>> {
    let found = store.query("select max(started_at) from visits_now where site = $1", &[site.into()])?;
    let at = found.rows.first().and_then(|row| row.first()).and_then(|value| match value {
        store::Value::Time(at) => Some(*at),
        _ => None,
    });
    Ok(at.map(|at| settings.timezone.day_of(at)))
}

/// Returns every metric with every dimension that it can be split by.
fn reports_of(options: &ReportsOptions) -> Vec<(&'static str, String)> {
    let mut dimensions = vec![TOTAL.to_owned()];
    dimensions.extend(DIMENSIONS.iter().map(|d| match d.name {
        "property" => "property:depth".to_owned(),
        "item_property" => "item_property:size".to_owned(),
        name => name.to_owned(),
    }));
    let any_day = jiff::civil::date(2026, 1, 1);
    let mut out = Vec::new();
    for dimension in dimensions.iter().filter(|d| options.dimensions.is_empty() || options.dimensions.contains(d)) {
        for metric in
            METRICS.iter().filter(|m| options.metrics.is_empty() || options.metrics.iter().any(|n| n == m.name))
        {
            // What cannot be combined is refused, and is no report.
            if query(metric.name, dimension, any_day, 1).is_ok() {
                out.push((metric.name, dimension.clone()));
            }
        }
    }
    out
}

fn query(metric: &str, dimension: &str, last: Date, days: u32) -> anyhow::Result<Query> {
    let first = last.checked_sub(jiff::Span::new().days(i64::from(days) - 1))?;
    let (first, last) = (first.to_string(), last.to_string());
    let by = if dimension == TOTAL { "" } else { dimension };
    let parameters =
        [("metrics", metric), ("dimensions", by), ("from", first.as_str()), ("to", last.as_str()), ("limit", LIMIT)];
    Ok(Query::parse(parameters)?)
}

/// Says whether `name` is measured: all are where none is named.
fn is_asked(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|n| n == name)
}

fn written(parameters: &[(&str, &str)]) -> String {
    let texts: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    texts.join(" ")
}

fn analyse(
    store: &Store,
    site: SiteId,
    settings: &SiteSettings,
    (name, parameters): (&str, &[(&str, &str)]),
    (last, days): (Date, u32),
) -> anyhow::Result<Table> {
    let first = last.checked_sub(jiff::Span::new().days(i64::from(days) - 1))?.to_string();
    let last = last.to_string();
    let all = parameters.iter().copied().chain([("from", first.as_str()), ("to", last.as_str()), ("limit", LIMIT)]);
    let prepared = analysis(name).context("no such analysis")?.prepare(all, &[])?;
    let table: Result<Table, ::reports::Error> =
        store.snapshot(&Patience::default(), |snapshot| prepared.run(&Desk::new(snapshot, site, settings)?));
    Ok(table?)
}

fn measure(
    (kind, metric, dimension, days): (Kind, &'static str, &str, u32),
    runs: u32,
    answer: impl Fn() -> anyhow::Result<Table>,
) -> anyhow::Result<Measured> {
    let (mut times, mut work, mut rows) = (Vec::new(), Vec::new(), 0);
    for run in 0..runs {
        let (begun, before) = (Instant::now(), machine::on_core());
        let table = answer().with_context(|| format!("{metric} by {dimension} failed"))?;
        let took = begun.elapsed();
        rows = table.meta.rows_total;
        if run == 0 && runs > 1 && took > ONCE {
            continue;
        }
        times.push(took);
        work.push(machine::on_core().saturating_sub(before));
        if took > ONCE {
            break;
        }
    }
    times.sort_unstable();
    work.sort_unstable();
    let (median, on_core) = (times[times.len() / 2], work[work.len() / 2]);
    Ok(Measured { kind, metric, dimension: dimension.to_owned(), days, median, on_core, runs: times.len(), rows })
}

/// Prints a line for each dimension, then the sum of it all and the slowest.
fn print(measured: &[Measured], days: &[u32]) {
    let (reports, analyses): (Vec<&Measured>, Vec<&Measured>) = measured.iter().partition(|m| m.kind == Kind::Report);
    let mut dimensions: Vec<&str> = Vec::new();
    for m in &reports {
        if !dimensions.contains(&m.dimension.as_str()) {
            dimensions.push(&m.dimension);
        }
    }
    for &days in days {
        let of_days: Vec<&Measured> = reports.iter().copied().filter(|m| m.days == days).collect();
        println!("\n## reports of {days} days, in ms; `on core` is the work of the slowest without waiting for a core");
        println!(
            "{:<20} {:>7} {:>8} {:>8} {:>8} {:>8}  slowest metric",
            "by", "metrics", "median", "p90", "slowest", "on core"
        );
        for dimension in &dimensions {
            line(dimension, of_days.iter().copied().filter(|m| m.dimension == *dimension).collect());
        }
        line("all", of_days.clone());
        let over = of_days.iter().filter(|m| m.ms() >= aim_ms(days, Kind::Report)).count();
        println!("{} of {} reports take {} ms or more; the slowest:", over, of_days.len(), aim_ms(days, Kind::Report));
        let mut slowest = of_days;
        slowest.sort_by_key(|m| std::cmp::Reverse(m.median));
        for m in slowest.iter().take(20) {
            println!(
                "{:>8} ms, {:>6} on a core  {} by {} ({} rows)",
                m.ms(),
                m.on_core.as_millis(),
                m.metric,
                m.dimension,
                m.rows
            );
        }
        println!("\n## analyses of {days} days, in ms; at most {}", aim_ms(days, Kind::Analysis));
        for m in analyses.iter().filter(|m| m.days == days) {
            println!("{:>8} ms, {:>6} on a core  {} {}", m.ms(), m.on_core.as_millis(), m.metric, m.dimension);
        }
    }
}

fn line(name: &str, mut of: Vec<&Measured>) {
    of.sort_by_key(|m| m.median);
    let (Some(median), Some(p90), Some(last)) = (of.get(of.len() / 2), of.get(of.len() * 9 / 10), of.last()) else {
        return;
    };
    let on_core = last.on_core.as_millis();
    let (median, p90, slowest) = (median.ms(), p90.ms(), last.ms());
    println!("{name:<20} {:>7} {median:>8} {p90:>8} {slowest:>8} {on_core:>8}  {}", of.len(), last.metric);
}
