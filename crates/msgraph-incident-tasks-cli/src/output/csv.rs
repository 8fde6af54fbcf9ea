//! Comma-separated values ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)).

use std::io;

use serde_json::{Map, Value};

use super::columns::Column;
use super::stdout::print_text;
use crate::failure::Failure;
use crate::text::escaped;

/// Writes records, with a header before the first one.
#[derive(Debug)]
pub(crate) struct Csv {
    pub(super) has_header: bool,
    /// Keeps a spreadsheet from running a cell as a formula.
    pub(super) is_safe: bool,
    /// Escapes control characters for a terminal.
    pub(super) is_terminal: bool,
}

impl Csv {
    pub(super) fn print_task(&mut self, columns: &[Column], task: &Map<String, Value>) -> Result<(), Failure> {
        let record: Vec<_> = columns.iter().map(|column| column.whole(task)).collect();
        print_text(&self.lines(&names(columns), &record)?)
    }

    /// Prints the header if no record was printed.
    pub(super) fn print_header(&mut self, columns: &[Column]) -> Result<(), Failure> {
        if self.has_header { Ok(()) } else { print_text(&self.lines(&names(columns), &[])?) }
    }

    /// Returns the line of a record, after the header if it is the first one.
    pub(crate) fn lines(&mut self, columns: &[&str], record: &[String]) -> Result<String, Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if !self.has_header {
            writer.write_record(columns).map_err(io::Error::from)?;
            self.has_header = true;
        }
        if !record.is_empty() {
            writer.write_record(record.iter().map(|cell| self.cell(cell))).map_err(io::Error::from)?;
        }
        let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(if self.is_terminal { escaped(&text, |c| c == '\n') } else { text.into_owned() })
    }

    fn cell(&self, text: &str) -> String {
        if self.is_safe && is_formula(text) { format!("'{text}") } else { text.to_owned() }
    }
}

fn names(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|column| column.property).collect()
}

/// Returns true if a spreadsheet may run the cell as a formula. See [CSV
/// injection](https://owasp.org/www-community/attacks/CSV_Injection), which lists the full-width forms too.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}
