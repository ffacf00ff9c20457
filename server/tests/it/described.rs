//! Holds every answer of the API that a test gets against what `openapi.json` says of it: the status, the form, every
//! field and every code of an error; and of what was taken, the parameters and the body. So each test of what the API does
//! is a test of its description, too.

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// The description that the server serves; a test of its own says that this is it.
pub(crate) static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../src/api/openapi.json")).expect("JSON"));

/// The components as answers are held against them: a field that is not described is a mistake, though a client is to
/// bear with it.
static COMPONENTS: LazyLock<Value> = LazyLock::new(|| {
    let mut components = DESCRIPTION["components"].clone();
    for schema in components["schemas"].as_object_mut().expect("schemas").values_mut() {
        let fields = schema.as_object_mut().expect("an object");
        let is_whole =
            ["additionalProperties", "allOf", "anyOf", "oneOf"].iter().all(|name| !fields.contains_key(*name));
        if is_whole && fields.contains_key("properties") {
            fields.insert("additionalProperties".to_owned(), false.into());
        }
    }
    components
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// An answer as it came.
pub(crate) struct Came<'a> {
    pub(crate) status: u16,
    /// Its `Content-Type`; empty for none.
    pub(crate) media_type: &'a str,
    pub(crate) body: &'a [u8],
}

/// Checks an answer to `method` on `target`, a path with or without a query. What the API does not describe, such as
/// where events are collected, is not looked at.
pub(crate) fn check(method: &str, target: &str, came: &Came<'_>) {
    let path = target.split('?').next().unwrap_or_default();
    let Some((template, operation)) = operation(method, path) else { return };
    let place = format!("{method} {target} ({template}): {}", came.status);
    // What has not changed has no body, and a method that a path does not take has no route.
    if matches!(came.status, 304 | 405) {
        return;
    }
    let response = operation["responses"].get(came.status.to_string());
    let response = response.unwrap_or_else(|| panic!("{place} is not described: {}", text(came.body)));
    let response = resolved(response);
    let Some(forms) = response.get("content").and_then(Value::as_object) else {
        assert!(came.body.is_empty(), "{place} has a body that is not described: {}", text(came.body));
        return;
    };
    if (200..300).contains(&came.status) {
        check_query(target, template, operation);
    }
    let media_type = came.media_type.split(';').next().unwrap_or_default().trim();
    let form = forms.get(media_type).unwrap_or_else(|| panic!("{place}: `{media_type}` is not described"));
    if media_type != "application/json" {
        return;
    }
    let body: Value = serde_json::from_slice(came.body).unwrap_or_else(|e| panic!("{place}: {e}: {}", text(came.body)));
    let validator = validator(&format!("{method} {template} {}", came.status), &form["schema"]);
    let wrong: Vec<String> = validator.iter_errors(&body).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{place} is not as described: {wrong:#?}\n{body:#}");
}

/// Checks that the JSON `sent` to `target`, which was taken, is as described.
pub(crate) fn check_sent(method: &str, target: &str, sent: &Value) {
    let path = target.split('?').next().unwrap_or_default();
    let Some((template, operation)) = operation(method, path) else { return };
    let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") else { return };
    let wrong: Vec<String> =
        validator(&format!("{method} {template} sent"), schema).iter_errors(sent).map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{method} {target} took what is not described: {wrong:#?}\n{sent:#}");
}

/// Checks that each parameter of a query that was answered is described, and each value that it counts.
fn check_query(target: &str, template: &str, operation: &Value) {
    // Scripts are asked for with whatever keeps them from being cached.
    let is_strict = template.starts_with("/api/");
    for (name, value) in form_urlencoded::parse(target.split_once('?').map_or("", |(_, query)| query).as_bytes()) {
        // A token in a URL is believed by nobody; a test sends one to see that it is not kept.
        if name == "token" {
            continue;
        }
        let mut parameters = operation["parameters"].as_array().into_iter().flatten();
        let known = parameters.find(|parameter| parameter["in"] == "query" && parameter["name"] == *name);
        assert!(known.is_some() || !is_strict, "{target} ({template}): the parameter `{name}` is not described");
        let values = known.and_then(|known| known["schema"]["enum"].as_array());
        let fits = value.is_empty() || values.is_none_or(|values| values.iter().any(|v| *v == *value));
        assert!(fits, "{target} ({template}): `{name}` is not described to take `{value}`");
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(500).collect()
}

/// Returns what a reference leads to, or the value itself.
fn resolved(value: &Value) -> &Value {
    let reference = value.get("$ref").and_then(Value::as_str);
    reference.map_or(value, |reference| DESCRIPTION.pointer(&reference[1..]).expect("a reference leads somewhere"))
}

fn validator(name: &str, schema: &Value) -> Arc<Validator> {
    let mut known = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = known.entry(name.to_owned()).or_insert_with(|| {
        let whole = json!({ "allOf": [schema], "components": *COMPONENTS });
        Arc::new(jsonschema::draft202012::new(&whole).unwrap_or_else(|e| panic!("{name}: {e}")))
    });
    Arc::clone(made)
}

/// Returns the operation that answers at `path`, with its path; words go before parameters.
pub(crate) fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let paths: &'static Map<String, Value> = DESCRIPTION["paths"].as_object().expect("paths");
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        // The one path whose last parameter goes on.
        let asked = if template == "/v1/validate/{path}" { &asked[..asked.len().min(parts.len())] } else { &asked[..] };
        let fits = |(part, word): (&&str, &&str)| part == word || (part.starts_with('{') && !word.is_empty());
        parts.len() == asked.len() && parts.iter().zip(asked).all(fits)
    };
    let mut found: Vec<_> = paths.iter().filter(|(template, _)| fits(template)).collect();
    found.sort_by_key(|(template, _)| template.matches('{').count());
    let (template, methods) = found.into_iter().next()?;
    Some((template.as_str(), methods.get(method.to_ascii_lowercase())?))
}
