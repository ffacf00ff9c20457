//! The facts that metrics count, and how each fact reaches the tables that dimensions live in.
//!
//! A fact's own column and a join to one row (an event's visit) split a figure into parts that sum to the whole. A
//! bridge leads to many rows (an order's lines, a visit's pages): an order or visit is then counted once in every row
//! it touches, and the column says that it is not additive. Table names, and the condition that keeps sites apart,
//! stand in [`Relation::text`] and nowhere else.
//!
//! Facts of traffic find each other near in time: the visit of an event, and the events of a visit, are looked for
//! within [`VISIT_SPAN_DAYS`] of the period, so that a report's cost does not grow with the years behind it. What lies
//! further away is shown as unknown.

/// How far from the period a visit or its events are looked for, in days. Visits last 12 hours, 24 at the most.
pub(crate) const VISIT_SPAN_DAYS: i64 = 2;

/// What is counted, one row each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// Visits of people, by their start.
    Visits,
    /// All visits, whatever the goal: what a goal's rate is of.
    VisitsPerGoal,
    /// Visits that converted a goal, once per goal.
    GoalVisits,
    /// Events of people.
    Events,
    /// Products touched by events.
    Actions,
    /// Goals reached.
    Goals,
    /// Orders that count, by the time they were placed.
    Orders,
    /// Orders of every status.
    OrderBook,
    /// Lines of orders that count; an order without lines is one line without a product.
    Lines,
    /// Coupons on orders that count.
    Coupons,
    /// Carts, by their creation.
    Carts,
    /// Lines of carts; a cart without lines is one line without a product.
    CartLines,
}

/// Where a dimension's column is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Table {
    Visits,
    Events,
    Actions,
    Goals,
    Orders,
    Lines,
    Coupons,
    Carts,
    CartLines,
}

/// A table as reports see it: one site, no bots, only what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    Visits,
    Events,
    Actions,
    Goals,
    GoalVisits,
    GoalList,
    Orders,
    OrderBook,
    Lines,
    Coupons,
    Carts,
    CartLines,
}

/// What decides how a relation is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// Whether the site shows orders and carts.
    pub(crate) ecommerce: bool,
    /// Whether orders without proof count.
    pub(crate) unverified: bool,
}

impl Relation {
    /// Returns the relation as a subquery of site `$1`, with the extra `conditions`; with `spread`, one row for each of a
    /// product's categories, in `any_category`.
    pub(crate) fn text(self, scope: Scope, spread: bool, conditions: &[String]) -> String {
        let (columns, table, counted) = match self {
            Self::Visits => ("*", "visits_now", "bot is null"),
            Self::Events => ("*", "events_now", "bot is null"),
            Self::Actions => ("*", "product_actions_now", "bot is null"),
            Self::Goals => ("*", "goal_conversions_now", ""),
            Self::GoalVisits => ("distinct visit, goal", "goal_conversions_now", "visit is not null"),
            Self::GoalList => ("distinct goal", "goal_conversions_now", ""),
            Self::Orders => ("*", "orders_now", "counts"),
            Self::OrderBook if scope.unverified => ("*", "orders_now", "not test"),
            Self::OrderBook => ("*", "orders_now", "not test and trust = 1"),
            Self::Lines => ("*", "order_lines_now", ""),
            Self::Coupons => (
                r#""order", trim(unnest(string_split(coupon, ','))) as coupon"#,
                "orders_now",
                "counts and coupon <> ''",
            ),
            Self::Carts => ("*", "carts_now", ""),
            Self::CartLines => ("*", "cart_lines_now", ""),
        };
        let spread = if spread { format!(", {ANY_CATEGORY} as any_category") } else { String::new() };
        let mut text = format!("(select {columns}{spread} from {table} where site = $1");
        let off = if self.is_commerce() && !scope.ecommerce { "false" } else { "" };
        for condition in
            [counted, off].into_iter().chain(conditions.iter().map(String::as_str)).filter(|c| !c.is_empty())
        {
            text.push_str(" and ");
            text.push_str(condition);
        }
        text.push(')');
        text
    }

    fn is_commerce(self) -> bool {
        matches!(self, Self::Orders | Self::OrderBook | Self::Lines | Self::Coupons | Self::Carts | Self::CartLines)
    }

    /// Returns the column that places a row in time, for relations that are looked for near the period.
    pub(crate) fn time_column(self) -> Option<&'static str> {
        match self {
            Self::Visits => Some("started_at"),
            Self::Events | Self::Actions | Self::Goals => Some("occurred_at"),
            _ => None,
        }
    }
}

/// Each category of a product once; a product without any keeps one row.
const ANY_CATEGORY: &str = "unnest(case when coalesce(category, category_2, category_3, category_4, category_5) is null then [null] \
     else list_distinct([category, category_2, category_3, category_4, category_5]) end)";

/// How a fact reaches a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route {
    /// The table is part of the fact, under this alias.
    Own(&'static str),
    /// One row of it belongs to each of the fact's rows.
    Join { relation: Relation, alias: &'static str, on: &'static str, near: bool },
    /// Many rows of it belong to each of the fact's rows: distinct pairs of `key` and the dimension are joined on
    /// `key = to`. With `keep`, a fact's row without any is kept under "unknown".
    Bridge {
        relation: Relation,
        alias: &'static str,
        key: &'static str,
        to: &'static str,
        only: &'static str,
        keep: bool,
        near: bool,
    },
    /// The fact is not split by it: every row counts for each of its values, and no filter on it applies.
    Every { relation: Relation, alias: &'static str },
}

impl Route {
    /// Returns the alias under which its columns are found.
    pub(crate) fn alias(&self) -> &'static str {
        match self {
            Self::Own(alias) | Self::Join { alias, .. } | Self::Bridge { alias, .. } | Self::Every { alias, .. } => {
                alias
            }
        }
    }

    /// Says whether a row of the fact can count in several rows of the report.
    pub(crate) fn fans_out(&self) -> bool {
        matches!(self, Self::Bridge { .. } | Self::Every { .. })
    }
}

/// How a fact is read.
pub(crate) struct FactShape {
    /// The relation that is counted, with its alias.
    pub(crate) base: (Relation, &'static str),
    /// A relation that always comes with it: kind of join, relation, alias, condition.
    pub(crate) with: Option<(&'static str, Relation, &'static str, &'static str)>,
    /// The column that places it in time.
    pub(crate) time: &'static str,
    /// Tables it reaches, the first way that has a dimension's column wins.
    pub(crate) routes: &'static [(Table, Route)],
}

const fn visit_of(on: &'static str) -> (Table, Route) {
    (Table::Visits, Route::Join { relation: Relation::Visits, alias: "v", on, near: false })
}

const fn near_visit_of(on: &'static str) -> (Table, Route) {
    (Table::Visits, Route::Join { relation: Relation::Visits, alias: "v", on, near: true })
}

const fn event_of(on: &'static str) -> (Table, Route) {
    (Table::Events, Route::Join { relation: Relation::Events, alias: "e", on, near: true })
}

/// Pages and events of the fact's visit.
const fn events_in_visit(to: &'static str, keep: bool) -> (Table, Route) {
    (
        Table::Events,
        Route::Bridge { relation: Relation::Events, alias: "be", key: "visit", to, only: "", keep, near: true },
    )
}

const fn lines_of_order(to: &'static str) -> (Table, Route) {
    (
        Table::Lines,
        Route::Bridge {
            relation: Relation::Lines,
            alias: "bl",
            key: r#""order""#,
            to,
            only: "",
            keep: true,
            near: false,
        },
    )
}

const fn coupons_of_order(to: &'static str) -> (Table, Route) {
    (
        Table::Coupons,
        Route::Bridge {
            relation: Relation::Coupons,
            alias: "bc",
            key: r#""order""#,
            to,
            only: "",
            keep: true,
            near: false,
        },
    )
}

/// Products and category pages viewed in the visit; the latter have no SKU.
const VIEWED_IN_VISIT: (Table, Route) = (
    Table::Actions,
    Route::Bridge {
        relation: Relation::Actions,
        alias: "ba",
        key: "visit",
        to: "v.visit",
        only: "(action = 'view' or sku = '')",
        keep: false,
        near: true,
    },
);

const GOALS_IN_VISIT: (Table, Route) = (
    Table::Goals,
    Route::Bridge {
        relation: Relation::Goals,
        alias: "bg",
        key: "visit",
        to: "v.visit",
        only: "",
        keep: false,
        near: true,
    },
);

static VISITS: FactShape = FactShape {
    base: (Relation::Visits, "v"),
    with: None,
    time: "v.started_at",
    routes: &[(Table::Visits, Route::Own("v")), events_in_visit("v.visit", false), VIEWED_IN_VISIT, GOALS_IN_VISIT],
};

static VISITS_PER_GOAL: FactShape = FactShape {
    base: (Relation::Visits, "v"),
    with: None,
    time: "v.started_at",
    routes: &[
        (Table::Visits, Route::Own("v")),
        events_in_visit("v.visit", false),
        VIEWED_IN_VISIT,
        (Table::Goals, Route::Every { relation: Relation::GoalList, alias: "gl" }),
    ],
};

static GOAL_VISITS: FactShape = FactShape {
    base: (Relation::Visits, "v"),
    with: Some(("join", Relation::GoalVisits, "g", "g.visit = v.visit")),
    time: "v.started_at",
    routes: &[
        (Table::Visits, Route::Own("v")),
        (Table::Goals, Route::Own("g")),
        events_in_visit("v.visit", false),
        VIEWED_IN_VISIT,
    ],
};

static EVENTS: FactShape = FactShape {
    base: (Relation::Events, "e"),
    with: None,
    time: "e.occurred_at",
    routes: &[(Table::Events, Route::Own("e")), near_visit_of("v.visit = e.visit")],
};

static ACTIONS: FactShape = FactShape {
    base: (Relation::Actions, "p"),
    with: None,
    time: "p.occurred_at",
    routes: &[(Table::Actions, Route::Own("p")), near_visit_of("v.visit = p.visit"), event_of("e.event = p.event")],
};

static GOALS: FactShape = FactShape {
    base: (Relation::Goals, "g"),
    with: None,
    time: "g.occurred_at",
    routes: &[(Table::Goals, Route::Own("g")), visit_of("v.visit = g.visit"), event_of("e.event = g.event")],
};

static ORDERS: FactShape =
    FactShape { base: (Relation::Orders, "o"), with: None, time: "o.placed_at", routes: ORDER_ROUTES };

static ORDER_BOOK: FactShape =
    FactShape { base: (Relation::OrderBook, "o"), with: None, time: "o.placed_at", routes: ORDER_ROUTES };

const ORDER_ROUTES: &[(Table, Route)] = &[
    (Table::Orders, Route::Own("o")),
    visit_of("v.visit = o.visit"),
    lines_of_order(r#"o."order""#),
    coupons_of_order(r#"o."order""#),
    events_in_visit("o.visit", true),
];

static LINES: FactShape = FactShape {
    base: (Relation::Orders, "o"),
    with: Some(("left join", Relation::Lines, "l", r#"l."order" = o."order""#)),
    time: "o.placed_at",
    routes: &[
        (Table::Orders, Route::Own("o")),
        (Table::Lines, Route::Own("l")),
        visit_of("v.visit = o.visit"),
        coupons_of_order(r#"o."order""#),
        events_in_visit("o.visit", true),
    ],
};

static COUPONS: FactShape = FactShape {
    base: (Relation::Orders, "o"),
    with: Some(("join", Relation::Coupons, "c", r#"c."order" = o."order""#)),
    time: "o.placed_at",
    routes: &[
        (Table::Orders, Route::Own("o")),
        (Table::Coupons, Route::Own("c")),
        visit_of("v.visit = o.visit"),
        lines_of_order(r#"o."order""#),
        events_in_visit("o.visit", true),
    ],
};

static CARTS: FactShape = FactShape {
    base: (Relation::Carts, "c"),
    with: None,
    time: "c.created_at",
    routes: &[
        (Table::Carts, Route::Own("c")),
        visit_of("v.visit = c.visit"),
        (
            Table::CartLines,
            Route::Bridge {
                relation: Relation::CartLines,
                alias: "bk",
                key: "cart",
                to: "c.cart",
                only: "",
                keep: true,
                near: false,
            },
        ),
        events_in_visit("c.visit", true),
    ],
};

static CART_LINES: FactShape = FactShape {
    base: (Relation::Carts, "c"),
    with: Some(("left join", Relation::CartLines, "k", "k.cart = c.cart")),
    time: "c.created_at",
    routes: &[
        (Table::Carts, Route::Own("c")),
        (Table::CartLines, Route::Own("k")),
        visit_of("v.visit = c.visit"),
        events_in_visit("c.visit", true),
    ],
};

impl Fact {
    /// Returns how the fact is read.
    pub(crate) fn shape(self) -> &'static FactShape {
        match self {
            Self::Visits => &VISITS,
            Self::VisitsPerGoal => &VISITS_PER_GOAL,
            Self::GoalVisits => &GOAL_VISITS,
            Self::Events => &EVENTS,
            Self::Actions => &ACTIONS,
            Self::Goals => &GOALS,
            Self::Orders => &ORDERS,
            Self::OrderBook => &ORDER_BOOK,
            Self::Lines => &LINES,
            Self::Coupons => &COUPONS,
            Self::Carts => &CARTS,
            Self::CartLines => &CART_LINES,
        }
    }
}
