//! `cargo xtask regenerate [--check]`.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::{public_api, report};

pub(crate) const FRAGMENT: &str = "spec/incident-tasks.openapi.json";
const GENERATED: &str = "crates/msgraph-incident-tasks-api/src/generated";

pub(crate) fn run(check: bool) -> Result<(), String> {
    let root = root();
    let fragment = read(&root.join(FRAGMENT))?;
    let generated = msgraph_codegen::generate(&fragment).map_err(|error| format!("{FRAGMENT}{error}"))?;
    let outputs = [("client.rs", generated.source), ("incident-tasks.openapi.json", fragment)];
    let mut stale = Vec::new();
    for (name, contents) in outputs {
        let path = format!("{GENERATED}/{name}");
        if !is_current(&root.join(&path), &path, &contents, check)? {
            stale.push(path);
        }
    }
    // After the snapshot, whose API is one of them.
    for (library, listing) in public_api::listings(&root)? {
        let path = format!("xtask/public-api/{library}.txt");
        if !is_current(&root.join(&path), &path, &listing, check)? {
            stale.push(path);
        }
    }
    match stale.is_empty() {
        true => Ok(()),
        false => Err(format!("stale: {}; run `cargo xtask regenerate`", stale.join(", "))),
    }
}

/// Writes a file unless it is the same; when checking, shows the difference instead.
fn is_current(path: &Path, name: &str, contents: &str, check: bool) -> Result<bool, String> {
    let before = read(path).unwrap_or_default();
    if before == contents {
        return Ok(true);
    }
    if check {
        let diff = TextDiff::from_lines(before.as_str(), contents);
        report(&diff.unified_diff().header(name, "what it should be").to_string());
        return Ok(false);
    }
    std::fs::write(path, contents).map_err(|error| format!("{}: {error}", path.display()))?;
    report(&format!("wrote {name}"));
    Ok(true)
}

/// A checkout may have turned line ends into those of another system.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}

/// The workspace's root, wherever the task is run from.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).map_or_else(PathBuf::new, Path::to_owned)
}
