//! Items in gtag's own encoding.

use super::*;

#[test]
fn items_are_taken_apart_at_single_tildes() {
    let check = |text: &str, expected: &str| {
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let query = format!("tid=G-TEST&en=view_item&pr1={encoded}");
        let told = outcomes(&send(Sent { method: "GET", path: "/g/collect", query: &query, ..POST }));
        let found = told.split("items=").nth(1).map_or(told.as_str(), |rest| rest);
        assert_eq!(found, expected, "{text}");
    };
    check("idS~nmShirt~pr5~qt2", "[S*2@5.00 Shirt]");
    check("pr5~idS", "[S*@5.00]");
    check("ida~~b~nm~~~~x~~", "[a~b*@ ~~x~]");
    check("idS~~~pr5", "[S~*@5.00]");
    check("idS~", "[S*@]");
    check("idS~caA~c2B~c5E", "[S*@ A/B/E]");
    check("idS~lp3~lil1~lnList~pip1~pnPromo~cnBanner~afWeb", "[S*@ l1 List p1 Promo Banner Web 3]");
    check(
        "idS~csslot~loL1~k0size~v0XL~kAcut~vAslim",
        "[S*@ {\"creative_slot\":\"slot\",\"cut\":\"slim\",\"location_id\":\"L1\",\"size\":\"XL\"}]",
    );
    check("idS~v3lost~zzwhat~x~é", "[S*@ {\"v3\":\"lost\",\"zz\":\"what\"}]");
    check("idSé~nmCrème 🧴", "[Sé*@ Crème 🧴]");
    check("", "quarantined: item.id_missing (Give every item an `item_id` (the SKU) or at least an `item_name`.)");
    check(
        "idS~prabc",
        "quarantined: price.not_a_number (Send `price` as a decimal number with a point, without separators: \"49.90\".)",
    );
}

#[test]
fn items_stand_in_the_order_of_their_numbers() {
    let items = (1..=12).rev().map(|n| format!("&pr{n}=idS{n}")).collect::<Vec<_>>().concat();
    let query = format!("tid=G-TEST&en=view_item_list&ep.item_list_name=Top&proof=idX&prx=idY{items}");
    let told = outcomes(&send(Sent { method: "GET", path: "/g/collect", query: &query, ..POST }));
    let expected: Vec<String> = (1..=12).map(|n| format!("S{n}*@ Top")).collect();
    assert!(told.contains(&format!("items=[{}]", expected.join(", "))), "{told}");
}

#[test]
fn discounts_per_piece_become_the_lines() {
    let check = |item: Value, expected: &str| {
        let told = told("view_item", &json!({"items": [item]}));
        let found = told.split("items=").nth(1).map_or(told.as_str(), |rest| rest);
        assert_eq!(found, expected, "{item}");
    };
    check(json!({"item_id": "S", "price": 18, "discount": 2, "quantity": 3}), "[S*3@20.00-6.00]");
    check(json!({"item_id": "S", "price": "18.00", "discount": "0.335"}), "[S*@18.335-0.335]");
    check(json!({"item_id": "S", "price": 18, "discount": 0}), "[S*@18.00]");
    check(json!({"item_id": "S", "price": 18, "discount": ""}), "[S*@18.00]");
    check(json!({"item_id": "S", "discount": 2}), "[S*@ {\"stated_discount\":2}]");
    check(
        json!({"item_id": "S", "price": 18, "discount": -2}),
        "quarantined: price.negative (Send `discount` as zero or more; money given back is a refund event, a price cut is a `discount`.)",
    );
}
