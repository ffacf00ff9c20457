//! A client's own visit ids: aliases of our visits, by which its server's orders find the visit they came from.
//!
//! An alias stands for the visit of its earliest event. It never opens or bounds a visit.

use crate::context::HitContext;
use crate::sessionise::Weight;
use crate::work::Work;
use commerce::ids::{is_placeholder, visit_alias};
use commerce::rows::VisitAliasRow;

/// Notes the client's visit id that an event of a visit carries, unless an earlier event carried it.
pub(crate) fn note(work: &mut Work, ctx: &HitContext, weight: Weight) {
    let named = ctx.person().visit_id.as_deref().map(str::trim).filter(|id| !is_placeholder(id));
    let (Some(named), Some(visitor), Some(visit), Weight::Opens) = (named, ctx.visitor, ctx.visit, weight) else {
        return;
    };
    let alias = visit_alias(ctx.site(), named);
    let known = work.sales.visit_aliases.get(&alias);
    if known.is_some_and(|known| (known.at, known.event) <= (ctx.at(), ctx.event)) {
        return;
    }
    let row = VisitAliasRow {
        site: ctx.site(),
        position: ctx.position,
        alias,
        event: ctx.event,
        at: ctx.at(),
        visitor,
        visit,
    };
    work.news.visit_aliases.insert(alias);
    work.sales.visit_aliases.insert(alias, row.clone());
    work.rows.visit_aliases.push(row);
}
