//! A browser as far as sessions go: it keeps the cookie it is given and shows the CSRF token, from pages of the server.

use crate::described::{Came, check, check_sent};
use crate::harness::{Server, media_type};
use serde_json::{Value, json};

/// A password that will do.
pub(crate) const PASSWORD: &str = "four words and a lamp";

/// An answer with what matters of its head.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
    pub(crate) cookie: Option<String>,
    pub(crate) retry_after: Option<i64>,
}

impl Answer {
    /// Returns status and error code.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.json["error"]["code"].as_str().unwrap_or_default())
    }
}

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) base: String,
    /// The cookie it sends, as in `tallyho=TOKEN`; empty for none.
    pub(crate) cookie: String,
    pub(crate) csrf: String,
    /// More headers of every request.
    pub(crate) headers: Vec<(String, String)>,
}

impl Browser {
    /// Returns a browser that was never here.
    pub(crate) fn new(server: &Server) -> Self {
        Self { base: server.base.clone(), cookie: String::new(), csrf: String::new(), headers: Vec::new() }
    }

    /// Returns a browser that is signed in to the account.
    pub(crate) fn signed_in(server: &Server, email: &str) -> Self {
        let mut browser = Self::new(server);
        let answer = browser.sign_in(email, PASSWORD, None);
        assert_eq!(answer.status, 200, "{email}: {}", answer.json);
        browser
    }

    /// Sends a request with its cookie, its CSRF token and its origin, and keeps the cookie it is given.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("Content-Type", "application/json");
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("origin")) {
            request = request.header("Origin", &self.base);
        }
        for (name, value) in [("Cookie", &self.cookie), ("X-CSRF-Token", &self.csrf)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(if body.is_null() { String::new() } else { body.to_string() }).expect("a request");
        let config = ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build();
        let mut answer = ureq::Agent::new_with_config(config).run(request).expect("an answer");
        let text = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (cookie, retry_after) = (text("set-cookie"), text("retry-after").and_then(|t| t.parse().ok()));
        let (status, media_type) = (answer.status().as_u16(), media_type(&answer));
        let bytes = answer.body_mut().read_to_vec().expect("a body");
        check(method, path, &Came { status, media_type: &media_type, body: &bytes });
        if (200..300).contains(&status) && !body.is_null() {
            check_sent(method, path, body);
        }
        let json: Value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        if let Some(cookie) = &cookie {
            cookie.split(';').next().unwrap_or_default().clone_into(&mut self.cookie);
        }
        if let Some(csrf) = json["csrf"].as_str() {
            csrf.clone_into(&mut self.csrf);
        }
        Answer { status, json, cookie, retry_after }
    }

    /// Sends a request that must work, and returns its JSON.
    pub(crate) fn ok(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.send(method, path, body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.json);
        answer.json
    }

    /// Asks, which must work, and returns the JSON.
    pub(crate) fn get(&mut self, path: &str) -> Value {
        self.ok("GET", path, &Value::Null)
    }

    /// Signs in, or tries to.
    pub(crate) fn sign_in(&mut self, email: &str, password: &str, totp: Option<&str>) -> Answer {
        let mut body = json!({ "email": email, "password": password });
        if let Some(totp) = totp {
            body["totp"] = totp.into();
        }
        self.send("POST", "/api/v1/session", &body)
    }

    /// Returns the token in its cookie.
    pub(crate) fn token(&self) -> &str {
        self.cookie.split_once('=').map_or("", |(_, token)| token)
    }
}

/// Adds an account with [`PASSWORD`] by the command line; `more` are further options.
pub(crate) fn add_user(server: &Server, email: &str, more: &[&str]) {
    server.cli_with(format!("{PASSWORD}\n").as_bytes(), &[&["user", "add", email], more].concat());
}
