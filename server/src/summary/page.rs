//! The summary as HTML. Every text is escaped where it is written; there is no script and no inline style.

use super::chart::{Bar, bars, line};
use super::figures::{Card, Figures, Listing};
use std::fmt::Write as _;

/// Returns `text` with the five characters replaced that mean something in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters have no glyph; some of them steer terminals.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tallyho</title><link rel="stylesheet" href="/summary.css"></head><body><main>"#;
const FOOT: &str = r#"<p class="note">This program was built without its dashboard; <code>make build</code> builds both.</p></main></body></html>"#;

/// Returns the page with a site's figures.
pub(super) fn render(figures: &Figures) -> String {
    let mut out = String::from(HEAD);
    // Writing to a string cannot fail, here and below.
    let _infallible = write!(
        out,
        "<header><h1>{}</h1><p>{} to {}, in {} and {} time</p></header>",
        escaped(&figures.domain),
        figures.from,
        figures.to,
        escaped(&figures.currency),
        escaped(&figures.timezone)
    );
    out.push_str(r#"<div class="cards">"#);
    for card in &figures.cards {
        render_card(card, &mut out);
    }
    out.push_str("</div>");
    let days: Vec<Bar> =
        figures.days.iter().map(|d| Bar { label: d.date.clone(), value: d.net_sales, text: d.text.clone() }).collect();
    let title = format!("Net sales by day, {}", figures.currency);
    let _infallible =
        write!(out, r#"<section class="chart"><h2>{}</h2>{}</section>"#, escaped(&title), bars(&days, &title));
    out.push_str(r#"<div class="grid">"#);
    for listing in &figures.listings {
        render_listing(listing, &mut out);
    }
    let _infallible = write!(
        out,
        r#"</div><p class="note">Every figure comes from the public API, as of journal position {}; try
        <code>/api/v1/sites/{}/report?metrics=orders,net_sales&amp;dimensions=channel&amp;from={}&amp;to={}</code>.</p>"#,
        figures.position, figures.site, figures.from, figures.to
    );
    out.push_str(FOOT);
    out
}

fn render_card(card: &Card, out: &mut String) {
    let _infallible = write!(
        out,
        r#"<article class="card"><h2 title="{}">{}</h2><strong>{}</strong><span>{}</span>{}</article>"#,
        escaped(&card.definition),
        escaped(&card.label),
        escaped(&card.value),
        escaped(&card.change),
        line(&card.series)
    );
}

fn render_listing(listing: &Listing, out: &mut String) {
    let wide = if listing.columns.len() > 5 { " class=\"wide\"" } else { "" };
    let _infallible =
        write!(out, r#"<section{wide}><h2>{}</h2><div class="scroll"><table><thead><tr>"#, escaped(&listing.title));
    for (i, column) in listing.columns.iter().enumerate() {
        let _infallible = write!(out, "<th{}>{}</th>", class(i, listing), escaped(column));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &listing.rows {
        out.push_str("<tr>");
        for (i, cell) in row.iter().enumerate() {
            let _infallible = write!(out, "<td{}>{}</td>", class(i, listing), escaped(cell));
        }
        out.push_str("</tr>");
    }
    if listing.rows.is_empty() {
        let _infallible =
            write!(out, r#"<tr><td colspan="{}">{}</td></tr>"#, listing.columns.len(), escaped(listing.empty));
    }
    out.push_str("</tbody></table></div></section>");
}

fn class(column: usize, listing: &Listing) -> &'static str {
    if column >= listing.text_columns { r#" class="n""# } else { "" }
}

/// Returns the page of an installation that has nothing to show yet, or nothing to show to this caller.
pub(super) fn plain(title: &str, paragraphs: &[&str]) -> String {
    let mut out = format!("{HEAD}<header><h1>{}</h1></header><section>", escaped(title));
    for paragraph in paragraphs {
        let _infallible = write!(out, "<p>{}</p>", escaped(paragraph));
    }
    out.push_str("</section>");
    out.push_str(FOOT);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_its_place() {
        assert_eq!(escaped("<a href='x'>&\"\u{1b}[2J"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd}[2J");
    }
}
