//! `cargo xtask ci`: what gates a landing, in the order in which it fails fastest.

use std::process::Command;
use std::time::Instant;

use crate::report;

const STEPS: [&[&str]; 9] = [
    &["fmt", "--all", "--check"],
    &["xtask", "regenerate", "--check"],
    &["xtask", "spec", "lint"],
    &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    &["test", "--workspace"],
    // Alone, these have the features that a user's build has: the snapshot, and nothing of the CLI.
    &["test", "-p", "conformance"],
    &["test", "-p", "msgraph-core", "-p", "msgraph-incident-tasks"],
    &["doc", "--workspace", "--no-deps"],
    // Without verification: cargo keeps what it unpacked of an earlier run, and would build that.
    &[
        "package",
        "--workspace",
        "--exclude",
        "bench",
        "--exclude",
        "conformance",
        "--exclude",
        "msgraph-spec",
        "--exclude",
        "xtask",
        "--allow-dirty",
        "--no-verify",
    ],
];

pub(crate) fn run() -> Result<(), String> {
    STEPS.into_iter().try_for_each(cargo)
}

/// Runs cargo, and says how long it took.
pub(crate) fn cargo(arguments: &[&str]) -> Result<(), String> {
    let line = format!("cargo {}", arguments.join(" "));
    report(&format!("==> {line}"));
    let started = Instant::now();
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .envs(arguments.starts_with(&["doc"]).then_some(("RUSTDOCFLAGS", "-D warnings")))
        .status()
        .map_err(|error| format!("{line}: {error}"))?;
    if !status.success() {
        return Err(format!("{line} failed ({status})"));
    }
    report(&format!("<== {line}: {} s", started.elapsed().as_secs()));
    Ok(())
}
