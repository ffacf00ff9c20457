//! Tests of `control`.

use super::*;
use collector::book::Scope;
use commerce::goal::{GoalAttribute, PatternKind};
use commerce::money::Amount;
use commerce::{Currency, Zone};
use std::cell::RefCell;

const AT: Timestamp = Timestamp::from_seconds(1_772_445_600);

fn settings() -> SiteSettings {
    SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::parse("Europe/Berlin").unwrap())
}

fn new_site(id: Option<u32>) -> NewSite {
    NewSite { id: id.map(SiteId), settings: settings() }
}

fn goal(id: u32) -> Goal {
    Goal {
        id,
        name: "Thanks".to_owned(),
        attribute: GoalAttribute::Url,
        pattern_kind: PatternKind::Contains,
        pattern: "/thanks".to_owned(),
        case_sensitive: false,
        value: Amount::parse("12.50").ok().map(|p| p.value),
        allow_multiple: true,
        use_event_value: false,
    }
}

/// Runs `change` and returns what it gave and the kinds of records it sealed.
fn sealing<T>(change: impl FnOnce(Seal<'_>) -> T) -> (T, Vec<u8>) {
    let kinds = RefCell::new(Vec::new());
    let value = change(&|records| {
        kinds.borrow_mut().extend(records.iter().map(Record::kind));
        Ok(())
    });
    (value, kinds.into_inner())
}

#[test]
fn sites_goals_and_tokens_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    let (site, kinds) = sealing(|seal| control.add_site(new_site(None), AT, seal).unwrap());
    assert_eq!((site.id, kinds), (SiteId(1), vec![5]));
    let (seven, _) = sealing(|seal| control.add_site(new_site(Some(7)), AT, seal).unwrap());
    assert_eq!(seven.id, SiteId(7));
    let (stored, kinds) = sealing(|seal| control.put_goal(SiteId(7), goal(0), AT, seal).unwrap());
    assert_eq!((stored.id, kinds), (1, vec![6]));
    let request = NewTokenRequest { site: Some(SiteId(7)), scope: Scope::Read, label: "till".to_owned() };
    let token = control.add_token(&request, AT).unwrap();
    drop(control);

    let control = Control::open(dir.path()).unwrap();
    let sites = control.sites().unwrap();
    assert_eq!(sites.iter().map(|s| s.id.0).collect::<Vec<_>>(), [1, 7]);
    assert_eq!((&sites[1].goals, &sites[1].settings), (&vec![goal(1)], &settings()));
    let book = control.book(&[], [7; 32]).unwrap();
    assert_eq!(book.site_named(&site.collect_key).map(|s| s.id), Some(SiteId(1)));
    let known = book.token(&token.text).unwrap();
    assert!(known.allows(SiteId(7), Scope::Read) && !known.allows(SiteId(1), Scope::Read));
}

#[test]
fn settings_change_together_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    let (_, _) = sealing(|seal| control.add_site(new_site(None), AT, seal).unwrap());
    let change = |changes: &[(&str, Option<&str>)]| {
        let changes: Vec<SettingChange> =
            changes.iter().map(|(n, v)| ((*n).to_owned(), v.map(str::to_owned))).collect();
        sealing(|seal| control.change_settings(SiteId(1), &changes, AT, seal))
    };
    let (refused, kinds) = change(&[("visit_timeout_s", Some("600")), ("colour", Some("red"))]);
    assert!(matches!(refused, Err(ControlError::Setting(SettingError::Unknown(_)))));
    assert!(kinds.is_empty());
    assert_eq!(control.site(SiteId(1)).unwrap().settings.visit_timeout_s, 1800);

    let (changed, kinds) = change(&[("cart_idle_s", Some("60")), ("matomo_compat", Some("true"))]);
    let changed = changed.unwrap().settings;
    assert_eq!((changed.cart_idle_s, changed.split_at_midnight, kinds), (60, true, vec![5]));
    let (reset, _) = change(&[("cart_idle_s", None)]);
    assert_eq!(reset.unwrap().settings.cart_idle_s, 1800);
    let (_, kinds) = change(&[("cart_idle_s", Some("1800"))]);
    assert!(kinds.is_empty(), "a change that changes nothing needs no record");
}

#[test]
fn what_cannot_be_sealed_is_not_stored() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    let refused = control.add_site(new_site(None), AT, &|_| anyhow::bail!("the journal is full"));
    assert!(matches!(refused, Err(ControlError::Fault(_))));
    assert!(control.sites().unwrap().is_empty());
}

#[test]
fn what_does_not_exist_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    let seal: Seal<'_> = &|_| Ok(());
    assert!(matches!(control.site(SiteId(3)), Err(ControlError::SiteUnknown(SiteId(3)))));
    assert!(matches!(control.remove_site(SiteId(3)), Err(ControlError::SiteUnknown(_))));
    assert!(matches!(control.put_goal(SiteId(3), goal(0), AT, seal), Err(ControlError::SiteUnknown(_))));
    assert!(matches!(control.revoke_token("x", None), Err(ControlError::TokenUnknown(_))));
    control.add_site(new_site(None), AT, seal).unwrap();
    assert!(matches!(control.add_site(new_site(Some(1)), AT, seal), Err(ControlError::SiteTaken(SiteId(1)))));
    assert!(matches!(control.remove_goal(SiteId(1), 4, AT, seal), Err(ControlError::GoalUnknown(SiteId(1), 4))));
}

#[test]
fn removing_a_site_takes_its_tokens_along() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    control.add_site(new_site(None), AT, &|_| Ok(())).unwrap();
    let request = |site| NewTokenRequest { site, scope: Scope::Admin, label: String::new() };
    control.add_token(&request(Some(SiteId(1))), AT).unwrap();
    let kept = control.add_token(&request(None), AT).unwrap();
    control.note_token_use(&[(tokens::hash_of(&kept.text), AT)]).unwrap();
    control.remove_site(SiteId(1)).unwrap();
    assert!(matches!(control.add_site(new_site(Some(1)), AT, &|_| Ok(())), Err(ControlError::SiteTaken(_))));
    assert_eq!(control.add_site(new_site(None), AT, &|_| Ok(())).unwrap().id, SiteId(2));
    let tokens = control.tokens(None).unwrap();
    assert_eq!(tokens.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), [kept.id]);
    assert_eq!(tokens[0].last_used_at, Some(AT.to_string()));
}

#[test]
fn the_secret_is_drawn_once_and_only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let secret = installation_secret(dir.path()).unwrap();
    assert_eq!(installation_secret(dir.path()).unwrap(), secret);
    Control::open(dir.path()).unwrap();
    for name in ["secret", "control.sqlite"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_newer_control_plane_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    Connection::open(dir.path().join("control.sqlite")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Control::open(dir.path()).err().map(|e| format!("{e:#}")).unwrap();
    assert!(error.contains("use the newer one"), "{error}");
}

#[test]
fn a_signing_secret_can_be_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    let (site, _) = sealing(|seal| control.add_site(new_site(None), AT, seal).unwrap());
    let rotated = control.rotate_signing_secret(site.id).unwrap();
    assert_eq!(rotated.signing_secret.len(), site.signing_secret.len());
    assert_ne!(rotated.signing_secret, site.signing_secret);
    assert_eq!(control.site(site.id).unwrap().signing_secret, rotated.signing_secret);
    assert_eq!((&rotated.collect_key, &rotated.email_salt), (&site.collect_key, &site.email_salt));
    assert!(matches!(control.rotate_signing_secret(SiteId(9)), Err(ControlError::SiteUnknown(SiteId(9)))));
}

#[test]
fn a_newer_secret_of_a_sender_keeps_the_one_before_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let control = Control::open(dir.path()).unwrap();
    sealing(|seal| control.add_site(new_site(None), AT, seal).unwrap());
    let (site, stripe, shopify) = (SiteId(1), Dialect::Stripe, Dialect::Shopify);
    let add = |dialect, secret| control.add_dialect_secret(site, dialect, secret, AT).unwrap();
    assert_eq!((add(stripe, "one"), add(shopify, "other"), add(stripe, "two"), add(stripe, "three")), (1, 1, 2, 2));
    assert_eq!((add(stripe, "three"), add(stripe, "two")), (2, 2));
    drop(control);

    let control = Control::open(dir.path()).unwrap();
    let of = |dialect| {
        let book = control.book(&[], [0; 32]).unwrap();
        let secrets = book.site(site).unwrap().dialect_secrets.clone();
        secrets.into_iter().filter(|(of, _)| *of == dialect).map(|(_, secret)| secret).collect::<Vec<_>>()
    };
    assert_eq!((of(stripe), of(shopify)), (vec!["two".to_owned(), "three".to_owned()], vec!["other".to_owned()]));
    assert_eq!(control.drop_dialect_secrets(site, stripe).unwrap(), 2);
    assert_eq!((of(stripe).len(), of(shopify).len()), (0, 1));
    assert!(matches!(control.add_dialect_secret(SiteId(9), stripe, "x", AT), Err(ControlError::SiteUnknown(_))));
    control.remove_site(site).unwrap();
    let left: u32 = control.db().query_row("select count(*) from dialect_secrets", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}
