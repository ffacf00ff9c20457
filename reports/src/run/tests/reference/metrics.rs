//! Every metric of the catalogue, worked out from the things of one row of a report, as docs/reports.md defines it.
//!
//! Rates are divided last and rounded half away from zero; a rate of nothing is unknown.

use super::dimensions::engaged_ms;
use super::question::Place;
use super::rows::{Kind, Thing};
use crate::table::Cell;
use commerce::hit::{OrderStatus, Trust};
use commerce::rows::{CartState, OrderAmounts, OrderRow, ProductAction, RefundAmounts, order_flags};
use commerce::{Amount, Quantity, Timestamp, UnitPrice};

/// Returns the figure `name` of a row.
pub(super) fn figure(name: &str, p: &Place) -> Cell {
    traffic(name, p)
        .or_else(|| orders(name, p))
        .or_else(|| sales(name, p))
        .or_else(|| costs(name, p))
        .or_else(|| customers(name, p))
        .or_else(|| carts(name, p))
        .or_else(|| products(name, p))
        .or_else(|| others(name, p))
        .unwrap_or_else(|| panic!("the reference does not know `{name}`"))
}

fn traffic(name: &str, p: &Place) -> Option<Cell> {
    let visits = || p.count(Kind::Visits, |_| true);
    let named = |name: &'static str| p.count(Kind::Events, move |t| t.event().name == name);
    let engaged = || p.count(Kind::Visits, |t| is_engaged(p, t));
    let without_result =
        || p.count(Kind::Events, |t| t.event().name == "search" && t.event().search_results == Some(0));
    let searching = || p.count(Kind::Visits, |t| t.visit_row().searches > 0);
    Some(match name {
        "visits" => Cell::Count(visits()),
        "visitors" => Cell::Count(visitors(p)),
        "new_visitors" => Cell::Count(p.count(Kind::Visits, |t| t.visit_row().number == 1)),
        "page_views" => Cell::Count(named("page_view")),
        "events" => Cell::Count(p.count(Kind::Events, |t| t.event().name != "ping")),
        "bounce_rate" => share(p.count(Kind::Visits, bounced), visits()),
        "visit_duration_s" => seconds(p.sum(Kind::Visits, |t| i128::from(duration_us(t))), visits()),
        "engaged_visits" => Cell::Count(engaged()),
        "engagement_rate" => share(engaged(), visits()),
        "engagement_s" => Cell::Seconds(p.sum(Kind::Events, |t| i128::from((engaged_ms(t.event()) + 50) / 100))),
        "time_on_page_s" => {
            seconds(p.sum(Kind::Events, |t| i128::from(engaged_ms(t.event()) * 1000)), named("page_view"))
        }
        "pages_per_visit" => share(p.sum(Kind::Visits, |t| t.visit_row().page_views.into()), visits()),
        "conversion_rate" => share(p.count(Kind::Visits, |t| has_order(p, t)), visits()),
        "visitor_conversion_rate" => {
            share(p.distinct(Kind::Visits, |t| t.visitor.filter(|_| has_order(p, t))), visitors(p))
        }
        "visits_with_search" => Cell::Count(searching()),
        "search_rate" => share(searching(), visits()),
        "searches" => Cell::Count(named("search")),
        "searches_without_result" => Cell::Count(without_result()),
        "searches_without_result_rate" => share(without_result(), named("search")),
        _ => return None,
    })
}

fn visitors(p: &Place) -> i128 {
    p.distinct(Kind::Visits, |t| t.visitor)
}

fn duration_us(t: &Thing) -> i64 {
    t.visit_row().seen_until.micros_since(t.visit_row().started_at)
}

fn bounced(t: &Thing) -> bool {
    t.visit_row().page_views == 1 && t.visit_row().interactions == 0
}

fn has_order(p: &Place, t: &Thing) -> bool {
    p.world().sold().any(|o| o.visit.map(|v| v.0) == t.visit)
}

fn is_engaged(p: &Place, t: &Thing) -> bool {
    duration_us(t) >= 10_000_000 || t.visit_row().page_views >= 2 || has_order(p, t)
}

fn orders(name: &str, p: &Place) -> Option<Cell> {
    let all = || count_orders(p);
    let with_coupon = || p.count(Kind::Orders, |t| t.order_row().coupon.as_deref().is_some_and(|c| !c.is_empty()));
    Some(match name {
        "orders" => Cell::Count(all()),
        "orders_offline" => Cell::Count(p.count(Kind::Orders, |t| !is_online(t))),
        "orders_per_visit" => share(p.count(Kind::Orders, is_online), p.count(Kind::Visits, |_| true)),
        "orders_verified" => Cell::Count(p.count(Kind::AllOrders, |t| is_sold(t, Trust::Verified))),
        "orders_unverified" => Cell::Count(p.count(Kind::AllOrders, |t| is_sold(t, Trust::Unverified))),
        "order_total_verified" => charged_by(p, Trust::Verified),
        "order_total_unverified" => charged_by(p, Trust::Unverified),
        "orders_pending" => Cell::Count(p.count(Kind::OrderBook, |t| t.order_row().status == OrderStatus::Pending)),
        "orders_cancelled" => Cell::Count(
            p.count(Kind::OrderBook, |t| t.order_row().status == OrderStatus::Cancelled && !t.order_row().counts),
        ),
        "orders_unconverted" => Cell::Count(p.count(Kind::Orders, |t| t.order_row().reporting.is_none())),
        "orders_with_coupon" => Cell::Count(with_coupon()),
        "coupon_rate" => share(with_coupon(), all()),
        "coupon_uses" => Cell::Count(p.count(Kind::Coupons, |_| true)),
        "orders_over_refunded" => {
            Cell::Count(p.count(Kind::Orders, |t| t.order_row().flags & order_flags::OVER_REFUNDED != 0))
        }
        "refund_rate" => share(p.count(Kind::Orders, |t| t.order_row().refunded.0 > 0), all()),
        "refunds" => Cell::Count(p.count(Kind::Refunds, |_| true)),
        _ => return None,
    })
}

fn count_orders(p: &Place) -> i128 {
    p.count(Kind::Orders, |_| true)
}

fn is_online(t: &Thing) -> bool {
    let channel = t.order_row().sales_channel.as_deref().unwrap_or("web").to_lowercase();
    channel == "web" || channel == "online"
}

/// Says whether the order is confirmed, or cancelled with a refund, whether or not the site counts its sender's.
fn is_sold(t: &Thing, trust: Trust) -> bool {
    let o = t.order_row();
    let sold = o.status == OrderStatus::Confirmed || o.status == OrderStatus::Cancelled && o.refunded.0 > 0;
    sold && o.trust == trust
}

fn charged_by(p: &Place, trust: Trust) -> Cell {
    Cell::Money(p.sum(Kind::AllOrders, |t| if is_sold(t, trust) { part(t, |r| r.order_total) } else { 0 }))
}

/// Returns a part of the order's amounts in the site's currency; nothing where it has no rate.
fn part(t: &Thing, of: impl Fn(&OrderAmounts) -> Amount) -> i128 {
    t.order_row().reporting.as_ref().map_or(0, |r| of(r).0.into())
}

fn given_back(t: &Thing, of: impl Fn(&RefundAmounts) -> Amount) -> i128 {
    t.refund().reporting.as_ref().map_or(0, |r| of(r).0.into())
}

fn net(r: &OrderAmounts) -> Amount {
    Amount(r.gross_sales.0 - r.discounts.0)
}

fn sales(name: &str, p: &Place) -> Option<Cell> {
    let charged = |of: fn(&OrderAmounts) -> Amount| p.sum(Kind::Orders, move |t| part(t, of));
    let back = |of: fn(&RefundAmounts) -> Amount| p.sum(Kind::Refunds, move |t| given_back(t, of));
    let total = |r: &OrderAmounts| Amount(net(r).0 + r.tax.0 + r.shipping.0 + r.fees.0);
    let (sold, returned) = (|| units(p, |_| true), || units_back(p));
    Some(match name {
        "order_total" => Cell::Money(charged(|r| r.order_total)),
        "gross_sales" => Cell::Money(gross(p)),
        "discounts" => Cell::Money(discounts(p)),
        "returns" => Cell::Money(returns(p)),
        "net_sales" => Cell::Money(net_ordered(p) - returns(p)),
        "tax" => Cell::Money(charged(|r| r.tax) - back(|r| r.tax)),
        "shipping" => Cell::Money(charged(|r| r.shipping) - back(|r| r.shipping)),
        "fees" => Cell::Money(charged(|r| r.fees) - back(|r| r.fees)),
        "subtotal" => Cell::Money(charged(|r| r.subtotal)),
        "total_sales" => Cell::Money(charged(total) - back(|r| r.amount)),
        "difference" => Cell::Money(p.sum(Kind::Orders, |t| part(t, |r| r.order_total) - part(t, total))),
        "refund_amount" => Cell::Money(back(|r| r.amount)),
        "units" => Cell::Quantity(sold()),
        "units_returned" => Cell::Quantity(returned()),
        "return_rate" => share(returned(), sold()),
        "units_per_order" => quotient(sold() * 10, count_orders(p)),
        "average_order_value" => {
            money_per(p, net_ordered(p), p.count(Kind::Orders, |t| t.order_row().reporting.is_some()))
        }
        "discount_rate" => share(discounts(p), gross(p)),
        "average_unit_price" => money_per(p, 1000 * gross(p), units(p, |o| o.reporting.is_some())),
        "net_sales_per_visitor" => money_per(p, net_ordered(p) - returns(p), visitors(p)),
        "roas" => share(net_ordered(p) - returns(p), ad_cost(p)),
        "cpa" => money_per(p, ad_cost(p), count_orders(p)),
        _ => return None,
    })
}

/// Adds up what is of an order, by products what is of its lines; an order without lines is a line of its own.
fn goods(
    p: &Place,
    of: fn(&OrderAmounts) -> Amount,
    of_line: fn(&commerce::rows::OrderLineRow) -> Option<Amount>,
) -> i128 {
    match p.finest(&[Kind::Orders, Kind::OrderLines]) {
        Kind::OrderLines => p.sum(Kind::OrderLines, |t| match t.line() {
            Some(line) => of_line(line).map_or(0, |amount| amount.0.into()),
            None => part(t, of),
        }),
        _ => p.sum(Kind::Orders, |t| part(t, of)),
    }
}

fn gross(p: &Place) -> i128 {
    goods(p, |r| r.gross_sales, |l| l.reporting_gross)
}

fn discounts(p: &Place) -> i128 {
    goods(p, |r| r.discounts, |l| l.reporting_discount)
}

fn net_ordered(p: &Place) -> i128 {
    goods(p, net, |l| Some(Amount(l.reporting_gross?.0 - l.reporting_discount?.0)))
}

fn returns(p: &Place) -> i128 {
    match p.finest(&[Kind::Refunds, Kind::RefundLines]) {
        Kind::RefundLines => p.sum(Kind::RefundLines, |t| match t.refund_line() {
            Some(line) => line.reporting_goods.map_or(0, |amount| amount.0.into()),
            None => given_back(t, |r| r.goods),
        }),
        _ => p.sum(Kind::Refunds, |t| given_back(t, |r| r.goods)),
    }
}

fn units(p: &Place, only: impl Fn(&OrderRow) -> bool) -> i128 {
    match p.finest(&[Kind::Orders, Kind::OrderLines]) {
        Kind::OrderLines => p.sum(Kind::OrderLines, |t| {
            let units = t.line().map_or(t.order_row().units, |line| line.quantity.0);
            if only(t.order_row()) { units.into() } else { 0 }
        }),
        _ => p.sum(Kind::Orders, |t| if only(t.order_row()) { t.order_row().units.into() } else { 0 }),
    }
}

fn units_back(p: &Place) -> i128 {
    match p.finest(&[Kind::Refunds, Kind::RefundLines]) {
        Kind::RefundLines => {
            p.sum(Kind::RefundLines, |t| t.refund_line().map_or(t.refund().units, |line| line.quantity.0).into())
        }
        _ => p.sum(Kind::Refunds, |t| t.refund().units.into()),
    }
}

fn costs(name: &str, p: &Place) -> Option<Cell> {
    let line_net = |t: &Thing| {
        let line = t.line()?;
        Some(i128::from(line.reporting_gross?.0 - line.reporting_discount?.0))
    };
    let sold = |of: fn(i128, Quantity, i128) -> i128| {
        p.sum(Kind::OrderLines, move |t| match (line_net(t), cost_of_line(p, t)) {
            (Some(net), Some(cost)) => of(net, t.line().map_or(Quantity(0), |l| l.quantity), cost),
            _ => 0,
        })
    };
    let back = |of: fn(i128, i128) -> i128| {
        p.sum(Kind::RefundLines, move |t| {
            let goods = t.refund_line().and_then(|l| l.reporting_goods);
            goods.zip(cost_of_returned(p, t)).map_or(0, |(goods, cost)| of(goods.0.into(), cost))
        })
    };
    let cost = || sold(|_, _, cost| cost);
    let profit = || sold(|net, _, _| net) + back(|_, cost| cost) - cost() - back(|goods, _| goods);
    Some(match name {
        "unit_cost" => money_per(p, 1000 * cost(), sold(|_, quantity, _| quantity.0.into())),
        "gross_profit" => Cell::Money(profit()),
        "margin_rate" => share(profit(), sold(|net, _, _| net) - back(|goods, _| goods)),
        "net_sales_without_cost" => {
            let sold = p.sum(Kind::OrderLines, |t| match t.line() {
                None => part(t, net),
                Some(_) if cost_of_line(p, t).is_some() => 0,
                Some(_) => line_net(t).unwrap_or(0),
            });
            let back = p.sum(Kind::RefundLines, |t| match t.refund_line() {
                None => given_back(t, |r| r.goods),
                Some(_) if cost_of_returned(p, t).is_some() => 0,
                Some(line) => line.reporting_goods.map_or(0, |goods| goods.0.into()),
            });
            Cell::Money(sold - back)
        }
        _ => return None,
    })
}

/// Returns what a line cost the shop: as stated with the order, else the product's cost when the order was counted.
fn cost_of_line(p: &Place, t: &Thing) -> Option<i128> {
    let line = t.line()?;
    line.reporting_cost.map(|cost| cost.0.into()).or_else(|| product_cost(p, t, &line.product.sku, line.quantity))
}

fn cost_of_returned(p: &Place, t: &Thing) -> Option<i128> {
    let line = t.refund_line()?;
    line.reporting_cost.map(|cost| cost.0.into()).or_else(|| product_cost(p, t, &line.product.sku, line.quantity))
}

fn product_cost(p: &Place, t: &Thing, sku: &str, quantity: Quantity) -> Option<i128> {
    let costs = p.world().rows.product_costs.iter();
    let known = costs.filter(|c| c.sku == sku && c.valid_from <= t.order_row().counted_at);
    let unit_cost: UnitPrice = known.max_by_key(|c| c.valid_from)?.unit_cost;
    Some(unit_cost.times(quantity, p.world().settings.currency.decimals()).0.into())
}

fn customers(name: &str, p: &Place) -> Option<Cell> {
    // An order that names no customer is a customer of its own.
    let whose = |t: &Thing| t.customer.or(t.order);
    let all = || p.distinct(Kind::Orders, whose);
    let first = || p.count(Kind::Orders, |t| p.is_first(t));
    Some(match name {
        "customers" => Cell::Count(all()),
        "new_customers" | "orders_new_customers" => Cell::Count(first()),
        "returning_customers" => Cell::Count(all() - first()),
        "repeat_purchase_rate" => share(p.distinct(Kind::Orders, |t| t.customer.filter(|_| !p.is_first(t))), all()),
        "orders_per_customer" => share(count_orders(p), all()),
        "lifetime_value" => {
            let valued = p.distinct(Kind::Orders, |t| whose(t).filter(|_| t.order_row().reporting.is_some()));
            money_per(p, net_ordered(p) - returns(p), valued)
        }
        _ => return None,
    })
}

fn carts(name: &str, p: &Place) -> Option<Cell> {
    let count = |only: &dyn Fn(&Thing) -> bool| p.count(Kind::Carts, only);
    let unordered = |t: &Thing| t.cart().state != CartState::Ordered;
    let checkout = |t: &Thing| t.cart().checkout_step.as_deref().is_some_and(|step| step != "view_cart");
    let abandoned = |t: &Thing| p.is_abandoned(t);
    let recovered = |t: &Thing| is_recovered(p, t);
    Some(match name {
        "carts" => Cell::Count(count(&|_| true)),
        "carts_value" => Cell::Money(cart_value(p, &|_| true)),
        "carts_abandoned" => Cell::Count(count(&abandoned)),
        "carts_abandoned_value" => Cell::Money(cart_value(p, &abandoned)),
        "carts_abandoned_units" => Cell::Quantity(match p.finest(&[Kind::Carts, Kind::CartLines]) {
            Kind::CartLines => p.sum(Kind::CartLines, |t| {
                let units = t.cart_line().map_or(t.cart().units, |line| line.quantity.0);
                if abandoned(t) { units.into() } else { 0 }
            }),
            _ => p.sum(Kind::Carts, |t| if abandoned(t) { t.cart().units.into() } else { 0 }),
        }),
        "carts_recovered" => Cell::Count(count(&recovered)),
        "carts_recovered_value" => Cell::Money(cart_value(p, &recovered)),
        "cart_recovery_rate" => {
            let recovered = count(&recovered);
            share(recovered, recovered + count(&abandoned))
        }
        "cart_abandonment_rate" => share(count(&unordered), count(&|_| true)),
        "checkout_abandonment_rate" => share(count(&|t| checkout(t) && unordered(t)), count(&checkout)),
        _ => return None,
    })
}

/// Says whether the cart was ordered after it had been abandoned; where carts are abandoned at once, none is.
fn is_recovered(p: &Place, t: &Thing) -> bool {
    let (idle, cart) = (p.world().settings.cart_idle_s, t.cart());
    let late = |at: Timestamp| at > cart.changed_at.plus_seconds(idle);
    idle > 0 && cart.state == CartState::Ordered && cart.ordered_at.is_some_and(late)
}

/// Adds up what carts are worth, by products what their lines are.
fn cart_value(p: &Place, only: &dyn Fn(&Thing) -> bool) -> i128 {
    let whole = |t: &Thing| t.cart().reporting_value;
    let kind = p.finest(&[Kind::Carts, Kind::CartLines]);
    p.sum(kind, |t| {
        let value = if kind == Kind::CartLines {
            t.cart_line().map_or_else(|| whole(t), |line| line.reporting_gross)
        } else {
            whole(t)
        };
        if only(t) { value.map_or(0, |value| value.0.into()) } else { 0 }
    })
}

fn products(name: &str, p: &Place) -> Option<Cell> {
    use ProductAction::{Add, ListClick, ListView, PromotionClick, PromotionView, View};
    let count = |action: ProductAction| p.count(Kind::Actions, move |t| t.action().action == action);
    // Of the times that a visit did so with a product, how often it did something else with it, too.
    let pairs = |action: ProductAction, then: &dyn Fn(u64, &str) -> bool| {
        p.distinct(Kind::VisitActions, |t| {
            let (visit, sku) = (t.visit?, t.action().product.sku.clone());
            (t.action().action == action && !sku.is_empty() && then(visit, &sku)).then_some((visit, sku))
        })
    };
    let all = |_: u64, _: &str| true;
    let added = |visit: u64, sku: &str| {
        let mut actions = p.world().rows.product_actions.iter();
        actions.any(|a| a.action == Add && a.visit.map(|v| v.0) == Some(visit) && a.product.sku == sku)
    };
    let bought = |visit: u64, sku: &str| {
        let mut orders = p.world().sold().filter(|o| o.visit.map(|v| v.0) == Some(visit));
        orders.any(|o| p.world().lines_of(o.order).any(|l| l.product.sku == sku))
    };
    Some(match name {
        "product_views" => Cell::Count(p.distinct(Kind::Actions, |t| {
            let shown = matches!(t.action().event_name.as_str(), "page_view" | "view_item");
            (t.action().action == View && shown).then_some(t.action().event.0)
        })),
        "list_views" => Cell::Count(count(ListView)),
        "list_clicks" => Cell::Count(count(ListClick)),
        "list_click_rate" => share(count(ListClick), count(ListView)),
        "promotion_views" => Cell::Count(count(PromotionView)),
        "promotion_clicks" => Cell::Count(count(PromotionClick)),
        "promotion_click_rate" => share(count(PromotionClick), count(PromotionView)),
        "adds_to_cart" => Cell::Count(count(Add)),
        "view_to_cart_rate" => share(pairs(View, &added), pairs(View, &all)),
        "cart_to_order_rate" => share(pairs(Add, &bought), pairs(Add, &all)),
        "buy_to_detail_rate" => share(pairs(View, &bought), pairs(View, &all)),
        _ => return None,
    })
}

fn ad_cost(p: &Place) -> i128 {
    p.sum(Kind::AdCosts, |t| t.ad_cost().reporting_cost.map_or(0, |cost| cost.0.into()))
}

fn others(name: &str, p: &Place) -> Option<Cell> {
    Some(match name {
        "ad_cost" => Cell::Money(ad_cost(p)),
        "ad_clicks" => Cell::Count(p.sum(Kind::AdCosts, |t| t.ad_cost().clicks.unwrap_or(0).into())),
        "ad_impressions" => Cell::Count(p.sum(Kind::AdCosts, |t| t.ad_cost().impressions.unwrap_or(0).into())),
        "goal_conversions" => Cell::Count(p.count(Kind::Goals, |_| true)),
        "goal_value" => Cell::Money(p.sum(Kind::Goals, |t| t.goal().value.0.into())),
        "goal_conversion_rate" => {
            let of_all = if p.is_split_by_goal() { Kind::VisitsOfEveryGoal } else { Kind::VisitsWhateverGoal };
            share(p.distinct(Kind::VisitsByGoal, |t| t.visit), p.count(of_all, |_| true))
        }
        _ => return None,
    })
}

/// Returns `of` by `per`, rounded half away from zero; `None` for a rate of nothing.
fn rounded(of: i128, per: i128) -> Option<i128> {
    let half = if of < 0 { -per } else { per };
    (per > 0).then(|| (2 * of + half) / (2 * per))
}

/// A share or quotient with four decimals.
fn share(of: i128, per: i128) -> Cell {
    quotient(of * 10_000, per)
}

fn quotient(of: i128, per: i128) -> Cell {
    rounded(of, per).map_or(Cell::Null, Cell::Ratio)
}

/// Microseconds to tenths of a second.
fn seconds(of: i128, per: i128) -> Cell {
    rounded(of, 100_000 * per).map_or(Cell::Null, Cell::Seconds)
}

/// An amount, rounded to the smallest coin of the site's currency.
fn money_per(p: &Place, of: i128, per: i128) -> Cell {
    let coin = 10_i128.pow(4 - p.world().settings.currency.decimals());
    rounded(of, per * coin).map_or(Cell::Null, |coins| Cell::Money(coins * coin))
}
