//! `cargo xtask regenerate [--check]`.

use std::path::Path;

use similar::TextDiff;

use crate::output::eprint_line;
use crate::workspace::{Spec, read, root, write};

pub(crate) fn run(check: bool) -> Result<(), String> {
    let root = root();
    let mut stale = Vec::new();
    for spec in Spec::all()? {
        let text = read(&root.join(spec.path()))?;
        let generated = msgraph_codegen::generate(&text).map_err(|error| format!("{}:\n{error}", spec.path()))?;
        for (name, contents) in [("api.rs", &generated.source), (spec.file().as_str(), &text)] {
            let path = format!("{}/{name}", spec.generated());
            if !is_current(&root.join(&path), &path, contents, check)? {
                stale.push(path);
            }
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
    write(path, contents)?;
    eprint_line(&format!("wrote {name}"));
    Ok(true)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_snapshot_is_what_a_build_generates() {
        // A build script generates with the same function.
        assert_eq!(super::run(true), Ok(()));
    }
}
