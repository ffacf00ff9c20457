//! Analyses over a real store, and their parameters.

use super::*;
use crate::run::tests::shop::{SITE, settings};
use commerce::SiteSettings;
use commerce::rows::Rows;
use store::Store;

mod attribution;
mod customers;
mod funnel;
mod others;

/// A store of its own.
pub(super) struct Shop {
    pub(super) store: Store,
    pub(super) settings: SiteSettings,
    _folder: tempfile::TempDir,
}

pub(super) fn open(rows: &Rows) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let store =
        Store::open(folder.path().join("store.db"), store::Options { memory_limit_mb: 256, threads: 1 }).unwrap();
    store.apply(rows).unwrap();
    Shop { store, settings: settings(), _folder: folder }
}

impl Shop {
    pub(super) fn ask(&self, name: &str, parameters: &[(&str, &str)]) -> Table {
        let named = |name: &str| parameters.iter().any(|(n, _)| *n == name);
        let mut all = parameters.to_vec();
        if !named("from") {
            all.extend([("from", "2026-03-28"), ("to", "2026-03-29")]);
        }
        let prepared = analysis(name).unwrap().prepare(all, &[]).unwrap();
        let run = |snapshot: &store::Snapshot<'_>| prepared.run(&Desk::new(snapshot, SITE, &self.settings)?);
        self.store.snapshot(&store::Patience::default(), run).unwrap()
    }

    /// Compares the answer as text, rules left out and blanks taken for one.
    #[track_caller]
    pub(super) fn check(&self, name: &str, parameters: &[(&str, &str)], expected: &str) {
        let text = self.ask(name, parameters).to_text();
        let plain = |text: &str| -> Vec<String> {
            let lines = text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
            lines.filter(|l| !l.is_empty() && !l.chars().all(|c| c == '-' || c == ' ') || l == "-").collect()
        };
        assert_eq!(plain(&text), plain(expected), "\n{text}");
    }
}

/// Returns the code and the hint of the refusal of `parameters`.
pub(super) fn refusal(name: &str, parameters: &[(&str, &str)]) -> (&'static str, String) {
    let period = [("from", "2026-03-28"), ("to", "2026-03-29")];
    let all: Vec<(&str, &str)> = parameters.iter().copied().chain(period).collect();
    let error = analysis(name).unwrap().prepare(all, &[]).err().expect("a refusal");
    (error.code, error.hint)
}

#[test]
fn bad_parameters_are_told_with_the_nearest_name() {
    assert_eq!(
        refusal("funnel", &[("scop", "visit")]),
        ("query.unknown_parameter", "did you mean `scope`?".to_owned())
    );
    assert_eq!(refusal("funnel", &[("scope", "visiter")]).1, "did you mean `visitor` or `visit`?");
    assert_eq!(refusal("funnel", &[("window", "0d")]).0, "query.bad_number");
    assert_eq!(refusal("funnel", &[("breakdown", "sku")]).0, "query.not_combinable");
    assert_eq!(refusal("funnel", &[("filter", "order_status==confirmed")]).0, "query.not_combinable");
    assert_eq!(refusal("funnel/dropped", &[("step", "4")]).1, "it is a whole number from 1 to 3");
}
