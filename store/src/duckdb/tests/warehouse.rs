//! A site's tables as Parquet, and questions to them that can reach nothing else.

use super::sample::everything;
use super::{ask, fresh, number};
use crate::lake::{self, LakeAnswer};
use crate::{Error, Store};
use commerce::SiteId;
use std::path::{Path, PathBuf};

/// Dumps the site and returns where to.
fn dumped(store: &Store, site: SiteId) -> PathBuf {
    store.dump(site).unwrap().1
}

fn lake(folder: &Path, sql: &str) -> Result<LakeAnswer, Error> {
    lake::ask(folder, sql, 100, 256)
}

fn cell(folder: &Path, sql: &str) -> String {
    lake(folder, sql).unwrap().rows[0][0].clone().unwrap_or_default()
}

#[test]
fn every_table_of_one_site_is_there_and_says_the_same() {
    let (_folder, store) = fresh();
    store.apply(&everything(1..=40)).unwrap();
    let site = SiteId(1);
    let (dump, folder) = store.dump(site).unwrap();
    assert_eq!(dump.position, store.position());
    let views: Vec<String> = ask(
        &store,
        "select view_name from duckdb_views() where not internal union select table_name from duckdb_tables() where not internal and not temporary order by 1",
        &[],
    )
    .rows
    .iter()
    .filter_map(|row| row[0].as_text().map(str::to_owned))
    .collect();
    // What only the store itself needs: where it stands, moves that the views have folded in, what waits, and sums of the rows.
    let internal = [
        "applied",
        "meta",
        "day_sums",
        "summed_days",
        "visit_moves",
        "visit_aliases",
        "waiting_events",
        "day_logs",
        "day_event_kinds",
        "day_action_kinds",
    ];
    for name in views.iter().map(|v| v.trim_end_matches("_now")).filter(|name| !internal.contains(name)) {
        let table = dump.tables.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("{name} is missing"));
        let view = if views.contains(&format!("{name}_now")) { format!("{name}_now") } else { name.to_owned() };
        let stored = number(&store, &format!("select count(*) from {view} where site = 1"));
        assert_eq!(table.rows as i64, stored, "{name}");
        assert_eq!(cell(&folder, &format!("select count(*) from {name}")), stored.to_string(), "{name}");
        let seen: Vec<String> =
            lake(&folder, &format!("select * from {name}")).unwrap().columns.into_iter().map(|c| c.0).collect();
        let written: Vec<&str> = table.columns.iter().map(|c| c.0.as_str()).collect();
        assert_eq!(seen, written, "{name}");
    }
    let total = number(&store, "select sum(order_total) from orders_now where site = 1");
    assert_eq!(cell(&folder, "select cast(sum(order_total) * 10000 as bigint) from orders"), total.to_string());
    let kinds = lake(&folder, "select distinct status, trust, typeof(order_total), typeof(placed_at), length(customer) from orders where customer is not null").unwrap();
    let row: Vec<&str> = kinds.rows[0].iter().map(|c| c.as_deref().unwrap_or("null")).collect();
    assert!(["pending", "confirmed", "cancelled", "failed"].contains(&row[0]), "{row:?}");
    assert!(row[2].starts_with("DECIMAL") && row[3] == "TIMESTAMP" && row[4] == "16", "{row:?}");
}

#[test]
fn an_empty_site_has_every_table_too() {
    let (_folder, store) = fresh();
    let folder = dumped(&store, SiteId(7));
    assert_eq!(cell(&folder, "select count(*) from orders"), "0");
    assert_eq!(lake(&folder, "select month from visits").unwrap().rows.len(), 0);
}

#[test]
fn a_question_reaches_its_own_folder_only_and_changes_nothing() {
    let (outer, store) = fresh();
    store.apply(&everything(1..=40)).unwrap();
    let folder = dumped(&store, SiteId(1));
    let other = outer.path().join("secret.csv");
    std::fs::write(&other, "a\n1\n").unwrap();
    let before = cell(&folder, "select count(*) from orders");
    let file = other.display();
    for hostile in [
        format!("select * from read_csv('{file}')"),
        format!("select * from '{file}'"),
        format!("select * from read_text('{}/../secret.csv')", folder.display()),
        "select * from read_text('/etc/passwd')".to_owned(),
        "select * from glob('/etc/*')".to_owned(),
        "select * from read_csv('http://127.0.0.1:1/x')".to_owned(),
        format!("copy (select 1) to '{}/orders/data.parquet'", folder.display()),
        format!("select 1) to '{}/x.parquet'; copy (select 1", folder.display()),
        "create table t (a int)".to_owned(),
        "drop view orders".to_owned(),
        "attach ':memory:' as other".to_owned(),
        "install httpfs".to_owned(),
        "set memory_limit = '8GB'".to_owned(),
        "pragma database_list".to_owned(),
        "select 1; select 2".to_owned(),
        "select 1) as x(a); drop view orders; select * from (select 1".to_owned(),
        String::new(),
        "selec 1".to_owned(),
    ] {
        assert!(lake(&folder, &hostile).is_err(), "{hostile}");
    }
    assert_eq!(cell(&folder, "select count(*) from orders"), before);
    assert_eq!(cell(&folder, "with a as (select 1 as n union all select 2) select sum(n) from a -- done"), "3");
    let many = lake::ask(&folder, "select * from range(1000)", 10, 256).unwrap();
    assert_eq!((many.rows.len(), many.is_cut), (10, true));
    let greedy = lake::ask(
        &folder,
        "select count(distinct a.range::varchar || b.range::varchar) from range(10000) a, range(10000) b",
        10,
        64,
    );
    assert!(matches!(greedy, Err(Error::Memory(_))), "{greedy:?}");
}
