//! Prints data on stdout.

mod columns;
mod csv;
mod json;
mod pager;
mod stdout;
mod table;
mod tasks;
mod times;

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use msgraph_incident_tasks::types::IncidentTask;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

pub(crate) use columns::Column;
pub(crate) use csv::Csv;
pub(crate) use json::{json_line, json_pretty};
pub(crate) use stdout::{print_line, print_text};
pub(crate) use table::{Cell, cut, width, wrapped};
pub(crate) use times::Times;

/// The formats of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: fits the terminal, with long text cut
    Table,
    /// For programs: every value as it is
    Json,
    /// The same, one line for each item, as soon as it is known
    Jsonl,
    /// Comma-separated values (RFC 4180)
    Csv,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
#[group(skip)]
pub(crate) struct Arguments {
    /// Format of the output. Default: table on a terminal, json elsewhere. With json and jsonl errors are JSON on
    /// stderr too
    #[arg(long, short, global = true, value_name = "FORMAT")]
    output: Option<Format>,

    /// Show times in tables in the local time zone. Default: UTC
    #[arg(long, global = true)]
    local: bool,

    /// In CSV, write ' before a cell that a spreadsheet would run as a formula. Use it for files that people open in
    /// a spreadsheet, not for files that programs read
    #[arg(long, global = true)]
    csv_safe: bool,

    /// Do not show a table that is longer than the terminal in $PAGER. Default pager: less
    #[arg(long, global = true)]
    no_pager: bool,
}

/// The output settings of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) times: Times,
    pub(crate) has_json_errors: bool,
    csv_safe: bool,
    no_pager: bool,
    is_terminal: bool,
}

impl Output {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self {
            format: arguments.output.unwrap_or(if is_terminal { Format::Table } else { Format::Json }),
            times: if arguments.local { Times::Local } else { Times::Utc },
            has_json_errors: matches!(arguments.output, Some(Format::Json | Format::Jsonl)),
            csv_safe: arguments.csv_safe,
            no_pager: arguments.no_pager,
            is_terminal,
        }
    }

    pub(crate) fn csv(self) -> Csv {
        Csv { has_header: false, is_safe: self.csv_safe, is_terminal: self.is_terminal }
    }

    /// Prints one task.
    pub(crate) fn task(self, task: &IncidentTask) -> Result<(), Failure> {
        match self.format {
            Format::Table => self.text(&tasks::details(task, self.times, width(), table::colors())),
            Format::Json => print_line(&json_pretty(task)?),
            Format::Jsonl => print_line(&json_line(task)?),
            Format::Csv => self.tasks([task]),
        }
    }

    /// Prints several tasks.
    pub(crate) fn tasks<'a>(self, tasks: impl IntoIterator<Item = &'a IncidentTask>) -> Result<(), Failure> {
        let mut printer = self.task_printer(&[]);
        for task in tasks {
            printer.print(task)?;
        }
        printer.end()
    }

    /// Prints tasks as they arrive. Default columns: those of the format.
    pub(crate) fn task_printer(self, columns: &[Column]) -> TaskPrinter {
        let of_table = || columns::OF_TABLE.iter().filter_map(|(name, _)| name.parse().ok()).collect();
        TaskPrinter {
            output: self,
            csv: self.csv(),
            has_printed: false,
            rows: Vec::new(),
            were_asked_for: !columns.is_empty(),
            columns: match self.format {
                _ if !columns.is_empty() => columns.to_vec(),
                Format::Table => of_table(),
                _ => columns::ALL.to_vec(),
            },
        }
    }

    /// Prints records with the same members as JSON, as CSV, or as `table` renders them.
    pub(crate) fn records(self, records: &[Record], table: impl FnOnce() -> String) -> Result<(), Failure> {
        match self.format {
            Format::Table => self.text(&table()),
            Format::Json => print_line(&json_pretty(&records.iter().map(object).collect::<Vec<_>>())?),
            Format::Jsonl => records.iter().try_for_each(|record| print_line(&json_line(&object(record))?)),
            Format::Csv => {
                let mut csv = self.csv();
                records.iter().try_for_each(|record| {
                    let (names, texts): (Vec<_>, Vec<_>) =
                        record.iter().map(|(name, value)| (*name, text(value))).unzip();
                    print_text(&csv.lines(&names, &texts)?)
                })
            }
        }
    }

    /// Prints a record by itself.
    pub(crate) fn record(self, record: &Record) -> Result<(), Failure> {
        if self.format == Format::Json {
            return print_line(&json_pretty(&object(record))?);
        }
        self.records(std::slice::from_ref(record), || {
            let fields = record.iter().filter(|(_, value)| !value.is_null());
            let fields: Vec<_> = fields
                .map(|(name, value)| ((*name).to_owned(), Cell::new(crate::text::one_line(&text(value)))))
                .collect();
            table::fields(&fields, width(), table::colors())
        })
    }

    /// Prints text for people, in a pager if it is longer than the terminal.
    fn text(self, text: &str) -> Result<(), Failure> {
        let is_long = table::height().is_some_and(|height| text.lines().count() >= height);
        if self.is_terminal && is_long && !self.no_pager && pager::show(text) {
            return Ok(());
        }
        stdout::print_styled(text)
    }
}

/// Ordered names and values.
pub(crate) type Record = Vec<(&'static str, Value)>;

fn object(record: &Record) -> Value {
    record.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Prints tasks as they arrive, immediately if the format allows it.
pub(crate) struct TaskPrinter {
    output: Output,
    csv: Csv,
    has_printed: bool,
    rows: Vec<Vec<Cell>>,
    columns: Vec<Column>,
    were_asked_for: bool,
}

impl TaskPrinter {
    pub(crate) fn print(&mut self, task: &IncidentTask) -> Result<(), Failure> {
        let is_first = !std::mem::replace(&mut self.has_printed, true);
        match self.output.format {
            Format::Table => {
                self.rows.push(tasks::row(&self.columns, &tasks::properties(task), self.output.times));
                Ok(())
            }
            Format::Json => print_text(&array_item(is_first, task)?),
            Format::Jsonl => print_line(&json_line(task)?),
            Format::Csv => self.csv.print_task(&self.columns, &tasks::properties(task)),
        }
    }

    /// Prints the output that needs every task to be known.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        match self.output.format {
            Format::Table => {
                let headers: Vec<_> = self
                    .columns
                    .iter()
                    .map(|column| (column.header, tasks::fit(*column, self.were_asked_for)))
                    .collect();
                self.output.text(&table::table(&headers, &self.rows, width(), table::colors()))
            }
            Format::Json => print_text(array_end(self.has_printed)),
            Format::Jsonl => Ok(()),
            Format::Csv => self.csv.print_header(&self.columns),
        }
    }
}

/// Returns an item of a JSON array that is printed item by item.
pub(crate) fn array_item(is_first: bool, item: &impl Serialize) -> Result<String, Failure> {
    let separator = if is_first { "[" } else { "," };
    Ok(format!("{separator}\n  {}", json_pretty(item)?.replace('\n', "\n  ")))
}

/// Returns the end of such an array.
pub(crate) fn array_end(has_items: bool) -> &'static str {
    if has_items { "\n]\n" } else { "[]\n" }
}
