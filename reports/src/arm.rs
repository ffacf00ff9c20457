//! One arm of a statement: one fact in one period, split by the dimensions, narrowed by the filter.
//!
//! Knows how a dimension becomes a column. What the columns of measures say is handed in.

use crate::ahead::{Ahead, Told};
use crate::calendar::{Buckets, Period, TimeUnit};
use crate::dimensions::{Asked, Column};
use crate::facts::{Fact, FactShape, Route};
use crate::filter::{Definition, Filter};
use crate::joins::{Bridge, Needs, from_clause, note};
use crate::narrow::narrowed;
use crate::plan::{Arm, route};
use crate::relations::{Relation, Scope};
use crate::sql::Params;
use crate::sums::Range;
use commerce::{SiteSettings, Timestamp, Zone};

/// What all arms of a statement share.
pub(crate) struct Context<'q> {
    pub(crate) params: Params,
    pub(crate) scope: Scope,
    pub(crate) settings: &'q SiteSettings,
    pub(crate) as_of: Timestamp,
    pub(crate) filter: &'q Filter,
    /// Events that the site has defined, where the dimension `event` is asked for.
    pub(crate) definitions: &'q [Definition],
    /// Stretches of days whose sums may be read.
    pub(crate) summed: &'q [Range],
    /// Whether a campaign that is the code of a mailing is what the code stands for, or the code.
    pub(crate) are_codes_meant: bool,
    /// What was found in the logs of days before the statement was written; `None` for nothing.
    pub(crate) ahead: Option<&'q Ahead>,
    /// Whether events and product actions are read from what was found of few visits, and how often that tells each.
    pub(crate) few: Option<Told>,
}

impl<'q> Context<'q> {
    /// Returns a context that reads rows alone and knows of no defined events.
    pub(crate) fn new(
        params: Params,
        scope: Scope,
        settings: &'q SiteSettings,
        as_of: Timestamp,
        filter: &'q Filter,
    ) -> Self {
        let (definitions, summed, are_codes_meant, ahead, few) = (&[], &[], true, None, None);
        Self { params, scope, settings, as_of, filter, definitions, summed, are_codes_meant, ahead, few }
    }
}

/// A period that is read, with its buckets.
#[derive(Clone)]
pub(crate) struct Side {
    pub(crate) period: Period,
    /// The part of the period that is read, its buckets still those of the whole; `None` for all of it.
    pub(crate) part: Option<Range>,
    pub(crate) buckets: Vec<(TimeUnit, Buckets)>,
}

impl Side {
    /// Returns what is read: first instant, and the first after it.
    pub(crate) fn range(&self, zone: &Zone) -> Range {
        self.part.unwrap_or_else(|| (self.period.start(zone), self.period.end(zone)))
    }

    /// Returns the labels of the buckets of `unit`, which the query names.
    pub(crate) fn labels(&self, unit: TimeUnit) -> Option<&[String]> {
        self.buckets.iter().find(|(u, _)| *u == unit).map(|(_, b)| b.labels.as_slice())
    }
}

/// Returns the arm's text, its rows split by the columns of `lead` before the dimensions.
pub(crate) fn arm_with(
    context: &mut Context,
    arm: &Arm,
    lead: &[String],
    dimensions: &[Asked],
    side: &Side,
    measures: &[String],
) -> String {
    let shape = arm.fact.shape();
    let mut needs = Needs::default();
    let mut columns: Vec<String> = lead.to_vec();
    for (i, asked) in dimensions.iter().enumerate() {
        columns.push(format!("{} as d{i}", dimension(context, arm.fact, shape, asked, side, &mut needs)));
    }
    needs.marks.extend(arm.sources.iter().flat_map(|(_, s)| s.marks));
    let (from, conditions) = rows_read(context, arm.fact, side, &mut needs);
    columns.extend(measures.iter().map(|m| filled_in(context, m)));
    let groups: Vec<String> = (1..=lead.len() + dimensions.len()).map(|i| i.to_string()).collect();
    let group_by = if groups.is_empty() { String::new() } else { format!("\ngroup by {}", groups.join(", ")) };
    format!("select\n  {}\nfrom {from}\nwhere {}{group_by}", columns.join(",\n  "), conditions.join("\n  and "))
}

/// Returns what the fact's rows of the period are read from, and the conditions that the filter puts on them; with what
/// `needs` says already.
pub(crate) fn rows_read(context: &mut Context, fact: Fact, side: &Side, needs: &mut Needs) -> (String, Vec<String>) {
    let shape = fact.shape();
    let (from, to) = side.range(&context.settings.timezone);
    let time = shape.time(context.scope.refunds);
    let mut conditions =
        vec![format!("{time} >= {} and {time} < {}", context.params.bind(from), context.params.bind(to))];
    conditions.extend(narrowed(context, fact, side, needs));
    conditions.extend(needs.bridges.iter().filter_map(Bridge::condition));
    (from_clause(context, shape, needs, side), conditions)
}

/// Returns the dimension as a column of the arm, and notes what it takes to reach it.
fn dimension(
    context: &mut Context,
    fact: Fact,
    shape: &FactShape,
    asked: &Asked,
    side: &Side,
    needs: &mut Needs,
) -> String {
    if let Some(unit) = asked.time() {
        return bucket(context, shape.time(context.scope.refunds), unit, side);
    }
    let (route, column) = route(fact, asked.dimension()).expect("the plan takes only facts that reach the dimension");
    // An event has its own name and those of the defined events that it is.
    let named = asked.dimension().name == "event" && !context.definitions.is_empty();
    let spreads = column.spreads || named;
    let text = |context: &mut Context, column: &Column, asked: &Asked, t: &str| {
        if named { format!("{t}.any_event") } else { text(context, column, asked, t) }
    };
    match route {
        Route::Own(alias) => {
            if spreads {
                needs.spread.push(alias);
            }
            needs.marks.extend(column.marks);
            text(context, column, asked, alias)
        }
        Route::Join { alias, .. } => {
            note(&mut needs.joins, route);
            if spreads {
                needs.spread.push(alias);
            }
            needs.marks.extend(column.marks);
            text(context, column, asked, alias)
        }
        Route::Every { alias, .. } => {
            note(&mut needs.everies, route);
            text(context, column, asked, alias)
        }
        Route::Bridge { alias, key, relation, .. } => {
            let inner = text(context, column, asked, "t");
            let bridge = needs.bridge(route);
            bridge.spreads |= spreads;
            bridge.columns.push(inner);
            let found = format!("{alias}.b{}", bridge.columns.len() - 1);
            match relation.without_rows() {
                Some(none) => format!("case when {alias}.{key} is null then '{none}' else {found} end"),
                None => found,
            }
        }
    }
}

/// Returns a column's text for the table alias `t`, its JSON path bound and the codes of mailings filled in.
pub(crate) fn text(context: &mut Context, column: &Column, asked: &Asked, t: &str) -> String {
    if column.is_coded() {
        let campaign = format!("{t}.campaign");
        return if context.are_codes_meant { coded(context, column, &campaign) } else { campaign };
    }
    let text = column.sql.replace("{t}", t);
    let Some(key) = &asked.property else { return text };
    if column.sql == "{trait}" {
        return last_trait(context, key, t);
    }
    text.replace("{path}", &context.params.bind(format!("$.\"{key}\"")))
}

/// Returns what `campaign` means, which may be the code of a mailing, by the text of `column`.
pub(crate) fn coded(context: &Context, column: &Column, campaign: &str) -> String {
    let codes = Relation::LinkCodes.text(context.scope, false, &[]);
    column.sql.replace("{t}.campaign", campaign).replace("{codes}", &codes)
}

/// Returns the trait `key` as the visitor of the row was last said to have it.
fn last_trait(context: &mut Context, key: &str, t: &str) -> String {
    let said = Relation::Events.text(context.scope, false, &["name = 'identify'".to_owned()]);
    let value = format!("json_extract_string(i.properties, {})", context.params.bind(format!("$.traits.\"{key}\"")));
    format!(
        "(select arg_max({value}, (i.occurred_at, i.event)) from {said} i where i.visitor = {t}.visitor and {value} is not null)"
    )
}

/// Returns the index of the bucket of `time`: a tree of comparisons finds the run, a division the bucket in it.
pub(crate) fn bucket(context: &mut Context, time: &str, unit: TimeUnit, side: &Side) -> String {
    let Some((_, buckets)) = side.buckets.iter().find(|(u, _)| *u == unit) else { return "0".to_owned() };
    let index = tree(&mut context.params, time, &buckets.runs);
    buckets.modulus.map_or(index.clone(), |m| format!("({index}) % {m}"))
}

/// Returns the first instant of the bucket of `time`.
pub(crate) fn bucket_start(context: &mut Context, time: &str, unit: TimeUnit, side: &Side) -> String {
    let Some((_, buckets)) = side.buckets.iter().find(|(u, _)| *u == unit) else { return time.to_owned() };
    let mut out = String::new();
    for run in &buckets.runs {
        let (start, width) = (context.params.bind(run.start.0), context.params.bind(run.width_us));
        let at = format!("make_timestamp({start} + {width} * ((epoch_us({time}) - {start}) // {width}))");
        // Runs follow each other, so each one is the rest of those before.
        out = if out.is_empty() {
            at
        } else {
            format!("case when {time} < {} then {out} else {at} end", context.params.bind(run.start))
        };
    }
    out
}

fn tree(params: &mut Params, time: &str, runs: &[crate::calendar::Run]) -> String {
    match runs {
        [] => "0".to_owned(),
        [run] => {
            let (start, width) = (params.bind(run.start.0), params.bind(run.width_us));
            let index = format!("(epoch_us({time}) - {start}) // {width}");
            if run.first == 0 { index } else { format!("{} + {index}", params.bind(run.first)) }
        }
        _ => {
            let (before, after) = runs.split_at(runs.len() / 2);
            let at = params.bind(after[0].start);
            format!(
                "case when {time} < {at} then {} else {} end",
                tree(params, time, before),
                tree(params, time, after)
            )
        }
    }
}

/// Writes into a measure what depends on the site and the time of asking.
pub(crate) fn filled_in(context: &mut Context, measure: &str) -> String {
    let idle_s = context.settings.cart_idle_s;
    let mut out = measure.to_owned();
    if out.contains("{abandoned}") {
        let unchanged_since = context.params.bind(context.as_of.plus_seconds(-idle_s));
        let abandoned = format!("c.state = 'open' and c.units > 0 and c.changed_at <= {unchanged_since}");
        out = out.replace("{abandoned}", &abandoned);
    }
    if out.contains("{recovered}") {
        // Carts that are abandoned at once would all count as recovered.
        let recovered = if idle_s == 0 {
            "false".to_owned()
        } else {
            let idle = context.params.bind(idle_s.saturating_mul(1_000_000));
            format!("c.state = 'ordered' and epoch_us(c.ordered_at) - epoch_us(c.changed_at) > {idle}")
        };
        out = out.replace("{recovered}", &recovered);
    }
    out = out.replace("{engaged_ms}", ENGAGED_MS);
    let decimals = context.settings.currency.decimals();
    for (back, line, net) in [("", "l", "reporting_gross"), ("_back", "rl", "reporting_goods")] {
        let known =
            format!("({line}.{net} is not null and ({line}.reporting_cost is not null or pc.unit_cost is not null))");
        out = out.replace(&format!("{{costed{back}}}"), &known);
        out = out.replace(&format!("{{cost{back}}}"), &cost(line, decimals));
    }
    out
}

/// Milliseconds in which the page was in front of its visitor, as its client reports them with any event: ours as
/// `engagement_ms`, GA4's as `engagement_time_msec`. More than a day is not believed.
const ENGAGED_MS: &str = "greatest(least(coalesce(try_cast(json_extract_string(e.properties, ['$.engagement_ms', '$.engagement_time_msec'])[1] as bigint), \
     try_cast(json_extract_string(e.properties, ['$.engagement_ms', '$.engagement_time_msec'])[2] as bigint), 0), 86400000), 0)";

/// Returns what the line cost the shop in the site's currency, where that is known: as stated with the order, else the
/// product's cost x quantity, rounded as `UnitPrice::times` does.
fn cost(line: &str, decimals: u32) -> String {
    // 10^-6 x 10^-3 = 10^-9; one step of the currency's decimals is 10^(9 - decimals) of those, 10^(4 - decimals) of ours.
    let (step, unit) = (10_i64.pow(9 - decimals.min(4)), 10_i64.pow(4 - decimals.min(4)));
    let half = step / 2;
    let fits = format!("pc.unit_cost between 0 and 1000000000000 and {line}.quantity between 0 and 1000000");
    let small = format!("{unit} * ((pc.unit_cost * {line}.quantity + {half}) // {step})");
    // Integers of 128 bits take three times as long, so they are left to costs that need them.
    let exact = format!("(pc.unit_cost::hugeint * {line}.quantity)");
    let large = format!("{unit} * sign({exact}) * ((abs({exact}) + {half}) // {step})");
    format!("coalesce({line}.reporting_cost, case when {fits} then {small} else {large} end)")
}
