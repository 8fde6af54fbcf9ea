//! The project's files, for tests of their contents.

use std::path::{Path, PathBuf};

/// Returns the project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns each file with an extension below a folder of the project, except those that a build makes.
///
/// # Panics
///
/// If a folder cannot be read.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root().join(folder), extension, &mut found);
    found
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("a file can be listed").path();
        let is_made = path.ends_with("target") || path.ends_with(".git");
        if path.is_dir() && !is_made {
            collect(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}
