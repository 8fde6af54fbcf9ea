//! What is printed on stdout: data alone.

mod csv;
mod table;
mod times;

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use msgraph_incident_tasks::types::IncidentTask;
use serde::Serialize;

use crate::exit::Failure;

pub(crate) use csv::Csv;
pub(crate) use table::{Table, one_line};
pub(crate) use times::Times;

/// How data is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: fits the terminal, and leaves out what doesn't
    Table,
    /// For programs: everything, whatever it is
    Json,
    /// The same, a line for each item, as soon as it is there
    Jsonl,
    /// Comma-separated values (RFC 4180), for spreadsheets
    Csv,
}

/// How this run prints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) times: Times,
    has_json_errors: bool,
}

impl Output {
    pub(crate) fn new(asked: Option<Format>, local: bool) -> Self {
        let default = if io::stdout().is_terminal() { Format::Table } else { Format::Json };
        Self {
            format: asked.unwrap_or(default),
            times: if local { Times::Local } else { Times::Utc },
            has_json_errors: matches!(asked, Some(Format::Json | Format::Jsonl)),
        }
    }

    /// Whether whoever calls has asked for JSON by name.
    pub(crate) fn wants_json_errors(self) -> bool {
        self.has_json_errors
    }

    /// Prints one task.
    pub(crate) fn task(self, task: &IncidentTask) -> Result<(), Failure> {
        match self.format {
            Format::Table => print_text(&table::of_task(task, self.times)),
            Format::Json => print(task),
            Format::Jsonl => print_on_one_line(task),
            Format::Csv => self.tasks([task]),
        }
    }

    /// Prints several tasks.
    pub(crate) fn tasks<'a>(self, tasks: impl IntoIterator<Item = &'a IncidentTask>) -> Result<(), Failure> {
        let mut printer = self.task_printer();
        for task in tasks {
            printer.print(task)?;
        }
        printer.end()
    }

    /// Prints tasks as they come.
    pub(crate) fn task_printer(self) -> TaskPrinter {
        TaskPrinter { output: self, csv: Csv::default(), json: String::new(), table: table::of_tasks() }
    }
}

/// Prints tasks one after the other, at once where the format allows it.
pub(crate) struct TaskPrinter {
    output: Output,
    csv: Csv,
    /// The items of an array that is printed when it is whole.
    json: String,
    table: Table,
}

impl TaskPrinter {
    pub(crate) fn print(&mut self, task: &IncidentTask) -> Result<(), Failure> {
        match self.output.format {
            Format::Table => self.table.add_task(task, self.output.times),
            Format::Json => {
                let task = serde_json::to_string_pretty(task).map_err(io::Error::from)?;
                let separator = if self.json.is_empty() { "" } else { "," };
                self.json.extend([separator, "\n  ", &task.replace('\n', "\n  ")]);
            }
            Format::Jsonl => print_on_one_line(task)?,
            Format::Csv => self.csv.print_task(task)?,
        }
        Ok(())
    }

    /// Prints what could not be printed before the last task was known.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        match self.output.format {
            Format::Table => print_text(&self.table.into_text()),
            Format::Json if self.json.is_empty() => print_line("[]"),
            Format::Json => print_line(&format!("[{}\n]", self.json)),
            Format::Jsonl => Ok(()),
            Format::Csv => self.csv.print_header_of_tasks(),
        }
    }
}

/// Prints a value as JSON, for people too.
pub(crate) fn print(value: &impl Serialize) -> Result<(), Failure> {
    print_line(&serde_json::to_string_pretty(value).map_err(io::Error::from)?)
}

/// Prints a value as one line of JSON.
pub(crate) fn print_on_one_line(value: &impl Serialize) -> Result<(), Failure> {
    print_line(&serde_json::to_string(value).map_err(io::Error::from)?)
}

/// Prints a line.
pub(crate) fn print_line(line: &str) -> Result<(), Failure> {
    print_text(&format!("{line}\n"))
}

/// Prints a text as it is, but for colours where nobody sees or wants them.
pub(crate) fn print_text(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::ClosedStdout),
        done => Ok(done?),
    }
}
