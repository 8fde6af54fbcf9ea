//! The columns of tasks, in tables and CSV.

use serde_json::{Map, Value};

use super::times::Times;
use crate::text::one_line;

/// A column: the property that it shows, its other name on the command line, and its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) property: &'static str,
    name: &'static str,
    pub(super) header: &'static str,
}

const fn column(property: &'static str, name: &'static str, header: &'static str) -> Column {
    Column { property, name, header }
}

/// The columns of CSV. The last one has every property without a column of its own, as JSON: nothing is left out.
pub(super) const ALL: [Column; 14] = [
    column("id", "id", "ID"),
    column("status", "status", "STATUS"),
    TITLE,
    column("description", "description", "DESCRIPTION"),
    column("actionType", "action", "ACTION"),
    column("actionStatus", "actionStatus", "ACTION STATUS"),
    column("source", "source", "SOURCE"),
    column("createdDateTime", "created", "CREATED"),
    column("createdByDisplayName", "createdBy", "CREATED BY"),
    column("lastModifiedDateTime", "modified", "MODIFIED"),
    column("lastModifiedByDisplayName", "modifiedBy", "MODIFIED BY"),
    column("incident", "incidentId", "INCIDENT"),
    column("responseAction", "target", "TARGET"),
    OTHER,
];

const TITLE: Column = column("displayName", "title", "TITLE");
const OTHER: Column = column("other", "other", "OTHER");

/// The columns of a table, with the order in which a narrow terminal drops them; 0: never.
pub(super) const OF_TABLE: [(&str, u8); 7] = [
    ("id", 0),
    ("status", 0),
    ("incident", 4),
    ("actionType", 3),
    ("actionStatus", 1),
    ("displayName", 0),
    ("lastModifiedDateTime", 2),
];

impl Column {
    /// Returns true if the text is prose, which may be cut.
    pub(super) fn is_prose(self) -> bool {
        matches!(self.property, "displayName" | "description" | "createdByDisplayName" | "lastModifiedByDisplayName")
            || matches!(self.property, "responseAction" | "other")
    }

    /// Returns the value as a table shows it.
    pub(super) fn short(self, task: &Map<String, Value>, times: Times) -> String {
        let text = match (self.property, task.get(self.property)) {
            ("incident", Some(incident)) => incident.get("id").map(text_of).unwrap_or_default(),
            ("responseAction", Some(action)) => action.get("identifierValue").map(text_of).unwrap_or_default(),
            (name, Some(Value::String(text))) if name.ends_with("DateTime") => times.short(&text.as_str().into()),
            _ => self.whole(task),
        };
        if text.is_empty() { "-".to_owned() } else { one_line(&text) }
    }

    /// Returns the whole value as text; objects as JSON.
    pub(crate) fn whole(self, task: &Map<String, Value>) -> String {
        if self == OTHER {
            let has_column = |name: &str| ALL.iter().any(|column| column.property == name);
            let rest: Map<_, _> = task.clone().into_iter().filter(|(name, _)| !has_column(name)).collect();
            return if rest.is_empty() { String::new() } else { Value::Object(rest).to_string() };
        }
        task.get(self.property).map(text_of).unwrap_or_default()
    }
}

impl std::str::FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_it =
            |column: &&Column| [column.property, column.name].iter().any(|name| name.eq_ignore_ascii_case(text));
        ALL.iter().find(is_it).copied().ok_or_else(|| {
            let names: Vec<_> = ALL.iter().map(|column| column.name).collect();
            format!("unknown column {text:?}: allowed are {}, and the names of properties", names.join(", "))
        })
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
