//! What is read from the logs of days is what the rows say: on random shops, with late and changed visits.

use super::day_sums::{late, sum_all};
use super::random::{rows_of, story};
use super::*;
use crate::analysis::{Desk, analysis};
use proptest::prelude::*;

/// Funnels, as parameters: those that logs answer, and some that they cannot.
const FUNNELS: &[&[(&str, &str)]] = &[
    &[("steps", "page_view;view_item;add_to_cart;purchase")],
    &[("steps", "page_view;page_view;add_to_cart"), ("scope", "visitor")],
    &[("steps", "page_view;add_to_cart;begin_checkout;purchase"), ("scope", "customer"), ("window", "30d")],
    &[("steps", "view_item;purchase;page_view"), ("scope", "visitor"), ("mode", "open"), ("breakdown", "channel")],
    &[("steps", "page_view;purchase"), ("scope", "visit"), ("breakdown", "device"), ("filter", "channel!=Direct")],
    &[("steps", "page_view[page=@a];view_item[sku==A];purchase"), ("scope", "visitor")],
    &[("steps", "page_view;add_to_cart[category==shoes]"), ("scope", "visitor"), ("filter", "orders > 0")],
    &[("steps", "page_view[device==mobile];purchase[payment_method==card]"), ("scope", "visitor")],
    &[("steps", "page_view[property:depth==1];purchase"), ("scope", "visitor")],
];

fn answers(shop: &Shop) -> Vec<String> {
    let ask = |name: &str, own: &[(&str, &str)]| {
        let asked = own.iter().copied().chain([("from", "2026-03-28"), ("to", "2026-03-30"), ("limit", "1000")]);
        let prepared = analysis(name).unwrap().prepare(asked, &[]);
        // What cannot be asked is refused with logs and without.
        prepared.map_or_else(
            |error| error.code.to_owned(),
            |prepared| {
                let table: Result<Table, Error> = shop.store.snapshot(&store::Patience::default(), |snapshot| {
                    prepared.run(&Desk::new(snapshot, SITE, &shop.settings)?)
                });
                let table = table.unwrap();
                format!("{own:?}\n{}\n{:?}", table.to_text(), table.totals)
            },
        )
    };
    let funnels = FUNNELS.iter().map(|own| ask("funnel", own));
    let dropped = FUNNELS.iter().map(|own| ask("funnel/dropped", own));
    funnels.chain(dropped).collect()
}

#[track_caller]
fn check_same(logged: &Shop, plain: &Shop) {
    for (found, expected) in answers(logged).iter().zip(&answers(plain)) {
        assert_eq!(found, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 12, ..ProptestConfig::default() })]

    #[test]
    fn logs_say_what_the_rows_say(
        first in prop::collection::vec(story(), 1..25),
        second in prop::collection::vec(story(), 1..8),
    ) {
        let (logged, plain) = (open(&rows_of(&first)), open(&rows_of(&first)));
        // No day at all, where everything happened on the last one.
        sum_all(&logged);
        for shop in [&logged, &plain] {
            shop.store.apply(&late(&first, &second)).unwrap();
        }
        // Some days from logs and some from rows, then all from logs.
        check_same(&logged, &plain);
        prop_assert!(sum_all(&logged) > 0);
        check_same(&logged, &plain);
    }
}

#[test]
fn logs_are_read_at_all() {
    let shop = open(&rows());
    shop.store.apply(&super::day_sums::empty(50)).unwrap();
    let plain = answers(&shop);
    assert!(sum_all(&shop) > 0);
    let logs = shop.store.query("select count(*), sum(octet_length(log)) from day_logs", &[]).unwrap();
    assert!(logs.rows[0][1].as_i64() > Some(100), "{logs:?}");
    assert_eq!(answers(&shop), plain);
    assert!(plain.iter().any(|text| text.contains("page_view")), "{plain:?}");
}

#[test]
fn kinds_answer_whatever_they_say_they_do() {
    let shop = open(&rows());
    for dimension in crate::DIMENSIONS.iter().filter(|d| !d.takes_name()) {
        for step in ["page_view", "view_item"] {
            let steps = format!("{step}[{}==x];purchase", dimension.name);
            let asked = [("steps", steps.as_str()), ("from", "2026-03-28"), ("to", "2026-03-30")];
            let Ok(prepared) = analysis("funnel").unwrap().prepare(asked, &[]) else { continue };
            let table: Result<Table, Error> = shop.store.snapshot(&store::Patience::default(), |snapshot| {
                prepared.run(&Desk::new(snapshot, SITE, &shop.settings)?)
            });
            table.unwrap_or_else(|error| panic!("{steps}: {error}"));
        }
    }
}
