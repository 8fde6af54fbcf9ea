//! The pager for long tables.

use std::io::Write;
use std::process::{Command, Stdio};

/// Shows a text in the pager of the variable `PAGER`. Default: `less`. Returns false if it could not be started.
pub(super) fn show(text: &str) -> bool {
    let pager = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let pager = pager.unwrap_or_else(|| "less".to_owned());
    let mut words = pager.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // Quit if it fits, keep colours, leave the text on the screen.
        command.env("LESS", "FRX");
    }
    let Ok(mut process) = command.spawn() else { return false };
    if let Some(mut stdin) = process.stdin.take() {
        // Writing fails if the user quits the pager.
        let _ = stdin.write_all(text.as_bytes());
    }
    let _ = process.wait();
    true
}
