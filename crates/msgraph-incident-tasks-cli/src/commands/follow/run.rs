//! One run of `follow`.

use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskStatus};
use msgraph_incident_tasks::{Change, Changes, FollowIncidentTasks, Followed, Step};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::{Semaphore, watch};

use super::Arguments;
use super::handler::Handler;
use super::jobs::{DeadLetter, Jobs};
use super::report::Report;
use super::state::{Job, Kind, Line, Next, OwnWrite, State};
use crate::failure::Failure;
use crate::files::with_suffix;
use crate::interrupt::Interruption;
use crate::output::{json_line, print_line};
use crate::session::Session;
use crate::text::{eprint_line, one_line};
use crate::values::Members;

/// The number of queued tasks at which polling pauses.
const MAX_QUEUED: usize = 1_000;
/// The interval of checking the report.
const TICK: Duration = Duration::from_secs(5);

/// The reason to end a run.
type End = Result<(), Failure>;

struct Run<'a> {
    arguments: &'a Arguments,
    state: &'a State,
    report: &'a Report,
    jobs: &'a Jobs<'a>,
    running: FuturesUnordered<LocalBoxFuture<'a, End>>,
    /// The first reason to end.
    end: Option<End>,
}

/// Follows until a signal, an error, or with `--once` the end of a poll.
pub(super) async fn run(
    arguments: &Arguments,
    follow: FollowIncidentTasks,
    session: &Session,
    interruption: &mut Interruption,
) -> End {
    let state = State::open(arguments.state.as_deref(), follow.new_checkpoint()).await?;
    let report = Report::new(arguments.metrics_file.clone());
    let (stop, stops) = watch::channel(false);
    let (end, ends) = watch::channel(false);
    let (folder, _temporary) = folder(arguments)?;
    let handling = &arguments.handling;
    let status = |of: &Option<Members<IncidentTaskStatus>>| of.as_ref().and_then(|of| of.0.first().cloned());
    let jobs = Jobs {
        session,
        state: &state,
        report: &report,
        handler: Handler { command: handling.exec.clone(), timeout: handling.timeout, folder },
        claims: handling.claim,
        on_success: status(&handling.on_success),
        on_failure: status(&handling.on_failure),
        max_attempts: handling.attempts,
        permits: Semaphore::new(handling.jobs.into()),
        stops,
        ends,
        dead_letters: dead_letters(arguments),
    };
    let (running, jobs) = (FuturesUnordered::new(), &jobs);
    let mut run = Run { arguments, state: &state, report: &report, jobs, running, end: None };
    run.resume()?;
    let mut changes = follow.checkpoint(state.checkpoint()).changes();
    while run.end.is_none() || !run.running.is_empty() {
        run.next(&mut changes, interruption, &end).await?;
        if run.end.is_some() && !*stop.borrow() && !matches!(run.end, Some(Ok(()))) {
            // No more handlers.
            jobs.permits.close();
            stop.send_replace(true);
        }
        report.queued(state.jobs_len());
    }
    report.show(!arguments.handling.exec.is_empty());
    let failed = report.get("handled", "failed");
    match run.end.unwrap_or(Ok(())) {
        Ok(()) if failed > 0 => Err(Failure::CheckFailed(format!("{failed} tasks were given up"))),
        end => end,
    }
}

/// Returns the folder of the handlers' stdin files; a temporary one without a state.
fn folder(arguments: &Arguments) -> Result<(PathBuf, Option<TempDir>), Failure> {
    match &arguments.state {
        Some(state) if !arguments.handling.exec.is_empty() => {
            let folder = with_suffix(state, ".tasks");
            let mut builder = std::fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(&folder).map_err(|error| crate::files::about(&folder, &error))?;
            Ok((folder, None))
        }
        _ => {
            let folder = TempDir::new()?;
            Ok((folder.path().to_owned(), Some(folder)))
        }
    }
}

fn dead_letters(arguments: &Arguments) -> Option<PathBuf> {
    arguments.state.as_ref().map(|state| with_suffix(state, ".failed"))
}

impl Run<'_> {
    /// Starts the unfinished jobs of earlier runs.
    fn resume(&mut self) -> Result<(), Failure> {
        if self.arguments.handling.exec.is_empty() {
            return Ok(());
        }
        if let Some(path) = dead_letters(self.arguments).filter(|_| self.arguments.handling.retry_failed) {
            DeadLetter::take_all(&path, |letter| match self.state.job(&letter.id) {
                None => self.state.set_job(&letter.id, Some(Job::new(letter.change))),
                Some(_) => Ok(()),
            })?;
        }
        for id in self.state.jobs().into_keys() {
            self.handle(id, None);
        }
        Ok(())
    }

    fn handle(&mut self, id: String, task: Option<IncidentTask>) {
        self.running.push(self.jobs.run(id, task).boxed_local());
    }

    /// Handles the next event.
    async fn next(
        &mut self,
        changes: &mut Changes,
        interruption: &mut Interruption,
        ends: &watch::Sender<bool>,
    ) -> Result<(), Failure> {
        let may_poll = self.end.is_none() && self.running.len() < MAX_QUEUED;
        tokio::select! {
            signal = interruption.next() => {
                if matches!(self.end, Some(Err(Failure::Interrupted { .. }))) {
                    ends.send_replace(true);
                } else {
                    self.end = Some(Err(Failure::Interrupted { signal, write: None }));
                    if !self.running.is_empty() {
                        eprint_line("interrupted: waiting for the handlers that are running");
                    }
                }
            }
            Some(ended) = self.running.next(), if !self.running.is_empty() => {
                if let Err(failure) = ended {
                    self.fail(failure);
                }
            }
            followed = changes.next(), if may_poll => match followed {
                Some(Ok(followed)) => {
                    if let Err(failure) = self.follow(followed) {
                        self.fail(failure);
                    }
                }
                Some(Err(error)) => self.fail(error.into()),
                None => {}
            },
            () = tokio::time::sleep(TICK) => self.report.show(false),
        }
        Ok(())
    }

    fn fail(&mut self, failure: Failure) {
        if matches!(self.end, None | Some(Ok(()))) {
            self.end = Some(Err(failure));
        }
    }

    fn follow(&mut self, followed: Followed) -> Result<(), Failure> {
        let Followed { change, step, .. } = followed;
        match change {
            Change::Created(task) => self.change(Kind::Created, None, Some(task), json!({}), step),
            Change::Changed { before, after } => {
                self.change(Kind::Changed, None, Some(after), json!({ "before": before }), step)
            }
            Change::Left { id, task } => self.change(Kind::Left, Some(id), task, json!({}), step),
            Change::Malformed(item) => {
                self.report.count("malformed", "");
                eprint_line(&format!("a malformed task is not delivered: {}", one_line(&item.to_string())));
                Ok(())
            }
            Change::Polled(_) => {
                self.report.polled();
                self.record(step)?;
                if self.arguments.once {
                    self.end = Some(Ok(()));
                } else {
                    self.report.show(false);
                }
                Ok(())
            }
            Change::Failed { error, .. } if self.arguments.once => Err(error.into()),
            Change::Failed { error, wait } => {
                self.report.count("failed_polls", "");
                let wait = wait.as_secs_f64().ceil();
                eprint_line(&format!("poll: {}; next poll in {wait} s", Failure::Graph(error)));
                self.report.show(false);
                Ok(())
            }
            _ => self.record(step),
        }
    }

    fn change(
        &mut self,
        kind: Kind,
        id: Option<String>,
        task: Option<Box<IncidentTask>>,
        mut line: serde_json::Value,
        step: Step,
    ) -> Result<(), Failure> {
        let id = id.or_else(|| task.as_ref()?.id.clone()).unwrap_or_default();
        let seen = task.as_ref().map(|task| OwnWrite::of(task));
        let (is_own, own) = seen.as_ref().map_or((false, None), |seen| self.state.is_own(&id, seen));
        let own = own.map(|own| (id.clone(), own));
        if is_own {
            self.report.count("own_changes", "");
        }
        if is_own || !self.arguments.kinds().contains(&kind) {
            return Ok(self.state.record(Line { step: Some(step), own, job: None })?);
        }
        self.report.count("changes", kind.name());
        if self.arguments.handling.exec.is_empty() {
            line["change"] = kind.name().into();
            line["id"] = id.into();
            line["task"] = serde_json::to_value(&task).map_err(std::io::Error::from)?;
            print_line(&json_line(&line)?)?;
            return self.record(step);
        }
        let before = self.state.job(&id);
        let is_new = before.is_none();
        let job = match before {
            None => Job::new(kind),
            // It is handled again, in its current version.
            Some(job) => Job { next: Some(Next { kind, seen }), ..job },
        };
        self.state.record(Line { step: Some(step), own, job: Some((id.clone(), Some(job))) })?;
        if is_new {
            self.handle(id, task.map(|task| *task));
        }
        Ok(())
    }

    fn record(&self, step: Step) -> Result<(), Failure> {
        Ok(self.state.record(Line { step: Some(step), ..Line::default() })?)
    }
}
