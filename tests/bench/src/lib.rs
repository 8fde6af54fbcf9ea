//! What the client costs, beside plain reqwest.

pub mod budgets;
pub mod implementations;
pub mod measure;
pub mod payloads;
pub mod programs;
pub mod server;
pub mod table;

/// Whatever goes wrong.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Prints a line of a result.
pub fn say(line: &str) {
    use std::io::Write;

    // Nothing depends on whether anyone reads it.
    let _ = writeln!(std::io::stdout(), "{line}");
}
