//! `cargo xtask ci`: what gates a landing, in the order in which it fails fastest.

use std::process::{Command, Stdio};
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
    STEPS.into_iter().try_for_each(cargo)?;
    deny()
}

/// Checks what is depended on, where the tool for it is there: it is none of what a contributor must have.
fn deny() -> Result<(), String> {
    if !succeeds(&["deny", "--version"]) {
        report("--- not checked: deny.toml; `cargo install --locked cargo-deny` brings the tool");
        return Ok(());
    }
    cargo(&["deny", "--workspace", "check", "bans", "licenses", "sources"])?;
    if !succeeds(&["deny", "fetch", "db"]) {
        report("--- not checked: advisories; their database can't be fetched");
        return Ok(());
    }
    cargo(&["deny", "--workspace", "check", "advisories"])
}

/// Whether cargo can do something, quietly.
fn succeeds(arguments: &[&str]) -> bool {
    let output = Command::new(env!("CARGO")).args(arguments).stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success())
}

/// Runs cargo, and says how long it took.
pub(crate) fn cargo(arguments: &[&str]) -> Result<(), String> {
    cargo_with(arguments, &[])
}

/// Runs cargo with more environment variables.
pub(crate) fn cargo_with(arguments: &[&str], variables: &[(&str, &str)]) -> Result<(), String> {
    let line = format!("cargo {}", arguments.join(" "));
    report(&format!("==> {line}"));
    let started = Instant::now();
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .envs(variables.iter().copied())
        .envs(arguments.starts_with(&["doc"]).then_some(("RUSTDOCFLAGS", "-D warnings")))
        .status()
        .map_err(|error| format!("{line}: {error}"))?;
    if !status.success() {
        return Err(format!("{line} failed ({status})"));
    }
    report(&format!("<== {line}: {} s", started.elapsed().as_secs()));
    Ok(())
}
