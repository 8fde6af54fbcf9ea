//! The workspace's files.

use std::path::{Path, PathBuf};

/// The spec's path in the workspace.
pub(crate) const SPEC: &str = "spec/incident-tasks.openapi.json";

/// Returns the workspace's root, independent of the current folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).map_or_else(PathBuf::new, Path::to_owned)
}

/// Reads a file with LF line ends, to which it converts those of a checkout on another system.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}
