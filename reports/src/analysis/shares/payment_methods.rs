//! Payment methods: what was ordered with each.

use super::Shares;
use crate::analysis::desk::Desk;
use crate::analysis::given::Given;
use crate::error::{Error, QueryError};
use crate::table::Table;

const METRICS: &str = "orders,net_sales,discounts,fees,average_order_value,orders_new_customers,refund_rate";

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask(Shares);

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        Shares::parse(given, "payment_method", METRICS).map(Self)
    }
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    ask.0.run(desk)
}
