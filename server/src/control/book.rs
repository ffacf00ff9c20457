//! The site book that the door reads, made out of the control plane.

use super::{Control, ControlError};
use collector::book::{BookSite, Network, SiteBook, Token};

impl Control {
    /// Returns a fresh site book.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn book(&self, trusted_proxies: &[Network], secret: [u8; 32]) -> Result<SiteBook, ControlError> {
        let mut book = SiteBook { trusted_proxies: trusted_proxies.to_vec(), secret, ..SiteBook::default() };
        for site in self.sites()? {
            book.add_site(BookSite {
                id: site.id,
                collect_key: site.collect_key,
                settings: site.settings,
                goals: site.goals,
                signing_secret: site.signing_secret,
                email_salt: site.email_salt,
                dialect_secrets: site.dialect_secrets,
            });
        }
        for token in self.tokens(None)? {
            book.tokens.insert(token.hash, Token { site: token.site, scope: token.scope });
        }
        Ok(book)
    }
}
