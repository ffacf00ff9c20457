//! Every text of a hit, once: cut to its limit, and scrubbed as its kind asks for.

use crate::book::BookSite;
use crate::limits::{LANGUAGE_BYTES_MAX, TEXT_BYTES_MAX, URL_BYTES_MAX, USER_AGENT_BYTES_MAX};
use crate::scrub;
use commerce::hit::{ClientHints, Facts, Hit, Place, Source, flags};

/// What a text is, as far as its length and its secrets go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An id, a name, a code: never scrubbed.
    Plain,
    /// What people typed.
    Free,
    /// A URL.
    Url,
    /// A URL that works only whole.
    SecretUrl,
    /// JSON text of fields that we do not know.
    Json,
    /// Up to this many bytes, never scrubbed.
    Short(usize),
}

/// Cuts every text to its limit and scrubs what must not be kept, and marks the hit where something was done.
pub(super) fn settle_texts(hit: &mut Hit, site: &BookSite, token: Option<&str>) {
    let keep_email = site.settings.contact == "clear";
    let mut marks = 0;
    each_text(hit, &mut |kind, text| {
        let scrubbed = match kind {
            Kind::Url => scrub::url(text),
            Kind::Free => scrub::card_numbers(text, scrub::FREE_TEXT_DIGITS_MIN),
            Kind::Json => scrub::json(text, keep_email),
            _ => None,
        };
        if let Some(scrubbed) = scrubbed {
            *text = scrubbed;
            marks |= flags::SCRUBBED;
        }
        if let Some(token) = token.filter(|token| text.contains(token)) {
            *text = text.replace(token, scrub::SCRUBBED);
            marks |= flags::SCRUBBED;
        }
        let max = match kind {
            // Cutting JSON would break it; its length is bounded by the event's.
            Kind::Json => usize::MAX,
            Kind::Url | Kind::SecretUrl => URL_BYTES_MAX,
            Kind::Short(max) => max,
            Kind::Plain | Kind::Free => TEXT_BYTES_MAX,
        };
        if text.len() > max {
            text.truncate(text.floor_char_boundary(max));
            marks |= flags::TRUNCATED;
        }
    });
    if marks != 0 {
        hit.facts.flags = Some(hit.facts.flags.unwrap_or(0) | marks);
    }
}

type Visit<'a> = dyn FnMut(Kind, &mut String) + 'a;

fn each_text(hit: &mut Hit, visit: &mut Visit<'_>) {
    let some = |kind: Kind, text: &mut Option<String>, visit: &mut Visit<'_>| {
        if let Some(text) = text {
            visit(kind, text);
        }
    };
    let facts = &mut hit.facts;
    visit(Kind::Plain, &mut facts.name);
    if let Some(page) = &mut facts.page {
        some(Kind::Url, &mut page.url, visit);
        some(Kind::Free, &mut page.title, visit);
        some(Kind::Url, &mut page.referrer, visit);
    }
    for source in [&mut facts.campaign, &mut facts.attribution].into_iter().flatten() {
        each_source_text(source, visit);
    }
    if let Some(Place { country, region, city }) = &mut facts.place {
        some(Kind::Plain, country, visit);
        some(Kind::Plain, region, visit);
        some(Kind::Plain, city, visit);
    }
    some(Kind::Short(LANGUAGE_BYTES_MAX), &mut facts.language, visit);
    some(Kind::Plain, &mut facts.screen, visit);
    some(Kind::Json, &mut facts.properties, visit);
    some(Kind::Plain, &mut facts.cart_id, visit);
    if let Some(search) = &mut facts.search {
        visit(Kind::Free, &mut search.term);
        some(Kind::Free, &mut search.category, visit);
    }
    each_trade_text(facts, visit);
    let person = &mut hit.person;
    some(Kind::Plain, &mut person.visitor_id, visit);
    some(Kind::Plain, &mut person.visit_id, visit);
    some(Kind::Plain, &mut person.user_id, visit);
    some(Kind::Short(USER_AGENT_BYTES_MAX), &mut person.user_agent, visit);
    some(Kind::SecretUrl, &mut person.recovery_url, visit);
    if let Some(ClientHints { brands, model, platform, platform_version, .. }) = &mut person.client_hints {
        for text in [model, platform, platform_version] {
            some(Kind::Short(LANGUAGE_BYTES_MAX), text, visit);
        }
        for (name, version) in brands.iter_mut().flatten() {
            visit(Kind::Short(LANGUAGE_BYTES_MAX), name);
            visit(Kind::Short(LANGUAGE_BYTES_MAX), version);
        }
    }
}

fn each_source_text(source: &mut Source, visit: &mut Visit<'_>) {
    let Source { source, medium, campaign, term, content, referrer, landing_page, click_ids } = source;
    for text in [source, medium, campaign, content].into_iter().flatten() {
        visit(Kind::Plain, text);
    }
    if let Some(term) = term {
        visit(Kind::Free, term);
    }
    for url in [referrer, landing_page].into_iter().flatten() {
        visit(Kind::Url, url);
    }
    for (name, value) in click_ids.iter_mut().flatten() {
        visit(Kind::Plain, name);
        visit(Kind::Plain, value);
    }
}

/// The texts of items, order, refund and cart.
fn each_trade_text(facts: &mut Facts, visit: &mut Visit<'_>) {
    for item in facts.items.iter_mut().flatten() {
        visit(Kind::Plain, &mut item.sku);
        let plain = [
            &mut item.name,
            &mut item.brand,
            &mut item.variant,
            &mut item.coupon,
            &mut item.list_id,
            &mut item.list_name,
            &mut item.promotion_id,
            &mut item.promotion_name,
            &mut item.creative_name,
            &mut item.affiliation,
        ];
        for text in plain.into_iter().flatten().chain(item.categories.iter_mut().flatten()) {
            visit(Kind::Plain, text);
        }
        if let Some(properties) = &mut item.properties {
            visit(Kind::Json, properties);
        }
    }
    if let Some(order) = &mut facts.order {
        visit(Kind::Plain, &mut order.order_id);
        let plain =
            [&mut order.payment_method, &mut order.shipping_method, &mut order.customer_type, &mut order.sales_channel];
        let lists = [&mut order.aliases, &mut order.coupons];
        for text in plain.into_iter().flatten().chain(lists.into_iter().flatten().flatten()) {
            visit(Kind::Plain, text);
        }
        if let Some(reason) = &mut order.reason {
            visit(Kind::Free, reason);
        }
    }
    if let Some(refund) = &mut facts.refund {
        visit(Kind::Plain, &mut refund.order_id);
        for text in refund.refund_id.iter_mut().chain(refund.aliases.iter_mut().flatten()) {
            visit(Kind::Plain, text);
        }
        if let Some(reason) = &mut refund.reason {
            visit(Kind::Free, reason);
        }
    }
    if let Some(cart) = &mut facts.cart {
        for text in [&mut cart.coupon, &mut cart.checkout_step].into_iter().flatten() {
            visit(Kind::Plain, text);
        }
    }
}
