//! The slow reference: every metric by every dimension and segment, worked out over plain rows, row by row and without
//! SQL, on shops made by luck, and compared with what the product says.
//!
//! It knows what the documentation says (docs/reports.md, docs/segments.md) and nothing of how statements are written.
//! `rows` has the rows and what belongs to what, `dimensions` what a row is, `segments` what a filter keeps, `metrics`
//! what is counted, `made` makes shops, `asked` questions, `compare` sets both answers side by side. `lists` sets lists beside reports.

mod asked;
mod compare;
mod dice;
mod dimensions;
mod lists;
mod made;
mod metrics;
mod question;
mod rows;
mod segments;

use super::shop::SITE;
use super::*;
use crate::digest::sum_days;
use crate::filter::Definition;
use asked::{Asking, DEFINED, asking};
use compare::{Seen, compare, compare_unconverted, values_seen};
use dice::Dice;
use made::Made;
use rows::World;

/// How many shops are made, unless the environment asks for more.
const SHOPS: u64 = 4;
/// How many questions each is asked.
const QUESTIONS: u64 = 34;

/// Opens the shop with what came first and later; every other one reads its quiet days from sums.
fn opened(made: &Made, stranger: &Rows, summed: bool) -> Shop {
    let mut shop = open_with(&made.first, 1024);
    shop.settings = made.settings.clone();
    let theirs = Rows { position: 10, as_of: made.first.as_of, ..stranger.clone() };
    shop.store.apply(&theirs).unwrap();
    if summed {
        for _ in 0..2 {
            sum_days(&shop.store, SITE, &shop.settings).unwrap();
        }
    }
    shop.store.apply(&made.later).unwrap();
    if summed {
        sum_days(&shop.store, SITE, &shop.settings).unwrap();
    }
    shop
}

/// Runs the shops of these seeds and returns what was seen and what was wrong.
fn run_shops(seeds: impl Iterator<Item = u64>) -> (Seen, Vec<String>) {
    let (mut seen, mut wrong) = (Seen::default(), Vec::new());
    for seed in seeds {
        let mut dice = Dice::new(seed);
        let size = 12 + dice.below(40);
        let made = made::shop(&mut dice, size);
        let stranger = made::stranger(&mut dice, &made.settings);
        let shop = opened(&made, &stranger, seed % 2 == 1);
        let mut world = World::of(SITE, &made.settings, vec![made.first, made.later]);
        if seed % 3 == 0 {
            world.definitions = DEFINED.iter().map(|(name, rule)| Definition::parse(name, rule).unwrap()).collect();
        }
        compare_unconverted(&shop, &world);
        for number in 0..QUESTIONS {
            // The first is of no dimension; then each has its turn, in the next shop where this one ends.
            let turn = if number == 0 { 0 } else { seed * (QUESTIONS - 1) + number };
            let asking = asking(&mut dice, turn);
            if let Err(error) = compare(&shop, &world, &asking, &mut dice, &mut seen) {
                wrong.push(format!("seed {seed}, question {number}: {error}"));
            }
        }
    }
    (seen, wrong)
}

fn number_of(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// `TALLYHO_REFERENCE_SHOPS=500` makes more shops, `TALLYHO_REFERENCE_SEED=77` begins with that one.
#[test]
fn reports_say_what_the_slow_reference_says() {
    let first = number_of("TALLYHO_REFERENCE_SEED", 1);
    let shops = number_of("TALLYHO_REFERENCE_SHOPS", SHOPS);
    let (seen, wrong) = run_shops(first..first + shops);
    assert!(wrong.is_empty(), "{} wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
    if shops < SHOPS {
        return;
    }
    // A reference that sees nothing proves nothing.
    let missing: Vec<&str> =
        crate::METRICS.iter().map(|m| m.name).filter(|name| !seen.metrics.contains(name)).collect();
    assert!(missing.is_empty(), "never anything but nothing: {missing:?}");
    let (unseen, several) = values_seen(&seen);
    assert!(unseen.is_empty() && several > 45, "no value of {unseen:?}, and several of {several} dimensions");
    let (asked, narrower) = seen.filters;
    assert!(narrower * 3 > asked, "{narrower} of {asked} filters kept something and left something out");
    assert!(seen.periods > 20, "{} reports were compared with a period before", seen.periods);
    assert!(seen.combinations > 3_000, "{} combinations", seen.combinations);
    assert!((seen.refused as u64) * 5 < SHOPS * QUESTIONS, "{} questions were refused", seen.refused);
}

/// A control: each of these is one row told otherwise than the store has it.
#[test]
fn a_single_row_that_is_wrong_is_seen() {
    let mut dice = Dice::new(1);
    let made = made::shop(&mut dice, 30);
    let shop = opened(&made, &made::stranger(&mut dice, &made.settings), true);
    let asking = Asking { from: "2025-06-01", to: "2026-05-31", ..Asking::default() };
    let spoils: [fn(&mut World); 6] = [
        |world| drop(world.rows.visits.pop()),
        |world| drop(world.rows.events.pop()),
        |world| world.rows.orders.iter_mut().rfind(|o| o.counts).unwrap().units += 1,
        |world| drop(world.rows.refunds.remove(0)),
        |world| world.rows.carts[0].created_at = at("2024-01-01T00:00:00Z"),
        |world| world.rows.ad_costs.last_mut().unwrap().clicks = Some(9_999),
    ];
    for (number, spoil) in spoils.iter().enumerate() {
        let mut world = World::of(SITE, &made.settings, vec![made.first.clone(), made.later.clone()]);
        let mut wrong =
            |world: &World| (0..12).any(|_| compare(&shop, world, &asking, &mut dice, &mut Seen::default()).is_err());
        assert!(number > 0 || !wrong(&world), "nothing is wrong yet");
        spoil(&mut world);
        assert!(wrong(&world), "spoil {number} was not seen");
    }
}
