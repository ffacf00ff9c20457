//! Any bytes as a segment file: the reader never panics, never runs away, and counts no more payload than it was given
//! or a bounded block can unpack to.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(report) = journal::verify_bytes(bytes) else { return };
    if report.compressed == 0 {
        assert!(report.payload_bytes <= bytes.len() as u64);
    }
    if report.records > 0 {
        let span = report.last_position + 1 - report.first_position;
        assert!(report.records <= span, "more records than positions");
    }
    for gap in &report.gaps {
        // Data starts at 1024, also in a file that ends before.
        assert!(gap.offset <= bytes.len().max(1024) as u64);
        assert!(gap.last.is_none_or(|last| last + 1 >= gap.first));
    }
});
