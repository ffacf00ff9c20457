//! `tallyho list`: the API's lists, page by page on the terminal or whole as a file.

use super::output::Output;
use super::{Connection, Needs, Place};
use clap::Args;

/// The API's parameters as options.
#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N", default_value_t = 1)]
    site: u32,
    /// Which: orders, order_log, purchased_items, refunds, abandoned_carts, carts, customers or visits.
    name: String,
    /// First day.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Conditions, or the name of a saved segment.
    #[arg(long)]
    filter: Option<String>,
    /// The same; given both, both hold.
    #[arg(long)]
    segment: Option<String>,
    /// Columns to sort by; a minus sign before one turns it round.
    #[arg(long, allow_hyphen_values = true)]
    order: Option<String>,
    /// Most rows; files have all of them.
    #[arg(long)]
    limit: Option<String>,
    /// Rows to leave out at the top.
    #[arg(long)]
    offset: Option<String>,
    /// The instant that decides which carts are abandoned.
    #[arg(long)]
    as_of: Option<String>,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &ListArgs) -> anyhow::Result<()> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let optional = [
        ("from", &args.from),
        ("to", &args.to),
        ("filter", &args.filter),
        ("segment", &args.segment),
        ("order", &args.order),
        ("limit", &args.limit),
        ("offset", &args.offset),
        ("as_of", &args.as_of),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let name = percent_encoding::utf8_percent_encode(&args.name, percent_encoding::NON_ALPHANUMERIC);
    let path = format!("/api/v1/sites/{}/lists/{name}", args.site);
    args.output.ask(&Connection::open(&args.place, Needs::Reports)?, &path, query)
}
