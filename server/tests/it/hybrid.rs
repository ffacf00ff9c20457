//! A shop told of by three sources, none of them whole: its figures must equal the shop's own books.
//!
//! The browser loses 30 % of its purchases and tells of the others at once. The shop's server tells of all of them,
//! late and twice. Its platform's webhook tells of all of them again, later still, under event ids of its own. What is
//! given back and what is cancelled is told by server and webhook both. The books are kept by [`books`], which knows
//! nothing of what a server makes of all this.

mod books;
mod script;

use crate::harness::Server;
use crate::permute::answers::{self, Answers};
use crate::permute::delivery::{Parcel, Tokens, deliver, in_order, scrambled};
use crate::permute::dice::Dice;
use books::Books;
use commerce::Amount;
use script::{CLOCK, PERIOD, Script};
use serde_json::{Value, json};

const ORDERS: u64 = 300;

/// Makes a stopped server with the shop's site and its rates, and tokens for it.
fn shop() -> (Server, Tokens) {
    let mut server = Server::start_at(CLOCK);
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "Europe/Berlin"]);
    let tokens = Tokens::of(&server);
    let file = server.data_dir().join("rates.csv");
    std::fs::write(&file, script::rates_csv()).expect("a file");
    server.cli(&["rates", "import", "--site", "1", file.to_str().expect("a path")]);
    server.stop();
    (server, tokens)
}

fn money(amount: i64) -> Value {
    Value::String(Amount(amount).to_string())
}

/// Returns one row of figures, as the books have them.
fn row(figures: &books::Figures) -> Value {
    json!({
        "orders": figures.orders, "order_total": money(figures.order_total), "gross_sales": money(figures.gross),
        "discounts": money(figures.discounts), "returns": money(figures.returns), "net_sales": money(figures.net()),
        "refund_amount": money(figures.given_back),
    })
}

const MONEY: &str = "metrics=orders,order_total,gross_sales,discounts,returns,net_sales,refund_amount";

/// Asserts that the server's figures are the books'.
fn check_against_books(server: &Server, token: &str, books: &Books) {
    let ask = |query: &str| server.report(token, 1, &format!("{query}&{PERIOD}"));
    assert_eq!(ask(MONEY), [row(&books.total())], "in all");
    for (dimension, expected) in [("day", &books.by_day), ("currency", &books.by_currency)] {
        let mut found: Vec<Value> = ask(&format!("{MONEY}&dimensions={dimension}&order={dimension}"));
        // A day without a sale is a row of the report and none of the books.
        found.retain(|row| row["orders"] != 0 || row["refund_amount"] != "0.00");
        let expected = expected.iter().map(|(name, figures)| {
            let mut row = row(figures);
            row[dimension] = json!(name);
            row
        });
        assert_eq!(found, expected.collect::<Vec<_>>(), "by {dimension}");
    }
    assert_eq!(
        ask("metrics=orders_cancelled,orders_unconverted")[0],
        json!({"orders_cancelled": books.cancelled, "orders_unconverted": 0})
    );
    let campaigns = ask("metrics=orders&dimensions=campaign");
    let with_campaign: u64 = campaigns
        .iter()
        .filter(|row| row["campaign"] == "spring")
        .map(|row| row["orders"].as_u64().expect("a count"))
        .sum();
    assert_eq!(
        with_campaign, books.with_campaign,
        "the share with a campaign is what the browser covered: {campaigns:?}"
    );
}

fn all_answers(server: &Server, tokens: &Tokens) -> Answers {
    let queries = answers::reports_of(server, &tokens.admin, 1);
    let paths = ["orders?limit=1000", "carts?limit=1000", "customers?limit=1000"].map(str::to_owned);
    answers::ask(server, &tokens.admin, 1, &queries, PERIOD, &paths)
}

#[test]
fn three_sources_that_lose_and_repeat_give_the_shops_own_figures() {
    let (mut server, tokens) = shop();
    let mut other = server.twin();
    server.restart();
    let script = Script::write(ORDERS);
    let told: Vec<(u32, Vec<Parcel>)> = vec![(1, in_order(&script.statements, 40))];
    deliver(&server, &tokens, &told, 5);
    assert!(script.lost * 100 == ORDERS * 30, "the browser loses its 30 %: {}", script.lost);
    check_against_books(&server, &tokens.admin, &script.books);
    let expected = all_answers(&server, &tokens);

    server.cli(&["rebuild"]);
    server.settle();
    answers::assert_same(&all_answers(&server, &tokens), &expected, "rebuilt");
    server.stop();

    other.restart();
    let shuffled = vec![(1, scrambled(&script.statements, &mut Dice::new(77)))];
    deliver(&other, &tokens, &shuffled, 60);
    check_against_books(&other, &tokens.admin, &script.books);
    answers::assert_same(&all_answers(&other, &tokens), &expected, "in another order");
}
