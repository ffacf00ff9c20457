//! Filters in SQL: the condition that narrows a fact, however far its dimension lies from it.
//!
//! Of a fact's own columns it is a comparison; of a table that many rows lead to, a narrower bridge: an order is kept
//! for its lines that are left, with or without being split by them. What has no such rows at all (an order without
//! lines) is kept where that which stands for it in a report (`(no lines)`, else unknown) meets it. Values are bound.

use crate::arm::{Context, Side, bucket, text};
use crate::calendar::TimeUnit;
use crate::dimensions::Values;
use crate::facts::{Fact, FactShape, Route};
use crate::filter::{Condition, Operator};
use crate::joins::{Needs, bridged_rows, note};
use crate::plan::route;
use crate::relations::Relation;

/// Returns the condition that one of `alternatives` holds; `None` if it does not narrow this fact or narrows a bridge.
pub(crate) fn clause(
    context: &mut Context,
    fact: Fact,
    shape: &FactShape,
    alternatives: &[Condition],
    side: &Side,
    needs: &mut Needs,
) -> Option<String> {
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
        any.push(holds(context, fact, shape, condition, side, needs)?);
    }
    Some(if any.len() == 1 { any.remove(0) } else { format!("({})", any.join(" or ")) })
}

/// Returns the condition on a row of the fact; `None` if the fact is whole for each value of the dimension.
fn holds(
    context: &mut Context,
    fact: Fact,
    shape: &FactShape,
    condition: &Condition,
    side: &Side,
    needs: &mut Needs,
) -> Option<String> {
    let asked = &condition.dimension;
    if let Some(unit) = asked.time() {
        let index = bucket(context, shape.time(context.scope.refunds), unit, side);
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
    let shown = relation.without_rows().unwrap_or_default();
    match condition.operator {
        Operator::Is => condition.value == shown,
        Operator::IsNot => condition.value != shown,
        Operator::Contains => !shown.is_empty() && shown.contains(&condition.value.to_lowercase()),
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
            format!("({})", all.join(" or "))
        }
    };
    if condition.operator == Operator::IsNot { format!("{any} is not true") } else { any }
}

/// Returns `text` compared as the condition says. A row whose value is unknown is another value than any.
fn compare(context: &mut Context, text: &str, condition: &Condition) -> String {
    let value = condition.value.as_str();
    let bound = |context: &mut Context| match condition.dimension.dimension().values {
        Values::Text => context.params.bind(value),
        // Weekdays are counted from 1 and their buckets from 0.
        Values::Time(TimeUnit::Weekday) => context.params.bind(value.parse::<i64>().unwrap_or(0) - 1),
        _ => context.params.bind(value.parse::<i64>().unwrap_or(-1)),
    };
    match condition.operator {
        Operator::Is if value.is_empty() => format!("{text} is null"),
        Operator::IsNot if value.is_empty() => format!("{text} is not null"),
        Operator::Is => format!("{text} = {}", bound(context)),
        Operator::IsNot => format!("{text} is distinct from {}", bound(context)),
        Operator::Contains => format!("contains(lower({text}), lower({}))", bound(context)),
    }
}
