//! Accounts end to end: the first one, signing in and out, second factors, guessing, and what is never written down.

use crate::browser::{Browser, PASSWORD, add_user};
use crate::harness::Server;
use serde_json::{Value, json};

const CLOCK: &str = "2026-03-02T10:00:00Z";
const ADA: &str = "ada@shop.example";

fn with_ada() -> Server {
    let server = Server::start_at(CLOCK);
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "Europe/Berlin"]);
    add_user(&server, ADA, &["--owner", "--name", "Ada"]);
    server
}

#[test]
fn the_first_start_prints_a_link_that_makes_the_first_account_once() {
    let mut server = Server::start_at(CLOCK);
    let printed = server.line_with("/#/setup/");
    let printed = printed.rsplit('/').next().expect("a token").to_owned();
    let link = server.cli(&["setup-token"]);
    assert!(link.starts_with(&format!("{}/#/setup/", server.base)), "{link}");
    let token = link.trim().rsplit('/').next().expect("a token").to_owned();
    let mut browser = Browser::new(&server);
    assert_eq!(browser.get("/api/v1/setup"), json!({ "needed": true }));
    assert_eq!(browser.send("GET", "/api/v1/session", &Value::Null).refusal(), (401, "session.missing"));
    let mut set_up = |token: &str, email: &str, password: &str| {
        browser.send(
            "POST",
            "/api/v1/setup",
            &json!({"token": token, "email": email, "name": "Ada", "password": password}),
        )
    };
    assert_eq!(
        set_up(&printed, ADA, PASSWORD).refusal(),
        (401, "setup.token"),
        "a newer token replaces the one before"
    );
    assert_eq!(set_up(&token, ADA, "short").refusal(), (400, "account.invalid"));
    assert_eq!(set_up(&token, ADA, "password12345").refusal(), (400, "account.invalid"));
    assert_eq!(set_up(&token, "nobody", PASSWORD).refusal(), (400, "account.invalid"));
    let made = set_up(&token, " ADA@Shop.Example ", PASSWORD);
    assert_eq!(made.status, 200, "{}", made.json);
    let cookie = made.cookie.expect("a cookie");
    for part in ["tallyho=", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=1209600"] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    assert!(!cookie.contains("Secure"), "browsers keep no such cookie over plain HTTP");
    assert_eq!((&made.json["user"]["email"], &made.json["role"]), (&json!(ADA), &json!("owner")));
    assert_eq!(set_up(&token, "eve@shop.example", PASSWORD).refusal(), (401, "setup.token"), "it works once");
    assert_eq!(browser.get("/api/v1/setup"), json!({ "needed": false }));
    let refused = server.try_cli(&["setup-token"]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("already"));

    let site = json!({"domain": "shop.example", "name": "The Shop", "currency": "EUR", "timezone": "Europe/Berlin", "week_start": "sunday"});
    assert_eq!(browser.ok("POST", "/api/v1/sites", &site)["id"], 1);
    let expected = json!([{"id": 1, "domain": "shop.example", "name": "The Shop", "currency": "EUR",
        "timezone": "Europe/Berlin", "week_start": "sunday", "role": "owner"}]);
    assert_eq!(browser.get("/api/v1/session")["sites"], expected);
    assert_eq!(browser.get("/api/v1/sites/1/settings")["name"], "The Shop");
}

#[test]
fn nobody_learns_who_has_an_account_and_guessing_gets_slow() {
    let server = Server::start_with(Some(CLOCK), &["--trusted-proxies", "127.0.0.0/8"]);
    add_user(&server, ADA, &["--owner"]);
    let from = |network: u8| {
        let mut browser = Browser::new(&server);
        browser.headers = vec![
            ("X-Forwarded-For".to_owned(), format!("203.0.{network}.9")),
            ("Sec-Fetch-Site".to_owned(), "same-origin".to_owned()),
        ];
        browser
    };
    let wrong = from(1).sign_in(ADA, "not her password", None);
    let unknown = from(2).sign_in("eve@shop.example", "not her password", None);
    assert_eq!(wrong.refusal(), (401, "session.refused"));
    assert_eq!((unknown.status, &unknown.json), (wrong.status, &wrong.json));
    let mut guesser = from(1);
    for _ in 0..4 {
        assert_eq!(guesser.sign_in(ADA, "not her password", None).refusal(), (401, "session.refused"));
    }
    let slowed = guesser.sign_in(ADA, PASSWORD, None);
    assert_eq!(slowed.refusal(), (429, "session.too_many"), "even the right one must wait");
    assert!(slowed.retry_after.is_some_and(|seconds| (1..=2).contains(&seconds)), "{slowed:?}");
    assert_eq!(from(3).sign_in(ADA, PASSWORD, None).status, 200, "she herself is not locked out");
    let mut sprayer = from(4);
    let refusals: Vec<u16> =
        (0..22).map(|n| sprayer.sign_in(&format!("u{n}@shop.example"), "one for all of them", None).status).collect();
    assert_eq!((refusals[19], refusals[20], refusals[21]), (401, 429, 429), "one network, many accounts");
}

#[test]
fn sessions_end_by_idleness_by_age_by_hand_and_by_a_new_password() {
    let mut server = with_ada();
    let mut browser = Browser::signed_in(&server, ADA);
    let mut left_open = Browser::signed_in(&server, ADA);
    let day = |server: &mut Server, browsers: &mut [&mut Browser], clock: &str| {
        server.restart_at(clock);
        for browser in browsers.iter_mut() {
            server.base.clone_into(&mut browser.base);
        }
    };
    for clock in ["2026-03-02T17:00:00Z", "2026-03-03T00:30:00Z", "2026-03-03T08:00:00Z"] {
        day(&mut server, &mut [&mut browser, &mut left_open], clock);
        assert_eq!(browser.send("GET", "/api/v1/session", &Value::Null).status, 200, "{clock}");
    }
    assert_eq!(left_open.send("GET", "/api/v1/session", &Value::Null).refusal(), (401, "session.missing"), "idle");
    assert_eq!(left_open.send("GET", "/api/v1/sites/1/settings", &Value::Null).refusal(), (401, "session.missing"));

    let mut other = Browser::signed_in(&server, ADA);
    other.headers.push(("User-Agent".to_owned(), "A Phone".to_owned()));
    let sessions = browser.get("/api/v1/sessions");
    let sessions = sessions["sessions"].as_array().expect("sessions");
    assert_eq!(sessions.iter().map(|s| s["current"] == true).collect::<Vec<_>>(), [true, false]);
    let id = sessions[1]["id"].as_str().expect("an id");
    browser.ok("DELETE", &format!("/api/v1/sessions/{id}"), &Value::Null);
    assert_eq!(other.send("GET", "/api/v1/session", &Value::Null).status, 401, "ended by hand");
    let gone = browser.send("DELETE", &format!("/api/v1/sessions/{id}"), &Value::Null);
    assert_eq!(gone.refusal(), (404, "session.unknown"));

    let mut third = Browser::signed_in(&server, ADA);
    let old = browser.clone();
    let change =
        json!({"name": "Ada K.", "language": "de", "password": "another set of words", "old_password": "wrong"});
    assert_eq!(browser.send("PUT", "/api/v1/me", &change).refusal(), (403, "password.wrong"));
    let change =
        json!({"name": "Ada K.", "language": "de", "password": "another set of words", "old_password": PASSWORD});
    let changed = browser.ok("PUT", "/api/v1/me", &change);
    assert_eq!((&changed["user"]["name"], &changed["user"]["language"]), (&json!("Ada K."), &json!("de")));
    assert_eq!(browser.send("GET", "/api/v1/session", &Value::Null).status, 200, "its own session is a new one");
    for mut ended in [third.clone(), old] {
        assert_eq!(ended.send("GET", "/api/v1/session", &Value::Null).status, 401);
    }
    assert_eq!(third.sign_in(ADA, PASSWORD, None).status, 401);
    assert_eq!(third.sign_in(ADA, "another set of words", None).status, 200);
    let before = third.clone();
    assert_eq!(third.sign_in(ADA, "another set of words", None).status, 200);
    assert_ne!(before.token(), third.token(), "signing in again is another session, and the end of the one before");
    assert_eq!(before.clone().send("GET", "/api/v1/session", &Value::Null).status, 401);
    let out = third.send("DELETE", "/api/v1/session", &Value::Null);
    assert!(out.status == 204 && out.cookie.is_some_and(|cookie| cookie.contains("Max-Age=0")));
    assert_eq!(third.send("GET", "/api/v1/session", &Value::Null).status, 401);
}

/// Returns the code that an authenticator with this secret shows so many seconds from the server's present.
fn code(server: &Server, secret: &str, in_s: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base 32");
    let authenticator = totp_rs::Builder::new().with_secret(secret).build().expect("an authenticator");
    let clock: jiff::Timestamp = server.status()["clock"].as_str().expect("clock").parse().expect("a time");
    authenticator.generate((clock.as_second() + in_s).unsigned_abs()).to_string()
}

#[test]
fn a_second_factor_is_asked_for_once_confirmed_and_every_code_is_good_once() {
    let server = with_ada();
    let mut browser = Browser::signed_in(&server, ADA);
    let begun = browser.ok("POST", "/api/v1/me/totp", &Value::Null);
    let secret = begun["secret"].as_str().expect("a secret").to_owned();
    assert!(begun["uri"].as_str().is_some_and(|uri| uri.starts_with("otpauth://totp/Tallyho")), "{begun}");
    assert_eq!(Browser::new(&server).sign_in(ADA, PASSWORD, None).status, 200, "it is not asked for yet");
    let wrong = browser.send("PUT", "/api/v1/me/totp", &json!({ "code": "000000" }));
    assert_eq!(wrong.refusal(), (403, "totp.wrong"));
    let first = code(&server, &secret, 0);
    let confirmed = browser.ok("PUT", "/api/v1/me/totp", &json!({ "code": first }));
    let codes = confirmed["recovery_codes"].as_array().expect("codes").clone();
    assert_eq!(codes.len(), 10);
    assert_eq!(browser.get("/api/v1/session")["user"]["totp"], true);
    assert_eq!(browser.send("POST", "/api/v1/me/totp", &Value::Null).refusal(), (409, "totp.taken"));

    let mut other = Browser::new(&server);
    assert_eq!(other.sign_in(ADA, "not her password", None).refusal(), (401, "session.refused"), "told to nobody else");
    assert_eq!(other.sign_in(ADA, PASSWORD, None).refusal(), (401, "session.totp_needed"));
    assert_eq!(other.sign_in(ADA, PASSWORD, Some(&first)).refusal(), (401, "session.refused"), "used already");
    let next = code(&server, &secret, 30);
    assert_eq!(other.sign_in(ADA, PASSWORD, Some(&next)).status, 200);
    assert_eq!(other.sign_in(ADA, PASSWORD, Some(&next)).status, 401);
    let recovery = codes[3].as_str().expect("a code");
    assert_eq!(other.sign_in(ADA, PASSWORD, Some(&recovery.to_uppercase())).status, 200);
    assert_eq!(other.sign_in(ADA, PASSWORD, Some(recovery)).status, 401);

    assert_eq!(browser.send("DELETE", "/api/v1/me/totp", &Value::Null).refusal(), (403, "password.wrong"));
    browser.ok("DELETE", "/api/v1/me/totp", &json!({ "password": PASSWORD }));
    assert_eq!(Browser::new(&server).sign_in(ADA, PASSWORD, None).status, 200);
    server.cli_with(b"words for later use", &["user", "password", ADA, "--drop-totp"]);
    assert_eq!(browser.send("GET", "/api/v1/session", &Value::Null).status, 401, "a reset ends every session");
    assert_eq!(browser.sign_in(ADA, "words for later use", None).status, 200);
}

#[test]
fn over_https_the_cookie_is_its_hosts_alone_and_other_pages_get_nowhere() {
    let server = Server::start_with(Some(CLOCK), &["--trusted-proxies", "127.0.0.0/8"]);
    add_user(&server, ADA, &["--owner"]);
    let behind = |origin: &str, site: &str| {
        let mut browser = Browser::new(&server);
        let headers = [
            ("Origin", origin),
            ("Sec-Fetch-Site", site),
            ("X-Forwarded-Host", "stats.shop.example"),
            ("Host", "stats.shop.example"),
            ("X-Forwarded-For", "203.0.113.9"),
        ];
        browser.headers = headers
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        browser
    };
    let mut browser = behind("https://stats.shop.example", "same-origin");
    let answer = browser.sign_in(ADA, PASSWORD, None);
    let cookie = answer.cookie.expect("a cookie");
    assert!(cookie.starts_with("__Host-tallyho=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(!cookie.contains("Domain"), "{cookie}");
    browser.get("/api/v1/users");
    let mut elsewhere = browser.clone();
    elsewhere.cookie = elsewhere.cookie.replace("__Host-", "");
    assert_eq!(elsewhere.send("GET", "/api/v1/session", &Value::Null).status, 401, "other hosts can set that one");
    let link =
        browser.ok("POST", "/api/v1/sites", &json!({"domain": "shop.example", "currency": "EUR", "timezone": "UTC"}));
    assert_eq!(link["id"], 1);
    let invited =
        browser.ok("POST", "/api/v1/sites/1/invitations", &json!({"email": "eve@shop.example", "role": "viewer"}));
    assert!(
        invited["link"].as_str().is_some_and(|link| link.starts_with("https://stats.shop.example/#/invite/")),
        "{invited}"
    );

    let mut without_fetch_headers = behind("https://stats.shop.example", "");
    assert_eq!(without_fetch_headers.sign_in(ADA, PASSWORD, None).status, 200);
    for (origin, site) in [
        ("https://evil.example", "cross-site"),
        ("https://evil.example", ""),
        ("null", ""),
        ("https://a.shop.example", "same-site"),
    ] {
        assert_eq!(
            behind(origin, site).sign_in(ADA, PASSWORD, None).refusal(),
            (403, "csrf.refused"),
            "{origin} {site}"
        );
    }
    let insecure = behind("http://stats.shop.example", "").sign_in(ADA, PASSWORD, None);
    assert_eq!(insecure.refusal(), (403, "session.insecure"));
}

#[test]
fn accounts_are_kept_by_the_command_line_too() {
    let server = with_ada();
    add_user(&server, "bob@shop.example", &["--site", "1", "--role", "editor"]);
    let listed: Value = serde_json::from_str(&server.cli(&["user", "list", "--json"])).expect("JSON");
    let users: Vec<(&str, bool, &Value)> = listed["users"]
        .as_array()
        .expect("users")
        .iter()
        .map(|user| (user["email"].as_str().expect("email"), user["owner"] == true, &user["sites"]))
        .collect();
    let (owner, editor) = (json!([{"id": 1, "role": "owner"}]), json!([{"id": 1, "role": "editor"}]));
    assert_eq!(users, [(ADA, true, &owner), ("bob@shop.example", false, &editor)]);
    assert!(server.cli(&["user", "list"]).contains("1: editor"));
    let complaint = |args: &[&str]| String::from_utf8_lossy(&server.try_cli(args).stderr).into_owned();
    assert!(complaint(&["user", "remove", ADA]).contains("last owner"));
    assert!(complaint(&["user", "remove", "eve@shop.example"]).contains("no account"));
    let mut bob = Browser::signed_in(&server, "bob@shop.example");
    server.cli(&["user", "remove", "bob@shop.example"]);
    assert_eq!(bob.send("GET", "/api/v1/session", &Value::Null).status, 401);
    assert_eq!(bob.sign_in("bob@shop.example", PASSWORD, None).status, 401);
}

#[test]
fn no_secret_is_written_down() {
    let mut server = Server::start_at(CLOCK);
    let setup = server.line_with("/#/setup/").rsplit('/').next().expect("a token").to_owned();
    let mut ada = Browser::new(&server);
    ada.ok("POST", "/api/v1/setup", &json!({"token": setup, "email": ADA, "name": "Ada", "password": PASSWORD}));
    ada.ok("POST", "/api/v1/sites", &json!({"domain": "shop.example", "currency": "EUR", "timezone": "UTC"}));
    let factor = ada.ok("POST", "/api/v1/me/totp", &Value::Null)["secret"].as_str().expect("a secret").to_owned();
    let first = code(&server, &factor, 0);
    let codes = ada.ok("PUT", "/api/v1/me/totp", &json!({ "code": first }))["recovery_codes"].clone();
    let invited =
        ada.ok("POST", "/api/v1/sites/1/invitations", &json!({"email": "bob@shop.example", "role": "viewer"}));
    let share = ada.ok("POST", "/api/v1/sites/1/shares", &json!({"name": "Press", "password": "a word for visitors"}));
    let (invitation, link) =
        (invited["secret"].as_str().expect("a secret"), share["secret"].as_str().expect("a secret"));
    let mut visitor = Browser::new(&server);
    visitor.ok("POST", "/api/v1/shares/open", &json!({"secret": link, "password": "a word for visitors"}));
    // What is refused must not be written down either.
    let mut guesser = Browser::new(&server);
    assert_eq!(guesser.sign_in(ADA, "guessed words are many", None).status, 401);
    assert_eq!(guesser.send("POST", "/api/v1/session", &json!({"email": ADA, "password": 47_114_711})).status, 400);
    guesser.cookie = "tallyho=stolenstolenstolenstolenstolenstolenstolen".to_owned();
    assert_eq!(guesser.send("GET", "/api/v1/session", &Value::Null).status, 401);
    let secrets = [
        setup,
        PASSWORD.to_owned(),
        factor,
        first,
        ada.token().to_owned(),
        ada.csrf.clone(),
        visitor.token().to_owned(),
        codes[0].as_str().expect("a code").to_owned(),
        codes[0].as_str().expect("a code").replace('-', ""),
        invitation.to_owned(),
        link.to_owned(),
        "a word for visitors".to_owned(),
        "guessed words are many".to_owned(),
        "47114711".to_owned(),
        "stolenstolen".to_owned(),
    ];
    server.stop();
    let mut places = vec![("the log".to_owned(), server.log().into_bytes())];
    let mut folders = vec![server.data_dir()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                places.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
            }
        }
    }
    assert!(places.iter().any(|(name, bytes)| name.ends_with("control.sqlite") && !bytes.is_empty()));
    let holds = |bytes: &[u8], secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
    let control = &places.iter().find(|(name, _)| name.ends_with("control.sqlite")).expect("it is there").1;
    assert!(holds(control, ADA) && holds(control, "$argon2id$"), "the test finds what is there");
    for secret in secrets.iter().filter(|secret| secret.len() > 6) {
        for (name, bytes) in &places {
            assert!(!holds(bytes, secret), "{secret} stands in {name}");
        }
    }
}
