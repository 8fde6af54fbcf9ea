//! Runs cargo.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::output::eprint_line;
use crate::workspace::root;

/// Runs cargo in the workspace's root, and prints how long it took.
pub(crate) fn cargo(arguments: &[&str]) -> Result<(), String> {
    cargo_with(arguments, &[])
}

/// Runs cargo with more environment variables.
pub(crate) fn cargo_with(arguments: &[&str], variables: &[(&str, &str)]) -> Result<(), String> {
    let line = format!("cargo {}", arguments.join(" "));
    eprint_line(&format!("==> {line}"));
    let started = Instant::now();
    let mut command = Command::new(env!("CARGO"));
    let status = command.args(arguments).envs(variables.iter().copied()).current_dir(root()).status();
    let status = status.map_err(|error| format!("{line}: {error}"))?;
    if !status.success() {
        return Err(format!("{line} failed ({status})"));
    }
    eprint_line(&format!("<== {line}: {} s", started.elapsed().as_secs()));
    Ok(())
}

/// Returns whether a cargo subcommand succeeds; prints nothing.
pub(crate) fn succeeds(arguments: &[&str]) -> bool {
    let output = Command::new(env!("CARGO")).args(arguments).stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success())
}

/// Returns an error that names the command which installs a cargo subcommand, unless it is installed.
pub(crate) fn require(subcommand: &str, package: &str) -> Result<(), String> {
    if succeeds(&[subcommand, "--version"]) {
        Ok(())
    } else {
        Err(format!("cargo {subcommand} is not installed: run `cargo install --locked {package}`"))
    }
}
