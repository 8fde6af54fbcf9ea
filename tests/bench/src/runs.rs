//! The runs.

pub(crate) mod codec;
pub(crate) mod programs;
pub(crate) mod requests;
pub(crate) mod single;

use std::path::PathBuf;
use std::process::Command;

use bench::Error;
use bench::implementations::Implementation;

/// Returns the output of a part of this program, run as its own process.
pub(crate) fn part(arguments: &[&str]) -> Result<String, Error> {
    printed(Command::new(std::env::current_exe()?).args(arguments))
}

/// Returns the output of a command.
pub(crate) fn printed(command: &mut Command) -> Result<String, Error> {
    let output = command.output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

/// Returns the program of one implementation.
pub(crate) fn program_of(implementation: Implementation) -> Result<PathBuf, Error> {
    sibling(&format!("implementation-{}", implementation.name()))
}

/// Returns a program that is built next to this one.
pub(crate) fn sibling(name: &str) -> Result<PathBuf, Error> {
    Ok(std::env::current_exe()?.with_file_name(name).with_extension(std::env::consts::EXE_EXTENSION))
}
