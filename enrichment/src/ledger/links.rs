//! What an order is linked to: found out by the settling of a batch, taken over by the fold without question.
//!
//! Who a person is and what brought them is no business of the ledger; what the order is worth is none of the links'.

use commerce::rows::TrafficSource;
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, VisitKey, VisitorKey};

/// Whose an order is and what it is credited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Links {
    /// The order's key: that of `order_id`.
    pub(crate) order: OrderKey,
    /// The id under which it is shown, one of those its statements give.
    pub(crate) order_id: String,
    /// The user whom its best statement names.
    pub(crate) user: Option<CustomerKey>,
    /// The customer behind the e-mail address that its best statement names.
    pub(crate) email: Option<CustomerKey>,
    /// Whose it is.
    pub(crate) customer: Option<CustomerKey>,
    /// The visitor who placed it.
    pub(crate) visitor: Option<VisitorKey>,
    /// Whether that visitor is used by several customers.
    pub(crate) shared_device: bool,
    /// The event by which the visit is found.
    pub(crate) visit_event: Option<EventKey>,
    /// The visit.
    pub(crate) visit: Option<VisitKey>,
    /// The cart that it names or ended.
    pub(crate) cart: Option<CartKey>,
    /// What it is credited to.
    pub(crate) source: TrafficSource,
    /// Landing page of its visit.
    pub(crate) landing_page: Option<String>,
}

impl Links {
    /// Returns links that say which order it is, and nothing else.
    pub(crate) fn bare(order: OrderKey, order_id: &str) -> Self {
        Self {
            order,
            order_id: order_id.to_owned(),
            user: None,
            email: None,
            customer: None,
            visitor: None,
            shared_device: false,
            visit_event: None,
            visit: None,
            cart: None,
            source: TrafficSource::direct(),
            landing_page: None,
        }
    }
}
