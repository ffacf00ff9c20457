//! What happened: which of Matomo's kinds a tracking request is, in our words.
//!
//! A ping is nothing else; a goal or an ecommerce call records no action beside itself; of the actions the most
//! specific one wins: download, outlink, event, content, search, page view.

use super::answer::Refusal;
use super::campaign::{self, UrlSource};
use super::coerce;
use super::element::Element;
use super::items::{self, Listed};
use super::piwik_pro;
use super::properties::Properties;
use crate::limits::TEXT_BYTES_MAX;
use crate::protocol::caps;
use commerce::hit::{CartStatement, Facts, GoalStatement, OrderStatement, Search, flags, names};
use commerce::ids::is_placeholder;
use commerce::record::DropReason;

/// Longest event name, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Names of ours that mean nothing beyond themselves, so that a Matomo event may be called so.
const HARMLESS: &[&str] =
    &[names::VISIT_START, names::LOGIN, names::SIGN_UP, names::FORM_START, names::FORM_FIELD, names::FORM_SUBMIT];

/// Says whether `name` means something to us beyond itself. A Matomo event whose action is such a name is only a text.
pub(in crate::protocol) fn is_reserved(name: &str) -> bool {
    names::ALL.contains(&name) && !HARMLESS.contains(&name)
}

/// What becomes of a tracking request.
#[derive(Debug)]
pub(super) enum Told {
    /// It is a hit.
    Hit,
    /// It says nothing that is kept.
    Excluded(DropReason),
    /// It cannot be believed and is kept aside.
    Quarantined {
        /// Stable code.
        reason: &'static str,
        /// Remedy.
        hint: &'static str,
    },
}

/// Sets name and payload of a hit.
///
/// # Errors
/// [`Refusal::GoalUnknown`], [`Refusal::EventBlank`].
pub(super) fn tell(
    element: &Element,
    url: Option<&str>,
    source: &UrlSource,
    facts: &mut Facts,
    properties: &mut Properties,
) -> Result<Told, Refusal> {
    if element.params.integer("new_visit") == Some(1) {
        element.mark(flags::NEW_VISIT);
    }
    if element.params.integer("bots").unwrap_or(0) != 0 {
        element.mark(flags::COUNT_BOTS);
    }
    if element.params.integer("ping") == Some(1) {
        names::PING.clone_into(&mut facts.name);
        return Ok(Told::Hit);
    }
    if let Some(told) = piwik_pro::tell(element, facts) {
        return Ok(told);
    }
    match element.params.integer("idgoal") {
        Some(0) => Ok(tell_sale(element, facts)),
        Some(goal) if goal > 0 => tell_goal(element, goal, facts),
        _ => tell_action(element, url, source, facts, properties),
    }
}

fn tell_goal(element: &Element, goal: i64, facts: &mut Facts) -> Result<Told, Refusal> {
    let known = element.site.goals.iter().find(|known| i64::from(known.id) == goal).ok_or(Refusal::GoalUnknown)?;
    names::GOAL.clone_into(&mut facts.name);
    facts.goal = Some(GoalStatement { goal: known.id, value: element.amount("revenue") });
    facts.attribution = campaign::attribution(element);
    Ok(Told::Hit)
}

/// An order where `ec_id` is there and not zero, else the cart as it now is.
pub(super) fn tell_sale(element: &Element, facts: &mut Facts) -> Told {
    let lines = match items::listed(element) {
        Listed::Items(lines) => lines,
        Listed::NoList => return Told::Excluded(DropReason::Nothing),
    };
    facts.attribution = campaign::attribution(element);
    let order_id = element.params.get("ec_id").filter(|id| *id != "0");
    let Some(order_id) = order_id else {
        names::CART_UPDATE.clone_into(&mut facts.name);
        facts.items = Some(lines);
        facts.cart = Some(CartStatement { value: element.amount("revenue"), ..CartStatement::default() });
        return Told::Hit;
    };
    let order_id = coerce::text(order_id);
    let order_id = order_id.trim();
    if is_placeholder(order_id) {
        return Told::Quarantined {
            reason: "order_id.placeholder",
            hint: "send the shop's own order number as ec_id: this one stands for no order",
        };
    }
    if order_id.len() > TEXT_BYTES_MAX {
        return Told::Quarantined { reason: "order_id.too_long", hint: "send an ec_id of at most 4 KiB" };
    }
    names::PURCHASE.clone_into(&mut facts.name);
    if element.is_out_of_range("revenue") {
        return Told::Quarantined {
            reason: "price.out_of_range",
            hint: "the order's total is larger than any that is kept",
        };
    }
    let order = OrderStatement {
        order_id: order_id.to_owned(),
        total: element.amount("revenue"),
        subtotal: element.amount("ec_st"),
        tax: element.amount("ec_tx"),
        shipping: element.amount("ec_sh"),
        discount: element.amount("ec_dt"),
        ..OrderStatement::default()
    };
    if let Some(absurd) = caps::absurd(&element.site.settings, &order, Some(&lines)) {
        return Told::Quarantined { reason: absurd.reason, hint: absurd.hint };
    }
    facts.items = Some(lines).filter(|lines| !lines.is_empty());
    facts.order = Some(order);
    Told::Hit
}

fn tell_action(
    element: &Element,
    url: Option<&str>,
    source: &UrlSource,
    facts: &mut Facts,
    properties: &mut Properties,
) -> Result<Told, Refusal> {
    if let Some(file) = element.url("download") {
        names::FILE_DOWNLOAD.clone_into(&mut facts.name);
        properties.text("url", &file);
    } else if let Some(link) = element.url("link") {
        names::CLICK.clone_into(&mut facts.name);
        properties.raw("outbound", "true");
        properties.text("url", &link);
    } else if element.params.get("e_c").is_some() && element.params.get("e_a").is_some() {
        tell_event(element, facts, properties)?;
    } else if let Some(content) = element.text("c_n", TEXT_BYTES_MAX) {
        tell_content(element, &content, facts, properties);
    } else if let Some(term) = element.text("search", TEXT_BYTES_MAX) {
        tell_search(element, term, facts);
    } else if element.params.integer("ca") == Some(1) {
        // A kind of a Matomo plugin that we do not know. It is kept, and it is never a page view.
        "custom".clone_into(&mut facts.name);
        for (name, value) in element.params.iter().filter(|(name, _)| name.starts_with("cra")) {
            properties.text(name, &element.tidy(value, TEXT_BYTES_MAX).unwrap_or_default());
        }
    } else if let Some(term) = url.and_then(|_| source.search_term()).and_then(|t| element.tidy(&t, TEXT_BYTES_MAX)) {
        tell_search(element, term, facts);
    } else {
        names::PAGE_VIEW.clone_into(&mut facts.name);
        facts.items = items::product_view(element).map(|product| vec![product]);
    }
    Ok(Told::Hit)
}

fn tell_event(element: &Element, facts: &mut Facts, properties: &mut Properties) -> Result<(), Refusal> {
    let (Some(category), Some(action)) = (element.text("e_c", TEXT_BYTES_MAX), element.text("e_a", NAME_BYTES_MAX))
    else {
        return Err(Refusal::EventBlank);
    };
    properties.text("category", &category);
    properties.text("action", &action);
    if let Some(name) = element.text("e_n", TEXT_BYTES_MAX) {
        properties.text("name", &name);
    }
    if let Some(text) = element.params.get("e_v") {
        match coerce::json_number(text) {
            Some(number) => properties.raw("value", &number),
            None => element.mark(flags::VALUE_DROPPED),
        }
    }
    let reserved = is_reserved(&action);
    facts.name = if reserved { format!("event_{action}") } else { action };
    Ok(())
}

fn tell_content(element: &Element, content: &str, facts: &mut Facts, properties: &mut Properties) {
    let interaction = element.text("c_i", TEXT_BYTES_MAX);
    let name = if interaction.is_some() { "content_interaction" } else { "content_impression" };
    name.clone_into(&mut facts.name);
    properties.text("content_name", content);
    let rest = [
        ("content_piece", element.text("c_p", TEXT_BYTES_MAX)),
        ("content_target", element.url("c_t")),
        ("content_interaction", interaction),
    ];
    for (name, value) in rest {
        if let Some(value) = value {
            properties.text(name, &value);
        }
    }
}

fn tell_search(element: &Element, term: String, facts: &mut Facts) {
    names::SEARCH.clone_into(&mut facts.name);
    facts.search = Some(Search {
        term,
        category: element.text("search_cat", TEXT_BYTES_MAX).or_else(|| piwik_pro::search_category(element)),
        results: element.params.integer("search_count").and_then(|count| u32::try_from(count).ok()),
    });
}
