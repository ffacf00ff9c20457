//! What is wanted of a list: a [`ListQuery`], read from the names and values of a URL or command line.

use super::{LISTS, List};
use crate::calendar::Period;
use crate::dimensions::Asked;
use crate::error::{QueryError, near_names};
use crate::filter::{Definition, Filter};
use crate::plan::route;
use crate::query::{as_of, given, number, period, read_filter};
use crate::segment::check;
use commerce::Timestamp;

/// A question for a list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which.
    pub list: &'static List,
    /// Of which days.
    pub period: Period,
    /// Only of these.
    pub filter: Filter,
    /// Columns to sort by, by their place, each with whether it falls; the list's own order breaks ties.
    pub order: Vec<(usize, bool)>,
    /// Most rows of a page.
    pub limit: u32,
    /// Rows left out before the first.
    pub offset: u32,
    /// The instant that decides which carts are abandoned; `None` for the store's own clock.
    pub as_of: Option<Timestamp>,
}

const PARAMETERS: &[&str] = &["from", "to", "filter", "segment", "order", "limit", "offset", "as_of"];

/// Rows of a page that names no `limit`.
const LIMIT: u32 = 100;

impl ListQuery {
    /// Reads what is wanted of the list `name`. An empty value is a missing one; `format` is left to the caller.
    ///
    /// # Errors
    /// [`QueryError`] that says what is missing or unknown.
    pub fn parse<'a>(name: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, QueryError> {
        let list = LISTS.iter().find(|list| list.name == name).ok_or_else(|| {
            let hint = near_names(name, LISTS.iter().map(|l| l.name), "lists");
            QueryError::new("query.unknown_list", format!("there is no list `{name}`"), hint)
        })?;
        let given = given(parameters, PARAMETERS)?;
        let get = |name: &str| given.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        Ok(Self {
            list,
            period: period(get("from"), get("to"))?,
            filter: reached(list, read_filter("filter", get("filter"))?.and(read_filter("segment", get("segment"))?))?,
            order: order(list, get("order").unwrap_or(""))?,
            limit: get("limit").map_or(Ok(LIMIT), |v| number("limit", v))?,
            offset: get("offset").map_or(Ok(0), |v| number("offset", v))?,
            as_of: get("as_of").map(as_of).transpose()?,
        })
    }

    /// Lets the names of `definitions` stand for their rules in the filter.
    pub fn define(&mut self, definitions: &[Definition]) {
        self.filter = std::mem::take(&mut self.filter).with_definitions(definitions);
    }
}

/// Refuses a filter that the rows of the list cannot answer.
fn reached(list: &'static List, filter: Filter) -> Result<Filter, QueryError> {
    check(&filter)?;
    let reaches = |asked: &Asked| asked.time().is_some() || route(list.fact, asked.dimension()).is_some();
    let name = filter.asked().into_iter().find(|asked| !reaches(asked)).map(Asked::name);
    match name {
        None => Ok(filter),
        Some(name) => Err(QueryError::new(
            "query.not_combinable",
            format!("the list `{}` cannot be filtered by `{name}`", list.name),
            "its rows do not have it; make it a segment: `visitors:`, `visits:` or `customers:` in front",
        )),
    }
}

fn order(list: &'static List, text: &str) -> Result<Vec<(usize, bool)>, QueryError> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let place = |part: &str| {
        let (name, falling) = part.strip_prefix('-').map_or((part, false), |name| (name, true));
        let at = list.columns.iter().position(|c| c.name == name).ok_or_else(|| {
            let hint = near_names(name, list.columns.iter().map(|c| c.name), "columns of a list");
            QueryError::new("query.unknown_order", format!("`{name}` is not in the list"), hint)
        })?;
        Ok((at, falling))
    };
    parts.map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_asked_for_by_name() {
        let days = [("from", "2026-01-01"), ("to", "2026-01-31")];
        let read = |more: &[(&str, &str)]| ListQuery::parse("orders", days.iter().chain(more).copied());
        let query = read(&[("order", "-net_sales,order_id"), ("limit", "5")]).unwrap();
        let names: Vec<(&str, bool)> = query.order.iter().map(|(at, f)| (query.list.columns[*at].name, *f)).collect();
        assert_eq!((names.as_slice(), query.limit), (&[("net_sales", true), ("order_id", false)][..], 5));

        let refused = |result: Result<ListQuery, QueryError>| {
            let error = result.unwrap_err();
            (error.code, error.hint)
        };
        assert_eq!(
            refused(ListQuery::parse("refund", days)),
            ("query.unknown_list", "did you mean `refunds`?".to_owned())
        );
        assert_eq!(refused(read(&[("order", "net_sale")])).0, "query.unknown_order");
        assert_eq!(refused(read(&[("metrics", "orders")])).0, "query.unknown_parameter");
        assert_eq!(refused(read(&[("filter", "chanel==x")])).0, "query.unknown_dimension");
    }
}
