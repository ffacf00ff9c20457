//! The rules of `cargo xtask tidy`, each one a function from a file to findings.

use crate::tree::File;

/// Which rooms each room may depend on (ARCHITECTURE.md, Rooms). A new edge is a decision.
const EDGES: &[(&str, &[&str])] = &[
    ("commerce", &[]),
    ("journal", &[]),
    ("collector", &["commerce", "journal"]),
    ("enrichment", &["commerce"]),
    ("store", &["commerce"]),
    ("reports", &["commerce", "store"]),
    ("server", &["commerce", "journal", "collector", "enrichment", "store", "reports"]),
    ("tallyho-client", &[]),
    ("xtask", &[]),
];

/// Longest source file, tests apart. STYLE.md says what to do about one that wants to be longer.
const LINES_MAX: usize = 500;

/// Files that may be longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[
    ("commerce/src/hit.rs", "a declarative table: one field per line of the wire contract"),
    ("commerce/src/rows.rs", "a declarative table: one struct per table of the store"),
];

/// Returns what is wrong with `file`.
pub(crate) fn check(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    let rust = std::path::Path::new(&file.path).extension().is_some_and(|extension| extension == "rs");
    if rust && !file.path.starts_with("fuzz/") {
        header(file, &mut findings);
        length(file, &mut findings);
        lines(file, &mut findings);
        name(file, &mut findings);
    }
    if file.path.ends_with("Cargo.toml") {
        edges(file, &mut findings);
    }
    findings
}

/// Files that are compiled for tests only, though their names do not say so.
const TEST_SUPPORT: &[&str] = &[
    "journal/src/disk/sim.rs",
    "enrichment/src/stage.rs",
    "collector/src/sample.rs",
    "collector/src/protocol/replay.rs",
];

fn is_test(path: &str) -> bool {
    TEST_SUPPORT.contains(&path) || path.contains("/tests/") || path.ends_with("tests.rs") || path.contains("/benches/")
}

/// Every file opens by saying what it is.
fn header(file: &File, findings: &mut Vec<String>) {
    if !file.text.starts_with("//!") {
        findings.push(format!("{}:1: opens without a `//!` that says what the file is", file.path));
    }
}

fn length(file: &File, findings: &mut Vec<String>) {
    let lines = file.text.lines().count();
    let excused = LONG_FILES.iter().any(|(path, _)| *path == file.path);
    if lines > LINES_MAX && !is_test(&file.path) && !excused {
        findings.push(format!("{}:{lines}: longer than {LINES_MAX} lines: is it two things?", file.path));
    }
}

/// Leftover names say nothing about what is inside.
fn name(file: &File, findings: &mut Vec<String>) {
    let stem = file.path.rsplit('/').next().unwrap_or("").trim_end_matches(".rs");
    if ["utils", "util", "helpers", "common", "misc", "manager"].contains(&stem) {
        findings.push(format!("{}:1: `{stem}` is no name for a thing", file.path));
    }
}

/// Words and calls that do not belong where they stand.
fn lines(file: &File, findings: &mut Vec<String>) {
    // Names of other people's parameters are theirs.
    let foreign = ["/protocol/", "xtask/", "collector/src/scrub.rs", "reports/src/filter/matomo.rs"]
        .iter()
        .any(|part| file.path.contains(part));
    let pure = ["commerce/", "enrichment/", "reports/", "collector/"].iter().any(|room| file.path.starts_with(room));
    let mut in_tests = is_test(&file.path);
    for (number, line) in file.text.lines().enumerate() {
        in_tests |= line.trim_start().starts_with("#[cfg(test)]") && !line.contains("mod tests;");
        let mut say = |what: &str| findings.push(format!("{}:{}: {what}", file.path, number + 1));
        let code = line.split("//").next().unwrap_or("");
        let lower = line.to_lowercase();
        if !foreign && !in_tests && lower.contains("revenue") && !lower.contains("the bare word revenue") {
            say("`revenue` is never a name of ours: say gross_sales, net_sales, total_sales or order_total");
        }
        if !foreign && !in_tests && has_word(&lower, "session") && !file.path.starts_with("server/") {
            say("a `session` is a dashboard login; traffic has visits");
        }
        if pure && !in_tests && (has_word(code, "f64") || has_word(code, "f32")) {
            say("binary floats have no place in this room");
        }
        if !in_tests && !file.path.starts_with("xtask/") && code.contains(".unwrap()") {
            say("`unwrap` outside tests: use `?`, or `expect` with the proof");
        }
        if !file.path.starts_with("xtask/")
            && (code.contains("#[ignore") || code.contains("todo!(") || code.contains("unimplemented!("))
        {
            say("unfinished or skipped");
        }
    }
}

/// Says whether `text` has `word` standing alone, so that `sessionise` and `f64_bits` pass.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !joins(before) && !joins(after)
    })
}

fn edges(file: &File, findings: &mut Vec<String>) {
    let Some((_, allowed)) = EDGES.iter().find(|(room, _)| file.path == format!("{room}/Cargo.toml")) else {
        return;
    };
    let mut section = "";
    for (number, line) in file.text.lines().enumerate() {
        if line.starts_with('[') {
            section = line;
        }
        let dependency = line.split(['.', ' ', '=']).next().unwrap_or("");
        let ours = EDGES.iter().any(|(room, _)| *room == dependency);
        if section == "[dependencies]" && ours && !allowed.contains(&dependency) {
            findings.push(format!("{}:{}: this room may not depend on `{dependency}`", file.path, number + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&File { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn each_rule_finds_what_it_is_for() {
        let cases = [
            ("commerce/src/a.rs", "fn a() {}", 1),
            ("commerce/src/a.rs", "//! A.\nlet revenue = 1;", 1),
            ("collector/src/protocol/matomo.rs", "//! A.\nlet revenue = 1;", 0),
            ("enrichment/src/a.rs", "//! A.\n/// A session ends.", 1),
            ("enrichment/src/a.rs", "//! A.\nfn sessionise() {}", 0),
            ("reports/src/a.rs", "//! A.\nlet x: f64 = y;", 1),
            ("journal/src/a.rs", "//! A.\nx.unwrap();", 1),
            ("journal/src/a/tests.rs", "//! A.\nx.unwrap();", 0),
            ("journal/src/utils.rs", "//! A.", 1),
            ("journal/Cargo.toml", "[dependencies]\ncommerce.workspace = true", 1),
            ("journal/Cargo.toml", "[dev-dependencies]\ncommerce.workspace = true", 0),
            ("store/Cargo.toml", "[dependencies]\ncommerce.workspace = true", 0),
        ];
        for (path, text, findings) in cases {
            assert_eq!(found(path, text), findings, "{path}: {text}");
        }
    }

    #[test]
    fn long_files_are_found() {
        assert_eq!(found("store/src/a.rs", &format!("//! A.\n{}", "x;\n".repeat(LINES_MAX))), 1);
    }
}
