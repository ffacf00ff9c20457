//! Logs of days: what is read is what was put there last, from the file or from memory.

use super::fresh;
use crate::{Digest, Error, Patience, Store};
use commerce::{SiteId, Timestamp};
use std::sync::Arc;

const DAY_US: i64 = 86_400_000_000;

fn put(store: &Store, site: SiteId, logs: &[(i64, &[u8])]) {
    let days: Vec<(Timestamp, Timestamp)> =
        logs.iter().map(|(day, _)| (Timestamp(day * DAY_US), Timestamp((day + 1) * DAY_US))).collect();
    let done = store.digest_days(site, 1, &days, |_| {
        let mut digest = Digest::default();
        for (day, log) in logs {
            digest.add_log(site, Timestamp(day * DAY_US), log)?;
        }
        Ok::<_, Error>(digest)
    });
    assert_eq!(done.unwrap(), logs.len());
}

fn read(store: &Store, site: SiteId, days: &[i64]) -> Vec<Arc<[u8]>> {
    let days: Vec<Timestamp> = days.iter().map(|day| Timestamp(day * DAY_US)).collect();
    store.snapshot(&Patience::default(), |snapshot| snapshot.day_logs(site, &days)).unwrap()
}

#[test]
fn a_log_is_what_was_put_there_last() {
    let (_folder, store) = fresh();
    let long: Vec<u8> = (0..20_000_u32).map(|n| (n % 251) as u8).collect();
    let (site, other) = (SiteId(1), SiteId(2));
    put(&store, site, &[(5, &long), (6, b""), (7, b"seven")]);
    put(&store, other, &[(5, b"theirs")]);
    let first = read(&store, site, &[5, 6, 7]);
    assert_eq!(first.iter().map(|log| log.to_vec()).collect::<Vec<_>>(), [long.clone(), Vec::new(), b"seven".to_vec()]);
    // Once more from memory, and only what was asked for.
    let again = read(&store, site, &[5, 7]);
    assert!(Arc::ptr_eq(&first[0], &again[0]) && Arc::ptr_eq(&first[2], &again[1]));
    assert_eq!(*read(&store, other, &[5])[0], *b"theirs");
    put(&store, site, &[(7, b"eight")]);
    assert_eq!(read(&store, site, &[5, 7]).iter().map(|log| log.len()).collect::<Vec<_>>(), [long.len(), 5]);
    assert_eq!(*read(&store, site, &[7])[0], *b"eight");
    // A day that is not summed has none.
    assert!(read(&store, site, &[8])[0].is_empty());
}

#[test]
fn a_table_that_is_put_aside_goes_with_its_snapshot() {
    let (_folder, store) = fresh();
    let aside = |columns: Vec<(&str, Vec<u64>)>| {
        store.snapshot(&Patience::default(), |snapshot| {
            snapshot.put("aside", columns)?;
            snapshot.query("select sum(one)::bigint, count(*) from aside", &[])
        })
    };
    let found = aside(vec![("one", vec![1, 2, u64::MAX >> 2]), ("two", vec![0, 0, 7])]).unwrap();
    assert_eq!((found.rows[0][0].as_i64(), found.rows[0][1].as_i64()), (Some((1 << 62) + 2), Some(3)));
    assert_eq!(aside(vec![("one", Vec::new())]).unwrap().rows[0][1].as_i64(), Some(0));
    assert!(store.query("select * from aside", &[]).is_err());
}
