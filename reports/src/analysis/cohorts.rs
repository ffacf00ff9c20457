//! Cohorts: what customers do in the months after their first order, by when, whence and with what they began.
//!
//! Members are the customers whose first order of all times lies in the period and is kept by the filter; an order that
//! names no customer is one of its own. Retention of month k is the share of them that ordered in the k-th calendar month
//! after that of their first order, lifetime value what they have brought up to then, both of all members.

use super::desk::{Desk, int, int_or_null, key, text};
use super::draft::{Draft, amount_per, count, figure, ratio, split, sum};
use super::given::{Frame, Given};
use super::orders::WHO;
use crate::analysis::kept::members;
use crate::error::{Error, QueryError};
use crate::facts::Fact;
use crate::metrics::Unit;
use crate::plan::Plan;
use crate::query::RefundView;
use crate::relations::Relation;
use crate::table::{Cell, Table};
use commerce::{Timestamp, Zone};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// Most months or weeks that are shown after the first.
const STEPS_MAX: i32 = 120;

/// What makes a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Month,
    Week,
    Channel,
    Product,
    Coupon,
}

const BY: &[(&str, By)] = &[
    ("first_order_month", By::Month),
    ("month", By::Month),
    ("first_order_week", By::Week),
    ("week", By::Week),
    ("first_channel", By::Channel),
    ("first_product", By::Product),
    ("first_coupon", By::Coupon),
];

/// What a chart may be meant to show; the answer has all of it.
const METRICS: [&str; 6] = ["retention", "orders", "net_sales", "ltv", "customers", "average_order_value"];

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    by: By,
    metric: &'static str,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        Plan::new(&[crate::metric("orders").expect("a metric")], &[], &frame.filter)?;
        let metrics = METRICS.map(|name| (name, name));
        Ok(Self { frame, by: given.one_of("by", BY)?, metric: given.one_of("metric", &metrics)? })
    }
}

/// Something that a member did or took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Deed {
    who: u64,
    /// Number of the month or week.
    month: i32,
    /// Whether it is an order.
    ordered: bool,
    /// What it adds to net sales.
    net: i64,
}

/// Where a member belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    who: u64,
    month: i32,
    cohort: String,
}

/// What a cohort did in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Month {
    active: usize,
    orders: usize,
    net: i128,
}

/// A cohort with its months, the first order's first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cohort {
    members: usize,
    /// The earliest month in which one of them began.
    began: i32,
    months: Vec<Month>,
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let members = read_members(desk, ask)?;
    let deeds = read_deeds(desk, ask)?;
    let pace = Pace::of(desk, ask.by);
    let until = pace.number(&desk.settings.timezone, desk.as_of().0);
    let mut cohorts: Vec<(String, Cohort)> = fold(&members, deeds, until).into_iter().collect();
    if !matches!(ask.by, By::Month | By::Week) {
        cohorts.sort_by(|(a, x), (b, y)| y.members.cmp(&x.members).then(a.cmp(b)));
    }
    let decimals = desk.settings.currency.decimals();
    let mut draft = Draft::new(vec![
        split("cohort", "Cohort"),
        split("k", "Months since"),
        figure("members", "Members", Unit::Count),
        figure("active", "Ordered", Unit::Count),
        sum("orders", "Orders", Unit::Count),
        figure("retention", "Retention", Unit::Percent),
        sum("net_sales", "Net sales", Unit::Money),
        figure("ltv", "Lifetime value", Unit::Money),
    ]);
    let (mut all, mut orders, mut net) = (0, 0, 0);
    for (name, cohort) in &cohorts {
        let members = cohort.members;
        let mut so_far = 0;
        for (k, month) in cohort.months.iter().enumerate() {
            so_far += month.net;
            orders += month.orders;
            draft.rows.push(vec![
                Cell::Text(name.clone()),
                count(k),
                count(members),
                count(month.active),
                count(month.orders),
                ratio(month.active as i128, members as i128),
                Cell::Money(month.net),
                amount_per(so_far, members as i128, decimals),
            ]);
        }
        all += members;
        net += so_far;
    }
    let worth = amount_per(net, all as i128, decimals);
    draft.totals =
        vec![Cell::Null, Cell::Null, count(all), Cell::Null, count(orders), Cell::Null, Cell::Money(net), worth];
    draft.extras.push(("metric", json!(ask.metric)));
    draft.extras.push(("by", json!(BY.iter().find(|(_, by)| *by == ask.by).map(|(name, _)| *name))));
    draft.extras.push(("until", json!(pace.name(until))));
    Ok(draft.finish(desk, &ask.frame))
}

/// How time goes by in a cohort: calendar months, or weeks from the site's first day of the week on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Months,
    /// Days from a Monday to the week's first day.
    Weeks(i64),
}

impl Pace {
    fn of(desk: &Desk, by: By) -> Self {
        match by {
            By::Week => Self::Weeks(if desk.settings.week_starts_sunday { -1 } else { 0 }),
            _ => Self::Months,
        }
    }

    /// Returns the number of the month or week of an instant: months from the year 0 on, weeks from 1970.
    fn number(self, zone: &Zone, at_us: i64) -> i32 {
        let day = zone.day_of(Timestamp(at_us));
        match self {
            Self::Months => i32::from(day.year()) * 12 + i32::from(day.month()) - 1,
            Self::Weeks(shift) => {
                let days = monday().until(day).map_or(0, |span| i64::from(span.get_days()));
                (days - shift).div_euclid(7) as i32
            }
        }
    }

    /// Returns what the month or week of this number is called.
    fn name(self, number: i32) -> String {
        match self {
            Self::Months => format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1),
            Self::Weeks(shift) => {
                let days = i64::from(number) * 7 + shift;
                monday().saturating_add(jiff::Span::new().days(days)).to_string()
            }
        }
    }
}

/// The first Monday of 1970.
fn monday() -> jiff::civil::Date {
    jiff::civil::date(1970, 1, 5)
}

/// Returns the customers who are members: `kept` are the orders of the period.
fn members_sql(desk: &Desk, ask: &Ask) -> (crate::sql::Params, String) {
    let mut context = desk.context(&ask.frame.filter);
    let kept = members(&mut context, Fact::Orders, &["o.\"order\" as id"], &desk.side(ask.frame.period));
    let orders = Relation::Orders.text(context.scope, false, &[]);
    let sql = format!(
        "kept as (\n{kept}\n), firsts as (select {WHO} as who, arg_min(o.\"order\", (o.placed_at, o.order_id)) as id \
         from {orders} o group by 1), members as (select * from firsts where id in (select id from kept))"
    );
    (context.params, sql)
}

fn read_members(desk: &Desk, ask: &Ask) -> Result<Vec<Member>, Error> {
    let (params, with) = members_sql(desk, ask);
    let context = desk.context(&ask.frame.filter);
    let orders = Relation::Orders.text(context.scope, false, &[]);
    let lines = Relation::Lines.text(context.scope, false, &["line = 0".to_owned()]);
    let label = match ask.by {
        By::Month | By::Week => "null",
        By::Channel => "o.channel",
        By::Product => "case when l.line is null then '(no lines)' else coalesce(l.product, nullif(l.sku, '')) end",
        By::Coupon => "coalesce(nullif(trim(string_split(o.coupon, ',')[1]), ''), '(none)')",
    };
    let sql = format!(
        "with {with}\nselect m.who, epoch_us(o.placed_at), {label} from members m join {orders} o on o.\"order\" = m.id \
         left join {lines} l on l.\"order\" = m.id"
    );
    let (zone, pace) = (&desk.settings.timezone, Pace::of(desk, ask.by));
    let mut out = Vec::new();
    for row in desk.ask(&sql, params)? {
        let month = pace.number(zone, int(&row, 1)?);
        let in_time = matches!(ask.by, By::Month | By::Week);
        let unknown = || if in_time { pace.name(month) } else { "(unknown)".to_owned() };
        out.push(Member { who: key(&row, 0)?, month, cohort: text(&row, 2)?.unwrap_or_else(unknown) });
    }
    Ok(out)
}

fn read_deeds(desk: &Desk, ask: &Ask) -> Result<Vec<Deed>, Error> {
    let (params, with) = members_sql(desk, ask);
    let context = desk.context(&ask.frame.filter);
    let orders = Relation::Orders.text(context.scope, false, &[]);
    let refunds = Relation::Refunds.text(context.scope, false, &[]);
    let booked = if desk.refund_view() == RefundView::OrderDate { "o.placed_at" } else { "r.\"at\"" };
    let sql = format!(
        "with {with}, theirs as (select m.who, o.* from members m join {orders} o on {WHO} = m.who)\n\
         select who, epoch_us(placed_at), true, r_gross_sales - r_discounts from theirs\nunion all\n\
         select o.who, epoch_us({booked}), false, -r.r_goods from theirs o join {refunds} r on r.\"order\" = o.\"order\""
    );
    let (zone, pace) = (&desk.settings.timezone, Pace::of(desk, ask.by));
    let mut out = Vec::new();
    for row in desk.ask(&sql, params)? {
        out.push(Deed {
            who: key(&row, 0)?,
            month: pace.number(zone, int(&row, 1)?),
            ordered: super::desk::flag(&row, 2),
            net: int_or_null(&row, 3)?.unwrap_or(0),
        });
    }
    Ok(out)
}

/// Puts what members did under their cohorts, month by month, up to the month `until`.
fn fold(members: &[Member], mut deeds: Vec<Deed>, until: i32) -> BTreeMap<String, Cohort> {
    let mut cohorts: BTreeMap<String, Cohort> = BTreeMap::new();
    for member in members {
        let cohort =
            cohorts.entry(member.cohort.clone()).or_insert(Cohort { began: member.month, ..Cohort::default() });
        cohort.members += 1;
        cohort.began = cohort.began.min(member.month);
    }
    for cohort in cohorts.values_mut() {
        let last = (until - cohort.began).clamp(0, STEPS_MAX);
        cohort.months = vec![Month::default(); last as usize + 1];
    }
    let of: HashMap<u64, &Member> = members.iter().map(|m| (m.who, m)).collect();
    deeds.sort_by_key(|d| (d.who, d.month));
    for own in deeds.chunk_by(|a, b| a.who == b.who && a.month == b.month) {
        let Some(member) = of.get(&own[0].who) else { continue };
        let k = usize::try_from((own[0].month - member.month).max(0)).unwrap_or(0);
        let Some(month) = cohorts.get_mut(&member.cohort).and_then(|c| c.months.get_mut(k)) else { continue };
        let orders = own.iter().filter(|d| d.ordered).count();
        month.active += usize::from(orders > 0);
        month.orders += orders;
        month.net += own.iter().map(|d| i128::from(d.net)).sum::<i128>();
    }
    cohorts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_counted_from_each_members_own_first() {
        let member = |who, month| Member { who, month, cohort: "Email".to_owned() };
        let deed = |who, month, net| Deed { who, month, ordered: net > 0, net };
        let deeds =
            vec![deed(1, 10, 5), deed(1, 10, 7), deed(1, 12, 1), deed(2, 12, 4), deed(2, 13, -4), deed(9, 12, 1)];
        let found = fold(&[member(1, 10), member(2, 12)], deeds, 13);
        let months: Vec<(usize, usize, i128)> =
            found["Email"].months.iter().map(|m| (m.active, m.orders, m.net)).collect();
        assert_eq!(found["Email"].members, 2);
        assert_eq!(months, [(2, 3, 16), (0, 0, -4), (1, 1, 1), (0, 0, 0)]);
        let name = |number| Pace::Months.name(number);
        assert_eq!((name(2026 * 12), name(2026 * 12 + 11)), ("2026-01".to_owned(), "2026-12".to_owned()));
        // 8 March 2026 was a Sunday.
        let sunday = Timestamp::parse("2026-03-08T12:00:00Z").unwrap().0;
        let week = |pace: Pace| pace.name(pace.number(&Zone::utc(), sunday));
        assert_eq!((week(Pace::Weeks(0)), week(Pace::Weeks(-1))), ("2026-03-02".to_owned(), "2026-03-08".to_owned()));
    }
}
