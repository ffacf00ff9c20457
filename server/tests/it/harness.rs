//! A server of one's own for a test: the real binary in a directory of its own, on a free port.
//!
//! Nothing here sleeps: a test waits for the server's word (its first line, its status) and for nothing else.

use crate::described::{Came, check, check_sent};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

/// A running server, or a stopped one that can be started again on the same data.
pub(crate) struct Server {
    /// Its address, as in `http://127.0.0.1:4711`.
    pub(crate) base: String,
    dir: tempfile::TempDir,
    clock: Option<String>,
    options: Vec<String>,
    child: Option<Child>,
    said: Option<BufReader<ChildStdout>>,
}

/// Returns a client that hands out answers of every status and keeps its connections.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_mins(1)));
    ureq::Agent::new_with_config(config.build())
}

/// Returns the text of the file `name` of the repository's `fixtures/`.
pub(crate) fn fixture_text(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Returns the JSON file `name` of the repository's `fixtures/`.
pub(crate) fn fixture(name: &str) -> Value {
    serde_json::from_str(&fixture_text(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Returns the type of an answer's body; empty if it does not say.
pub(crate) fn media_type(answer: &ureq::http::Response<ureq::Body>) -> String {
    let named = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
    named.unwrap_or_default().to_owned()
}

impl Server {
    /// Starts a server with the system's clock.
    pub(crate) fn start() -> Self {
        Self::start_with(None, &[])
    }

    /// Starts a server whose clock begins at `clock` (RFC 3339).
    pub(crate) fn start_at(clock: &str) -> Self {
        Self::start_with(Some(clock), &[])
    }

    /// Starts a server with more options of `serve`.
    pub(crate) fn start_with(clock: Option<&str>, options: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let options = options.iter().map(|o| (*o).to_owned()).collect();
        let mut server =
            Self { base: String::new(), dir, clock: clock.map(str::to_owned), options, child: None, said: None };
        server.restart();
        server
    }

    /// Returns a stopped server on a copy of this stopped server's data: the same sites, tokens and secrets, so that
    /// both give the same people the same keys.
    pub(crate) fn twin(&self) -> Self {
        assert!(self.child.is_none(), "the server runs");
        let dir = tempfile::tempdir().expect("a directory");
        copy_files(&self.data_dir(), &dir.path().join("data"));
        Self {
            base: String::new(),
            dir,
            clock: self.clock.clone(),
            options: self.options.clone(),
            child: None,
            said: None,
        }
    }

    /// Returns the data directory.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Starts the server again on its data; one that still runs is killed first.
    pub(crate) fn restart(&mut self) {
        self.kill_9();
        let log = File::options().create(true).append(true).open(self.dir.path().join("log")).expect("a log file");
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(&self.options).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("the server starts");
        let stdout = child.stdout.take().expect("its output is ours");
        self.child = Some(child);
        let (mut line, mut said) = (String::new(), BufReader::new(stdout));
        said.read_line(&mut line).expect("its first line");
        self.said = Some(said);
        let base = line.trim().strip_prefix("listening on ");
        self.base = base.unwrap_or_else(|| panic!("it said {line:?} and logged:\n{}", self.log())).to_owned();
    }

    /// Starts the server again with its clock at another instant.
    pub(crate) fn restart_at(&mut self, clock: &str) {
        self.stop();
        self.clock = Some(clock.to_owned());
        self.restart();
    }

    /// Ends the server as a supervisor does, and waits until it has closed everything.
    pub(crate) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let told = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().expect("kill");
        assert!(told.success());
        let status = child.wait().expect("it ends");
        assert!(status.success(), "it ended with {status} and logged:\n{}", self.log());
    }

    /// Ends the server at once.
    pub(crate) fn kill_9(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
    }

    /// Waits until the server prints a line with `part` in it, and returns the line.
    pub(crate) fn line_with(&mut self, part: &str) -> String {
        let said = self.said.as_mut().expect("the server runs");
        loop {
            let mut line = String::new();
            assert_ne!(said.read_line(&mut line).expect("a line"), 0, "the server never said {part:?}");
            if line.contains(part) {
                return line.trim().to_owned();
            }
        }
    }

    /// Returns what the server has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallyho"));
        command.args(args).arg("--data-dir").arg(self.data_dir()).env_remove("TALLYHO_CLOCK");
        if let Some(clock) = &self.clock {
            command.env("TALLYHO_CLOCK", clock);
        }
        command
    }

    /// Runs a command on the server's data and returns all of its outcome.
    pub(crate) fn try_cli(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the command starts")
    }

    /// Runs a command on the server's data, which must work, and returns what it printed.
    pub(crate) fn cli(&self, args: &[&str]) -> String {
        let output = self.try_cli(args);
        let printed = String::from_utf8(output.stdout).expect("text");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?} ended with {}: {printed}{complaint}", output.status);
        printed
    }

    /// Runs a command that reads `input`, which must work, and returns what it printed.
    pub(crate) fn cli_with(&self, input: &[u8], args: &[&str]) -> String {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        child.stdin.take().expect("a pipe").write_all(input).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{args:?} ended with {}", output.status);
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs a command on the data of a stopped server.
    pub(crate) fn run_offline(&self, args: &[&str]) -> String {
        assert!(self.child.is_none(), "the server runs");
        self.cli(args)
    }

    /// Makes a token and returns its text.
    pub(crate) fn token(&self, site: Option<u32>, scope: &str) -> String {
        let site = site.map(|s| s.to_string());
        let mut args = vec!["token", "add", "--scope", scope];
        if let Some(site) = &site {
            args.extend(["--site", site]);
        }
        let printed: Value = serde_json::from_str(&self.cli(&args)).expect("JSON");
        printed["token"].as_str().expect("a token").to_owned()
    }

    /// Sends a POST with these headers and returns status and body.
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let mut request = agent().post(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = request.send(body).expect("an answer");
        let (status, media_type) = (answer.status().as_u16(), media_type(&answer));
        let body = answer.body_mut().read_to_vec().expect("a body");
        check("POST", path, &Came { status, media_type: &media_type, body: &body });
        (status, body)
    }

    /// Sends a GET with these headers and returns status and body.
    pub(crate) fn get_raw(&self, path: &str, headers: &[(&str, &str)]) -> (u16, Vec<u8>) {
        let mut request = agent().get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = request.call().expect("an answer");
        let (status, media_type) = (answer.status().as_u16(), media_type(&answer));
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().expect("a body");
        check("GET", path, &Came { status, media_type: &media_type, body: &body });
        (status, body)
    }

    /// Returns the address of a path on this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Sends JSON to the API by `method` and returns status and JSON; null for an empty body.
    pub(crate) fn send_json(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .expect("a request");
        let config = ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build();
        let mut answer = ureq::Agent::new_with_config(config).run(request).expect("an answer");
        let (status, media_type) = (answer.status().as_u16(), media_type(&answer));
        let bytes = answer.body_mut().read_to_vec().expect("a body");
        check(method, path, &Came { status, media_type: &media_type, body: &bytes });
        if (200..300).contains(&status) && !body.is_null() {
            check_sent(method, path, body);
        }
        let json = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        (status, json)
    }

    /// Sends JSON to the API, which must take it, and returns its answer.
    pub(crate) fn post_json(&self, path: &str, token: &str, body: &Value) -> Value {
        let (status, answer) = self.send_json("POST", path, token, body);
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Asks the API, which must answer, and returns its answer.
    pub(crate) fn get_json(&self, path: &str, token: &str) -> Value {
        let (status, body) = self.get_raw(path, &[("Authorization", &format!("Bearer {token}"))]);
        let text = String::from_utf8_lossy(&body);
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_slice(&body).unwrap_or_else(|e| panic!("{path}: {e}: {text}"))
    }

    /// Sends events as a browser does; they must be accepted.
    pub(crate) fn collect(&self, site: u32, events: &Value) {
        let body = json!({ "site": site, "events": events }).to_string();
        let (status, answer) = self.post("/v1/collect", &[("Content-Type", "text/plain")], body.as_bytes());
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    }

    /// Returns the rows of a report as objects by column name.
    pub(crate) fn report(&self, token: &str, site: u32, query: &str) -> Vec<Value> {
        let table = self.get_json(&format!("/api/v1/sites/{site}/report?{query}"), token);
        let names: Vec<String> = table["columns"]
            .as_array()
            .expect("columns")
            .iter()
            .map(|c| c["name"].as_str().expect("name").to_owned())
            .collect();
        let rows = table["rows"].as_array().expect("rows").iter();
        rows.map(|row| names.iter().cloned().zip(row.as_array().expect("cells").iter().cloned()).collect()).collect()
    }

    /// Returns the server's status without a token, from this machine.
    pub(crate) fn status(&self) -> Value {
        let (status, body) = self.get_raw("/api/v1/status", &[]);
        assert_eq!(status, 200);
        serde_json::from_slice(&body).expect("JSON")
    }

    /// Waits until everything accepted so far is in the reports.
    pub(crate) fn settle(&self) {
        // Each look waits up to 20 s on the server's side.
        for _ in 0..15 {
            let (_, body) = self.get_raw("/api/v1/status?wait=1", &[]);
            let status: Value = serde_json::from_slice(&body).expect("JSON");
            if status["accepted_position"] == status["applied_position"] {
                return;
            }
        }
        panic!("the reports do not catch up: {}\n{}", self.status(), self.log());
    }

    /// Returns `from` and `to` of a period around the server's present moment, whatever the site's zone.
    pub(crate) fn today(&self) -> String {
        let clock = self.status()["clock"].as_str().expect("clock").to_owned();
        let day: jiff::civil::Date = clock[..10].parse().expect("a day");
        format!("from={}&to={}", day.yesterday().expect("a day before"), day.tomorrow().expect("a day after"))
    }

    /// Returns the files of the store in use.
    pub(crate) fn store_files(&self) -> Vec<PathBuf> {
        let folder = self.data_dir().join("store");
        let current = std::fs::read_to_string(folder.join("current")).expect("a pointer");
        let entries = std::fs::read_dir(&folder).expect("a folder").map(|e| e.expect("an entry").path());
        entries
            .filter(|p| p.is_file() && p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(current.trim())))
            .collect()
    }
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let copy = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_files(&path, &copy);
        } else if path.is_file() {
            std::fs::copy(&path, &copy).expect("a copy");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill_9();
    }
}
