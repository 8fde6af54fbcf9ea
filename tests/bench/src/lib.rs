//! The cost of the client compared with plain reqwest.

pub mod budgets;
pub mod implementations;
pub mod measure;
pub mod payloads;
pub mod programs;
pub mod server;
pub mod table;

/// Any error.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Prints a line of a result.
pub fn print_line(line: &str) {
    use std::io::Write;

    // A closed stdout is ignored.
    let _ = writeln!(std::io::stdout(), "{line}");
}
