//! Questions in SQL: each in a process of its own, which sees one dump and nothing else, and ends when its time is up.
//!
//! The child lowers what it may use (CPU time, memory, no byte written to any file) before it reads the question, gets
//! no environment, and dies with its parent. What the engine itself is allowed is said in `store::lake`.

use anyhow::Context;
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;
use store::lake::{LakeAnswer, LakeType};

/// Memory that the engine may use for a question, in MiB.
const MEMORY_MB: u64 = 512;
/// Address space of the process beyond that: code, stacks, what the allocator keeps.
const OVERHEAD_MB: u64 = 4096;

/// How a question ended.
pub(crate) enum Answered {
    /// JSON text with `columns`, `rows` and `is_cut`.
    Answer(String),
    /// It cannot be answered, in the engine's words.
    Refused(String),
    /// It needs more memory than it may use.
    TooLarge,
    /// It took longer than it may.
    TooLong,
}

/// Asks `sql` about the dump in `folder`, with `rows` rows at most, in a process that lives `limit` at most.
///
/// # Errors
/// If the process cannot be started or says nothing.
pub(crate) fn ask(folder: &Path, sql: &str, rows: usize, limit: Duration) -> anyhow::Result<Answered> {
    let program = std::env::current_exe().context("failed to find our own executable")?;
    let mut child = Command::new(program)
        .args(["answer-question", "--rows", &rows.to_string(), "--seconds", &limit.as_secs().max(1).to_string()])
        .arg(folder)
        .env_clear()
        // Where the engine's library was found for this process it is found for that one, too.
        .envs(std::env::vars_os().filter(|(name, _)| name == "LD_LIBRARY_PATH"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("failed to start a process for the question")?;
    let (mut stdin, mut stdout) = (child.stdin.take().context("no input")?, child.stdout.take().context("no output")?);
    let question = sql.to_owned();
    let (done, waiting) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A child that has ended reads no more; what it said before tells why.
            drop(stdin.write_all(question.as_bytes()));
            drop(stdin);
            let mut said = Vec::new();
            drop(stdout.read_to_end(&mut said));
            drop(done.send(said));
        });
        let said = waiting.recv_timeout(limit);
        drop(child.kill());
        let status = child.wait().context("failed to wait for the question's process")?;
        let Ok(said) = said else { return Ok(Answered::TooLong) };
        let text = String::from_utf8_lossy(&said).into_owned();
        let Ok(answer) = serde_json::from_str::<Value>(&text) else {
            // It was ended from outside: by the limit of its CPU time, or for want of memory.
            tracing::warn!(?status, "the question's process ended without an answer");
            return Ok(Answered::TooLarge);
        };
        Ok(match answer["refused"].as_str() {
            None => Answered::Answer(text),
            Some("memory") => Answered::TooLarge,
            Some(reason) => Answered::Refused(reason.to_owned()),
        })
    })
}

/// Answers the question on standard input: the child's side of [`ask`].
pub(crate) fn answer(folder: &Path, rows: usize, seconds: u64) -> ExitCode {
    let mut sql = String::new();
    let asked = restrict(seconds).and_then(|()| Ok(std::io::stdin().read_to_string(&mut sql)?));
    let said = match asked {
        Err(error) => json!({ "refused": format!("{error:#}") }).to_string(),
        Ok(_) => match store::lake::ask(folder, &sql, rows, MEMORY_MB) {
            Ok(answer) => written(&answer),
            Err(store::Error::Memory(_)) => json!({ "refused": "memory" }).to_string(),
            Err(store::Error::Query(reason)) => json!({ "refused": reason }).to_string(),
            Err(error) => json!({ "refused": error.to_string() }).to_string(),
        },
    };
    crate::cli::print(&said);
    ExitCode::SUCCESS
}

/// Lowers what this process may use, for good.
fn restrict(seconds: u64) -> anyhow::Result<()> {
    let bound = |resource, most: u64| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    set_parent_process_death_signal(Some(Signal::KILL)).context("failed to tie this process to its parent")?;
    // Two threads work on a question.
    bound(Resource::Cpu, 2 * seconds + 1).context("failed to bound the time")?;
    bound(Resource::As, (MEMORY_MB + OVERHEAD_MB) << 20).context("failed to bound the memory")?;
    bound(Resource::Fsize, 0).context("failed to forbid writing")?;
    bound(Resource::Core, 0).context("failed to forbid core files")
}

/// Returns the answer as JSON. Whole numbers are written digit by digit, so that none passes through a binary float.
fn written(answer: &LakeAnswer) -> String {
    let columns: Vec<Value> =
        answer.columns.iter().map(|(name, kind, _)| json!({ "name": name, "type": kind })).collect();
    let cell = |(cell, (_, _, kind)): (&Option<String>, &(String, String, LakeType))| match (cell, kind) {
        (None, _) => "null".to_owned(),
        (Some(text), LakeType::Whole | LakeType::Bool) => text.clone(),
        (Some(text), LakeType::Text) => Value::from(text.as_str()).to_string(),
    };
    let row = |row: &Vec<Option<String>>| {
        let cells: Vec<String> = row.iter().zip(&answer.columns).map(cell).collect();
        format!("[{}]", cells.join(","))
    };
    let rows: Vec<String> = answer.rows.iter().map(row).collect();
    format!("{{\"columns\":{},\"rows\":[{}],\"is_cut\":{}}}", Value::Array(columns), rows.join(","), answer.is_cut)
}
