//! Arrival order never matters: what is answered is a function of what was said, not of when it came.
//!
//! Two servers of the same sites, tokens and secrets hear the same random stream: one in its order, one shuffled,
//! repeated and late. Everything they answer must be the same byte for byte, also after a rebuild. The stream's visits
//! lie within the window in which late hits change visits.

pub(crate) mod answers;
pub(crate) mod delivery;
pub(crate) mod dice;
mod known_issue;
pub(crate) mod stream;

use crate::harness::Server;
use answers::Answers;
use delivery::{Parcel, Statement, Tokens, deliver, in_order, scrambled};
use dice::Dice;
use stream::{CLOCK, PERIOD, Stream};

/// Settings of the sites in turn: what holds by default must hold with every switch turned, too.
pub(crate) const SETTINGS: &[&[&str]] = &[
    &[],
    &["refund_view=order_date", "count_orders_on=paid"],
    &["prices_include_tax=true", "count_unverified_orders=false"],
    &["cart_scope=visit", "contact=clear"],
    &["split_on_campaign=true", "cart_idle_s=0", "split_at_midnight=true"],
];
const RATES: &str = "date,currency,rate\n2026-02-28,USD,0.9123\n2026-03-01,USD,0.9217\n2026-03-02,USD,0.8993\n";

/// What the codes of mailings in a stream stand for, which one server hears first and the other last.
const CODES: &str = "code,contact,campaign\nQw3rTy,ada@mail.example,Code of spring\n";

fn import_codes(server: &Server, sites: u32) {
    let file = server.data_dir().join("codes.csv");
    std::fs::write(&file, CODES).expect("a file");
    for site in 1..=sites {
        server.cli(&["linkcodes", "import", "--site", &site.to_string(), file.to_str().expect("a path")]);
    }
    server.settle();
}

/// Makes a stopped server with `sites` sites, and tokens for all of them.
fn shop_with(sites: u32) -> (Server, Tokens) {
    let mut server = Server::start_at(CLOCK);
    let tokens = Tokens::of(&server);
    let file = server.data_dir().join("rates.csv");
    std::fs::write(&file, RATES).expect("a file");
    for site in 1..=sites {
        let id = site.to_string();
        let add = [
            "site",
            "add",
            "--id",
            &id,
            "--domain",
            "shop.example",
            "--currency",
            "EUR",
            "--timezone",
            "Europe/Berlin",
        ];
        server.cli(&add);
        for setting in SETTINGS[site as usize % SETTINGS.len()] {
            server.cli(&["site", "set", "--site", &id, setting]);
        }
        server.cli(&["rates", "import", "--site", &id, file.to_str().expect("a path")]);
    }
    server.stop();
    (server, tokens)
}

/// Returns how many streams are tried.
fn seeds() -> u32 {
    std::env::var("TALLYHO_PERMUTE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
}

/// Asks each site about its share of the catalogue, so that all of it is asked about at least once.
fn ask_all(server: &Server, tokens: &Tokens, sites: u32, queries: &[String]) -> Vec<Answers> {
    let share = |site: u32| -> Vec<String> {
        let shares = sites.min(20) as usize;
        let own = queries.iter().enumerate().filter(|(n, _)| *n < 2 || n % shares == site as usize % shares);
        own.map(|(_, query)| query.clone()).collect()
    };
    let of = |site| answers::ask(server, &tokens.admin, site, &share(site), PERIOD, &Stream::paths());
    (1..=sites).map(of).collect()
}

fn assert_all_same(found: &[Answers], expected: &[Answers], what: &str) {
    for (n, (found, expected)) in found.iter().zip(expected).enumerate() {
        answers::assert_same(found, expected, &format!("stream {}, {what}", n + 1));
    }
}

#[test]
fn any_order_of_arrival_gives_the_same_answers() {
    let sites = seeds();
    let (mut orderly, tokens) = shop_with(sites);
    let mut late = orderly.twin();
    orderly.restart();
    late.restart();
    let streams: Vec<(u32, Vec<Statement>)> = (1..=sites).map(|site| (site, Stream::of(u64::from(site)))).collect();
    let plan = |way: &dyn Fn(u32, &[Statement]) -> Vec<Parcel>| -> Vec<(u32, Vec<Parcel>)> {
        streams.iter().map(|(site, statements)| (*site, way(*site, statements))).collect()
    };
    let in_order = plan(&|_, statements| in_order(statements, 8));
    let scrambled = plan(&|site, statements| scrambled(statements, &mut Dice::new(9000 + u64::from(site))));
    let (expected, found, queries) = std::thread::scope(|scope| {
        let told = scope.spawn(|| {
            import_codes(&orderly, sites);
            deliver(&orderly, &tokens, &in_order, 4);
            let queries = answers::reports_of(&orderly, &tokens.admin, 1);
            (ask_all(&orderly, &tokens, sites, &queries), queries)
        });
        deliver(&late, &tokens, &scrambled, 7);
        import_codes(&late, sites);
        let (expected, queries) = told.join().expect("the orderly server answers");
        (expected, ask_all(&late, &tokens, sites, &queries), queries)
    });
    assert!(expected.iter().flatten().any(|(path, text)| path.starts_with("orders/") && text.starts_with("200")));
    assert!(
        expected.iter().flatten().any(|(path, text)| path.contains("=campaign") && text.contains("Code of spring"))
    );
    assert_all_same(&found, &expected, "in another order");

    late.cli(&["rebuild"]);
    late.settle();
    assert_all_same(&ask_all(&late, &tokens, sites, &queries), &expected, "rebuilt");
}
