//! Defined events: a rule over what events are, kept under a name that behaves like an event's own name.
//!
//! They are put into a filter when it is asked, so that a definition holds for all events there ever were.

use super::{Condition, Did, Filter, Node, Of, Operator, Part, Verb, bad};
use crate::dimensions::Asked;
use crate::error::QueryError;
use crate::facts::{Fact, Route};
use crate::plan::route;

/// An event that a site has defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name, as a value of the dimension `event`.
    pub name: String,
    /// What makes an event one of these.
    pub rule: Node,
}

impl Definition {
    /// Reads the rule of the event `name`: a filter over what an event itself says.
    ///
    /// # Errors
    /// As [`Filter::parse`]; `query.bad_filter` if it asks for more than one event knows.
    pub fn parse(name: &str, rule: &str) -> Result<Self, QueryError> {
        let mut parts = Filter::parse(rule)?.parts;
        let Some(Part { of: Of::Rows, tree }) = (if parts.len() == 1 { parts.pop() } else { None }) else {
            return Err(bad(rule, "say what makes an event one of these, such as `event = click and page = /cart`"));
        };
        let (mut asked, mut behaviours) = (Vec::new(), Vec::new());
        tree.asked(&mut asked);
        tree.behaviours(&mut behaviours);
        let foreign = asked.iter().find(|asked| !is_of_event(asked)).map(|asked| asked.name());
        if let Some(what) = foreign.or_else(|| behaviours.first().map(|_| "did".to_owned())) {
            return Err(bad(
                &what,
                "an event is defined by its own event, page, page_title, page_url, host, search_term, checkout_step, trust and property:NAME",
            ));
        }
        Ok(Self { name: name.to_owned(), rule: tree })
    }
}

fn is_of_event(asked: &Asked) -> bool {
    asked.time().is_none() && matches!(route(Fact::Events, asked.dimension()), Some((Route::Own(_), _)))
}

impl Filter {
    /// Returns the filter in which the names of `definitions` stand for their rules.
    #[must_use]
    pub fn with_definitions(mut self, definitions: &[Definition]) -> Self {
        if !definitions.is_empty() {
            for part in &mut self.parts {
                put(&mut part.tree, definitions);
            }
        }
        self
    }
}

fn put(node: &mut Node, definitions: &[Definition]) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter_mut().for_each(|node| put(node, definitions)),
        Node::Not(node) => put(node, definitions),
        Node::Compare(condition) => {
            if let Some(defined) = defined(condition, definitions) {
                *node = defined;
            }
        }
        Node::Did(did) => put_did(did, definitions),
        Node::Defined { .. } => {}
    }
}

fn defined(condition: &Condition, definitions: &[Definition]) -> Option<Node> {
    if condition.dimension.name() != "event" {
        return None;
    }
    let found = definitions.iter().find(|d| d.name == condition.value)?;
    let node = |operator| {
        let condition = Condition { operator, ..condition.clone() };
        Node::Defined { condition, rule: Box::new(found.rule.clone()) }
    };
    match condition.operator {
        Operator::Is => Some(node(Operator::Is)),
        Operator::IsNot => Some(node(Operator::Is).negated()),
        _ => None,
    }
}

/// A behaviour of a defined event is one of any event that meets the rule.
fn put_did(did: &mut Did, definitions: &[Definition]) {
    if let Some(matching) = &mut did.matching {
        put(matching, definitions);
    }
    let Verb::Event(name) = &did.verb else { return };
    let Some(found) = definitions.iter().find(|d| d.name == *name) else { return };
    did.rule = Some(Box::new(found.rule.clone()));
}
