//! Costs of advertising that a batch's rates may convert anew.

use super::super::keys;
use crate::table::{Row, Table};
use crate::{Error, Value, dialect};
use commerce::rows::AdCostRow;
use commerce::state::Keys;
use commerce::{Timestamp, Zone};
use duckdb::Connection;

/// Returns the costs in the currencies of the rates, from the first day on whose rate changes, as they stand now, in the
/// order of site, day, source, medium and campaign.
pub(super) fn load(connection: &Connection, keys: &Keys) -> Result<Vec<AdCostRow>, Error> {
    let mut out = Vec::new();
    for ((site, currency), day) in &keys.rates {
        // The batch may change the zone: a day begins less than a day before or after it does in UTC.
        let day: Option<jiff::civil::Date> = day.parse().ok();
        let from = day.map_or(Timestamp(i64::MIN), |day| Zone::utc().start_of(day).plus_seconds(-86_400));
        let columns = dialect::columns("t", &AdCostRow::column_names());
        let sql =
            format!("select {columns} from ad_costs_now t where t.site = ? and t.currency = ? and t.starts_at >= ?");
        let found: Vec<Row<AdCostRow>> =
            keys::rows(connection, &sql, &[(*site).into(), currency.as_str().into(), Value::Time(from)])?;
        out.extend(found.into_iter().map(|row| row.0));
    }
    out.sort_by(|a, b| of(a).cmp(&of(b)));
    Ok(out)
}

fn of(row: &AdCostRow) -> (u32, Timestamp, &str, &str, Option<&str>) {
    (row.site.0, row.starts_at, &row.source, &row.medium, row.campaign.as_deref())
}
