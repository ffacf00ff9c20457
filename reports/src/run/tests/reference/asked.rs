//! Questions made by luck: every dimension in turn, beside others, with conditions and behaviours of all scopes.

use super::dice::Dice;
use crate::DIMENSIONS;

/// What a report is asked for, metrics left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Asking {
    pub(super) dimensions: Vec<String>,
    pub(super) filter: String,
    pub(super) segment: String,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) as_of: &'static str,
    pub(super) refund_view: &'static str,
    pub(super) compare: &'static str,
}

const CONDITIONS: &[&str] = &[
    "channel = Email",
    "channel in (Direct, Email)",
    "source != google",
    "medium starts with C",
    "campaign = spring",
    "campaign contains SALE",
    "campaign is unknown",
    "term starts with red",
    "content = link",
    "referrer ends with \"example/\"",
    "referrer_host is known",
    "landing_page = /",
    "exit_page ends with boots",
    "page = /shoes",
    "page contains shoes",
    "page != /",
    "page is unknown",
    "page_title = Home",
    "host = m.shop.example",
    "country in (DE, AT)",
    "country != DE",
    "country is unknown",
    "region = BY",
    "city = Vienna",
    "language contains de",
    "device = mobile",
    "browser = Firefox",
    "os != Linux",
    "screen is known",
    "new_or_returning = new",
    "visitor_type = returning_customer",
    "visitor_type != new",
    "order_status = confirmed",
    "order_status in (pending, cancelled)",
    "order_source = server",
    "trust = verified",
    "currency = USD",
    "currency != EUR",
    "coupon = X",
    "coupon != Y",
    "coupon is unknown",
    "payment_method = card",
    "shipping_method is known",
    "sales_channel = pos",
    "customer_type = returning",
    "first_order_month = 2026-03",
    "first_channel = Email",
    "first_product = Boot",
    "sku = A1",
    "sku != A1",
    "sku in (A2, B1)",
    "sku = \"(no lines)\"",
    "sku is unknown",
    "product = Boot",
    "brand = Acme",
    "brand is unknown",
    "variant != red",
    "category = Shoes",
    "category != Shoes",
    "category contains o",
    "category is unknown",
    "category is known",
    "category = \"(no lines)\"",
    "category_1 = Outdoor",
    "category_2 = Sale",
    "category_5 is known",
    "item_list = Top",
    "item_list is unknown",
    "promotion = Week",
    "event = page_view",
    "event = Looked",
    "event != search",
    "event != ping",
    "goal = 1",
    "goal > 1",
    "search_term = boots",
    "checkout_step = begin_checkout",
    "item_property:size = L",
    "trait:plan = gold",
    "trait:plan is unknown",
    "property:plan = pro",
    "property:\"a b\" = 1",
    "weekday <= 5",
    "hour_of_day >= 12",
    "visit_page_views > 1",
    "visit_events = 0",
    "visit_searches >= 1",
    "visit_duration_s >= 9.5",
    "visit_number = 1",
    "days_since_first_visit < 3",
    "page_url contains m.shop",
    "landing_url = shop.example/",
    "exit_url starts with m.",
    "order_id != 11",
    "order_total > 50",
    "order_total is unknown",
    "order_net_sales <= 40.5",
    "order_discounts > 0",
    "order_refunded > 0",
    "order_units >= 2",
    "order_lines = 0",
    "cart_value > 20",
    "cart_units > 1",
    "price > 20",
    "price != 20",
    "price is unknown",
    "price is known",
    "quantity >= 2",
];

const DEEDS: &[&str] = &[
    "did page_view >= 2",
    "did search",
    "did not click",
    "did page_view in 3d",
    "did Looked >= 2",
    "did not search",
    "did signed_up where (page = /shoes)",
    "did page_view where (country = DE) < 2",
    "did purchase",
    "did purchase >= 2 in 5d",
    "did purchase = 0",
    "did purchase != 1 in 30d",
    "did purchase where (order_total > 50)",
    "did purchase where (sku = A1 and brand = Acme)",
    "did refund",
    "did refund in 3d",
    "did not refund where (currency = CHF)",
    "did abandon_cart",
    "did abandon_cart where (cart_value > 20) <= 1",
    "viewed sku = A1",
    "viewed category Shoes >= 2",
    "added (brand = Acme and price > 10)",
    "added sku != A1 = 1 in 7d",
    "carted category = Outdoor",
    "bought sku B1",
    "bought (sku = A1 or price > 20) < 2",
    "bought item_property:size = L in 30d",
];

const SCOPES: &[&str] = &["visits: ", "visitors: ", "customers: ", "orders: "];
const TIMES: &[&str] = &["hour", "day", "week", "month", "quarter", "year", "weekday", "hour_of_day"];
const NAMED: &[&str] = &["property:plan", "property:a b", "item_property:size", "trait:plan"];

/// Events that some sites have defined: name and rule. One has a name that events bear themselves.
pub(super) const DEFINED: &[(&str, &str)] = &[
    ("Looked", "event in (page_view, view_item) and not page contains cart"),
    ("search", "event = click or property:plan = pro or checkout_step is known"),
];

/// Makes the question of this number.
pub(super) fn asking(dice: &mut Dice, number: u64) -> Asking {
    let (from, to) = dice.pick(&[
        ("2026-03-25", "2026-04-04"),
        ("2026-03-25", "2026-04-04"),
        ("2026-03-28", "2026-03-29"),
        ("2026-03-29", "2026-03-29"),
        ("2026-03-01", "2026-03-31"),
        ("2025-06-01", "2026-05-31"),
        ("2025-06-01", "2026-05-31"),
    ]);
    let mut dimensions = Vec::new();
    let others = [0, 0, 0, 1, 1, 2][dice.below(6) as usize];
    if number > 0 {
        dimensions.push(turn(number));
        dimensions.extend((0..others).map(|_| dimension(dice)));
    }
    let split_by = |names: &[&str]| dimensions.iter().any(|d| names.contains(&d.as_str()));
    let (from, to) = match from {
        // Hours of a year are too many rows to be worth the time, and a week has one month.
        _ if split_by(&["hour"]) && from < "2026-03-20" => ("2026-03-28", "2026-03-30"),
        _ if split_by(&["year", "quarter", "month"]) => ("2025-06-01", "2026-05-31"),
        _ => (from, to),
    };
    let scope = if dice.chance(55) { dice.pick(SCOPES) } else { "" };
    Asking {
        dimensions,
        filter: if dice.chance(45) { tree(dice, 15) } else { String::new() },
        segment: if dice.chance(35) { format!("{scope}{}", tree(dice, 45)) } else { String::new() },
        from,
        to,
        as_of: dice.pick(&["", "2026-03-30T12:00:00Z"]),
        refund_view: dice.pick(&["", "refund_date", "order_date"]),
        compare: dice.pick(&["", "", "", "previous_period", "previous_year"]),
    }
}

/// Returns the dimension whose turn it is.
fn turn(number: u64) -> String {
    let plain: Vec<&str> =
        DIMENSIONS.iter().filter(|d| !d.takes_name()).map(|d| d.name).chain(NAMED.iter().copied()).collect();
    plain[(number - 1) as usize % plain.len()].to_owned()
}

fn dimension(dice: &mut Dice) -> String {
    let number = 1 + dice.below(1000);
    if dice.chance(20) { dice.pick(TIMES).to_owned() } else { turn(number) }
}

/// Makes conditions, behaviours among them `deeds` times in a hundred.
fn tree(dice: &mut Dice, deeds: u64) -> String {
    let mut one = || if dice.chance(deeds) { dice.pick(DEEDS) } else { dice.pick(CONDITIONS) };
    let (a, b, c) = (one(), one(), one());
    let shape = dice.below(9);
    match shape {
        0..=2 => a.to_owned(),
        3 => format!("{a} and {b}"),
        4 => format!("{a} or {b}"),
        5 => format!("not {a}"),
        6 => format!("{a} and not ({b} and {c})"),
        7 => format!("({a} or {b}) and {c}"),
        _ => format!("{a} or not {b}"),
    }
}
