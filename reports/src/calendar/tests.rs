//! Periods and buckets across the days on which clocks change.

use super::*;

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn period(from: &str, to: &str) -> Period {
    Period { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn a_period_is_its_days_in_the_sites_zone() {
    let check = |zone_name: &str, day: &str, start: &str, end: &str| {
        let p = period(day, day);
        let z = zone(zone_name);
        assert_eq!((p.start(&z).to_string(), p.end(&z).to_string()), (start.to_owned(), end.to_owned()), "{zone_name}");
    };
    check("Europe/Paris", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    check("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z");
    check("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z");
    check("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z", "2026-01-01T18:15:00Z");
}

#[test]
fn comparison_periods_have_the_same_length_or_the_same_dates() {
    let check = |from: &str, to: &str, previous: (&str, &str), year: (&str, &str)| {
        let p = period(from, to);
        assert_eq!(p.previous(), period(previous.0, previous.1));
        assert_eq!(p.year_before(), period(year.0, year.1));
    };
    check("2026-03-01", "2026-03-31", ("2026-01-29", "2026-02-28"), ("2025-03-01", "2025-03-31"));
    check("2024-02-29", "2024-02-29", ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28"));
    assert_eq!(period("2025-12-01", "2026-02-28").days(), 90);
}

#[test]
fn labels_name_each_bucket() {
    let check = |unit, from: &str, to: &str, sunday, expected: &[&str]| {
        let buckets = Buckets::new(unit, period(from, to), &zone("Europe/Berlin"), sunday).unwrap();
        assert_eq!(buckets.labels, expected, "{unit:?}");
    };
    check(TimeUnit::Day, "2026-02-27", "2026-03-01", false, &["2026-02-27", "2026-02-28", "2026-03-01"]);
    // ISO weeks: 1 January 2027 is in the week that starts on 28 December 2026 (2026-W53).
    check(TimeUnit::Week, "2027-01-01", "2027-01-04", false, &["2026-12-28", "2027-01-04"]);
    check(TimeUnit::Week, "2027-01-01", "2027-01-04", true, &["2026-12-27", "2027-01-03"]);
    check(TimeUnit::Month, "2026-01-15", "2026-03-02", false, &["2026-01", "2026-02", "2026-03"]);
    check(TimeUnit::Quarter, "2025-12-31", "2026-04-01", false, &["2025-Q4", "2026-Q1", "2026-Q2"]);
    check(TimeUnit::Year, "2025-12-31", "2026-01-01", false, &["2025", "2026"]);
    check(TimeUnit::Weekday, "2026-01-01", "2026-01-01", false, &["1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn an_hour_that_happens_twice_is_two_buckets() {
    let buckets =
        Buckets::new(TimeUnit::Hour, period("2026-11-01", "2026-11-01"), &zone("America/New_York"), false).unwrap();
    assert_eq!(buckets.labels.len(), 25);
    assert_eq!(
        &buckets.labels[..4],
        ["2026-11-01T00:00-04:00", "2026-11-01T01:00-04:00", "2026-11-01T01:00-05:00", "2026-11-01T02:00-05:00"]
    );
    assert_eq!(buckets.runs.len(), 1);
    assert_eq!(buckets.index_of(at("2026-11-01T05:59:59Z")), 1);
    assert_eq!(buckets.index_of(at("2026-11-01T06:00:00Z")), 2);
    let spring =
        Buckets::new(TimeUnit::Hour, period("2026-03-29", "2026-03-29"), &zone("Europe/Paris"), false).unwrap();
    assert_eq!((spring.labels.len(), spring.labels[2].as_str()), (23, "2026-03-29T03:00+02:00"));
    // Lord Howe moves its clocks by half an hour: the cut hour becomes two buckets.
    let half =
        Buckets::new(TimeUnit::Hour, period("2026-04-05", "2026-04-05"), &zone("Australia/Lord_Howe"), false).unwrap();
    assert_eq!(&half.labels[1..4], ["2026-04-05T01:00+11:00", "2026-04-05T01:30+10:30", "2026-04-05T02:00+10:30"]);
}

#[test]
fn hours_start_on_the_zones_own_hour() {
    let buckets =
        Buckets::new(TimeUnit::Hour, period("2026-01-01", "2026-01-01"), &zone("Asia/Kathmandu"), false).unwrap();
    assert_eq!((buckets.labels.len(), buckets.labels[0].as_str()), (24, "2026-01-01T00:00+05:45"));
    assert_eq!(buckets.index_of(at("2025-12-31T19:14:59Z")), 0);
    assert_eq!(buckets.index_of(at("2025-12-31T19:15:00Z")), 1);
}

#[test]
fn every_instant_falls_into_the_bucket_of_its_civil_time() {
    let units = [
        TimeUnit::Hour,
        TimeUnit::Day,
        TimeUnit::Week,
        TimeUnit::Month,
        TimeUnit::Quarter,
        TimeUnit::Year,
        TimeUnit::Weekday,
        TimeUnit::HourOfDay,
    ];
    for name in [
        "Europe/Paris",
        "America/New_York",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "UTC",
    ] {
        let z = zone(name);
        for p in
            [period("2026-02-20", "2026-11-10"), period("2018-10-20", "2018-11-20"), period("2011-12-20", "2012-01-10")]
        {
            for unit in units {
                let buckets = Buckets::new(unit, p, &z, false).unwrap();
                let mut t = p.start(&z);
                let end = p.end(&z);
                while t < end {
                    let local = z.local(t);
                    let label = match unit {
                        TimeUnit::Weekday => local.date().weekday().to_monday_one_offset().to_string(),
                        TimeUnit::HourOfDay => local.hour().to_string(),
                        TimeUnit::Hour => {
                            let index = buckets.index_of(t) as usize;
                            let wanted = format!("{}T{:02}:", local.date(), local.hour());
                            assert!(
                                buckets.labels[index].starts_with(&wanted),
                                "{name} {t}: {}",
                                buckets.labels[index]
                            );
                            t = t.plus_seconds(1799);
                            continue;
                        }
                        _ => label(unit, first_day(unit, local.date(), false)),
                    };
                    assert_eq!(buckets.labels[buckets.index_of(t) as usize], label, "{name} {unit:?} {t}");
                    t = t.plus_seconds(1799);
                }
            }
        }
    }
}

#[test]
fn a_year_of_days_is_a_handful_of_runs() {
    let p = period("2026-01-01", "2026-12-31");
    let buckets = Buckets::new(TimeUnit::Day, p, &zone("Europe/Berlin"), false).unwrap();
    assert_eq!((buckets.labels.len(), buckets.runs.len()), (365, 5));
    assert!(Buckets::new(TimeUnit::Hour, period("2020-01-01", "2026-12-31"), &zone("UTC"), false).is_none());
}
