//! The steps of a funnel: an event's name with conditions in brackets, and where its moments are read.
//!
//! A step is what shops call it, whatever their client sends: `purchase` is an order that counts, `add_to_cart` also a
//! cart that came into being, and `view_item` also a page view that shows a product.

use crate::analysis::given::{Given, escaped};
use crate::analysis::kept::members;
use crate::arm::{Context, Side};
use crate::error::QueryError;
use crate::facts::Fact;
use crate::filter::Filter;
use crate::log::{kinds_answer, kinds_of};
use crate::plan::Plan;

/// Most steps of a funnel.
const STEPS_MAX: usize = 12;

/// One step.
#[derive(Debug)]
pub(super) struct Step {
    /// As it was written.
    pub(super) text: String,
    name: String,
    /// Its conditions, and those of events of its name.
    conditions: Filter,
    named: Filter,
    facts: Vec<Fact>,
}

/// Reads steps separated by `;`, each a name with conditions in brackets.
pub(super) fn parse(given: &Given, text: &str) -> Result<Vec<Step>, QueryError> {
    let steps: Vec<Step> = parts(text).into_iter().map(|part| step(given, part)).collect::<Result<_, _>>()?;
    if !(2..=STEPS_MAX).contains(&steps.len()) {
        let message = format!("a funnel has 2 to {STEPS_MAX} steps, not {}", steps.len());
        return Err(bad(message));
    }
    Ok(steps)
}

fn bad(message: String) -> QueryError {
    QueryError::new(
        "query.bad_steps",
        message,
        "name events separated by `;`, with conditions in brackets: `page_view[page=@/cart];begin_checkout;purchase`",
    )
}

/// Splits at each `;` that is in no brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut out, mut start, mut depth) = (Vec::new(), 0, 0_u32);
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => {
                out.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn step(given: &Given, text: &str) -> Result<Step, QueryError> {
    let (name, conditions) = match text.split_once('[') {
        None => (text, ""),
        Some((name, rest)) => {
            let inner = rest.strip_suffix(']').ok_or_else(|| bad(format!("the brackets of `{text}` do not close")))?;
            (name.trim(), inner)
        }
    };
    if name.is_empty() || name.chars().count() > 100 || name.contains(']') {
        return Err(bad(format!("`{text}` names no event")));
    }
    let conditions = given.filter(conditions)?;
    let named = given.filter(&format!("event=={}", escaped(name)))?.and(conditions.clone());
    let reached = |metric: &str| Plan::new(&[crate::metric(metric).expect("a metric")], &[], &conditions);
    let (facts, others): (Vec<Fact>, _) = if name == "purchase" {
        (reached("orders").is_ok().then_some(Fact::Orders).into_iter().collect(), "orders")
    } else {
        let seen = reached("events").is_ok();
        let of_products = action_of(name).is_some() || (name == "page_view" && !seen);
        let facts = [
            Some(Fact::Events).filter(|_| seen),
            Some(Fact::Actions).filter(|_| of_products && reached("adds_to_cart").is_ok()),
            Some(Fact::Carts).filter(|_| name == "add_to_cart" && reached("carts").is_ok()),
        ];
        (facts.into_iter().flatten().collect(), "events")
    };
    if facts.is_empty() {
        return Err(reached(others).err().unwrap_or_else(|| bad(format!("`{text}` cannot be found"))));
    }
    Ok(Step { text: text.to_owned(), name: name.to_owned(), conditions, named, facts })
}

/// Returns what an event of this name does to a product.
fn action_of(name: &str) -> Option<&'static str> {
    match name {
        "view_item_list" => Some("list_view"),
        "select_item" => Some("list_click"),
        "view_item" => Some("view"),
        "add_to_cart" => Some("add"),
        "remove_from_cart" => Some("remove"),
        "begin_checkout" => Some("checkout"),
        _ => None,
    }
}

impl Step {
    /// Says whether the logs of days tell its events from others.
    pub(super) fn is_in_logs(&self) -> bool {
        self.facts.iter().all(|fact| kinds_of(*fact).is_none() || kinds_answer(*fact, self.filter(*fact)))
    }

    /// Returns what keeps the rows of `fact` that are moments of this step.
    fn filter(&self, fact: Fact) -> &Filter {
        if fact == Fact::Events { &self.named } else { &self.conditions }
    }

    /// Returns selects of `visit`, `happened_at`, `event` and `step`, the number `at`, of the moments of this step that
    /// come from a fact which `wanted` names: events of `near`, orders of `paid`.
    pub(super) fn selects<'q>(
        &'q self,
        context: &mut Context<'q>,
        (near, paid): (&Side, &Side),
        at: usize,
        wanted: impl Fn(Fact) -> bool,
    ) -> Vec<String> {
        let whole = context.filter;
        let mut out = Vec::new();
        for fact in self.facts.iter().filter(|fact| wanted(**fact)) {
            context.filter = self.filter(*fact);
            let columns = match fact {
                Fact::Orders => ["o.visit as visit", "o.placed_at as happened_at", "o.\"order\" as event"],
                Fact::Carts => ["c.visit as visit", "c.created_at as happened_at", "c.cart as event"],
                Fact::Actions => ["p.visit as visit", "p.occurred_at as happened_at", "p.event as event"],
                _ => ["e.visit as visit", "e.occurred_at as happened_at", "e.event as event"],
            };
            let mut columns = columns.to_vec();
            columns.extend(if *fact == Fact::Actions { ACTED } else { &[] });
            let side = if *fact == Fact::Orders { paid } else { near };
            let rows = members(context, *fact, &columns, side);
            let narrowed = if *fact == Fact::Actions { self.acted(context) } else { "true".to_owned() };
            out.push(format!(
                "select x.visit, x.happened_at, x.event, {at} as step from (\n{rows}\n) x where x.visit is not null and {narrowed}"
            ));
        }
        context.filter = whole;
        out
    }

    /// Returns selects of the first instant of a day, 0 for an event or 1 for an action, the kind, and the number `at`,
    /// of the kinds that are this step, in the logs of the days of `side`.
    pub(super) fn kinds<'q>(&'q self, context: &mut Context<'q>, side: &Side, at: usize) -> Vec<String> {
        let whole = context.filter;
        let mut out = Vec::new();
        for fact in &self.facts {
            let Some(kinds) = kinds_of(*fact) else { continue };
            context.filter = self.filter(*fact);
            let acts = *fact == Fact::Actions;
            let mut columns = if acts {
                vec!["p.\"at\" as day", "p.kind as kind"]
            } else {
                vec!["e.\"at\" as day", "e.kind as kind"]
            };
            columns.extend(if acts { ACTED } else { &[] });
            let rows = members(context, kinds, &columns, side);
            let narrowed = if acts { self.acted(context) } else { "true".to_owned() };
            out.push(format!("select x.day, {}, x.kind, {at} from (\n{rows}\n) x where {narrowed}", u8::from(acts)));
        }
        context.filter = whole;
        out
    }

    /// Returns the condition that a product action is this step: by the name of its event, or by what it does.
    fn acted(&self, context: &mut Context) -> String {
        let name = context.params.bind(self.name.as_str());
        let by_action = action_of(&self.name).map(|a| format!(" or x.action = '{a}'")).unwrap_or_default();
        format!("(x.event_name = {name}{by_action})")
    }
}

/// What tells a product action's step.
const ACTED: &[&str] = &["p.action as action", "p.event_name as event_name"];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Step>, QueryError> {
        super::parse(&Given::read([], &[], &[]).unwrap(), text)
    }

    #[test]
    fn steps_read_as_they_are_written() {
        let steps =
            parse("page_view[page=@/cart;device==mobile]; begin_checkout ;purchase[payment_method==card]").unwrap();
        let texts: Vec<&str> = steps.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(
            texts,
            ["page_view[page=@/cart;device==mobile]", "begin_checkout", "purchase[payment_method==card]"]
        );
        let facts: Vec<&[Fact]> = steps.iter().map(|s| s.facts.as_slice()).collect();
        assert_eq!(facts, [&[Fact::Events][..], &[Fact::Events, Fact::Actions], &[Fact::Orders]]);
        assert_eq!(parse("view_item[sku==A];add_to_cart").unwrap()[0].facts, [Fact::Actions]);
    }

    #[test]
    fn what_is_no_funnel_is_refused_with_a_remedy() {
        let code = |text: &str| parse(text).unwrap_err().code;
        assert_eq!(code("purchase"), "query.bad_steps");
        assert_eq!(code("a;b[page==1"), "query.bad_steps");
        assert_eq!(code("a;[page==1]"), "query.bad_steps");
        assert_eq!(code("a;b[pages==1]"), "query.unknown_dimension");
        assert_eq!(code("login[sku==A];purchase"), "query.not_combinable");
    }
}
