//! Profit: what is left of net sales after the cost of goods, payment fees and advertising.

use super::{by, number};
use crate::analysis::desk::Desk;
use crate::analysis::draft::{Draft, divided, figure, ratio, sum};
use crate::analysis::given::{Frame, Given};
use crate::error::{Error, QueryError};
use crate::filter::asked;
use crate::metrics::Unit;
use crate::query::Query;
use crate::table::{Cell, Table};
use commerce::Amount;
use serde_json::json;

/// Dimensions that costs of advertising are split by.
const OF_TRAFFIC: &[&str] = &["channel", "source", "medium", "campaign"];

const BY: &[(&str, &str)] = &[
    ("product", "product"),
    ("sku", "sku"),
    ("brand", "brand"),
    ("channel", "channel"),
    ("source", "source"),
    ("medium", "medium"),
    ("campaign", "campaign"),
];

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    by: &'static str,
    query: Query,
    /// Fees in 1/10 000 per cent of what was charged, and in 1/10 000 per order.
    payment_rate: i64,
    payment_fixed: i64,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let by = given.one_of("by", BY)?;
        let metrics = if OF_TRAFFIC.contains(&by) {
            "net_sales,net_sales_without_cost,gross_profit,order_total,orders,ad_cost"
        } else {
            "net_sales,net_sales_without_cost,gross_profit"
        };
        let query = given.report(&[("metrics", metrics), ("dimensions", by)])?;
        let decimal = |name: &str| match given.get(name) {
            None => Ok(0),
            Some(text) => {
                Amount::parse(text).ok().filter(|p| p.value.0 >= 0 && !p.rounded).map(|p| p.value.0).ok_or_else(|| {
                    let hint = "it is a decimal number of 0 or more, such as 2.9";
                    QueryError::new("query.bad_number", format!("`{name}` cannot be `{text}`"), hint)
                })
            }
        };
        let (payment_rate, payment_fixed) = (decimal("payment_rate")?, decimal("payment_fixed")?);
        Ok(Self { frame: given.frame()?, by, query, payment_rate, payment_fixed })
    }
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let report = desk.report(&ask.query)?;
    let label = asked(ask.by).map_or(ask.by, |a| a.dimension().label);
    let mut draft = Draft::new(vec![
        by(ask.by, label),
        sum("net_sales", "Net sales", Unit::Money),
        sum("net_sales_without_cost", "Net sales without cost", Unit::Money),
        sum("cost_of_goods", "Cost of goods", Unit::Money),
        sum("gross_profit", "Gross profit", Unit::Money),
        figure("payment_fees", "Payment fees", Unit::Money),
        sum("ad_cost", "Ad cost", Unit::Money),
        figure("profit", "Profit", Unit::Money),
        figure("profit_rate", "Of net sales with known cost", Unit::Percent),
    ]);
    let step = 10_i128.pow(4 - desk.settings.currency.decimals().min(4));
    let row = |row: &[Cell]| {
        let [net, without, gross] = [1, 2, 3].map(|i| number(&row[i]));
        let (charged, orders) = (row.get(4).map_or(net, number), row.get(5).map_or(0, number));
        let fees = charged * i128::from(ask.payment_rate);
        let fees = divided(fees, 1_000_000 * step).unwrap_or(0) * step + orders * i128::from(ask.payment_fixed);
        let ads = row.get(6).map_or(0, number);
        let profit = gross - fees - ads;
        vec![
            row[0].clone(),
            Cell::Money(net),
            Cell::Money(without),
            Cell::Money(net - without - gross),
            Cell::Money(gross),
            Cell::Money(fees),
            if row.len() > 6 { Cell::Money(ads) } else { Cell::Null },
            Cell::Money(profit),
            ratio(profit, net - without),
        ]
    };
    draft.rows = report.rows.iter().map(|r| row(r)).collect();
    draft.rows.sort_by_key(|r| (std::cmp::Reverse(number(&r[7])), r[0].text()));
    draft.totals = row(&report.totals);
    draft.extras.push(("payment_rate", json!(Amount(ask.payment_rate).to_string())));
    draft.extras.push(("payment_fixed", json!(Amount(ask.payment_fixed).to_string())));
    Ok(draft.finish(desk, &ask.frame))
}
