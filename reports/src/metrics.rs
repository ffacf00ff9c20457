//! Metrics: what a figure of a report is made of, how it is worked out, and its unit. `catalogue.rs` declares each once.
//!
//! Rates are divided last, from summed integers, at a fixed scale, half away from zero; a rate of nothing is unknown,
//! not 0. A metric that goes over several facts (net sales: orders less refunds) is a sum of signed measures, each of
//! which is read where it is. Knows no SQL; that is in `measures.rs`.

use crate::measures::{Adds, Measure};

mod catalogue;

pub use catalogue::METRICS;

/// What a metric is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whole things.
    Count,
    /// Pieces, up to three decimals.
    Quantity,
    /// The site's currency, up to four decimals.
    Money,
    /// A share of 1 with four decimals; shown as percent.
    Percent,
    /// A quotient with four decimals.
    Ratio,
    /// Seconds with one decimal.
    Seconds,
}

impl Unit {
    /// Returns the unit's name in answers; money is named by the site's `currency`.
    pub fn name(self, currency: &str) -> &str {
        match self {
            Self::Count => "count",
            Self::Quantity => "quantity",
            Self::Money => currency,
            Self::Percent => "percent",
            Self::Ratio => "ratio",
            Self::Seconds => "seconds",
        }
    }
}

/// A measure in a sum, with its sign.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Term {
    /// It is added.
    Plus(&'static Measure),
    /// It is taken off.
    Minus(&'static Measure),
}

impl Term {
    /// Returns the measure without its sign.
    pub(crate) fn measure(self) -> &'static Measure {
        let (Self::Plus(measure) | Self::Minus(measure)) = self;
        measure
    }
}

/// How a metric comes from measures, which are summed first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Formula {
    /// It is the sum.
    Sum(&'static [Term]),
    /// It is the first sum by the second.
    Per(&'static [Term], &'static [Term]),
    /// It is the first sum by the second, which is a quantity in 1/1000.
    PerUnit(&'static [Term], &'static [Term]),
}

/// A figure that a report can show.
#[derive(Debug)]
pub struct Metric {
    /// Name in queries and answers.
    pub name: &'static str,
    /// What a chart or column is headed with.
    pub label: &'static str,
    /// What it means, one or two sentences.
    pub definition: &'static str,
    /// How it is worked out, in other metrics' names where it can be said so; empty where the definition says all.
    pub formula: &'static str,
    /// Its unit.
    pub unit: Unit,
    pub(crate) value: Formula,
}

impl Metric {
    /// Says whether its parts sum to the whole where each thing counted falls into one part. Distinct counts and rates
    /// never do; what happens by a particular dimension is said with each report's columns.
    pub fn is_additive(&self) -> bool {
        let Formula::Sum(terms) = self.value else { return false };
        terms.iter().all(|term| term.measure().sources[0].adds != Adds::Never)
    }

    /// Returns the measures it is worked out from.
    pub(crate) fn measures(&self) -> impl Iterator<Item = &'static Measure> + use<> {
        let (of, per): (&'static [Term], &'static [Term]) = match self.value {
            Formula::Sum(of) => (of, &[]),
            Formula::Per(of, per) | Formula::PerUnit(of, per) => (of, per),
        };
        of.iter().chain(per).map(|term| term.measure())
    }
}

/// Returns the metric named `name`.
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|m| m.name == name)
}
