//! The worked examples: small cases with figures computed elsewhere, each driven through the real HTTP API.
//!
//! The cases are data (`fixtures/worked_examples.json`); the figures asserted are read from there and nowhere retyped.
//! [`case`] reads a case, [`shop`] turns its neutral events into requests and asks for what came of them; the other
//! files hold one small assertion per case. A case that is added to the file fails
//! [`every_case_of_our_areas_is_handled`] until somebody says here what is to be asserted of it.

mod attribution;
mod case;
mod customers;
mod guard;
mod intake;
mod money;
mod orders;
mod people;
mod products;
mod shop;
mod time;
mod visits;

use case::Case;

/// Areas of the file that describe what this server does.
const AREAS: &[&str] = &[
    "session",
    "identity",
    "time",
    "money",
    "orders",
    "rates",
    "carts",
    "ingest",
    "security",
    "attribution",
    "customers",
    "products",
];

/// Cases of those areas that are not driven here, each with its reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("webhook_signature", "outgoing webhooks are not delivered yet: there is nobody to sign"),
    ("ssrf_ip_verdicts", "the verdicts are about targets of outgoing webhooks, which are not delivered yet"),
];

/// Makes a test of each case and the list of their names.
macro_rules! cases {
    ($($name:ident => $check:path;)+) => {
        const HANDLED: &[&str] = &[$(stringify!($name)),+];
        $(
            #[test]
            fn $name() {
                $check(&Case::named(stringify!($name)));
            }
        )+
    };
}

cases! {
    session_gap_1799s_same => visits::counted;
    session_gap_1800s_new => visits::counted;
    session_midnight_matomo => visits::by_day;
    session_midnight_default => visits::by_day;
    session_midnight_adobe_count => visits::no_sum_of_days;
    session_campaign_change_matomo => visits::counted;
    session_campaign_change_default => visits::touches;
    session_ahoy_vs_30min => visits::timeouts;
    session_adobe_12h_cap => visits::capped;
    session_server_order_does_not_open_session => visits::server_order;
    matomo_known_issue_server_cart_new_visitor => people::unlinked_cart;
    identity_two_devices => people::owners;
    identity_shared_device_with_reset => people::owners;
    identity_junk_user_ids => people::junk;
    day_dst_spring_paris => time::day_bounds;
    day_dst_fall_new_york => time::day_bounds;
    day_without_midnight_sao_paulo => time::day_bounds;
    day_kathmandu_0545 => time::day_bounds;
    orders_by_day_dst => time::orders_by_day;
    iso_weeks => time::weeks;
    client_clock_skew => time::skew;
    minor_units => money::minor_units;
    rounding_half_up_vs_even => money::rounding;
    discount_allocation_equal => money::discount_allocated;
    discount_100_percent => money::free_order;
    multi_currency_order_date_rate => money::order_date_rate;
    price_validation => money::price_verdicts;
    duplicate_order_three_sources => orders::three_sources;
    same_order_id_two_sites => orders::two_sites;
    empty_order_id => orders::empty_id;
    partial_refund_by_refund_date => orders::refund_by_day;
    partial_refund_by_order_date => orders::refund_by_day;
    cancelled_order => orders::cancelled;
    conversion_rates_three_denominators => orders::rates;
    cart_abandonment_rate => orders::abandonment_rate;
    cart_abandoned_webhook_timing => orders::abandoned_in_time;
    emptied_cart_is_not_abandoned => orders::emptied;
    event_id_retry_19_days_later => intake::late_retry;
    bot_filter_keeps_server_orders => intake::bots;
    json_lone_surrogate => intake::lone_surrogate;
    batch_partial_failure => intake::partial_failure;
    ack_vs_stored_invariant => intake::acknowledged_and_stored;
    pan_scrub => guard::card_numbers;
    csv_formula_injection => guard::formulas;
    token_at_rest => guard::token_at_rest;
    attr_adobe_first => attribution::credited;
    attr_adobe_last => attribution::credited;
    attr_adobe_linear => attribution::credited;
    attr_adobe_j => attribution::credited;
    attr_time_decay_14_7_0 => attribution::decayed;
    attr_position_two_and_one => attribution::ends_alone;
    attr_last_non_direct => attribution::last_non_direct;
    attr_markov_published => attribution::markov;
    attr_shapley_counts => attribution::counts_are_linear;
    attr_shapley_rates => attribution::rates_are_shared;
    repeat_purchase_rate => customers::repeating;
    new_vs_returning_orders => customers::first_and_later;
    cohort_retention => customers::retained;
    rfm_ties_not_ntile => customers::scored;
    product_rates_by_session => products::rates;
}

#[test]
fn every_case_of_our_areas_is_handled() {
    let known: Vec<&str> = HANDLED.iter().copied().chain(LEFT_OUT.iter().map(|(name, _)| *name)).collect();
    let cases = Case::all();
    let ours: Vec<&str> = cases.iter().filter(|c| AREAS.contains(&c.area())).map(Case::name).collect();
    for name in &ours {
        assert!(known.contains(name), "`{name}` is new in the file: say in the table what is to be asserted of it");
    }
    for name in &known {
        assert!(ours.contains(name), "`{name}` is no longer in the file");
    }
}
