//! Bots: user agents that are no people. They are stored with a label and left out of reports.
//!
//! Only browsers and pixels are judged: a server, a platform or an import says what it says whatever its user agent,
//! and an app's HTTP library looks like a script's.

use commerce::Hit;
use commerce::hit::{Origin, flags, names};
use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// The patterns, compiled.
pub(crate) struct Bots {
    patterns: Vec<&'static str>,
    set: RegexSet,
    innocent: Regex,
    tools: Vec<&'static str>,
}

impl Bots {
    /// Returns the patterns of `data/bots.txt`.
    pub(crate) fn load() -> Self {
        Self::parse(include_str!("../data/bots.txt"))
    }

    fn parse(data: &'static str) -> Self {
        let lines = |mark: &'static str| data.lines().filter_map(move |line| line.strip_prefix(mark));
        let patterns: Vec<&str> = lines("+ ").collect();
        let set = RegexSetBuilder::new(&patterns).case_insensitive(true).size_limit(1 << 26).build();
        let innocent = lines("- ").map(regex::escape).collect::<Vec<_>>().join("|");
        Self {
            set: set.expect("the patterns are part of the program, and a test compiles them"),
            innocent: ignoring_case(&innocent),
            tools: lines("= ").collect(),
            patterns,
        }
    }

    /// Returns the name by which `user_agent` gives itself away, lower case; `None` if it looks like a person's.
    ///
    /// HTTP libraries look like nobody, too, but they are what a shop's own code and tests send with: whoever tries the
    /// door with curl must find the event in the reports.
    pub(crate) fn name_of(&self, user_agent: &str) -> Option<String> {
        let start = user_agent.trim_start().as_bytes();
        if self.tools.iter().any(|t| start.get(..t.len()).is_some_and(|s| s.eq_ignore_ascii_case(t.as_bytes()))) {
            return None;
        }
        let cleaned = self.innocent.replace_all(user_agent, "");
        // Where several patterns fit, the earliest word is the name; what follows is a version or an address.
        let starts = self.set.matches(&cleaned).into_iter().filter_map(|index| {
            let found = ignoring_case(self.patterns[index]).find(&cleaned)?;
            Some(found.start())
        });
        Some(word_at(&cleaned, starts.min()?))
    }
}

/// Says whether a hit is judged by its user agent at all.
pub(crate) fn is_judged(hit: &Hit) -> bool {
    // `bots=1` is Matomo's way to count them.
    let counts_bots = hit.facts.flags.unwrap_or(0) & flags::COUNT_BOTS != 0;
    // The mail providers' proxies name themselves like bots, and fetch a mail's images for people.
    let is_mail = hit.facts.name == names::EMAIL_OPEN;
    matches!(hit.facts.origin, Origin::Browser | Origin::Pixel) && !counts_bots && !is_mail
}

fn ignoring_case(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).case_insensitive(true).build().expect("compiled before as one of the set")
}

/// Returns the word that begins at, or stretches over, byte `at` of `text`: lower case, at most 40 characters.
fn word_at(text: &str, at: usize) -> String {
    let part_of_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let start = text[..at].char_indices().rev().take_while(|(_, c)| part_of_word(*c)).last().map_or(at, |(i, _)| i);
    let word = text[start..].trim_start_matches(|c| !part_of_word(c));
    let word: String = word.chars().take_while(|c| part_of_word(*c)).take(40).collect();
    if word.is_empty() { "unnamed".to_owned() } else { word.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_give_themselves_away_and_people_do_not() {
        let bots = Bots::load();
        let check = |user_agent: &str, expected: Option<&str>| {
            assert_eq!(bots.name_of(user_agent).as_deref(), expected, "{user_agent}");
        };
        check("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Some("googlebot"));
        check(
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            Some("gptbot"),
        );
        for tool in [
            "curl/8.5.0",
            "python-requests/2.31.0",
            "Go-http-client/1.1",
            "node",
            "ureq/3.5.1",
            "Mozilla/5.0",
            "my-shop/1.0",
            "",
        ] {
            check(tool, None);
        }
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
            None,
        );
        check("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", Some("facebookexternalhit"));
        let people = [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-GB; rv:1.9.2.6) Gecko/20100625 Firefox/3.6.6 (.NET CLR 3.5.30729)",
            "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 14; Google Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
        ];
        for person in people {
            check(person, None);
        }
    }
}
