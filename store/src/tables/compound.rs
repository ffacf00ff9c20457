//! Types that fill several columns: sources of traffic, products, amounts of an order or refund, whom an identity is of.

use crate::Error;
use crate::table::{Field, RowReader, Scalar};
use commerce::money::Amount;
use commerce::rows::{OrderAmounts, ProductRef, RefundAmounts, Subject, TrafficSource};
use commerce::{CustomerKey, VisitorKey};
use duckdb::arrow::array::ArrayRef;

const SOURCE_COLUMNS: [&str; 8] =
    ["channel", "source", "medium", "campaign", "term", "content", "referrer", "referrer_host"];
const CATEGORY_COLUMNS: [&str; 5] = ["category", "category_2", "category_3", "category_4", "category_5"];
const AMOUNT_COLUMNS: [&str; 7] = ["order_total", "gross_sales", "discounts", "tax", "shipping", "fees", "subtotal"];
const REFUND_COLUMNS: [&str; 5] = ["amount", "goods", "tax", "shipping", "fees"];

fn add_names(names: &[&str], prefix: &str, out: &mut Vec<String>) {
    out.extend(names.iter().map(|name| format!("{prefix}{name}")));
}

fn source_arrays<'a>(values: &(impl Iterator<Item = Option<&'a TrafficSource>> + Clone), out: &mut Vec<ArrayRef>) {
    let texts: [fn(&TrafficSource) -> &String; 3] = [|s| &s.channel, |s| &s.source, |s| &s.medium];
    let options: [fn(&TrafficSource) -> &Option<String>; 5] =
        [|s| &s.campaign, |s| &s.term, |s| &s.content, |s| &s.referrer, |s| &s.referrer_host];
    for get in texts {
        out.push(String::array(values.clone().map(|v| v.map(get))));
    }
    for get in options {
        out.push(String::array(values.clone().map(|v| v.and_then(|s| get(s).as_ref()))));
    }
}

impl Field for TrafficSource {
    fn names(_: &str, out: &mut Vec<String>) {
        add_names(&SOURCE_COLUMNS, "", out);
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>) {
        source_arrays(&values.map(Some), out);
    }

    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        Option::<Self>::read(reader)?.ok_or_else(|| reader.unexpected("no source"))
    }
}

impl Field for Option<TrafficSource> {
    fn names(_: &str, out: &mut Vec<String>) {
        add_names(&SOURCE_COLUMNS, "", out);
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>) {
        source_arrays(&values.map(Option::as_ref), out);
    }

    /// A source always has channel, source and medium; without them there is none.
    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        let named = (Option::read(reader)?, Option::read(reader)?, Option::read(reader)?);
        let (campaign, term, content) = (Field::read(reader)?, Field::read(reader)?, Field::read(reader)?);
        let (referrer, referrer_host) = (Field::read(reader)?, Field::read(reader)?);
        let (Some(channel), Some(source), Some(medium)) = named else { return Ok(None) };
        Ok(Some(TrafficSource { channel, source, medium, campaign, term, content, referrer, referrer_host }))
    }
}

impl Field for ProductRef {
    fn names(_: &str, out: &mut Vec<String>) {
        add_names(&["sku", "product", "brand", "variant"], "", out);
        add_names(&CATEGORY_COLUMNS, "", out);
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>) {
        out.push(String::array(values.clone().map(|p| Some(&p.sku))));
        let options: [fn(&ProductRef) -> &Option<String>; 3] = [|p| &p.product, |p| &p.brand, |p| &p.variant];
        for get in options {
            out.push(String::array(values.clone().map(|p| get(p).as_ref())));
        }
        for level in 0..CATEGORY_COLUMNS.len() {
            out.push(String::array(values.clone().map(|p| p.categories.get(level))));
        }
    }

    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        let (sku, product) = (Field::read(reader)?, Field::read(reader)?);
        let (brand, variant) = (Field::read(reader)?, Field::read(reader)?);
        let mut categories = Vec::new();
        for _ in CATEGORY_COLUMNS {
            categories.extend(Option::<String>::read(reader)?);
        }
        Ok(Self { sku, product, brand, variant, categories })
    }
}

fn amount_arrays<'a>(values: &(impl Iterator<Item = Option<&'a OrderAmounts>> + Clone), out: &mut Vec<ArrayRef>) {
    let amounts: [fn(&OrderAmounts) -> &Amount; 7] = [
        |a| &a.order_total,
        |a| &a.gross_sales,
        |a| &a.discounts,
        |a| &a.tax,
        |a| &a.shipping,
        |a| &a.fees,
        |a| &a.subtotal,
    ];
    for get in amounts {
        out.push(Amount::array(values.clone().map(|v| v.map(get))));
    }
}

impl Field for OrderAmounts {
    fn names(_: &str, out: &mut Vec<String>) {
        add_names(&AMOUNT_COLUMNS, "", out);
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>) {
        amount_arrays(&values.map(Some), out);
    }

    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        Option::<Self>::read(reader)?.ok_or_else(|| reader.unexpected("no amount"))
    }
}

/// Amounts in the site's currency.
impl Field for Option<OrderAmounts> {
    fn names(_: &str, out: &mut Vec<String>) {
        add_names(&AMOUNT_COLUMNS, "r_", out);
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>) {
        amount_arrays(&values.map(Option::as_ref), out);
    }

    /// Amounts are known together or not at all.
    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        let mut amounts = [None; AMOUNT_COLUMNS.len()];
        for amount in &mut amounts {
            *amount = Option::<Amount>::read(reader)?;
        }
        let [
            Some(order_total),
            Some(gross_sales),
            Some(discounts),
            Some(tax),
            Some(shipping),
            Some(fees),
            Some(subtotal),
        ] = amounts
        else {
            return Ok(None);
        };
        Ok(Some(OrderAmounts { order_total, gross_sales, discounts, tax, shipping, fees, subtotal }))
    }
}

fn refund_arrays<'a>(values: &(impl Iterator<Item = Option<&'a RefundAmounts>> + Clone), out: &mut Vec<ArrayRef>) {
    let amounts: [fn(&RefundAmounts) -> &Amount; 5] =
        [|a| &a.amount, |a| &a.goods, |a| &a.tax, |a| &a.shipping, |a| &a.fees];
    for get in amounts {
        out.push(Amount::array(values.clone().map(|v| v.map(get))));
    }
}

impl Field for RefundAmounts {
    fn names(_: &str, out: &mut Vec<String>) {
        add_names(&REFUND_COLUMNS, "", out);
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>) {
        refund_arrays(&values.map(Some), out);
    }

    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        Option::<Self>::read(reader)?.ok_or_else(|| reader.unexpected("no amount"))
    }
}

/// Amounts in the site's currency.
impl Field for Option<RefundAmounts> {
    fn names(_: &str, out: &mut Vec<String>) {
        add_names(&REFUND_COLUMNS, "r_", out);
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>) {
        refund_arrays(&values.map(Option::as_ref), out);
    }

    /// Amounts are known together or not at all.
    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        let mut amounts = [None; REFUND_COLUMNS.len()];
        for amount in &mut amounts {
            *amount = Option::<Amount>::read(reader)?;
        }
        let [Some(amount), Some(goods), Some(tax), Some(shipping), Some(fees)] = amounts else { return Ok(None) };
        Ok(Some(RefundAmounts { amount, goods, tax, shipping, fees }))
    }
}

const OF_VISITOR: u8 = 0;
const OF_EMAIL: u8 = 1;

/// The kind and the key.
fn parts(subject: Subject) -> (u8, u64) {
    match subject {
        Subject::Visitor(visitor) => (OF_VISITOR, visitor.0),
        Subject::Email(email) => (OF_EMAIL, email.0),
    }
}

impl Field for Subject {
    fn names(name: &str, out: &mut Vec<String>) {
        out.extend([format!("{name}_kind"), name.to_owned()]);
    }

    fn arrays<'a>(values: impl Iterator<Item = &'a Self> + Clone, out: &mut Vec<ArrayRef>) {
        let parts: Vec<(u8, u64)> = values.map(|subject| parts(*subject)).collect();
        out.push(u8::array(parts.iter().map(|(kind, _)| Some(kind))));
        out.push(u64::array(parts.iter().map(|(_, key)| Some(key))));
    }

    fn read(reader: &mut RowReader<'_>) -> Result<Self, Error> {
        match (u8::read(reader)?, u64::read(reader)?) {
            (OF_VISITOR, key) => Ok(Self::Visitor(VisitorKey(key))),
            (OF_EMAIL, key) => Ok(Self::Email(CustomerKey(key))),
            (kind, _) => Err(reader.unexpected(&format!("a subject of kind {kind}"))),
        }
    }
}
