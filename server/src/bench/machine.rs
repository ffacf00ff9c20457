//! What the figures were measured on: a figure without its machine says nothing.

use std::path::Path;

/// Returns processor, cores, memory, kernel and the file system of `dir`, in one line.
pub(super) fn describe(dir: &Path) -> String {
    let cpu = read("/proc/cpuinfo")
        .lines()
        .find_map(|l| Some(l.strip_prefix("model name")?.split_once(':')?.1.trim().to_owned()));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory_kb: u64 = number_after(&read("/proc/meminfo"), "MemTotal:");
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{}, {cores} cores, {} GiB, Linux {}, {}",
        cpu.unwrap_or_else(|| "unknown processor".to_owned()),
        memory_kb >> 20,
        kernel.trim(),
        file_system(dir)
    )
}

/// Returns the type of the file system that holds `dir`, such as `ext4`; `unknown` where the system does not tell.
pub(super) fn file_system(dir: &Path) -> String {
    let path = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    let mounts = read("/proc/self/mounts");
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ');
            let (point, kind) = (fields.nth(1)?, fields.next()?);
            path.starts_with(point).then(|| (point.len(), kind.to_owned()))
        })
        .max()
        .map_or_else(|| "unknown".to_owned(), |(_, kind)| kind)
}

/// Returns how long the threads of this process have been on a core; zero where the system does not tell. Beside a busy
/// neighbour it says more than the clock on the wall.
pub(super) fn on_core() -> std::time::Duration {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return std::time::Duration::ZERO };
    let of = |entry: std::fs::DirEntry| -> u64 {
        let text = std::fs::read_to_string(entry.path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
    };
    std::time::Duration::from_nanos(threads.filter_map(Result::ok).map(of).sum())
}

/// Returns the present and the highest resident memory of process `pid` in MiB; 0 where the system does not tell.
pub(super) fn resident_mib(pid: u32) -> (u64, u64) {
    let status = read(&format!("/proc/{pid}/status"));
    (number_after(&status, "VmRSS:") >> 10, number_after(&status, "VmHWM:") >> 10)
}

/// Returns the bytes of all files below `dir` whose name `counts`.
pub(super) fn bytes_below(dir: &Path, counts: &dyn Fn(&str) -> bool) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(m) if m.is_dir() => bytes_below(&entry.path(), counts),
            // Blocks in use, not length: segments are made ahead of time.
            Ok(m) if counts(&entry.file_name().to_string_lossy()) => m.blocks() * 512,
            _ => 0,
        })
        .sum()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn number_after(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|l| l.strip_prefix(name));
    line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok()).unwrap_or(0)
}
