//! The rows of a file: CSV, JSON Lines, or a JSON array.

mod csv_rows;
mod json_rows;

use std::io::{self, BufRead};
use std::path::Path;

use clap::ValueEnum;
use msgraph_incident_tasks::IncidentTaskId;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use serde::Deserialize;
use serde_json::Value;

use super::input::Input;
use crate::failure::Failure;
use crate::values;

/// The longest row, in bytes.
const MAX_ROW: u64 = 1 << 20;

/// The format of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum InputFormat {
    /// Comma-separated values; the first line names the columns, id and status among them
    Csv,
    /// A JSON object with id and status on each line
    Jsonl,
    /// A JSON array of objects with id and status
    Json,
}

/// How rows are read.
#[derive(Clone, Debug)]
pub(super) struct RowOptions {
    pub(super) format: Option<InputFormat>,
    /// The status of each row, in place of its own.
    pub(super) status: Option<IncidentTaskStatus>,
    pub(super) allow_unknown_status: bool,
}

/// A requested update.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Its number, from 1.
    pub(super) number: u64,
    /// The line of the file on which it begins, from 1.
    pub(super) line: u64,
    pub(super) id: IncidentTaskId,
    pub(super) status: IncidentTaskStatus,
}

/// Why a row cannot be sent.
#[derive(Debug)]
pub(super) enum RowError {
    Io(io::Error),
    Invalid { line: u64, reason: String },
}

/// The fields of a row.
#[derive(Debug, Deserialize)]
struct Fields {
    id: Option<Value>,
    status: Option<String>,
}

/// The fields of each row, with the row's line.
type FieldRows = Box<dyn Iterator<Item = Result<(u64, Fields), RowError>>>;

/// Reads the rows of a file.
pub(super) fn read(
    input: &Input,
    options: &RowOptions,
) -> Result<impl Iterator<Item = Result<Row, RowError>>, Failure> {
    let fields = fields(input.reader()?, by_name(input.path()), options)?;
    let options = options.clone();
    Ok((1..)
        .zip(fields)
        .map(move |(number, fields)| fields.and_then(|(line, fields)| row(number, line, fields, &options))))
}

fn fields(
    mut input: impl BufRead + 'static,
    by_name: Option<InputFormat>,
    options: &RowOptions,
) -> Result<FieldRows, Failure> {
    let length = byte_order_mark(input.fill_buf()?)?;
    input.consume(length);
    let format = match options.format.or(by_name) {
        Some(format) => format,
        // A CSV header does not begin with a brace or bracket.
        None => match input.fill_buf()?.trim_ascii_start().first() {
            Some(b'{') => InputFormat::Jsonl,
            Some(b'[') => InputFormat::Json,
            _ => InputFormat::Csv,
        },
    };
    Ok(match format {
        InputFormat::Csv => Box::new(csv_rows::rows(input, options.status.is_some())?),
        InputFormat::Jsonl => Box::new(json_rows::lines(input)),
        InputFormat::Json => Box::new(json_rows::items(input)),
    })
}

/// Returns the length of a UTF-8 byte order mark. UTF-16 is an error.
fn byte_order_mark(begin: &[u8]) -> Result<usize, Failure> {
    match begin {
        [0xef, 0xbb, 0xbf, ..] => Ok(3),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            Err(Failure::Usage("the input is UTF-16; it must be UTF-8 (in PowerShell: -Encoding utf8)".to_owned()))
        }
        _ => Ok(0),
    }
}

fn by_name(path: &Path) -> Option<InputFormat> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(InputFormat::Csv),
        "jsonl" | "ndjson" => Some(InputFormat::Jsonl),
        // Some programs write JSON Lines to a .json file.
        _ => None,
    }
}

fn row(number: u64, line: u64, fields: Fields, options: &RowOptions) -> Result<Row, RowError> {
    let invalid = |reason: String| RowError::Invalid { line, reason };
    let id = match fields.id {
        Some(Value::String(id)) if !id.is_empty() => id,
        Some(Value::Number(id)) if id.is_u64() => id.to_string(),
        Some(Value::Number(id)) => {
            return Err(invalid(format!("id {id} must be a text, or a number without sign, fraction and exponent")));
        }
        _ => return Err(invalid("has no id".to_owned())),
    };
    let id: IncidentTaskId = id.parse().map_err(|error: msgraph_incident_tasks::Error| invalid(error.to_string()))?;
    let status = match (&options.status, fields.status) {
        (Some(status), _) => status.clone(),
        (None, None) => return Err(invalid("has no status".to_owned())),
        (None, Some(text)) => {
            let status = values::member(&text);
            let problem = values::problem(&status, options.allow_unknown_status);
            problem.map_or(Ok(status), |problem| Err(invalid(format!("status: {problem}"))))?
        }
    };
    Ok(Row { number, line, id, status })
}

#[cfg(test)]
mod tests {
    use super::{MAX_ROW, RowError, RowOptions, fields, row};

    const OPTIONS: RowOptions = RowOptions { format: None, status: None, allow_unknown_status: false };

    fn read(text: &'static [u8], options: &RowOptions) -> Vec<(u64, String)> {
        let fields = fields(text, None, options).unwrap();
        let rows = (1..).zip(fields).map(|(number, fields)| {
            let row = fields.and_then(|(line, fields)| row(number, line, fields, options));
            match row {
                Ok(row) => (row.line, format!("{} {}", row.id, row.status)),
                Err(RowError::Invalid { line, reason }) => (line, reason),
                Err(RowError::Io(error)) => panic!("{error}"),
            }
        });
        rows.collect()
    }

    fn expected(rows: [(u64, &str); 2]) -> Vec<(u64, String)> {
        rows.map(|(line, text)| (line, text.to_owned())).to_vec()
    }

    #[test]
    fn every_format_is_recognized_and_read_with_the_lines_of_the_file() {
        for (text, lines) in [
            ("id,status\n213213,open\n7,failed\n", [2, 3]),
            ("\u{feff}Title,STATUS,Id\r\n\"a,\nb\", Open ,213213\r\n\r\n,failed,7\r\n", [2, 5]),
            (
                "\u{feff}{\"id\":\"213213\",\"status\":\"OPEN\",\"source\":\"x\"}\r\n\n {\"id\":7,\"status\":\"failed\"}",
                [1, 3],
            ),
            (
                "\u{feff}\n[\n{\"id\":\"213213\",\n\"status\":\"open\",\"x\":\"}\\\"]\"},\n {\"id\":7,\"status\":\"failed\"} ]\n",
                [3, 5],
            ),
        ] {
            let rows = expected([(lines[0], "213213 open"), (lines[1], "7 failed")]);
            assert_eq!(read(text.as_bytes(), &OPTIONS), rows, "{text}");
        }
        assert_eq!(read(b" [ ] ", &OPTIONS), []);
    }

    #[test]
    fn invalid_rows_are_reported_by_line() {
        let rows = read(b"id,status\n,open\n1,\n2,no such\n../3,open\n4,open\n", &OPTIONS);
        for ((line, text), (at, part)) in
            rows.iter().zip([(2, "no id"), (3, "no status"), (4, "allowed are open"), (5, ".."), (6, "4 open")])
        {
            assert!(*line == at && text.contains(part), "{line}: {text}");
        }
        for (text, part) in [
            (&b"{\"id\":1,\"status\":\"open\"}\n{\"id\":"[..], "EOF"),
            (b"[{\"id\":1,\"status\":\"open\"},", "ends before its closing bracket"),
            (b"[{\"id\":1,\"status\":\"open\"}, {\"id\"", "ends before its closing bracket"),
            (b"[{\"id\":1,\"status\":\"open\"} 7]", "a comma is missing"),
            (b"[{\"id\":1,\"status\":\"open\"} {\"id\":2,\"status\":\"open\"}]", "a comma is missing"),
            (b"[,{\"id\":1,\"status\":\"open\"}]", "is not an object"),
            (b"[{\"id\":1,\"status\":\"open\"},]", "is not an object"),
            (b"{\"id\":1,\"status\":\"open\"}\n[\"2\",\"open\"]", "is not an object"),
            (b"{\"id\":1e3,\"status\":\"open\"}", "id 1000.0 must be a text"),
            (b"{\"id\":12345678901234567890123,\"status\":\"open\"}", "must be a text"),
            (b"{\"id\":-1,\"status\":\"open\"}", "must be a text"),
            (b"id,status,title\n1,open,\"5 inch\n2,open,b\n3,open,c\n", "a quoted field does not end"),
            (b"id,status\n1,\"open", "a quoted field does not end"),
            (b"id,title,status\n1,a,open,completed\n", "has 4 fields, but the first line names 3 columns"),
            (b"[{\"id\":1,\"status\":\"open\"}] 7", "after the closing bracket"),
        ] {
            assert!(read(text, &OPTIONS).last().unwrap().1.contains(part), "{text:?}: {:?}", read(text, &OPTIONS));
        }
    }

    #[test]
    fn quotation_marks_and_short_or_padded_rows_are_read() {
        let text = b"id,status,title,more\n1,open,\"a \"\"b\"\",\n\",x\n2,open,5\" disk\n3,open,c,x,,\n4,open,\"\"";
        let ids: Vec<_> = read(text, &OPTIONS).into_iter().map(|(_, row)| row).collect();
        assert_eq!(ids, ["1 open", "2 open", "3 open", "4 open"]);
    }

    #[test]
    fn a_row_without_end_does_not_fill_memory() {
        for begin in ["id,status\n\"", "{\"id\":\"", "[{\"id\":\""] {
            let text = [begin.as_bytes(), &vec![b'x'; 3 * MAX_ROW as usize]].concat();
            let rows = read(text.leak(), &OPTIONS);
            assert!(rows.last().unwrap().1.contains("is longer than"), "{begin}: {}", rows.last().unwrap().1);
        }
    }

    #[test]
    fn a_status_for_all_rows_needs_no_column() {
        let options = RowOptions { status: Some("open".into()), ..OPTIONS };
        assert_eq!(read(b"id\n1\n2\n", &options), expected([(2, "1 open"), (3, "2 open")]));
        assert_eq!(read(b"{\"id\":1,\"status\":\"failed\"}", &options), [(1, "1 open".to_owned())]);
    }

    #[test]
    fn an_unusable_file_is_rejected_by_name() {
        for text in ["", "213213,completed\n", "id;status\n1;open\n", "id\n1\n"] {
            let Err(failure) = fields(text.as_bytes(), None, &OPTIONS) else { panic!("{text}") };
            assert!(failure.to_string().contains("id and status"), "{failure}");
        }
        for text in ["id,status,ID\n", "status,id,Status\n"] {
            let Err(failure) = fields(text.as_bytes(), None, &OPTIONS) else { panic!("{text}") };
            assert!(failure.to_string().contains("twice"), "{failure}");
        }
        for text in [&b"\xff\xfei\0d\0"[..], b"\xfe\xff\0i\0d"] {
            let Err(failure) = fields(text, None, &OPTIONS) else { panic!("{text:?}") };
            assert!(failure.to_string().contains("UTF-16"), "{failure}");
        }
    }
}
