//! The funnel over the small shop.

use super::open;
use crate::run::tests::shop::{cart, rows};

const STEPS: (&str, &str) = ("steps", "view_item;add_to_cart;purchase");

/// The shop, with a cart of visit 2 that nobody orders and a visitor who is known as a customer on a second browser.
fn shop() -> crate::analysis::tests::Shop {
    let mut rows = rows();
    rows.carts.push(cart(9, 2, "2026-03-29T08:00:01Z", "2026-03-29T08:00:01Z", "70.00"));
    open(&rows)
}

#[test]
fn visits_go_from_step_to_step() {
    // All three viewed A1 and put something into the cart; visits 1 and 3 ordered. Of several views the last counts.
    shop().check(
        "funnel",
        &[STEPS],
        "step   name         entered  continued_rate  overall_rate  dropped  dropped_value EUR  median_time_s
         -----  -----------  -------  --------------  ------------  -------  -----------------  -------------
         1      view_item          3               -       100.00%        0               0.00              -
         2      add_to_cart        3         100.00%       100.00%        1              70.00              1
         3      purchase           2          66.67%        66.67%        0               0.00            540
         -----  -----------  -------  --------------  ------------  -------  -----------------  -------------
         total                     3               -        66.67%        1              70.00              -",
    );
}

#[test]
fn steps_take_conditions_and_the_whole_a_filter_and_a_breakdown() {
    shop().check(
        "funnel",
        &[("steps", "page_view[page==/];page_view[page=@s];purchase[payment_method==card]"), ("breakdown", "device"), ("filter", "country==DE,country==AT")],
        "step   name                            device   entered  continued_rate  overall_rate  dropped  dropped_value EUR  median_time_s
         -----  ------------------------------  -------  -------  --------------  ------------  -------  -----------------  -------------
         1      page_view[page==/]              mobile         2               -       100.00%        1              70.00              -
         2      page_view[page=@s]              mobile         1          50.00%        50.00%        0               0.00             60
         3      purchase[payment_method==card]  mobile         1         100.00%        50.00%        0               0.00            540
         1      page_view[page==/]              desktop        1               -       100.00%        0               0.00              -
         2      page_view[page=@s]              desktop        1         100.00%       100.00%        0               0.00            120
         3      purchase[payment_method==card]  desktop        1         100.00%       100.00%        0               0.00            480
         -----  ------------------------------  -------  -------  --------------  ------------  -------  -----------------  -------------
         total                                                 3               -        66.67%        1              70.00              -",
    );
}

#[test]
fn visitors_go_on_in_a_later_visit() {
    // Visitor 1 comes twice; over both visits nobody is lost.
    shop().check(
        "funnel",
        &[STEPS, ("scope", "visitor"), ("window", "12h")],
        "step   name         entered  continued_rate  overall_rate  dropped  dropped_value EUR  median_time_s
         -----  -----------  -------  --------------  ------------  -------  -----------------  -------------
         1      view_item          2               -       100.00%        0               0.00              -
         2      add_to_cart        2         100.00%       100.00%        0               0.00             30
         3      purchase           2         100.00%       100.00%        0               0.00            540
         -----  -----------  -------  --------------  ------------  -------  -----------------  -------------
         total                     2               -       100.00%        0               0.00              -",
    );
}

#[test]
fn an_open_funnel_counts_who_enters_later() {
    shop().check(
        "funnel",
        &[("steps", "search;add_to_cart;purchase"), ("mode", "open")],
        "step   name         entered  continued_rate  overall_rate  dropped  dropped_value EUR  median_time_s
         -----  -----------  -------  --------------  ------------  -------  -----------------  -------------
         1      search             1               -        33.33%        1              50.00              -
         2      add_to_cart        3           0.00%       100.00%        1              70.00              -
         3      purchase           2          66.67%        66.67%        0               0.00            390
         -----  -----------  -------  --------------  ------------  -------  -----------------  -------------
         total                     1               -        66.67%        2             120.00              -",
    );
}

#[test]
fn who_was_lost_is_listed() {
    shop().check(
        "funnel/dropped",
        &[STEPS, ("step", "2")],
        "visit             at                    cart_value EUR
         ----------------  --------------------  --------------
         0000000000000002  2026-03-29T08:00:01Z           70.00
         ----------------  --------------------  --------------
         total                                            70.00",
    );
}

#[test]
fn what_is_unknown_is_a_part_of_its_own() {
    let table = shop().ask("funnel", &[STEPS, ("breakdown", "campaign"), ("scope", "visitor")]);
    assert_eq!((&table.rows[0][2], table.rows[0][3].text(), table.rows.len()), (&crate::Cell::Null, "2".to_owned(), 3));
    // Who did nothing but the first step counts, too.
    let viewed = shop().ask("funnel", &[("steps", "page_view[page==/];purchase[order_total > 25]")]);
    assert_eq!(viewed.rows.iter().map(|row| row[2].text()).collect::<Vec<_>>(), ["3", "1"]);
}
