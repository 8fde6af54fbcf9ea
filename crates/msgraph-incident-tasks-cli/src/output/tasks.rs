//! Tasks for people.

use msgraph_incident_tasks::types::IncidentTask;
use serde_json::{Map, Value};

use super::columns::{Column, OF_TABLE};
use super::table::{Cell, Fit, Style, fields};
use super::times::Times;
use crate::text::escaped;

/// The properties of one task that come first; the others follow by name.
const FIRST: [&str; 6] = ["id", "displayName", "status", "incident", "actionType", "actionStatus"];
/// The prefix of an `@odata.type`.
const NAMESPACE: &str = "#microsoft.graph.security.";

/// Returns a task's properties.
pub(super) fn properties(task: &IncidentTask) -> Map<String, Value> {
    match serde_json::to_value(task) {
        Ok(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}

/// Returns how a column behaves in a narrow terminal; a requested column is never dropped.
pub(super) fn fit(column: Column, was_asked_for: bool) -> Fit {
    let order = OF_TABLE.iter().find(|(name, _)| *name == column.property).map_or(0, |(_, order)| *order);
    match order {
        _ if column.is_prose() => Fit::Cut,
        1.. if !was_asked_for => Fit::Optional(order),
        _ => Fit::Whole,
    }
}

/// Returns a row of a table.
pub(super) fn row(columns: &[Column], task: &Map<String, Value>, times: Times) -> Vec<Cell> {
    let cell = |column: &Column| Cell::styled(column.short(task, times), style(column.property, task));
    columns.iter().map(cell).collect()
}

/// Returns one task, a line for each property that it has.
pub(super) fn details(task: &IncidentTask, times: Times, width: Option<usize>, colors: bool) -> String {
    let mut properties = properties(task);
    let first = FIRST.into_iter().filter_map(|name| Some((name.to_owned(), properties.remove(name)?)));
    let ordered: Vec<_> = first.collect::<Vec<_>>().into_iter().chain(properties).collect();
    let mut lines = Vec::new();
    for (name, value) in &ordered {
        flatten(name, value, times, &mut |name, text| {
            // A property's text may have lines of its own.
            let [name, text] =
                [name, text].map(|text| escaped(&text.replace("\r\n", "\n").replace('\t', " "), |c| c == '\n'));
            let style = if name == "status" { status_style(&text) } else { Style::Plain };
            lines.push((name, Cell::styled(text, style)));
        });
    }
    fields(&lines, width, colors)
}

/// Adds each member of a value with its path, such as `responseAction.identifierValue`.
fn flatten(name: &str, value: &Value, times: Times, add: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::Null => {}
        Value::String(text) if name.ends_with("DateTime") => add(name, &times.show(&text.as_str().into())),
        Value::String(text) => match name.strip_suffix("@odata.type") {
            Some("") => {}
            Some(parent) => add(&format!("{parent}type"), text.strip_prefix(NAMESPACE).unwrap_or(text)),
            None => add(name, text),
        },
        Value::Object(members) => {
            members.iter().for_each(|(member, value)| flatten(&format!("{name}.{member}"), value, times, add));
        }
        other => add(name, &other.to_string()),
    }
}

fn style(property: &str, task: &Map<String, Value>) -> Style {
    match (property, task.get("status").and_then(Value::as_str)) {
        ("status", Some(status)) => status_style(status),
        _ => Style::Plain,
    }
}

fn status_style(status: &str) -> Style {
    match status {
        "open" => Style::Color(33),
        "inProgress" => Style::Color(36),
        "completed" => Style::Color(32),
        "failed" => Style::Color(31),
        _ => Style::Plain,
    }
}
