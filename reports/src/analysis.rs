//! Analyses: questions that no metric split by a dimension answers. Parameters in, a [`Table`] out, like a report.
//!
//! Each reads few columns by SQL and folds them in Rust, in one pass over rows in a total order; the folds are pure.
//! [`ANALYSES`] is the list that the API, the command line and the documentation go by.

mod attribution;
mod desk;
mod draft;
mod funnel;
mod given;
mod kept;
mod orders;

pub use desk::Desk;
pub use given::Given;

use crate::error::{Error, QueryError};
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
    prepare: fn(&Given) -> Result<Answer, QueryError>,
}

/// A question that was understood: what is left is to look into the store.
type Answer = Box<dyn FnOnce(&Desk) -> Result<Table, Error> + Send>;

macro_rules! analyses {
    ($($name:literal $answers:literal $($module:ident)::+ [$($parameter:literal $takes:literal),* $(,)?];)+) => {
        /// Every analysis, in the order of the documentation.
        pub static ANALYSES: &[Analysis] = &[$(Analysis {
            name: $name,
            answers: $answers,
            parameters: &[$(($parameter, $takes)),*],
            prepare: |given| {
                let ask = $($module)::+::Ask::parse(given)?;
                Ok(Box::new(move |desk: &Desk| $($module)::+::run(desk, &ask)))
            },
        }),+];
    };
}

analyses! {
    "funnel" "How many come from step to step, and where they are lost." funnel [
        "steps" "Events separated by `;`, each with conditions in brackets: `page_view[page=@/cart];purchase`.",
        "scope" "Who goes through: visit, visitor or customer.",
        "mode" "closed: from the first step on, in order; open: from any step on.",
        "window" "Longest time from the first step to the last, such as 30m, 12h or 7d.",
        "breakdown" "A dimension of visits, such as channel.",
    ];
    "funnel/dropped" "Who was lost after a step of a funnel, with what lay in the cart." funnel::dropped [
        "steps" "As for the funnel.",
        "scope" "As for the funnel.",
        "mode" "As for the funnel.",
        "window" "As for the funnel.",
        "step" "Number of the last step that they reached.",
    ];
    "attribution" "What each channel, source, campaign or landing page is credited with, by every model." attribution [
        "models" "last_non_direct, first, last, linear, position, j, inverse_j, time_decay, markov, shapley; all if left out.",
        "by" "channel, source, medium, campaign or landing_page.",
        "scope" "Whose touches count: visitor, or customer for all browsers of one.",
        "window" "Days before the order, 1 to 365; the site's own if left out.",
    ];
}

/// Returns the analysis named `name`.
pub fn analysis(name: &str) -> Option<&'static Analysis> {
    ANALYSES.iter().find(|a| a.name == name)
}

impl Analysis {
    /// Reads the question out of parameters by name and returns what answers it.
    ///
    /// # Errors
    /// [`QueryError`] that says what is missing, unknown or cannot be combined.
    pub fn prepare<'a>(
        &self,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Prepared, QueryError> {
        let own: Vec<&'static str> = self.parameters.iter().map(|(name, _)| *name).collect();
        let given = Given::read(parameters, &own)?;
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
