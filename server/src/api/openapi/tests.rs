//! Tests of `openapi`: the snapshot is what is generated, it is OpenAPI 3.1, and it leaves nothing out.

use super::*;
use std::path::PathBuf;

/// Set to renew the snapshot instead of comparing it.
const BLESS: &str = "TALLYHO_BLESS";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/api")
}

fn description() -> Value {
    serde_json::from_str(&TEXT).unwrap()
}

/// Returns every operation with its place.
fn operations(description: &Value) -> Vec<(String, &Value)> {
    let paths = description["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| methods.as_object().unwrap().iter().map(move |(m, o)| (format!("{m} {path}"), o)))
        .collect()
}

/// Calls `look` with every object in `value`.
fn each_object<'a>(value: &'a Value, look: &mut impl FnMut(&'a Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            look(fields);
            fields.values().for_each(|field| each_object(field, look));
        }
        Value::Array(items) => items.iter().for_each(|item| each_object(item, look)),
        _ => {}
    }
}

#[test]
fn the_snapshot_is_what_is_generated() {
    let path = folder().join("openapi.json");
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(&path, TEXT.as_str()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(TEXT.lines()).position(|(kept, made)| kept != made);
    assert!(
        kept == *TEXT,
        "the API differs from {} from line {} on; `{BLESS}=1 cargo test -p server --bin tallyho snapshot` renews it",
        path.display(),
        differs.map_or(kept.lines().count(), |at| at) + 1,
    );
}

#[test]
fn the_description_is_openapi_3_1() {
    let read = oas3::from_json(TEXT.as_str()).unwrap();
    assert_eq!(read.operations().count(), all_routes().len());
    let description = description();
    let mut schemas = Vec::new();
    each_object(&description, &mut |fields| schemas.extend(fields.get("schema")));
    schemas.extend(description["components"]["schemas"].as_object().unwrap().values());
    for schema in &schemas {
        jsonschema::draft202012::meta::validate(schema).unwrap_or_else(|e| panic!("{e}: {schema}"));
    }
    assert!(schemas.len() > 300, "{}", schemas.len());
    each_object(&description, &mut |fields| {
        let Some(reference) = fields.get("$ref").and_then(Value::as_str) else { return };
        assert!(description.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
    });
}

#[test]
fn every_route_is_described_once_and_whole() {
    let description = description();
    let operations = operations(&description);
    assert_eq!(operations.len(), all_routes().len());
    let ids: BTreeSet<&str> = operations.iter().map(|(_, o)| o["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), operations.len(), "an id stands for two operations");
    for (place, operation) in &operations {
        let is_said = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        assert!(is_said(&operation["summary"]), "{place} does not say what it does");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(
                is_said(&response["description"]) || is_said(&response["$ref"]),
                "{place} does not say its {status}"
            );
            let has_form = response["content"].is_object();
            assert!(has_form || !["200", "201", "202"].contains(&status.as_str()), "{place}: no form of its {status}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(is_said(&parameter["description"]), "{place} does not say what {} means", parameter["name"]);
        }
    }
    for route in all_routes() {
        for (name, ..) in &route.named {
            assert!(names_in(route.path).any(|n| n == *name), "{} has no {name}", route.path);
        }
    }
}

#[test]
fn names_of_schemas_are_their_own() {
    let description = description();
    for name in description["components"]["schemas"].as_object().unwrap().keys() {
        let is_second = name.ends_with(|c: char| c.is_ascii_digit()) || name.ends_with("Sent");
        assert!(!is_second, "`{name}` has the name of another type: rename one with #[schemars(rename)]");
    }
}

/// Every code that an error of the API is made with stands in the description.
#[test]
fn every_code_is_described() {
    let mut described = BTreeSet::new();
    for route in all_routes() {
        described.extend(refusals(&route).into_values().flatten());
    }
    // What no route gives: an address that is none, what nobody waits for, and what a share cannot do since no route that
    // it reaches changes anything.
    let of_no_route = ["method.unknown", "path.unknown", "query.given_up", "share.read_only"];
    let mut made = BTreeSet::new();
    for folder in ["src/api", "src/control", "src/accounts"] {
        codes_in(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder), &mut made);
    }
    codes_in(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../reports/src"), &mut made);
    made.retain(|code| !of_no_route.contains(&code.as_str()));
    assert!(made.len() > 60, "{made:?}");
    let missing: Vec<&String> = made.iter().filter(|code| !described.contains(code.as_str())).collect();
    assert!(missing.is_empty(), "no route says that it gives {missing:?}");
}

/// Adds what stands in quotes as a code of an error in the sources under `folder`.
fn codes_in(folder: &std::path::Path, codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        if entry.is_dir() && name != "tests" {
            codes_in(&entry, codes);
        } else if entry.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            let text = std::fs::read_to_string(&entry).unwrap();
            // Made by one of these, its code comes first or behind the status.
            let makers = ["ApiError::new(", "bad_request(", "not_found(", "QueryError::new(", "Missing(", "Conflict("];
            for maker in makers {
                for (at, _) in text.match_indices(maker) {
                    let quoted = text[at + maker.len()..].chars().take(120).collect::<String>();
                    let code = quoted.split('"').nth(1).unwrap_or_default().to_owned();
                    let is_code = |c: char| c.is_ascii_lowercase() || c == '.' || c == '_';
                    if code.contains('.') && code.chars().all(is_code) {
                        codes.insert(code);
                    }
                }
            }
        }
    }
}
