//! Codes of mailings: what each stands for, as it was imported.
//!
//! A code in a click or pixel is kept as the campaign (`source.rs`), and what it stands for beside it. The two meet when
//! somebody asks, so codes may come before the clicks, after them or anew, and no visit or order changes for it. A code
//! says to whom a mailing went, not who clicked: it makes nobody a customer.

use crate::erase::contact_key;
use crate::work::Work;
use commerce::record::LinkCodesRecord;
use commerce::rows::LinkCodeRow;

/// Takes over codes; a later one replaces an earlier one of the same text.
pub(crate) fn take(work: &mut Work, position: u64, record: &LinkCodesRecord) {
    let site = record.site;
    let row = |(code, contact, campaign): &(String, String, String)| {
        let user_id = contact.strip_prefix(LinkCodesRecord::OF_USER).map(str::to_owned);
        let email_hash = (user_id.is_none() && !contact.is_empty()).then(|| contact.clone());
        let customer = contact_key(site, contact);
        let campaign = (!campaign.is_empty()).then(|| campaign.clone());
        LinkCodeRow { site, position, code: code.clone(), campaign, customer, user_id, email_hash }
    };
    work.rows.link_codes.extend(record.codes.iter().map(row));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;
    use commerce::state::State;
    use commerce::{CustomerKey, SiteId, Timestamp};

    #[test]
    fn a_contact_is_an_address_or_a_user() {
        let rules = Rules::load();
        let mut work = Work::new(&rules, State::default());
        let code =
            |code: &str, contact: &str, campaign: &str| (code.to_owned(), contact.to_owned(), campaign.to_owned());
        let codes = vec![code("a", "ab12", "Spring"), code("b", "user:4711", ""), code("c", "", "Autumn")];
        take(&mut work, 7, &LinkCodesRecord { site: SiteId(1), at: Timestamp(0), codes });
        let told: Vec<_> = work
            .rows
            .link_codes
            .iter()
            .map(|row| {
                (
                    row.position,
                    row.code.as_str(),
                    row.campaign.as_deref(),
                    row.user_id.as_deref(),
                    row.email_hash.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (7, "a", Some("Spring"), None, Some("ab12")),
                (7, "b", None, Some("4711"), None),
                (7, "c", Some("Autumn"), None, None),
            ]
        );
        let customers: Vec<_> = work.rows.link_codes.iter().map(|row| row.customer).collect();
        let (email, user) = (CustomerKey::of_email_hash(SiteId(1), "ab12"), CustomerKey::of_user_id(SiteId(1), "4711"));
        assert_eq!(customers, [Some(email), Some(user), None]);
    }
}
