//! Rows of comma-separated values.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use serde_json::Value;

use super::{Fields, MAX_ROW, RowError};
use crate::failure::Failure;
use crate::text::one_line;

/// Reads the header, then each record.
pub(super) fn rows(
    input: impl Read + 'static,
    has_status: bool,
) -> Result<impl Iterator<Item = Result<(u64, Fields), RowError>>, Failure> {
    let left = Rc::new(Cell::new(MAX_ROW));
    let input = Bounded { input, left: Rc::clone(&left) };
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(input);
    let headers = reader.headers().map_err(|error| Failure::Usage(format!("line 1: {error}")))?.clone();
    let column = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name));
    let (id, status) = (column("id"), column("status"));
    let (Some(id), true) = (id, status.is_some() || has_status) else {
        let found: Vec<_> = headers.iter().collect();
        let found = one_line(&found.join(","));
        return Err(Failure::Usage(format!(
            "the first line must name the columns id and status, separated by commas; it is {found:?}"
        )));
    };
    let mut line = reader.position().line();
    let mut record = csv::StringRecord::new();
    let mut has_failed = false;
    Ok(std::iter::from_fn(move || {
        if has_failed {
            return None;
        }
        left.set(MAX_ROW);
        match reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                line = record.position().map_or(line, csv::Position::line);
                let field = |index: usize| record.get(index).filter(|text| !text.is_empty()).map(str::to_owned);
                Some(Ok((line, Fields { id: field(id).map(Value::String), status: status.and_then(field) })))
            }
            Err(error) => {
                has_failed = true;
                let line = error.position().map_or_else(|| reader.position().line(), csv::Position::line);
                let reason = error.to_string();
                Some(Err(match error.into_kind() {
                    csv::ErrorKind::Io(error) if error.kind() != io::ErrorKind::InvalidData => RowError::Io(error),
                    csv::ErrorKind::Io(error) => RowError::Invalid { line, reason: error.to_string() },
                    _ => RowError::Invalid { line, reason },
                }))
            }
        }
    }))
}

/// Ends with an error if a row is too long.
struct Bounded<R> {
    input: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            let message = format!("is longer than {MAX_ROW} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let count = self.input.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(count as u64));
        Ok(count)
    }
}
