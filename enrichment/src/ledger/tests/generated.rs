//! Orders and refunds made up at random, as statements in words.

use super::{SiteState, site_with_rate};
use proptest::prelude::*;
use proptest::sample::select;

/// A statement about an order: a few values of each field, so that ties and contradictions come about.
pub(super) fn statement() -> impl Strategy<Value = String> {
    let kind = select(vec!["purchase", "purchase", "order_update", "order_status"]);
    let sender = select(vec!["browser", "BROWSER", "pixel", "server", "SERVER", "PLATFORM", "IMPORT"]);
    let extra = select(vec![
        "",
        "total=10",
        "total=10 tax=2 items=A*1*8",
        "total=12 currency=USD items=A*2*3,B*1*6*1*0.5 discount=2",
        "items=A*1*8,C*3*0.333333 tax_included=yes tax=1",
        "total=11 payment=card",
        "status=pending",
        "status=confirmed updated=2",
        "status=cancelled",
        "total=10 test=yes placed=-50",
    ]);
    let version = select(vec!["", "version=1", "version=2"]);
    (kind, sender, 0..4_i64, extra, version)
        .prop_map(|(kind, sender, at, extra, version)| format!("{kind} {sender} {at} {extra} {version}"))
}

/// A statement about a refund, from one of several sources.
pub(super) fn refund() -> impl Strategy<Value = String> {
    let sender = select(vec!["browser", "SERVER", "SERVER", "PLATFORM"]);
    let dialect = select(vec!["", "", "dialect=matomo"]);
    let id = select(vec!["", "id=1", "id=2", "id=3"]);
    (sender, 0..90_000_i64, dialect, id, refunded())
        .prop_map(|(sender, at, dialect, id, words)| format!("refund {sender} {at} {dialect} {id} {words}"))
}

/// What a statement says of a refund.
pub(super) fn refunded() -> impl Strategy<Value = String> {
    let items = select(vec![
        "",
        "",
        "items=A",
        "items=A*2",
        "items=B,A",
        "items=C*1*2.50",
        "items=B*0.5",
        "items=X",
        "items=VOUCHER,A",
        "items=B*2,C*1*0.99",
    ]);
    let amount = prop_oneof![
        2 => Just(String::new()),
        3 => (0..3000_i64).prop_map(|cents| format!("amount={}", decimal(cents))),
    ];
    let more = select(vec!["", "", "", "tax=0.57", "shipping=1.30", "tax=3 shipping=2", "currency=GBP"]);
    (amount, items, more).prop_map(|(amount, items, more)| format!("{amount} {items} {more}"))
}

/// A verified purchase in dollars, of up to four lines, whose total is mostly what its parts come to.
pub(super) fn sale() -> impl Strategy<Value = String> {
    let line = (select(vec!["A", "A", "B", "C"]), select(vec!["1", "2", "3", "0.5"]), 0..1500_i64, 0..300_i64);
    let discount = select(vec!["", "discount=0.10", "discount=3"]);
    let added = (0..500_i64, select(vec![0, 0, 499_i64]), select(vec![0, 0, 125_i64]));
    let voucher = select(vec![false, false, false, true]);
    let total = select(vec!["", "", "", "total=15", "total=0", "total=31.07"]);
    (prop::collection::vec(line, 0..4), discount, added, total, any::<bool>(), voucher).prop_map(
        |(lines, discount, (tax, shipping, fees), total, included, voucher)| {
            let line = |(sku, quantity, price, discount): &(&str, &str, i64, i64)| {
                format!("{sku}*{quantity}*{}*{}*0.4", decimal(*price), decimal(discount.min(price) / 2))
            };
            let mut lines: Vec<String> = lines.iter().map(line).collect();
            lines.extend(voucher.then(|| "VOUCHER*1*-1.50".to_owned()));
            let items = if lines.is_empty() { "subtotal=20".to_owned() } else { format!("items={}", lines.join(",")) };
            let [tax, shipping, fees] = [tax, shipping, fees].map(decimal);
            let included = if included { "yes" } else { "no" };
            let parts = format!("tax={tax} shipping={shipping} fees={fees} tax_included={included} {discount}");
            format!("purchase SERVER 0 currency=USD {total} {parts} {items}")
        },
    )
}

/// A site in euros with some rate of the dollar, or the site's own currency in its stead.
pub(super) fn any_site() -> impl Strategy<Value = SiteState> {
    let rate = select(vec!["1.0842", "1/1.1", "151.37", "0.0123", "same"]);
    rate.prop_map(|rate| {
        let mut site = site_with_rate(rate);
        if rate == "same" {
            site.settings.currency = super::currency("USD");
        }
        site
    })
}

fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
