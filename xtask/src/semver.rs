//! `cargo xtask semver [REV]`: breaking changes of the published libraries since a release.

use std::process::Command;

use crate::cargo::{cargo, require};
use crate::output::eprint_line;
use crate::workspace::root;

const LIBRARIES: [&str; 5] = [
    "msgraph-codegen",
    "msgraph-core",
    "msgraph-incident-tasks",
    "msgraph-incident-tasks-api",
    "msgraph-incident-tasks-emulator",
];

pub(crate) fn run(revision: Option<String>) -> Result<(), String> {
    let Some(revision) = revision.or_else(last_tag) else {
        eprint_line("nothing to compare with: there is no tag yet, and no revision was given");
        return Ok(());
    };
    require("semver-checks", "cargo-semver-checks")?;
    let packages = LIBRARIES.into_iter().flat_map(|library| ["--package", library]);
    let arguments = ["semver-checks", "--baseline-rev", &revision].into_iter().chain(packages);
    cargo(&arguments.collect::<Vec<_>>())
}

fn last_tag() -> Option<String> {
    let output = Command::new("git").args(["describe", "--tags", "--abbrev=0"]).current_dir(root()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
