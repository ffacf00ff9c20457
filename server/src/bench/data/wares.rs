//! What the shops of the benchmark sell, show and advertise: made from numbers, so that there is as much as is asked for.

use crate::demo::dice::Dice;
use commerce::Amount;
use commerce::hit::{Item, Place, Source};
use commerce::money::{Currency, Quantity, UnitPrice};

/// Products of a shop.
const PRODUCTS: u64 = 3_000;
/// Pages that are neither a product's nor a category's.
const ARTICLES: u64 = 400;
const CATEGORIES: u64 = 60;

const PLACES: &[(u64, (&str, &str, u64))] = &[
    (430, ("DE", "de-DE,de;q=0.9,en;q=0.6", 120)),
    (120, ("AT", "de-AT,de;q=0.9", 30)),
    (90, ("CH", "de-CH,de;q=0.9,fr;q=0.5", 25)),
    (90, ("FR", "fr-FR,fr;q=0.9", 60)),
    (70, ("NL", "nl-NL,nl;q=0.9,en;q=0.7", 30)),
    (110, ("GB", "en-GB,en;q=0.9", 60)),
    (80, ("US", "en-US,en;q=0.9", 80)),
    (10, ("NO", "nb-NO,nb;q=0.9,en;q=0.7", 8)),
];

const SCREENS: &[(u64, &str)] =
    &[(300, "390x844"), (260, "412x915"), (220, "1920x1080"), (90, "1536x864"), (70, "2560x1440"), (60, "820x1180")];

/// Source, medium and referrer of a way in, its campaigns, its buyers.
type Way = (&'static str, &'static str, &'static str, u64, u64);

/// Weight; source, medium and referrer of a way in; how many campaigns it runs; buyers in a thousand visits.
const WAYS: &[(u64, Way)] = &[
    (230, ("", "", "", 0, 42)),
    (270, ("", "", "https://www.google.com/", 0, 33)),
    (150, ("google", "cpc", "https://www.google.com/", 40, 45)),
    (110, ("newsletter", "email", "", 52, 75)),
    (60, ("facebook", "paid_social", "https://www.facebook.com/", 20, 17)),
    (70, ("", "", "https://l.instagram.com/", 0, 12)),
    (40, ("", "", "https://www.bing.com/", 0, 33)),
    (40, ("hikers-club", "affiliate", "https://hikers-club.example/deals", 8, 52)),
    (30, ("", "", "https://wanderblog.example/", 0, 40)),
];

/// A product by its number.
#[derive(Clone, Copy)]
pub(super) struct Product(pub(super) u64);

impl Product {
    /// Returns a product, those with low numbers much more often.
    pub(super) fn some(dice: &mut Dice) -> Self {
        Self(skewed(dice, PRODUCTS))
    }

    pub(super) fn path(self) -> String {
        format!("/p/{}-trail-ware", self.0)
    }

    pub(super) fn name(self) -> String {
        format!("Trail ware number {}", self.0)
    }

    /// Net price in cents of whatever currency it is sold in.
    pub(super) fn cents(self) -> u64 {
        990 + self.0 * 7919 % 18_000
    }

    /// Returns it as a line of an event, `quantity` pieces.
    pub(super) fn item(self, quantity: u64) -> Item {
        let category = self.0 % CATEGORIES;
        Item {
            sku: format!("SKU-{:05}", self.0),
            name: Some(self.name()),
            brand: Some(format!("Brand {}", self.0 % 40)),
            variant: self.0.is_multiple_of(4).then(|| format!("size {}", self.0 % 7)),
            categories: Some(vec![format!("Department {}", category % 8), format!("Category {category}")]),
            price: Some(UnitPrice(self.cents() as i64 * 10_000)),
            quantity: Some(Quantity(quantity as i64 * 1000)),
            ..Item::default()
        }
    }
}

/// A page: path and title.
pub(super) fn some_page(dice: &mut Dice) -> (String, String) {
    match dice.below(10) {
        0 | 1 => ("/".to_owned(), "Walk well".to_owned()),
        2..=5 => {
            let category = skewed(dice, CATEGORIES);
            (format!("/c/category-{category}"), format!("Category {category}"))
        }
        6..=8 => {
            let article = skewed(dice, ARTICLES);
            (format!("/guide/{article}-how-to-walk"), format!("How to walk, part {article}"))
        }
        _ => ("/about".to_owned(), "About us".to_owned()),
    }
}

/// What was searched for, and how many results that has.
pub(super) fn some_search(dice: &mut Dice) -> (String, u32) {
    let number = skewed(dice, 800);
    (format!("search {number}"), if number % 9 == 8 { 0 } else { (number % 40) as u32 + 1 })
}

/// A way in: what the landing page's address says, the referrer, and how many in a thousand of its visits buy.
pub(super) struct WayIn {
    pub(super) query: String,
    pub(super) referrer: Option<String>,
    pub(super) campaign: Option<Source>,
    pub(super) buys_per_mille: u64,
}

impl WayIn {
    pub(super) fn some(dice: &mut Dice) -> Self {
        let (source, medium, referrer, campaigns, buys_per_mille) = *dice.pick(WAYS);
        // Who links does so from many pages.
        let referrer = match referrer {
            "" => None,
            "https://wanderblog.example/" => Some(format!("{referrer}{}", skewed(dice, 300))),
            host => Some(host.to_owned()),
        };
        if campaigns == 0 {
            return Self { query: String::new(), referrer, campaign: None, buys_per_mille };
        }
        let number = skewed(dice, campaigns);
        let term = (medium == "cpc").then(|| format!("keyword {}", skewed(dice, 150)));
        let campaign = Source {
            source: Some(source.to_owned()),
            medium: Some(medium.to_owned()),
            campaign: Some(format!("{source}-{number}")),
            term,
            ..Source::default()
        };
        let query = format!("?utm_source={source}&utm_medium={medium}&utm_campaign={source}-{number}");
        Self { query, referrer, campaign: Some(campaign), buys_per_mille }
    }
}

/// Where someone is from and what they carry: places in the tables, so that a million people take little memory.
#[derive(Clone, Copy)]
pub(super) struct Home {
    place: u8,
    city: u8,
    screen: u8,
}

impl Home {
    pub(super) fn some(dice: &mut Dice) -> Self {
        let place = dice.place(PLACES);
        let city = skewed(dice, PLACES[place].1.2);
        Self { place: place as u8, city: city as u8, screen: dice.place(SCREENS) as u8 }
    }

    pub(super) fn place(self) -> Place {
        let (country, _, _) = PLACES[usize::from(self.place)].1;
        Place {
            country: Some(country.to_owned()),
            region: Some(format!("R{}", self.city % 12)),
            city: Some(format!("{country} town {}", self.city)),
        }
    }

    pub(super) fn languages(self) -> &'static str {
        PLACES[usize::from(self.place)].1.1
    }

    pub(super) fn screen(self) -> &'static str {
        SCREENS[usize::from(self.screen)].1
    }

    /// The currency that people there pay in. Nobody states a rate for the last country's.
    pub(super) fn currency(self) -> Currency {
        let code = match PLACES[usize::from(self.place)].1.0 {
            "CH" => "CHF",
            "GB" => "GBP",
            "US" => "USD",
            "NO" => "NOK",
            _ => "EUR",
        };
        Currency::parse(code).expect("ISO 4217 lists all of them")
    }
}

/// Returns `cents` as an amount.
pub(super) fn amount(cents: u64) -> Amount {
    Amount(cents as i64 * 100)
}

/// Returns a number below `below`, low ones much more often: one in ten falls into the first thousandth.
fn skewed(dice: &mut Dice, below: u64) -> u64 {
    let draw = u128::from(dice.below(1 << 20));
    ((u128::from(below) * draw * draw * draw) >> 60) as u64
}
