//! Coupons: what orders with each of them brought. An order with several counts for each.

use super::Shares;
use crate::analysis::desk::Desk;
use crate::analysis::given::Given;
use crate::error::{Error, QueryError};
use crate::table::Table;

const METRICS: &str = "orders,net_sales,discounts,gross_sales,average_order_value,orders_new_customers,coupon_uses";

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask(Shares);

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        Shares::parse(given, "coupon", METRICS).map(Self)
    }
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    ask.0.run(desk)
}
