//! Writing to stdout.

use std::io::{self, Write};

use crate::failure::Failure;

/// Prints a text as it is.
pub(crate) fn print_text(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Prints a line.
pub(crate) fn print_line(line: &str) -> Result<(), Failure> {
    print_text(&format!("{line}\n"))
}

/// Prints a text that may have colours.
pub(super) fn print_styled(text: &str) -> Result<(), Failure> {
    // On an old Windows console colours are calls, not text.
    written(anstream::stdout().lock().write_all(text.as_bytes()))
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::ClosedStdout),
        Err(error) => Err(io::Error::new(error.kind(), format!("stdout: {error}")).into()),
        Ok(()) => Ok(()),
    }
}
