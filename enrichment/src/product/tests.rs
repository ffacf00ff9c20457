//! Tests of `product`.

use crate::stage::{Stage, visitor_key};

/// Tells one hit and compares its product actions: action, event, line, SKU, categories, list, promotion.
#[track_caller]
fn check(hit: &str, expected: &[&str]) {
    let mut stage = Stage::new();
    stage.tell(hit);
    let told = stage.actions.iter().map(|a| {
        let categories = a.product.categories.join("/");
        let [list, promotion] = [&a.item_list, &a.promotion].map(|t| t.as_deref().unwrap_or("-"));
        format!("{} {} {} {:?} {categories:?} {list} {promotion}", a.action.name(), a.event_name, a.line, a.product.sku)
    });
    assert_eq!(told.collect::<Vec<_>>(), expected, "{hit}");
}

#[test]
fn every_product_of_an_event_is_an_action() {
    check(
        "view_item_list 0 items=A,B list=sale",
        &[r#"list_view view_item_list 0 "A" "" sale -"#, r#"list_view view_item_list 1 "B" "" sale -"#],
    );
    check("select_item 0 items=A promotion=spring", &[r#"list_click select_item 0 "A" "" - spring"#]);
    check("view_promotion 0 items=A promotion=spring", &[r#"promotion_view view_promotion 0 "A" "" - spring"#]);
    check("select_promotion 0 items=A promotion=spring", &[r#"promotion_click select_promotion 0 "A" "" - spring"#]);
    check("view_item 0 items=A", &[r#"view view_item 0 "A" "" - -"#]);
    check("add_to_cart 0 items=A", &[r#"add add_to_cart 0 "A" "" - -"#]);
    check("remove_from_cart 0 items=A", &[r#"remove remove_from_cart 0 "A" "" - -"#]);
    check("begin_checkout 0 items=A", &[r#"checkout begin_checkout 0 "A" "" - -"#]);
}

#[test]
fn a_page_view_can_show_a_product_or_a_category_alone() {
    check("page_view 0 items=A category=x/y", &[r#"view page_view 0 "A" "x/y" - -"#]);
    check("page_view 0 items=*1 category=1/2/3/4/5/6", &[r#"list_view page_view 0 "" "1/2/3/4/5" - -"#]);
    check("page_view 0", &[]);
}

#[test]
fn other_events_touch_no_product() {
    for name in ["purchase", "cart_update", "view_cart", "add_payment_info", "ping", "my_event"] {
        check(&format!("{name} 0 items=A"), &[]);
    }
}

#[test]
fn actions_say_who_where_and_how_much() {
    let mut stage = Stage::new();
    let event = stage.tell("view_item 7 visitor=3 visit=4 items=A*2*9.99 variant=red bot=spider");
    let action = &stage.actions[0];
    assert_eq!((action.event, action.visitor, action.visit.map(|v| v.0)), (event, Some(visitor_key(3)), Some(4)));
    assert_eq!((action.quantity.to_string(), action.price.unwrap().to_string()), ("2".to_owned(), "9.99".to_owned()));
    assert_eq!((action.product.variant.as_deref(), action.bot.as_deref()), (Some("red"), Some("spider")));
}
