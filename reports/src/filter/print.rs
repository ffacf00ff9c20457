//! A tree in the long form. Reading it again gives the same tree.

use super::did::ONCE;
use super::words::is_bare;
use super::{Condition, Did, Node, Operator, Part};
use std::fmt::{Display, Formatter, Result};

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(name) = self.of.name() {
            write!(f, "{name}: ")?;
        }
        write!(f, "{}", self.tree)
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::All(nodes) => joined(f, nodes, " and "),
            Self::Any(nodes) => match values(nodes) {
                Some((name, values)) => write!(f, "{name} in ({})", values.join(", ")),
                None => joined(f, nodes, " or "),
            },
            Self::Not(node) => match &**node {
                Self::Did(did) if did.verb.deed().is_some() => write_did(f, did, "did not"),
                node => write!(f, "not {}", Inner(node)),
            },
            Self::Compare(condition) | Self::Defined { condition, .. } => write!(f, "{condition}"),
            Self::Did(did) => write_did(f, did, "did"),
        }
    }
}

/// A node inside another: with parentheses where it would fall apart.
struct Inner<'a>(&'a Node);

impl Display for Inner<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Node::Any(nodes) if values(nodes).is_some() => write!(f, "{}", self.0),
            node @ (Node::All(_) | Node::Any(_)) => write!(f, "({node})"),
            node => write!(f, "{node}"),
        }
    }
}

fn joined(f: &mut Formatter<'_>, nodes: &[Node], word: &str) -> Result {
    for (i, node) in nodes.iter().enumerate() {
        write!(f, "{}{}", if i == 0 { "" } else { word }, Inner(node))?;
    }
    Ok(())
}

/// Returns the one dimension that all of `nodes` compare with `=`, and the values; `None` if there is no such.
fn values(nodes: &[Node]) -> Option<(String, Vec<String>)> {
    let mut name = None;
    let mut values = Vec::new();
    for node in nodes {
        let Node::Compare(condition) = node else { return None };
        let same = name.get_or_insert_with(|| condition.dimension.clone());
        if *same != condition.dimension || condition.operator != Operator::Is || condition.value.is_empty() {
            return None;
        }
        values.push(quoted(&condition.value));
    }
    Some((written(&name?.name()), values))
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let name = written(&self.dimension.name());
        match self.operator {
            Operator::Is if self.value.is_empty() => write!(f, "{name} is unknown"),
            Operator::IsNot if self.value.is_empty() => write!(f, "{name} is known"),
            operator => write!(f, "{name} {} {}", operator.sign(), quoted(&self.value)),
        }
    }
}

fn write_did(f: &mut Formatter<'_>, did: &Did, word: &str) -> Result {
    match (did.verb.product_verb(), &did.matching) {
        (Some(verb), Some(matching)) => match &**matching {
            node @ Node::Compare(_) => write!(f, "{verb} {node}")?,
            node => write!(f, "{verb} ({node})")?,
        },
        (_, matching) => {
            write!(f, "{word} {}", quoted(did.verb.deed().unwrap_or_default()))?;
            if let Some(node) = matching {
                write!(f, " where ({node})")?;
            }
        }
    }
    if did.times != ONCE {
        write!(f, " {} {}", did.times.0.sign(), did.times.1)?;
    }
    did.days.map_or(Ok(()), |days| write!(f, " in {days}d"))
}

/// Returns a dimension's name, the name of its property in quotation marks where it must be.
fn written(name: &str) -> String {
    match name.split_once(':') {
        Some((base, key)) if !is_bare(key) => format!("{base}:{}", quoted(key)),
        _ => name.to_owned(),
    }
}

fn quoted(value: &str) -> String {
    if is_bare(value) { value.to_owned() } else { format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")) }
}
