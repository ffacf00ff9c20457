//! The words of the trade, and nothing else: money, orders, carts, visits, hits, and the rows they become.
//!
//! Every other room speaks in these types. This one knows no disk, no network, no clock, no SQL and no HTTP.
//! Reading order: [`money`], [`time`], [`ids`], [`site`], [`hit`], [`record`], [`rows`], [`state`].

pub mod money;
pub mod time;

pub mod ids;
pub mod site;

pub mod goal;
pub mod hit;
pub mod record;

pub mod rows;
pub mod state;

pub use goal::Goal;
pub use hit::{Facts, Hit, Person};
pub use ids::{CartKey, CustomerKey, EventId, EventKey, OrderKey, SiteId, VisitKey, VisitorKey};
pub use money::{Amount, Currency, Quantity, UnitPrice};
pub use record::Record;
pub use site::SiteSettings;
pub use time::{Timestamp, Zone};
