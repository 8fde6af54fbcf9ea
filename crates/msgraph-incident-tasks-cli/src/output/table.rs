//! Tables that fit the terminal.

use std::io;

use anstream::ColorChoice;
use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Width, presets};
use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskStatus};
use serde_json::Value;

use super::Times;

/// A column of tasks: its header, and the width of a terminal from which on it is there.
const COLUMNS: [(&str, u16); 6] =
    [("ID", 0), ("STATUS", 0), ("ACTION", 80), ("ACTION STATUS", 110), ("TITLE", 0), ("LAST MODIFIED", 130)];
/// The properties of one task that come first; the others follow by name.
const FIRST: [&str; 5] = ["id", "displayName", "status", "actionType", "actionStatus"];

/// A table.
pub(crate) struct Table {
    table: comfy_table::Table,
    width: Option<u16>,
}

impl Table {
    /// A table with these headers; none without any.
    pub(crate) fn new(headers: &[&str]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        match colours() {
            true => table.enforce_styling(),
            false => table.force_no_tty(),
        };
        if !headers.is_empty() {
            table.set_header(headers.iter().map(|header| Cell::new(header).add_attribute(Attribute::Bold)));
        }
        let width = width();
        if let Some(width) = width {
            table.set_width(width);
        }
        Self { table, width }
    }

    /// Adds a row of texts.
    pub(crate) fn add(&mut self, row: impl IntoIterator<Item = String>) {
        self.table.add_row(row.into_iter().map(|text| printable(&text)));
    }

    pub(super) fn add_task(&mut self, task: &IncidentTask, times: Times) {
        let text = |text: Option<&str>| Cell::new(text.map_or_else(|| "-".to_owned(), one_line));
        let cells = [
            text(task.id.as_deref()),
            coloured(text(task.status.as_ref().map(AsRef::as_ref)), task.status.as_ref()),
            text(task.action_type.as_ref().map(AsRef::as_ref)),
            text(task.action_status.as_ref().map(AsRef::as_ref)),
            text(task.display_name.as_deref()),
            text(task.last_modified_date_time.as_ref().map(|time| times.show(time)).as_deref()),
        ];
        let has_room = self.columns();
        self.table.add_row(cells.into_iter().zip(has_room).filter(|(_, has_room)| *has_room).map(|(cell, _)| cell));
    }

    pub(crate) fn into_text(mut self) -> String {
        // What can't be broken at a space is broken where the line ends, but for what people copy.
        if let Some(first) = self.table.column_mut(0) {
            first.set_constraint(ColumnConstraint::ContentWidth);
        }
        if let Some(last) = self.table.column_iter_mut().last() {
            last.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(10)));
        }
        format!("{}\n", self.table.trim_fmt())
    }

    fn columns(&self) -> [bool; 6] {
        COLUMNS.map(|(_, from)| self.width.is_none_or(|width| width >= from))
    }
}

/// A table for tasks.
pub(super) fn of_tasks() -> Table {
    let width = width();
    let headers: Vec<_> =
        COLUMNS.iter().filter(|(_, from)| width.is_none_or(|width| width >= *from)).map(|(name, _)| *name).collect();
    Table::new(&headers)
}

/// One task, a line for each property that it has.
pub(super) fn of_task(task: &IncidentTask, times: Times) -> String {
    let mut table = Table::new(&[]);
    let Ok(Value::Object(mut properties)) = serde_json::to_value(task) else { return String::new() };
    let first = FIRST.into_iter().filter_map(|name| Some((name.to_owned(), properties.remove(name)?)));
    let first: Vec<_> = first.collect();
    for (name, value) in first.into_iter().chain(properties) {
        let text = match &value {
            Value::Null => continue,
            Value::String(text) if name.ends_with("DateTime") => times.show(&text.as_str().into()),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let cell = Cell::new(printable(&text));
        let cell = if name == "status" { coloured(cell, task.status.as_ref()) } else { cell };
        table.table.add_row([Cell::new(printable(&name)).add_attribute(Attribute::Bold), cell]);
    }
    table.into_text()
}

/// A text of the service on one line, safe to print.
pub(crate) fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Takes out what would let a text of the service act on the terminal: control characters, and those that change
/// the direction of what follows.
fn printable(text: &str) -> String {
    let is_harmful =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(is_harmful, "\u{fffd}")
}

fn coloured(cell: Cell, status: Option<&IncidentTaskStatus>) -> Cell {
    match status {
        Some(IncidentTaskStatus::Open) => cell.fg(Color::Yellow),
        Some(IncidentTaskStatus::InProgress) => cell.fg(Color::Cyan),
        Some(IncidentTaskStatus::Completed) => cell.fg(Color::Green),
        Some(IncidentTaskStatus::Failed) => cell.fg(Color::Red),
        _ => cell,
    }
}

/// Whether colours are seen and wanted: a terminal, and no `NO_COLOR`.
fn colours() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// The width to fit, in columns: that of the terminal, or else what `COLUMNS` says.
fn width() -> Option<u16> {
    let of_terminal = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
    of_terminal.or_else(|| std::env::var("COLUMNS").ok()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{one_line, printable};

    #[test]
    fn a_text_of_the_service_can_not_act_on_the_terminal() {
        assert_eq!(printable("\u{1b}[2Ja\u{7}\u{9b}b\u{202e}c"), "\u{fffd}[2Ja\u{fffd}\u{fffd}b\u{fffd}c");
        assert_eq!(one_line(" a\r\n\tb  c "), "a b c");
    }
}
