//! Tasks as comma-separated values ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)).

use std::io;

use msgraph_incident_tasks::types::IncidentTask;
use serde_json::Value;

use super::print_text;
use crate::exit::Failure;

/// The columns. The last one has all that has no column of its own, as JSON: nothing is left out.
const COLUMNS: [&str; 14] = [
    "id",
    "status",
    "displayName",
    "description",
    "actionType",
    "actionStatus",
    "source",
    "createdDateTime",
    "createdByDisplayName",
    "lastModifiedDateTime",
    "lastModifiedByDisplayName",
    "incident",
    "responseAction",
    "other",
];

/// Prints records, with a header before the first one.
#[derive(Default)]
pub(crate) struct Csv {
    has_header: bool,
}

impl Csv {
    pub(super) fn print_task(&mut self, task: &IncidentTask) -> Result<(), Failure> {
        let mut task = serde_json::to_value(task).map_err(io::Error::from)?;
        let mut record: Vec<String> =
            COLUMNS[..COLUMNS.len() - 1].iter().map(|name| cell(&take(&mut task, name))).collect();
        record.push(task.as_object().filter(|rest| !rest.is_empty()).map_or(String::new(), |_| task.to_string()));
        self.print(&COLUMNS, &record)
    }

    /// Prints the header if there was no record.
    pub(super) fn print_header_of_tasks(&mut self) -> Result<(), Failure> {
        if self.has_header { Ok(()) } else { self.print(&COLUMNS, &[]) }
    }

    pub(crate) fn print(&mut self, columns: &[&str], record: &[String]) -> Result<(), Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if !self.has_header {
            writer.write_record(columns).map_err(io::Error::from)?;
            self.has_header = true;
        }
        if !record.is_empty() {
            writer.write_record(record).map_err(io::Error::from)?;
        }
        let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        print_text(&String::from_utf8_lossy(&bytes))
    }
}

fn take(task: &mut Value, name: &str) -> Value {
    task.as_object_mut().and_then(|task| task.remove(name)).unwrap_or_default()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
