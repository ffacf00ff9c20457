//! The pipeline: what happens to a record, step by step. This file is its documentation.
//!
//! A hit goes through: [`dedupe`](is_duplicate), [`label_bot`], page, source, [visit](place) (which recognises the
//! visitor, and excludes a ping without a visit), [identity], product actions, cart, order, goal, and becomes an event
//! row. What it says of carts, orders and people is only noted; at the end of the batch they are [settled](settle) from
//! all that is known. What the door excluded or quarantined is counted beside. Settings, goals and rates hold from
//! their record on; a tick moves the clock.

use crate::bot::is_judged;
use crate::context::HitContext;
use crate::exclusion::{exclude_hit, take_excluded, take_quarantined};
use crate::intake::{DUPLICATE, STORED};
use crate::page::parts_of;
use crate::place::{Arrival, Placed, place};
use crate::rules::{Agent, Rules};
use crate::sessionise::{Step, Weight, weight_of};
use crate::settle::settle;
use crate::site;
use crate::source::brought_by;
use crate::work::Work;
use crate::{alias, cart, costs, goal, identity, link_codes, order, product};
use commerce::hit::flags;
use commerce::record::DropReason;
use commerce::rows::{EventRow, Rows};
use commerce::state::State;
use commerce::{EventKey, Hit, Record};

/// Turns a batch of records, in the order of their positions, into rows.
///
/// `state` must answer [`keys`](crate::keys()) of the same batch as of the position before it. Pure: the same state
/// and batch give the same rows, and a journal gives the same figures however it is cut into batches.
pub fn enrich(rules: &Rules, state: State, batch: &[(u64, Record)]) -> Rows {
    let mut work = Work::new(rules, state);
    work.rows.events.reserve(batch.len());
    for (position, record) in batch {
        work.as_of = work.as_of.max(Some(record.at()));
        take_record(&mut work, *position, record);
    }
    let position = batch.last().map_or(0, |(position, _)| *position);
    settle(&mut work, position);
    work.into_rows(position)
}

fn take_record(work: &mut Work, position: u64, record: &Record) {
    match record {
        Record::Hit(hit) => take_hit(work, position, hit),
        Record::Quarantined(r) => take_quarantined(work, position, r),
        Record::Excluded(r) => take_excluded(work, r),
        Record::Settings(r) => {
            settle(work, position);
            site::take_settings(work, position, r);
        }
        Record::Goals(r) => site::take_goals(work, position, r),
        Record::Rates(r) => {
            settle(work, position);
            site::take_rates(work, position, r);
            costs::convert_ads(work, position, r);
        }
        Record::ProductCosts(r) => costs::take(work, position, r),
        Record::AdCosts(r) => costs::take_ads(work, position, r),
        Record::LinkCodes(r) => link_codes::take(work, position, r),
        // Of a tick, only the time counts, which `enrich` noted. The others have no rows of their own: the journal
        // keeps them for the rooms that read them.
        Record::Tick(_) | Record::Erasure(_) | Record::Deletion(_) | Record::RuleData(_) => {}
    }
}

fn take_hit(work: &mut Work, position: u64, hit: &Hit) {
    let facts = &hit.facts;
    let event = EventKey::new(facts.site, facts.event_id);
    if is_duplicate(work, event) {
        work.intake.count(facts.site, facts.received_at, DUPLICATE, facts.dialect);
        return;
    }
    let site_state = site::state_of(work, facts.site);
    let settings = &site_state.settings;
    let agent = hit.person.user_agent.as_deref().map(|ua| work.rules.agent(ua));
    let bot = label_bot(hit, agent.as_deref());
    let page = parts_of(facts.page.as_ref());
    let brought = brought_by(&work.rules.referrers, settings, facts);
    let weight = weight_of(settings, &facts.name, facts.origin);
    let step = Step {
        at: facts.occurred_at,
        weight,
        name: &facts.name,
        flags: facts.flags.unwrap_or(0),
        host: page.host.as_deref(),
        page: page.page.as_deref(),
        brought: brought.as_ref().map(|b| &b.source),
    };
    let arrival =
        Arrival { hit, settings, position, event, step, brought: brought.as_ref(), agent: agent.as_deref(), bot };
    let (visitor, visit) = match place(work, &arrival) {
        Placed::At(visitor, visit) => (visitor, visit),
        Placed::PingWithoutVisit => {
            work.events_seen.remove(&event);
            exclude_hit(work, hit, DropReason::PingWithoutVisit);
            return;
        }
    };
    let brought = brought.as_ref().map(|b| &b.source);
    let ctx = HitContext { position, hit, site_state: &site_state, event, visitor, visit, brought, bot };
    work.news.visits |= visit.is_some();
    identity::note(work, &ctx);
    alias::note(work, &ctx, weight);
    work.rows.product_actions.extend(product::actions(&ctx));
    note_cart(work, &ctx, weight);
    order::apply(work, &ctx);
    goal::apply(work, &ctx);
    let mut row = event_row(&ctx);
    if weight == Weight::Attaches {
        row.flags |= flags::ATTACHED;
    }
    work.rows.events.push(EventRow { host: page.host, page: page.page, ..row });
    work.intake.count(facts.site, facts.received_at, STORED, facts.dialect);
}

/// Notes what the hit says of a cart. To which visit a server's word belongs is found out at the settling.
fn note_cart(work: &mut Work, ctx: &HitContext, weight: Weight) {
    if let Some(mut fact) = cart::fact_of(ctx) {
        fact.visit = fact.visit.filter(|_| weight == Weight::Opens);
        work.news.cart_facts = true;
        work.news.carts.extend(fact.cart);
        work.sales.cart_facts.push(fact.clone());
        work.rows.cart_facts.push(fact);
    }
}

/// An event id counts once per site (ARCHITECTURE.md, promise 2).
fn is_duplicate(work: &mut Work, event: EventKey) -> bool {
    !work.events_seen.insert(event)
}

fn label_bot<'a>(hit: &Hit, agent: Option<&'a Agent>) -> Option<&'a str> {
    agent.filter(|_| is_judged(hit))?.bot.as_deref()
}

fn event_row(ctx: &HitContext) -> EventRow {
    let facts = ctx.facts();
    EventRow {
        site: facts.site,
        position: ctx.position,
        event: ctx.event,
        occurred_at: facts.occurred_at,
        name: facts.name.clone(),
        visitor: ctx.visitor,
        fingerprint: ctx.person().fingerprint,
        visit: ctx.visit,
        dialect: facts.dialect,
        origin: facts.origin,
        trust: facts.trust,
        host: None,
        page: None,
        page_title: facts.page.as_ref().and_then(|p| p.title.clone()),
        search_term: facts.search.as_ref().map(|s| s.term.clone()),
        search_results: facts.search.as_ref().and_then(|s| s.results),
        checkout_step: facts.cart.as_ref().and_then(|c| c.checkout_step.clone()),
        bot: ctx.bot.map(str::to_owned),
        flags: facts.flags.unwrap_or(0),
        properties: facts.properties.clone(),
    }
}
