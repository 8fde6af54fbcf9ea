//! `cargo xtask ci`: the checks that gate a merge, the fastest first.

use crate::cargo::{cargo, cargo_with, require, succeeds};
use crate::output::eprint_line;
use crate::regenerate;

const STEPS: [&str; 7] = [
    "fmt --all --check",
    "xtask spec lint",
    "clippy --workspace --all-targets --features conformance/soak,msgraph-incident-tasks-cli/login -- -D warnings",
    "test --workspace",
    "test -p msgraph-incident-tasks-cli --features login -- login",
    // With the features of a user's build, and the snapshot as it is published.
    "test -p msgraph-core -p msgraph-incident-tasks",
    // Without verification: cargo would build what an earlier run unpacked.
    "package --workspace --exclude bench --exclude conformance --exclude generated-code --exclude msgraph-spec \
     --exclude resources --exclude shared-features --exclude xtask --allow-dirty --no-verify",
];

pub(crate) fn run() -> Result<(), String> {
    regenerate::run(true)?;
    STEPS.into_iter().try_for_each(|step| cargo(&step.split(' ').collect::<Vec<_>>()))?;
    cargo_with(&["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")])?;
    deny()
}

/// Checks the dependencies if cargo-deny is installed, which contributors do not need.
fn deny() -> Result<(), String> {
    if let Err(message) = require("deny", "cargo-deny") {
        eprint_line(&format!("--- deny.toml is not checked: {message}"));
        return Ok(());
    }
    cargo(&["deny", "--workspace", "check", "bans", "licenses", "sources"])?;
    if !succeeds(&["deny", "fetch", "db"]) {
        eprint_line("--- advisories are not checked: their database cannot be fetched");
        return Ok(());
    }
    cargo(&["deny", "--workspace", "check", "advisories"])
}
