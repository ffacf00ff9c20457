//! What an event says of an order, a refund, a cart, a goal or a search. Fields that its kind does not know stay where
//! they are and become properties.

use super::envelope::Rest;
use super::fault::Fault;
use super::json::{members, scalar};
use super::value::{Marks, amount, boolean, currency, id, integer, text, texts, time};
use crate::limits::LIST_MAX;
use commerce::goal::Goal;
use commerce::hit::{
    CartStatement, GoalStatement, OrderStatement, OrderStatus, RefundStatement, Search, Source, flags, names,
};
use commerce::ids::is_placeholder;
use commerce::time::Timestamp;

/// Reads what `rest` says of an order; `occurred_at` is the event's own time.
pub(super) fn read_order(
    rest: &mut Rest<'_>,
    name: &str,
    occurred_at: Timestamp,
    marks: &mut Marks,
) -> Result<OrderStatement, Fault> {
    let mut order = OrderStatement::default();
    let (mut order_id, mut updated_at, mut at, mut channel) = (None, None, None, None);
    let is_status = name == names::ORDER_STATUS;
    rest.take_known(|key, value| {
        match key {
            "transaction_id" => order_id = Some(value),
            "aliases" => order.aliases = read_aliases(value, marks),
            "currency" => order.currency = currency(value)?,
            "value" => order.total = Some(amount(key, value, marks)?),
            "subtotal" => order.subtotal = Some(amount(key, value, marks)?),
            "tax" => order.tax = Some(amount(key, value, marks)?),
            "shipping" => order.shipping = Some(amount(key, value, marks)?),
            "fees" => order.fees = Some(amount(key, value, marks)?),
            "discount" => order.discount = Some(amount(key, value, marks)?),
            "coupon" | "coupons" => add_texts(&mut order.coupons, texts(value, marks)),
            "prices_include_tax" => order.prices_include_tax = boolean(value, marks),
            "payment_method" => order.payment_method = text(value, marks),
            "shipping_method" => order.shipping_method = text(value, marks),
            "customer_type" => order.customer_type = text(value, marks),
            "order_count" => order.order_count = integer(value, marks),
            "status" => order.status = Some(read_status(value)?),
            "test" => order.test = boolean(value, marks),
            "placed_at" => order.placed_at = Some(time(key, value)?),
            "updated_at" => updated_at = Some(time(key, value)?),
            "version" => order.version = integer(value, marks),
            "at" if is_status => at = Some(time(key, value)?),
            "reason" => order.reason = text(value, marks),
            "lines" => order.partial = read_lines(value, marks),
            "sales_channel" => order.sales_channel = text(value, marks),
            "channel" => channel = text(value, marks),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    order.order_id = read_order_id(order_id)?;
    order.sales_channel = order.sales_channel.or(channel);
    if is_status && order.status.is_none() {
        return Err(Fault::status_unknown());
    }
    // What an update or a change of status does not say of its version, its own time says (RULES.md, Orders).
    // A piece of an order corrects nothing.
    let is_change = is_status || (name == names::ORDER_UPDATE && order.partial != Some(true));
    let own_time = is_change.then(|| at.unwrap_or(occurred_at));
    order.version = order.version.or_else(|| updated_at.or(own_time).map(|t: Timestamp| t.0));
    Ok(order)
}

/// Reads what `rest` says of a refund.
pub(super) fn read_refund(rest: &mut Rest<'_>, marks: &mut Marks) -> Result<RefundStatement, Fault> {
    let mut refund = RefundStatement::default();
    let (mut order_id, mut value_of) = (None, None);
    rest.take_known(|key, value| {
        match key {
            "transaction_id" => order_id = Some(value),
            "aliases" => refund.aliases = read_aliases(value, marks),
            "refund_id" => refund.refund_id = id(value, marks),
            "amount" => refund.amount = Some(amount(key, value, marks)?),
            // GA4's refund event has no amount and states its `value`.
            "value" => value_of = Some(amount(key, value, marks)?),
            "tax" => refund.tax = Some(amount(key, value, marks)?),
            "shipping" => refund.shipping = Some(amount(key, value, marks)?),
            "currency" => refund.currency = currency(value)?,
            "at" => refund.at = Some(time(key, value)?),
            "reason" => refund.reason = text(value, marks),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    refund.order_id = read_order_id(order_id)?;
    refund.amount = refund.amount.or(value_of);
    Ok(refund)
}

/// Reads what `rest` says of a cart, and the cart's recovery URL.
pub(super) fn read_cart(rest: &mut Rest<'_>, marks: &mut Marks) -> Result<(CartStatement, Option<String>), Fault> {
    let mut cart = CartStatement::default();
    let mut recovery_url = None;
    rest.take_known(|key, value| {
        match key {
            "value" => cart.value = Some(amount(key, value, marks)?),
            "currency" => cart.currency = currency(value)?,
            "coupon" => cart.coupon = text(value, marks),
            "checkout_step" => cart.checkout_step = text(value, marks),
            "recovery_url" => recovery_url = text(value, marks),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok((cart, recovery_url))
}

/// Reads which of the site's `goals` an event names, by number or name.
pub(super) fn read_goal(rest: &mut Rest<'_>, goals: &[Goal], marks: &mut Marks) -> Result<GoalStatement, Fault> {
    let (mut named, mut value_of) = (None, None);
    rest.take_known(|key, value| {
        match key {
            "goal" | "goal_id" => named = scalar(value),
            "value" => value_of = Some(amount(key, value, marks)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let named = named.ok_or_else(Fault::goal_unknown)?;
    let named = named.trim();
    let by_number = goals.iter().find(|goal| named.parse() == Ok(goal.id));
    let goal = by_number.or_else(|| goals.iter().find(|goal| goal.name == named)).ok_or_else(Fault::goal_unknown)?;
    Ok(GoalStatement { goal: goal.id, value: value_of })
}

/// Reads a search, `None` if the event does not say for what.
pub(super) fn read_search(rest: &mut Rest<'_>, marks: &mut Marks) -> Result<Option<Search>, Fault> {
    let (mut term, mut category, mut results) = (None, None, None);
    rest.take_known(|key, value| {
        match key {
            "search_term" | "term" | "query" => term = text(value, marks),
            "search_category" | "category" => category = text(value, marks),
            "results" | "search_results" | "results_count" => results = integer(value, marks),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(term.map(|term| Search { term, category, results }))
}

/// Reads what a shop stored about the source of an order, goal or cart; `None` if it is empty or no object.
pub(super) fn read_attribution(value: &str, marks: &mut Marks) -> Option<Source> {
    let mut source = Source::default();
    let read = members(value, Fault::malformed, |key, value| {
        match &*key {
            "source" => source.source = text(value, marks),
            "medium" => source.medium = text(value, marks),
            "campaign" => source.campaign = text(value, marks),
            "term" => source.term = text(value, marks),
            "content" => source.content = text(value, marks),
            "referrer" => source.referrer = text(value, marks),
            "landing_page" => source.landing_page = text(value, marks),
            "click_ids" => source.click_ids = read_click_ids(value, marks),
            _ => {}
        }
        Ok(())
    });
    if read.is_err() {
        *marks |= flags::VALUE_DROPPED;
    }
    (source != Source::default()).then_some(source)
}

fn read_click_ids(value: &str, marks: &mut Marks) -> Option<Vec<(String, String)>> {
    let mut ids = Vec::new();
    let read = members(value, Fault::malformed, |key, value| {
        if ids.len() < LIST_MAX {
            ids.extend(text(value, marks).map(|id| (key.into_owned(), id)));
        }
        Ok(())
    });
    if read.is_err() {
        *marks |= flags::VALUE_DROPPED;
    }
    (!ids.is_empty()).then_some(ids)
}

fn read_order_id(value: Option<&str>) -> Result<String, Fault> {
    let text = value.and_then(scalar).ok_or_else(Fault::order_id_missing)?;
    match text.trim() {
        "" => Err(Fault::order_id_missing()),
        placeholder if is_placeholder(placeholder) => Err(Fault::order_id_placeholder()),
        order_id => Ok(order_id.to_owned()),
    }
}

/// Returns the other ids of an order, without placeholders: one of those would make strangers' orders one.
fn read_aliases(value: &str, marks: &mut Marks) -> Option<Vec<String>> {
    let mut aliases = texts(value, marks)?;
    let before = aliases.len();
    aliases.retain(|alias| !is_placeholder(alias) && !alias.split_once(':').is_some_and(|(_, id)| is_placeholder(id)));
    if aliases.len() < before {
        *marks |= flags::PLACEHOLDER_ID;
    }
    (!aliases.is_empty()).then(|| aliases.into_iter().map(|alias| alias.trim().to_owned()).collect())
}

/// Returns whether the items are only some of the order's lines (`partial`) or all of them (`all`).
fn read_lines(value: &str, marks: &mut Marks) -> Option<bool> {
    match scalar(value).as_deref() {
        Some("partial") => Some(true),
        Some("all") => None,
        _ => {
            *marks |= flags::VALUE_DROPPED;
            None
        }
    }
}

fn read_status(value: &str) -> Result<OrderStatus, Fault> {
    match scalar(value).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        Some("pending") => Ok(OrderStatus::Pending),
        Some("confirmed") => Ok(OrderStatus::Confirmed),
        Some("cancelled" | "canceled") => Ok(OrderStatus::Cancelled),
        Some("failed") => Ok(OrderStatus::Failed),
        _ => Err(Fault::status_unknown()),
    }
}

fn add_texts(list: &mut Option<Vec<String>>, more: Option<Vec<String>>) {
    for text in more.into_iter().flatten() {
        let list = list.get_or_insert_default();
        if list.len() < LIST_MAX && !list.contains(&text) {
            list.push(text);
        }
    }
}
