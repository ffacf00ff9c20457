//! The command line, with and without a running server.

use crate::harness::Server;
use serde_json::{Value, json};

fn json_of(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap_or_else(|e| panic!("{e}: {printed}"))
}

fn add_site(server: &Server, id: &str) -> Value {
    json_of(&server.cli(&[
        "site",
        "add",
        "--id",
        id,
        "--domain",
        "shop.example",
        "--currency",
        "EUR",
        "--timezone",
        "Europe/Berlin",
    ]))
}

#[test]
fn commands_work_on_a_running_and_on_a_stopped_server() {
    let mut server = Server::start_at("2026-03-02T10:00:00Z");
    let first = add_site(&server, "1");
    assert_eq!(first["id"], 1);
    assert!(first["collect_key"].as_str().is_some_and(|key| key.starts_with("tlk_")), "{first}");
    server.stop();
    let second = json_of(&server.run_offline(&[
        "site",
        "add",
        "--domain",
        "two.example",
        "--currency",
        "usd",
        "--timezone",
        "UTC",
        "--matomo-compat",
    ]));
    assert_eq!(second["id"], 2);
    let goal = json_of(&server.run_offline(&[
        "goal",
        "add",
        "--site",
        "2",
        "--name",
        "Thanks",
        "--attribute",
        "url",
        "--pattern",
        "/thanks",
        "--value",
        "2.50",
    ]));
    assert_eq!((&goal["id"], &goal["value"]), (&json!(1), &json!("2.50")));
    let token = server.token(Some(2), "read");

    server.restart();
    server.settle();
    let settings = server.get_json("/api/v1/sites/2/settings", &token);
    assert_eq!(
        (&settings["currency"], &settings["cart_scope"], &settings["cart_idle_s"]),
        (&json!("USD"), &json!("visit"), &json!(0))
    );
    let goals = server.get_json("/api/v1/sites/2/goals", &token);
    assert_eq!(goals["goals"][0]["pattern"], "/thanks");
    let listed = server.cli(&["site", "list"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    server.cli(&["goal", "remove", "--site", "2", "--id", "1"]);
    assert_eq!(server.get_json("/api/v1/sites/2/goals", &token)["goals"], json!([]));
}

#[test]
fn settings_are_set_by_name_and_refused_with_a_reason() {
    let server = Server::start();
    add_site(&server, "1");
    let settings = json_of(&server.cli(&[
        "site",
        "set",
        "--site",
        "1",
        "visit_timeout_s=600",
        "origins=a.example,b.example",
        "order_value_max=5000.10",
    ]));
    assert_eq!(settings["visit_timeout_s"], 600);
    assert_eq!(settings["origins"], json!(["a.example", "b.example"]));
    assert_eq!(settings["order_value_max"], "5000.10");
    for (setting, reason) in [
        ("colour=red", "no setting is named `colour`"),
        ("visit_timeout_s=soon", "60 to 86400 seconds"),
        ("visit_timeout_s", "is no name=value"),
    ] {
        let refused = server.try_cli(&["site", "set", "--site", "1", setting]);
        let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{setting}");
        assert!(complaint.contains(reason), "{setting}: {complaint}");
    }
}

#[test]
fn a_token_can_be_revoked() {
    let server = Server::start();
    add_site(&server, "1");
    let token = server.token(Some(1), "read");
    assert_eq!(server.get_raw("/api/v1/sites/1", &[("Authorization", &format!("Bearer {token}"))]).0, 200);
    let tokens = json_of(&server.cli(&["token", "list", "--json"]));
    let id = tokens["tokens"][0]["id"].as_str().expect("id");
    assert!(!tokens.to_string().contains(&token), "a token is shown once");
    server.cli(&["token", "revoke", id]);
    assert_eq!(server.get_raw("/api/v1/sites/1", &[("Authorization", &format!("Bearer {token}"))]).0, 401);
}

#[test]
fn the_report_is_the_same_with_and_without_a_server() {
    let mut server = Server::start_at("2026-03-02T10:00:00Z");
    add_site(&server, "1");
    server.collect(
        1,
        &json!([{"id": "a", "name": "page_view", "visitor_id": "v1", "page": {"url": "https://shop.example/"}}]),
    );
    server.settle();
    let args = [
        "report",
        "--site",
        "1",
        "--metrics",
        "visits,page_views",
        "--from",
        "2026-03-02",
        "--to",
        "2026-03-02",
        "--csv",
    ];
    let running = server.cli(&args);
    assert!(running.contains("1,1"), "{running}");
    server.stop();
    assert_eq!(server.run_offline(&args), running);
    let text = server.run_offline(&args[..args.len() - 1]);
    assert!(text.contains("Visits") || text.contains("visits"), "{text}");
}

#[test]
fn a_report_shows_what_was_accepted_just_before_it() {
    let server = Server::start_at("2026-03-02T10:00:00Z");
    add_site(&server, "1");
    let args = ["report", "--site", "1", "--metrics", "orders", "--from", "2026-03-02", "--to", "2026-03-02", "--csv"];
    for orders in 1..=8 {
        let id = format!("T{orders}");
        server.collect(
            1,
            &json!([{"id": id, "name": "purchase", "visitor_id": "v1", "transaction_id": id, "value": "1"}]),
        );
        assert_eq!(server.cli(&args).lines().nth(1), Some(orders.to_string().as_str()), "without waiting");
    }
}

#[test]
fn a_report_does_not_wait_for_a_damaged_journal() {
    let mut server = Server::start_at("2026-03-02T10:00:00Z");
    add_site(&server, "1");
    for id in ["canary-1", "canary-2", "canary-3"] {
        server.collect(1, &json!([{"id": id, "name": "page_view", "visitor_id": id}]));
    }
    server.settle();
    server.stop();
    let segments = std::fs::read_dir(server.data_dir().join("journal")).expect("a folder");
    let mut damaged = 0;
    for segment in segments.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()) {
        let mut bytes = std::fs::read(&segment).expect("a segment");
        let Some(at) = bytes.windows(8).position(|bytes| bytes == b"canary-2") else { continue };
        bytes[at] ^= 1;
        std::fs::write(&segment, bytes).expect("a segment");
        damaged += 1;
    }
    assert_eq!(damaged, 1);
    std::fs::remove_dir_all(server.data_dir().join("store")).expect("the store goes");
    server.restart();
    let args = ["report", "--site", "1", "--metrics", "visits", "--from", "2026-03-02", "--to", "2026-03-02", "--csv"];
    let refused = server.try_cli(&args);
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("records behind and have stopped") && complaint.contains("--no-wait"), "{complaint}");
    let shown = server.cli(&[&args[..], &["--no-wait"]].concat());
    assert_eq!(shown.lines().nth(1), Some("1"), "what lies before the damage");
}

#[test]
fn verify_reads_the_journal_and_rebuild_says_where_the_store_stands() {
    let mut server = Server::start();
    add_site(&server, "1");
    server.collect(
        1,
        &json!([{"id": "a", "name": "page_view", "visitor_id": "v1", "page": {"url": "https://shop.example/"}}]),
    );
    server.settle();
    let running = json_of(&server.cli(&["rebuild"]));
    assert!(running["position"].as_u64().is_some_and(|p| p >= 3), "{running}");
    server.stop();
    let verified = json_of(&server.run_offline(&["verify", "--json"]));
    assert_eq!(verified["gaps"], json!([]));
    let rebuilt = json_of(&server.run_offline(&["rebuild"]));
    assert_eq!(rebuilt["position"], verified["last_position"]);
}

#[test]
fn the_configuration_says_where_every_value_comes_from() {
    let server = Server::start();
    let printed = server.cli(&["config", "print", "--listen", "127.0.0.1:9"]);
    assert!(printed.contains("listen = \"127.0.0.1:9\"  # command line"), "{printed}");
    assert!(printed.contains("store-memory-mb = \"256\"  # default; TALLYHO_STORE_MEMORY_MB changes it"), "{printed}");
    assert!(printed.contains("trusted-proxies = \"\"  # not set; TALLYHO_TRUSTED_PROXIES sets it"), "{printed}");
}

#[test]
fn rates_are_imported_from_a_file() {
    let server = Server::start();
    add_site(&server, "1");
    let file = server.data_dir().join("rates.csv");
    std::fs::write(&file, "day,currency,per_unit\n2026-03-01,USD,1.0842\n2026-03-02,GBP,0.8611\n").expect("a file");
    let imported = json_of(&server.cli(&["rates", "import", "--site", "1", file.to_str().expect("a path")]));
    assert_eq!(imported["rates"], 2);
    server.settle();
    let listed = server.cli(&["rates", "list", "--site", "1"]);
    assert!(listed.contains("2026-03-01  USD       1.0842"), "{listed}");
    let refused =
        server.try_cli(&["rates", "set", "--site", "1", "--day", "2026-03-01", "--currency", "USD", "--per-unit", "0"]);
    assert_eq!(refused.status.code(), Some(1));
}
