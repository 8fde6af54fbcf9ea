//! The whole of a build script.

#![allow(clippy::print_stdout, reason = "cargo reads the instructions of a build script from there")]

use std::path::{Path, PathBuf};

use crate::generate;

/// Generates the operations and types of a spec in a build script: writes `<name>.rs` to `OUT_DIR` for
/// `<name>.openapi.json`. The path is relative to the package; if there is no such file, since a package was published
/// without what is around it, the copy in `src/generated` is read.
///
/// Warns if the snapshot in `src/generated` is stale. If nothing can be generated, reports the error and ends the
/// process.
pub fn build(spec: &str) {
    if let Err(message) = run(Path::new(spec)) {
        println!("cargo::error={}", message.replace('\n', "\ncargo::error="));
        std::process::exit(1);
    }
}

fn run(spec: &Path) -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).map(PathBuf::from).map_err(|error| format!("{name}: {error}"));
    let package = variable("CARGO_MANIFEST_DIR")?;
    let name = spec.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let generated = package.join("src/generated");
    let (copy, snapshot) = (generated.join(name), generated.join("api.rs"));
    let original = package.join(spec);
    let source = if original.exists() { &original } else { &copy };
    let error = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(source).map_err(|found| error(source, found))?;
    let code = generate(&text).map_err(|error| format!("{name}:\n{error}"))?.source;
    println!("cargo::rerun-if-changed={}", source.display());
    if generated.exists() {
        let is_current = |path: &Path, contents: &str| {
            println!("cargo::rerun-if-changed={}", path.display());
            std::fs::read_to_string(path).is_ok_and(|text| text == contents)
        };
        if !is_current(&snapshot, &code) || !is_current(&copy, &text) {
            println!("cargo::warning=src/generated is stale: run `cargo xtask regenerate`");
        }
    }
    let stem = name.split('.').next().unwrap_or_default();
    let output = variable("OUT_DIR")?.join(stem).with_extension("rs");
    std::fs::write(&output, code).map_err(|found| error(&output, found))
}
