//! The warehouse: every table of one site as Parquet, so that any other engine can read what is stored.
//!
//! One folder a table; tables with a time have a folder for each month of it (`month=2026-03`, UTC), the others one
//! file. What the store keeps as numbers for its own use is written as people and engines read it: keys as 16
//! hexadecimal digits, amounts as DECIMAL, kinds by their names. All tables are read in one transaction, so they agree
//! with each other. Columns of tables to come are written by the same rules.

use super::{DuckDb, keys};
use crate::{Error, dialect};
use commerce::hit::Dialect;
use commerce::{SiteId, Timestamp};
use duckdb::Connection;
use std::path::Path;

/// A table in the warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpedTable {
    /// Its name.
    pub name: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// Its columns with their types in SQL, `month` last where it has one.
    pub columns: Vec<(String, String)>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    /// Journal position that all tables stand at.
    pub position: u64,
    /// The clock as of that position; `None` for an empty store.
    pub as_of: Option<Timestamp>,
    /// The tables, in a fixed order.
    pub tables: Vec<DumpedTable>,
}

/// A table as it is read: its name, what it is read from (`t` is the table itself), and the time that gives its months.
struct Source(&'static str, &'static str, Option<&'static str>);

const TABLES: &[Source] = &[
    Source("visits", "visits_now t", Some("t.started_at")),
    Source("events", "events_now t", Some("t.occurred_at")),
    Source("touches", "touches_now t", Some("t.occurred_at")),
    Source("product_actions", "product_actions_now t", Some("t.occurred_at")),
    Source("goal_conversions", "goal_conversions_now t", Some("t.occurred_at")),
    Source("orders", "orders_now t", Some("t.placed_at")),
    Source(
        "order_lines",
        r#"order_lines_now t join orders_now o on o.site = t.site and o."order" = t."order""#,
        Some("o.placed_at"),
    ),
    Source("order_facts", "order_facts_now t", Some("t.occurred_at")),
    Source("order_ids", "order_ids t", None),
    Source("refunds", "refunds_now t", Some(r#"t."at""#)),
    Source(
        "refund_lines",
        "refund_lines_now t join refunds_now o on o.site = t.site and o.refund = t.refund",
        Some(r#"o."at""#),
    ),
    Source("carts", "carts_now t", Some("t.created_at")),
    Source(
        "cart_lines",
        "cart_lines_now t join carts_now o on o.site = t.site and o.cart = t.cart",
        Some("o.created_at"),
    ),
    Source("cart_facts", "cart_facts_now t", Some("t.occurred_at")),
    Source("identities", "identities_now t", Some(r#"t."at""#)),
    Source("people", "people_now t", None),
    Source("product_costs", "product_costs_now t", None),
    Source("link_codes", "link_codes_now t", None),
    Source("ad_costs", "ad_costs_now t", Some("t.starts_at")),
    Source("rates", "rates t", None),
    Source("intake", "intake t", Some(r#"t."hour""#)),
    Source("quarantine", "quarantine t", Some("t.received_at")),
    Source("sites", "sites t", None),
];

impl DuckDb {
    /// Returns the folder that a dump may be written to, made anew: beside the store, so that it can be moved away by
    /// renaming.
    pub(crate) fn dump_folder(&self, site: SiteId) -> Result<std::path::PathBuf, Error> {
        let folder = crate::files::temporary_of(&self.file).join(format!("warehouse-{}", site.0));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|e| Error::from_file(&folder, &e))?;
        }
        std::fs::create_dir_all(&folder).map_err(|e| Error::from_file(&folder, &e))?;
        Ok(folder)
    }

    /// Writes every table of `site` into `folder`, one of [`Self::dump_folder`]'s.
    pub(crate) fn dump(&self, site: SiteId, folder: &Path) -> Result<Dump, Error> {
        self.read(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let at: Vec<(u64, Option<Timestamp>)> =
                keys::rows(&transaction, "select position, as_of from applied order by position desc limit 1", &[])?;
            let (position, as_of) = at.first().copied().unwrap_or_default();
            let write = |source: &Source| write(&transaction, source, site, &folder.join(source.0));
            let tables = TABLES.iter().map(write).collect::<Result<_, _>>()?;
            Ok(Dump { position, as_of, tables })
        })
    }
}

fn write(connection: &Connection, source: &Source, site: SiteId, folder: &Path) -> Result<DumpedTable, Error> {
    let Source(name, from, time) = *source;
    std::fs::create_dir_all(folder).map_err(|e| Error::from_file(folder, &e))?;
    let mut columns = Vec::new();
    for (column, kind) in described(connection, &format!("select t.* from {from} limit 0"))? {
        if let Some(sql) = exported(&column, &kind) {
            columns.push(format!("{sql} as {}", dialect::quoted(&column)));
        }
    }
    if let Some(time) = time {
        columns.push(format!("strftime({time}, '%Y-%m') as month"));
    }
    // The number of a site is no text from outside.
    let select = format!("select {} from {from} where t.site = {}", columns.join(", "), site.0);
    let rows: u64 = connection.query_row(&format!("select count(*) from ({select})"), [], |row| row.get(0))?;
    // Partitions of nothing are no file at all, and then nobody could read the table.
    let (target, partition) = if time.is_some() && rows > 0 {
        (folder.to_owned(), ", partition_by (month), overwrite_or_ignore true")
    } else {
        (folder.join("data.parquet"), "")
    };
    let target = dialect::literal(&target.to_string_lossy());
    connection.execute_batch(&format!("copy ({select}) to {target} (format parquet, compression zstd{partition})"))?;
    let columns = described(connection, &select)?;
    Ok(DumpedTable { name, rows, columns })
}

/// Returns the columns of `select` with their types.
fn described(connection: &Connection, select: &str) -> Result<Vec<(String, String)>, Error> {
    let mut statement = connection.prepare(&format!("select column_name, column_type from (describe {select})"))?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Returns how a column is written; `None` for one that is not: the site, which the folder names, and the engine's own
/// form of what other columns say.
fn exported(column: &str, kind: &str) -> Option<String> {
    let text = format!("t.{}", dialect::quoted(column));
    let words = |names: &[&str]| {
        let cases: Vec<String> = names.iter().enumerate().map(|(i, name)| format!("when {i} then '{name}'")).collect();
        format!("case {text} {} end", cases.join(" "))
    };
    Some(match (column, kind) {
        ("site", _) | (_, "BLOB") => return None,
        ("dialect", "UTINYINT") => words(&Dialect::ALL.map(Dialect::name)),
        ("origin", "UTINYINT") => words(&["pixel", "browser", "app", "server", "platform", "import"]),
        ("trust", "UTINYINT") => words(&["unverified", "verified"]),
        ("status", "UTINYINT") => words(&["pending", "confirmed", "cancelled", "failed"]),
        ("subject_kind", "UTINYINT") => words(&["visitor", "email"]),
        ("position" | "count" | "clicks" | "impressions", "UBIGINT") => format!("cast({text} as decimal(20, 0))"),
        (_, "UBIGINT") => format!("lower(lpad(hex({text}), 16, '0'))"),
        (_, "UINTEGER" | "UTINYINT") | ("list_index", _) => format!("cast({text} as bigint)"),
        ("price" | "unit_cost", "BIGINT") => scaled(&text, 6),
        ("quantity" | "units", "BIGINT") => scaled(&text, 3),
        (_, "BIGINT") => scaled(&text, 4),
        _ => text,
    })
}

/// Returns the integer `text`, which counts in 10^-`decimals`, as a number with so many decimals.
fn scaled(text: &str, decimals: u32) -> String {
    let unit = format!("0.{:0>width$}", 1, width = decimals as usize);
    format!("cast({text} as decimal(19, 0)) * cast({unit} as decimal({decimals}, {decimals}))")
}
