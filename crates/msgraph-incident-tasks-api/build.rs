//! Generates the operations and types from the spec, if the feature `codegen` is on.

#[cfg(not(feature = "codegen"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}

#[cfg(feature = "codegen")]
fn main() -> std::process::ExitCode {
    match generate() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            error.to_string().lines().for_each(|line| println!("cargo::error={line}"));
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(feature = "codegen")]
fn generate() -> Result<(), Box<dyn std::error::Error>> {
    use std::path::{Path, PathBuf};

    let package = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    // A package cannot reach outside itself: it has a copy of the spec.
    let original = package.join("../../spec/incident-tasks.openapi.json");
    let copy = package.join("src/generated/incident-tasks.openapi.json");
    let snapshot = package.join("src/generated/api.rs");
    let spec = if original.exists() { &original } else { &copy };
    for input in [spec, &copy, &snapshot] {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    let text = std::fs::read_to_string(spec).map_err(|error| format!("{}: {error}", spec.display()))?;
    let generated =
        msgraph_codegen::generate(&text).map_err(|error| format!("incident-tasks.openapi.json:\n{error}"))?;
    let is_current = |path: &Path, contents: &str| std::fs::read_to_string(path).is_ok_and(|text| text == contents);
    if !is_current(&snapshot, &generated.source) || !is_current(&copy, &text) {
        println!("cargo::warning=src/generated is stale: run `cargo xtask regenerate`");
    }
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("api.rs"), generated.source)?;
    Ok(())
}
