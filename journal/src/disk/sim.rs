//! A disk in memory that fails and crashes on demand: what was not synced may be lost, kept or torn in sectors of 512
//! bytes, and names that were not synced may be lost, too. The same seed crashes the same way.

use super::{Disk, DiskFile};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

const SECTOR: usize = 512;

/// What an operation of the disk does to its state, for aiming faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Create,
    Rename,
    Remove,
    SyncDir,
    Write,
    SetLen,
    Sync,
    /// Any of them.
    Any,
}

/// How an operation goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The machine stops: this and every later operation fails without effect.
    Crash,
    /// The operation fails. A failed sync leaves its pages clean in memory and not on the disk.
    Error(ErrorKind),
    /// A write takes only its first byte.
    Short,
    /// A write takes some of its bytes, and the next one fails.
    ShortThen(ErrorKind),
}

#[derive(Clone, Default)]
struct Inode {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    dirty: BTreeSet<usize>,
}

#[derive(Clone)]
enum Pending {
    Create(String, u64),
    Rename(String, String),
    Remove(String),
}

#[derive(Clone, Default)]
struct State {
    inodes: BTreeMap<u64, Inode>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    pending: Vec<Pending>,
    faults: Vec<(Op, u64, Fault)>,
    room: Option<usize>,
    crashed: bool,
    ops: u64,
    syncs_after_failure: u64,
    failed_syncs: BTreeSet<u64>,
}

/// The disk; clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct SimDisk {
    state: Arc<Mutex<State>>,
}

impl SimDisk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Makes the operation of this kind after the next `skip` ones go wrong.
    pub(crate) fn fail(&self, op: Op, skip: u64, fault: Fault) {
        self.state().faults.push((op, skip, fault));
    }

    /// Forgets faults that have not happened yet.
    pub(crate) fn heal(&self) {
        self.state().faults.clear();
    }

    /// Limits the bytes of all files together; `None` lifts the limit.
    pub(crate) fn set_room(&self, bytes: Option<usize>) {
        self.state().room = bytes;
    }

    /// Returns the bytes of all files together.
    pub(crate) fn used(&self) -> usize {
        self.state().used()
    }

    /// Returns how many operations that change something were asked for.
    pub(crate) fn ops(&self) -> u64 {
        self.state().ops
    }

    /// Returns whether a planned crash has happened.
    pub(crate) fn crashed(&self) -> bool {
        self.state().crashed
    }

    /// Returns how often a file was synced again after a sync of it had failed.
    pub(crate) fn syncs_after_failure(&self) -> u64 {
        self.state().syncs_after_failure
    }

    /// Returns a file's bytes as a reader sees them.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.state();
        state.inodes[&state.names[name]].bytes.clone()
    }

    /// Puts a file there, safely.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        let mut state = self.state();
        let inode = state.inodes.len() as u64 + 1_000_000;
        state.inodes.insert(inode, Inode { bytes: bytes.to_vec(), durable: bytes.to_vec(), dirty: BTreeSet::new() });
        state.names.insert(name.to_owned(), inode);
        state.durable_names.insert(name.to_owned(), inode);
    }

    /// Returns a disk with the same files, all of them safe.
    pub(crate) fn copy(&self) -> SimDisk {
        let copy = SimDisk::default();
        let state = self.state();
        for (name, inode) in &state.names {
            copy.put(name, &state.inodes[inode].bytes);
        }
        drop(state);
        copy
    }

    /// Returns what a power loss leaves.
    pub(crate) fn after_power_loss(&self, seed: u64) -> SimDisk {
        let mut random = Random(seed);
        let state = self.state();
        let names = state.names_after_power_loss(&mut random);
        let disk = SimDisk::default();
        for (name, inode) in names {
            disk.put(&name, &state.inodes[&inode].after_power_loss(&mut random));
        }
        drop(state);
        disk
    }

    /// Returns what a kill of the process leaves: everything that was written, none of it safer than before.
    pub(crate) fn after_kill(&self) -> SimDisk {
        let mut state = self.state().clone();
        (state.faults, state.crashed) = (Vec::new(), false);
        state.failed_syncs.clear();
        SimDisk { state: Arc::new(Mutex::new(state)) }
    }
}

impl State {
    fn used(&self) -> usize {
        self.names.values().map(|inode| self.inodes[inode].bytes.len()).sum()
    }

    /// Counts an operation and returns the fault that hits it.
    fn begin(&mut self, op: Op) -> io::Result<Option<Fault>> {
        self.ops += 1;
        if self.crashed {
            return Err(io::Error::other("crashed"));
        }
        let mut hit = None;
        for (i, (aimed, skip, fault)) in self.faults.iter_mut().enumerate() {
            if *aimed == op || *aimed == Op::Any {
                match *skip {
                    0 => hit = hit.or(Some((i, *fault))),
                    _ => *skip -= 1,
                }
            }
        }
        let Some((i, fault)) = hit else { return Ok(None) };
        self.faults.remove(i);
        match fault {
            Fault::Crash => {
                self.crashed = true;
                Err(io::Error::other("crashed"))
            }
            Fault::Error(kind) if op != Op::Sync => Err(kind.into()),
            fault => Ok(Some(fault)),
        }
    }

    fn names_after_power_loss(&self, random: &mut Random) -> BTreeMap<String, u64> {
        let mut names = self.durable_names.clone();
        let mut skipped = BTreeSet::new();
        for op in &self.pending {
            let touched: Vec<&String> = match op {
                Pending::Create(name, _) | Pending::Remove(name) => vec![name],
                Pending::Rename(from, to) => vec![from, to],
            };
            // Each may be lost, and then also what was done to the same names later.
            if touched.iter().any(|name| skipped.contains(*name)) || random.below(2) == 0 {
                skipped.extend(touched.into_iter().cloned());
                continue;
            }
            apply(&mut names, op);
        }
        names
    }
}

fn apply(names: &mut BTreeMap<String, u64>, op: &Pending) {
    match op {
        Pending::Create(name, inode) => {
            names.insert(name.clone(), *inode);
        }
        Pending::Rename(from, to) => {
            if let Some(inode) = names.remove(from) {
                names.insert(to.clone(), inode);
            }
        }
        Pending::Remove(name) => {
            names.remove(name);
        }
    }
}

impl Inode {
    fn touch(&mut self, from: usize, to: usize) {
        self.dirty.extend(from / SECTOR..to.div_ceil(SECTOR));
    }

    fn after_power_loss(&self, random: &mut Random) -> Vec<u8> {
        let (low, high) = (self.bytes.len().min(self.durable.len()), self.bytes.len().max(self.durable.len()));
        let len = match random.below(3) {
            0 => self.durable.len(),
            1 => self.bytes.len(),
            _ => low + random.below((high - low + 1) as u64) as usize,
        };
        let mut bytes = self.durable.clone();
        bytes.resize(len, 0);
        for &sector in &self.dirty {
            let (from, to) = (sector * SECTOR, ((sector + 1) * SECTOR).min(len).min(self.bytes.len()));
            if from < to && random.below(2) == 0 {
                bytes[from..to].copy_from_slice(&self.bytes[from..to]);
            }
        }
        bytes
    }
}

impl Disk for SimDisk {
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        state.begin(Op::Create)?;
        let inode = state.inodes.len() as u64;
        state.inodes.insert(inode, Inode::default());
        state.names.insert(name.to_owned(), inode);
        state.pending.push(Pending::Create(name.to_owned(), inode));
        Ok(Box::new(SimFile { disk: self.clone(), inode }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let inode = *self.state().names.get(name).ok_or(ErrorKind::NotFound)?;
        Ok(Box::new(SimFile { disk: self.clone(), inode }))
    }

    fn open_to_write(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.open(name)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.begin(Op::Rename)?;
        if !state.names.contains_key(from) {
            return Err(ErrorKind::NotFound.into());
        }
        let op = Pending::Rename(from.to_owned(), to.to_owned());
        apply(&mut state.names, &op);
        state.pending.push(op);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.begin(Op::Remove)?;
        if !state.names.contains_key(name) {
            return Err(ErrorKind::NotFound.into());
        }
        let op = Pending::Remove(name.to_owned());
        apply(&mut state.names, &op);
        state.pending.push(op);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state();
        state.begin(Op::SyncDir)?;
        state.durable_names = state.names.clone();
        state.pending.clear();
        Ok(())
    }
}

struct SimFile {
    disk: SimDisk,
    inode: u64,
}

impl DiskFile for SimFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let rest = state.inodes[&self.inode].bytes.get(offset as usize..).unwrap_or(&[]);
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        let fault = state.begin(Op::Write)?;
        let mut n = match fault {
            Some(Fault::Short) => 1,
            Some(Fault::ShortThen(kind)) => {
                state.faults.push((Op::Write, 0, Fault::Error(kind)));
                buf.len().div_ceil(2)
            }
            _ => buf.len(),
        };
        let offset = offset as usize;
        if let Some(room) = state.room {
            let grows_by = (offset + n).saturating_sub(state.inodes[&self.inode].bytes.len());
            let missing = (state.used() + grows_by).saturating_sub(room).min(grows_by);
            n = n.saturating_sub(missing);
            if n == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
        }
        let inode = state.inodes.get_mut(&self.inode).unwrap();
        let old_len = inode.bytes.len();
        if inode.bytes.len() < offset + n {
            inode.bytes.resize(offset + n, 0);
        }
        inode.bytes[offset..offset + n].copy_from_slice(&buf[..n]);
        inode.touch(offset.min(old_len), offset + n);
        Ok(n)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.begin(Op::SetLen)?;
        let inode = state.inodes.get_mut(&self.inode).unwrap();
        let old_len = inode.bytes.len();
        inode.bytes.resize(len as usize, 0);
        inode.touch(old_len.min(len as usize), old_len.max(len as usize));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let fault = state.begin(Op::Sync)?;
        if state.failed_syncs.contains(&self.inode) {
            state.syncs_after_failure += 1;
        }
        if let Some(Fault::Error(kind)) = fault {
            state.failed_syncs.insert(self.inode);
            state.inodes.get_mut(&self.inode).unwrap().dirty.clear();
            return Err(kind.into());
        }
        let Inode { bytes, durable, dirty } = state.inodes.get_mut(&self.inode).unwrap();
        durable.resize(bytes.len(), 0);
        for sector in std::mem::take(dirty) {
            let (from, to) = (sector * SECTOR, ((sector + 1) * SECTOR).min(bytes.len()));
            if from < to {
                durable[from..to].copy_from_slice(&bytes[from..to]);
            }
        }
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state().inodes[&self.inode].bytes.len() as u64)
    }
}

/// A small generator of numbers that repeat with their seed (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Returns the next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `n`, which is above 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}
