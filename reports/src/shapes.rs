//! How each fact is read: what is counted, what places it in time, and which tables it reaches by which way.

use crate::facts::{Fact, FactShape, Route, Table, With};
use crate::relations::Relation;

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
        only: "(action = 'view' or sku = '' and action not in ('promotion_view', 'promotion_click'))",
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

/// A fact of one relation, placed in time by `time`.
const fn plain(
    relation: Relation,
    alias: &'static str,
    time: &'static str,
    routes: &'static [(Table, Route)],
) -> FactShape {
    FactShape { base: (relation, alias), with: &[], time, order_time: None, routes }
}

static VISITS: FactShape = VISITS_SHAPE;

const VISITS_SHAPE: FactShape = plain(
    Relation::Visits,
    "v",
    "v.started_at",
    &[(Table::Visits, Route::Own("v")), events_in_visit("v.visit", false), VIEWED_IN_VISIT, GOALS_IN_VISIT],
);

/// Those with an order are few, so they are read by themselves: a page's share of visits with an order takes no other page
/// views than theirs.
static ORDERED_VISITS: FactShape = FactShape { base: (Relation::OrderedVisits, "v"), ..VISITS_SHAPE };

static VISITS_PER_GOAL: FactShape = plain(
    Relation::Visits,
    "v",
    "v.started_at",
    &[
        (Table::Visits, Route::Own("v")),
        events_in_visit("v.visit", false),
        VIEWED_IN_VISIT,
        (Table::Goals, Route::Every { relation: Relation::GoalList, alias: "gl" }),
    ],
);

static GOAL_VISITS: FactShape = FactShape {
    with: &[With { kind: "join", relation: Relation::GoalVisits, alias: "g", on: "g.visit = v.visit", near: false }],
    ..plain(
        Relation::Visits,
        "v",
        "v.started_at",
        &[
            (Table::Visits, Route::Own("v")),
            (Table::Goals, Route::Own("g")),
            events_in_visit("v.visit", false),
            VIEWED_IN_VISIT,
        ],
    )
};

static EVENTS: FactShape = plain(
    Relation::Events,
    "e",
    "e.occurred_at",
    &[(Table::Events, Route::Own("e")), near_visit_of("v.visit = e.visit")],
);

static ACTIONS: FactShape = plain(
    Relation::Actions,
    "p",
    "p.occurred_at",
    &[(Table::Actions, Route::Own("p")), near_visit_of("v.visit = p.visit"), event_of("e.event = p.event")],
);

const ACTIONS_OF_VISIT: &[With] =
    &[With { kind: "join", relation: Relation::Actions, alias: "p", on: "p.visit = v.visit", near: true }];

const ACTIONS_OF_VISIT_ROUTES: &[(Table, Route)] =
    &[(Table::Actions, Route::Own("p")), (Table::Visits, Route::Own("v")), event_of("e.event = p.event")];

/// What a visit did to products is placed by its start, so that whatever is counted once in a visit lies in one day.
static VISIT_ACTIONS: FactShape =
    FactShape { with: ACTIONS_OF_VISIT, ..plain(Relation::Visits, "v", "v.started_at", ACTIONS_OF_VISIT_ROUTES) };

static ORDERED_VISIT_ACTIONS: FactShape = FactShape {
    with: ACTIONS_OF_VISIT,
    ..plain(Relation::OrderedVisits, "v", "v.started_at", ACTIONS_OF_VISIT_ROUTES)
};

static GOALS: FactShape = plain(
    Relation::Goals,
    "g",
    "g.occurred_at",
    &[(Table::Goals, Route::Own("g")), visit_of("v.visit = g.visit"), event_of("e.event = g.event")],
);

static ORDERS: FactShape = plain(Relation::Orders, "o", "o.counted_at", ORDER_ROUTES);

static ORDER_BOOK: FactShape = plain(Relation::OrderBook, "o", "o.counted_at", ORDER_ROUTES);

static ALL_ORDERS: FactShape = plain(Relation::AllOrders, "o", "o.counted_at", ORDER_ROUTES);

const ORDER_ROUTES: &[(Table, Route)] = &[
    (Table::Orders, Route::Own("o")),
    visit_of("v.visit = o.visit"),
    lines_of_order(r#"o."order""#),
    coupons_of_order(r#"o."order""#),
    events_in_visit("o.visit", true),
];

static LINES: FactShape = FactShape {
    with: &[With {
        kind: "left join",
        relation: Relation::Lines,
        alias: "l",
        on: r#"l."order" = o."order""#,
        near: false,
    }],
    ..plain(
        Relation::Orders,
        "o",
        "o.counted_at",
        &[
            (Table::Orders, Route::Own("o")),
            (Table::Lines, Route::Own("l")),
            visit_of("v.visit = o.visit"),
            coupons_of_order(r#"o."order""#),
            events_in_visit("o.visit", true),
        ],
    )
};

static COUPONS: FactShape = FactShape {
    with: &[With {
        kind: "join",
        relation: Relation::Coupons,
        alias: "c",
        on: r#"c."order" = o."order""#,
        near: false,
    }],
    ..plain(
        Relation::Orders,
        "o",
        "o.counted_at",
        &[
            (Table::Orders, Route::Own("o")),
            (Table::Coupons, Route::Own("c")),
            visit_of("v.visit = o.visit"),
            lines_of_order(r#"o."order""#),
            events_in_visit("o.visit", true),
        ],
    )
};

const ORDER_OF_REFUND: With =
    With { kind: "join", relation: Relation::Orders, alias: "o", on: r#"o."order" = r."order""#, near: false };

/// A refund is split by what its order is split by; by products, only by those given back.
static REFUNDS: FactShape = FactShape {
    with: &[ORDER_OF_REFUND],
    order_time: Some("o.counted_at"),
    ..plain(
        Relation::Refunds,
        "r",
        r#"r."at""#,
        &[
            (Table::Orders, Route::Own("o")),
            (
                Table::RefundLines,
                Route::Bridge {
                    relation: Relation::RefundLines,
                    alias: "br",
                    key: "refund",
                    to: "r.refund",
                    only: "",
                    keep: true,
                    near: false,
                },
            ),
            visit_of("v.visit = o.visit"),
            lines_of_order(r#"o."order""#),
            coupons_of_order(r#"o."order""#),
            events_in_visit("o.visit", true),
        ],
    )
};

static REFUND_LINES: FactShape = FactShape {
    with: &[
        ORDER_OF_REFUND,
        With {
            kind: "left join",
            relation: Relation::RefundLines,
            alias: "rl",
            on: r#"rl.refund = r.refund and rl."order" = r."order""#,
            near: false,
        },
    ],
    order_time: Some("o.counted_at"),
    ..plain(
        Relation::Refunds,
        "r",
        r#"r."at""#,
        &[
            (Table::Orders, Route::Own("o")),
            (Table::RefundLines, Route::Own("rl")),
            // What only the order's line knows of the product.
            (
                Table::Lines,
                Route::Join {
                    relation: Relation::Lines,
                    alias: "l",
                    on: r#"l."order" = rl."order" and l.line = rl.order_line"#,
                    near: false,
                },
            ),
            visit_of("v.visit = o.visit"),
            coupons_of_order(r#"o."order""#),
            events_in_visit("o.visit", true),
        ],
    )
};

static CARTS: FactShape = plain(
    Relation::Carts,
    "c",
    "c.created_at",
    &[
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
);

static CART_LINES: FactShape = FactShape {
    with: &[With { kind: "left join", relation: Relation::CartLines, alias: "k", on: "k.cart = c.cart", near: false }],
    ..plain(
        Relation::Carts,
        "c",
        "c.created_at",
        &[
            (Table::Carts, Route::Own("c")),
            (Table::CartLines, Route::Own("k")),
            visit_of("v.visit = c.visit"),
            events_in_visit("c.visit", true),
        ],
    )
};

static AD_COSTS: FactShape = plain(Relation::AdCosts, "ad", "ad.starts_at", &[(Table::AdCosts, Route::Own("ad"))]);

static EVENT_KINDS: FactShape = plain(Relation::EventKinds, "e", "e.\"at\"", &[(Table::Events, Route::Own("e"))]);

static ACTION_KINDS: FactShape = plain(Relation::ActionKinds, "p", "p.\"at\"", &[(Table::Actions, Route::Own("p"))]);

impl Fact {
    /// Returns how the fact is read.
    pub(crate) fn shape(self) -> &'static FactShape {
        match self {
            Self::Visits => &VISITS,
            Self::OrderedVisits => &ORDERED_VISITS,
            Self::VisitsPerGoal => &VISITS_PER_GOAL,
            Self::GoalVisits => &GOAL_VISITS,
            Self::Events => &EVENTS,
            Self::Actions => &ACTIONS,
            Self::VisitActions => &VISIT_ACTIONS,
            Self::OrderedVisitActions => &ORDERED_VISIT_ACTIONS,
            Self::Goals => &GOALS,
            Self::Orders => &ORDERS,
            Self::OrderBook => &ORDER_BOOK,
            Self::AllOrders => &ALL_ORDERS,
            Self::Lines => &LINES,
            Self::Coupons => &COUPONS,
            Self::Refunds => &REFUNDS,
            Self::RefundLines => &REFUND_LINES,
            Self::Carts => &CARTS,
            Self::CartLines => &CART_LINES,
            Self::AdCosts => &AD_COSTS,
            Self::EventKinds => &EVENT_KINDS,
            Self::ActionKinds => &ACTION_KINDS,
        }
    }
}
