//! `cargo xtask regenerate [--check]`.

use std::path::Path;

use similar::TextDiff;

use crate::output::eprint_line;
use crate::workspace::{SPEC, read, root};

const GENERATED: &str = "crates/msgraph-incident-tasks-api/src/generated";

pub(crate) fn run(check: bool) -> Result<(), String> {
    let root = root();
    let spec = read(&root.join(SPEC))?;
    let generated = msgraph_codegen::generate(&spec).map_err(|error| format!("{SPEC}:\n{error}"))?;
    let outputs = [("api.rs", generated.source), ("incident-tasks.openapi.json", spec)];
    let mut stale = Vec::new();
    for (name, contents) in outputs {
        let path = format!("{GENERATED}/{name}");
        if !is_current(&root.join(&path), &path, &contents, check)? {
            stale.push(path);
        }
    }
    if stale.is_empty() { Ok(()) } else { Err(format!("stale: {}; run `cargo xtask regenerate`", stale.join(", "))) }
}

/// Writes a file unless it is the same; with `check`, shows the difference instead.
fn is_current(path: &Path, name: &str, contents: &str, check: bool) -> Result<bool, String> {
    let before = read(path).unwrap_or_default();
    if before == contents {
        return Ok(true);
    }
    if check {
        let diff = TextDiff::from_lines(before.as_str(), contents);
        eprint_line(&diff.unified_diff().header(name, "expected").to_string());
        return Ok(false);
    }
    std::fs::write(path, contents).map_err(|error| format!("{}: {error}", path.display()))?;
    eprint_line(&format!("wrote {name}"));
    Ok(true)
}
