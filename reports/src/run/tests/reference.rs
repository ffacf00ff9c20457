//! The slow reference: segments of shops made at random, worked out over plain rows, row by row and without SQL.
//!
//! It knows what docs/segments.md says and nothing of how statements are written. Channel, country, page and behaviours
//! stand for all: a fact's own column, a join, and a table of which a fact has many rows.

use super::random::{rows_of, story};
use super::shop::{SITE, settings};
use super::*;
use crate::dimensions::Asked;
use crate::filter::{Condition, Did, Filter, Node, Of, Operator, Part, Verb};
use commerce::rows::CartState;
use commerce::{CustomerKey, VisitKey, VisitorKey};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const METRICS: &str = "visits,page_views,orders,orders_pending,carts,goal_conversions";

/// What the reference knows of one row of a fact.
#[derive(Clone, Default)]
struct Row {
    /// When it happened, in microseconds.
    at: i64,
    visit: Option<u64>,
    visitor: Option<u64>,
    customer: Option<u64>,
    order: Option<u64>,
    channel: Option<String>,
    country: Option<String>,
    /// Pages of the row itself, or of the events of its visit.
    pages: Vec<String>,
    /// Whether a row without any page counts as one of an unknown page.
    keeps: bool,
}

/// Every fact's rows, and what people did.
struct World {
    facts: [Vec<Row>; 6],
    all_orders: Vec<Row>,
    end: i64,
}

/// Gives everything its visitor, and every other visitor a customer.
fn with_people(mut rows: Rows) -> Rows {
    let visits: BTreeMap<VisitKey, VisitorKey> = rows.visits.iter().map(|v| (v.visit, v.visitor)).collect();
    let of = |visit: Option<VisitKey>| visit.and_then(|v| visits.get(&v).copied());
    rows.events.iter_mut().for_each(|row| row.visitor = of(row.visit));
    rows.orders.iter_mut().for_each(|row| row.visitor = of(row.visit));
    rows.goal_conversions.iter_mut().for_each(|row| row.visitor = of(row.visit));
    for cart in &mut rows.carts {
        cart.visitor = of(cart.visit);
        cart.customer = cart.visitor.filter(|v| v.0 % 2 == 0).map(|v| CustomerKey(v.0));
    }
    for visit in &mut rows.visits {
        visit.customer = (visit.visitor.0 % 2 == 0).then_some(CustomerKey(visit.visitor.0));
    }
    rows
}

impl World {
    fn of(rows: &Rows) -> Self {
        let visits: BTreeMap<u64, Row> = rows
            .visits
            .iter()
            .map(|v| {
                let pages = rows.events.iter().filter(|e| e.visit == Some(v.visit)).filter_map(|e| e.page.clone());
                let row = Row {
                    at: v.started_at.0,
                    visit: Some(v.visit.0),
                    visitor: Some(v.visitor.0),
                    customer: v.customer.map(|c| c.0),
                    channel: Some(v.source.channel.clone()),
                    country: v.country.clone(),
                    pages: pages.collect(),
                    ..Row::default()
                };
                (v.visit.0, row)
            })
            .collect();
        // A fact that belongs to a visit: its country and pages are the visit's, its channel its own.
        let in_visit = |at, visit: Option<VisitKey>, visitor: Option<VisitorKey>, channel: &str| {
            let found = visit.and_then(|v| visits.get(&v.0)).cloned().unwrap_or_default();
            Row {
                at,
                visit: visit.map(|v| v.0),
                visitor: visitor.map(|v| v.0),
                channel: Some(channel.to_owned()),
                keeps: true,
                ..found
            }
        };
        let orders: Vec<(bool, bool, Row)> = rows
            .orders
            .iter()
            .filter(|o| !o.test)
            .map(|o| {
                let row = in_visit(o.counted_at.0, o.visit, o.visitor, &o.source.channel);
                let pending = o.status == commerce::hit::OrderStatus::Pending;
                (o.counts, pending, Row { customer: o.customer.map(|c| c.0), order: Some(o.order.0), ..row })
            })
            .collect();
        let page_views = rows.events.iter().filter(|e| e.name == "page_view").map(|e| {
            let visit = e.visit.and_then(|v| visits.get(&v.0)).cloned().unwrap_or_default();
            Row {
                at: e.occurred_at.0,
                visitor: e.visitor.map(|v| v.0),
                pages: e.page.iter().cloned().collect(),
                keeps: true,
                ..visit
            }
        });
        let carts = rows.carts.iter().filter(|c| c.state != CartState::Unlinked).map(|c| {
            let row = in_visit(c.created_at.0, c.visit, c.visitor, &c.source.channel);
            Row { customer: c.customer.map(|c| c.0), order: c.order.map(|o| o.0), ..row }
        });
        let goals = rows.goal_conversions.iter().map(|g| {
            let event = rows.events.iter().find(|e| e.event == g.event);
            let row = in_visit(g.occurred_at.0, g.visit, g.visitor, &g.source.channel);
            Row { pages: event.and_then(|e| e.page.clone()).into_iter().collect(), ..row }
        });
        let of_orders = |keep: &dyn Fn(bool, bool) -> bool| -> Vec<Row> {
            orders.iter().filter(|(counts, pending, _)| keep(*counts, *pending)).map(|(.., row)| row.clone()).collect()
        };
        let facts = [
            visits.values().cloned().collect(),
            page_views.collect(),
            of_orders(&|counts, _| counts),
            of_orders(&|_, pending| pending),
            carts.collect(),
            goals.collect(),
        ];
        let end = settings().timezone.start_of("2026-03-31".parse().unwrap()).0;
        Self { facts, all_orders: of_orders(&|_, _| true), end }
    }

    /// Returns how many rows of each fact the part keeps.
    fn counts(&self, part: &Part) -> Vec<i128> {
        let start = settings().timezone.start_of("2026-03-28".parse().unwrap()).0;
        let members = self.members(part);
        self.facts
            .iter()
            .enumerate()
            .map(|(fact, rows)| {
                let kept = rows.iter().filter(|row| row.at >= start && row.at < self.end).filter(|row| {
                    match (part.of, &members) {
                        (Of::Rows, _) => self.meets(row, &part.tree, |r| r.visitor, true),
                        // Traffic belongs to an order by its visit.
                        (Of::Orders, (visits, _)) if matches!(fact, 0 | 1 | 5) => {
                            row.visit.is_some_and(|v| visits.contains(&v))
                        }
                        (of, (_, keys)) => Self::key(of, row).is_some_and(|key| keys.contains(&key)),
                    }
                });
                kept.count() as i128
            })
            .collect()
    }

    fn key(of: Of, row: &Row) -> Option<u64> {
        match of {
            Of::Visits => row.visit,
            Of::Rows | Of::Visitors => row.visitor,
            Of::Orders => row.order,
            // Page views and goals know their customer by their visit; `Row` of a visit has it.
            Of::Customers => row.customer,
        }
    }

    /// Returns the keys of those who match, and of orders the visits as well.
    fn members(&self, part: &Part) -> (BTreeSet<u64>, BTreeSet<u64>) {
        let [visits, _, orders, _, carts, _] = &self.facts;
        let before = |row: &&Row| row.at < self.end || matches!(part.of, Of::Visits | Of::Orders);
        let bases: Vec<&Row> = match part.of {
            Of::Rows => Vec::new(),
            Of::Visits | Of::Visitors => visits.iter().collect(),
            Of::Customers => orders.iter().chain(visits).chain(carts).collect(),
            Of::Orders => self.all_orders.iter().collect(),
        };
        let doer = |row: &Row| match part.of {
            Of::Visits => row.visit,
            Of::Customers | Of::Orders => row.customer,
            Of::Rows | Of::Visitors => row.visitor,
        };
        let found: Vec<&Row> =
            bases.into_iter().filter(before).filter(|row| self.meets(row, &part.tree, doer, true)).collect();
        (
            found.iter().filter_map(|row| row.visit).collect(),
            found.iter().filter_map(|row| Self::key(part.of, row)).collect(),
        )
    }

    /// Says whether the row meets the tree. Conditions joined by and at the top ask of the same page.
    fn meets(&self, row: &Row, tree: &Node, doer: impl Fn(&Row) -> Option<u64> + Copy, top: bool) -> bool {
        if top {
            let mut conjuncts = Vec::new();
            flatten(tree, &mut conjuncts);
            let (of_pages, others): (Vec<&Node>, Vec<&Node>) =
                conjuncts.into_iter().partition(|node| is_of_pages(node));
            let of_one = |page: Option<&str>| of_pages.iter().all(|node| page_meets(page, node));
            let has_page = of_pages.is_empty()
                || row.pages.iter().any(|page| of_one(Some(page)))
                || row.keeps && row.pages.is_empty() && of_one(None);
            return has_page && others.into_iter().all(|node| self.meets(row, node, doer, false));
        }
        match tree {
            Node::All(nodes) => nodes.iter().all(|node| self.meets(row, node, doer, false)),
            Node::Any(nodes) => nodes.iter().any(|node| self.meets(row, node, doer, false)),
            Node::Not(node) => !self.meets(row, node, doer, false),
            Node::Compare(condition) => match condition.dimension.name().as_str() {
                "channel" => compares(row.channel.as_deref(), condition),
                "country" => compares(row.country.as_deref(), condition),
                _ => {
                    row.pages.iter().any(|page| compares(Some(page), condition))
                        || row.keeps && row.pages.is_empty() && compares(None, condition)
                }
            },
            Node::Did(did) => doer(row).is_some_and(|who| self.did(did, who, doer)),
            Node::Defined { .. } => unreachable!("none is made"),
        }
    }

    fn did(&self, did: &Did, who: u64, doer: impl Fn(&Row) -> Option<u64>) -> bool {
        let fact = if did.verb == Verb::Purchase { 2 } else { 1 };
        let days = i64::from(did.days.unwrap_or(10_000)) - 1;
        let first: jiff::civil::Date = "2026-03-30".parse().unwrap();
        let from = settings().timezone.start_of(first.saturating_sub(jiff::Span::new().days(days))).0;
        let theirs =
            self.facts[fact].iter().filter(|row| doer(row) == Some(who) && row.at >= from && row.at < self.end);
        let (times, n) = (theirs.count(), did.times.1 as usize);
        match did.times.0 {
            Operator::Is => times == n,
            Operator::IsNot => times != n,
            Operator::Less => times < n,
            Operator::AtMost => times <= n,
            Operator::More => times > n,
            _ => times >= n,
        }
    }
}

fn flatten<'n>(node: &'n Node, out: &mut Vec<&'n Node>) {
    match node {
        Node::All(nodes) => nodes.iter().for_each(|node| flatten(node, out)),
        node => out.push(node),
    }
}

fn is_of_pages(node: &Node) -> bool {
    match node {
        Node::Compare(condition) => condition.dimension.name() == "page",
        Node::Any(nodes) => nodes.iter().all(|node| matches!(node, Node::Compare(_)) && is_of_pages(node)),
        _ => false,
    }
}

fn page_meets(page: Option<&str>, node: &Node) -> bool {
    match node {
        Node::Compare(condition) => compares(page, condition),
        Node::Any(nodes) => nodes.iter().any(|node| page_meets(page, node)),
        _ => false,
    }
}

fn compares(text: Option<&str>, condition: &Condition) -> bool {
    let value = condition.value.as_str();
    match (condition.operator, text) {
        (Operator::Is, text) if value.is_empty() => text.is_none(),
        (Operator::IsNot, text) if value.is_empty() => text.is_some(),
        (Operator::Is, text) => text == Some(value),
        (Operator::IsNot, text) => text != Some(value),
        (_, None) => false,
        (Operator::Starts, Some(text)) => text.to_lowercase().starts_with(&value.to_lowercase()),
        (Operator::Ends, Some(text)) => text.to_lowercase().ends_with(&value.to_lowercase()),
        (_, Some(text)) => text.to_lowercase().contains(&value.to_lowercase()),
    }
}

fn parts() -> impl Strategy<Value = Part> {
    let value = prop::sample::select(vec!["Email", "Direct", "DE", "AT", "/", "/a", "/b", "e", "A", ""]);
    let compare = (prop::sample::select(vec!["channel", "country", "page"]), 0..5_usize, value).prop_map(
        |(name, operator, value)| {
            use Operator::{Contains, Ends, Is, IsNot, Starts};
            let operators =
                if value.is_empty() { [Is, IsNot, Is, IsNot, Is] } else { [Is, IsNot, Contains, Starts, Ends] };
            Node::Compare(Condition {
                dimension: Asked::parse(name).unwrap(),
                operator: operators[operator],
                value: value.to_owned(),
            })
        },
    );
    let times = prop::sample::select(vec![
        Operator::Is,
        Operator::IsNot,
        Operator::Less,
        Operator::AtMost,
        Operator::More,
        Operator::AtLeast,
    ]);
    let did = (any::<bool>(), times, 0..4_u32, prop::option::of(1..4_u32)).prop_map(|(bought, sign, n, days)| {
        let verb = if bought { Verb::Purchase } else { Verb::Event("page_view".to_owned()) };
        Node::Did(Did { verb, matching: None, rule: None, times: (sign, n), days })
    });
    let tree = prop_oneof![3 => compare, 1 => did].prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::Any),
            inner.prop_map(Node::negated),
        ]
    });
    (prop::sample::select(vec![Of::Rows, Of::Visits, Of::Visitors, Of::Customers, Of::Orders]), tree)
        .prop_map(|(of, tree)| Part { of, tree })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn segments_keep_what_the_slow_reference_keeps(
        stories in prop::collection::vec(story(), 1..25),
        parts in prop::collection::vec(parts(), 40),
    ) {
        let rows = with_people(rows_of(&stories));
        let (shop, world) = (open(&rows), World::of(&rows));
        let period = [("metrics", METRICS), ("from", "2026-03-28"), ("to", "2026-03-30")];
        for part in parts {
            let filter = Filter { parts: vec![part.clone()] };
            let query = Query { filter, ..Query::parse(period).unwrap() };
            let table = run(&shop.store, SITE, &settings(), &query).unwrap();
            let found: Vec<i128> = table.totals.iter().map(|cell| if let Cell::Count(n) = cell { *n } else { -1 }).collect();
            prop_assert_eq!(found, world.counts(&part), "{}", part);
        }
    }
}
