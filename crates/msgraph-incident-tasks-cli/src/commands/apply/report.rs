//! The results of `apply`, in the order of the rows, and its summary.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::journal::State;
use crate::exit::Failure;
use crate::output::{Csv, Format, Output, one_line, print_line, print_on_one_line, print_text};

/// How many results may wait for an earlier one to be known. Reading waits when there are more.
const WAITING: usize = 1_000;

/// What became of a row.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) state: State,
    /// Whether an earlier run had done it.
    pub(super) earlier: bool,
    /// Why it failed: for people, and for programs.
    pub(super) error: Option<(String, Value)>,
    /// The task, where the service answered with it.
    pub(super) task: Option<Value>,
}

/// Prints outcomes in order, and counts them.
pub(super) struct Report {
    output: Output,
    /// Whether somebody still reads stdout.
    has_reader: bool,
    /// `None` has nothing to print.
    waiting: BTreeMap<u64, Option<Outcome>>,
    next: u64,
    room: Arc<Semaphore>,
    csv: Csv,
    has_printed: bool,
    progress: ProgressBar,
    pub(super) counts: Counts,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) all: usize,
    pub(super) applied: usize,
    pub(super) earlier: usize,
    pub(super) not_applied: usize,
    pub(super) not_sent: usize,
    pub(super) unknown: usize,
}

impl Counts {
    pub(super) fn failed(&self) -> usize {
        self.not_applied + self.not_sent + self.unknown
    }
}

impl Report {
    /// A report on so many rows, where their number is known.
    pub(super) fn new(output: Output, rows: Option<u64>) -> Self {
        Self {
            output,
            has_reader: true,
            waiting: BTreeMap::new(),
            next: 1,
            room: Arc::new(Semaphore::new(WAITING)),
            csv: Csv::default(),
            has_printed: false,
            progress: progress(rows),
            counts: Counts::default(),
        }
    }

    /// A permit of it is needed for each row that is read, and comes back when its result is printed.
    pub(super) fn room(&self) -> Arc<Semaphore> {
        Arc::clone(&self.room)
    }

    /// Takes the outcome of a row, and prints what is next by now.
    pub(super) fn add(&mut self, number: u64, outcome: Outcome) -> Result<(), Failure> {
        self.count(&outcome);
        self.settle(number, Some(outcome))
    }

    /// Takes a row that has no outcome, as in a dry run.
    pub(super) fn pass(&mut self, number: u64) -> Result<(), Failure> {
        self.counts.all += 1;
        self.settle(number, None)
    }

    fn settle(&mut self, number: u64, outcome: Option<Outcome>) -> Result<(), Failure> {
        self.waiting.insert(number, outcome);
        while let Some(outcome) = self.waiting.remove(&self.next) {
            if let Some(outcome) = outcome {
                self.show(self.next, &outcome)?;
            }
            self.next += 1;
            self.room.add_permits(1);
        }
        Ok(())
    }

    /// Prints what waits for rows that never came, and the end.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        for (number, outcome) in std::mem::take(&mut self.waiting) {
            if let Some(outcome) = outcome {
                self.show(number, &outcome)?;
            }
        }
        self.progress.finish_and_clear();
        if self.output.format == Format::Json {
            let end = if self.has_printed { "\n]" } else { "[]" };
            self.print(|_| print_line(end))?;
        }
        Ok(())
    }

    fn count(&mut self, outcome: &Outcome) {
        let counts = &mut self.counts;
        counts.all += 1;
        counts.earlier += usize::from(outcome.earlier);
        *match outcome.state {
            State::Applied => &mut counts.applied,
            State::NotApplied => &mut counts.not_applied,
            State::NotSent => &mut counts.not_sent,
            State::Sending | State::Unknown => &mut counts.unknown,
        } += 1;
        self.progress.inc(1);
        if self.counts.failed() > 0 {
            self.progress.set_message(format!("{} failed", self.counts.failed()));
        }
    }

    fn show(&mut self, number: u64, outcome: &Outcome) -> Result<(), Failure> {
        let Outcome { id, status, state, earlier, error, task } = outcome;
        let state = name(*state);
        let message = error.as_ref().map_or("", |(message, _)| message);
        let object = || {
            let error = error.as_ref().map(|(_, error)| error);
            let all = json!({ "row": number, "id": id, "status": status, "outcome": state, "earlier": earlier,
                              "error": error, "task": task });
            without_null(all)
        };
        let is_first = !std::mem::replace(&mut self.has_printed, true);
        self.print(|report| match report.output.format {
            Format::Table => {
                let line = format!("{number:>6}  {:<36}  {status:<12}  {state:<10}  {message}", one_line(id));
                print_line(one_line_to_fit(&line).trim_end())
            }
            Format::Json => print_text(&format!("{}\n  {}", if is_first { "[" } else { "," }, object())),
            Format::Jsonl => print_on_one_line(&object()),
            Format::Csv => {
                let record = [number.to_string(), id.clone(), status.clone(), state.to_owned(), message.to_owned()];
                report.csv.print(&["row", "id", "status", "outcome", "message"], &record)
            }
        })
    }

    /// Prints while somebody reads: that nobody does must not end the updates.
    fn print(&mut self, print: impl FnOnce(&mut Self) -> Result<(), Failure>) -> Result<(), Failure> {
        if !self.has_reader {
            return Ok(());
        }
        let progress = self.progress.clone();
        match progress.suspend(|| print(self)) {
            Err(Failure::ClosedStdout) => {
                self.has_reader = false;
                Ok(())
            }
            done => done,
        }
    }
}

/// The name of a state in results.
fn name(state: State) -> &'static str {
    match state {
        State::Applied => "applied",
        State::NotApplied => "notApplied",
        State::NotSent => "notSent",
        State::Sending | State::Unknown => "unknown",
    }
}

fn without_null(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null() && *value != Value::Bool(false));
    }
    object
}

/// A line, cut where the terminal ends.
fn one_line_to_fit(line: &str) -> String {
    let width = terminal_size::terminal_size_of(io::stdout()).map_or(usize::MAX, |(width, _)| width.0.into());
    line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(width).collect()
}

fn progress(rows: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = match rows {
        Some(rows) => ProgressBar::new(rows),
        None => ProgressBar::no_length(),
    };
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {elapsed}");
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
