//! Who belongs: of whom a segment is, and who did what.
//!
//! A visit, visitor, customer or order matches a segment if one row of it meets the whole tree: a visit's own row or one
//! of its orders', a visitor's or customer's visits or orders at any time up to the report's last day. Behaviours are
//! counted up to that day, too: those of the visit in segments of visits, of the customer in segments of customers and
//! orders, and of the visitor everywhere else. So a segment does not depend on what it is a report of.

use crate::arm::{Context, Side, filled_in};
use crate::calendar::Period;
use crate::error::QueryError;
use crate::facts::{Fact, Route, Table, VISIT_SPAN_DAYS};
use crate::filter::{Did, Filter, Node, Of, Verb, bad};
use crate::joins::{Bridge, Needs, from_clause, note};
use crate::narrow::{Place, conjuncts, rule_text};
use crate::plan::route;
use jiff::ToSpan;
use jiff::civil::Date;

/// The first and the last day of all.
const EVER: (Date, Date) = (Date::constant(1970, 1, 1), Date::constant(2999, 12, 31));

/// Whose key is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Visit,
    Visitor,
    Customer,
    Order,
}

impl Who {
    fn of(of: Of) -> Self {
        match of {
            Of::Rows | Of::Visitors => Self::Visitor,
            Of::Visits => Self::Visit,
            Of::Customers => Self::Customer,
            Of::Orders => Self::Order,
        }
    }

    /// Returns whose behaviour counts in a segment of these: an order did nothing, its customer did.
    fn doer(self) -> Self {
        if self == Self::Order { Self::Customer } else { self }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Visitor => "visitor",
            Self::Customer => "customer",
            Self::Order => r#""order""#,
        }
    }
}

/// Returns the condition that a row of `place` belongs to a member of the segment.
pub(crate) fn within(context: &mut Context, place: Place, of: Of, tree: &Node, needs: &mut Needs) -> String {
    let mut who = Who::of(of);
    let doer = who.doer();
    // Traffic belongs to an order by its visit.
    if who == Who::Order && !is_commerce(place.fact) {
        who = Who::Visit;
    }
    let outer = key(place.fact, who, needs);
    let mut rows = Vec::new();
    for fact in bases(of, tree) {
        let side = &Side { period: reach(place, of, fact), part: None, buckets: Vec::new() };
        let mut inner = Needs::default();
        let theirs = key(fact, who, &mut inner);
        let mut conditions = vec![in_period(context, fact, side), format!("{theirs} is not null")];
        conjuncts(context, Place { fact, side, last: place.last, who: doer }, tree, &mut inner, &mut conditions);
        rows.push(format!("select {theirs} {}", from_where(context, fact, conditions, &inner, side)));
    }
    format!("{outer} in ({})", rows.join(" union all "))
}

/// Returns the condition that whoever a row of `place` belongs to did so.
pub(crate) fn did(context: &mut Context, place: Place, did: &Did, needs: &mut Needs) -> String {
    let outer = key(place.fact, place.who, needs);
    let fact = did.verb.fact();
    let last = place.last;
    let first = did.days.map_or(EVER.0, |days| last.saturating_sub((i64::from(days) - 1).days()).max(EVER.0));
    let side = &Side { period: Period { from: first, to: last }, part: None, buckets: Vec::new() };
    let mut inner = Needs::default();
    let theirs = key(fact, place.who, &mut inner);
    let mut conditions = vec![in_period(context, fact, side), format!("{theirs} is not null")];
    conditions.extend(deed(context, did));
    if let Some(matching) = &did.matching {
        conjuncts(
            context,
            Place { fact, side, last: place.last, who: place.who },
            matching,
            &mut inner,
            &mut conditions,
        );
    }
    let rows = from_where(context, fact, conditions, &inner, side);
    let (sign, times) = (did.times.0.sign(), context.params.bind(i64::from(did.times.1)));
    let often = format!("count(distinct {}) {sign} {times}", did.verb.occurrence());
    if did.holds_for_none() {
        let others = format!("select {theirs} {rows} group by {theirs} having not ({often})");
        return format!("({outer} is not null and {outer} not in ({others}))");
    }
    format!("{outer} in (select {theirs} {rows} group by {theirs} having {often})")
}

/// Returns the condition that a row of the verb's fact is what was done.
fn deed(context: &mut Context, did: &Did) -> Option<String> {
    match &did.verb {
        Verb::Event(name) => Some(match &did.rule {
            Some(rule) => rule_text(context, rule, "e"),
            None => format!("e.name = {}", context.params.bind(name.as_str())),
        }),
        Verb::AbandonCart => Some(filled_in(context, "{abandoned}")),
        Verb::Viewed => Some("p.action = 'view'".to_owned()),
        Verb::Added => Some("p.action = 'add'".to_owned()),
        Verb::Carted => Some("k.line is not null".to_owned()),
        Verb::Bought => Some("l.line is not null".to_owned()),
        Verb::Purchase | Verb::Refund => None,
    }
}

/// Returns the days in which a segment's rows of `fact` are looked for. Visits are looked for near the traffic that
/// belongs to them; what a visit or order is does not change with the period.
fn reach(place: Place, of: Of, fact: Fact) -> Period {
    let period = place.side.period;
    let traffic = |fact| !is_commerce(fact) && fact != Fact::Goals;
    match of {
        Of::Visits if traffic(place.fact) && traffic(fact) => Period {
            from: period.from.saturating_sub(VISIT_SPAN_DAYS.days()),
            to: period.to.saturating_add(VISIT_SPAN_DAYS.days()),
        },
        Of::Visitors | Of::Customers => Period { from: EVER.0, to: period.to },
        Of::Rows | Of::Visits | Of::Orders => Period { from: EVER.0, to: EVER.1 },
    }
}

/// Returns the facts whose rows are asked whether they meet the tree: the first that reaches all it asks for, and of
/// customers every one, since some only order and others only look.
fn bases(of: Of, tree: &Node) -> Vec<Fact> {
    let mut asked = Vec::new();
    tree.asked(&mut asked);
    let candidates: &[Fact] = match of {
        Of::Rows => &[],
        Of::Visits | Of::Visitors => &[Fact::Visits, Fact::Orders, Fact::Carts, Fact::Events],
        Of::Customers => &[Fact::Orders, Fact::Visits, Fact::Carts],
        Of::Orders => &[Fact::AllOrders],
    };
    let reaches = |fact: &Fact| asked.iter().all(|asked| route(*fact, asked.dimension()).is_some());
    let found = candidates.iter().copied().filter(reaches);
    if of == Of::Customers { found.collect() } else { found.take(1).collect() }
}

/// Refuses segments and behaviours that no fact can answer, whatever the report.
pub(crate) fn check(filter: &Filter) -> Result<(), QueryError> {
    for part in &filter.parts {
        if let Some(name) = part.of.name() {
            check_timeless(&part.tree)?;
            if bases(part.of, &part.tree).is_empty() {
                let message = format!("no row of {name} knows all that `{part}` asks for");
                let hint =
                    "ask for fewer dimensions at once, or of what was done: `did purchase where (order_total > 100)`";
                return Err(QueryError::new("query.not_combinable", message, hint));
            }
        }
        let mut behaviours = Vec::new();
        part.tree.behaviours(&mut behaviours);
        behaviours.into_iter().try_for_each(check_behaviour)?;
    }
    Ok(())
}

fn check_behaviour(did: &Did) -> Result<(), QueryError> {
    let Some(matching) = &did.matching else { return Ok(()) };
    check_timeless(matching)?;
    let (mut asked, mut behaviours) = (Vec::new(), Vec::new());
    matching.asked(&mut asked);
    matching.behaviours(&mut behaviours);
    if !behaviours.is_empty() {
        return Err(bad(&matching.to_string(), "what was done cannot be asked for inside of what was done"));
    }
    let fact = did.verb.fact();
    let of_product = did.verb.product_verb().is_some();
    let reached = |asked: &&&crate::dimensions::Asked| match route(fact, asked.dimension()) {
        Some((Route::Own(_), column)) => !of_product || !matches!(column.table, Table::Orders | Table::Carts),
        Some(_) => !of_product,
        None => false,
    };
    match asked.iter().find(|asked| !reached(asked)) {
        None => Ok(()),
        Some(foreign) => {
            let node = Node::Did(did.clone());
            let message = format!("`{node}` cannot be asked for: it does not know `{}`", foreign.name());
            let hint = if of_product {
                "a product has sku, product, brand, variant, category, price, quantity and item_property:NAME"
            } else {
                "ask for what it knows itself"
            };
            Err(QueryError::new("query.not_combinable", message, hint))
        }
    }
}

pub(crate) fn check_timeless(tree: &Node) -> Result<(), QueryError> {
    let mut asked = Vec::new();
    tree.asked(&mut asked);
    match asked.iter().find(|asked| asked.time().is_some()) {
        None => Ok(()),
        Some(time) => Err(bad(
            &time.name(),
            "it is asked of the rows of a report alone: leave out `visits:`, `visitors:`, `customers:` or `orders:`, and behaviours",
        )),
    }
}

/// Returns the column that tells whose a row of `fact` is, and notes what it takes to reach it.
fn key(fact: Fact, who: Who, needs: &mut Needs) -> String {
    // The plan takes no fact that is nobody's.
    let alias = alias(fact).unwrap_or("o");
    if who == Who::Customer && matches!(alias, "e" | "p" | "g") {
        // Events know their visit, and visits their customer.
        if let Some((_, route)) = fact.shape().routes.iter().find(|(table, _)| *table == Table::Visits) {
            note(&mut needs.joins, route);
        }
        return "v.customer".to_owned();
    }
    format!("{alias}.{}", who.column())
}

/// Returns the alias whose columns say whose a row of `fact` is; `None` if it is nobody's, such as what an
/// advertisement cost.
fn alias(fact: Fact) -> Option<&'static str> {
    match fact {
        Fact::Visits
        | Fact::OrderedVisits
        | Fact::VisitsPerGoal
        | Fact::GoalVisits
        | Fact::VisitActions
        | Fact::OrderedVisitActions => Some("v"),
        Fact::Events => Some("e"),
        Fact::Actions => Some("p"),
        Fact::Goals => Some("g"),
        Fact::Carts | Fact::CartLines => Some("c"),
        fact if fact.is_of_orders() => Some("o"),
        _ => None,
    }
}

/// Says whether rows of `fact` belong to a visit, visitor, customer or order, so that a segment can keep some of them.
pub(crate) fn is_somebodys(fact: Fact) -> bool {
    alias(fact).is_some()
}

fn is_commerce(fact: Fact) -> bool {
    fact.is_of_orders() || matches!(fact, Fact::Carts | Fact::CartLines)
}

fn in_period(context: &mut Context, fact: Fact, side: &Side) -> String {
    let zone = &context.settings.timezone;
    let (from, to) = (side.period.start(zone), side.period.end(zone));
    // Who gave something back did so when it was given back, however a report books it.
    let time = fact.shape().time;
    format!("{time} >= {} and {time} < {}", context.params.bind(from), context.params.bind(to))
}

/// Returns the clauses that read `fact` with all it needs.
fn from_where(context: &mut Context, fact: Fact, mut conditions: Vec<String>, needs: &Needs, side: &Side) -> String {
    conditions.extend(needs.bridges.iter().filter_map(Bridge::condition));
    let from = from_clause(context, fact.shape(), needs, side);
    format!("from {from} where {}", conditions.join(" and "))
}
