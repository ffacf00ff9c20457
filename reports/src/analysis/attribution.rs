//! Attribution: what each channel, source, campaign or landing page is credited with, by every model at once.
//!
//! The way of every order (`touches.rs`) is weighed by each model (`models.rs`, and for those that look at all ways at
//! once `chain.rs` and `game.rs`), and its one order and its net sales are split by the weights, largest remainder, ties
//! to the first touch. Refunds are taken off before, so they go back in the same shares.

mod chain;
mod game;
mod models;
pub(crate) mod touches;

use super::desk::{Desk, int_or_null, text};
use super::draft::{Draft, amount_per, ratio, split, sum, text_cell};
use super::draft::{count, figure};
use super::given::{Frame, Given};
use crate::analysis::kept::members;
use crate::error::{Error, QueryError};
use crate::facts::Fact;
use crate::metrics::Unit;
use crate::plan::Plan;
use crate::table::{Cell, Table};
use commerce::Amount;
use commerce::money::allocate;
use models::Model;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use touches::{By, Path, Paths, Scope};

/// Most rows that models of all ways at once are worked out for.
const LABELS_MAX: usize = 200;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    models: Vec<(&'static str, Model)>,
    by: By,
    scope: Scope,
    window_days: i64,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        Plan::new(&[crate::metric("orders").expect("a metric")], &[], &frame.filter)?;
        let names: Vec<(&str, Model)> = models::MODELS.to_vec();
        let asked = given.some_of("models", &names)?;
        let models = models::MODELS.iter().filter(|(_, m)| asked.contains(m)).copied().collect();
        Ok(Self {
            frame,
            models,
            by: given.one_of("by", touches::BY)?,
            scope: given.one_of("scope", touches::SCOPES)?,
            window_days: given.number("window", -1, 1..=365)?,
        })
    }

    fn looks_at_all(&self) -> bool {
        self.models.iter().any(|(_, m)| matches!(m, Model::Markov | Model::Shapley))
    }
}

/// Parts that an order is credited in. Shown are four decimals, rounded once over all orders.
const ORDER: i64 = 1_000_000_000_000;

/// What one row is credited with: orders in 10^-12, in the end in 1/10 000, and net sales, by model.
#[derive(Clone, Debug, Default)]
struct Credit {
    touches: usize,
    ad_cost: Option<i128>,
    by_model: Vec<(i128, i128)>,
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let window_days = if ask.window_days < 0 { desk.settings.attribution_window_days } else { ask.window_days };
    let paths = touches::read(desk, &ask.frame, ask.by, ask.scope, window_days)?;
    let costs = ad_costs(desk, ask)?;
    let lost = if ask.looks_at_all() {
        let labels = paths.labels.len();
        if labels > LABELS_MAX {
            let message = format!("markov and shapley look at all rows at once, and there are {labels}");
            let hint = "ask by channel, a narrower filter, or other models";
            return Err(QueryError::new("query.too_many", message, hint).into());
        }
        touches::lost(desk, &ask.frame, ask.by, window_days)?
    } else {
        HashMap::new()
    };
    let mut extras = vec![("window_days", json!(window_days)), ("by", json!(ask.by.name()))];
    let mut credits: BTreeMap<Option<String>, Credit> = BTreeMap::new();
    let empty = Credit { by_model: vec![(0, 0); ask.models.len()], ..Credit::default() };
    for label in paths.labels.iter().cloned().chain(costs.iter().flatten().map(|(label, _)| label.clone())) {
        credits.entry(label).or_insert_with(|| empty.clone());
    }
    for path in &paths.paths {
        for touch in &path.touches {
            if let Some(credit) = credits.get_mut(&paths.labels[touch.label]) {
                credit.touches += 1;
            }
        }
    }
    for (label, cost) in costs.iter().flatten() {
        if let Some(credit) = credits.get_mut(label) {
            credit.ad_cost = *cost;
        }
    }
    let decimals = desk.settings.currency.decimals();
    for (at, (_, model)) in ask.models.iter().enumerate() {
        for (label, orders, net) in credited(*model, &paths, &lost, decimals, &mut extras) {
            if let Some(credit) = credits.get_mut(&paths.labels[label]) {
                credit.by_model[at].0 += orders;
                credit.by_model[at].1 += i128::from(net);
            }
        }
        round_orders(&mut credits, at);
    }
    Ok(table(desk, ask, &paths, credits, extras))
}

/// Brings the orders of one model to four decimals that sum to the whole: largest remainder, ties to the first.
fn round_orders(credits: &mut BTreeMap<Option<String>, Credit>, model: usize) {
    let step = i128::from(ORDER) / 10_000;
    let mut sums: Vec<&mut i128> = credits.values_mut().map(|c| &mut c.by_model[model].0).collect();
    let whole: i128 = sums.iter().map(|s| **s).sum::<i128>() / step;
    let mut order: Vec<usize> = (0..sums.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(*sums[*i] % step), *i));
    for sum in &mut sums {
        **sum /= step;
    }
    let left = whole - sums.iter().map(|s| **s).sum::<i128>();
    for i in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        *sums[i] += 1;
    }
}

/// Returns what the model credits, label by label: orders in 10^-12, and net sales.
fn credited(
    model: Model,
    paths: &Paths,
    lost: &HashMap<Vec<Option<String>>, u64>,
    decimals: u32,
    extras: &mut Vec<(&'static str, serde_json::Value)>,
) -> Vec<(usize, i128, i64)> {
    let split_path = |path: &Path, weights: &[i64], labels: &[usize]| -> Vec<(usize, i128, i64)> {
        let orders = allocate(Amount(ORDER), weights, 4);
        let net = allocate(Amount(path.net.unwrap_or(0)), weights, decimals);
        labels.iter().zip(orders.iter().zip(&net)).map(|(label, (o, n))| (*label, i128::from(o.0), n.0)).collect()
    };
    match model {
        Model::Markov => {
            let ways = ways(paths, lost);
            let chain = chain::removal(paths.labels.len(), &ways);
            let shown = |n: i128| ratio(n, chain::ONE).text();
            let removal: serde_json::Map<String, serde_json::Value> = paths
                .labels
                .iter()
                .zip(&chain.effects)
                .map(|(label, effect)| (label.clone().unwrap_or_default(), json!(shown(*effect))))
                .collect();
            extras.push(("markov", json!({ "conversion": shown(chain.conversion), "removal": removal })));
            let labels: Vec<usize> = (0..paths.labels.len()).collect();
            let weights = models::scaled(&chain.effects);
            let whole = Path { net: Some(paths.paths.iter().filter_map(|p| p.net).sum()), ..Path::default() };
            let orders = allocate(Amount(10_000 * paths.paths.len() as i64), &weights, 4);
            let mut out = split_path(&whole, &weights, &labels);
            let parts = i128::from(ORDER / 10_000);
            out.iter_mut().zip(orders).for_each(|(row, orders)| row.1 = i128::from(orders.0) * parts);
            out
        }
        Model::Shapley => {
            let rates = game::Rates::of(&ways(paths, lost));
            let split_one = |path: &Path| {
                let players = path.distinct();
                split_path(path, &models::scaled(&rates.shares(&players)), &players)
            };
            paths.paths.iter().flat_map(split_one).collect()
        }
        _ => {
            let split_one = |path: &Path| {
                let labels: Vec<usize> = path.touches.iter().map(|t| t.label).collect();
                split_path(path, &models::weights(model, path), &labels)
            };
            paths.paths.iter().flat_map(split_one).collect()
        }
    }
}

/// Returns how often each way led to an order and how often to none. Ways of those who did not order may name what no
/// order's way does; that is a step of its own, which nobody is credited for.
fn ways(paths: &Paths, lost: &HashMap<Vec<Option<String>>, u64>) -> BTreeMap<Vec<usize>, (u64, u64)> {
    let mut ways: BTreeMap<Vec<usize>, (u64, u64)> = BTreeMap::new();
    for path in &paths.paths {
        let mut way: Vec<usize> = path.touches.iter().map(|t| t.label).collect();
        way.dedup();
        ways.entry(way).or_default().0 += 1;
    }
    let place: HashMap<&Option<String>, usize> = paths.labels.iter().enumerate().map(|(i, l)| (l, i)).collect();
    for (way, count) in lost {
        let mut way: Vec<usize> = way.iter().map(|l| place.get(l).copied().unwrap_or(paths.labels.len())).collect();
        way.dedup();
        ways.entry(way).or_default().1 += count;
    }
    ways
}

/// Costs of advertising by label; `None` where they cannot be split or filtered as is asked.
type Costs = Option<Vec<(Option<String>, Option<i128>)>>;

fn ad_costs(desk: &Desk, ask: &Ask) -> Result<Costs, Error> {
    let metric = crate::metric("ad_cost").expect("a metric");
    if ask.by == By::LandingPage || Plan::new(&[metric], &[], &ask.frame.filter).is_err() {
        return Ok(None);
    }
    let mut context = desk.context(&ask.frame.filter);
    let side = desk.side(ask.frame.period);
    let known = crate::filter::asked(ask.by.name())?;
    let (_, column) = crate::plan::route(Fact::AdCosts, known.dimension())
        .ok_or_else(|| Error::Answer(format!("no costs by {}", ask.by.name())))?;
    let label = format!("{} as label", crate::arm::text(&mut context, column, &known, "ad"));
    let rows = members(&mut context, Fact::AdCosts, &[&label, "ad.reporting_cost as cost"], &side);
    let sql = format!("select label, sum(cost) from (\n{rows}\n) x group by 1 order by 1 nulls last");
    let rows = desk.ask(&sql, context.params)?;
    let read = |row: &Vec<store::Value>| Ok((text(row, 0)?, int_or_null(row, 1)?.map(i128::from)));
    rows.iter().map(read).collect::<Result<_, Error>>().map(Some)
}

fn table(
    desk: &Desk,
    ask: &Ask,
    paths: &Paths,
    credits: BTreeMap<Option<String>, Credit>,
    extras: Vec<(&'static str, serde_json::Value)>,
) -> Table {
    let decimals = desk.settings.currency.decimals();
    let mut columns = vec![
        split(ask.by.name(), ask.by.label()),
        sum("touches", "Touches", Unit::Count),
        sum("ad_cost", "Ad cost", Unit::Money),
    ];
    for (name, _) in &ask.models {
        columns.push(sum(&format!("orders:{name}"), &format!("Orders ({name})"), Unit::Ratio));
        columns.push(sum(&format!("net_sales:{name}"), &format!("Net sales ({name})"), Unit::Money));
        columns.push(figure(&format!("roas:{name}"), &format!("Return on ad cost ({name})"), Unit::Ratio));
        columns.push(figure(&format!("cpa:{name}"), &format!("Cost per order ({name})"), Unit::Money));
    }
    let mut draft = Draft::new(columns);
    let mut whole = Credit { by_model: vec![(0, 0); ask.models.len()], ..Credit::default() };
    let mut rows: Vec<(Option<String>, Credit)> = credits.into_iter().collect();
    let first = |c: &Credit| c.by_model.first().map_or((0, 0), |(orders, net)| (*net, *orders));
    // The first model decides the order, the name the rest; what is unknown comes last.
    rows.sort_by(|(a, x), (b, y)| first(y).cmp(&first(x)).then((a.is_none(), a).cmp(&(b.is_none(), b))));
    for (label, credit) in rows {
        whole.touches += credit.touches;
        whole.ad_cost = whole.ad_cost.into_iter().chain(credit.ad_cost).reduce(|a, b| a + b);
        for (sum, part) in whole.by_model.iter_mut().zip(&credit.by_model) {
            *sum = (sum.0 + part.0, sum.1 + part.1);
        }
        draft.rows.push(row(text_cell(label.as_deref()), &credit, decimals));
    }
    draft.totals = row(Cell::Null, &whole, decimals);
    draft.extras = extras;
    draft.extras.push(("orders", json!(paths.paths.len())));
    draft.extras.push(("orders_without_rate", json!(paths.paths.iter().filter(|p| p.net.is_none()).count())));
    draft.finish(desk, &ask.frame)
}

fn row(label: Cell, credit: &Credit, decimals: u32) -> Vec<Cell> {
    let mut row = vec![label, count(credit.touches), credit.ad_cost.map_or(Cell::Null, Cell::Money)];
    for (orders, net) in &credit.by_model {
        let cost = credit.ad_cost.unwrap_or(0);
        let per_order = if *orders > 0 && credit.ad_cost.is_some() {
            amount_per(cost * 10_000, *orders, decimals)
        } else {
            Cell::Null
        };
        row.extend([Cell::Ratio(*orders), Cell::Money(*net), ratio(*net, cost), per_order]);
    }
    row
}
