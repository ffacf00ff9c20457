//! How statements reach a server: in their order, or shuffled, repeated and late.

use super::dice::Dice;
use crate::harness::{Server, agent};
use serde_json::{Value, json};

/// Who tells a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Door {
    Browser,
    Server,
    Import,
}

/// One statement and who tells it.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) door: Door,
    pub(crate) event: Value,
}

/// Statements that travel in one request.
pub(crate) type Parcel = Vec<Statement>;

/// Returns the statements in their order, in requests of up to `most`.
pub(crate) fn in_order(statements: &[Statement], most: usize) -> Vec<Parcel> {
    let parcels = statements.chunk_by(|a, b| a.door == b.door);
    parcels.flat_map(|parcel| parcel.chunks(most)).map(<[Statement]>::to_vec).collect()
}

/// Returns the statements in an order of luck, about a third of them twice, in requests of 1 to 12.
pub(crate) fn scrambled(statements: &[Statement], dice: &mut Dice) -> Vec<Parcel> {
    let mut all = statements.to_vec();
    all.extend(statements.iter().filter(|_| dice.chance(35)).cloned());
    dice.shuffle(&mut all);
    let mut parcels: Vec<Parcel> = Vec::new();
    for statement in all {
        let fits = parcels.last().is_some_and(|p| p[0].door == statement.door && p.len() < 12) && dice.chance(85);
        match parcels.last_mut().filter(|_| fits) {
            Some(parcel) => parcel.push(statement),
            None => parcels.push(vec![statement]),
        }
    }
    parcels
}

/// The tokens of a server's doors.
pub(crate) struct Tokens {
    pub(crate) admin: String,
    pub(crate) ingest: String,
    pub(crate) import: String,
}

impl Tokens {
    /// Makes tokens for every site of a running server.
    pub(crate) fn of(server: &Server) -> Self {
        let admin = server.token(None, "admin");
        let (ingest, import) = (server.token(None, "ingest"), server.token(None, "import"));
        Self { admin, ingest, import }
    }
}

/// Sends a parcel; every statement must be understood.
pub(crate) fn send(agent: &ureq::Agent, server: &Server, tokens: &Tokens, site: u32, parcel: &Parcel) {
    let events: Vec<&Value> = parcel.iter().map(|s| &s.event).collect();
    let body = json!({"site": site, "events": events}).to_string();
    let (path, token) = match parcel[0].door {
        Door::Browser => ("/v1/collect", None),
        Door::Server => ("/v1/events", Some(&tokens.ingest)),
        Door::Import => ("/v1/events", Some(&tokens.import)),
    };
    let mut request = agent
        .post(format!("{}{path}", server.base))
        .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0");
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut answer = request.send(body.as_str()).expect("an answer");
    let text = answer.body_mut().read_to_string().expect("a body");
    assert_eq!(text, format!("{{\"accepted\":{},\"quarantined\":[]}}", parcel.len()), "{body}");
}

/// Sends the parcels of several sites, one of each in turn, and lets the reports catch up every few rounds, so that
/// statements about one thing meet in one batch and in several.
pub(crate) fn deliver(server: &Server, tokens: &Tokens, plans: &[(u32, Vec<Parcel>)], rounds_per_batch: usize) {
    let agent = agent();
    let rounds = plans.iter().map(|(_, parcels)| parcels.len()).max().unwrap_or(0);
    for round in 0..rounds {
        for (site, parcels) in plans {
            if let Some(parcel) = parcels.get(round) {
                send(&agent, server, tokens, *site, parcel);
            }
        }
        if round % rounds_per_batch == rounds_per_batch - 1 {
            server.settle();
        }
    }
    server.settle();
}
