//! What `apply` reads: CSV or JSON Lines, row by row.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use msgraph_incident_tasks::IncidentTaskId;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use serde::Deserialize;
use serde_json::Value;

use crate::exit::Failure;

/// The form of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// Comma-separated values, with the columns id and status among those of the first line
    Csv,
    /// A JSON object with id and status on each line
    Jsonl,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
}

/// How rows are read.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) format: Option<InputFormat>,
    /// The status of each row, in place of its own.
    pub(crate) status: Option<IncidentTaskStatus>,
    pub(crate) allow_unknown_status: bool,
}

/// An update that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Which it is, counted from 1; headers and empty lines don't count.
    pub(crate) number: u64,
    pub(crate) id: IncidentTaskId,
    pub(crate) status: IncidentTaskStatus,
}

/// A row that can't be sent, and why.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InvalidRow {
    pub(crate) number: u64,
    pub(crate) id: String,
    pub(crate) reason: String,
}

pub(crate) type Rows = Box<dyn Iterator<Item = io::Result<Result<Row, InvalidRow>>> + Send>;

impl Source {
    /// The rows, each checked: by itself, and against those before it.
    pub(crate) fn rows(&self, rules: &Rules) -> Result<Rows, Failure> {
        let (input, by_name): (Box<dyn Read + Send>, _) = match self {
            Self::Stdin => (Box::new(io::stdin()), None),
            Self::File(path) => {
                let file = File::open(path).map_err(|error| about(path, &error))?;
                (Box::new(file), by_name(path))
            }
        };
        rows(BufReader::new(input), by_name, rules)
    }
}

fn rows(
    mut input: impl BufRead + Send + 'static,
    by_name: Option<InputFormat>,
    rules: &Rules,
) -> Result<Rows, Failure> {
    let length = byte_order_mark(input.fill_buf()?)?;
    input.consume(length);
    let format = match rules.format.or(by_name) {
        Some(format) => format,
        // JSON Lines begin with a brace, and no header of CSV does.
        None => match input.fill_buf()?.trim_ascii_start().first() {
            Some(b'{') => InputFormat::Jsonl,
            _ => InputFormat::Csv,
        },
    };
    let fields: Box<dyn Iterator<Item = io::Result<Result<Fields, String>>> + Send> = match format {
        InputFormat::Csv => Box::new(csv_rows(input, rules.status.is_some())?),
        InputFormat::Jsonl => Box::new(json_rows(input)),
    };
    let mut check = Check { rules: rules.clone(), statuses: HashMap::new() };
    let numbered = (1..).zip(fields);
    Ok(Box::new(numbered.map(move |(number, fields)| fields.map(|fields| check.row(number, fields)))))
}

/// How long the byte order mark is that programs on Windows put in front of UTF-8. That of UTF-16 is an error.
fn byte_order_mark(begin: &[u8]) -> Result<usize, Failure> {
    match begin {
        [0xef, 0xbb, 0xbf, ..] => Ok(3),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            Err(Failure::Usage("the input is UTF-16; it must be UTF-8 (in PowerShell: -Encoding utf8)".to_owned()))
        }
        _ => Ok(0),
    }
}

/// What a row says.
#[derive(Debug, Deserialize)]
struct Fields {
    id: Value,
    status: Option<String>,
}

fn csv_rows(
    input: impl Read + Send,
    has_status: bool,
) -> Result<impl Iterator<Item = io::Result<Result<Fields, String>>> + Send, Failure> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(input);
    let headers = reader.headers().map_err(io::Error::from)?.clone();
    let column = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name));
    let (id, status) = (column("id"), column("status"));
    let (Some(id), true) = (id, status.is_some() || has_status) else {
        let found: Vec<_> = headers.iter().collect();
        return Err(Failure::Usage(format!(
            "the first line must name the columns id and status, separated by commas; it has {:?}",
            found.join(",")
        )));
    };
    Ok(reader.into_records().map(move |record| {
        let record = match record {
            Ok(record) => record,
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let field = |index: usize| record.get(index).filter(|text| !text.is_empty()).map(str::to_owned);
        let status = status.and_then(field);
        Ok(Ok(Fields { id: field(id).map_or(Value::Null, Value::String), status }))
    }))
}

fn json_rows(input: impl BufRead + Send) -> impl Iterator<Item = io::Result<Result<Fields, String>>> + Send {
    let lines = input.lines().filter(|line| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    lines.map(|line| line.map(|line| serde_json::from_str(&line).map_err(|error| error.to_string())))
}

/// Checks rows one after the other.
struct Check {
    rules: Rules,
    /// The first row and the status of each task so far.
    statuses: HashMap<String, (u64, IncidentTaskStatus)>,
}

impl Check {
    fn row(&mut self, number: u64, fields: Result<Fields, String>) -> Result<Row, InvalidRow> {
        let invalid = |id: &str, reason: String| InvalidRow { number, id: id.to_owned(), reason };
        let Fields { id, status } = fields.map_err(|reason| invalid("", reason))?;
        let id = match id {
            Value::String(id) => id,
            Value::Number(id) => id.to_string(),
            _ => return Err(invalid("", "it has no id".to_owned())),
        };
        let task: IncidentTaskId = id.parse().map_err(|error| invalid(&id, format!("{error}")))?;
        let status = match (&self.rules.status, status) {
            (Some(status), _) => status.clone(),
            (None, None) => return Err(invalid(&id, "it has no status".to_owned())),
            (None, Some(text)) => crate::commands::status(&text, self.rules.allow_unknown_status)
                .map_err(|error| invalid(&id, error.to_string()))?,
        };
        // A GUID is the same in any casing.
        let (first, earlier) = self.statuses.entry(id.to_lowercase()).or_insert((number, status.clone()));
        if *earlier != status {
            let reason = format!("it sets {status}, and row {first} sets {earlier} for the same task");
            return Err(invalid(&id, reason));
        }
        Ok(Row { number, id: task, status })
    }
}

fn by_name(path: &Path) -> Option<InputFormat> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(InputFormat::Csv),
        "jsonl" | "ndjson" => Some(InputFormat::Jsonl),
        _ => None,
    }
}

fn about(path: &Path, error: &io::Error) -> Failure {
    Failure::Usage(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{InvalidRow, Row, Rules, rows};

    const RULES: Rules = Rules { format: None, status: None, allow_unknown_status: false };

    fn read(text: &'static str, rules: &Rules) -> Vec<Result<Row, InvalidRow>> {
        rows(text.as_bytes(), None, rules).unwrap().map(Result::unwrap).collect()
    }

    fn told(rows: Vec<Result<Row, InvalidRow>>) -> Vec<(u64, String)> {
        rows.into_iter()
            .map(|row| match row {
                Ok(row) => (row.number, format!("{} {}", row.id, row.status)),
                Err(row) => (row.number, row.reason),
            })
            .collect()
    }

    #[test]
    fn csv_and_json_lines_are_told_apart_and_read_alike() {
        let expected = vec![(1, "213213 open".to_owned()), (2, "7 failed".to_owned())];
        for text in [
            "id,status\n213213,open\n7,failed\n",
            "\u{feff}Title,STATUS,Id\r\n\"a,b\", open ,213213\r\n\r\n,failed,7\r\n",
            "\u{feff}{\"id\":\"213213\",\"status\":\"open\",\"source\":\"x\"}\r\n\n {\"id\":7,\"status\":\"failed\"}",
        ] {
            assert_eq!(told(read(text, &RULES)), expected, "{text}");
        }
    }

    #[test]
    fn what_can_not_be_sent_is_said_row_by_row() {
        let rows = told(read("id,status\n,open\n1,\n2,no such\n../3,open\n4,open\n4,failed\n4,open\n", &RULES));
        for ((number, text), says) in
            rows.iter().zip(["no id", "no status", "allowed: open", "refused", "4 open", "row 5"])
        {
            assert!(text.contains(says), "{number}: {text}");
        }
        assert_eq!(rows.last().unwrap(), &(7, "4 open".to_owned()));
        assert!(told(read("{\"id\":1}\n{\"id\":", &RULES))[1].1.contains("EOF"));
    }

    #[test]
    fn a_status_for_all_rows_needs_no_column() {
        let rules = Rules { status: Some("open".into()), ..RULES };
        assert_eq!(told(read("id\n1\n2\n", &rules)), [(1, "1 open".to_owned()), (2, "2 open".to_owned())]);
        assert_eq!(told(read("{\"id\":1,\"status\":\"failed\"}", &rules)), [(1, "1 open".to_owned())]);
    }

    #[test]
    fn what_is_no_utf_8_is_refused_by_name() {
        for text in [&b"\xff\xfei\0d\0"[..], b"\xfe\xff\0i\0d"] {
            let Err(failure) = rows(text, None, &RULES) else { panic!("{text:?}") };
            assert!(failure.to_string().contains("UTF-16"), "{failure}");
        }
    }

    #[test]
    fn a_table_without_the_columns_is_refused_before_its_first_row() {
        for text in ["", "213213,completed\n", "id;status\n1;open\n", "id\n1\n"] {
            let Err(failure) = rows(text.as_bytes(), None, &RULES) else { panic!("{text}") };
            assert!(failure.to_string().contains("id and status"), "{failure}");
        }
    }
}
