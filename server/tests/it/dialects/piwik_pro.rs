//! The trip as Piwik PRO's tracker tells it. It knows no refunds: the shop's server tells that.

use super::{PRODUCTS, Told, Trip, native};
use serde_json::json;

const APP: &str = "892d04bd-6e2b-4914-bfb4-bac721b37235";

pub(super) const TRIP: Trip =
    Trip { dialect: "piwik_pro", setting: "piwik_pro:892d04bd-6e2b-4914-bfb4-bac721b37235", requests, lacks: &[] };

fn hit(minute: u32, kind: &str, products: &[(usize, u32)], more: &[(&str, &str)]) -> Told {
    let lines: Vec<_> = products
        .iter()
        .map(|(n, quantity)| {
            let (sku, name, price, _) = PRODUCTS[*n];
            json!([sku, name, ["Shop"], price, quantity, "Acme", "", {"1": "new"}])
        })
        .collect();
    let at = format!("2026-03-02 10:{minute:02}:00");
    let nonce = minute.to_string();
    let products = json!(lines).to_string();
    let base = [
        ("idsite", APP),
        ("rec", "1"),
        ("_id", "0123456789abcdef"),
        ("url", "https://shop.example/"),
        ("cdt", &at),
        ("r", &nonce),
        ("e_t", kind),
        ("ec_products", &products),
    ];
    let mut form = form_urlencoded::Serializer::new(String::new());
    let body = form.extend_pairs(base.iter().chain(more)).finish();
    let headers = vec![("Content-Type", "application/x-www-form-urlencoded".to_owned())];
    Told { method: "POST", target: "/ppms.php".to_owned(), headers, body }
}

fn requests(token: &str, _: &str) -> Vec<Told> {
    let order = [
        ("ec_id", "1001"),
        ("revenue", "194.00"),
        ("ec_st", "157.50"),
        ("ec_tx", "31.50"),
        ("ec_sh", "5.00"),
        ("ec_dt", "17.50"),
    ];
    let all = [(0, 2), (1, 1), (2, 3)];
    vec![
        hit(1, "product_detail_view", &[(0, 1)], &[]),
        hit(2, "product_detail_view", &[(1, 1)], &[]),
        hit(3, "add_to_cart", &[(0, 3)], &[]),
        hit(4, "add_to_cart", &[(1, 1)], &[]),
        hit(5, "add_to_cart", &[(2, 3)], &[]),
        hit(6, "remove_from_cart", &[(0, 1)], &[]),
        hit(7, "cart_update", &all, &[("revenue", "175.00")]),
        hit(10, "order", &all, &order),
        native::refund(token),
    ]
}
