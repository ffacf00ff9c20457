//! What the demo shop sells, who comes, and from where: plain tables.

/// A product of the demo shop.
pub(super) struct Product {
    pub(super) sku: &'static str,
    pub(super) name: &'static str,
    pub(super) brand: &'static str,
    pub(super) categories: &'static [&'static str],
    pub(super) slug: &'static str,
    /// Net price in euro cents.
    pub(super) cents: u64,
    /// Cost in euro cents.
    pub(super) cost_cents: u64,
    /// How often it is looked at, against the others.
    pub(super) weight: u64,
}

macro_rules! products {
    ($($sku:literal $name:literal $brand:literal [$($category:literal),+] $slug:literal $cents:literal $cost:literal $weight:literal;)+) => {
        &[$(Product { sku: $sku, name: $name, brand: $brand, categories: &[$($category),+], slug: $slug, cents: $cents, cost_cents: $cost, weight: $weight }),+]
    };
}

/// A shop for people who walk.
pub(super) const PRODUCTS: &[Product] = products! {
    "BT-101" "Fell Runner trail shoe" "Larkfell" ["Shoes", "Trail"] "fell-runner" 10_924 5_200 120;
    "BT-102" "Fell Runner trail shoe, wide" "Larkfell" ["Shoes", "Trail"] "fell-runner-wide" 11_345 5_400 45;
    "BT-120" "Marsh wellington" "Larkfell" ["Shoes", "Boots"] "marsh-wellington" 7_555 3_100 40;
    "BT-140" "Ridgeway leather boot" "Oak & Iron" ["Shoes", "Boots"] "ridgeway-boot" 17_639 8_800 70;
    "JK-201" "Drizzle shell jacket" "Northmere" ["Clothing", "Jackets"] "drizzle-shell" 13_437 6_000 95;
    "JK-202" "Frost down jacket" "Northmere" ["Clothing", "Jackets"] "frost-down" 20_975 9_900 60;
    "JK-215" "Harbour wax jacket" "Oak & Iron" ["Clothing", "Jackets"] "harbour-wax" 18_479 8_100 35;
    "FL-301" "Hearth fleece" "Northmere" ["Clothing", "Fleece"] "hearth-fleece" 5_874 2_300 85;
    "ML-310" "Merino base layer" "Ullswool" ["Clothing", "Base layers"] "merino-base" 5_034 2_250 110;
    "ML-311" "Merino socks, two pairs" "Ullswool" ["Clothing", "Socks"] "merino-socks" 2_009 760 150;
    "TR-330" "Stile walking trousers" "Larkfell" ["Clothing", "Trousers"] "stile-trousers" 7_555 3_000 70;
    "HT-340" "Beck beanie" "Ullswool" ["Clothing", "Hats"] "beck-beanie" 1_672 520 90;
    "BG-401" "Daybreak 22 l rucksack" "Carrick" ["Equipment", "Rucksacks"] "daybreak-22" 7_134 3_150 80;
    "BG-402" "Longway 55 l rucksack" "Carrick" ["Equipment", "Rucksacks"] "longway-55" 15_118 7_200 35;
    "TN-410" "Moorland one-person tent" "Carrick" ["Equipment", "Tents"] "moorland-tent" 25_202 13_000 25;
    "SB-420" "Dusk sleeping bag" "Carrick" ["Equipment", "Sleeping"] "dusk-bag" 12_597 6_100 30;
    "MT-421" "Dusk sleeping mat" "Carrick" ["Equipment", "Sleeping"] "dusk-mat" 6_294 2_700 40;
    "PL-430" "Carbon trekking poles" "Carrick" ["Equipment", "Poles"] "carbon-poles" 8_395 3_600 50;
    "BO-440" "Brook bottle 0.75 l" "Brook" ["Equipment", "Bottles"] "brook-bottle" 1_840 510 130;
    "LA-450" "Glow head torch" "Brook" ["Equipment", "Lights"] "glow-torch" 3_353 1_300 75;
    "MP-501" "Waterproof map, Northern Alps" "Footpath Press" ["Books & maps", "Maps"] "map-northern-alps" 1_392 420 60;
    "BK-510" "Forty quiet walks" "Footpath Press" ["Books & maps", "Books"] "forty-quiet-walks" 2_149 700 45;
    "WX-601" "Leather wax" "Oak & Iron" ["Care"] "leather-wax" 1_000 240 65;
    "GC-700" "Gift card" "Tallyho Trails" ["Gift cards"] "gift-card" 5_000 5_000 20;
};

/// Country, languages header, currency.
pub(super) const COUNTRIES: &[(u64, (&str, &str, &str))] = &[
    (430, ("DE", "de-DE,de;q=0.9,en;q=0.6", "EUR")),
    (120, ("AT", "de-AT,de;q=0.9", "EUR")),
    (80, ("CH", "de-CH,de;q=0.9,fr;q=0.5", "CHF")),
    (90, ("FR", "fr-FR,fr;q=0.9", "EUR")),
    (70, ("NL", "nl-NL,nl;q=0.9,en;q=0.7", "EUR")),
    (120, ("GB", "en-GB,en;q=0.9", "GBP")),
    (90, ("US", "en-US,en;q=0.9", "USD")),
    (9, ("NO", "nb-NO,nb;q=0.9,en;q=0.7", "NOK")),
];

/// Units of the currency per euro around which the demo's daily rates move, in 1/10 000.
pub(super) const RATES: &[(&str, u64)] = &[("GBP", 8_612), ("USD", 10_874), ("CHF", 9_371)];

/// A currency that the shop sells in and whose rate nobody has stated: its orders count and are shown unconverted.
pub(super) const UNRATED: &[(&str, u64)] = &[("NOK", 117_400)];

/// User agent, whether it is a phone.
pub(crate) const BROWSERS: &[(u64, (&str, bool))] = &[
    (
        240,
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            true,
        ),
    ),
    (
        230,
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
            true,
        ),
    ),
    (
        190,
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            false,
        ),
    ),
    (
        80,
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
            false,
        ),
    ),
    (70, ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0", false)),
    (
        60,
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            false,
        ),
    ),
    (
        50,
        (
            "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            true,
        ),
    ),
    (
        40,
        (
            "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            false,
        ),
    ),
    (25, ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", false)),
    (15, ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", false)),
];

/// A way in: query on the landing page, referrer, how many in a thousand of its visits buy, whether mostly regulars come by it.
pub(super) struct WayIn {
    pub(super) query: &'static str,
    pub(super) referrer: &'static str,
    pub(super) buys_per_mille: u64,
    pub(super) regulars: bool,
}

/// Ways in by weight.
pub(super) const WAYS_IN: &[(u64, WayIn)] = &[
    (215, WayIn { query: "", referrer: "", buys_per_mille: 34, regulars: true }),
    (250, WayIn { query: "", referrer: "https://www.google.com/", buys_per_mille: 26, regulars: false }),
    (
        70,
        WayIn {
            query: "utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_term=tallyho+trails&gclid=demo",
            referrer: "https://www.google.com/",
            buys_per_mille: 46,
            regulars: false,
        },
    ),
    (
        85,
        WayIn {
            query: "utm_source=google&utm_medium=cpc&utm_campaign=boots-autumn&utm_term=walking+boots&gclid=demo",
            referrer: "https://www.google.com/",
            buys_per_mille: 21,
            regulars: false,
        },
    ),
    (
        80,
        WayIn {
            query: "utm_source=newsletter&utm_medium=email&utm_campaign=weekly-letter",
            referrer: "",
            buys_per_mille: 52,
            regulars: true,
        },
    ),
    (
        35,
        WayIn {
            query: "utm_source=newsletter&utm_medium=email&utm_campaign=cart-reminder",
            referrer: "",
            buys_per_mille: 95,
            regulars: true,
        },
    ),
    (65, WayIn { query: "", referrer: "https://l.instagram.com/", buys_per_mille: 9, regulars: false }),
    (
        55,
        WayIn {
            query: "utm_source=facebook&utm_medium=paid_social&utm_campaign=lookalike-walkers",
            referrer: "https://www.facebook.com/",
            buys_per_mille: 12,
            regulars: false,
        },
    ),
    (
        35,
        WayIn { query: "", referrer: "https://www.bing.com/search?q=trail+shoes", buys_per_mille: 24, regulars: false },
    ),
    (20, WayIn { query: "", referrer: "https://duckduckgo.com/", buys_per_mille: 27, regulars: false }),
    (30, WayIn { query: "", referrer: "https://wanderblog.example/best-boots", buys_per_mille: 31, regulars: false }),
    (
        25,
        WayIn {
            query: "utm_source=hikers-club&utm_medium=affiliate&utm_campaign=partner-october",
            referrer: "https://hikers-club.example/deals",
            buys_per_mille: 38,
            regulars: false,
        },
    ),
    (20, WayIn { query: "", referrer: "https://chatgpt.com/", buys_per_mille: 41, regulars: false }),
    (15, WayIn { query: "", referrer: "https://www.youtube.com/", buys_per_mille: 10, regulars: false }),
];

/// What visitors search for on the site, and how many results that has.
pub(super) const SEARCHES: &[(u64, (&str, u32))] = &[
    (40, ("boots", 4)),
    (30, ("merino", 2)),
    (25, ("rain jacket", 3)),
    (15, ("gift", 1)),
    (12, ("kids shoes", 0)),
    (10, ("head torch", 1)),
];

/// How many of a day's visits fall in each hour, in the shop's zone.
pub(crate) const HOURS: &[u64] =
    &[8, 5, 3, 2, 2, 4, 12, 26, 40, 48, 52, 54, 58, 54, 50, 50, 54, 60, 68, 80, 86, 74, 46, 22];

/// How busy each weekday is, Monday first, in a thousandth of the mean.
pub(crate) const WEEKDAYS: &[u64] = &[1040, 980, 960, 970, 930, 1000, 1120];
