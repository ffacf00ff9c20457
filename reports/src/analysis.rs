//! Analyses: questions that no metric split by a dimension answers. Parameters in, a [`Table`] out, like a report.
//!
//! Each reads few columns by SQL and folds them in Rust, in one pass over rows in a total order; the folds are pure.
//! [`ANALYSES`] is the list that the API, the command line and the documentation go by.

mod desk;
mod draft;
mod given;
mod kept;
mod measured;
mod orders;

mod affinity;
mod anomalies;
mod attribution;
mod clicks;
mod cohorts;
mod explain;
mod forms;
mod funnel;
mod intervals;
mod paths;
mod rfm;
mod shares;
mod significance;

pub use desk::Desk;
pub use given::Given;

use crate::error::{Error, QueryError};
use crate::filter::Definition;
use crate::table::Table;

/// An analysis that can be asked for.
#[derive(Debug)]
pub struct Analysis {
    /// Name: the last part of its path, and the command's word.
    pub name: &'static str,
    /// What it answers, one sentence.
    pub answers: &'static str,
    /// Its own parameters beside `from`, `to`, `filter`, `limit` and `offset`, with what each takes.
    pub parameters: &'static [(&'static str, &'static str)],
    /// Whether it tells of many or of single ones.
    pub shows: Shows,
    prepare: fn(&Given) -> Result<Answer, QueryError>,
}

/// What an answer is made of: a shared link shows figures, and nothing that points to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Figures of many.
    Figures,
    /// Single orders, visits, carts or customers.
    Singles,
    /// Single ones if this parameter has this value, else figures.
    SinglesWhere(&'static str, &'static str),
}

/// A question that was understood: what is left is to look into the store.
type Answer = Box<dyn FnOnce(&Desk) -> Result<Table, Error> + Send>;

macro_rules! analyses {
    ($($name:literal $answers:literal $($module:ident)::+ ($shows:expr) [$($parameter:literal $takes:literal),* $(,)?];)+) => {
        /// Every analysis, in the order of the documentation.
        pub static ANALYSES: &[Analysis] = &[$(Analysis {
            name: $name,
            answers: $answers,
            parameters: &[$(($parameter, $takes)),*],
            shows: $shows,
            prepare: |given| {
                let ask = $($module)::+::Ask::parse(given)?;
                Ok(Box::new(move |desk: &Desk| $($module)::+::run(desk, &ask)))
            },
        }),+];
    };
}

analyses! {
    "funnel" "How many come from step to step, and where they are lost." funnel (Shows::Figures) [
        "steps" "Events separated by `;`, each with conditions in brackets: `page_view[page=@/cart];purchase`.",
        "scope" "Who goes through: visit, visitor or customer.",
        "mode" "closed: from the first step on, in order; open: from any step on.",
        "window" "Longest time from the first step to the last, such as 30m, 12h or 7d.",
        "breakdown" "A dimension of visits, such as channel.",
    ];
    "funnel/dropped" "Who was lost after a step of a funnel, with what lay in the cart." funnel::dropped (Shows::Singles) [
        "steps" "As for the funnel.",
        "scope" "As for the funnel.",
        "mode" "As for the funnel.",
        "window" "As for the funnel.",
        "step" "Number of the last step that they reached.",
    ];
    "attribution" "What each channel, source, campaign or landing page is credited with, by every model." attribution (Shows::Figures) [
        "models" "last_non_direct, first, last, linear, position, j, inverse_j, time_decay, markov, shapley; all if left out.",
        "by" "channel, source, medium, campaign or landing_page.",
        "scope" "Whose touches count: visitor, or customer for all browsers of one.",
        "window" "Days before the order, 1 to 365; the site's own if left out.",
    ];
    "cohorts" "What customers do in the months after their first order." cohorts (Shows::Figures) [
        "by" "first_order_month, first_order_week, first_channel, first_product or first_coupon.",
        "metric" "What is meant to be shown, such as retention or ltv; the answer has all.",
    ];
    "explain" "What a figure is, how it is worked out, and the orders, visits or carts behind it." explain (Shows::Singles) [
        "metric" "Name of a metric.",
        "dimensions" "What the report was split by; its row is said by `filter`.",
    ];
    "rfm" "Customers by how lately, how often and for how much they ordered." rfm (Shows::SinglesWhere("view", "customers")) [
        "view" "groups, scores or customers.",
    ];
    "affinity" "What is ordered together." affinity (Shows::Figures) [
        "by" "product, sku or category.",
        "min_orders" "Fewest orders that a pair shares; 2 if left out.",
    ];
    "paths" "The ways by which orders came." paths (Shows::Figures) [
        "by" "channel, source, medium, campaign, landing_page, or page for the pages before the order.",
        "scope" "Whose touches count: visitor or customer.",
        "window" "Days before the order, 1 to 365; the site's own if left out.",
        "steps" "Most steps of a way that are shown, its last ones; 8 if left out.",
    ];
    "purchase-intervals" "Visits and days before a first order, and days between two." intervals (Shows::Figures) [];
    "significance" "Whether two rates differ by more than chance." significance (Shows::Figures) [
        "metric" "A rate, such as conversion_rate.",
        "compare" "previous_period or previous_year.",
        "filter_b" "Conditions of the other side in the same period, in place of `compare`.",
    ];
    "anomalies" "Days that are far from what the same weekday has been." anomalies (Shows::Figures) [
        "metric" "Name of a metric; orders if left out.",
        "threshold" "How many usual distances are far, 1 to 100; 3.5 if left out.",
    ];
    "profit" "What is left of net sales after cost of goods, payment fees and advertising." shares::profit (Shows::Figures) [
        "by" "product, sku, brand, channel, source, medium or campaign.",
        "payment_rate" "Per cent of what was charged that payment costs, such as 2.9.",
        "payment_fixed" "What payment costs per order, such as 0.30.",
    ];
    "coupons" "What orders with each coupon brought." shares::coupons (Shows::Figures) [];
    "shipping-methods" "What was ordered with each shipping method." shares::shipping_methods (Shows::Figures) [];
    "payment-methods" "What was ordered with each payment method." shares::payment_methods (Shows::Figures) [];
    "clicks" "What is clicked on a page and where, and how far it is scrolled." clicks (Shows::Figures) [
        "page" "The page.",
        "device" "Kind of device.",
        "view" "elements, positions or scroll.",
    ];
    "forms" "How many begin a form, send it, and where the others stop." forms (Shows::Figures) [
        "form" "Name of a form, for its fields.",
        "page" "The page.",
        "device" "Kind of device.",
    ];
}

/// Returns the analysis named `name`.
pub fn analysis(name: &str) -> Option<&'static Analysis> {
    ANALYSES.iter().find(|a| a.name == name)
}

impl Analysis {
    /// Says whether the answer to `parameters` might tell of single orders, visits or customers.
    pub fn shows_singles<'a>(&self, mut parameters: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
        match self.shows {
            Shows::Figures => false,
            Shows::Singles => true,
            Shows::SinglesWhere(name, value) => parameters.any(|(n, given)| n == name && given.trim() == value),
        }
    }

    /// Reads the question out of parameters by name and returns what answers it; the names of `definitions` stand for their
    /// rules in filters and steps.
    ///
    /// # Errors
    /// [`QueryError`] that says what is missing, unknown or cannot be combined.
    pub fn prepare<'a>(
        &self,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
        definitions: &'a [Definition],
    ) -> Result<Prepared, QueryError> {
        let own: Vec<&'static str> = self.parameters.iter().map(|(name, _)| *name).collect();
        let given = Given::read(parameters, &own, definitions)?;
        (self.prepare)(&given).map(Prepared)
    }
}

/// An analysis whose parameters were understood.
pub struct Prepared(Answer);

impl Prepared {
    /// Returns the answer.
    ///
    /// # Errors
    /// [`Error::Query`] if the site makes the question unanswerable; [`Error::Store`] if the store cannot answer.
    pub fn run(self, desk: &Desk) -> Result<Table, Error> {
        (self.0)(desk)
    }
}

#[cfg(test)]
mod tests;
