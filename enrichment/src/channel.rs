//! The channel of a source: GA4's default channel grouping, with AI assistants as a channel of their own.
//!
//! Ordered rules, the first that fits wins. They look at source, medium and campaign and at nothing else.

use crate::referrer::{Kind, Referrers};

/// Returns the channel of traffic with this source, medium and campaign.
pub(crate) fn channel_of(known: &Referrers, source: &str, medium: &str, campaign: Option<&str>) -> &'static str {
    let source = source.trim().to_ascii_lowercase();
    let medium = medium.trim().to_ascii_lowercase();
    let campaign = campaign.unwrap_or_default().trim().to_ascii_lowercase();
    if source == "(direct)" && matches!(medium.as_str(), "(not set)" | "(none)") {
        return "Direct";
    }
    if campaign.contains("cross-network") {
        return "Cross-network";
    }
    let kind = known.kind_of_source(&source);
    let shops = kind == Some(Kind::Shopping) || names_shopping(&campaign);
    if is_paid(&medium) {
        return match kind {
            _ if shops => "Paid Shopping",
            Some(Kind::Search) => "Paid Search",
            Some(Kind::Social) => "Paid Social",
            Some(Kind::Video) => "Paid Video",
            _ if medium == "cpm" => "Display",
            _ => "Paid Other",
        };
    }
    if matches!(medium.as_str(), "display" | "banner" | "expandable" | "interstitial") {
        return "Display";
    }
    if kind == Some(Kind::Ai) {
        return "AI Assistants";
    }
    if shops {
        return "Organic Shopping";
    }
    unpaid(kind, &source, &medium)
}

fn unpaid(kind: Option<Kind>, source: &str, medium: &str) -> &'static str {
    const SOCIAL: &[&str] = &["social", "social-network", "social-media", "sm", "social network", "social media"];
    const MAIL: &[&str] = &["email", "e-mail", "e_mail", "e mail"];
    if kind == Some(Kind::Social) || SOCIAL.contains(&medium) {
        return "Organic Social";
    }
    if kind == Some(Kind::Video) || medium.contains("video") {
        return "Organic Video";
    }
    // A newsletter sent through a search engine's mail service is still a newsletter.
    if MAIL.contains(&medium) || MAIL.contains(&source) {
        return "Email";
    }
    if kind == Some(Kind::Search) || medium == "organic" {
        return "Organic Search";
    }
    match medium {
        "affiliate" | "affiliates" => "Affiliates",
        "audio" => "Audio",
        "referral" | "app" | "link" => "Referral",
        _ if source == "sms" || medium == "sms" => "SMS",
        _ if medium.ends_with("push")
            || medium.contains("mobile")
            || medium.contains("notification")
            || source == "firebase" =>
        {
            "Mobile Push Notifications"
        }
        _ => "Unassigned",
    }
}

/// `^(.*cp.*|ppc|retargeting|paid.*)$`
fn is_paid(medium: &str) -> bool {
    medium.contains("cp") || medium == "ppc" || medium == "retargeting" || medium.starts_with("paid")
}

/// `^(.*(([^a-df-z]|^)shop|shopping).*)$`: "shop" at the beginning of a word, or after an e.
fn names_shopping(campaign: &str) -> bool {
    let begins_word = |at: usize| at == 0 || !matches!(campaign.as_bytes()[at - 1], b'a'..=b'd' | b'f'..=b'z');
    campaign.contains("shopping") || campaign.match_indices("shop").any(|(at, _)| begins_word(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_fits_wins() {
        let known = Referrers::load();
        let cases: &[(&str, &str, &str, &str)] = &[
            ("(direct)", "(none)", "", "Direct"),
            ("google", "cpc", "x-cross-network", "Cross-network"),
            ("google", "cpc", "summer", "Paid Search"),
            ("google", "cpc", "shopping de", "Paid Shopping"),
            ("google", "cpc", "workshop", "Paid Search"),
            ("google", "cpc", "e-shop", "Paid Shopping"),
            ("amazon", "cpc", "", "Paid Shopping"),
            ("Facebook", "paid_social", "", "Paid Social"),
            ("ig", "PPC", "", "Paid Social"),
            ("youtube", "cpv", "", "Paid Video"),
            ("youtube", "cpc", "", "Paid Video"),
            ("somewhere", "cpm", "", "Display"),
            ("somewhere", "banner", "", "Display"),
            ("somewhere", "retargeting", "", "Paid Other"),
            ("chatgpt.com", "referral", "", "AI Assistants"),
            ("ebay", "referral", "", "Organic Shopping"),
            ("twitter", "social", "", "Organic Social"),
            ("mynetwork", "social-media", "", "Organic Social"),
            ("youtube", "video", "", "Organic Video"),
            ("google", "organic", "", "Organic Search"),
            ("ourengine", "organic", "", "Organic Search"),
            ("newsletter", "email", "spring", "Email"),
            ("e-mail", "(not set)", "", "Email"),
            ("partner", "affiliate", "", "Affiliates"),
            ("podcast", "audio", "", "Audio"),
            ("sms", "(not set)", "", "SMS"),
            ("shop", "web_push", "", "Mobile Push Notifications"),
            ("example.org", "referral", "", "Referral"),
            ("somewhere", "(not set)", "spring", "Unassigned"),
        ];
        for (source, medium, campaign, expected) in cases {
            assert_eq!(
                channel_of(&known, source, medium, Some(campaign)),
                *expected,
                "{source} / {medium} / {campaign}"
            );
        }
    }
}
