//! Rows of comma-separated values.

use std::cell::RefCell;
use std::collections::VecDeque;
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
    let lines = Rc::new(RefCell::new(Lines { left: MAX_ROW, line: 1, at_start: true, ..Lines::default() }));
    let input = Observed { input, lines: Rc::clone(&lines) };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let headers = reader.headers().map_err(|error| Failure::Usage(format!("line 1: {error}")))?.clone();
    let columns = |name: &str| -> Vec<_> {
        let is_named = |(_, header): &(usize, &str)| header.trim().eq_ignore_ascii_case(name);
        headers.iter().enumerate().filter(is_named).map(|(index, _)| index).collect()
    };
    let (ids, statuses) = (columns("id"), columns("status"));
    if ids.len() > 1 || statuses.len() > 1 {
        return Err(Failure::Usage("the first line names the column id or status twice".to_owned()));
    }
    let (id, status) = (ids.first().copied(), statuses.first().copied());
    let width = headers.len();
    let (Some(id), true) = (id, status.is_some() || has_status) else {
        let found: Vec<_> = headers.iter().collect();
        let found = one_line(&found.join(","));
        return Err(Failure::Usage(format!(
            "the first line must name the columns id and status, separated by commas; it is {found:?}"
        )));
    };
    let mut record = csv::StringRecord::new();
    let mut has_failed = false;
    Ok(std::iter::from_fn(move || {
        if has_failed {
            return None;
        }
        lines.borrow_mut().left = MAX_ROW;
        let begin = reader.position().byte();
        match reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let line = lines.borrow_mut().at(begin);
                if let Some(reason) = problem(&record, width, &lines.borrow()) {
                    return Some(Err(RowError::Invalid { line, reason }));
                }
                let field = |index: usize| record.get(index).map(str::trim).filter(|text| !text.is_empty());
                let field = |index: usize| field(index).map(str::to_owned);
                Some(Ok((line, Fields { id: field(id).map(Value::String), status: status.and_then(field) })))
            }
            Err(error) => {
                has_failed = true;
                let line = lines.borrow_mut().at(begin);
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

/// Returns what is wrong with a record of a file whose first line names `width` columns.
fn problem(record: &csv::StringRecord, width: usize, lines: &Lines) -> Option<String> {
    if lines.has_open_quote_at_end() {
        return Some("a quoted field does not end: is the file complete?".to_owned());
    }
    let has_more = record.iter().skip(width).any(|field| !field.trim().is_empty());
    has_more.then(|| {
        let fields = record.len();
        format!("has {fields} fields, but the first line names {width} columns: quote a field that has a comma")
    })
}

/// The beginnings of the lines that were read ahead, and the bytes of the row that may still be read.
#[derive(Default)]
struct Lines {
    left: u64,
    offset: u64,
    line: u64,
    at_start: bool,
    /// The offset and number of each line that is not empty.
    starts: VecDeque<(u64, u64)>,
    quote: Quote,
    is_end: bool,
}

/// The place within a field, of the last byte that was read.
#[derive(Clone, Copy, Default, PartialEq)]
enum Quote {
    #[default]
    Start,
    Unquoted,
    Quoted,
    /// After a quotation mark that ends the field, or is the first of two.
    Closed,
}

impl Quote {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Start | Self::Closed, b'"') => Self::Quoted,
            (Self::Quoted, b'"') => Self::Closed,
            (Self::Quoted, _) => Self::Quoted,
            (_, b',' | b'\n' | b'\r') => Self::Start,
            _ => Self::Unquoted,
        }
    }
}

impl Lines {
    fn add(&mut self, bytes: &[u8]) {
        self.left = self.left.saturating_sub(bytes.len() as u64);
        self.is_end |= bytes.is_empty();
        for byte in bytes {
            self.quote = self.quote.after(*byte);
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.at_start = true;
                }
                b'\r' => {}
                _ if self.at_start => {
                    self.starts.push_back((self.offset, self.line));
                    self.at_start = false;
                }
                _ => {}
            }
            self.offset += 1;
        }
    }

    /// Returns true if the input has ended within a quoted field, which then has all rows from its own on.
    fn has_open_quote_at_end(&self) -> bool {
        self.is_end && self.quote == Quote::Quoted
    }

    /// Returns the line of the record that begins at or after an offset. (`csv` reports a position before the empty
    /// lines that precede a record, and before the LF of a CRLF.)
    fn at(&mut self, offset: u64) -> u64 {
        while self.starts.front().is_some_and(|(start, _)| *start < offset) {
            self.starts.pop_front();
        }
        self.starts.front().map_or(self.line, |(_, line)| *line)
    }
}

/// Observes the bytes that are read, and fails if a row is too long.
struct Observed<R> {
    input: R,
    lines: Rc<RefCell<Lines>>,
}

impl<R: Read> Read for Observed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut lines = self.lines.borrow_mut();
        if lines.left == 0 {
            let message = format!("is longer than {MAX_ROW} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let count = self.input.read(buffer)?;
        lines.add(&buffer[..count]);
        Ok(count)
    }
}
