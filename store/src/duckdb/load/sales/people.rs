//! Who is who: observations of visitors and e-mail addresses as customers, and what customers are called.

use super::super::search::Search;
use crate::Error;
use crate::filter::Kind;
use commerce::rows::{IdentityRow, PersonRow, Subject};
use commerce::{CustomerKey, Timestamp, VisitorKey};
use std::collections::{HashMap, HashSet};

/// The identities found so far, and what they were asked for.
#[derive(Default)]
pub(super) struct Identities {
    pub(super) rows: Vec<IdentityRow>,
    found: HashSet<(Subject, Option<CustomerKey>, Timestamp, u64)>,
    visitors: HashSet<VisitorKey>,
    emails: HashSet<CustomerKey>,
    customers: HashSet<CustomerKey>,
}

impl Identities {
    /// Adds the identities of `visitors` and `emails` and those that name one of `customers`.
    pub(super) fn find(
        &mut self,
        search: Search<'_>,
        visitors: &HashSet<VisitorKey>,
        emails: &HashSet<CustomerKey>,
        customers: &HashSet<CustomerKey>,
    ) -> Result<(), Error> {
        let visitors: Vec<u64> = visitors.iter().filter(|v| self.visitors.insert(**v)).map(|v| v.0).collect();
        let emails: Vec<u64> = emails.iter().filter(|e| self.emails.insert(**e)).map(|e| e.0).collect();
        let customers: Vec<u64> = customers.iter().filter(|c| self.customers.insert(**c)).map(|c| c.0).collect();
        let wanted = [
            search.wanted(Kind::Subject, &["t.subject_kind = 0 and t.subject"], visitors),
            search.wanted(Kind::Subject, &["t.subject_kind = 1 and t.subject"], emails),
            search.wanted(Kind::Named, &["t.customer"], customers),
        ];
        for row in search.find_rows::<IdentityRow>(&wanted)? {
            if self.found.insert((row.subject, row.customer, row.at, row.position)) {
                self.rows.push(row);
            }
        }
        Ok(())
    }

    /// Returns the e-mail addresses that were said to be one of `customers`.
    pub(super) fn emails_of(&self, customers: &HashSet<CustomerKey>) -> HashSet<CustomerKey> {
        let of = |row: &IdentityRow| match row.subject {
            Subject::Email(email) if row.customer.is_some_and(|c| customers.contains(&c)) => Some(email),
            _ => None,
        };
        self.rows.iter().filter_map(of).collect()
    }

    /// Returns the users whom `emails` were said to belong to.
    pub(super) fn users_of(&self, emails: &HashSet<CustomerKey>) -> HashSet<CustomerKey> {
        let of = |row: &IdentityRow| match row.subject {
            Subject::Email(email) if emails.contains(&email) => row.customer,
            _ => None,
        };
        self.rows.iter().filter_map(of).collect()
    }

    /// Returns the visitors who were said to be one of `customers`.
    pub(super) fn visitors_of(&self, customers: &HashSet<CustomerKey>) -> HashSet<VisitorKey> {
        let of = |row: &IdentityRow| match row.subject {
            Subject::Visitor(visitor) if row.customer.is_some_and(|c| customers.contains(&c)) => Some(visitor),
            _ => None,
        };
        self.rows.iter().filter_map(of).collect()
    }

    /// Returns what was found, by position.
    pub(super) fn into_rows(mut self) -> Vec<IdentityRow> {
        self.rows.sort_unstable_by_key(|row| (row.position, row.at, row.subject, row.customer));
        self.rows
    }
}

/// Returns what `customers` are called: of what was said several times the last holds, and what was left out later stays.
pub(super) fn load(
    search: Search<'_>,
    customers: &HashSet<CustomerKey>,
) -> Result<HashMap<CustomerKey, PersonRow>, Error> {
    let wanted = search.wanted(Kind::Person, &["t.customer"], customers.iter().map(|c| c.0));
    let mut rows: Vec<PersonRow> = search.find_rows(&[wanted])?;
    rows.sort_by_key(|row| row.position);
    let mut people: HashMap<CustomerKey, PersonRow> = HashMap::new();
    for row in rows {
        let known = people.remove(&row.customer);
        let row = match known {
            None => row,
            Some(known) => PersonRow {
                user_id: row.user_id.or(known.user_id),
                email_hash: row.email_hash.or(known.email_hash),
                email: row.email.or(known.email),
                ..row
            },
        };
        people.insert(row.customer, row);
    }
    Ok(people)
}
