//! Prints the results of `apply`, in the order of the rows, and the summary.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use msgraph_incident_tasks::types::IncidentTask;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::previous_run::State;
use super::rows::Row;
use crate::failure::Failure;
use crate::output::{Csv, Format, Output, array_end, array_item, cut, json_line, print_line, print_text, width};
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
    /// The line of the first result that was not printed since stdout was closed.
    unprinted: Option<u64>,
    /// By row; `None` if there is nothing to print.
    waiting: BTreeMap<u64, Option<(Row, Outcome)>>,
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
            unprinted: None,
            waiting: BTreeMap::new(),
            next: 1,
            room: Arc::new(Semaphore::new(WAITING)),
            csv: output.csv(),
            has_printed: false,
            progress: if shown == Shown::Nothing { ProgressBar::hidden() } else { progress(rows) },
            counts: Counts::default(),
        }
    }

    /// Returns the permits for rows: reading a row takes one, which is released when its result is printed.
    pub(super) fn room(&self) -> Arc<Semaphore> {
        Arc::clone(&self.room)
    }

    /// Takes the outcome of a row, and prints the results that no longer wait for an earlier one.
    pub(super) fn add(&mut self, row: &Row, outcome: Outcome) -> Result<(), Failure> {
        self.counts.add(&outcome);
        self.progress.inc(1);
        if self.counts.failed() > 0 {
            self.progress.set_message(format!("{} failed", self.counts.failed()));
        }
        let is_shown = self.shown == Shown::All || self.shown == Shown::Failures && outcome.state != State::Applied;
        self.settle(row.number, is_shown.then(|| (row.clone(), outcome)))
    }

    /// Takes a row that has no outcome, as in a dry run.
    pub(super) fn pass(&mut self, row: &Row) -> Result<(), Failure> {
        self.counts.all += 1;
        self.settle(row.number, None)
    }

    fn settle(&mut self, number: u64, outcome: Option<(Row, Outcome)>) -> Result<(), Failure> {
        self.waiting.insert(number, outcome);
        while let Some(next) = self.waiting.remove(&self.next) {
            self.next += 1;
            self.room.add_permits(1);
            if let Some((row, outcome)) = next {
                self.print(&row, &outcome)?;
            }
        }
        Ok(())
    }

    /// Prints the results that wait for rows without an outcome, and the end.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        for (row, outcome) in std::mem::take(&mut self.waiting).into_values().flatten() {
            self.print(&row, &outcome)?;
        }
        self.progress.finish_and_clear();
        if self.output.format == Format::Json && self.shown != Shown::Nothing && self.unprinted.is_none() {
            print_text(array_end(self.has_printed))?;
        }
        if let Some(line) = self.unprinted {
            eprint_line(&format!("stdout was closed: the results from line {line} on were not printed"));
        }
        Ok(())
    }

    /// Prints a result. A closed stdout does not end the updates.
    fn print(&mut self, row: &Row, outcome: &Outcome) -> Result<(), Failure> {
        if self.unprinted.is_some() {
            return Ok(());
        }
        let is_first = !std::mem::replace(&mut self.has_printed, true);
        let progress = self.progress.clone();
        match progress.suspend(|| self.print_as_formatted(row, outcome, is_first)) {
            Err(Failure::ClosedStdout) => {
                self.unprinted = Some(row.line);
                Ok(())
            }
            printed => printed,
        }
    }

    fn print_as_formatted(&mut self, row: &Row, outcome: &Outcome, is_first: bool) -> Result<(), Failure> {
        let message = outcome.failure.as_ref().map(ToString::to_string).unwrap_or_default();
        match self.output.format {
            Format::Table => {
                let Row { line, id, status, .. } = row;
                let state = words(outcome.state);
                let text = format!("{line:>6}  {:<36}  {status:<12}  {state:<11}  {message}", one_line(id.as_str()));
                let text = escaped(text.trim_end(), |_| false);
                print_line(&width().map_or(text.clone(), |width| cut(&text, width)))
            }
            Format::Json => print_text(&array_item(is_first, &object(row, outcome))?),
            Format::Jsonl => print_line(&json_line(&object(row, outcome))?),
            Format::Csv => {
                let [number, line] = [row.number, row.line].map(|number| number.to_string());
                let (id, status) = (row.id.to_string(), row.status.to_string());
                let record = [number, line, id, status, name(outcome.state).to_owned(), message];
                self.csv.print(&["row", "line", "id", "status", "outcome", "message"], &record)
            }
        }
    }
}

/// Returns the result as JSON. Members without a value are left out.
fn object(row: &Row, outcome: &Outcome) -> Value {
    let mut object = json!({ "row": row.number, "line": row.line, "id": row.id.as_str(), "status": row.status });
    object["outcome"] = name(outcome.state).into();
    if outcome.earlier {
        object["earlier"] = true.into();
    }
    if let Some(failure) = &outcome.failure {
        object["error"] = failure.to_json();
    }
    if let Some(task) = outcome.task.as_ref().and_then(|task| serde_json::to_value(task).ok()) {
        object["task"] = task;
    }
    object
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
