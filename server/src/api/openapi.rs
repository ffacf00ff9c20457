//! The API's description: `GET /api/v1/openapi.json`, made of the route table and of the types that its handlers take and
//! give. `openapi.json` beside this file is a copy for those who read or compare it; a test keeps it equal.

use super::auth::Access;
use super::error::Envelope;
use super::parameters::{Parameter, Takes};
use super::signature::{Refused, SchemaOf, schema_of};
use super::values::json_text;
use super::{Route, routes as all_routes};
use collector::book::Scope;
use http::{Method, StatusCode};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

mod layout;

use layout::laid_out;

/// The description.
pub(super) static TEXT: LazyLock<String> = LazyLock::new(|| laid_out(&describe(&all_routes())));

pub(super) fn routes() -> Vec<Route> {
    let show = || async { json_text(StatusCode::OK, TEXT.clone()) };
    vec![
        Route::new(Method::GET, "/api/v1/openapi.json", Access::Open, show)
            .says("This description.", "OpenAPI 3.1.")
            .in_json::<Map<String, Value>>(),
    ]
}

/// What is true of every route.
const ABOUT: &str = "Ecommerce analytics that tallies with your till. Money is decimal text, time is RFC 3339 in UTC, \
                     a civil day means the site's time zone.";
const TOKEN: &str = "A token made with `tallyho token add`.";
const SESSION: &str = "The session of an account, set by signing in. It reaches what the account's role on the site allows, \
                       routes that name a token's scope included: viewer as read, editor as edit, admin as admin, and an owner \
                       everything. What changes something also needs the header X-CSRF-Token. On this machine's own address \
                       the cookie is called `tallyho`.";

/// Where schemas lie that are named.
const SCHEMAS: &str = "/components/schemas";

/// Writes schemas: of what is sent, where a field with a default may be missing, and of what is answered, where none may.
struct Schemas {
    sent: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = SCHEMAS.into();
                settings.meta_schema = None;
            })
        };
        Self {
            sent: settings().for_deserialize().into_generator(),
            answered: settings().for_serialize().into_generator(),
        }
    }

    fn answered(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.answered).to_value()
    }

    fn sent(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.sent).to_value()
    }

    /// Returns every schema that was named. A type that is sent and answered alike has one.
    fn named(mut self) -> Map<String, Value> {
        let mut named = self.answered.take_definitions(true);
        for (name, schema) in self.sent.take_definitions(true) {
            let name = if named.get(&name).is_none_or(|known| *known == schema) { name } else { format!("{name}Sent") };
            named.insert(name, schema);
        }
        named
    }
}

/// Returns the description of `routes`.
pub(super) fn describe(routes: &[Route]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for route in routes {
        let operation = operation(route, &mut schemas);
        let methods = paths.entry(route.path.replace("{*", "{")).or_default();
        methods.insert(route.method.as_str().to_ascii_lowercase(), operation);
    }
    let error = schemas.answered(schema_of::<Envelope<'static>>());
    let responses =
        SETS.iter().map(|set| (set.name.to_owned(), refused(set.meaning, set.codes.iter().copied(), &error)));
    let mut responses: Map<String, Value> = responses.collect();
    let any = json!({ "description": "The request was refused or failed.", "content": { JSON: { "schema": error } } });
    responses.insert("Error".to_owned(), any);
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Tallyho", "version": "1", "description": ABOUT },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": TOKEN },
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-tallyho", "description": SESSION },
            },
            "responses": responses,
            "schemas": schemas.named(),
        },
    })
}

const JSON: &str = "application/json";

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "responses": responses(route, schemas),
        "security": security(route.access),
    });
    let parameters: Vec<Value> =
        path_parameters(route, schemas).into_iter().chain(route.query.iter().map(query_parameter)).collect();
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    let signature = &route.signature;
    if !signature.body.is_empty() {
        let content = signature.body.iter().map(|(media, schema)| {
            let schema = schemas.sent(*schema);
            ((*media).to_owned(), json!({ "schema": schema }))
        });
        operation["requestBody"] =
            json!({ "required": !signature.body_is_optional, "content": content.collect::<Map<_, _>>() });
    }
    operation
}

/// Returns a name for the operation that is its own: `get_sites_id_goals`.
fn operation_id(route: &Route) -> String {
    let path = route.path.strip_prefix("/api/v1").unwrap_or(route.path);
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let method = route.method.as_str().to_ascii_lowercase();
    std::iter::once(method.as_str()).chain(words).collect::<Vec<_>>().join("_")
}

/// Returns which of token and session reaches a route.
fn security(access: Access) -> Value {
    let scope = match access {
        Access::Open => return json!([]),
        Access::Member(_) | Access::User | Access::SignedIn => return json!([{ "session": [] }]),
        Access::Operator | Access::Reader | Access::Figures => Scope::Read,
        Access::Site(scope) => scope,
        Access::SiteMaker | Access::Installation => Scope::Admin,
    };
    json!([{ "token": [scope.name()] }, { "session": [] }])
}

/// Returns the names in braces in `path`.
pub(super) fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.trim_start_matches('*')))
}

fn path_parameters(route: &Route, schemas: &mut Schemas) -> Vec<Value> {
    let names: Vec<&str> = names_in(route.path).collect();
    let read: &[SchemaOf] = if route.signature.path.len() == names.len() { &route.signature.path } else { &[] };
    let parameter = |(i, name): (usize, &&str)| {
        let is_site = *name == "id";
        let mut schema = match read.get(i) {
            Some(schema) => schemas.sent(*schema),
            None if is_site => schemas.sent(schema_of::<u32>()),
            None => json!({ "type": "string" }),
        };
        let said = route.named.iter().find(|(named, ..)| named == name);
        if let Some((_, _, values)) = said.filter(|(_, _, values)| !values.is_empty()) {
            schema["enum"] = json!(values);
        }
        let meaning = said.map_or(if is_site { "Number of the site." } else { "" }, |(_, meaning, _)| meaning);
        json!({ "name": name, "in": "path", "required": true, "description": meaning, "schema": schema })
    };
    names.iter().enumerate().map(parameter).collect()
}

fn query_parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.takes {
        Takes::Text => json!({ "type": "string" }),
        Takes::Number(max) => json!({ "type": "integer", "minimum": 0, "maximum": max }),
        Takes::Position => json!({ "type": "integer", "format": "uint64", "minimum": 0 }),
        Takes::Day => json!({ "type": "string", "format": "date" }),
        Takes::Time => json!({ "type": "string", "format": "date-time" }),
        Takes::Flag => json!({ "type": "string", "enum": ["true", "false", "1", "0"] }),
        Takes::Word(words) => json!({ "type": "string", "enum": words() }),
        Takes::Names(names, prefixes) => {
            let mut kinds = vec![json!({ "enum": names() })];
            kinds.extend(prefixes().into_iter().map(|prefix| json!({ "pattern": format!("^{prefix}:.") })));
            json!({ "type": "array", "items": { "type": "string", "anyOf": kinds } })
        }
    };
    let mut shown = json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.is_required,
        "description": parameter.meaning,
        "schema": schema,
    });
    if let Takes::Names(..) = parameter.takes {
        shown["explode"] = false.into();
    }
    shown
}

/// Codes that many routes share, described once.
struct Set {
    name: &'static str,
    status: u16,
    meaning: &'static str,
    codes: &'static [&'static str],
}

const SETS: &[Set] = &[
    Set { name: "TokenUnknown", status: 401, meaning: "The token is not known.", codes: &["token.unknown"] },
    Set {
        name: "Unauthenticated",
        status: 401,
        meaning: "Who asks is not known.",
        codes: &["session.missing", "token.missing", "token.unknown"],
    },
    Set {
        name: "Forbidden",
        status: 403,
        meaning: "Who asks may not.",
        codes: &["session.role", "share.figures_only", "token.scope"],
    },
    Set {
        name: "ForbiddenChange",
        status: 403,
        meaning: "Who asks may not, or the request does not come from our own pages.",
        codes: &["csrf.refused", "session.role", "share.figures_only", "token.scope"],
    },
    Set { name: "SiteUnknown", status: 404, meaning: "There is no such site.", codes: &["site.unknown"] },
    Set { name: "Fault", status: 500, meaning: "Something went wrong on our side.", codes: &["internal"] },
    Set {
        name: "Away",
        status: 503,
        meaning: "It cannot be done now; the header Retry-After says when to ask again.",
        codes: &["journal.full", "query.memory", "query.timeout", "store.away"],
    },
    Set {
        name: "Busy",
        status: 503,
        meaning: "It cannot be done now; the header Retry-After says when to ask again.",
        codes: &["journal.full", "query.memory", "query.timeout", "report.busy", "store.away"],
    },
    Set {
        name: "TooMany",
        status: 429,
        meaning: "Too many questions about this site wait for their turn.",
        codes: &["report.too_many"],
    },
];

fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let signature = &route.signature;
    let mut answer = json!({ "description": route.answer });
    if !signature.answer.is_empty() {
        let content = signature.answer.iter().map(|(media, schema)| {
            let schema = schemas.answered(*schema);
            ((*media).to_owned(), json!({ "schema": schema }))
        });
        answer["content"] = content.collect::<Map<_, _>>().into();
    }
    let mut responses = json!({ "default": { "$ref": "#/components/responses/Error" } });
    responses[signature.status.as_str()] = answer;
    let error = schemas.answered(schema_of::<Envelope<'static>>());
    for (status, codes) in refusals(route) {
        let set = SETS.iter().find(|set| set.status == status && set.codes.iter().copied().eq(codes.iter().copied()));
        responses[status.to_string()] = if let Some(set) = set {
            json!({ "$ref": format!("#/components/responses/{}", set.name) })
        } else {
            let words: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
            refused(&format!("{}.", words.join(", ")), codes.iter().copied(), &error)
        };
    }
    responses
}

/// Returns what a route may be refused with, by status: before its handler is called, by it, and by what it extracts.
pub(super) fn refusals(route: &Route) -> BTreeMap<u16, BTreeSet<&'static str>> {
    let mut all: BTreeMap<u16, BTreeSet<&'static str>> = BTreeMap::new();
    let of_guard: Vec<Refused> = route.access.refusals(&route.method);
    for (status, code) in of_guard.iter().chain(&route.signature.refusals) {
        all.entry(*status).or_default().insert(code);
    }
    all
}

fn refused<'a>(meaning: &str, codes: impl Iterator<Item = &'a str>, error: &Value) -> Value {
    let code =
        json!({ "properties": { "error": { "properties": { "code": { "enum": codes.collect::<Vec<_>>() } } } } });
    json!({ "description": meaning, "content": { JSON: { "schema": { "allOf": [error, code] } } } })
}

#[cfg(test)]
mod tests;
