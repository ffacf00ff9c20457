//! The members of an event, sorted: those of its envelope by name, and the rest for the payload of its kind.
//!
//! Values stay JSON text; nothing is judged here. GA4's `{"event":"purchase","ecommerce":{...}}` is laid flat.

use super::fault::Fault;
use super::json::{members, scalar};
use super::value::{Marks, text};
use std::borrow::Cow;

/// The members of an event that its envelope does not know.
#[derive(Debug, Default)]
pub(super) struct Rest<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Rest<'a> {
    /// Offers every member to `take`, which says whether it knew it; those it did not know stay.
    pub(super) fn take_known(
        &mut self,
        mut take: impl FnMut(&str, &'a str) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let mut fault = None;
        self.0.retain(|(key, value)| match take(key, value) {
            Ok(known) => !known,
            Err(first) => {
                fault.get_or_insert(first);
                true
            }
        });
        fault.map_or(Ok(()), Err)
    }

    /// Returns the scalar member `name` as text.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.0.iter().rev().find(|(key, _)| key == name).and_then(|(_, value)| scalar(value))
    }
}

/// The envelope: every field as JSON text.
#[derive(Default)]
pub(super) struct Envelope<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) event: Option<&'a str>,
    pub(super) occurred_at: Option<&'a str>,
    pub(super) visitor_id: Option<&'a str>,
    pub(super) visit_id: Option<&'a str>,
    pub(super) user_id: Option<&'a str>,
    pub(super) email: Option<&'a str>,
    pub(super) cart_id: Option<&'a str>,
    pub(super) consent: Option<&'a str>,
    pub(super) page: Option<&'a str>,
    pub(super) attribution: Option<&'a str>,
    pub(super) items: Option<&'a str>,
    pub(super) signature: Option<&'a str>,
    pub(super) origin: Option<&'a str>,
    pub(super) language: Option<&'a str>,
    pub(super) screen: Option<&'a str>,
    pub(super) ip: Option<&'a str>,
    pub(super) user_agent: Option<&'a str>,
    pub(super) properties: Option<&'a str>,
    pub(super) rest: Rest<'a>,
}

impl<'a> Envelope<'a> {
    /// Reads the members of an event.
    ///
    /// # Errors
    /// [`Fault::malformed`] if it is no object.
    pub(super) fn read(event: &'a str) -> Result<Self, Fault> {
        let mut envelope = Self { rest: Rest(Vec::with_capacity(16)), ..Self::default() };
        members(event, Fault::malformed, |key, value| {
            // GA4's dataLayer wraps the payload: {"event":"purchase","ecommerce":{...}}.
            if key == "ecommerce" && value.starts_with('{') {
                members(value, Fault::malformed, |key, value| {
                    envelope.put(key, value);
                    Ok(())
                })
            } else {
                envelope.put(key, value);
                Ok(())
            }
        })?;
        Ok(envelope)
    }

    fn put(&mut self, key: Cow<'a, str>, value: &'a str) {
        let slot = match &*key {
            "id" => &mut self.id,
            "name" => &mut self.name,
            "event" => &mut self.event,
            "occurred_at" => &mut self.occurred_at,
            "visitor_id" => &mut self.visitor_id,
            "visit_id" => &mut self.visit_id,
            "user_id" => &mut self.user_id,
            "email" => &mut self.email,
            "cart_id" => &mut self.cart_id,
            "consent" => &mut self.consent,
            "page" => &mut self.page,
            "attribution" => &mut self.attribution,
            "items" => &mut self.items,
            "signature" => &mut self.signature,
            "origin" => &mut self.origin,
            "language" => &mut self.language,
            "screen" => &mut self.screen,
            "ip" => &mut self.ip,
            "user_agent" => &mut self.user_agent,
            "properties" => &mut self.properties,
            _ => return self.put_rest(key, value),
        };
        *slot = Some(value);
    }

    /// Keeps a member that is no part of the envelope; of a repeated name the last counts.
    fn put_rest(&mut self, key: Cow<'a, str>, value: &'a str) {
        // An event has a handful of these. One with thousands is not searched thousands of times: doubles then remain.
        const SEARCHED_MAX: usize = 64;
        let rest = &mut self.rest.0;
        let double = if rest.len() <= SEARCHED_MAX { rest.iter_mut().find(|(known, _)| *known == key) } else { None };
        match double {
            Some(double) => double.1 = value,
            None => rest.push((key, value)),
        }
    }

    /// Returns the event's name; GA4's dataLayer calls it `event`.
    ///
    /// # Errors
    /// [`Fault::name_missing`].
    pub(super) fn name(&mut self, marks: &mut Marks) -> Result<String, Fault> {
        let named = self.name.filter(|value| scalar(value).is_some_and(|name| !name.trim().is_empty()));
        let value = named.or_else(|| self.event.take()).ok_or_else(Fault::name_missing)?;
        let name = text(value, marks).ok_or_else(Fault::name_missing)?;
        Ok(if name.trim().len() == name.len() { name } else { name.trim().to_owned() })
    }
}

impl<'r, 'a> IntoIterator for &'r Rest<'a> {
    type Item = &'r (Cow<'a, str>, &'a str);
    type IntoIter = std::slice::Iter<'r, (Cow<'a, str>, &'a str)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
