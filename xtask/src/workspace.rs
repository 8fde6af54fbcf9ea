//! The workspace's files.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The decisions about all specs.
pub(crate) const DECISIONS: &str = "spec/decisions.toml";

/// The end of the name of a spec's file.
const SPEC: &str = ".openapi.json";

/// A spec with what belongs to it: `spec/<name>.openapi.json`, the record of upstream in `spec/upstream`, and the crate
/// `msgraph-<name>-api`. The paths are those in the workspace.
pub(crate) struct Spec(String);

impl Spec {
    /// Returns the specs, or the one that is named.
    pub(crate) fn named(name: Option<&str>) -> Result<Vec<Self>, String> {
        let all = Self::all()?;
        let names = || all.iter().map(|spec| spec.0.as_str()).collect::<Vec<_>>().join(", ");
        if let Some(name) = name.filter(|name| !all.iter().any(|spec| spec.0 == *name)) {
            return Err(format!("unknown spec {name:?}: must be one of {}", names()));
        }
        Ok(all.into_iter().filter(|spec| name.is_none_or(|name| name == spec.0)).collect())
    }

    /// Returns all specs, sorted by name: each `spec/<name>.openapi.json`.
    pub(crate) fn all() -> Result<Vec<Self>, String> {
        let directory = root().join("spec");
        let error = |error| format!("{}: {error}", directory.display());
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&directory).map_err(error)? {
            let file = entry.map_err(error)?.file_name();
            names.extend(file.to_str().and_then(|file| file.strip_suffix(SPEC)).map(str::to_owned));
        }
        names.sort();
        Ok(names.into_iter().map(Self).collect())
    }

    /// The name of its file.
    pub(crate) fn file(&self) -> String {
        format!("{}{SPEC}", self.0)
    }

    pub(crate) fn path(&self) -> String {
        format!("spec/{}", self.file())
    }

    pub(crate) fn upstream(&self) -> String {
        format!("spec/upstream/{}", self.file())
    }

    /// The directory of the snapshot.
    pub(crate) fn generated(&self) -> String {
        format!("crates/msgraph-{}-api/src/generated", self.0)
    }
}

/// Returns the workspace's root, independent of the current folder. `XTASK_ROOT` is another one, for tests.
pub(crate) fn root() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).map_or_else(PathBuf::new, Path::to_owned);
    std::env::var_os("XTASK_ROOT").map_or_else(own, PathBuf::from)
}

/// Reads a file with LF line ends, to which it converts those of a checkout on another system.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}

/// Writes a file, and the directory that it is in.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    let directory = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    directory.and_then(|()| std::fs::write(path, text)).map_err(|error| format!("{}: {error}", path.display()))
}

/// Returns the file in a git revision.
pub(crate) fn at_revision(revision: &str, path: &str) -> Result<String, String> {
    let object = format!("{revision}:{path}");
    let output = Command::new("git").args(["show", &object]).current_dir(root()).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| format!("{object}: {error}"))
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Returns the last versions of a file in git's history, newest first; none if there is no history.
pub(crate) fn history(path: &str) -> Vec<String> {
    let arguments = ["log", "--max-count=20", "--format=%H", "--", path];
    let output = Command::new("git").args(arguments).current_dir(root()).output();
    let revisions = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    revisions.lines().filter_map(|revision| at_revision(revision, path).ok()).collect()
}
