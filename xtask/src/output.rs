//! Prints results to stdout, progress and errors to stderr.

use std::io::Write;
use std::process::ExitCode;

/// Prints a line of a task's result to stdout. A reader that has seen enough, such as `head`, does not end the task.
pub(crate) fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints a line of progress or an error to stderr.
#[expect(clippy::print_stderr, reason = "tasks talk to a terminal")]
pub(crate) fn eprint_line(line: &str) {
    eprintln!("{line}");
}

/// Prints the error of a failed task, and returns the task's exit code.
pub(crate) fn exit_code(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprint_line(&message);
            ExitCode::FAILURE
        }
    }
}
