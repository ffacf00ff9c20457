//! A server under test in a process of its own, so that its memory and its cores are its own, too.

use anyhow::{Context, ensure};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A child process that serves, ended when dropped.
pub(super) struct Served {
    child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

impl Served {
    /// Starts this binary with `arguments` and reads from its output where it listens.
    pub(super) fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let binary = std::env::current_exe().context("failed to find this binary")?;
        let mut child = Command::new(binary).args(arguments).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        let output = child.stdout.take().context("the child has no output")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next() {
            let Some(found) = address_in(&line?) else { continue };
            // The pipe must be read on, or the server would block when it is full.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(Self { child, address: found });
        }
        anyhow::bail!("the server ended before it listened")
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Ended by force: what it had acknowledged is safe, and the directory goes, too.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let rest = line.split_once("http://")?.1;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':')).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// Runs this binary with `arguments` and returns the JSON that it prints.
pub(super) fn command(arguments: &[&str]) -> anyhow::Result<Value> {
    let output = Command::new(std::env::current_exe()?).args(arguments).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`{}` failed", arguments.join(" "));
    serde_json::from_slice(&output.stdout).context("the command printed no JSON")
}

/// Where a server's journal and its store stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Positions {
    pub(super) accepted: u64,
    pub(super) applied: u64,
}

/// A server and the token to ask it with.
pub(super) struct Asked<'a> {
    pub(super) server: &'a Served,
    pub(super) token: String,
}

impl Asked<'_> {
    /// Returns the positions now.
    pub(super) async fn positions(&self) -> anyhow::Result<Positions> {
        let request = format!(
            "GET /api/v1/status HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
            self.token
        );
        let answer = super::load::once(self.server.address, request.as_bytes()).await?;
        let body = answer.split_once("\r\n\r\n").context("the answer has no body")?.1;
        let status: Value = serde_json::from_str(body).context("the status is no JSON")?;
        let number = |name: &str| status[name].as_u64().with_context(|| format!("the status has no `{name}`"));
        Ok(Positions { accepted: number("accepted_position")?, applied: number("applied_position")? })
    }

    /// Waits until everything accepted so far is in the reports and returns how long that took.
    pub(super) async fn settled(&self, at_most: Duration) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let goal = self.positions().await?.accepted;
        while self.positions().await?.applied < goal {
            ensure!(started.elapsed() < at_most, "the applier did not catch up within {} s", at_most.as_secs());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(started.elapsed())
    }
}

/// Returns a fresh directory below `parent`, removed when dropped.
pub(super) struct Scratch(pub(super) std::path::PathBuf);

impl Scratch {
    pub(super) fn below(parent: &Path) -> anyhow::Result<Self> {
        let path = parent.join(format!("tallyho-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("failed to create `{}`", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is in a directory that says what it is.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
