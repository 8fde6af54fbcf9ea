//! Handles tasks: claim, handler, status, retries.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskStatus};
use msgraph_incident_tasks::{Confirmation, Error, WriteOutcome};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, watch};

use super::handler::{Ended, Handler, Input};
use super::report::Report;
use super::state::{Job, Kind, Stage, State};
use crate::failure::Failure;
use crate::files::{about, open_bounded, open_private, replace, temporary};
use crate::session::Session;
use crate::text::eprint_line;

/// The wait after the first failed attempt, which doubles with each, and the longest one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const MAX_WAIT: Duration = Duration::from_secs(300);

/// The state that all tasks of a run share.
pub(super) struct Jobs<'a> {
    pub(super) session: &'a Session,
    pub(super) state: &'a State,
    pub(super) report: &'a Report,
    pub(super) handler: Handler,
    pub(super) claims: bool,
    pub(super) on_success: Option<IncidentTaskStatus>,
    pub(super) on_failure: Option<IncidentTaskStatus>,
    pub(super) max_attempts: u32,
    /// One permit for each concurrent handler; closed to start no more handlers.
    pub(super) permits: Semaphore,
    /// Set to end the waits, and to end the handlers.
    pub(super) stops: watch::Receiver<bool>,
    pub(super) ends: watch::Receiver<bool>,
    pub(super) dead_letters: Option<PathBuf>,
}

/// The outcome of an attempt.
enum Attempt {
    Done,
    /// No handler was started, since the run ends.
    Stopped,
    Failed(String),
}

/// A task that failed for the last time, as a line of a file.
#[derive(Serialize, Deserialize)]
pub(super) struct DeadLetter {
    pub(super) id: String,
    pub(super) change: Kind,
    attempts: u32,
    reason: String,
    time: String,
    task: Option<IncidentTask>,
}

impl Jobs<'_> {
    /// Handles a task until it is done, given up or stopped. Reads the task if it is `None`.
    pub(super) async fn run(&self, id: String, mut task: Option<IncidentTask>) -> Result<(), Failure> {
        loop {
            let Ok(permit) = self.permits.acquire().await else { return Ok(()) };
            let attempt = self.attempt(&id, &mut task).await?;
            drop(permit);
            let Some(job) = self.state.job(&id) else { return Ok(()) };
            let is_done = match attempt {
                Attempt::Stopped => return Ok(()),
                Attempt::Done => true,
                Attempt::Failed(reason) => {
                    let attempts = job.attempts + 1;
                    self.state.change_job(&id, |job| (job.attempts, job.reason) = (attempts, Some(reason.clone())))?;
                    let is_last = matches!(job.stage, Stage::Succeeded | Stage::Failed);
                    if attempts < self.max_attempts {
                        if !self.wait(&id, &reason, attempts).await {
                            return Ok(());
                        }
                    } else if is_last {
                        self.give_up(&id, &reason, None)?;
                    } else {
                        self.state.change_job(&id, |job| job.stage = Stage::Failed)?;
                    }
                    is_last && attempts >= self.max_attempts
                }
            };
            if is_done {
                let next = self.next(&id);
                self.state.set_job(&id, next.clone())?;
                if next.is_none() {
                    return Ok(());
                }
            }
            task = None;
        }
    }

    /// Returns the job for changes of a task by others while it was handled.
    fn next(&self, id: &str) -> Option<Job> {
        let next = self.state.job(id)?.next?;
        let is_own = next.seen.is_some_and(|seen| self.state.is_own(id, &seen).0);
        (!is_own).then(|| Job::new(next.kind))
    }

    /// Waits before the next attempt. Returns false if this run has none.
    async fn wait(&self, id: &str, reason: &str, attempts: u32) -> bool {
        let wait = FIRST_WAIT.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(MAX_WAIT);
        eprint_line(&format!("{id}: {reason}; attempt {} in {} s", attempts + 1, wait.as_secs()));
        let mut stops = self.stops.clone();
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            _ = stops.wait_for(|stops| *stops) => false,
        }
    }

    async fn attempt(&self, id: &str, kept: &mut Option<IncidentTask>) -> Result<Attempt, Failure> {
        let Some(mut job) = self.state.job(id) else { return Ok(Attempt::Done) };
        if let (Stage::Queued, Some(next)) = (job.stage, job.next.take()) {
            // The stored task may be out of date.
            *kept = None;
            job.kind = if next.kind == Kind::Left { Kind::Left } else { job.kind };
            self.state.set_job(id, Some(job.clone()))?;
        }
        let mut task = match kept.take() {
            Some(task) => Some(task),
            None => match self.session.client.get_incident_task(id).send().await {
                Ok(task) => Some(task),
                Err(error) if error.is_not_found() => None,
                Err(error) => return rejected(error).map(Attempt::Failed),
            },
        };
        let (claims, handles) = (self.claims && job.kind != Kind::Left, job.stage < Stage::Succeeded);
        if task.is_none() && job.kind != Kind::Left && job.stage != Stage::Failed {
            // A stale read can be of the time before it was created.
            return Ok(Attempt::Failed("there is no such task".to_owned()));
        }
        if claims && job.stage < Stage::Claimed {
            match self.claim(id, job.stage, task.as_ref()).await? {
                Ok(claimed) => task = Some(claimed),
                Err(reason) => return Ok(Attempt::Failed(reason)),
            }
        }
        if handles && let Some(attempt) = self.handle(id, task.as_ref()).await? {
            return Ok(attempt);
        }
        let has_failed = job.stage == Stage::Failed;
        let status = if has_failed { &self.on_failure } else { &self.on_success };
        if let (Some(status), Some(task)) = (status, task.as_ref().filter(|_| job.kind != Kind::Left)) {
            // An earlier attempt may have set it.
            if job.stage == Stage::Succeeded && task.status.as_ref() == Some(status) {
                self.state.add_own(id, task)?;
            } else if let Err(reason) = self.update(id, status.clone(), Some(task)).await? {
                return Ok(Attempt::Failed(format!("its status could not be set to {status}: {reason}")));
            }
        }
        if has_failed {
            self.give_up(id, &job.reason.unwrap_or_default(), task)?;
        } else {
            self.report.count("handled", "succeeded");
        }
        Ok(Attempt::Done)
    }

    /// Sets a task to `inProgress`. One that an earlier run may have claimed is not claimed again.
    async fn claim(
        &self,
        id: &str,
        stage: Stage,
        task: Option<&IncidentTask>,
    ) -> Result<Result<IncidentTask, String>, Failure> {
        let claimed = task.filter(|task| task.status == Some(IncidentTaskStatus::InProgress));
        let claimed = match claimed.filter(|_| stage == Stage::Claiming) {
            Some(task) => {
                self.state.add_own(id, task)?;
                Ok(task.clone())
            }
            None => {
                self.state.change_job(id, |job| job.stage = Stage::Claiming)?;
                self.update(id, IncidentTaskStatus::InProgress, None).await?
            }
        };
        if claimed.is_ok() {
            self.state.change_job(id, |job| job.stage = Stage::Claimed)?;
        }
        Ok(claimed.map_err(|reason| format!("it could not be claimed: {reason}")))
    }

    /// Runs the handler. Returns `None` if it succeeds.
    async fn handle(&self, id: &str, task: Option<&IncidentTask>) -> Result<Option<Attempt>, Failure> {
        let mut stops = self.stops.clone();
        let stdin = tokio::select! {
            biased;
            _ = stops.wait_for(|stops| *stops) => return Ok(Some(Attempt::Stopped)),
            stdin = self.handler.stdin(id) => stdin?,
        };
        let Some(job) = self.state.job(id) else { return Ok(Some(Attempt::Done)) };
        let input = Input { id, kind: job.kind, attempt: job.attempts + 1, task };
        self.state.set_job(id, Some(Job { stage: Stage::Running, ..job }))?;
        self.report.count("attempts", "");
        self.report.running(1);
        let ended = self.handler.run(&input, stdin, self.ends.clone()).await;
        self.report.running(-1);
        match ended? {
            Ended::Succeeded => self.handler.clear(id),
            Ended::Failed(reason) => return Ok(Some(Attempt::Failed(format!("its handler failed: {reason}")))),
            Ended::Stopped => return Ok(Some(Attempt::Stopped)),
        }
        self.state.change_job(id, |job| job.stage = Stage::Succeeded)?;
        Ok(None)
    }

    /// Sets a status, unless someone else has changed the task since `before`, and stores the updated version. Returns the
    /// reason of a failure that may be retried.
    async fn update(
        &self,
        id: &str,
        status: IncidentTaskStatus,
        before: Option<&IncidentTask>,
    ) -> Result<Result<IncidentTask, String>, Failure> {
        let update = self.session.client.update_incident_task(id).status(status);
        let task = match update.clone().send().await {
            Ok(task) => Ok(task),
            Err(error) => {
                let is_applied = match error.write_outcome() {
                    Some(WriteOutcome::Applied) => true,
                    Some(WriteOutcome::Unknown) => {
                        let confirmed = update.confirm().await;
                        matches!(confirmed, Ok(Confirmation::Observed { matches: true, .. }))
                    }
                    _ => false,
                };
                if is_applied { self.session.client.get_incident_task(id).send().await } else { Err(error) }
            }
        };
        match task {
            Ok(task) => {
                if before.is_none_or(|before| differs_in_status_only(before, &task)) {
                    self.state.add_own(id, &task)?;
                }
                Ok(Ok(task))
            }
            Err(error) => rejected(error).map(Err),
        }
    }

    /// Adds a task to the file of failed tasks.
    fn give_up(&self, id: &str, reason: &str, task: Option<IncidentTask>) -> Result<(), Failure> {
        self.report.count("handled", "failed");
        self.handler.clear(id);
        let Some(job) = self.state.job(id) else { return Ok(()) };
        eprint_line(&format!("{id}: given up after {} attempts: {reason}", job.attempts.min(self.max_attempts)));
        let time = jiff::Timestamp::now().to_string();
        let (id, reason) = (id.to_owned(), reason.to_owned());
        let letter = DeadLetter { id, change: job.kind, attempts: job.attempts, reason, time, task };
        self.dead_letters.as_ref().map_or(Ok(()), |path| Ok(letter.add_to(path)?))
    }
}

/// Returns the text of an error; fails if the service rejects the sign-in, as it would for each other task.
fn rejected(error: Error) -> Result<String, Failure> {
    let failure = Failure::from(error);
    match &failure {
        Failure::Graph(error) if error.is_unauthorized() || error.is_forbidden() => Err(failure),
        _ => Ok(failure.to_string()),
    }
}

/// Returns true if two versions of a task differ only by an update of the status.
fn differs_in_status_only(one: &IncidentTask, other: &IncidentTask) -> bool {
    let rest = |task: &IncidentTask| {
        let mut json = serde_json::to_value(task).unwrap_or_default();
        if let Some(properties) = json.as_object_mut() {
            properties
                .retain(|name, _| name != "status" && !name.starts_with("lastModified") && !name.starts_with('@'));
        }
        json
    };
    rest(one) == rest(other)
}

impl DeadLetter {
    fn add_to(&self, path: &Path) -> io::Result<()> {
        let mut file = open_private(path, OpenOptions::new().create(true).truncate(false))?;
        let line = [&serde_json::to_vec(self)?[..], b"\n"].concat();
        let added = whole_lines(&mut file).and_then(|end| {
            // The rest of a line of which a full disk took only the beginning; its task is still in the state.
            file.set_len(end)?;
            file.seek(SeekFrom::Start(end))?;
            file.write_all(&line)
        });
        added.map_err(|error| about(path, &error))
    }

    /// Passes each task of a file to `take`, and removes it from the file. Other lines are kept.
    pub(super) fn take_all(path: &Path, mut take: impl FnMut(Self) -> io::Result<()>) -> io::Result<()> {
        let mut file = match open_bounded(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| about(path, &error))?;
        let mut kept = String::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str(line) {
                Ok(letter) => take(letter)?,
                Err(_) => kept.extend([line, "\n"]),
            }
        }
        if kept.is_empty() {
            return std::fs::remove_file(path).map_err(|error| about(path, &error));
        }
        let lines = kept.lines().count();
        eprint_line(&format!("{}: {lines} lines are no failed tasks of this version, and are kept", path.display()));
        replace(path, temporary(path)?, kept.as_bytes()).map(drop)
    }
}

/// Returns the length of a file up to the end of its last whole line.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let mut reader = io::BufReader::new(file);
    let (mut line, mut end) = (Vec::new(), 0);
    reader.rewind()?;
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            return Ok(end);
        }
        end += length as u64;
    }
}
