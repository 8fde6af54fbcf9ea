//! Rows of JSON Lines, or of a JSON array.

use std::io::{self, BufRead, Read};

use super::{Fields, MAX_ROW, RowError};

/// Reads a row from each line that is not empty.
pub(super) fn lines(mut input: impl BufRead) -> impl Iterator<Item = Result<(u64, Fields), RowError>> {
    let (mut line, mut bytes, mut has_failed) = (0, Vec::new(), false);
    std::iter::from_fn(move || {
        loop {
            bytes.clear();
            match (&mut input).take(MAX_ROW + 1).read_until(b'\n', &mut bytes) {
                Ok(0) => return None,
                Ok(_) if has_failed => return None,
                Err(error) => {
                    has_failed = true;
                    return Some(Err(RowError::Io(error)));
                }
                Ok(_) => line += 1,
            }
            if bytes.len() as u64 > MAX_ROW {
                has_failed = true;
                return Some(Err(too_long(line)));
            }
            if !bytes.trim_ascii().is_empty() {
                return Some(parse(line, &bytes));
            }
        }
    })
}

/// Reads a row from each item of an array.
pub(super) fn items(input: impl BufRead) -> impl Iterator<Item = Result<(u64, Fields), RowError>> {
    let mut items = Items { bytes: input.bytes(), line: 1, place: Place::Before };
    std::iter::from_fn(move || {
        let item = items.next()?;
        if item.is_err() {
            items.place = Place::Failed;
        }
        Some(item.and_then(|(line, bytes)| parse(line, &bytes)))
    })
}

fn parse(line: u64, bytes: &[u8]) -> Result<(u64, Fields), RowError> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        // A struct can be read from an array too.
        return Err(RowError::Invalid { line, reason: "is not an object".to_owned() });
    }
    let fields = serde_json::from_slice(bytes);
    fields.map(|fields| (line, fields)).map_err(|error| RowError::Invalid { line, reason: error.to_string() })
}

fn too_long(line: u64) -> RowError {
    RowError::Invalid { line, reason: format!("is longer than {MAX_ROW} bytes") }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Before,
    /// After the opening bracket.
    First,
    /// After a comma.
    Next,
    /// After an object.
    Item,
    After,
    Failed,
}

/// The items of an array, each as JSON text. Only the current one is in memory.
struct Items<R> {
    bytes: io::Bytes<R>,
    line: u64,
    place: Place,
}

impl<R: Read> Items<R> {
    fn next(&mut self) -> Option<Result<(u64, Vec<u8>), RowError>> {
        if self.place == Place::Failed {
            return None;
        }
        loop {
            let byte = match self.byte() {
                Ok(Some(byte)) => byte,
                Ok(None) if self.place == Place::After => return None,
                Ok(None) => return Some(Err(self.cut_off())),
                Err(error) => return Some(Err(error)),
            };
            match (byte, self.place) {
                (b' ' | b'\t' | b'\r' | b'\n', _) => {}
                (b'[', Place::Before) => self.place = Place::First,
                (b',', Place::Item) => self.place = Place::Next,
                (b']', Place::First | Place::Item) => self.place = Place::After,
                (b'{', Place::First | Place::Next) => {
                    self.place = Place::Item;
                    return Some(self.object());
                }
                (_, Place::After) => return Some(Err(self.invalid("has text after the closing bracket"))),
                (_, Place::Item) => return Some(Err(self.invalid("a comma is missing after an object"))),
                _ => return Some(Err(self.invalid("is not an object"))),
            }
        }
    }

    /// Reads to the brace that closes an object.
    fn object(&mut self) -> Result<(u64, Vec<u8>), RowError> {
        let (line, mut object) = (self.line, vec![b'{']);
        let (mut depth, mut is_text, mut is_escaped) = (1, false, false);
        while depth > 0 {
            let byte = self.byte()?.ok_or_else(|| self.cut_off())?;
            object.push(byte);
            if object.len() as u64 > MAX_ROW {
                return Err(too_long(line));
            }
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_text => is_escaped = true,
                b'"' => is_text = !is_text,
                b'{' | b'[' if !is_text => depth += 1,
                b'}' | b']' if !is_text => depth -= 1,
                _ => {}
            }
        }
        Ok((line, object))
    }

    fn byte(&mut self) -> Result<Option<u8>, RowError> {
        let byte = self.bytes.next().transpose().map_err(RowError::Io)?;
        if byte == Some(b'\n') {
            self.line += 1;
        }
        Ok(byte)
    }

    fn cut_off(&self) -> RowError {
        self.invalid("the array ends before its closing bracket: is the file complete?")
    }

    fn invalid(&self, reason: &str) -> RowError {
        RowError::Invalid { line: self.line, reason: reason.to_owned() }
    }
}
