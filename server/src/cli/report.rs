//! `tallyho report`: the API's answer as an aligned table, CSV, JSON or a file.

use super::output::Output;
use super::{Connection, Needs, Place};
use clap::Args;

/// The API's parameters as options.
#[derive(Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    /// What to show, separated by commas.
    #[arg(long, value_name = "NAMES")]
    metrics: String,
    /// What to split it by, separated by commas.
    #[arg(long, value_name = "NAMES")]
    dimensions: Option<String>,
    /// First day.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// hour, day, week, month, quarter or year.
    #[arg(long)]
    granularity: Option<String>,
    /// Conditions, or the name of a saved segment.
    #[arg(long)]
    filter: Option<String>,
    /// The same; given both, both hold.
    #[arg(long)]
    segment: Option<String>,
    /// Saved segments to show side by side, separated by commas; `all` is everything.
    #[arg(long, value_name = "NAMES")]
    compare_segments: Option<String>,
    /// previous_period or previous_year.
    #[arg(long)]
    compare: Option<String>,
    /// Columns to sort by; a minus sign before one turns it round.
    #[arg(long, allow_hyphen_values = true)]
    order: Option<String>,
    /// Most rows.
    #[arg(long)]
    limit: Option<String>,
    /// Rows to leave out at the top.
    #[arg(long)]
    offset: Option<String>,
    /// The instant that decides which carts are abandoned.
    #[arg(long)]
    as_of: Option<String>,
    /// When refunds are booked: refund_date or order_date; the site's setting if left out.
    #[arg(long)]
    refund_view: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<()> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("metrics", &args.metrics);
    let optional = [
        ("dimensions", &args.dimensions),
        ("from", &args.from),
        ("to", &args.to),
        ("granularity", &args.granularity),
        ("filter", &args.filter),
        ("segment", &args.segment),
        ("compare_segments", &args.compare_segments),
        ("compare", &args.compare),
        ("order", &args.order),
        ("limit", &args.limit),
        ("offset", &args.offset),
        ("as_of", &args.as_of),
        ("refund_view", &args.refund_view),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let path = format!("/api/v1/sites/{}/report", args.site);
    args.output.ask(&Connection::open(&args.place, Needs::Reports)?, &path, query)
}
