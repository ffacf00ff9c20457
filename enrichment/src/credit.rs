//! What an order, a goal or a cart is credited to.
//!
//! Matomo's clients bring their attribution along and the visit has its say (protocol page, section 10). For all
//! others: what the statement says itself, else the site's model over the visitor's touches. Models that share the
//! credit among several touches are a report's business; here they credit as the default does.

use crate::context::HitContext;
use crate::source::{is_campaign, stated_source};
use crate::visit::VisitorWork;
use crate::work::Work;
use commerce::hit::Dialect;
use commerce::rows::{TouchRow, TrafficSource};
use commerce::{SiteSettings, Timestamp};

/// Returns what an order, goal or cart of this hit is credited to; direct if nothing is known.
pub(crate) fn credited_source(work: &Work, ctx: &HitContext) -> TrafficSource {
    let visit = work.visit(ctx.visitor, ctx.visit).map(|row| &row.source);
    let stated = ctx.facts().attribution.as_ref();
    let stated = stated.and_then(|s| stated_source(&work.rules.referrers, ctx.settings(), ctx.dialect(), s));
    if ctx.dialect() == Dialect::Matomo {
        return credit_matomo(stated, visit).or_else(|| ctx.brought.cloned()).unwrap_or_else(TrafficSource::direct);
    }
    let by_model = || {
        let visitor = work.visitors.get(&ctx.visitor?)?;
        credit_by_model(ctx.settings(), visitor, &work.rows.touches, ctx.at())
    };
    stated
        .or_else(by_model)
        .or_else(|| visit.cloned())
        .or_else(|| ctx.brought.cloned())
        .unwrap_or_else(TrafficSource::direct)
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
    visitor: &VisitorWork,
    fresh: &[TouchRow],
    at: Timestamp,
) -> Option<TrafficSource> {
    let earliest = at.plus_seconds(-settings.attribution_window_days.saturating_mul(86_400));
    let in_window = |touch: &&TouchRow| touch.occurred_at >= earliest && touch.occurred_at <= at;
    let touches = visitor.touches(fresh).filter(in_window);
    let order = |touch: &&TouchRow| (touch.occurred_at, touch.position);
    let credited = match settings.attribution_model.as_str() {
        "first" => touches.min_by_key(order),
        "last" => touches.max_by_key(order),
        _ => touches.filter(|t| !t.source.is_direct()).max_by_key(order),
    };
    credited.map(|touch| touch.source.clone())
}
