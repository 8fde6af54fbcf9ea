//! `cargo xtask spec slice`.

use std::path::Path;

use msgraph_spec::{Upstream, slice};

use crate::output::{eprint_line, print_line};
use crate::workspace::{read, write};

/// Prints the spec, or writes it to a file, and reports what is to be done by hand.
pub(super) fn run(upstream: &Path, paths: &[String], writable: &[String], output: Option<&Path>) -> Result<(), String> {
    let text = read(upstream)?;
    let error = |error| format!("{}: {error}", upstream.display());
    let sliced = slice(&Upstream::parse(&text).map_err(error)?, paths, writable).map_err(error)?;
    match output {
        Some(file) => {
            let name = file.file_name().ok_or_else(|| format!("{}: not a file", file.display()))?;
            write(file, &sliced.text)?;
            write(&file.with_file_name("upstream").join(name), &sliced.record)?;
        }
        None => print_line(sliced.text.trim_end()),
    }
    for line in &sliced.left_out {
        eprint_line(&format!("left out: {line}"));
    }
    for pointer in &sliced.unwritten {
        eprint_line(&format!("to write: {pointer}"));
    }
    eprint_line(&format!("{} texts to write", sliced.unwritten.len()));
    if let Err(error) = msgraph_codegen::generate(&sliced.text) {
        eprint_line(&format!("codegen does not support this yet: {error}"));
    }
    Ok(())
}
