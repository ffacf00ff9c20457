//! Reports: a [`Query`] value in, a [`Table`] value out.
//!
//! Every metric, dimension and field is declared once ([`METRICS`], [`DIMENSIONS`], [`FIELDS`]); the way to an answer is
//! [`query`] (what is asked) -> `plan` (which facts answer it) -> `sql`, `arm`, `joins`, `marks`, `narrow`, `segment` (one statement) -> `run` (the table).
//! Sums of whole days that are kept ahead of time are `sums`, what visits did on them is `log`, and what a report finds
//! there before its statement is written is `ahead`.
//! Time zones are resolved in [`calendar`], so that SQL gets instants and bucket boundaries only. Knows no HTTP, no JSON
//! shapes and no clock, and writes nothing.

mod metrics;

mod dimensions;

mod fields;

mod measures;

mod facts;

mod relations;

mod shapes;

mod marks;

pub mod calendar;

pub mod filter;

pub mod compare;

pub mod query;

mod plan;

mod sql;

mod arm;

mod narrow;

mod segment;

pub mod kept;

mod joins;

mod sums;

mod ahead;

mod digest;

mod log;

mod keys;

mod run;

mod unconverted;

pub mod table;

mod export;

mod error;

mod lists;

mod live;

mod tracking;

pub mod analysis;

pub use calendar::Period;
pub use digest::sum_days;
pub use dimensions::{Asked, DIMENSIONS, Dimension, Values};
pub use error::{Error, QueryError, near_names};
pub use export::{FileKind, FileMaker, Form};
pub use fields::FIELDS;
pub use filter::Filter;
pub use lists::{LISTS, List, ListColumn, ListForm, ListQuery, list, list_to_file};
pub use live::{LIVE_MINUTES, Live, live};
pub use metrics::{METRICS, Metric, Unit, metric};
pub use query::{Compare, Query, RefundView};
pub use run::{answer, columns, run};

pub use table::{Cell, Column, Kind, Meta, Table, Unconverted};
pub use tracking::{Heard, OrdersSeen, Tracking, tracking};
