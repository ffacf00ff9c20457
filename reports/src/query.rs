//! The question: a [`Query`] value, read from the names and values of a URL or command line.
//!
//! Reading checks everything that does not need the site: names, dates, what can be combined. Knows no SQL and no site.

use crate::calendar::Period;
use crate::dimensions::Asked;
use crate::error::{QueryError, near_names};
use crate::filter::{Definition, Filter, asked};
use crate::metrics::{METRICS, Metric, metric};
use commerce::{SiteSettings, Timestamp};
use jiff::civil::Date;

/// Most metrics of one query.
pub const METRICS_MAX: usize = 40;
/// Most dimensions of one query.
pub const DIMENSIONS_MAX: usize = 6;
/// Most rows of one answer.
pub const ROWS_MAX: u32 = 100_000;
/// Longest period in days: a hundred years.
pub const DAYS_MAX: i32 = 36_525;

/// What a report is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// As many days directly before.
    PreviousPeriod,
    /// The same dates one year earlier.
    PreviousYear,
}

/// What reports are compared with, by name.
pub const COMPARISONS: &[&str] = &["previous_period", "previous_year"];

/// The date that a refund is booked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundView {
    /// Its own: sales of a day are what came in less what went out on it.
    RefundDate,
    /// Its order's: sales of a day are what is left of that day's orders.
    OrderDate,
}

impl RefundView {
    /// Returns the view's name in queries, answers and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::RefundDate => "refund_date",
            Self::OrderDate => "order_date",
        }
    }
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The dimension at this place of the query.
    Dimension(usize),
    /// The metric at this place of the query.
    Metric(usize),
    /// The same metric in the period compared with.
    Previous(usize),
}

/// A question to the store.
#[derive(Clone, Debug)]
pub struct Query {
    /// What to show.
    pub metrics: Vec<&'static Metric>,
    /// What to split it by; a granularity comes first.
    pub dimensions: Vec<Asked>,
    /// Of which days.
    pub period: Period,
    /// Only of these: what `filter` and `segment` both keep.
    pub filter: Filter,
    /// Compared with what.
    pub compare: Option<Compare>,
    /// Sorted by these, each with whether it falls; ties are broken by the dimensions.
    pub order: Vec<(Key, bool)>,
    /// Most rows; `None` for [`ROWS_MAX`].
    pub limit: Option<u32>,
    /// Rows left out before the first.
    pub offset: u32,
    /// The instant that decides which carts are abandoned; `None` for the store's own clock.
    pub as_of: Option<Timestamp>,
    /// The date that refunds are booked on; `None` for the site's own view.
    pub refund_view: Option<RefundView>,
    /// Events that the site has defined: values of the dimension `event`. Set by [`Query::define`].
    pub definitions: Vec<Definition>,
}

/// The parameters that a query is read from.
pub const PARAMETERS: &[&str] = &[
    "metrics",
    "dimensions",
    "from",
    "to",
    "granularity",
    "filter",
    "segment",
    // What a share link shows of a site: the server writes it, from outside it is but one more filter.
    "share",
    "compare",
    "order",
    "limit",
    "offset",
    "as_of",
    "refund_view",
];

/// How fine a report's time can be split.
pub const GRANULARITIES: &[&str] = &["hour", "day", "week", "month", "quarter", "year"];

impl Query {
    /// Reads a query from parameters by name. An empty value is a missing one; `format` is left to the caller.
    ///
    /// # Errors
    /// [`QueryError`] that says what is missing, unknown or cannot be combined.
    pub fn parse<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, QueryError> {
        let given = given(parameters, PARAMETERS)?;
        let get = |name: &str| given.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);

        let metrics = metrics(get("metrics"))?;
        let dimensions = dimensions(get("dimensions"), get("granularity"))?;
        let period = period(get("from"), get("to"))?;
        let filter = read_filter("filter", get("filter"))?.and(read_filter("segment", get("segment"))?);
        let filter = filter.and(read_filter("share", get("share"))?);
        let compare = get("compare").map(compare).transpose()?;
        let order = order(get("order").unwrap_or(""), &metrics, &dimensions, compare.is_some())?;
        let limit = get("limit").map(|v| number("limit", v)).transpose()?;
        let offset = get("offset").map_or(Ok(0), |v| number("offset", v))?;
        let as_of = get("as_of").map(as_of).transpose()?;
        let refund_view = get("refund_view").map(refund_view).transpose()?;
        let query = Self {
            metrics,
            dimensions,
            period,
            filter,
            compare,
            order,
            limit,
            offset,
            as_of,
            refund_view,
            definitions: Vec::new(),
        };
        crate::plan::check(&query)?;
        Ok(query)
    }

    /// Lets the names of `definitions` stand for their rules, in filters and in the dimension `event`.
    pub fn define(&mut self, definitions: &[Definition]) {
        self.filter = std::mem::take(&mut self.filter).with_definitions(definitions);
        if self.dimensions.iter().any(|asked| asked.dimension().name == "event") {
            self.definitions = definitions.to_vec();
        }
    }

    /// Returns the date that refunds are booked on: as asked, else as the site has it.
    pub fn refund_view(&self, settings: &SiteSettings) -> RefundView {
        let of_site = if settings.refunds_on_order_date { RefundView::OrderDate } else { RefundView::RefundDate };
        self.refund_view.unwrap_or(of_site)
    }

    /// Returns the period the query compares with.
    pub fn compared(&self) -> Option<Period> {
        self.compare.map(|compare| match compare {
            Compare::PreviousPeriod => self.period.previous(),
            Compare::PreviousYear => self.period.year_before(),
        })
    }
}

/// Returns the parameters that are given, each known and only once; empty values and `format` are left out.
pub(crate) fn given<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    known: &[&str],
) -> Result<Vec<(&'a str, &'a str)>, QueryError> {
    let mut given: Vec<(&str, &str)> = Vec::new();
    for (name, value) in parameters {
        if name == "format" || value.trim().is_empty() {
            continue;
        }
        if !known.contains(&name) {
            let hint = near_names(name, known.iter().copied(), "parameters");
            return Err(QueryError::new("query.unknown_parameter", format!("there is no parameter `{name}`"), hint));
        }
        if given.iter().any(|(n, _)| *n == name) {
            return Err(QueryError::new(
                "query.repeated_parameter",
                format!("`{name}` is given twice"),
                "separate several values by commas",
            ));
        }
        given.push((name, value.trim()));
    }
    Ok(given)
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Returns the filter that the parameter `name` gives.
pub(crate) fn read_filter(name: &str, text: Option<&str>) -> Result<Filter, QueryError> {
    Filter::parse(text.unwrap_or("")).map_err(|error| error.of_parameter(name))
}

fn metrics(text: Option<&str>) -> Result<Vec<&'static Metric>, QueryError> {
    let mut out: Vec<&'static Metric> = Vec::new();
    for name in list(text.unwrap_or("")) {
        let found = metric(name).ok_or_else(|| {
            let hint = near_names(name, METRICS.iter().map(|m| m.name), "metrics");
            QueryError::new("query.unknown_metric", format!("there is no metric `{name}`"), hint)
        })?;
        if !out.iter().any(|m| m.name == found.name) {
            out.push(found);
        }
    }
    if out.is_empty() {
        return Err(QueryError::new(
            "query.no_metrics",
            "no metric is asked for",
            "name some, such as `metrics=visits,orders`",
        ));
    }
    if out.len() > METRICS_MAX {
        return Err(QueryError::new(
            "query.too_many",
            format!("{} metrics are asked for", out.len()),
            format!("ask for up to {METRICS_MAX} at once"),
        ));
    }
    Ok(out)
}

fn dimensions(text: Option<&str>, granularity: Option<&str>) -> Result<Vec<Asked>, QueryError> {
    let mut out: Vec<Asked> = Vec::new();
    if let Some(name) = granularity {
        if !GRANULARITIES.contains(&name) {
            let hint = format!("it is one of {}", GRANULARITIES.join(", "));
            return Err(QueryError::new(
                "query.unknown_granularity",
                format!("there is no granularity `{name}`"),
                hint,
            ));
        }
        out.push(asked(name)?);
    }
    for name in list(text.unwrap_or("")) {
        let dimension = asked(name)?;
        if !out.contains(&dimension) {
            out.push(dimension);
        }
    }
    if out.len() > DIMENSIONS_MAX {
        return Err(QueryError::new(
            "query.too_many",
            format!("{} dimensions are asked for", out.len()),
            format!("ask for up to {DIMENSIONS_MAX} at once"),
        ));
    }
    Ok(out)
}

impl Period {
    /// Returns the period that the parameters `from` and `to` give; others are left to the caller.
    ///
    /// # Errors
    /// [`QueryError`] if one is missing or no day, or the period is none.
    pub fn parse<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, QueryError> {
        let mut ends = [None, None];
        for (name, value) in parameters {
            match name {
                "from" => ends[0] = Some(value),
                "to" => ends[1] = Some(value),
                _ => {}
            }
        }
        period(ends[0], ends[1])
    }
}

/// Returns the period from the day `from` to the day `to`, both included.
pub(crate) fn period(from: Option<&str>, to: Option<&str>) -> Result<Period, QueryError> {
    let day = |name: &str, text: Option<&str>| -> Result<Date, QueryError> {
        let hint = "give both as civil dates such as 2026-01-31; both days are included";
        let text = text.ok_or_else(|| QueryError::new("query.no_period", format!("`{name}` is missing"), hint))?;
        let plain = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        text.parse()
            .ok()
            .filter(|_| plain)
            .ok_or_else(|| QueryError::new("query.bad_date", format!("`{name}` is no date: `{text}`"), hint))
    };
    let period = Period { from: day("from", from)?, to: day("to", to)? };
    if period.to < period.from {
        return Err(QueryError::new(
            "query.bad_period",
            format!("`to` ({}) lies before `from` ({})", period.to, period.from),
            "swap them",
        ));
    }
    if period.days() > DAYS_MAX {
        return Err(QueryError::new(
            "query.bad_period",
            format!("the period has {} days", period.days()),
            format!("ask for up to {DAYS_MAX}"),
        ));
    }
    Ok(period)
}

fn compare(text: &str) -> Result<Compare, QueryError> {
    match text {
        "previous_period" => Ok(Compare::PreviousPeriod),
        "previous_year" => Ok(Compare::PreviousYear),
        _ => Err(QueryError::new(
            "query.unknown_comparison",
            format!("there is no comparison `{text}`"),
            format!("it is {}", COMPARISONS.join(" or ")),
        )),
    }
}

fn refund_view(text: &str) -> Result<RefundView, QueryError> {
    [RefundView::RefundDate, RefundView::OrderDate].into_iter().find(|view| view.name() == text).ok_or_else(|| {
        QueryError::new(
            "query.unknown_refund_view",
            format!("there is no view of refunds `{text}`"),
            "it is refund_date or order_date",
        )
    })
}

fn order(
    text: &str,
    metrics: &[&'static Metric],
    dimensions: &[Asked],
    compared: bool,
) -> Result<Vec<(Key, bool)>, QueryError> {
    let mut out = Vec::new();
    for part in list(text) {
        let (name, falling) = part.strip_prefix('-').map_or((part, false), |name| (name, true));
        let of_metric = |name: &str| metrics.iter().position(|m| m.name == name);
        let key = match name.strip_suffix(":previous") {
            Some(name) if compared => of_metric(name).map(Key::Previous),
            _ => of_metric(name)
                .map(Key::Metric)
                .or_else(|| dimensions.iter().position(|d| d.name() == name).map(Key::Dimension)),
        };
        let key = key.ok_or_else(|| {
            QueryError::new(
                "query.unknown_order",
                format!("`{name}` is not in the report"),
                "rows are sorted by a metric or dimension of the query, falling with `-` before it",
            )
        })?;
        out.push((key, falling));
    }
    Ok(out)
}

/// Returns the number that the parameter `name` gives.
pub(crate) fn number(name: &str, text: &str) -> Result<u32, QueryError> {
    let range = QueryError::new(
        "query.bad_number",
        format!("`{name}` is no whole number from 0 to {ROWS_MAX}: `{text}`"),
        "leave it out for all rows",
    );
    text.parse().ok().filter(|n| *n <= ROWS_MAX).ok_or(range)
}

/// Returns the instant that `as_of` names.
pub(crate) fn as_of(text: &str) -> Result<Timestamp, QueryError> {
    Timestamp::parse(text).ok_or_else(|| {
        QueryError::new(
            "query.bad_time",
            format!("`as_of` is no time: `{text}`"),
            "give RFC 3339, such as 2026-01-31T12:00:00Z",
        )
    })
}

#[cfg(test)]
mod tests;
