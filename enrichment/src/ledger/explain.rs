//! The audit trail: which statement each field of an order comes from, and who says otherwise.
//!
//! The same weighing as [`fold`](super::fold)'s, told in words. An older version of the order is no disagreement; a field
//! that nobody names, so that it is worked out or left empty, comes from nowhere.

use super::refund::{Refunds, Told, read};
use super::statement::{self, Statement};
use super::{Weighed, coupons, links::Links, status};
use commerce::hit::{Item, OrderStatus};
use commerce::rows::OrderFactRow;
use commerce::state::SiteState;
use commerce::{Amount, Currency, EventKey};

/// Where an order's fields come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Fields with the event that each was taken from, in a fixed order. A field that no statement names is missing;
    /// `refunds` stands once for each refund booked, by time.
    pub taken: Vec<Taken>,
    /// What other statements say of these fields, by field, then by the weight of who says it.
    pub disagreements: Vec<Disagreement>,
}

/// A field and its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// `total`, `subtotal`, `tax`, `shipping`, `fees`, `discount`, `lines`, `currency`, `status`, `placed_at`, `coupons`,
    /// `payment_method`, `shipping_method` or `refunds`.
    pub field: &'static str,
    /// The event whose statement was taken ([`OrderFactRow::event`]).
    pub event: EventKey,
}

/// A statement that says something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The field, as in [`Taken::field`].
    pub field: &'static str,
    /// The event whose statement differs.
    pub event: EventKey,
    /// What it says, for people.
    pub says: String,
    /// What was taken instead; `nothing` if nothing was.
    pub taken: String,
}

/// What a statement says of a field, for people; `None` if it is silent.
type Says = fn(&Statement, Currency) -> Option<String>;

/// Fields that come from the statements that have the money.
const OF_CLAIM: [(&str, Says); 7] = [
    ("total", |s, currency| money(s, s.order.total, currency)),
    ("subtotal", |s, currency| money(s, s.order.subtotal, currency)),
    ("tax", |s, currency| money(s, s.order.tax, currency)),
    ("shipping", |s, currency| money(s, s.order.shipping, currency)),
    ("fees", |s, currency| money(s, s.order.fees, currency)),
    ("discount", |s, currency| money(s, s.order.discount, currency)),
    ("lines", |s, _| lines(&s.items)),
];

/// Fields that come from whoever names them first.
const OF_ORDER: [(&str, Says); 3] = [
    ("coupons", |s, _| coupons(&s.order)),
    ("payment_method", |s, _| s.order.payment_method.clone()),
    ("shipping_method", |s, _| s.order.shipping_method.clone()),
];

/// Returns where the fields of the order that `facts` tell of come from; nothing if no statement among them makes one.
///
/// `facts` are all statements about one order, as they are kept; their order and repetition change
/// nothing.
pub fn explain(site: &SiteState, facts: &[OrderFactRow]) -> Explanation {
    let mut explanation = Explanation::default();
    let facts = statement::once(facts);
    let (statements, told) = (statement::read(&facts), read(&facts));
    let Some(weighed) = Weighed::of(site, &statements) else { return explanation };
    let (claim, currency) = (&weighed.claim, weighed.claim.currency);
    let (winner, ranked) = (claim.winner, claim.ranked.as_slice());
    for (field, says) in OF_CLAIM {
        let taken = claim.used.iter().copied().find(|s| says(s, currency).is_some());
        explanation.weigh(field, taken, winner, ranked, |s| says(s, currency));
    }
    let currency_of = |s: &Statement| s.order.currency.map(|currency| currency.to_string());
    let taken = [winner].into_iter().chain(ranked.iter().copied()).find(|s| s.order.currency == Some(currency));
    explanation.weigh("currency", taken, winner, ranked, currency_of);
    let all: Vec<&Statement> = statements.iter().collect();
    explanation.weigh("status", status::decided_by(&statements), winner, &all, |s| s.status().map(status_name));
    explanation.weigh("placed_at", Some(weighed.dated), winner, ranked, |s| Some(s.order_time().to_string()));
    for (field, says) in OF_ORDER {
        let taken = ranked.iter().copied().find(|s| says(s, currency).is_some());
        explanation.weigh(field, taken, winner, ranked, |s| says(s, currency));
    }
    explanation.add_refunds(site, &weighed, &told);
    explanation
}

impl Explanation {
    /// Notes from which statement `field` was `taken` and which of `all`, best rank first, say something else for good.
    fn weigh(
        &mut self,
        field: &'static str,
        taken: Option<&Statement>,
        winner: &Statement,
        all: &[&Statement],
        says: impl Fn(&Statement) -> Option<String>,
    ) {
        let text = taken.and_then(&says);
        self.taken.extend(taken.map(|s| Taken { field, event: s.fact.event }));
        let decider = taken.unwrap_or(winner);
        let is_older = |s: &Statement| s.is_older_than(decider);
        for (i, statement) in all.iter().enumerate() {
            let Some(other) = says(statement).filter(|other| Some(other) != text.as_ref()) else { continue };
            let repeats = all[..i].iter().any(|m| is_older(m) && says(m).as_ref() == Some(&other));
            if !is_explicit(field, statement) || is_older(statement) || repeats {
                continue;
            }
            let taken = text.clone().unwrap_or_else(|| "nothing".to_owned());
            self.disagreements.push(Disagreement { field, event: statement.fact.event, says: other, taken });
        }
    }

    fn add_refunds(&mut self, site: &SiteState, weighed: &Weighed, told: &[Told]) {
        let fact = weighed.claim.winner.fact;
        let order = weighed.order(site, 0, &Links::bare(fact.order, &fact.order_id));
        let lines = weighed.lines(&order);
        let refunds = Refunds::of(&weighed.account(site, &order, &lines), told);
        let field = "refunds";
        let mut disagree = |event, says, taken| {
            self.disagreements.push(Disagreement { field, event, says, taken });
        };
        for refund in refunds.booked.iter().map(|entry| &entry.refund).chain(&refunds.unbooked) {
            for other in &refund.contradicted_by {
                disagree(other.fact.event, words(other, order.currency), words(refund.told, order.currency));
            }
        }
        for refund in &refunds.unbooked {
            disagree(refund.told.fact.event, words(refund.told, order.currency), "nothing".to_owned());
        }
        let sum: Amount = refunds.booked.iter().map(|entry| entry.booked.stated).sum();
        for rival in &refunds.rivals {
            let in_all = |sum: Amount| format!("{sum} {} in all", order.currency);
            disagree(rival.first.fact.event, in_all(rival.sum), in_all(sum));
        }
        let events = refunds.booked.iter().map(|entry| entry.refund.told.fact.event);
        self.taken.extend(events.map(|event| Taken { field, event }));
    }
}

/// Says whether the statement itself names the field: a purchase's own time and its silence about the status are taken
/// where there is nothing else, but contradict nobody.
fn is_explicit(field: &str, statement: &Statement) -> bool {
    match field {
        "status" => statement.order.status.is_some(),
        "placed_at" => statement.order.placed_at.is_some(),
        _ => true,
    }
}

fn money(statement: &Statement, amount: Option<Amount>, currency: Currency) -> Option<String> {
    let currency = statement.order.currency.unwrap_or(currency);
    amount.map(|amount| format!("{amount} {currency}"))
}

/// Returns the lines as `2 x SKU at 5.00`, sorted; `None` for none.
fn lines(items: &[Item]) -> Option<String> {
    let line = |item: &Item| {
        let price = item.price.map_or_else(String::new, |price| format!(" at {price}"));
        format!("{} x {}{price}", item.quantity(), item.sku)
    };
    let mut lines: Vec<String> = items.iter().map(line).collect();
    lines.sort_unstable();
    (!lines.is_empty()).then(|| lines.join(", "))
}

fn status_name(status: OrderStatus) -> String {
    let name = match status {
        OrderStatus::Pending => "pending",
        OrderStatus::Confirmed => "confirmed",
        OrderStatus::Cancelled => "cancelled",
        OrderStatus::Failed => "failed",
    };
    name.to_owned()
}

/// Returns what a statement says of a refund: `40.00 EUR`, `1 x B, tax 3.00 EUR`, `the whole order`.
fn words(told: &Told, currency: Currency) -> String {
    if told.is_whole() {
        return "the whole order".to_owned();
    }
    let refund = &told.refund;
    let currency = refund.currency.unwrap_or(currency);
    let amount = |name: &str, amount: Option<Amount>| amount.map(|amount| format!("{name}{amount} {currency}"));
    let parts = [
        amount("", refund.amount),
        lines(&told.items),
        amount("tax ", refund.tax),
        amount("shipping ", refund.shipping),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
