//! The documentation names what the catalogue has, in the catalogue's own words.

use reports::{DIMENSIONS, FIELDS, METRICS};

#[test]
fn the_page_has_every_metric_and_dimension_as_the_catalogue_defines_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reports.md");
    let page = std::fs::read_to_string(path).unwrap();
    for metric in METRICS {
        let line = format!("| `{}` | {} | {} |", metric.name, metric.unit.name("currency"), metric.definition);
        assert!(page.contains(&line), "docs/reports.md lacks: {line}");
    }
    for dimension in DIMENSIONS.iter().chain(FIELDS) {
        let line = format!("| `{}` | {} |", dimension.name, dimension.definition);
        assert!(page.contains(&line), "docs/reports.md lacks: {line}");
    }
}
