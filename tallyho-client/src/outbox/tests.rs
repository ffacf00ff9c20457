//! What a restart finds, whatever happened before it.

use super::*;

fn opened(path: &Path) -> Outbox {
    Outbox::open(path, 1 << 20).unwrap()
}

fn events(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|n| format!("{{\"id\":\"{n}\"}}")).collect()
}

fn waiting(outbox: &Outbox) -> Vec<String> {
    outbox.waiting.iter().cloned().collect()
}

#[test]
fn what_was_put_and_not_done_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    let mut outbox = opened(&path);
    outbox.put(events(0..3)).unwrap();
    outbox.put(events(3..5)).unwrap();
    outbox.done(2).unwrap();
    drop(outbox);
    let mut outbox = opened(&path);
    assert_eq!(waiting(&outbox), events(2..5));
    assert_eq!(outbox.waiting_bytes, events(2..5).iter().map(String::len).sum::<usize>());
    outbox.done(3).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), HEADER, "nothing waits, nothing is kept");
    outbox.put(events(9..10)).unwrap();
    drop(outbox);
    assert_eq!(waiting(&opened(&path)), events(9..10));
}

#[test]
fn a_write_that_broke_off_anywhere_loses_nothing_that_was_promised() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    let mut outbox = opened(&path);
    outbox.put(events(0..2)).unwrap();
    let promised = std::fs::read(&path).unwrap().len();
    outbox.put(events(2..3)).unwrap();
    drop(outbox);
    let whole = std::fs::read(&path).unwrap();
    for len in 0..whole.len() {
        std::fs::write(&path, &whole[..len]).unwrap();
        let mut outbox = opened(&path);
        if len >= promised {
            assert_eq!(waiting(&outbox), events(0..2), "{len}");
        }
        let before = outbox.len();
        outbox.put(events(7..8)).unwrap();
        drop(outbox);
        assert_eq!(opened(&path).len(), before + 1, "{len}");
    }
    let mut damaged = whole.clone();
    damaged[promised + 12] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    assert_eq!(waiting(&opened(&path)), events(0..2));
}

#[test]
fn damage_in_the_middle_costs_its_own_line_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    let mut outbox = opened(&path);
    outbox.put(events(0..2)).unwrap();
    let middle = std::fs::read(&path).unwrap().len();
    outbox.put(events(2..6)).unwrap();
    outbox.done(1).unwrap();
    drop(outbox);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[middle + 12] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let expected = [events(0..2), events(3..6)].concat();
    assert_eq!(waiting(&opened(&path)), expected, "what was done travels again");
    assert_eq!(std::fs::read(dir.path().join("outbox.damaged")).unwrap(), bytes);
    assert_eq!(waiting(&opened(&path)), expected);
}

#[test]
fn the_file_stays_small_however_much_passes_through() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    let mut outbox = Outbox::open(&path, 64 << 20).unwrap();
    let large = || vec!["x".repeat(30_000); 10];
    outbox.put(vec!["last".to_owned()]).unwrap();
    for _ in 0..30 {
        outbox.put(large()).unwrap();
        outbox.done(10).unwrap();
    }
    assert_eq!(outbox.len(), 1);
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert!(bytes < 2 * REWRITE_BYTES_MIN, "{bytes}");
    let left = waiting(&outbox);
    drop(outbox);
    assert_eq!(waiting(&opened(&path)), left);
}

#[test]
fn batches_and_the_whole_have_their_bounds() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = Outbox::open(&dir.path().join("outbox"), 1_200_000).unwrap();
    outbox.put(events(0..600)).unwrap();
    assert_eq!(outbox.next_batch().len(), 500);
    outbox.done(600).unwrap();
    outbox.put(vec!["x".repeat(30_000); 30]).unwrap();
    assert_eq!(outbox.next_batch().len(), 17);
    assert!(matches!(outbox.put(vec!["x".repeat(300_001)]), Err(Error::Full)));
    assert_eq!(outbox.len(), 30);
}

#[test]
fn nobody_else_gets_in_and_no_other_file_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    let first = opened(&path);
    assert!(matches!(Outbox::open(&path, 1), Err(Error::InUse)));
    drop(first);
    assert!(Outbox::open(&path, 1).is_ok());
    let other = dir.path().join("letters");
    std::fs::write(&other, "dear shop").unwrap();
    assert!(matches!(Outbox::open(&other, 1), Err(Error::NoOutbox)));
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "dear shop");
}
