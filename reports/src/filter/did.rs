//! Behaviours: what somebody did, how often and in how many days up to the report's last.

use super::{Node, Operator};
use crate::facts::Fact;

/// What is counted of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Events of this name.
    Event(String),
    /// `did purchase`: orders that count.
    Purchase,
    /// `did refund`: refunds of them.
    Refund,
    /// `did abandon_cart`: carts that stand abandoned.
    AbandonCart,
    /// Products seen.
    Viewed,
    /// Products put into a cart.
    Added,
    /// Products in carts as they last stood.
    Carted,
    /// Products ordered.
    Bought,
}

/// Names behind `did` that are no events' names.
const DEEDS: &[(&str, Verb)] =
    &[("purchase", Verb::Purchase), ("refund", Verb::Refund), ("abandon_cart", Verb::AbandonCart)];

/// Verbs that take a product.
pub(super) const PRODUCT_VERBS: &[(&str, Verb)] =
    &[("viewed", Verb::Viewed), ("added", Verb::Added), ("carted", Verb::Carted), ("bought", Verb::Bought)];

impl Verb {
    /// Returns what `did NAME` counts.
    pub(super) fn of_deed(name: &str) -> Self {
        DEEDS.iter().find(|(n, _)| *n == name).map_or_else(|| Self::Event(name.to_owned()), |(_, verb)| verb.clone())
    }

    /// Returns the name behind `did`; `None` for a verb that takes a product.
    pub(super) fn deed(&self) -> Option<&str> {
        match self {
            Self::Event(name) => Some(name),
            verb => DEEDS.iter().find(|(_, v)| v == verb).map(|(name, _)| *name),
        }
    }

    /// Returns the name of a verb that takes a product.
    pub(crate) fn product_verb(&self) -> Option<&'static str> {
        PRODUCT_VERBS.iter().find(|(_, verb)| verb == self).map(|(name, _)| *name)
    }

    /// Returns the fact whose rows are counted.
    pub(crate) fn fact(&self) -> Fact {
        match self {
            Self::Event(_) => Fact::Events,
            Self::Purchase => Fact::Orders,
            Self::Refund => Fact::Refunds,
            Self::AbandonCart => Fact::Carts,
            Self::Viewed | Self::Added => Fact::Actions,
            Self::Carted => Fact::CartLines,
            Self::Bought => Fact::Lines,
        }
    }

    /// Returns the column that tells one time from another.
    pub(crate) fn occurrence(&self) -> &'static str {
        match self {
            Self::Event(_) => "e.event",
            Self::Purchase | Self::Bought => r#"o."order""#,
            Self::Refund => "r.refund",
            Self::AbandonCart | Self::Carted => "c.cart",
            Self::Viewed | Self::Added => "p.event",
        }
    }
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Did {
    /// What.
    pub verb: Verb,
    /// Only such: of a verb that takes a product always there.
    pub matching: Option<Box<Node>>,
    /// What makes an event this one, where the site has defined it; put there when the filter is asked.
    pub rule: Option<Box<Node>>,
    /// How often: at least once unless said otherwise.
    pub times: (Operator, u32),
    /// In how many days up to the report's last; `None` for ever.
    pub days: Option<u32>,
}

/// At least once.
pub(super) const ONCE: (Operator, u32) = (Operator::AtLeast, 1);

impl Did {
    /// Returns that it was done at least once, at any time.
    pub(super) fn once(verb: Verb, matching: Option<Node>) -> Self {
        Self { verb, matching: matching.map(Box::new), rule: None, times: ONCE, days: None }
    }

    /// Says whether somebody who never did it is meant as well.
    pub(crate) fn holds_for_none(&self) -> bool {
        match self.times {
            (Operator::Is | Operator::AtLeast, n) => n == 0,
            (Operator::IsNot | Operator::Less, n) => n > 0,
            (Operator::AtMost, _) => true,
            _ => false,
        }
    }
}
