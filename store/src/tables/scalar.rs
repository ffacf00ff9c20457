//! Types that fill one column each: keys, amounts, instants, texts and the codes of closed lists.

use crate::table::{Cell, Scalar};
use commerce::hit::{Dialect, OrderStatus, Origin, Trust};
use commerce::money::{Amount, Currency, Quantity, UnitPrice};
use commerce::rows::{CartState, ProductAction};
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, SiteId, Timestamp, VisitKey, VisitorKey};
use duckdb::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray, UInt8Array, UInt32Array,
    UInt64Array,
};
use std::sync::Arc;

macro_rules! scalar {
    ($($type:ty: $array:ident, |$value:ident| $write:expr, $cell:pat => $read:expr;)*) => {
        $(impl Scalar for $type {
            fn array<'a>(values: impl Iterator<Item = Option<&'a Self>>) -> ArrayRef
            where
                Self: 'a,
            {
                Arc::new($array::from_iter(values.map(|v| v.map(|$value| $write))))
            }

            fn from_cell(cell: Cell<'_>) -> Option<Self> {
                match cell {
                    $cell => $read,
                    _ => None,
                }
            }
        })*
    };
}

scalar! {
    SiteId: UInt32Array, |v| v.0, Cell::U32(n) => Some(Self(n));
    u8: UInt8Array, |v| *v, Cell::U8(n) => Some(n);
    u32: UInt32Array, |v| *v, Cell::U32(n) => Some(n);
    u64: UInt64Array, |v| *v, Cell::U64(n) => Some(n);
    i64: Int64Array, |v| *v, Cell::I64(n) => Some(n);
    bool: BooleanArray, |v| *v, Cell::Bool(b) => Some(b);
    String: StringArray, |v| v.as_str(), Cell::Text(t) => Some(t.to_owned());
    Vec<u8>: BinaryArray, |v| v.as_slice(), Cell::Bytes(b) => Some(b.to_owned());
    Timestamp: TimestampMicrosecondArray, |v| v.0, Cell::Time(n) => Some(Self(n));
    EventKey: UInt64Array, |v| v.0, Cell::U64(n) => Some(Self(n));
    VisitorKey: UInt64Array, |v| v.0, Cell::U64(n) => Some(Self(n));
    VisitKey: UInt64Array, |v| v.0, Cell::U64(n) => Some(Self(n));
    OrderKey: UInt64Array, |v| v.0, Cell::U64(n) => Some(Self(n));
    CartKey: UInt64Array, |v| v.0, Cell::U64(n) => Some(Self(n));
    CustomerKey: UInt64Array, |v| v.0, Cell::U64(n) => Some(Self(n));
    Amount: Int64Array, |v| v.0, Cell::I64(n) => Some(Self(n));
    UnitPrice: Int64Array, |v| v.0, Cell::I64(n) => Some(Self(n));
    Quantity: Int64Array, |v| v.0, Cell::I64(n) => Some(Self(n));
    Currency: StringArray, |v| v.code(), Cell::Text(t) => Self::parse(t);
    Dialect: UInt8Array, |v| *v as u8, Cell::U8(n) => Dialect::ALL.get(usize::from(n)).copied();
    Origin: UInt8Array, |v| *v as u8, Cell::U8(n) => ORIGINS.get(usize::from(n)).copied();
    Trust: UInt8Array, |v| *v as u8, Cell::U8(n) => TRUSTS.get(usize::from(n)).copied();
    OrderStatus: UInt8Array, |v| *v as u8, Cell::U8(n) => STATUSES.get(usize::from(n)).copied();
    ProductAction: StringArray, |v| v.name(), Cell::Text(t) => PRODUCT_ACTIONS.into_iter().find(|a| a.name() == t);
    CartState: StringArray, |v| v.name(), Cell::Text(t) => CART_STATES.into_iter().find(|s| s.name() == t);
    &'static str: StringArray, |v| *v, Cell::Text(t) => OUTCOMES.into_iter().find(|o| *o == t);
    Vec<u32>: StringArray, |v| join_numbers(v), Cell::Text(t) => split_numbers(t);
    Vec<(String, String)>: StringArray, |v| write_pairs(v), Cell::Text(t) => serde_json::from_str(t).ok();
}

// A code is the item's place in its list, which is its number in the journal.
const ORIGINS: [Origin; 6] =
    [Origin::Pixel, Origin::Browser, Origin::App, Origin::Server, Origin::Platform, Origin::Import];
const TRUSTS: [Trust; 2] = [Trust::Unverified, Trust::Verified];
const STATUSES: [OrderStatus; 4] =
    [OrderStatus::Pending, OrderStatus::Confirmed, OrderStatus::Cancelled, OrderStatus::Failed];
const PRODUCT_ACTIONS: [ProductAction; 8] = [
    ProductAction::ListView,
    ProductAction::ListClick,
    ProductAction::View,
    ProductAction::Add,
    ProductAction::Remove,
    ProductAction::Checkout,
    ProductAction::PromotionView,
    ProductAction::PromotionClick,
];
const CART_STATES: [CartState; 4] = [CartState::Open, CartState::Emptied, CartState::Ordered, CartState::Unlinked];
const OUTCOMES: [&str; 4] = ["stored", "duplicate", "quarantined", "excluded"];

fn join_numbers(numbers: &[u32]) -> String {
    let mut text = String::new();
    for number in numbers {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&number.to_string());
    }
    text
}

fn split_numbers(text: &str) -> Option<Vec<u32>> {
    text.split(',').filter(|part| !part.is_empty()).map(|part| part.parse().ok()).collect()
}

/// Pairs are a JSON array of arrays: an object would lose their order.
fn write_pairs(pairs: &[(String, String)]) -> String {
    serde_json::to_string(pairs).expect("texts are always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number<T: minicbor::Encode<()>>(value: T) -> u8 {
        let bytes = minicbor::to_vec(value).unwrap();
        assert_eq!(bytes.len(), 1, "numbers up to 23 are one byte of CBOR");
        bytes[0]
    }

    #[test]
    fn codes_are_the_numbers_of_the_journal() {
        Dialect::ALL.iter().enumerate().for_each(|(i, v)| assert_eq!((i as u8, *v as u8), (number(v), number(v))));
        ORIGINS.iter().enumerate().for_each(|(i, v)| assert_eq!((i as u8, *v as u8), (number(v), number(v))));
        TRUSTS.iter().enumerate().for_each(|(i, v)| assert_eq!((i as u8, *v as u8), (number(v), number(v))));
        STATUSES.iter().enumerate().for_each(|(i, v)| assert_eq!((i as u8, *v as u8), (number(v), number(v))));
    }

    #[test]
    fn number_lists_read_and_write() {
        for list in [vec![], vec![1], vec![1, 4, 4_000_000_000]] {
            assert_eq!(split_numbers(&join_numbers(&list)), Some(list));
        }
        assert_eq!(split_numbers("1,x"), None);
    }
}
