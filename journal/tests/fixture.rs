//! Reads a journal of every released format, with one record of every kind in it, and expects the same values for
//! ever. The files under `fixtures/journal/` are never written again.
//!
//! A new format gets a new folder: `JOURNAL_WRITE_FIXTURE=v2 cargo test -p journal --test fixture`. A new optional
//! field of a record is `None` here.

use commerce::goal::{GoalAttribute, PatternKind};
use commerce::hit::{
    CartStatement, ClientHints, Consent, Dialect, GoalStatement, Item, OrderStatement, OrderStatus, Origin, Page,
    Place, RefundStatement, Search, Source, Trust,
};
use commerce::record::{
    AdCostsRecord, DeletionRecord, DropReason, ErasureRecord, Excluded, GoalsRecord, LinkCodesRecord,
    ProductCostsRecord, Quarantined, Rate, RatesRecord, RuleDataRecord, SettingsRecord, Tick,
};
use commerce::{Amount, Currency, EventId, Facts, Goal, Hit, Person, Quantity, Record, SiteId, Timestamp, UnitPrice};
use journal::{Options, Reader, SegmentInfo};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SITE: SiteId = SiteId(7);

fn at(second: i64) -> Timestamp {
    Timestamp(1_772_445_600_000_000 + second * 1_000_000)
}

fn text<T: From<String>>(text: &str) -> T {
    T::from(text.to_owned())
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn source() -> Source {
    Source {
        source: text("newsletter"),
        medium: text("email"),
        campaign: text("spring"),
        term: text("tea pot"),
        content: text("top"),
        referrer: text("https://mail.example/"),
        landing_page: text("https://shop.example/sale"),
        click_ids: Some(vec![("gclid".to_owned(), "Cj0K".to_owned())]),
    }
}

fn item() -> Item {
    Item {
        sku: "TEA-1".to_owned(),
        name: text("Teekanne «Grün»"),
        brand: text("Hall"),
        variant: text("1 l"),
        categories: Some(vec!["Kitchen".to_owned(), "Tea".to_owned()]),
        price: Some(UnitPrice(19_990_000)),
        quantity: Some(Quantity(2_000)),
        discount: Some(Amount(10_000)),
        coupon: text("MAY"),
        unit_cost: Some(UnitPrice(8_123_456)),
        index: Some(3),
        list_id: text("l1"),
        list_name: text("Related"),
        promotion_id: text("p1"),
        promotion_name: text("Spring"),
        creative_name: text("Banner"),
        affiliation: text("Outlet"),
        properties: text(r#"{"engraving":"A&B"}"#),
    }
}

fn order() -> OrderStatement {
    OrderStatement {
        order_id: "1001".to_owned(),
        aliases: Some(vec!["checkout:abc".to_owned()]),
        currency: Some(currency("EUR")),
        total: Some(Amount(449_800)),
        subtotal: Some(Amount(389_800)),
        tax: Some(Amount(71_800)),
        shipping: Some(Amount(49_000)),
        fees: Some(Amount(1_000)),
        discount: Some(Amount(10_000)),
        coupons: Some(vec!["MAY".to_owned()]),
        prices_include_tax: Some(true),
        payment_method: text("card"),
        shipping_method: text("post"),
        customer_type: text("new"),
        order_count: Some(1),
        status: Some(OrderStatus::Confirmed),
        test: Some(false),
        placed_at: Some(at(2)),
        version: Some(-3),
        reason: text("none"),
        sales_channel: text("pos"),
        // Younger than the fixture.
        partial: None,
    }
}

fn facts() -> Facts {
    Facts {
        site: SITE,
        event_id: EventId([9; 16]),
        received_at: at(1),
        occurred_at: at(0),
        dialect: Dialect::Matomo,
        origin: Origin::Browser,
        trust: Trust::Verified,
        name: "purchase".to_owned(),
        page: Some(Page {
            url: text("https://shop.example/done"),
            title: text("Danke"),
            referrer: text("https://a.example/"),
        }),
        campaign: Some(source()),
        attribution: Some(Source { source: text("affiliate"), ..Source::default() }),
        place: Some(Place { country: text("DE"), region: text("BE"), city: text("Berlin") }),
        language: text("de-DE,de;q=0.9"),
        screen: text("1920x1080"),
        consent: Some(Consent::Marketing),
        items: Some(vec![item(), Item { sku: "BAG".to_owned(), ..Item::default() }]),
        order: Some(order()),
        refund: Some(RefundStatement {
            order_id: "1000".to_owned(),
            refund_id: text("r1"),
            amount: Some(Amount(-1)),
            tax: Some(Amount(0)),
            shipping: Some(Amount(i64::MAX)),
            currency: Some(currency("JPY")),
            at: Some(at(3)),
            reason: text("broken"),
            aliases: Some(vec![]),
        }),
        cart: Some(CartStatement {
            value: Some(Amount(399_800)),
            currency: Some(currency("EUR")),
            coupon: text("MAY"),
            checkout_step: text("payment"),
        }),
        goal: Some(GoalStatement { goal: 4, value: Some(Amount(50_000)) }),
        search: Some(Search { term: "kanne".to_owned(), category: text("tea"), results: Some(12) }),
        properties: text(r#"{"plan":"gold","n":1.50}"#),
        flags: Some(5),
        cart_id: text("c-77"),
    }
}

fn person() -> Person {
    Person {
        visitor_id: text("0123456789abcdef"),
        visit_id: text("v1"),
        user_id: text("u-1"),
        email_hash: text("ab12"),
        email: text("someone@example.com"),
        ip: text("192.0.2.0"),
        user_agent: text("Mozilla/5.0"),
        client_hints: Some(ClientHints {
            brands: Some(vec![("Chromium".to_owned(), "139".to_owned())]),
            mobile: Some(false),
            model: text("X"),
            platform: text("Linux"),
            platform_version: text("6.1"),
        }),
        fingerprint: Some(u64::MAX),
        recovery_url: text("https://shop.example/cart/77"),
    }
}

/// One record of every kind, and a hit whose person was erased.
fn records() -> Vec<Record> {
    let pairs = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
    vec![
        Record::RuleData(RuleDataRecord { at: at(0), version: "2026-03".to_owned() }),
        Record::Settings(SettingsRecord { site: SITE, at: at(0), entries: pairs("currency", "EUR") }),
        Record::Goals(GoalsRecord {
            site: SITE,
            at: at(0),
            goals: vec![Goal {
                id: 4,
                name: "Signed up".to_owned(),
                attribute: GoalAttribute::Url,
                pattern_kind: PatternKind::Regex,
                pattern: "/welcome$".to_owned(),
                case_sensitive: true,
                value: Some(Amount(25_000)),
                allow_multiple: false,
                use_event_value: true,
            }],
        }),
        Record::Rates(RatesRecord {
            site: SITE,
            at: at(0),
            rates: vec![Rate {
                day: "2026-03-01".to_owned(),
                currency: currency("USD"),
                per_unit: "1.0842".to_owned(),
            }],
        }),
        Record::ProductCosts(ProductCostsRecord {
            site: SITE,
            at: at(0),
            costs: vec![("TEA-1".to_owned(), String::new(), UnitPrice(8_000_000), currency("EUR"))],
        }),
        Record::AdCosts(AdCostsRecord {
            site: SITE,
            at: at(0),
            costs: vec![("2026-03-01".to_owned(), source(), Amount(1_234_500), currency("EUR"))],
            details: None,
        }),
        Record::LinkCodes(LinkCodesRecord {
            site: SITE,
            at: at(0),
            codes: vec![("x1".to_owned(), "ab12".to_owned(), "spring".to_owned())],
        }),
        Record::Hit(Box::new(Hit { facts: facts(), person: person() })),
        Record::Hit(Box::new(Hit { facts: facts(), person: Person::default() })),
        Record::Quarantined(Quarantined {
            site: SITE,
            received_at: at(4),
            dialect: Dialect::NativeServer,
            reason: "price.not_finite".to_owned(),
            hint: "Send the price as a decimal number.".to_owned(),
            payload: r#"{"price":"NaN"}"#.to_owned(),
        }),
        Record::Excluded(Excluded { site: SITE, received_at: at(5), reason: DropReason::Prefetch }),
        Record::Tick(Tick { at: at(6) }),
        Record::Erasure(ErasureRecord { site: SITE, at: at(7), keys: vec![1, u64::MAX], before: None }),
        Record::Deletion(DeletionRecord {
            site: SITE,
            at: at(8),
            filter: "country==XX".to_owned(),
            note: "spam".to_owned(),
        }),
    ]
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/journal")
}

/// Writes the fixture of the present format: the first half compressed, the rest plain. Never over an existing one.
fn write_fixture(dir: &Path) {
    assert!(!dir.exists(), "{} is kept for ever", dir.display());
    let options = Options { segment_bytes: 8 << 10, journal_id: 0x7a11_1440, ..Options::default() };
    let (writer, _) = journal::open(dir, options).unwrap();
    for (i, record) in records().iter().enumerate() {
        let mut payload = Vec::new();
        record.encode(&mut payload);
        writer.append_wait(vec![payload]).unwrap();
        if i == 7 {
            writer.seal().unwrap();
            writer.maintain(8, &|_| true).unwrap();
        }
    }
    writer.close();
    std::fs::remove_file(dir.join("lock")).unwrap();
}

#[test]
fn journals_of_every_released_format_are_read() {
    if let Ok(version) = std::env::var("JOURNAL_WRITE_FIXTURE") {
        write_fixture(&fixtures().join(version));
    }
    let mut versions = 0;
    for version in std::fs::read_dir(fixtures()).unwrap() {
        let version = version.unwrap().path();
        let dir = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(&version).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
        }
        check(&version, dir.path());
        versions += 1;
    }
    assert!(versions >= 1);
}

fn check(version: &Path, dir: &Path) {
    let expected = records();
    let report = journal::verify(dir).unwrap();
    assert_eq!((report.records, report.torn_bytes, report.gaps), (14, 0, vec![]), "{}", version.display());
    let (writer, recovery) = journal::open(dir, Options::default()).unwrap();
    assert_eq!((recovery.last_position, recovery.truncated_bytes, recovery.gaps), (14, 0, vec![]));
    let packings: Vec<_> = writer.segments().iter().map(|SegmentInfo { compressed, .. }| *compressed).collect();
    assert_eq!(packings, [true, false]);
    let mut reader = Reader::open(&writer, 0).unwrap();
    let mut read = Vec::new();
    while read.len() < expected.len() {
        let batch = reader.next(100, 1 << 20, Duration::ZERO).unwrap();
        assert!(!batch.is_empty(), "{} of {} records are there", read.len(), expected.len());
        read.extend(batch);
    }
    for (i, ((position, payload), expected)) in read.iter().zip(&expected).enumerate() {
        assert_eq!(*position, i as u64 + 1);
        assert_eq!(Record::decode(payload).as_ref(), Ok(expected), "{}", version.display());
    }
    // And a journal of that format is written on.
    assert_eq!(writer.append_wait(vec![b"next".to_vec()]).unwrap().first, 15);
}

#[test]
fn the_fixture_holds_every_kind() {
    let mut kinds: Vec<_> = records().iter().map(Record::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, (1..=13).collect::<Vec<_>>());
}
