//! Filters in SQL: the condition that narrows a fact, however far its dimension lies from it.
//!
//! Of a fact's own columns it is a comparison; of a table that many rows lead to, a narrower bridge: an order is kept
//! for its lines that are left, with or without being split by them. What has no such rows at all (an order without
//! lines) is kept where that which stands for it in a report (`(no lines)`, else unknown) meets it. Inside `or` and
//! `not` a condition is a truth of the fact's row instead, and what is unknown is not true. Values are bound.

use crate::arm::{Context, Side, bucket, text};
use crate::calendar::TimeUnit;
use crate::dimensions::{Asked, Values};
use crate::facts::{Fact, FactShape, Route};
use crate::filter::{Condition, Node, Of, Operator, scaled};
use crate::joins::{Needs, bridged_rows, note};
use crate::plan::route;
use crate::relations::Relation;
use crate::segment::{Who, did, within};
use jiff::civil::Date;

/// A fact in a period, asked about what somebody did.
#[derive(Clone, Copy)]
pub(crate) struct Place<'s> {
    pub(crate) fact: Fact,
    pub(crate) side: &'s Side,
    /// The report's last day, up to which behaviour counts.
    pub(crate) last: Date,
    /// Whose behaviour counts.
    pub(crate) who: Who,
}

impl Place<'_> {
    pub(crate) fn shape(self) -> &'static FactShape {
        self.fact.shape()
    }
}

/// Returns the conditions by which the whole filter narrows the fact.
pub(crate) fn narrowed(context: &mut Context, fact: Fact, side: &Side, needs: &mut Needs) -> Vec<String> {
    let filter = context.filter;
    let place = Place { fact, side, last: side.period.to, who: Who::Visitor };
    let mut out = Vec::new();
    for part in &filter.parts {
        match part.of {
            Of::Rows => conjuncts(context, place, &part.tree, needs, &mut out),
            of => out.push(within(context, place, of, &part.tree, needs)),
        }
    }
    out
}

/// Adds to `out` the conditions under which `tree` holds. Those joined by and are taken one by one, so that all that
/// ask of one bridged table ask of the same row of it.
pub(crate) fn conjuncts(context: &mut Context, place: Place, tree: &Node, needs: &mut Needs, out: &mut Vec<String>) {
    match tree {
        Node::All(nodes) => nodes.iter().for_each(|node| conjuncts(context, place, node, needs, out)),
        Node::Compare(condition) => out.extend(clause(context, place, &[condition], needs)),
        Node::Any(nodes) => {
            let compared: Option<Vec<&Condition>> = nodes.iter().map(comparison).collect();
            match compared {
                Some(alternatives) => out.extend(clause(context, place, &alternatives, needs)),
                None => out.extend(truth(context, place, tree, needs)),
            }
        }
        node => out.extend(truth(context, place, node, needs)),
    }
}

fn comparison(node: &Node) -> Option<&Condition> {
    if let Node::Compare(condition) = node { Some(condition) } else { None }
}

/// Returns the condition that `node` holds of a row of the fact; `None` if it does not narrow this fact.
fn truth(context: &mut Context, place: Place, node: &Node, needs: &mut Needs) -> Option<String> {
    match node {
        Node::All(nodes) => {
            let all: Vec<String> = nodes.iter().filter_map(|node| truth(context, place, node, needs)).collect();
            if all.is_empty() { None } else { Some(format!("({})", all.join(" and "))) }
        }
        Node::Any(nodes) => {
            let any: Option<Vec<String>> = nodes.iter().map(|node| truth(context, place, node, needs)).collect();
            Some(format!("({})", any?.join(" or ")))
        }
        Node::Not(node) => truth(context, place, node, needs).map(|text| format!("(({text}) is not true)")),
        Node::Compare(condition) => match route(place.fact, condition.dimension.dimension()) {
            // Of the product as a whole, also where a report is split by its categories.
            Some((Route::Own(alias), column)) if column.spreads => Some(any_category(context, alias, condition)),
            _ => holds(context, place, condition, needs),
        },
        Node::Did(behaviour) => Some(did(context, place, behaviour, needs)),
        Node::Defined { condition, rule } => defined(context, place, &condition.dimension, rule, needs),
    }
}

/// Returns the condition that the event of the row, or one event of its visit, meets the whole rule.
fn defined(context: &mut Context, place: Place, event: &Asked, rule: &Node, needs: &mut Needs) -> Option<String> {
    let (route, _) = route(place.fact, event.dimension())?;
    match route {
        Route::Own(alias) => Some(rule_text(context, rule, alias)),
        Route::Join { alias, .. } => {
            note(&mut needs.joins, route);
            Some(rule_text(context, rule, alias))
        }
        Route::Bridge { key, to, .. } => {
            let matching = rule_text(context, rule, "t");
            let rows = bridged_rows(context, route, false, place.side)?;
            Some(format!("{to} in (select t.{key} from {rows} t where {matching})"))
        }
        Route::Every { .. } => None,
    }
}

/// Returns the condition that an event, under the alias `t`, meets the rule of a defined event.
pub(crate) fn rule_text(context: &mut Context, rule: &Node, t: &str) -> String {
    let each = |context: &mut Context, nodes: &[Node], word: &str| {
        let texts: Vec<String> = nodes.iter().map(|node| rule_text(context, node, t)).collect();
        format!("({})", texts.join(word))
    };
    match rule {
        Node::All(nodes) => each(context, nodes, " and "),
        Node::Any(nodes) => each(context, nodes, " or "),
        Node::Not(node) => format!("(({}) is not true)", rule_text(context, node, t)),
        Node::Compare(condition) => match route(Fact::Events, condition.dimension.dimension()) {
            Some((Route::Own(_), column)) => {
                let text = text(context, column, &condition.dimension, t);
                compare(context, &text, condition)
            }
            _ => "false".to_owned(),
        },
        Node::Did(_) | Node::Defined { .. } => "false".to_owned(),
    }
}

/// Returns the condition that one of `alternatives` holds; `None` if it does not narrow this fact or narrows a bridge.
fn clause(context: &mut Context, place: Place, alternatives: &[&Condition], needs: &mut Needs) -> Option<String> {
    let fact = place.fact;
    // Conditions on one bridged table hold for the same row of it: an order counts if one of its lines meets them all.
    let routes: Vec<Option<&'static Route>> =
        alternatives.iter().map(|c| route(fact, c.dimension.dimension()).map(|(r, _)| r)).collect();
    if let Some(Some(first @ Route::Bridge { .. })) = routes.first()
        && routes.iter().all(|r| r.is_some_and(|r| r.alias() == first.alias()))
    {
        let spreads = needs.bridge(first).spreads;
        let inner: Vec<String> = alternatives.iter().map(|c| inside(context, fact, c, spreads)).collect();
        let bridge = needs.bridge(first);
        bridge.conditions.push(format!("({})", inner.join(" or ")));
        bridge.without_rows &= alternatives.iter().any(|c| holds_without_rows(first, c));
        return None;
    }
    let mut any = Vec::new();
    for condition in alternatives {
        any.push(holds(context, place, condition, needs)?);
    }
    Some(if any.len() == 1 { any.remove(0) } else { format!("({})", any.join(" or ")) })
}

/// Returns the condition on a row of the fact; `None` if the fact is whole for each value of the dimension.
fn holds(context: &mut Context, place: Place, condition: &Condition, needs: &mut Needs) -> Option<String> {
    let Place { fact, side, .. } = place;
    let asked = &condition.dimension;
    if let Some(unit) = asked.time() {
        let index = bucket(context, place.shape().time(context.scope.refunds), unit, side);
        return Some(compare(context, &format!("({index})"), condition));
    }
    let (route, column) = route(fact, asked.dimension())?;
    match route {
        Route::Own(alias) if column.spreads && !needs.spread.contains(alias) => {
            Some(any_category(context, alias, condition))
        }
        Route::Own(alias) => {
            needs.marks.extend(column.marks);
            let text = text(context, column, asked, alias);
            Some(compare(context, &text, condition))
        }
        Route::Join { alias, .. } => {
            note(&mut needs.joins, route);
            needs.marks.extend(column.marks);
            let text = text(context, column, asked, alias);
            Some(compare(context, &text, condition))
        }
        Route::Every { alias: every, .. } => {
            if !needs.everies.iter().any(|r| r.alias() == *every) {
                return None;
            }
            let text = text(context, column, asked, every);
            Some(compare(context, &text, condition))
        }
        Route::Bridge { key, to, keep, .. } => {
            let matching = inside(context, fact, condition, false);
            let rows = bridged_rows(context, route, false, side)?;
            let within = format!("{to} in (select t.{key} from {rows} t where {matching})");
            let without = format!("{to} is null or not {to} in (select t.{key} from {rows} t)");
            Some(if *keep && holds_without_rows(route, condition) {
                format!("({within} or {without})")
            } else {
                within
            })
        }
    }
}

/// Says whether what a report shows for a fact without any row of the bridged table meets the condition.
fn holds_without_rows(route: &Route, condition: &Condition) -> bool {
    let Route::Bridge { relation, .. } = route else { return false };
    // A price or quantity of no line is unknown.
    let is_text = condition.dimension.dimension().values == Values::Text;
    let shown = relation.without_rows().filter(|_| is_text).unwrap_or_default();
    match condition.operator {
        Operator::Is => condition.value == shown,
        Operator::IsNot => condition.value != shown,
        _ => holds_of_none(shown, condition),
    }
}

/// Says whether the text that a report shows where there are no rows has what is looked for; an empty one has nothing.
fn holds_of_none(shown: &str, condition: &Condition) -> bool {
    let wanted = condition.value.to_lowercase();
    match condition.operator {
        Operator::Contains => !shown.is_empty() && shown.contains(&wanted),
        Operator::Starts => !shown.is_empty() && shown.starts_with(&wanted),
        Operator::Ends => !shown.is_empty() && shown.ends_with(&wanted),
        _ => false,
    }
}

/// Returns the condition on a row of the bridged table, under the alias `t`.
fn inside(context: &mut Context, fact: Fact, condition: &Condition, spreads: bool) -> String {
    let Some((_, column)) = route(fact, condition.dimension.dimension()) else { return "false".to_owned() };
    if column.spreads && !spreads {
        return any_category(context, "t", condition);
    }
    let text = text(context, column, &condition.dimension, "t");
    compare(context, &text, condition)
}

/// Returns the condition that one of a product's categories compares so; for "is not", that none is.
fn any_category(context: &mut Context, alias: &str, condition: &Condition) -> String {
    let positive = Condition {
        operator: if condition.operator == Operator::IsNot { Operator::Is } else { condition.operator },
        ..condition.clone()
    };
    let levels = ["category", "category_2", "category_3", "category_4", "category_5"];
    let shown = Relation::Lines.without_rows().unwrap_or_default();
    let any = if positive.operator == Operator::Is && positive.value == shown {
        format!("({alias}.line is null)")
    } else {
        let mut all: Vec<String> =
            levels.iter().map(|level| compare(context, &format!("{alias}.{level}"), &positive)).collect();
        if positive.operator == Operator::Is && positive.value.is_empty() {
            // An unknown category is that of a product which has no level at all.
            all.push(format!("{alias}.line is not null"));
            format!("({})", all.join(" and "))
        } else {
            if holds_of_none(shown, condition) {
                all.push(format!("{alias}.line is null"));
            }
            format!("({})", all.join(" or "))
        }
    };
    if condition.operator == Operator::IsNot { format!("{any} is not true") } else { any }
}

/// Returns `text` compared as the condition says. A row whose value is unknown is another value than any.
pub(crate) fn compare(context: &mut Context, text: &str, condition: &Condition) -> String {
    let value = condition.value.as_str();
    let values = condition.dimension.dimension().values;
    let bound = |context: &mut Context| match values {
        Values::Text => context.params.bind(value),
        // Weekdays are counted from 1 and their buckets from 0.
        Values::Time(TimeUnit::Weekday) => context.params.bind(value.parse::<i64>().unwrap_or(0) - 1),
        Values::Measured { scale, .. } => context.params.bind(scaled(value, scale).unwrap_or(-1)),
        _ => context.params.bind(value.parse::<i64>().unwrap_or(-1)),
    };
    let operator = condition.operator;
    match operator {
        Operator::Is if value.is_empty() => format!("{text} is null"),
        Operator::IsNot if value.is_empty() => format!("{text} is not null"),
        Operator::IsNot => format!("{text} is distinct from {}", bound(context)),
        Operator::Contains => format!("contains(lower({text}), lower({}))", bound(context)),
        Operator::Starts => format!("starts_with(lower({text}), lower({}))", bound(context)),
        Operator::Ends => format!("ends_with(lower({text}), lower({}))", bound(context)),
        Operator::Is | Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast => {
            format!("{text} {} {}", operator.sign(), bound(context))
        }
    }
}
