//! What an arm reads: the fact's relations, and what they are joined to because a dimension, a filter or a measure asks.
//!
//! Knows how routes become joins; what the columns say is decided in `arm.rs`.

use crate::ahead::Told;
use crate::arm::{Context, Side};
use crate::facts::{FactShape, Route, VISIT_SPAN_DAYS, With};
use crate::marks::{Mark, mark_text};
use crate::narrow::rule_text;
use crate::relations::Relation;

/// Distinct pairs of a key and some columns, joined where a fact has many rows of another table.
pub(crate) struct Bridge {
    pub(crate) route: &'static Route,
    pub(crate) columns: Vec<String>,
    pub(crate) conditions: Vec<String>,
    /// Whether the conditions keep a fact's row that has no rows of the other table.
    pub(crate) without_rows: bool,
    pub(crate) spreads: bool,
}

impl Bridge {
    /// Returns the condition on the fact's rows that the bridge leaves to them; `None` for none.
    pub(crate) fn condition(&self) -> Option<String> {
        let Route::Bridge { alias, key, keep: true, .. } = self.route else { return None };
        let open = self.without_rows && !self.conditions.is_empty();
        open.then(|| format!("({alias}.{key} is not null or {alias}_any.{key} is null)"))
    }
}

/// What an arm turns out to need while its columns are written.
#[derive(Default)]
pub(crate) struct Needs {
    pub(crate) joins: Vec<&'static Route>,
    pub(crate) bridges: Vec<Bridge>,
    pub(crate) everies: Vec<&'static Route>,
    /// Aliases of the fact's own tables that are read once per category.
    pub(crate) spread: Vec<&'static str>,
    pub(crate) marks: Vec<Mark>,
}

impl Needs {
    /// Returns the bridge that `route` is, built if need be.
    pub(crate) fn bridge(&mut self, route: &'static Route) -> &mut Bridge {
        let at = self.bridges.iter().position(|b| b.route.alias() == route.alias()).unwrap_or_else(|| {
            let (columns, conditions) = (Vec::new(), Vec::new());
            self.bridges.push(Bridge { route, columns, conditions, without_rows: true, spreads: false });
            self.bridges.len() - 1
        });
        &mut self.bridges[at]
    }
}

/// Adds `route` to `routes` unless it is among them.
pub(crate) fn note(routes: &mut Vec<&'static Route>, route: &'static Route) {
    if !routes.iter().any(|r| r.alias() == route.alias()) {
        routes.push(route);
    }
}

/// Returns the fact's relations with everything they are joined to.
pub(crate) fn from_clause(context: &mut Context, shape: &FactShape, needs: &Needs, side: &Side) -> String {
    let scope = context.scope;
    let (base, alias) = shape.base;
    let mut out = vec![format!("{} {alias}", rows(context, base, needs.spread.contains(&alias), &[]))];
    for With { kind, relation, alias, on, near } in shape.with {
        let conditions = near_conditions(context, *relation, *near, side, Vec::new());
        let rows = rows(context, *relation, needs.spread.contains(alias), &conditions);
        out.push(format!("{kind} {rows} {alias} on {on}"));
    }
    for route in &needs.joins {
        let Route::Join { relation, alias, on, near } = route else { continue };
        let conditions = near_conditions(context, *relation, *near, side, Vec::new());
        let rows = rows(context, *relation, needs.spread.contains(alias), &conditions);
        out.push(format!("left join {rows} {alias} on {on}"));
    }
    for bridge in &needs.bridges {
        out.extend(bridge_text(context, bridge, shape, side));
    }
    for route in &needs.everies {
        let Route::Every { relation, alias } = route else { continue };
        out.push(format!("cross join {} {alias}", relation.text(scope, false, &[])));
    }
    let mut marks = needs.marks.clone();
    marks.sort_unstable();
    marks.dedup();
    out.extend(marks.into_iter().map(|mark| mark_text(context, mark, shape, side)));
    out.join("\n")
}

fn bridge_text(context: &mut Context, bridge: &Bridge, shape: &FactShape, side: &Side) -> Option<String> {
    let Route::Bridge { relation, alias, key, to, keep, .. } = bridge.route else { return None };
    // Before rows are spread: a year's products have many categories.
    let few = if context.few.is_some() { None } else { keys_of_few(context, bridge.route, shape, side) };
    let few = few.map(|own| format!("{key} in ({own})"));
    let rows = rows_behind(context, bridge.route, bridge.spreads, side, few)?;
    let mut columns = vec![format!("t.{key}")];
    columns.extend(bridge.columns.iter().enumerate().map(|(i, c)| format!("{c} as b{i}")));
    let columns = columns.join(", ");
    let told_once = context.few == Some(Told::Once) && *relation == Relation::Events;
    let distinct = if told_once { "" } else { "distinct " };
    let joined = |kind: &str, columns: &str, narrowed: &str, alias: &str| {
        format!("{kind} (select {distinct}{columns} from {rows} t{narrowed}) {alias} on {alias}.{key} = {to}")
    };
    if bridge.conditions.is_empty() {
        return Some(joined(if *keep { "left join" } else { "join" }, &columns, "", alias));
    }
    let narrowed = format!(" where {}", bridge.conditions.join(" and "));
    if bridge.condition().is_none() {
        return Some(joined("join", &columns, &narrowed, alias));
    }
    let left = joined("left join", &columns, &narrowed, alias);
    let any = joined("left join", &format!("t.{key}"), "", &format!("{alias}_any"));
    Some(format!("{left}\n{any}"))
}

/// Returns the keys of the fact's rows of the period, where they are few and the bridge leads to traffic: so the distinct
/// pairs of a year's events need not be made to keep those of some orders.
fn keys_of_few(context: &mut Context, route: &Route, shape: &FactShape, side: &Side) -> Option<String> {
    let Route::Bridge { relation, to, near: true, .. } = route else { return None };
    relation.time_column()?;
    keys_of_small(context, to, shape, side)
}

/// Returns a statement of the keys `to` of the fact's rows of the period, if those are few.
pub(crate) fn keys_of_small(context: &mut Context, to: &str, shape: &FactShape, side: &Side) -> Option<String> {
    let (base, alias) = shape.base;
    if !base.is_small() {
        return None;
    }
    let scope = context.scope;
    let mut rows = vec![format!("{} {alias}", base.text(scope, false, &[]))];
    for With { relation, alias, on, .. } in shape.with.iter().filter(|with| to.starts_with(with.alias)) {
        rows.push(format!("join {} {alias} on {on}", relation.text(scope, false, &[])));
    }
    let time = shape.time(scope.refunds);
    // Refunds booked on their order's date are placed by it.
    let joined = rows.len() > 1 || time.starts_with(alias);
    let range = side.range(&context.settings.timezone);
    let (from, to_time) = (context.params.bind(range.0), context.params.bind(range.1));
    joined.then(|| {
        format!(
            "select {to} from {} where {time} >= {from} and {time} < {to_time} and {to} is not null",
            rows.join(" ")
        )
    })
}

/// Returns the rows that the bridge `route` leads to; `None` if it is none.
pub(crate) fn bridged_rows(context: &mut Context, route: &Route, spreads: bool, side: &Side) -> Option<String> {
    rows_behind(context, route, spreads, side, None)
}

fn rows_behind(
    context: &mut Context,
    route: &Route,
    spreads: bool,
    side: &Side,
    few: Option<String>,
) -> Option<String> {
    let Route::Bridge { relation, key, only, near, .. } = route else { return None };
    let mut conditions = vec![format!("{key} is not null")];
    conditions.extend((!only.is_empty()).then(|| (*only).to_owned()));
    conditions.extend(few);
    let conditions = near_conditions(context, *relation, *near, side, conditions);
    Some(rows(context, *relation, spreads, &conditions))
}

/// Returns the rows of `relation`; with `spread` a product's once for each of its categories, and an event's once for
/// its own name and each defined event that it is, in `any_event`.
fn rows(context: &mut Context, relation: Relation, spread: bool, conditions: &[String]) -> String {
    let relation = match relation {
        Relation::Events if context.few.is_some() => Relation::FewEvents,
        Relation::Actions if context.few.is_some() => Relation::FewActions,
        relation => relation,
    };
    if relation != Relation::Events || !spread {
        return relation.text(context.scope, spread, conditions);
    }
    let mut names = "[x.name]".to_owned();
    for definition in context.definitions {
        let is_one = rule_text(context, &definition.rule, "x");
        let name = context.params.bind(definition.name.as_str());
        names = format!("{names} || case when {is_one} then [{name}] else [] end");
    }
    let events = relation.text(context.scope, false, conditions);
    format!("(select x.*, unnest(list_distinct({names})) as any_event from {events} x)")
}

/// Adds to `conditions` that a row lies near the period, where the route asks for it.
pub(crate) fn near_conditions(
    context: &mut Context,
    relation: Relation,
    near: bool,
    side: &Side,
    mut conditions: Vec<String>,
) -> Vec<String> {
    if let Some(time) = relation.time_column().filter(|_| near) {
        let range = side.range(&context.settings.timezone);
        let span_s = VISIT_SPAN_DAYS * 86_400;
        let from = context.params.bind(range.0.plus_seconds(-span_s));
        let to = context.params.bind(range.1.plus_seconds(span_s));
        conditions.push(format!("{time} >= {from} and {time} < {to}"));
    }
    conditions
}
