//! Events that the server itself brings in on an administrator's word, such as orders out of the shop's own list.
//!
//! They take the same way as events sent with a token of scope import: the same reading, the same privacy, the same
//! journal, and nothing is said before it is safe.

use super::{append, settle};
use crate::door::Door;
use crate::protocol::native;
use crate::reject::Reject;
use crate::settle::Context;
use commerce::ids::SiteId;
use commerce::record::Record;
use http::HeaderMap;
use std::cell::OnceCell;
use std::net::{IpAddr, Ipv4Addr};

/// Takes in `events`, each the JSON text of a native event, for `site`, and waits until they are safe. Returns for each
/// the reason why it was quarantined, `None` for one that was accepted.
///
/// # Errors
/// [`Reject::SiteUnknown`], or [`Reject::Busy`], [`Reject::StorageFull`] and [`Reject::StorageFailed`]: sending the same
/// events again is always safe.
pub async fn import(door: &Door, site: SiteId, events: &[String]) -> Result<Vec<Option<String>>, Reject> {
    let (payloads, tally, reasons) = {
        let book = door.book();
        let received_at = (door.clock)();
        let site = book.site(site).ok_or(Reject::SiteUnknown)?;
        let mut reading = native::read_imported(site, events, received_at, &*door.ids);
        let context = Context {
            book: &book,
            place: &door.place,
            headers: &HeaderMap::new(),
            client_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            behind_proxy: false,
            received_at,
            token: None,
            client_hints: OnceCell::new(),
        };
        let records = settle::settle(&context, &mut reading);
        let reasons = records.iter().map(reason_of).collect();
        let (payloads, tally) = settle::encode(&records);
        (payloads, tally, reasons)
    };
    if !payloads.is_empty() {
        append(door, payloads, &tally).await?;
    }
    Ok(reasons)
}

fn reason_of(record: &Record) -> Option<String> {
    match record {
        Record::Quarantined(quarantined) => Some(quarantined.reason.clone()),
        Record::Excluded(excluded) => Some(excluded.reason.name().to_owned()),
        _ => None,
    }
}
