//! Single things for people to look at: orders, carts, customers and visitors with all that belongs to them.

use crate::Value;
use commerce::rows::{
    CartLineRow, CartRow, CartState, EventRow, IdentityRow, OrderFactRow, OrderLineRow, OrderRow, PersonRow,
    RefundLineRow, RefundRow, VisitRow,
};
use commerce::{Amount, CustomerKey, Timestamp};

/// A mailing, known by the code in one of its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailing {
    /// The code.
    pub code: String,
    /// The campaign that it stands for; `None` if that was not said.
    pub campaign: Option<String>,
    /// To whom it went, which need not be who clicked; `None` if that was not said or is not kept.
    pub contact: Option<PersonRow>,
}

/// An order with everything that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderDetail {
    /// The order as it now stands; `None` if its statements do not make one yet (a refund that came first).
    pub order: Option<OrderRow>,
    /// Its lines, in their order.
    pub lines: Vec<OrderLineRow>,
    /// Its refunds, by time.
    pub refunds: Vec<RefundRow>,
    /// Their lines, by refund and in their order.
    pub refund_lines: Vec<RefundLineRow>,
    /// Every statement about it under any of its ids, by position; `visit` is the visit its event belongs to now.
    pub facts: Vec<OrderFactRow>,
    /// Every id that it is known by: the one it stands under first, then the others by their text.
    pub ids: Vec<String>,
    /// What its customer is called; `None` for a guest and where nothing is kept.
    pub customer: Option<PersonRow>,
    /// The mailing that it is credited to, if that is known by a code. The order's source has the campaign's name already.
    pub mailing: Option<Mailing>,
}

/// A cart with its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct CartDetail {
    /// The cart as it now stands.
    pub cart: CartRow,
    /// Its lines, in their order.
    pub lines: Vec<CartLineRow>,
    /// What its customer is called; `None` for somebody unknown and where nothing is kept.
    pub person: Option<PersonRow>,
    /// The mailing that it is credited to, if that is known by a code. The cart's source has the campaign's name already.
    pub mailing: Option<Mailing>,
}

/// Where a cart stands at some time, once it is decided whether it is abandoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartQueryState {
    /// Has items and no order, and changed lately.
    Open,
    /// Has items and no order, and has not changed for the idle time.
    Abandoned,
    /// Has no items.
    Emptied,
    /// An order ended it before it was abandoned.
    Ordered,
    /// An order ended it after it was abandoned.
    Recovered,
    /// Named by nobody and nothing.
    Unlinked,
}

impl CartQueryState {
    /// Returns where `cart` stands at `as_of` if carts are abandoned after `idle_s` seconds without a change (0 for at once:
    /// then no cart is recovered).
    pub fn of(cart: &CartRow, idle_s: i64, as_of: Timestamp) -> Self {
        let idle = |until: Timestamp| until >= cart.changed_at.plus_seconds(idle_s);
        match cart.state {
            CartState::Open if idle(as_of) => Self::Abandoned,
            CartState::Open => Self::Open,
            CartState::Emptied => Self::Emptied,
            CartState::Ordered if idle_s > 0 && cart.ordered_at.is_some_and(idle) => Self::Recovered,
            CartState::Ordered => Self::Ordered,
            CartState::Unlinked => Self::Unlinked,
        }
    }

    /// Returns the state's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Abandoned => "abandoned",
            Self::Emptied => "emptied",
            Self::Ordered => "ordered",
            Self::Recovered => "recovered",
            Self::Unlinked => "unlinked",
        }
    }

    /// Returns the state named `name`; `None` if there is none.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Open, Self::Abandoned, Self::Emptied, Self::Ordered, Self::Recovered, Self::Unlinked];
        all.into_iter().find(|state| state.name() == name)
    }
}

/// Keys that somebody else's question keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// A subselect of the keys, in parentheses.
    pub sql: String,
    /// The values bound to `$1`, `$2`, ... in it; the first is the site.
    pub params: Vec<Value>,
}

/// Which carts are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct CartQuery {
    /// Those in this state; `None` for all.
    pub state: Option<CartQueryState>,
    /// After how many seconds without a change a cart is abandoned.
    pub idle_s: i64,
    /// The time at which that is judged.
    pub as_of: Timestamp,
    /// Those that last changed at this time or later.
    pub from: Option<Timestamp>,
    /// Those that last changed before this time.
    pub to: Option<Timestamp>,
    /// How many at most.
    pub limit: u32,
    /// How many are passed over.
    pub offset: u32,
    /// Those worth so much or more in the site's currency; carts of unknown rate are left out then.
    pub min_value: Option<Amount>,
    /// Those among these; `None` for all.
    pub kept: Option<Kept>,
}

/// Some of the carts asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CartPage {
    /// The carts, those that changed last first.
    pub carts: Vec<CartDetail>,
    /// How many there are without limit and offset.
    pub total: u64,
}

/// A customer with everything that is known of them.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerDetail {
    /// What the customer is called; `None` where nothing is kept.
    pub person: Option<PersonRow>,
    /// The customer's orders of every status, newest first.
    pub orders: Vec<OrderRow>,
    /// Visitors and e-mail addresses that were said to be the customer's, by time.
    pub identities: Vec<IdentityRow>,
    /// The customer's carts, those that changed last first.
    pub carts: Vec<CartDetail>,
}

/// By what customers are sorted, the largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerSort {
    /// Time of the last order.
    LastOrder,
    /// Net sales.
    NetSales,
}

/// A customer with the sum of the orders that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerSummary {
    /// The customer.
    pub customer: CustomerKey,
    /// What the customer is called; `None` where nothing is kept.
    pub person: Option<PersonRow>,
    /// Number of orders.
    pub orders: u64,
    /// Gross sales less discounts and goods given back, in the site's currency; orders of unknown rate add nothing.
    pub net: Amount,
    /// When the first was placed.
    pub first_order_at: Timestamp,
    /// When the last was placed.
    pub last_order_at: Timestamp,
}

/// A visitor with everything that is known of them.
#[derive(Clone, Debug, PartialEq)]
pub struct VisitorDetail {
    /// Visits, newest first.
    pub visits: Vec<VisitRow>,
    /// The latest 500 events, newest first; `visit` is the visit they belong to now.
    pub events: Vec<EventRow>,
    /// What was said of the visitor, and of the customers and e-mail addresses so named, by time.
    pub identities: Vec<IdentityRow>,
    /// Orders that the visitor placed, newest first.
    pub orders: Vec<OrderRow>,
    /// The visitor's carts, those that changed last first.
    pub carts: Vec<CartDetail>,
}
