//! The pager for long tables.

use std::io::Write;
use std::process::{Command, Stdio};

/// Shows a text in the pager of the variable `PAGER`. Default: `less`. Returns false if it could not be started.
pub(super) fn show(text: &str) -> bool {
    let pager = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let pager = pager.unwrap_or_else(|| "less".to_owned());
    let mut command = command(&pager);
    command.stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // Quit if it fits, keep colours, leave the text on the screen.
        command.env("LESS", "FRX");
    }
    let Ok(mut process) = command.spawn() else { return false };
    if let Some(mut stdin) = process.stdin.take() {
        // Writing fails if the user quits the pager.
        let _ = stdin.write_all(text.as_bytes());
    }
    // A shell ends with these if it cannot run the command.
    !matches!(process.wait().map(|status| status.code()), Ok(Some(126 | 127)))
}

/// Returns the command of a pager, which may have quotes and arguments.
fn command(pager: &str) -> Command {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut command = Command::new(shell);
    command.args([flag, pager]);
    command
}
