//! Our side of a comparison, out of the store: the orders of a list and those of its period, narrowly read.

use super::compare::{Book, Ours, Period};
use super::list::List;
use commerce::hit::OrderStatus;
use commerce::{Amount, Currency, OrderKey, SiteId, Timestamp, Zone};
use store::{Error, ResultSet, Snapshot, Value};

/// How many keys one statement asks for.
const KEYS_PER_QUERY: usize = 5_000;

const COLUMNS: &str = "select \"order\", order_id, placed_at, status, test, counts, currency, order_total from orders where site = ? and ";

/// Reads what is known of the orders of `list` and of those placed in `period`.
///
/// # Errors
/// As [`Snapshot::query`].
pub(super) fn read(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    list: &List,
    period: Option<Period>,
    zone: &Zone,
) -> Result<Book, Error> {
    let mut book = Book::default();
    if let Some(Period { from, to }) = period {
        let end = to.tomorrow().map_or(Timestamp(i64::MAX), |next| zone.start_of(next));
        let sql = format!("{COLUMNS} placed_at >= ? and placed_at < ?");
        take(&mut book, &snapshot.query(&sql, &[site.into(), zone.start_of(from).into(), end.into()])?);
    }
    let ids = list.orders.iter().map(|order| &order.id).chain(&list.bad_ids);
    let keys: Vec<OrderKey> = ids.map(|id| OrderKey::new(site, id)).collect();
    for keys in keys.chunks(KEYS_PER_QUERY) {
        book.known.extend(snapshot.order_ids_of(site, keys)?);
    }
    let mut wanted: Vec<OrderKey> = book.known.values().copied().filter(|key| !book.orders.contains_key(key)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    for keys in wanted.chunks(KEYS_PER_QUERY) {
        let sql = format!("{COLUMNS} \"order\" in ({})", vec!["?"; keys.len()].join(", "));
        let params: Vec<Value> =
            std::iter::once(site.into()).chain(keys.iter().map(|key| Value::UInt(key.0))).collect();
        take(&mut book, &snapshot.query(&sql, &params)?);
    }
    let times = || book.orders.values().map(|order| order.placed_at);
    if let (Some(first), Some(last)) = (times().min(), times().max()) {
        let end = Timestamp(last.0.saturating_add(1));
        book.origins = snapshot.origins_of(site, first, end)?.into_iter().collect();
    }
    Ok(book)
}

fn take(book: &mut Book, found: &ResultSet) {
    for row in &found.rows {
        if let Some(order) = order_of(row) {
            book.orders.insert(order.key, order);
        }
    }
}

/// Returns the order of a row of [`COLUMNS`]; `None` never, unless the table is another one.
fn order_of(row: &[Value]) -> Option<Ours> {
    let [key, order_id, placed_at, status, test, counts, currency, total] = row else { return None };
    Some(Ours {
        key: OrderKey(key.as_u64()?),
        order_id: order_id.as_text()?.to_owned(),
        placed_at: placed_at.as_time()?,
        status: match status.as_u64()? {
            0 => OrderStatus::Pending,
            1 => OrderStatus::Confirmed,
            2 => OrderStatus::Cancelled,
            _ => OrderStatus::Failed,
        },
        test: *test == Value::Bool(true),
        counts: *counts == Value::Bool(true),
        currency: Currency::parse(currency.as_text()?)?,
        total: Amount(total.as_i64()?),
    })
}
