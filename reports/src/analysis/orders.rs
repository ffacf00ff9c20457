//! The orders that a filter keeps, each with what is left of its net sales after all its refunds, and whose they are.

use crate::analysis::kept::members;
use crate::arm::{Context, Side};
use crate::facts::Fact;
use crate::relations::Relation;

/// Who ordered: an order that names no customer is a customer of its own.
pub(crate) const WHO: &str = "coalesce(o.customer, o.\"order\")";

/// Returns a select of the orders in the period of `side` that the filter keeps: `id`, `order_id`, `placed_at`, `who`,
/// `kept` (net sales less refunds, whenever these came; null without a rate), and `columns` of the order `o`.
pub(crate) fn kept_orders(context: &mut Context, side: &Side, columns: &[&str]) -> String {
    let who = format!("{WHO} as who");
    let own = [
        "o.\"order\" as id",
        "o.order_id as order_id",
        "o.placed_at as placed_at",
        who.as_str(),
        "o.r_gross_sales - o.r_discounts as net",
    ];
    let columns: Vec<&str> = own.iter().chain(columns).copied().collect();
    let orders = members(context, Fact::Orders, &columns, side);
    let refunds = Relation::Refunds.text(context.scope, false, &[]);
    // A filter on products can lead to an order by several of its lines.
    format!(
        "select distinct b.*, b.net - coalesce(r.goods, 0) as kept from (\n{orders}\n) b left join \
         (select \"order\", sum(r_goods) as goods from {refunds} x group by 1) r on r.\"order\" = b.id"
    )
}
