//! Everything a server answers about a site, as text that can be compared byte for byte.
//!
//! Which questions there are is learnt from the server's own catalogue: every metric as a total, and by every
//! dimension all metrics that it can split. Left out of the answers is only what tells when and where in the journal
//! something arrived: positions and times of receipt. A visit's key is that of the event that opened it when it came,
//! so visits are numbered by their place in the answer instead.

use crate::harness::{Server, agent};
use serde_json::Value;

/// Members that tell of arrival and nothing else; `statement` is a place in the list of statements, which stand in the
/// order of their arrival.
const OF_ARRIVAL: &[&str] = &["position", "as_of_position", "received_at", "as_of", "statement"];

/// A question's path below the site's, and what was answered.
pub(crate) type Answers = Vec<(String, String)>;

/// Most metrics of one query.
const METRICS_MAX: usize = 40;

/// Returns the report queries that cover the catalogue: all metrics in total and by day, in both views of refunds, then
/// by each dimension those that it splits.
pub(crate) fn reports_of(server: &Server, token: &str, site: u32) -> Vec<String> {
    let catalogue = server.get_json("/api/v1/catalogue", token);
    let names = |kind: &str| -> Vec<String> {
        let entries = catalogue[kind].as_array().expect("a list").iter();
        entries.map(|entry| entry["name"].as_str().expect("a name").to_owned()).collect()
    };
    let metrics = names("metrics");
    let mut queries = Vec::new();
    for some in metrics.chunks(METRICS_MAX) {
        let metrics = some.join(",");
        queries.push(format!("metrics={metrics}"));
        queries.push(format!("metrics={metrics}&granularity=day&refund_view=order_date"));
    }
    for dimension in names("dimensions") {
        // A dimension with names of its own, such as `property:NAME`, is asked for where something has that name.
        if ["property", "item_property", "trait"].contains(&dimension.as_str()) {
            continue;
        }
        let works = splits(server, token, site, &metrics, &dimension);
        let of = |some: &[String]| format!("metrics={}&dimensions={dimension}&limit=1000", some.join(","));
        queries.extend(works.chunks(METRICS_MAX).map(of));
    }
    queries
}

/// Returns those of `metrics` that `dimension` splits: all, or the ones that a refusal names.
fn splits(server: &Server, token: &str, site: u32, metrics: &[String], dimension: &str) -> Vec<String> {
    for some in metrics.chunks(METRICS_MAX) {
        let path = format!("/api/v1/sites/{site}/report?metrics={}&dimensions={dimension}&limit=1", some.join(","));
        let (status, body) = server.get_raw(&path, &[("Authorization", &format!("Bearer {token}"))]);
        if status == 200 {
            continue;
        }
        let answer: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(answer["error"]["code"], "query.not_combinable", "{path}: {answer}");
        let hint = answer["error"]["hint"].as_str().expect("a hint");
        let named = hint.strip_prefix(&format!("`{dimension}` works with ")).and_then(|rest| rest.split(';').next());
        let named = named.unwrap_or_else(|| panic!("{path}: {hint}"));
        return named.split(", ").map(str::to_owned).collect();
    }
    metrics.to_vec()
}

/// Asks everything about a site: the reports `queries` over `period`, and each of `paths` below the site's.
pub(crate) fn ask(
    server: &Server,
    token: &str,
    site: u32,
    queries: &[String],
    period: &str,
    paths: &[String],
) -> Answers {
    let reports = queries.iter().map(|query| format!("report?{query}&{period}"));
    let agent = agent();
    reports
        .chain(paths.iter().cloned())
        .map(|path| {
            let url = format!("{}/api/v1/sites/{site}/{path}", server.base);
            let mut answer =
                agent.get(url).header("Authorization", format!("Bearer {token}")).call().expect("an answer");
            let status = answer.status().as_u16();
            let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().expect("a body");
            // What nobody has ever named is unknown on every server.
            assert!(
                status == 200 || (status == 404 && !path.contains("report")),
                "{path}: {}",
                String::from_utf8_lossy(&body)
            );
            let mut answer: Value = serde_json::from_slice(&body).unwrap_or_else(|e| panic!("{path}: {e}"));
            forget_arrival(&mut answer);
            number_visits(&mut answer, &mut Vec::new());
            (path, format!("{status} {answer:#}"))
        })
        .collect()
}

/// Removes from an answer what tells of arrival. Statements stand in the order of their arrival, and each names the
/// visit that it was put to then; both go, too.
fn forget_arrival(answer: &mut Value) {
    match answer {
        Value::Object(members) => {
            members.retain(|name, _| !OF_ARRIVAL.contains(&name.as_str()));
            members.values_mut().for_each(forget_arrival);
            if let Some(Value::Array(statements)) = members.get_mut("statements") {
                for statement in statements.iter_mut().filter_map(Value::as_object_mut) {
                    statement.remove("visit");
                }
                statements.sort_by_key(Value::to_string);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(forget_arrival),
        _ => {}
    }
}

/// Gives every visit of an answer its number in place of its key.
fn number_visits(answer: &mut Value, known: &mut Vec<String>) {
    match answer {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(key) if name == "visit" => {
                        let number = known.iter().position(|k| k == key).unwrap_or(known.len());
                        if number == known.len() {
                            known.push(key.clone());
                        }
                        *key = format!("visit {number}");
                    }
                    value => number_visits(value, known),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| number_visits(element, known)),
        _ => {}
    }
}

/// Fails with the first lines that differ, if any answer does.
pub(crate) fn assert_same(found: &Answers, expected: &Answers, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for ((path, found), (_, expected)) in found.iter().zip(expected) {
        if found != expected {
            let lines = found.lines().zip(expected.lines()).enumerate();
            let differing = lines.filter(|(_, (a, b))| a != b).take(12);
            let shown: Vec<String> = differing.map(|(n, (a, b))| format!("{n}: {a}\n{n}: {b}  (expected)")).collect();
            let lengths = (found.lines().count(), expected.lines().count());
            panic!("{what}: {path} differs, {lengths:?} lines:\n{}", shown.join("\n"));
        }
    }
}
