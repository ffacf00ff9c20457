//! What an order, a goal or a cart is credited to.
//!
//! Matomo's clients bring their attribution along and the visit has its say (protocol page, section 10). For all
//! others: what the statement says itself, else the site's model over the visitor's touches. Models that share the
//! credit among several touches are a report's business; here they credit as the default does.

use crate::context::HitContext;
use crate::source::{is_campaign, stated_source};
use crate::work::Work;
use commerce::hit::Dialect;
use commerce::rows::{TouchRow, TrafficSource, VisitRow};
use commerce::{SiteSettings, Timestamp};

/// What is known of where something came from.
pub(crate) struct Evidence<'a> {
    /// Whether a client of Matomo's brought it.
    pub(crate) is_matomo: bool,
    /// What its statement says itself.
    pub(crate) stated: Option<TrafficSource>,
    /// The source of its visit.
    pub(crate) visit: Option<&'a TrafficSource>,
    /// Visits of its visitor: their starts are touches.
    pub(crate) visits: &'a [&'a VisitRow],
    /// What brought its visitor.
    pub(crate) touches: &'a [&'a TouchRow],
}

/// Returns what something that happened at `at` is credited to; direct if nothing is known.
pub(crate) fn credit(settings: &SiteSettings, evidence: Evidence, at: Timestamp) -> TrafficSource {
    let Evidence { is_matomo, stated, visit, visits, touches } = evidence;
    let credited = if is_matomo {
        credit_matomo(stated, visit)
    } else {
        stated.or_else(|| credit_by_model(settings, visits, touches, at)).or_else(|| visit.cloned())
    };
    credited.unwrap_or_else(TrafficSource::direct)
}

/// Returns what a goal that the hit reaches is credited to.
pub(crate) fn credited_source(work: &Work, ctx: &HitContext) -> TrafficSource {
    let stated = ctx.facts().attribution.as_ref();
    let stated = stated.and_then(|s| stated_source(&work.rules.referrers, ctx.settings(), ctx.dialect(), s));
    let visitor = ctx.visitor.and_then(|visitor| work.visitors.get(&visitor));
    let touches: Vec<&TouchRow> = visitor.iter().flat_map(|v| v.touches(&work.rows.touches)).collect();
    let visits: Vec<&VisitRow> = visitor.iter().flat_map(|v| &v.slots).map(|slot| &slot.row).collect();
    let visit = work.visit(ctx.visitor, ctx.visit).map(|row| &row.source).or(ctx.brought);
    let evidence =
        Evidence { is_matomo: ctx.dialect() == Dialect::Matomo, stated, visit, visits: &visits, touches: &touches };
    credit(ctx.settings(), evidence, ctx.at())
}

/// First the client's own campaign, then the visit's, then the client's own referrer, then whatever the visit has.
fn credit_matomo(stated: Option<TrafficSource>, visit: Option<&TrafficSource>) -> Option<TrafficSource> {
    let (campaign, referrer) = match stated {
        Some(stated) if is_campaign(&stated) => (Some(stated), None),
        other => (None, other),
    };
    let visit_campaign = visit.filter(|v| is_campaign(v));
    if let Some(campaign) = campaign {
        // The visit knows the same campaign better: the client keeps its name and keyword alone.
        let same = visit_campaign.filter(|v| v.campaign == campaign.campaign && v.term == campaign.term);
        return Some(same.cloned().unwrap_or(campaign));
    }
    visit_campaign.cloned().or(referrer).or_else(|| visit.cloned())
}

fn credit_by_model(
    settings: &SiteSettings,
    visits: &[&VisitRow],
    touches: &[&TouchRow],
    at: Timestamp,
) -> Option<TrafficSource> {
    let earliest = at.plus_seconds(-settings.attribution_window_days.saturating_mul(86_400));
    let starts = visits.iter().map(|v| (v.started_at, 0, &v.source));
    let touches = touches.iter().map(|t| (t.occurred_at, t.event.0, &t.source));
    let in_window = starts.chain(touches).filter(|(t, ..)| *t >= earliest && *t <= at);
    let order = |(t, event, _): &(Timestamp, u64, &TrafficSource)| (*t, *event);
    let credited = match settings.attribution_model.as_str() {
        "first" => in_window.min_by_key(order),
        "last" => in_window.max_by_key(order),
        _ => in_window.filter(|(.., source)| !source.is_direct()).max_by_key(order),
    };
    credited.map(|(.., source)| source.clone())
}
