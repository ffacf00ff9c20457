//! Events that the server brings in itself.

use super::*;
use commerce::hit::{Dialect, Origin, Trust};
use commerce::ids::SiteId;

fn imported(shop: &Shop, site: u32, events: &[String]) -> Result<Vec<Option<String>>, Reject> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(import(&shop.door, SiteId(site), events))
}

fn order(id: &str, value: &str) -> String {
    format!(r#"{{"name":"purchase","transaction_id":"{id}","value":"{value}","placed_at":"2019-05-01T10:00:00Z"}}"#)
}

#[test]
fn an_imported_order_is_verified_and_of_any_age() {
    let shop = Shop::open(&[]);
    assert_eq!(imported(&shop, 1, &[order("7", "59.90")]), Ok(vec![None]));
    let hit = shop.hit();
    assert_eq!((hit.facts.dialect, hit.facts.origin), (Dialect::NativeServer, Origin::Import));
    assert_eq!((hit.facts.trust, hit.facts.flags.unwrap_or(0) & commerce::hit::flags::BACKDATED), (Trust::Verified, 0));
    assert_eq!((hit.person.ip, hit.person.fingerprint), (None, None), "an import says nothing of any visitor");
    assert_eq!(shop.door.counters.snapshot().hits, 1);
}

#[test]
fn what_cannot_be_read_is_kept_with_its_reason() {
    let shop = Shop::open(&[]);
    let events = [order("undefined", "1"), order("8", "NaN"), order("9", "9.00")];
    let reasons = imported(&shop, 1, &events).unwrap();
    assert_eq!(reasons, [Some("order_id.placeholder".to_owned()), Some("price.not_finite".to_owned()), None]);
    assert_eq!(shop.records().len(), 3);
    assert_eq!(imported(&shop, 1, &[]), Ok(Vec::new()));
    assert_eq!(imported(&shop, 99, &[order("1", "1")]), Err(Reject::SiteUnknown));
}
