//! How a day log is written in bytes, and read again. Pure.
//!
//! First stand, in four bytes each, the places at which the visitors with each first byte begin, so that a thread finds its
//! own; then the visits, by visitor.
//!
//! A visit is its visitor, its own key and its customer (0 for nobody; eight bytes each), how long after the day's first
//! instant it began, how many bytes its acts take, and those: how long after the visit's beginning (four bytes, or
//! [`FAR`] and eight more), the kind of the event plus one (0 if it has no row of its own) times two, plus one if products
//! were touched, then how many and their kinds. Times are microseconds. Other numbers are in groups of seven bits, the
//! lowest first.

use crate::error::Error;

/// Stands for a time of 71 minutes or more, or before the visit's beginning, which follows.
const FAR: u32 = u32::MAX;

/// Parts of a log, by the first byte of the visitor.
pub(crate) const PARTS: usize = 256;

/// Bytes of the places at which they begin.
const HEAD: usize = PARTS * 4;

/// A visit in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    /// Whose it is.
    pub(crate) visitor: u64,
    /// Its key.
    pub(crate) key: u64,
    /// The customer whose it is known to be; 0 for nobody.
    pub(crate) customer: u64,
    /// When it began, in microseconds since 1970.
    pub(crate) started_at: i64,
}

/// Something that happened in a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Act {
    /// When, in microseconds since 1970.
    pub(crate) at: i64,
    /// The event's kind; `None` if it has no row of its own.
    pub(crate) event: Option<u32>,
    /// Kinds of what was done to products.
    pub(crate) actions: Vec<u32>,
}

/// Writes a log.
pub(super) struct Writer {
    day: i64,
    log: Vec<u8>,
    acts: Vec<u8>,
    visit: Option<Visit>,
    /// Where the parts that have begun do so.
    parts: Vec<u32>,
}

impl Writer {
    /// Returns the writer of the log of the day that begins at `day`.
    pub(super) fn new(day: i64) -> Self {
        Self { day, log: Vec::new(), acts: Vec::new(), visit: None, parts: Vec::new() }
    }

    /// Begins `visit`, unless it is the one that acts were last added to.
    pub(super) fn begin(&mut self, visit: Visit) {
        if self.visit != Some(visit) {
            self.close();
            self.visit = Some(visit);
        }
    }

    /// Adds the next act of `visit`; those of one visit follow each other.
    pub(super) fn add(&mut self, visit: Visit, act: &Act) {
        self.begin(visit);
        let after = act.at.wrapping_sub(visit.started_at);
        match u32::try_from(after) {
            Ok(near) if near != FAR => self.acts.extend(near.to_le_bytes()),
            _ => {
                self.acts.extend(FAR.to_le_bytes());
                self.acts.extend(after.to_le_bytes());
            }
        }
        let event = act.event.map_or(0, |kind| u64::from(kind) + 1);
        put(&mut self.acts, event << 1 | u64::from(!act.actions.is_empty()));
        if !act.actions.is_empty() {
            put(&mut self.acts, act.actions.len() as u64);
            act.actions.iter().for_each(|kind| put(&mut self.acts, u64::from(*kind)));
        }
    }

    fn close(&mut self) {
        let Some(visit) = self.visit.take() else { return };
        let part = (visit.visitor >> 56) as usize;
        if self.parts.len() <= part {
            self.parts.resize(part + 1, self.log.len() as u32);
        }
        for key in [visit.visitor, visit.key, visit.customer] {
            self.log.extend(key.to_le_bytes());
        }
        put_signed(&mut self.log, visit.started_at - self.day);
        put(&mut self.log, self.acts.len() as u64);
        self.log.append(&mut self.acts);
    }

    /// Returns the log.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.close();
        self.parts.resize(PARTS, self.log.len() as u32);
        let mut out: Vec<u8> = self.parts.iter().flat_map(|at| at.to_le_bytes()).collect();
        out.append(&mut self.log);
        out
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, (number << 1 ^ number >> 63) as u64);
}

/// A log that is read.
#[derive(Clone, Copy)]
pub(crate) struct DayLog<'a> {
    day: i64,
    log: &'a [u8],
}

/// What happened in a visit, still in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Acts<'a> {
    started_at: i64,
    acts: &'a [u8],
}

impl<'a> DayLog<'a> {
    /// Returns the visits of the visitors of `part` in the log `log` of the day that begins at `day`, which is empty if
    /// nothing happened.
    ///
    /// # Errors
    /// [`Error::Answer`] if the bytes are no log.
    pub(crate) fn part(day: i64, log: &'a [u8], part: usize) -> Result<Self, Error> {
        let within = || {
            let (head, visits) = log.split_first_chunk::<HEAD>()?;
            let (places, _) = head.as_chunks::<4>();
            let place = |at: usize| places.get(at).map(|place| u32::from_le_bytes(*place) as usize);
            visits.get(place(part)?..place(part + 1).unwrap_or(visits.len()))
        };
        let visits = if log.is_empty() { Some(log) } else { within() };
        Ok(Self { day, log: visits.ok_or_else(broken)? })
    }

    /// Hands every visit to `each` with what happened in it.
    ///
    /// # Errors
    /// What `each` returns; [`Error::Answer`] if the bytes are no log.
    pub(crate) fn each(mut self, mut each: impl FnMut(Visit, Acts<'a>) -> Result<(), Error>) -> Result<(), Error> {
        while !self.log.is_empty() {
            let (visit, acts) = self.visit().ok_or_else(broken)?;
            each(visit, Acts { started_at: visit.started_at, acts })?;
        }
        Ok(())
    }

    fn visit(&mut self) -> Option<(Visit, &'a [u8])> {
        let (keys, mut rest) = self.log.split_first_chunk::<24>()?;
        let (keys, _) = keys.as_chunks::<8>();
        let key = |at: usize| u64::from_le_bytes(keys[at]);
        let started_at = self.day.wrapping_add(signed(&mut rest)?);
        let length = usize::try_from(take(&mut rest)?).ok()?;
        let (acts, rest) = rest.split_at_checked(length)?;
        self.log = rest;
        Some((Visit { visitor: key(0), key: key(1), customer: key(2), started_at }, acts))
    }
}

impl Acts<'_> {
    /// Hands every act to `each`: when it was, the kind of its event, and those of its actions.
    ///
    /// # Errors
    /// [`Error::Answer`] if the bytes are no acts.
    pub(crate) fn each(mut self, mut each: impl FnMut(i64, Option<u32>, &[u32])) -> Result<(), Error> {
        let mut actions = Vec::new();
        while !self.acts.is_empty() {
            let (after, event) = self.act(&mut actions).ok_or_else(broken)?;
            each(self.started_at.wrapping_add(after), event.checked_sub(1), &actions);
        }
        Ok(())
    }

    /// Returns how long after the beginning the next act was, and its kind of event plus one, 0 for none; puts the kinds of
    /// its actions into `actions`.
    #[inline]
    fn act(&mut self, actions: &mut Vec<u32>) -> Option<(i64, u32)> {
        let (near, rest) = self.acts.split_first_chunk::<4>()?;
        self.acts = rest;
        let mut after = i64::from(u32::from_le_bytes(*near));
        if after == i64::from(FAR) {
            let (far, rest) = self.acts.split_first_chunk::<8>()?;
            self.acts = rest;
            after = i64::from_le_bytes(*far);
        }
        let word = take(&mut self.acts)?;
        actions.clear();
        if word & 1 == 1 {
            for _ in 0..take(&mut self.acts)? {
                actions.push(u32::try_from(take(&mut self.acts)?).ok()?);
            }
        }
        Some((after, u32::try_from(word >> 1).ok()?))
    }
}

fn broken() -> Error {
    Error::Answer("a day log ends early".to_owned())
}

#[inline]
fn take(bytes: &mut &[u8]) -> Option<u64> {
    // Most numbers are small.
    if let Some((byte, rest)) = bytes.split_first()
        && *byte < 0x80
    {
        *bytes = rest;
        return Some(u64::from(*byte));
    }
    long(bytes)
}

fn long(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
        shift += 7;
        if shift > 63 {
            return None;
        }
    }
}

#[inline]
fn signed(bytes: &mut &[u8]) -> Option<i64> {
    let number = take(bytes)?;
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn act() -> impl Strategy<Value = Act> {
        let kinds = prop::collection::vec(any::<u32>(), 0..4);
        (-1_000_000_000_i64..100_000_000_000, any::<Option<u32>>(), kinds).prop_map(|(at, event, actions)| Act {
            at,
            event: event.map(|e| e / 2),
            actions,
        })
    }

    fn visit() -> impl Strategy<Value = (Visit, Vec<Act>)> {
        let visit = (any::<u64>(), any::<u64>(), any::<u64>(), -5_i64..90_000_000_000)
            .prop_map(|(visitor, key, customer, started_at)| Visit { visitor, key, customer, started_at });
        (visit, prop::collection::vec(act(), 0..6))
    }

    fn read(day: i64, log: &[u8]) -> Result<Vec<(Visit, Vec<Act>)>, Error> {
        let mut out = Vec::new();
        for part in 0..PARTS {
            DayLog::part(day, log, part)?.each(|visit, acts| {
                assert_eq!((visit.visitor >> 56) as usize, part);
                let mut own = Vec::new();
                acts.each(|at, event, actions| own.push(Act { at, event, actions: actions.to_vec() }))?;
                out.push((visit, own));
                Ok(())
            })?;
        }
        Ok(out)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(mut visits in prop::collection::vec(visit(), 0..8), cut in any::<prop::sample::Index>()) {
            visits.sort_by_key(|(visit, _)| visit.visitor);
            let mut writer = Writer::new(1000);
            for (visit, acts) in &visits {
                writer.begin(*visit);
                for act in acts {
                    writer.add(*visit, act);
                }
            }
            let log = writer.finish();
            prop_assert_eq!(read(1000, &log).unwrap(), visits);
            // What is cut off is no log, or a shorter one; never a panic.
            drop(read(1000, &log[..cut.index(log.len())]));
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            drop(DayLog { day: 0, log: &bytes }.each(|_, acts| acts.each(|_, _, _| {})));
            drop(DayLog::part(0, &bytes, 3));
        }
    }
}
