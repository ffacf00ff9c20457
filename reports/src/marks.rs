//! Marks: what is known of a row by looking elsewhere, joined only where a measure or dimension asks for it.
//!
//! A mark joins at most one row to each of the fact's, so it never changes what is counted; one leaves rows out that no
//! measure with it counts.

use crate::arm::{Context, Side};
use crate::calendar::month_starts;
use crate::facts::{FactShape, With};
use crate::joins::near_conditions;
use crate::relations::Relation;

/// Something known of a row by looking elsewhere. Those that build on others come after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// `ma`: the product was put into a cart in the same visit.
    Added,
    /// `mb`: the product was ordered in the same visit. Rows of others are left out: nothing else asks for it.
    Bought,
    /// `pc`: what the product of the order's line `l` cost when the order was counted.
    Cost,
    /// `pc`: the same for the refund's line `rl`, at the time of its order.
    CostBack,
    /// `mf`: the first order (`first`) of the order's customer; none where the order names no customer.
    First,
    /// `fo`: that order, or the order itself if it names no customer. Asks for [`Self::First`].
    FirstOrder,
    /// `mm`: the month (`label`) in which that one was placed. Asks for [`Self::FirstOrder`].
    FirstMonth,
    /// `fl`: its first line. Asks for [`Self::FirstOrder`].
    FirstLine,
    /// `ml`: when the visit's visitor placed the first order (`first_at`); none where there is no order.
    Ordering,
}

impl Mark {
    /// Says whether it is known by what happened in the row's visit alone, so that it changes with the visit's day.
    pub(crate) fn is_of_the_visit(self) -> bool {
        self == Self::Added
    }
}

/// Returns the join by which `mark` comes to the rows of `shape`.
pub(crate) fn mark_text(context: &mut Context, mark: Mark, shape: &FactShape, side: &Side) -> String {
    let scope = context.scope;
    let known = |column: &str| vec![format!("{column} is not null")];
    match mark {
        Mark::Added => {
            let conditions = vec!["visit is not null".to_owned(), "action = 'add'".to_owned()];
            let added = Relation::Actions.text(
                scope,
                false,
                &near_conditions(context, Relation::Actions, true, side, conditions),
            );
            format!("left join (select distinct visit, sku from {added} t) ma on ma.visit = p.visit and ma.sku = p.sku")
        }
        Mark::Bought => {
            let mut conditions = known("visit");
            if context.few.is_some() {
                // Of the visits that are asked about alone: those of all times are many.
                let few = Relation::FewActions.text(scope, false, &[]);
                conditions.push(format!("visit in (select f.visit from {few} f)"));
            }
            let orders = Relation::Orders.text(scope, false, &conditions);
            let lines = Relation::Lines.text(scope, false, &[]);
            format!(
                "join (select distinct o.visit, l.sku from {orders} o join {lines} l on l.\"order\" = o.\"order\") mb \
                 on mb.visit = p.visit and mb.sku = p.sku"
            )
        }
        Mark::Cost => cost(context, "l"),
        Mark::CostBack => cost(context, "rl"),
        Mark::First => first(context, shape, side),
        Mark::FirstOrder => {
            let orders = Relation::Orders.text(scope, false, &[]);
            format!(r#"left join {orders} fo on fo."order" = coalesce(mf.first, o."order")"#)
        }
        Mark::FirstMonth => {
            // As two texts, since a month's start is a matter of the site's zone and there are hundreds.
            let (starts, labels) = months(context, side);
            format!(
                "asof left join (select make_timestamp(unnest(string_split({starts}, ',')::bigint[])) as starts_at, \
                 unnest(string_split({labels}, ',')) as label) mm on mm.starts_at <= fo.placed_at"
            )
        }
        Mark::Ordering => {
            let orders = Relation::Orders.text(scope, false, &known("visitor"));
            format!(
                "left join (select visitor, min(placed_at) as first_at from {orders} t group by visitor) ml on ml.visitor = v.visitor"
            )
        }
        Mark::FirstLine => {
            let lines = Relation::Lines.text(scope, false, &["line = 0".to_owned()]);
            format!(r#"left join {lines} fl on fl."order" = fo."order""#)
        }
    }
}

fn cost(context: &Context, line: &str) -> String {
    let costs = Relation::ProductCosts.text(context.scope, false, &[]);
    format!(
        "left join {costs} pc on pc.sku = {line}.sku and o.counted_at >= pc.valid_from and o.counted_at < pc.valid_until"
    )
}

/// Of every customer of the period the first order of all times: by the time it was placed, then by its id.
fn first(context: &mut Context, shape: &FactShape, side: &Side) -> String {
    let scope = context.scope;
    let (base, alias) = shape.base;
    let mut rows = vec![format!("{} {alias}", base.text(scope, false, &[]))];
    for With { kind, relation, alias, on, .. } in shape.with.iter().filter(|with| with.relation == Relation::Orders) {
        rows.push(format!("{kind} {} {alias} on {on}", relation.text(scope, false, &[])));
    }
    let rows = rows.join(" ");
    let (from, to) = side.range(&context.settings.timezone);
    let (from, to) = (context.params.bind(from), context.params.bind(to));
    let time = shape.time(scope.refunds);
    let theirs = format!("customer in (select o.customer from {rows} where {time} >= {from} and {time} < {to})");
    let orders = Relation::Orders.text(scope, false, &["customer is not null".to_owned(), theirs]);
    format!(
        "left join (select customer, arg_min(\"order\", (placed_at, order_id)) as first from {orders} t group by customer) mf \
         on mf.customer = o.customer"
    )
}

/// Binds the starts of all months in microseconds, and their names, up to a year after the period: an order that counts
/// when it is paid may have been placed at any time.
fn months(context: &mut Context, side: &Side) -> (String, String) {
    let months = month_starts(side.period.to, &context.settings.timezone);
    let starts: Vec<String> = months.iter().map(|(at, _)| at.0.to_string()).collect();
    let labels: Vec<&str> = months.iter().map(|(_, label)| label.as_str()).collect();
    (context.params.bind(starts.join(",").as_str()), context.params.bind(labels.join(",").as_str()))
}
