//! `incident-tasks watch <id>...`

use std::time::{Duration, Instant};

use clap::Args;
use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskActionStatus, IncidentTaskStatus};
use msgraph_incident_tasks::{Error, ErrorKind, IncidentTaskId};

use crate::failure::Failure;
use crate::output::{Format, json_line, print_line};
use crate::session::Session;
use crate::text::{eprint_line, one_line};
use crate::values::{self, Members};

/// Poll incident tasks until they have a status, or time out
///
/// Prints each change to stderr, and the tasks at the end; with --output jsonl it prints a task at each change. Server
/// errors, throttling and lost connections do not end it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks watch 213213 --until open
  incident-tasks watch 213213 213214 --until open,inProgress
  incident-tasks watch 213214 --until-action notStarted --timeout 60 --output jsonl")]
pub(crate) struct Arguments {
    /// ID of a task: a GUID, or a number such as 213213
    #[arg(required = true, value_name = "ID", value_parser = values::id)]
    ids: Vec<IncidentTaskId>,

    /// End when each task has one of these statuses, separated by commas or spaces
    #[arg(long, value_name = "STATUS", num_args = 1.., default_values = ["completed", "failed", "notRelevant"],
          value_parser = values::members::<IncidentTaskStatus>())]
    until: Vec<Members<IncidentTaskStatus>>,

    /// End when each task's action has one of these statuses; replaces --until
    #[arg(long, value_name = "STATUS", num_args = 1.., conflicts_with = "until",
          value_parser = values::members::<IncidentTaskActionStatus>())]
    until_action: Vec<Members<IncidentTaskActionStatus>>,

    /// Wait for a status that this version does not know, such as one that Microsoft has added since
    #[arg(long)]
    allow_unknown_status: bool,

    /// Time from one read to the next
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = values::seconds)]
    interval: Duration,

    /// Time after which to give up, with exit code 10
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = values::seconds)]
    timeout: Duration,
}

/// A task and its last known state.
struct Watched {
    id: IncidentTaskId,
    seen: Option<String>,
    task: Option<IncidentTask>,
    is_done: bool,
}

impl Arguments {
    /// Fails if a status is unknown.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let consent = "--allow-unknown-status";
        self.until.iter().try_for_each(|until| until.check("--until", self.allow_unknown_status, consent))?;
        let actions = &mut self.until_action.iter();
        actions.try_for_each(|until| until.check("--until-action", self.allow_unknown_status, consent))
    }

    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let new = |id: &IncidentTaskId| Watched { id: id.clone(), seen: None, task: None, is_done: false };
        let mut tasks: Vec<_> = self.ids.iter().map(new).collect();
        let limit = self.timeout;
        match tokio::time::timeout(limit, self.watch(session, &mut tasks)).await {
            Ok(done) => done?,
            Err(_) => {
                let open = tasks.iter().filter(|watched| !watched.is_done).map(|watched| match &watched.seen {
                    Some(seen) => format!("task {} is {seen}", watched.id),
                    None => format!("task {} was not read", watched.id),
                });
                let open = open.collect::<Vec<_>>().join("; ");
                return Err(Failure::TimedOut(format!("{open} after {} s", limit.as_secs_f64())));
            }
        }
        let tasks: Vec<_> = tasks.into_iter().filter_map(|watched| watched.task).collect();
        match tasks.as_slice() {
            _ if session.output.format == Format::Jsonl => Ok(()),
            [task] => session.output.task(task),
            tasks => session.output.tasks(tasks),
        }
    }

    async fn watch(&self, session: &Session, tasks: &mut [Watched]) -> Result<(), Failure> {
        // Bounds the load on the service.
        let interval = self.interval.max(Duration::from_millis(100));
        let mut is_first = true;
        loop {
            let started = Instant::now();
            let mut wait = interval;
            for watched in tasks.iter_mut().filter(|watched| !watched.is_done) {
                match session.get(&watched.id).await {
                    Ok(task) => self.see(session, watched, task, is_first)?,
                    Err(error) if is_transient(&error) => {
                        wait = wait.max(error.retry_after().unwrap_or_default());
                        let line = format!("{}: {}", watched.id, Failure::Graph(error));
                        eprint_line(&format!("{} {line}; trying again in {} s", now(session), wait.as_secs_f64()));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if tasks.iter().all(|watched| watched.is_done) {
                return Ok(());
            }
            is_first = false;
            tokio::time::sleep(wait.saturating_sub(started.elapsed())).await;
        }
    }

    fn see(&self, session: &Session, watched: &mut Watched, task: IncidentTask, is_first: bool) -> Result<(), Failure> {
        watched.is_done = self.is_reached_by(&task);
        let seen = describe(&task);
        if watched.seen.as_ref() != Some(&seen) {
            let note = if watched.is_done && is_first { " (already, nothing to wait for)" } else { "" };
            eprint_line(&format!("{} {}: {seen}{note}", now(session), watched.id));
            if session.output.format == Format::Jsonl {
                print_line(&json_line(&task)?)?;
            }
        }
        (watched.seen, watched.task) = (Some(seen), Some(task));
        Ok(())
    }

    fn is_reached_by(&self, task: &IncidentTask) -> bool {
        if self.until_action.is_empty() {
            return task.status.as_ref().is_some_and(|status| self.until.iter().any(|until| until.0.contains(status)));
        }
        let status = task.action_status.as_ref();
        status.is_some_and(|status| self.until_action.iter().any(|until| until.0.contains(status)))
    }
}

fn now(session: &Session) -> String {
    session.output.times.show_jiff(jiff::Timestamp::now())
}

/// Returns true if the read may succeed later.
fn is_transient(error: &Error) -> bool {
    let by_kind = matches!(error.kind(), ErrorKind::Connect | ErrorKind::Connection | ErrorKind::Timeout);
    by_kind || matches!(error.status(), Some(408 | 429 | 500..)) || cut_off(error)
}

/// Returns true if the response was a success that could not be read, such as a truncated one.
fn cut_off(error: &Error) -> bool {
    error.status().is_some_and(|status| (200..300).contains(&status))
}

fn describe(task: &IncidentTask) -> String {
    let status = task.status.as_ref().map_or("without a status", AsRef::as_ref);
    let action = task.action_status.as_ref().map(|status| format!(", its action {}", status.as_ref()));
    one_line(&format!("{status}{}", action.unwrap_or_default()))
}
