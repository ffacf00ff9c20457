//! Goals: a hit names one, or what happened matches a site's pattern.
//!
//! A hit that names a goal, an order or a cart is compared with no pattern. A goal counts once per visit unless it
//! allows more; what belongs to no visit counts each time. Bots reach no goals. How a text is compared is
//! [`pattern`]'s business.

pub(crate) mod pattern;

use crate::context::HitContext;
use crate::credit::credited_source;
use crate::work::Work;
use commerce::goal::{Goal, GoalAttribute};
use commerce::hit::{Facts, names};
use commerce::rows::GoalConversionRow;
use commerce::{Amount, VisitKey, VisitorKey};
use pattern::Properties;

/// Notes the goals that the hit reaches.
pub(crate) fn apply(work: &mut Work, ctx: &HitContext) {
    let goals = &ctx.site_state.goals;
    if goals.is_empty() || ctx.bot.is_some() {
        return;
    }
    let facts = ctx.facts();
    if let Some(statement) = &facts.goal {
        if let Some(goal) = goals.iter().find(|goal| goal.id == statement.goal) {
            let properties = goal.use_event_value.then(|| Properties::of(facts));
            convert(work, ctx, goal, statement.value, properties.as_ref());
        }
        return;
    }
    if is_sale(facts) {
        return;
    }
    let properties = Properties::of(facts);
    for goal in goals {
        if matches(work, ctx, goal, &properties) {
            convert(work, ctx, goal, None, Some(&properties));
        }
    }
}

/// Says whether the hit is about an order or a cart.
fn is_sale(facts: &Facts) -> bool {
    let in_cart = matches!(facts.name.as_str(), names::CART_UPDATE | names::ADD_TO_CART | names::REMOVE_FROM_CART);
    facts.order.is_some() || facts.refund.is_some() || facts.cart.is_some() || in_cart
}

/// Says whether what the goal looks at is there and matches its pattern.
fn matches(work: &Work, ctx: &HitContext, goal: &Goal, properties: &Properties) -> bool {
    let facts = ctx.facts();
    let page = facts.page.as_ref().filter(|_| facts.name == names::PAGE_VIEW);
    let link = |wanted: bool| properties.url.as_deref().filter(|_| wanted);
    let event = !matches!(facts.name.as_str(), names::PAGE_VIEW | names::PING);
    let fits = |text: &str| work.rules.goal_patterns.matches(goal, text);
    match goal.attribute {
        GoalAttribute::Manually => false,
        GoalAttribute::Url => page.and_then(|p| p.url.as_deref()).is_some_and(|url| pattern::fits_url(fits, url)),
        GoalAttribute::Title => page.and_then(|p| p.title.as_deref()).is_some_and(fits),
        GoalAttribute::File => link(facts.name == names::FILE_DOWNLOAD).is_some_and(|url| pattern::fits_url(fits, url)),
        GoalAttribute::ExternalWebsite => {
            link(facts.name == names::CLICK && properties.outbound).is_some_and(|url| pattern::fits_url(fits, url))
        }
        GoalAttribute::EventCategory => event && properties.category.as_deref().is_some_and(fits),
        GoalAttribute::EventAction => event && fits(properties.action.as_deref().unwrap_or(&facts.name)),
        GoalAttribute::EventName => event && properties.name.as_deref().is_some_and(fits),
        GoalAttribute::VisitDuration => lasted(work, ctx, &goal.pattern),
    }
}

/// Says whether the hit's visit has lasted the whole minutes that `pattern` names.
fn lasted(work: &Work, ctx: &HitContext, pattern: &str) -> bool {
    let Some(visit) = work.visit(ctx.visitor, ctx.visit) else { return false };
    let Ok(minutes) = pattern.trim().parse::<u32>() else { return false };
    visit.seen_until.micros_since(visit.started_at) >= i64::from(minutes) * 60_000_000
}

/// Notes a conversion of `goal`, unless its visit has one already and one is all that counts.
fn convert(work: &mut Work, ctx: &HitContext, goal: &Goal, stated: Option<Amount>, properties: Option<&Properties>) {
    if !goal.allow_multiple
        && let (Some(visitor), Some(visit)) = (ctx.visitor, ctx.visit)
        && !mark_visit(work, ctx, visitor, visit, goal.id)
    {
        return;
    }
    let of_event = properties.filter(|_| goal.use_event_value).and_then(|p| p.value);
    let row = GoalConversionRow {
        site: ctx.site(),
        position: ctx.position,
        event: ctx.event,
        goal: goal.id,
        occurred_at: ctx.at(),
        visitor: ctx.visitor,
        visit: ctx.visit,
        value: stated.or(of_event).or(goal.value).unwrap_or_default(),
        source: credited_source(work, ctx),
    };
    work.rows.goal_conversions.push(row);
}

/// Marks the goal as reached in the visit; says whether it was not before.
fn mark_visit(work: &mut Work, ctx: &HitContext, visitor: VisitorKey, visit: VisitKey, goal: u32) -> bool {
    let Some(row) = work.visit(Some(visitor), Some(visit)) else { return true };
    let Err(place) = row.goals.binary_search(&goal) else { return false };
    if let Some(row) = work.visit_mut(visitor, visit, ctx.position) {
        row.goals.insert(place, goal);
    }
    true
}

#[cfg(test)]
mod tests;
