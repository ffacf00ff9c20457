//! Settings and goals after a crash: where journal and control plane differ, the control plane's word is written again.
//!
//! A change is appended to the journal before it is committed to the control plane. If the process dies in between,
//! the journal holds a change that nobody was told had worked; one more record takes it back.

use crate::app::App;
use crate::control::StoredSite;
use commerce::Record;
use commerce::state::SiteState;

/// Appends what is missing in the journal. The store must have caught up with the journal as it was opened.
///
/// # Errors
/// If the store or the control plane cannot be read, or the journal takes no record.
pub(crate) fn settings_and_goals(app: &App) -> anyhow::Result<()> {
    for site in app.control.sites()? {
        let Ok(known) = app.store.with(|store| store.site_state(site.id)) else { return Ok(()) };
        let missing = missing_records(app, &site, known?.as_ref());
        if !missing.is_empty() {
            tracing::warn!(
                site = site.id.0,
                records = missing.len(),
                "settings that a crash left half changed were stated again"
            );
            app.append(&missing)?;
        }
    }
    Ok(())
}

fn missing_records(app: &App, site: &StoredSite, known: Option<&SiteState>) -> Vec<Record> {
    let at = app.clock.now();
    let mut missing = Vec::new();
    if known.is_none_or(|known| known.settings != site.settings) {
        missing.push(site.settings_record(at));
    }
    if known.map_or(!site.goals.is_empty(), |known| known.goals != site.goals) {
        missing.push(site.goals_record(at));
    }
    missing
}
