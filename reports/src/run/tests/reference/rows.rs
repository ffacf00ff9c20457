//! The rows of one site as vectors, in their latest versions, without bots and tests; and how the things that figures
//! count are found in them. A thing has one row of its own and of what it belongs to, and many rows of what it has: an
//! order has lines and coupons, a visit has pages. No SQL, no store.

use crate::filter::Definition;
use commerce::rows::{
    AdCostRow, CartLineRow, CartRow, EventRow, GoalConversionRow, OrderLineRow, OrderRow, ProductAction,
    ProductActionRow, RefundLineRow, RefundRow, Rows, VisitRow,
};
use commerce::{EventKey, OrderKey, SiteId, SiteSettings, Timestamp, VisitKey};
use std::collections::BTreeSet;
use std::ops::Range;

/// What figures count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Visits,
    /// Visits with each goal that they reached.
    VisitsByGoal,
    /// All visits for each goal that there is.
    VisitsOfEveryGoal,
    /// All visits, whatever goal is asked for.
    VisitsWhateverGoal,
    Events,
    Actions,
    /// Products touched in visits, by their start.
    VisitActions,
    Goals,
    /// Orders that count.
    Orders,
    /// Orders of every status, of senders that the site trusts.
    OrderBook,
    /// Orders of every status.
    AllOrders,
    OrderLines,
    Coupons,
    Refunds,
    RefundLines,
    Carts,
    CartLines,
    AdCosts,
}

/// Where a dimension is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Visit,
    Event,
    Action,
    Goal,
    Order,
    Line,
    Coupon,
    RefundLine,
    Cart,
    CartLine,
    AdCost,
}

/// One row of a table; without a row where there is none.
#[derive(Clone, Copy)]
pub(super) enum Detail<'w> {
    Visit(Option<&'w VisitRow>),
    Event(Option<&'w EventRow>),
    Action(&'w ProductActionRow),
    Goal(&'w GoalConversionRow),
    Order(&'w OrderRow),
    Line(Option<&'w OrderLineRow>),
    Coupon(Option<&'w str>),
    RefundLine(Option<&'w RefundLineRow>),
    Cart(&'w CartRow),
    CartLine(Option<&'w CartLineRow>),
    AdCost(&'w AdCostRow),
}

/// One thing that is counted.
pub(super) struct Thing<'w> {
    /// The instant it is counted at.
    pub(super) at: Timestamp,
    /// What is known of it: for each table of [`tables`], in that order, its rows.
    pub(super) details: Vec<Vec<Detail<'w>>>,
    pub(super) visit: Option<u64>,
    pub(super) visitor: Option<u64>,
    pub(super) customer: Option<u64>,
    pub(super) order: Option<u64>,
    /// The refund itself, of refunds and their lines.
    pub(super) refund: Option<&'w RefundRow>,
}

/// Whether a thing has one row of a table or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Has {
    One,
    Many,
}

/// Returns the tables that tell of a kind of thing; a dimension is looked for in this order.
pub(super) fn tables(kind: Kind) -> &'static [(Table, Has)] {
    use Has::{Many, One};
    use Table::{Action, AdCost, Cart, CartLine, Coupon, Event, Goal, Line, Order, RefundLine, Visit};
    match kind {
        Kind::Visits => &[(Visit, One), (Event, Many), (Action, Many), (Goal, Many)],
        Kind::VisitsByGoal => &[(Visit, One), (Goal, One), (Event, Many), (Action, Many)],
        Kind::VisitsOfEveryGoal => &[(Visit, One), (Event, Many), (Action, Many), (Goal, One)],
        Kind::VisitsWhateverGoal => &[(Visit, One), (Event, Many), (Action, Many)],
        Kind::Events => &[(Event, One), (Visit, One)],
        Kind::Actions | Kind::VisitActions => &[(Action, One), (Visit, One), (Event, One)],
        Kind::Goals => &[(Goal, One), (Visit, One), (Event, One)],
        Kind::Orders | Kind::OrderBook | Kind::AllOrders => {
            &[(Order, One), (Visit, One), (Line, Many), (Coupon, Many), (Event, Many)]
        }
        Kind::OrderLines => &[(Order, One), (Line, One), (Visit, One), (Coupon, Many), (Event, Many)],
        Kind::Coupons => &[(Order, One), (Coupon, One), (Visit, One), (Line, Many), (Event, Many)],
        // By products, a refund is of those given back; else of what its order is of.
        Kind::Refunds => &[(Order, One), (RefundLine, Many), (Visit, One), (Line, Many), (Coupon, Many), (Event, Many)],
        Kind::RefundLines => {
            &[(Order, One), (RefundLine, One), (Line, One), (Visit, One), (Coupon, Many), (Event, Many)]
        }
        Kind::Carts => &[(Cart, One), (Visit, One), (CartLine, Many), (Event, Many)],
        Kind::CartLines => &[(Cart, One), (CartLine, One), (Visit, One), (Event, Many)],
        Kind::AdCosts => &[(AdCost, One)],
    }
}

/// The rows of a site.
pub(super) struct World {
    pub(super) rows: Rows,
    pub(super) settings: SiteSettings,
    /// Events that the site has defined.
    pub(super) definitions: Vec<Definition>,
}

/// How far from the asked period the events of a visit, and the visit of an event, are looked for: two days.
const NEAR_US: i64 = 2 * 86_400 * 1_000_000;

impl World {
    /// Puts together what was said first and what later.
    pub(super) fn of(site: SiteId, settings: &SiteSettings, batches: Vec<Rows>) -> Self {
        let mut all = Rows::default();
        for batch in batches {
            add(&mut all, batch);
        }
        let moved = |event: EventKey, visit: Option<VisitKey>| {
            all.visit_moves.iter().find(|m| m.event == event).map_or(visit, |m| m.visit)
        };
        all.events.iter_mut().for_each(|e| e.visit = moved(e.event, e.visit));
        all.product_actions.iter_mut().for_each(|a| a.visit = moved(a.event, a.visit));
        all.goal_conversions.iter_mut().for_each(|g| g.visit = moved(g.event, g.visit));
        for order in &mut all.orders {
            order.visit = order.visit_event.map_or(order.visit, |event| moved(event, order.visit));
        }
        all.visits.retain(|v| v.site == site && v.live && v.bot.is_none());
        all.events.retain(|e| e.site == site && e.bot.is_none());
        all.product_actions.retain(|a| a.site == site && a.bot.is_none());
        all.orders.retain(|o| o.site == site && !o.test);
        if !settings.ecommerce {
            all = Rows {
                events: all.events,
                visits: all.visits,
                product_actions: all.product_actions,
                goal_conversions: all.goal_conversions,
                ad_costs: all.ad_costs,
                link_codes: all.link_codes,
                ..Rows::default()
            };
        }
        Self { rows: all, settings: settings.clone(), definitions: Vec::new() }
    }

    /// Returns the things of `kind` that are counted in `period`; refunds at the time of their order if
    /// `by_order_date`.
    pub(super) fn things(&self, kind: Kind, period: &Range<Timestamp>, by_order_date: bool) -> Vec<Thing<'_>> {
        let near = Timestamp(period.start.0.saturating_sub(NEAR_US))..Timestamp(period.end.0.saturating_add(NEAR_US));
        let found = Finder { world: self, near };
        let mut things = match kind {
            Kind::Visits | Kind::VisitsWhateverGoal => {
                self.rows.visits.iter().map(|v| found.visit(v, kind, None)).collect()
            }
            Kind::VisitsByGoal | Kind::VisitsOfEveryGoal => found.visits_of_goals(kind),
            Kind::Events => self.rows.events.iter().map(|e| found.event(e)).collect(),
            Kind::Actions => self.rows.product_actions.iter().map(|a| found.action(a)).collect(),
            Kind::VisitActions => self.rows.product_actions.iter().filter_map(|a| found.action_in_visit(a)).collect(),
            Kind::Goals => self.rows.goal_conversions.iter().map(|g| found.goal(g)).collect(),
            Kind::Orders | Kind::OrderBook | Kind::AllOrders | Kind::OrderLines | Kind::Coupons => found.orders(kind),
            Kind::Refunds | Kind::RefundLines => found.refunds(kind, by_order_date),
            Kind::Carts | Kind::CartLines => found.carts(kind),
            Kind::AdCosts => self.rows.ad_costs.iter().map(|ad| of_nobody(ad.starts_at, Detail::AdCost(ad))).collect(),
        };
        things.retain(|thing: &Thing| period.contains(&thing.at));
        things
    }

    /// Returns the orders that count.
    pub(super) fn sold(&self) -> impl Iterator<Item = &OrderRow> {
        self.rows.orders.iter().filter(|o| o.counts)
    }

    pub(super) fn lines_of(&self, order: OrderKey) -> impl Iterator<Item = &OrderLineRow> {
        self.rows.order_lines.iter().filter(move |l| l.order == order)
    }

    /// Returns the goals that anybody ever reached, each with one conversion.
    fn goals(&self) -> Vec<&GoalConversionRow> {
        let mut seen = BTreeSet::new();
        self.rows.goal_conversions.iter().filter(|g| seen.insert(g.goal)).collect()
    }
}

/// Adds a batch: new versions of visits, orders and carts take the place of old ones, with all that is theirs.
fn add(all: &mut Rows, batch: Rows) {
    let orders: BTreeSet<u64> = batch.orders.iter().map(|o| o.order.0).collect();
    let carts: BTreeSet<u64> = batch.carts.iter().map(|c| c.cart.0).collect();
    let visits: BTreeSet<u64> = batch.visits.iter().map(|v| v.visit.0).collect();
    all.visits.retain(|v| !visits.contains(&v.visit.0));
    all.orders.retain(|o| !orders.contains(&o.order.0));
    all.order_lines.retain(|l| !orders.contains(&l.order.0));
    all.refunds.retain(|r| !orders.contains(&r.order.0));
    all.refund_lines.retain(|l| !orders.contains(&l.order.0));
    all.carts.retain(|c| !carts.contains(&c.cart.0));
    all.cart_lines.retain(|l| !carts.contains(&l.cart.0));
    all.visits.extend(batch.visits);
    all.orders.extend(batch.orders);
    all.order_lines.extend(batch.order_lines);
    all.refunds.extend(batch.refunds);
    all.refund_lines.extend(batch.refund_lines);
    all.carts.extend(batch.carts);
    all.cart_lines.extend(batch.cart_lines);
    all.events.extend(batch.events);
    all.product_actions.extend(batch.product_actions);
    all.goal_conversions.extend(batch.goal_conversions);
    all.visit_moves.extend(batch.visit_moves);
    // Of several statements about the same, the last holds.
    for cost in batch.product_costs {
        all.product_costs.retain(|c| (&c.sku, c.valid_from) != (&cost.sku, cost.valid_from));
        all.product_costs.push(cost);
    }
    for code in batch.link_codes {
        all.link_codes.retain(|c| c.code != code.code);
        all.link_codes.push(code);
    }
    for ad in batch.ad_costs {
        let same = |a: &AdCostRow| {
            (a.starts_at, &a.source, &a.medium, &a.campaign) == (ad.starts_at, &ad.source, &ad.medium, &ad.campaign)
        };
        all.ad_costs.retain(|a| !same(a));
        all.ad_costs.push(ad);
    }
}

fn of_nobody(at: Timestamp, detail: Detail<'_>) -> Thing<'_> {
    Thing { at, details: vec![vec![detail]], visit: None, visitor: None, customer: None, order: None, refund: None }
}

/// Finds what belongs to what.
struct Finder<'w> {
    world: &'w World,
    near: Range<Timestamp>,
}

impl<'w> Finder<'w> {
    /// Returns the row of the visit, whenever it was.
    fn visit_row(&self, visit: Option<VisitKey>) -> Option<&'w VisitRow> {
        visit.and_then(|visit| self.world.rows.visits.iter().find(|v| v.visit == visit))
    }

    fn near_visit(&self, visit: Option<VisitKey>) -> Option<&'w VisitRow> {
        self.visit_row(visit).filter(|v| self.near.contains(&v.started_at))
    }

    fn event_row(&self, event: EventKey) -> Option<&'w EventRow> {
        self.world.rows.events.iter().find(|e| e.event == event && self.near.contains(&e.occurred_at))
    }

    fn events_in(&self, visit: Option<VisitKey>) -> Vec<Detail<'w>> {
        let theirs = |e: &&EventRow| visit.is_some() && e.visit == visit && self.near.contains(&e.occurred_at);
        self.world.rows.events.iter().filter(theirs).map(|e| Detail::Event(Some(e))).collect()
    }

    /// Returns the same of an order or cart, which counts as one of an unknown page where there are none.
    fn events_or_none(&self, visit: Option<VisitKey>) -> Vec<Detail<'w>> {
        or_none(self.events_in(visit), Detail::Event(None))
    }

    /// Returns the products and category pages viewed in the visit; the latter have no SKU.
    fn viewed_in(&self, visit: VisitKey) -> Vec<Detail<'w>> {
        let is_promotion =
            |a: &ProductActionRow| matches!(a.action, ProductAction::PromotionView | ProductAction::PromotionClick);
        let viewed =
            |a: &ProductActionRow| a.action == ProductAction::View || a.product.sku.is_empty() && !is_promotion(a);
        let rows = self.world.rows.product_actions.iter();
        rows.filter(|a| a.visit == Some(visit) && self.near.contains(&a.occurred_at) && viewed(a))
            .map(Detail::Action)
            .collect()
    }

    fn visit(&self, v: &'w VisitRow, kind: Kind, goal: Option<&'w GoalConversionRow>) -> Thing<'w> {
        let goals = || {
            let rows = self.world.rows.goal_conversions.iter();
            rows.filter(|g| g.visit == Some(v.visit) && self.near.contains(&g.occurred_at)).map(Detail::Goal).collect()
        };
        let details = tables(kind).iter().map(|(table, _)| match table {
            Table::Event => self.events_in(Some(v.visit)),
            Table::Action => self.viewed_in(v.visit),
            Table::Goal => goal.map_or_else(goals, |g| vec![Detail::Goal(g)]),
            _ => vec![Detail::Visit(Some(v))],
        });
        Thing {
            at: v.started_at,
            details: details.collect(),
            visit: Some(v.visit.0),
            visitor: Some(v.visitor.0),
            customer: v.customer.map(|c| c.0),
            order: None,
            refund: None,
        }
    }

    fn visits_of_goals(&self, kind: Kind) -> Vec<Thing<'w>> {
        let mut out = Vec::new();
        for v in &self.world.rows.visits {
            for goal in self.world.goals() {
                let reached = |g: &GoalConversionRow| g.visit == Some(v.visit) && g.goal == goal.goal;
                if kind == Kind::VisitsOfEveryGoal || self.world.rows.goal_conversions.iter().any(reached) {
                    out.push(self.visit(v, kind, Some(goal)));
                }
            }
        }
        out
    }

    fn event(&self, e: &'w EventRow) -> Thing<'w> {
        let visit = self.near_visit(e.visit);
        let details = vec![vec![Detail::Event(Some(e))], vec![Detail::Visit(visit)]];
        traffic(e.occurred_at, details, (e.visit, e.visitor.map(|v| v.0), visit))
    }

    fn action(&self, a: &'w ProductActionRow) -> Thing<'w> {
        let visit = self.near_visit(a.visit);
        let event = Detail::Event(self.event_row(a.event));
        let details = vec![vec![Detail::Action(a)], vec![Detail::Visit(visit)], vec![event]];
        traffic(a.occurred_at, details, (a.visit, a.visitor.map(|v| v.0), visit))
    }

    fn action_in_visit(&self, a: &'w ProductActionRow) -> Option<Thing<'w>> {
        let visit = self.visit_row(a.visit).filter(|_| self.near.contains(&a.occurred_at))?;
        let details = vec![
            vec![Detail::Action(a)],
            vec![Detail::Visit(Some(visit))],
            vec![Detail::Event(self.event_row(a.event))],
        ];
        Some(traffic(visit.started_at, details, (a.visit, Some(visit.visitor.0), Some(visit))))
    }

    fn goal(&self, g: &'w GoalConversionRow) -> Thing<'w> {
        let visit = self.visit_row(g.visit);
        let event = Detail::Event(self.event_row(g.event));
        let details = vec![vec![Detail::Goal(g)], vec![Detail::Visit(visit)], vec![event]];
        traffic(g.occurred_at, details, (g.visit, g.visitor.map(|v| v.0), visit))
    }

    fn orders(&self, kind: Kind) -> Vec<Thing<'w>> {
        let trusted =
            |o: &OrderRow| self.world.settings.count_unverified_orders || o.trust == commerce::hit::Trust::Verified;
        let mut out = Vec::new();
        for o in &self.world.rows.orders {
            match kind {
                Kind::AllOrders => out.push(self.order(o, kind, None)),
                Kind::OrderBook if trusted(o) => out.push(self.order(o, kind, None)),
                Kind::Orders if o.counts => out.push(self.order(o, kind, None)),
                Kind::OrderLines if o.counts => {
                    out.extend(self.lines(o).into_iter().map(|line| self.order(o, kind, Some(line))));
                }
                Kind::Coupons if o.counts => {
                    let coupons = coupons(o).into_iter().filter(|c| matches!(c, Detail::Coupon(Some(_))));
                    out.extend(coupons.map(|coupon| self.order(o, kind, Some(coupon))));
                }
                _ => {}
            }
        }
        out
    }

    fn lines(&self, o: &OrderRow) -> Vec<Detail<'w>> {
        or_none(self.world.lines_of(o.order).map(|l| Detail::Line(Some(l))).collect(), Detail::Line(None))
    }

    /// Returns the order, or that one line or coupon of it which is `part`.
    fn order(&self, o: &'w OrderRow, kind: Kind, part: Option<Detail<'w>>) -> Thing<'w> {
        let details = tables(kind).iter().map(|(table, has)| match (table, has) {
            (Table::Line | Table::Coupon, Has::One) => part.into_iter().collect(),
            (Table::Line, _) => self.lines(o),
            (Table::Coupon, _) => coupons(o),
            (Table::Event, _) => self.events_or_none(o.visit),
            (Table::Visit, _) => vec![Detail::Visit(self.visit_row(o.visit))],
            _ => vec![Detail::Order(o)],
        });
        Thing {
            at: o.counted_at,
            details: details.collect(),
            visit: o.visit.map(|v| v.0),
            visitor: o.visitor.map(|v| v.0),
            customer: o.customer.map(|c| c.0),
            order: Some(o.order.0),
            refund: None,
        }
    }

    fn refunds(&self, kind: Kind, by_order_date: bool) -> Vec<Thing<'w>> {
        let mut out = Vec::new();
        for r in &self.world.rows.refunds {
            let Some(o) = self.world.sold().find(|o| o.order == r.order) else { continue };
            let lines = self.world.rows.refund_lines.iter().filter(|l| (l.order, l.refund) == (r.order, r.refund));
            let lines = or_none(lines.map(|l| Detail::RefundLine(Some(l))).collect(), Detail::RefundLine(None));
            let at = if by_order_date { o.counted_at } else { r.at };
            if kind == Kind::Refunds {
                let details = self.of_refund(o, kind, &lines);
                out.push(Thing { at, details, refund: Some(r), ..self.order(o, Kind::Orders, None) });
                continue;
            }
            for line in lines {
                let details = self.of_refund(o, kind, &[line]);
                out.push(Thing { at, details, refund: Some(r), ..self.order(o, Kind::Orders, None) });
            }
        }
        out
    }

    fn of_refund(&self, o: &'w OrderRow, kind: Kind, lines: &[Detail<'w>]) -> Vec<Vec<Detail<'w>>> {
        // The order's line that is given back.
        let sold = || match lines {
            [Detail::RefundLine(Some(back))] => self.world.lines_of(o.order).find(|l| Some(l.line) == back.order_line),
            _ => None,
        };
        let details = tables(kind).iter().map(|(table, has)| match (table, has) {
            (Table::RefundLine, _) => lines.to_vec(),
            (Table::Line, Has::One) => vec![Detail::Line(sold())],
            (Table::Line, Has::Many) => self.lines(o),
            (Table::Coupon, _) => coupons(o),
            (Table::Event, _) => self.events_or_none(o.visit),
            (Table::Visit, _) => vec![Detail::Visit(self.visit_row(o.visit))],
            _ => vec![Detail::Order(o)],
        });
        details.collect()
    }

    fn carts(&self, kind: Kind) -> Vec<Thing<'w>> {
        let mut out = Vec::new();
        for c in &self.world.rows.carts {
            if c.state == commerce::rows::CartState::Unlinked {
                continue;
            }
            let lines = self.world.rows.cart_lines.iter().filter(|l| l.cart == c.cart);
            let lines = or_none(lines.map(|l| Detail::CartLine(Some(l))).collect(), Detail::CartLine(None));
            if kind == Kind::Carts {
                out.push(self.cart(c, kind, &lines));
            } else {
                out.extend(lines.into_iter().map(|line| self.cart(c, kind, &[line])));
            }
        }
        out
    }

    fn cart(&self, c: &'w CartRow, kind: Kind, lines: &[Detail<'w>]) -> Thing<'w> {
        let details = tables(kind).iter().map(|(table, _)| match table {
            Table::CartLine => lines.to_vec(),
            Table::Event => self.events_or_none(c.visit),
            Table::Visit => vec![Detail::Visit(self.visit_row(c.visit))],
            _ => vec![Detail::Cart(c)],
        });
        Thing {
            at: c.created_at,
            details: details.collect(),
            visit: c.visit.map(|v| v.0),
            visitor: c.visitor.map(|v| v.0),
            customer: c.customer.map(|c| c.0),
            order: c.order.map(|o| o.0),
            refund: None,
        }
    }
}

/// What happens in a visit is its customer's.
fn traffic<'w>(
    at: Timestamp,
    details: Vec<Vec<Detail<'w>>>,
    (visit, visitor, row): (Option<VisitKey>, Option<u64>, Option<&'w VisitRow>),
) -> Thing<'w> {
    let customer = row.and_then(|v| v.customer).map(|c| c.0);
    Thing { at, details, visit: visit.map(|v| v.0), visitor, customer, order: None, refund: None }
}

/// Returns the coupons of the order, or that it has none.
fn coupons(o: &OrderRow) -> Vec<Detail<'_>> {
    let named = o.coupon.as_deref().unwrap_or("").split(',').map(str::trim).filter(|c| !c.is_empty());
    or_none(named.map(|c| Detail::Coupon(Some(c))).collect(), Detail::Coupon(None))
}

fn or_none<'w>(details: Vec<Detail<'w>>, none: Detail<'w>) -> Vec<Detail<'w>> {
    if details.is_empty() { vec![none] } else { details }
}

impl<'w> Thing<'w> {
    /// Returns the one row of a table of which the thing has one.
    fn one<T>(&self, pick: impl Fn(&Detail<'w>) -> Option<T>) -> T {
        self.details.iter().filter(|rows| rows.len() == 1).find_map(|rows| pick(&rows[0])).expect("its kind has one")
    }

    pub(super) fn visit_row(&self) -> &'w VisitRow {
        self.one(|d| if let Detail::Visit(v) = d { *v } else { None })
    }

    pub(super) fn event(&self) -> &'w EventRow {
        self.one(|d| if let Detail::Event(e) = d { *e } else { None })
    }

    pub(super) fn action(&self) -> &'w ProductActionRow {
        self.one(|d| if let Detail::Action(a) = d { Some(*a) } else { None })
    }

    pub(super) fn goal(&self) -> &'w GoalConversionRow {
        self.one(|d| if let Detail::Goal(g) = d { Some(*g) } else { None })
    }

    pub(super) fn order_row(&self) -> &'w OrderRow {
        self.one(|d| if let Detail::Order(o) = d { Some(*o) } else { None })
    }

    /// Returns the line of an order's lines; `None` of an order that has none.
    pub(super) fn line(&self) -> Option<&'w OrderLineRow> {
        self.one(|d| if let Detail::Line(l) = d { Some(*l) } else { None })
    }

    pub(super) fn refund_line(&self) -> Option<&'w RefundLineRow> {
        self.one(|d| if let Detail::RefundLine(l) = d { Some(*l) } else { None })
    }

    pub(super) fn refund(&self) -> &'w RefundRow {
        self.refund.expect("its kind has one")
    }

    pub(super) fn cart(&self) -> &'w CartRow {
        self.one(|d| if let Detail::Cart(c) = d { Some(*c) } else { None })
    }

    pub(super) fn cart_line(&self) -> Option<&'w CartLineRow> {
        self.one(|d| if let Detail::CartLine(l) = d { Some(*l) } else { None })
    }

    pub(super) fn ad_cost(&self) -> &'w AdCostRow {
        self.one(|d| if let Detail::AdCost(ad) = d { Some(*ad) } else { None })
    }
}
