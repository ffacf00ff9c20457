//! The tables: which struct fills which, and which columns each type of field takes.
//!
//! The fields stand in the order of the columns in `migrations/`; a test compares the two. Every field of a struct has
//! to be named here, so a field added to a row does not compile until it has its column.

mod compound;
mod scalar;

use crate::table::table;
use commerce::rows::{
    AdCostRow, CartFactRow, CartLineRow, CartRow, EventRow, GoalConversionRow, IdentityRow, IntakeRow, LinkCodeRow,
    OrderFactRow, OrderIdRow, OrderLineRow, OrderRow, PersonRow, ProductActionRow, ProductCostRow, QuarantineRow,
    RateRow, RefundLineRow, RefundRow, SiteRow, TouchRow, VisitAliasRow, VisitMoveRow, VisitRow, WaitingEventRow,
};

table!(
    EventRow,
    "events",
    [
        site,
        position,
        event,
        occurred_at,
        name,
        visitor,
        fingerprint,
        visit,
        dialect,
        origin,
        trust,
        host,
        page,
        page_title,
        search_term,
        search_results,
        checkout_step,
        bot,
        flags,
        properties,
    ]
);

table!(
    VisitRow,
    "visits",
    [
        site,
        position,
        visit,
        visitor,
        fingerprint,
        customer,
        live,
        started_at,
        last_at,
        seen_until,
        number,
        first_seen_at,
        source,
        host,
        landing_page,
        exit_page,
        page_views,
        events,
        interactions,
        searches,
        device,
        browser,
        os,
        screen,
        language,
        country,
        region,
        city,
        goals,
        bot,
    ]
);

table!(TouchRow, "touches", [site, position, event, occurred_at, visitor, visit, source, landing_page, click_id,]);

table!(
    ProductActionRow,
    "product_actions",
    [
        site,
        position,
        event,
        line,
        occurred_at,
        visitor,
        visit,
        action,
        event_name,
        product,
        price,
        quantity,
        item_list,
        list_index,
        promotion,
        coupon,
        properties,
        bot,
    ]
);

table!(VisitMoveRow, "visit_moves", [site, position, event, visit]);

table!(
    GoalConversionRow,
    "goal_conversions",
    [site, position, event, goal, occurred_at, visitor, visit, value, source,]
);

table!(
    OrderFactRow,
    "order_facts",
    [
        site,
        position,
        order,
        order_id,
        event,
        kind,
        occurred_at,
        received_at,
        dialect,
        origin,
        trust,
        visitor,
        visit,
        visit_alias,
        user,
        email,
        cart,
        source,
        landing_page,
        payload,
    ]
);

table!(OrderIdRow, "order_ids", [site, position, alias, order, alias_id]);

table!(
    OrderRow,
    "orders",
    [
        site,
        position,
        order,
        order_id,
        placed_at,
        paid_at,
        counted_at,
        status,
        counts,
        test,
        currency,
        amounts,
        reporting,
        refunded,
        units,
        lines,
        user,
        email,
        customer,
        visitor,
        visit_event,
        visit,
        cart,
        source,
        landing_page,
        coupon,
        payment_method,
        shipping_method,
        sales_channel,
        origin,
        trust,
        statements,
        flags,
    ]
);

table!(
    OrderLineRow,
    "order_lines",
    [
        site,
        position,
        order,
        line,
        product,
        price,
        quantity,
        gross,
        discount,
        reporting_gross,
        reporting_discount,
        unit_cost,
        reporting_cost,
        coupon,
        item_list,
        properties,
    ]
);

table!(
    RefundRow,
    "refunds",
    [
        site, position, order, refund, refund_id, at, amounts, reporting, stated, units, reason, origin, trust,
        statements,
    ]
);

table!(
    RefundLineRow,
    "refund_lines",
    [site, position, order, refund, line, order_line, product, quantity, goods, reporting_goods, reporting_cost,]
);

table!(
    CartFactRow,
    "cart_facts",
    [site, position, event, kind, occurred_at, dialect, origin, cart, cart_id, visitor, visit, user, email, payload,]
);

table!(
    CartRow,
    "carts",
    [
        site,
        position,
        cart,
        cart_id,
        visitor,
        customer,
        visit,
        created_at,
        changed_at,
        replaced_at,
        state,
        order,
        ordered_at,
        currency,
        value,
        reporting_value,
        units,
        checkout_step,
        coupon,
        source,
        contact,
        email,
        recovery_url,
    ]
);

table!(CartLineRow, "cart_lines", [site, position, cart, line, product, price, quantity, gross, reporting_gross,]);

table!(IdentityRow, "identities", [site, position, subject, customer, by_email, at]);

table!(PersonRow, "people", [site, position, customer, user_id, email_hash, email]);

table!(ProductCostRow, "product_costs", [site, position, sku, valid_from, unit_cost]);

table!(
    AdCostRow,
    "ad_costs",
    [site, position, starts_at, channel, source, medium, campaign, currency, cost, reporting_cost, clicks, impressions]
);

table!(LinkCodeRow, "link_codes", [site, position, code, campaign, customer, user_id, email_hash]);

table!(VisitAliasRow, "visit_aliases", [site, position, alias, event, at, visitor, visit]);

table!(WaitingEventRow, "waiting_events", [site, position, visitor, event, at, names_visit, visit]);

table!(QuarantineRow, "quarantine", [site, position, received_at, dialect, reason, hint, payload]);

table!(IntakeRow, "intake", [site, position, hour, outcome, reason, dialect, count]);

table!(SiteRow, "sites", [site, position, settings, goals]);

table!(RateRow, "rates", [site, position, day, currency, per_unit]);
