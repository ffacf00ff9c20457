//! What must not get in, and what must not get out.

use super::case::Case;
use super::shop::{Door, Shop};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Returns every file below `dir`.
fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("a directory").map(|e| e.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// Returns the files below `dir` that hold the bytes of `text`.
fn holding(dir: &Path, text: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).expect("a file");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    files_below(dir).into_iter().filter(holds).collect()
}

/// The case gives which numbers are a card's: they reach neither the journal nor the store, in no free text.
pub(super) fn card_numbers(case: &Case) {
    let mut shop = Shop::open(case);
    for (n, (number, _)) in case.expectations().enumerate() {
        let page = json!({"url": "https://shop.example/", "title": format!("paid with {number} today")});
        let view = json!({"id": format!("view-{n}"), "name": "page_view", "visitor_id": "v1", "page": page});
        let search = json!({"id": format!("search-{n}"), "name": "search", "visitor_id": "v1", "search_term": number});
        assert_eq!(shop.send_native(Door::Browser, &[view, search])["accepted"], 2);
    }
    shop.server.settle();
    let live = shop.get("live?limit=50");
    let shown: Vec<String> = live["events"].as_array().expect("events").iter().map(ToString::to_string).collect();
    shop.server.stop();
    for (number, is_card) in case.expectations() {
        let found = shown.iter().filter(|event| event.contains(number)).count();
        let on_disk = holding(&shop.server.data_dir(), number);
        if is_card == &json!(true) {
            assert_eq!((found, &on_disk), (0, &Vec::new()), "{number} is a card's number");
        } else {
            assert!(found == 2 && !on_disk.is_empty(), "{number} is nobody's card and is kept: {found}, {on_disk:?}");
        }
    }
}

/// Returns the text of the first cell of the `row`th line of a CSV, unquoted.
fn first_cell(csv: &str, row: usize) -> String {
    let line = csv.split("\r\n").nth(row).expect("a line");
    match line.strip_prefix('"') {
        None => line.split(',').next().expect("a cell").to_owned(),
        Some(quoted) => {
            let end = quoted.replace("\"\"", "\u{1}\u{1}").find('"').expect("the closing quote");
            quoted[..end].replace("\"\"", "\"")
        }
    }
}

/// The case gives how texts that a spreadsheet would run leave in a CSV. Numbers stay numbers, below zero as well.
pub(super) fn formulas(case: &Case) {
    for (name, expected) in case.expectations() {
        let shop = Shop::open(case);
        let items = json!([{"item_id": "S1", "item_name": name, "price": "3.00", "quantity": 1}]);
        let order = json!({"id": "o1", "name": "purchase", "transaction_id": "o1", "value": "1.00", "items": items});
        shop.send_native(Door::Server, &[order]);
        shop.server.settle();
        let csv = |query: &str| -> String {
            let path = format!("/api/v1/sites/1/report?{query}&format=csv&{}", shop.period());
            let bearer = format!("Bearer {}", shop.token);
            let (status, body) = shop.server.get_raw(&path, &[("Authorization", &bearer)]);
            assert_eq!(status, 200);
            String::from_utf8(body).expect("text")
        };
        let products = csv("metrics=units&dimensions=product");
        assert_eq!(&json!(first_cell(&products, 1)), expected, "{products}");
        assert_eq!(first_cell(&csv("metrics=difference"), 1), "-2.00", "a number is no formula");
    }
}

/// A token is kept as its hash alone, shown by a part of it, and never logged.
pub(super) fn token_at_rest(case: &Case) {
    let hash = |text: &str| Sha256::digest(text).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    // What the file calls stored is the hash that we keep.
    let example = case.config("token").as_str().expect("a token");
    assert_eq!(&json!(hash(example)), case.expected("stored"));

    let mut shop = Shop::open(case);
    let token = shop.server.token(Some(1), "admin");
    for path in ["/api/v1/sites/1/tokens", "/api/v1/sites/1/nothing", &format!("/api/v1/sites/1?token={token}")] {
        shop.server.get_raw(path, &[("Authorization", &format!("Bearer {token}"))]);
    }
    shop.server.post("/v1/events", &[("Authorization", &format!("Bearer {token}"))], b"{broken");
    let listed = shop.server.get_json("/api/v1/sites/1/tokens", &token).to_string();
    assert!(!listed.contains(&token), "a token is shown once");
    let ids: Vec<&str> = listed.split('"').filter(|part| part.len() == 10 && token.contains(part)).collect();
    assert_eq!(ids.len(), 1, "the list tells tokens apart by a part of each: {listed}");
    shop.server.stop();
    assert_eq!(holding(&shop.server.data_dir(), &token), Vec::<PathBuf>::new());
    assert!(!holding(&shop.server.data_dir(), &hash(&token)).is_empty(), "its hash is how it is known");
    assert!(!shop.server.log().contains(&token));
    let body = &token[14..54];
    assert!(
        !shop.server.log().contains(body) && holding(&shop.server.data_dir(), body).is_empty(),
        "nor its secret part"
    );
}
