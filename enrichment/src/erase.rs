//! Erasing a person, or what is older than a site keeps it: what is left of the records that tell of them.
//!
//! A sale stays with its lines, amounts, times and ids; what points to a person, or may hold anything, goes. Pure: whoever
//! writes the journal anew asks here record by record, and asking again changes nothing more.

use crate::recognise::{user_of, visitor_named};
use commerce::hit::{Page, Person};
use commerce::ids::is_placeholder;
use commerce::record::{LinkCodesRecord, Quarantined, Tick};
use commerce::{CustomerKey, Hit, Record, SiteId, Timestamp, VisitorKey};
use std::collections::HashSet;

/// Who is erased from a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The site.
    pub site: SiteId,
    /// Keys of the visitors and customers.
    pub keys: HashSet<u64>,
    /// What happened before goes, whosever it is; of sales only whose they are.
    pub before: Option<Timestamp>,
    /// The ids and addresses by which they are called, for what was never understood.
    pub texts: HashSet<String>,
}

impl Erased {
    /// Takes over from `record` by which ids and addresses those erased are called.
    pub fn learn(&mut self, record: &Record) {
        let Record::Hit(hit) = record else { return };
        if self.names(hit) {
            let person = &hit.person;
            let texts = [&person.visitor_id, &person.visit_id, &person.user_id, &person.email_hash, &person.email];
            self.texts.extend(texts.into_iter().flatten().filter(|text| !is_placeholder(text)).cloned());
        }
    }

    /// Returns what becomes of `record`; `None` if it stays as it is.
    pub fn left_of(&self, record: &Record) -> Option<Record> {
        match record {
            Record::Hit(hit) if self.is_past(hit.facts.site, hit.facts.occurred_at) && !is_of_a_sale(hit) => {
                Some(Record::Tick(Tick { at: hit.facts.received_at }))
            }
            Record::Hit(hit) if self.is_past(hit.facts.site, hit.facts.occurred_at) || self.names(hit) => {
                let left = without_person(hit);
                (left != **hit).then(|| Record::Hit(Box::new(left)))
            }
            Record::LinkCodes(codes) if codes.site == self.site => self.codes_left(codes).map(Record::LinkCodes),
            Record::Quarantined(item) if item.site == self.site && self.goes(item) => {
                Some(Record::Quarantined(Quarantined { payload: String::new(), ..item.clone() }))
            }
            _ => None,
        }
    }

    /// Says whether the hit names somebody of them.
    fn names(&self, hit: &Hit) -> bool {
        hit.facts.site == self.site && keys_named(hit).iter().any(|key| self.keys.contains(key))
    }

    /// Returns the codes without the contacts that are erased; the campaigns stay.
    fn codes_left(&self, record: &LinkCodesRecord) -> Option<LinkCodesRecord> {
        let is_past = self.is_past(record.site, record.at);
        let is_theirs =
            |contact: &str| contact_key(self.site, contact).is_some_and(|key| is_past || self.keys.contains(&key.0));
        if !record.codes.iter().any(|(_, contact, _)| is_theirs(contact)) {
            return None;
        }
        let mut left = record.clone();
        for (_, contact, _) in &mut left.codes {
            if is_theirs(contact) {
                contact.clear();
            }
        }
        Some(left)
    }

    /// Says whether what happened on `site` then is erased, whosever it is.
    fn is_past(&self, site: SiteId, at: Timestamp) -> bool {
        site == self.site && self.before.is_some_and(|before| at < before)
    }

    fn goes(&self, item: &Quarantined) -> bool {
        let is_past = self.is_past(item.site, item.received_at) && !item.payload.is_empty();
        is_past || self.is_told_in(&item.payload)
    }

    /// Says whether one of the texts stands in `payload` as a whole word, however it was escaped.
    fn is_told_in(&self, payload: &str) -> bool {
        let payload = payload.to_lowercase().replace("%40", "@");
        self.texts.iter().any(|text| {
            let text = text.to_lowercase();
            payload.match_indices(&text).any(|(at, found)| {
                let (before, after) = (payload[..at].chars().next_back(), payload[at + found.len()..].chars().next());
                ![before, after].into_iter().flatten().any(char::is_alphanumeric)
            })
        })
    }
}

/// Returns the customer that the contact of a mailing's code is; `None` for none.
pub(crate) fn contact_key(site: SiteId, contact: &str) -> Option<CustomerKey> {
    match contact.strip_prefix(LinkCodesRecord::OF_USER) {
        Some(user) => Some(CustomerKey::of_user_id(site, user)),
        None => (!contact.is_empty()).then(|| CustomerKey::of_email_hash(site, contact)),
    }
}

/// Returns the keys of every visitor and customer that the hit names, whichever of them it counts as.
fn keys_named(hit: &Hit) -> Vec<u64> {
    let (site, person) = (hit.facts.site, &hit.person);
    let of_id = person.visitor_id.as_deref().map(|text| VisitorKey::of_visitor_id(site, text.trim()));
    let of_fingerprint = person.fingerprint.map(|number| VisitorKey::of_fingerprint(site, number));
    let of_email = person.email_hash.as_deref().map(|hash| CustomerKey::of_email_hash(site, hash.trim()));
    let visitors = [of_id, of_fingerprint, visitor_named(hit)].into_iter().flatten().map(|key| key.0);
    visitors.chain([user_of(site, person), of_email].into_iter().flatten().map(|key| key.0)).collect()
}

fn is_of_a_sale(hit: &Hit) -> bool {
    hit.facts.order.is_some() || hit.facts.refund.is_some()
}

fn without_person(hit: &Hit) -> Hit {
    let mut left = Hit { person: Person::default(), ..hit.clone() };
    let facts = &mut left.facts;
    facts.page = facts.page.take().map(|page| Page { url: page.url.map(plain), title: None, referrer: None });
    (facts.place, facts.language, facts.screen) = (None, None, None);
    (facts.search, facts.properties, facts.cart_id) = (None, None, None);
    for item in facts.items.iter_mut().flatten() {
        item.properties = None;
    }
    left
}

/// Returns an address without what stands behind its path.
fn plain(mut url: String) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    url.truncate(end);
    url
}

#[cfg(test)]
mod tests;
