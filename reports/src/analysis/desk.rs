//! Where an analysis works: one site of a store as it stood at one moment, and its settings.
//!
//! Makes the contexts that statements are written in, asks them, and reads the cells of what comes back.

use crate::arm::{Context, Side};
use crate::calendar::{Buckets, Period, TimeUnit};
use crate::error::Error;
use crate::filter::Filter;
use crate::query::{Query, RefundView};
use crate::relations::Scope;
use crate::run::answer;
use crate::sql::Params;
use crate::table::{Meta, Table};
use commerce::{SiteId, SiteSettings, Timestamp};
use store::{Snapshot, Value};

/// One site of a store at one moment, so that all statements of an analysis tell of the same orders and visits.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub(crate) snapshot: &'a Snapshot<'a>,
    pub(crate) site: SiteId,
    pub(crate) settings: &'a SiteSettings,
    position: u64,
    as_of: Option<Timestamp>,
}

impl<'a> Desk<'a> {
    /// Returns the desk for `site`, whose settings are `settings`, in the store as `snapshot` has it.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot answer.
    pub fn new(snapshot: &'a Snapshot<'a>, site: SiteId, settings: &'a SiteSettings) -> Result<Self, Error> {
        Ok(Self { snapshot, site, settings, position: snapshot.position()?, as_of: snapshot.as_of()? })
    }

    /// Returns the answer of a report.
    pub(crate) fn report(&self, query: &Query) -> Result<Table, Error> {
        answer(self.snapshot, self.site, self.settings, query)
    }

    /// Returns a context whose statements are about this site, `$1`, and narrowed by `filter`.
    pub(crate) fn context<'q>(&self, filter: &'q Filter) -> Context<'q>
    where
        'a: 'q,
    {
        let settings = self.settings;
        let mut params = Params::default();
        params.bind(self.site);
        let scope = Scope {
            ecommerce: settings.ecommerce,
            unverified: settings.count_unverified_orders,
            refunds: self.refund_view(),
        };
        Context::new(params, scope, settings, self.as_of(), filter)
    }

    /// Returns the date that the site books refunds on.
    pub(crate) fn refund_view(&self) -> RefundView {
        if self.settings.refunds_on_order_date { RefundView::OrderDate } else { RefundView::RefundDate }
    }

    /// Returns the store's clock; the epoch if it is empty.
    pub(crate) fn as_of(&self) -> Timestamp {
        self.as_of.unwrap_or(Timestamp(0))
    }

    /// Returns `period` as statements read it, with the buckets that a filter may ask for.
    pub(crate) fn side(&self, period: Period) -> Side {
        let of = |unit| {
            Buckets::new(unit, period, &self.settings.timezone, self.settings.week_starts_sunday).map(|b| (unit, b))
        };
        let buckets = [TimeUnit::Weekday, TimeUnit::HourOfDay].into_iter().filter_map(of).collect();
        Side { period, part: None, buckets }
    }

    /// Returns the rows that `sql` gives.
    pub(crate) fn ask(&self, sql: &str, params: Params) -> Result<Vec<Vec<Value>>, Error> {
        Ok(self.snapshot.query(sql, &params.into_values())?.rows)
    }

    /// Returns what figures about `period` stand for.
    pub(crate) fn meta(&self, period: Period, rows_total: usize) -> Meta {
        Meta {
            currency: self.settings.currency.code().to_owned(),
            timezone: self.settings.timezone.name().to_owned(),
            period,
            compared: None,
            as_of_position: self.position,
            as_of: self.as_of,
            rows_total: rows_total as u64,
            refund_view: self.refund_view(),
            unconverted: Vec::new(),
            filters: Vec::new(),
            segments: Vec::new(),
            extras: Vec::new(),
        }
    }
}

/// Returns the integer in the column `at` of `row`.
pub(crate) fn int(row: &[Value], at: usize) -> Result<i64, Error> {
    row.get(at).and_then(Value::as_i64).ok_or_else(|| wrong(row, at))
}

/// Returns the integer in the column `at` of `row`, `None` for null.
pub(crate) fn int_or_null(row: &[Value], at: usize) -> Result<Option<i64>, Error> {
    if row.get(at).is_some_and(Value::is_null) { Ok(None) } else { int(row, at).map(Some) }
}

/// Returns the key in the column `at` of `row`.
pub(crate) fn key(row: &[Value], at: usize) -> Result<u64, Error> {
    row.get(at).and_then(Value::as_u64).ok_or_else(|| wrong(row, at))
}

/// Returns the text in the column `at` of `row`, `None` for null.
pub(crate) fn text(row: &[Value], at: usize) -> Result<Option<String>, Error> {
    match row.get(at) {
        Some(Value::Null) => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.clone())),
        _ => Err(wrong(row, at)),
    }
}

/// Returns whether the column `at` of `row` is true; false for null.
pub(crate) fn flag(row: &[Value], at: usize) -> bool {
    matches!(row.get(at), Some(Value::Bool(true)))
}

fn wrong(row: &[Value], at: usize) -> Error {
    Error::Answer(format!("no value that is expected in column {at}: {row:?}"))
}
