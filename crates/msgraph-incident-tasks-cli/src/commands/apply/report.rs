//! Prints the results of `apply`, in the order of the rows, and the summary.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use msgraph_incident_tasks::types::IncidentTask;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::previous_run::State;
use super::rows::Row;
use crate::failure::Failure;
use crate::output::{Csv, Format, Output, array_end, array_item, cut, json_line, print_text, width};
use crate::text::{eprint_line, escaped, one_line};

/// The number of results that may wait for an earlier one; reading pauses above it.
const WAITING: usize = 1_000;

/// Which results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    All,
    Failures,
    Nothing,
}

/// The outcome of a row.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) state: State,
    /// True if an earlier run applied it.
    pub(super) earlier: bool,
    pub(super) failure: Option<Failure>,
    /// The updated task, if the response had it.
    pub(super) task: Option<IncidentTask>,
}

impl Outcome {
    pub(super) fn new(state: State) -> Self {
        Self { state, earlier: false, failure: None, task: None }
    }
}

/// Prints outcomes in order, and counts them.
pub(super) struct Report {
    output: Output,
    shown: Shown,
    /// The results that are to be printed together, and the line of the first one.
    text: String,
    first: Option<u64>,
    /// The line from which on results may not have been printed, since stdout was closed.
    unprinted: Option<u64>,
    /// By row; `None` if there is nothing to print.
    waiting: BTreeMap<u64, Option<(Row, Outcome)>>,
    next: u64,
    room: Arc<Semaphore>,
    csv: Csv,
    has_printed: bool,
    /// Requests are printed in place of results.
    is_dry_run: bool,
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

    fn add(&mut self, outcome: &Outcome) {
        self.all += 1;
        self.earlier += usize::from(outcome.earlier);
        *match outcome.state {
            State::Applied => &mut self.applied,
            State::NotApplied => &mut self.not_applied,
            State::NotSent => &mut self.not_sent,
            State::Sending | State::Unknown => &mut self.unknown,
        } += 1;
    }

    /// Returns the summary line of a run in which `unread` rows were not tried.
    pub(super) fn summary(&self, unread: u64) -> String {
        let Self { all, applied, earlier, not_applied, not_sent, unknown } = self;
        let earlier = if *earlier > 0 { format!(" ({earlier} by earlier runs)") } else { String::new() };
        let untried = if unread > 0 { format!(", {unread} not tried") } else { String::new() };
        let rows = *all as u64 + unread;
        format!(
            "{rows} rows: {applied} applied{earlier}, {not_applied} not applied, {not_sent} not sent, {unknown} unknown{untried}"
        )
    }
}

impl Report {
    pub(super) fn new(output: Output, shown: Shown, rows: u64) -> Self {
        Self {
            output,
            shown,
            text: String::new(),
            first: None,
            unprinted: None,
            waiting: BTreeMap::new(),
            next: 1,
            room: Arc::new(Semaphore::new(WAITING)),
            csv: output.csv(),
            has_printed: false,
            is_dry_run: false,
            progress: if shown == Shown::Nothing { ProgressBar::hidden() } else { progress(rows) },
            counts: Counts::default(),
        }
    }

    /// Returns the permits for rows: reading a row takes one, which is released when its result is printed.
    pub(super) fn room(&self) -> Arc<Semaphore> {
        Arc::clone(&self.room)
    }

    /// Takes the outcome of a row.
    pub(super) fn add(&mut self, row: Row, outcome: Outcome) -> Result<(), Failure> {
        self.counts.add(&outcome);
        self.progress.inc(1);
        if self.counts.failed() > 0 {
            self.progress.set_message(format!("{} failed", self.counts.failed()));
        }
        let is_shown = self.shown == Shown::All || self.shown == Shown::Failures && outcome.state != State::Applied;
        self.settle(row.number, is_shown.then_some((row, outcome)))
    }

    /// Takes a row that has no outcome, as in a dry run.
    pub(super) fn pass(&mut self, row: &Row) -> Result<(), Failure> {
        self.counts.all += 1;
        self.is_dry_run = true;
        self.settle(row.number, None)
    }

    fn settle(&mut self, number: u64, outcome: Option<(Row, Outcome)>) -> Result<(), Failure> {
        self.waiting.insert(number, outcome);
        while let Some(next) = self.waiting.remove(&self.next) {
            self.next += 1;
            self.room.add_permits(1);
            if let Some((row, outcome)) = next {
                self.write(&row, &outcome)?;
            }
        }
        Ok(())
    }

    /// Prints the results that do not wait for an earlier one. A closed stdout does not end the updates.
    pub(super) fn print(&mut self) -> Result<(), Failure> {
        let (text, first) = (std::mem::take(&mut self.text), self.first.take());
        if text.is_empty() || self.unprinted.is_some() {
            return Ok(());
        }
        match self.progress.suspend(|| print_text(&text)) {
            Err(Failure::ClosedStdout) => {
                self.unprinted = first;
                Ok(())
            }
            printed => printed,
        }
    }

    /// Prints the results that wait for rows without an outcome, and the end.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        for (row, outcome) in std::mem::take(&mut self.waiting).into_values().flatten() {
            self.write(&row, &outcome)?;
        }
        self.print()?;
        self.progress.finish_and_clear();
        let has_array = self.has_printed || !self.is_dry_run;
        if has_array && self.output.format == Format::Json && self.shown != Shown::Nothing && self.unprinted.is_none() {
            print_text(array_end(self.has_printed))?;
        }
        if let Some(line) = self.unprinted {
            eprint_line(&format!("stdout was closed: results from line {line} on may not have been printed"));
        }
        Ok(())
    }

    /// Adds a result to those that are to be printed.
    fn write(&mut self, row: &Row, outcome: &Outcome) -> Result<(), Failure> {
        let is_first = !std::mem::replace(&mut self.has_printed, true);
        self.first.get_or_insert(row.line);
        let message = || outcome.failure.as_ref().map(ToString::to_string).unwrap_or_default();
        match self.output.format {
            Format::Table => {
                let Row { line, id, status, .. } = row;
                let (id, state) = (one_line(id.as_str()), words(outcome.state));
                // What may be cut at the end of a narrow terminal is never a state or a status.
                let text = format!("{line:>6}  {state:<11}  {status:<12}  {id:<36}  {}", message());
                let text = escaped(text.trim_end(), |_| false);
                self.text += &width().map_or(text.clone(), |width| cut(&text, width));
                self.text.push('\n');
            }
            Format::Json => self.text += &array_item(is_first, &Record::new(row, outcome))?,
            Format::Jsonl => {
                self.text += &json_line(&Record::new(row, outcome))?;
                self.text.push('\n');
            }
            Format::Csv => {
                let [number, line] = [row.number, row.line].map(|number| number.to_string());
                let (id, status) = (row.id.to_string(), row.status.to_string());
                let record = [number, line, id, status, name(outcome.state).to_owned(), message()];
                self.text += &self.csv.lines(&["row", "line", "id", "status", "outcome", "message"], &record)?;
            }
        }
        Ok(())
    }
}

/// A result as JSON.
#[derive(Serialize)]
struct Record<'a> {
    row: u64,
    line: u64,
    id: &'a str,
    status: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    earlier: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<&'a IncidentTask>,
}

impl<'a> Record<'a> {
    fn new(row: &'a Row, outcome: &'a Outcome) -> Self {
        Self {
            row: row.number,
            line: row.line,
            id: row.id.as_str(),
            status: row.status.as_ref(),
            outcome: name(outcome.state),
            earlier: outcome.earlier,
            error: outcome.failure.as_ref().map(Failure::to_json),
            task: outcome.task.as_ref(),
        }
    }
}

/// Returns the name of an outcome for programs.
fn name(state: State) -> &'static str {
    match state {
        State::Applied => "applied",
        State::NotApplied => "notApplied",
        State::NotSent => "notSent",
        State::Sending | State::Unknown => "unknown",
    }
}

fn words(state: State) -> &'static str {
    match state {
        State::NotApplied => "not applied",
        State::NotSent => "not sent",
        state => name(state),
    }
}

fn progress(rows: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {elapsed}, {eta} left");
    let bar = ProgressBar::new(rows).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar
}
