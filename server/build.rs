//! Tells the linker where a prebuilt DuckDB library lies, so that tests and the binary find it when they run: in the
//! folder it was linked from, else beside the executable. With the feature `bundled` DuckDB is part of the binary.
//!
//! Embeds what `dashboard/dist` holds, where the dashboard was built; this program never builds it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    embed_dashboard();
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    if std::env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        return;
    }
    if let Ok(folder) = std::env::var("DUCKDB_LIB_DIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN");
}

/// Writes a table of the dashboard's files by their path, in the order of their paths; an empty one where it was not
/// built. `scripts/build-dashboard` touches this file, so that a first build of it is noticed.
fn embed_dashboard() {
    println!("cargo:rerun-if-changed=build.rs");
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dashboard/dist");
    let mut files = Vec::new();
    if dist.join("index.html").exists() {
        println!("cargo:rerun-if-changed={}", dist.display());
        list(&dist, &mut files);
        files.sort();
    }
    let mut table = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&dist).expect("it was found there").display().to_string();
        writeln!(table, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())
            .expect("a string takes all");
    }
    table.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it")).join("dashboard.rs");
    std::fs::write(&out, table).unwrap_or_else(|error| panic!("failed to write `{}`: {error}", out.display()));
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("failed to read `{}`: {e}", folder.display()));
    for path in entries.map(|entry| entry.expect("an entry can be read").path()) {
        if path.is_dir() {
            list(&path, files);
        } else {
            files.push(path);
        }
    }
}
