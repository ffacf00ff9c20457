//! Tells the linker where a prebuilt DuckDB library lies, so that tests and the binary find it when they run: in the
//! folder it was linked from, else beside the executable. With the feature `bundled` DuckDB is part of the binary.

fn main() {
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    if std::env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        return;
    }
    if let Ok(folder) = std::env::var("DUCKDB_LIB_DIR") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN");
}
