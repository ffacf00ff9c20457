//! Small charts as SVG, drawn with integers: a line for a card, bars for the main series. Knows no metric.

use std::fmt::Write as _;

/// Returns a line through `values`, 100 wide and 30 high; empty for fewer than two values.
pub(super) fn line(values: &[i128]) -> String {
    let (Some(low), Some(high)) = (values.iter().min(), values.iter().max()) else { return String::new() };
    if values.len() < 2 {
        return String::new();
    }
    let span = (high - low).max(1);
    let mut points = String::new();
    for (i, value) in values.iter().enumerate() {
        let x = i * 1000 / (values.len() - 1);
        let y = 290 - (value - low) * 260 / span;
        // Writing to a string cannot fail.
        let _infallible = write!(points, "{}.{},{}.{} ", x / 10, x % 10, y / 10, y % 10);
    }
    format!(
        r#"<svg viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true"><polyline class="line" points="{points}"/></svg>"#
    )
}

/// One bar: what it stands for, its value, and how people write that.
pub(super) struct Bar {
    /// Label, shown below some of the bars and in each one's tooltip.
    pub(super) label: String,
    /// Height.
    pub(super) value: i128,
    /// The value as text.
    pub(super) text: String,
}

/// Returns bars 1000 wide and 190 high, every seventh one labelled.
pub(super) fn bars(bars: &[Bar], title: &str) -> String {
    let high = bars.iter().map(|b| b.value).max().unwrap_or(0).max(1);
    let step = 1000 / bars.len().max(1);
    let mut out = format!(r#"<svg viewBox="0 0 1000 190" role="img" aria-label="{}">"#, super::page::escaped(title));
    for (i, bar) in bars.iter().enumerate() {
        let height = (bar.value.max(0) * 160 / high) as usize;
        let (x, label) = (i * step, super::page::escaped(&bar.label));
        let _infallible = write!(
            out,
            r#"<rect class="bar" x="{x}" y="{}" width="{}" height="{height}" rx="2"><title>{label}: {}</title></rect>"#,
            165 - height,
            (step * 4 / 5).max(1),
            super::page::escaped(&bar.text)
        );
        if i % 7 == 0 {
            let _infallible = write!(out, r#"<text class="axis" x="{x}" y="184">{label}</text>"#);
        }
    }
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_spans_its_box() {
        let svg = line(&[0, 10, 5]);
        assert!(svg.contains("0.0,29.0 50.0,3.0 100.0,16.0"), "{svg}");
        assert_eq!(line(&[1]), "");
        assert_eq!(line(&[]), "");
    }

    #[test]
    fn labels_cannot_break_out_of_the_drawing() {
        let bar = Bar { label: "<script>".to_owned(), value: 3, text: "\"3\"".to_owned() };
        let svg = bars(&[bar], "a & b");
        assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;") && svg.contains("a &amp; b"), "{svg}");
    }
}
