//! The state of `follow` on disk: if a run is killed, the next one continues it.
//!
//! The file has a header and a line for each change. Lines are only appended, each by one write; if the file is much
//! larger than the state, it is replaced.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use msgraph_incident_tasks::types::IncidentTask;
use msgraph_incident_tasks::{Checkpoint, Step, Timestamp};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::files::{self, lock, open_bounded, open_private, replace, sync_folder_of, temporary, with_suffix};

const VERSION: u32 = 1;
/// How long another run may keep its lock.
const PATIENCE: Duration = Duration::from_secs(1);
/// The minimum size of a file that is replaced, in bytes.
const MIN_REPLACED: u64 = 1 << 20;

/// What happened to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    Created,
    Changed,
    Left,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Left => "left",
        }
    }
}

/// The progress of handling a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stage {
    Queued,
    /// The claim may have been sent.
    Claiming,
    Claimed,
    /// A handler may have been started.
    Running,
    /// The handler has succeeded; its status may have to be set.
    Succeeded,
    /// The handler has failed for the last time.
    Failed,
}

/// A task that is to be handled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) kind: Kind,
    pub(super) stage: Stage,
    /// The number of failed attempts, and the reason of the last one.
    pub(super) attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Its changes since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Next>,
}

/// What happened to a task while it was handled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Next {
    pub(super) kind: Kind,
    pub(super) seen: Option<OwnWrite>,
}

impl Job {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, stage: Stage::Queued, attempts: 0, reason: None, next: None }
    }
}

/// The status and time of a task after an update by this program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OwnWrite {
    status: Option<String>,
    modified: Option<String>,
}

impl OwnWrite {
    pub(super) fn of(task: &IncidentTask) -> Self {
        let modified = task.last_modified_date_time.as_ref().map(ToString::to_string);
        Self { status: task.status.as_ref().map(ToString::to_string), modified }
    }

    fn time(&self) -> Option<Timestamp> {
        self.modified.as_deref().map(Timestamp::from)
    }
}

/// The whole state, as the first line of a file.
#[derive(Serialize, Deserialize)]
struct Header {
    follow: u32,
    checkpoint: Checkpoint,
    jobs: BTreeMap<String, Job>,
    own: BTreeMap<String, Vec<OwnWrite>>,
}

/// The changes of one line.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<Step>,
    /// The task's job; `None` when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<(String, Option<Job>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) own: Option<(String, Vec<OwnWrite>)>,
}

impl Header {
    fn apply(&mut self, line: Line) {
        if let Some(step) = &line.step {
            self.checkpoint.record(step);
        }
        match line.job {
            Some((id, Some(job))) => drop(self.jobs.insert(id, job)),
            Some((id, None)) => drop(self.jobs.remove(&id)),
            None => {}
        }
        match line.own {
            Some((id, own)) if own.is_empty() => drop(self.own.remove(&id)),
            Some((id, own)) => drop(self.own.insert(id, own)),
            None => {}
        }
    }
}

/// The state of a run; in memory only without a file.
pub(super) struct State(RefCell<Inner>);

struct Inner {
    known: Header,
    file: Option<Log>,
}

struct Log {
    path: PathBuf,
    file: File,
    length: u64,
    /// The length at which the file is replaced.
    limit: u64,
    /// Locked until the end, so that no other run uses this state.
    _lock: File,
}

impl State {
    /// Opens the state at a path, or begins one with `new`.
    pub(super) async fn open(path: Option<&Path>, new: Checkpoint) -> Result<Self, Failure> {
        let new = Header { follow: VERSION, checkpoint: new, jobs: BTreeMap::new(), own: BTreeMap::new() };
        let Some(path) = path else { return Ok(Self(RefCell::new(Inner { known: new, file: None }))) };
        // A link stays: its target is replaced.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let lock_path = with_suffix(path, ".lock");
        let lock_file = open_private(&lock_path, OpenOptions::new().create(true).truncate(false))?;
        // A handler that a killed run was starting has the lock until its program begins.
        let start = Instant::now();
        while !lock(&lock_path, &lock_file)? {
            if start.elapsed() < PATIENCE {
                tokio::time::sleep(PATIENCE / 20).await;
                continue;
            }
            // Not an error of the command line: a service that is restarted can have it later.
            return Err(Failure::CheckFailed(format!("state {}: is in use by another run", path.display())));
        }
        let known = match open_bounded(path) {
            Ok(file) => read(file).map_err(|message| Failure::Usage(format!("state {}: {message}", path.display())))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => new,
            Err(error) => return Err(Failure::Usage(format!("state {error}"))),
        };
        let file = Log::replace(path.to_owned(), &known, lock_file)?;
        Ok(Self(RefCell::new(Inner { known, file: Some(file) })))
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        self.0.borrow().known.checkpoint.clone()
    }

    pub(super) fn jobs(&self) -> BTreeMap<String, Job> {
        self.0.borrow().known.jobs.clone()
    }

    pub(super) fn jobs_len(&self) -> usize {
        self.0.borrow().known.jobs.len()
    }

    pub(super) fn job(&self, id: &str) -> Option<Job> {
        self.0.borrow().known.jobs.get(id).cloned()
    }

    pub(super) fn record(&self, line: Line) -> io::Result<()> {
        let inner = &mut *self.0.borrow_mut();
        let Some(mut log) = inner.file.take() else {
            inner.known.apply(line);
            return Ok(());
        };
        // After a failure nothing is added: lines after a torn one would not be read.
        log.add(&line)?;
        inner.known.apply(line);
        let is_long = log.length > log.limit;
        inner.file = Some(if is_long { Log::replace(log.path, &inner.known, log._lock)? } else { log });
        Ok(())
    }

    pub(super) fn set_job(&self, id: &str, job: Option<Job>) -> io::Result<()> {
        self.record(Line { job: Some((id.to_owned(), job)), ..Line::default() })
    }

    /// Changes the job of a task, if it has one.
    pub(super) fn change_job(&self, id: &str, change: impl FnOnce(&mut Job)) -> io::Result<()> {
        let Some(mut job) = self.job(id) else { return Ok(()) };
        change(&mut job);
        self.set_job(id, Some(job))
    }

    /// Stores the version of a task after an update by this program, until it is read.
    pub(super) fn add_own(&self, id: &str, task: &IncidentTask) -> io::Result<()> {
        let mut own = self.0.borrow().known.own.get(id).cloned().unwrap_or_default();
        own.push(OwnWrite::of(task));
        self.record(Line { own: Some((id.to_owned(), own)), ..Line::default() })
    }

    /// Returns whether a version of a task is the result of this program's updates, and the updates that were not read yet.
    pub(super) fn is_own(&self, id: &str, seen: &OwnWrite) -> (bool, Option<Vec<OwnWrite>>) {
        let inner = self.0.borrow();
        let Some(own) = inner.known.own.get(id) else { return (false, None) };
        // A later change by someone else includes both.
        let later = own.iter().filter(|own| own.time() > seen.time()).cloned().collect();
        (own.contains(seen), Some(later))
    }
}

impl Log {
    /// Replaces the file by a new one with the whole state.
    fn replace(path: PathBuf, known: &Header, lock: File) -> io::Result<Self> {
        let mut text = serde_json::to_vec(known)?;
        text.push(b'\n');
        let temporary = temporary(&path)?;
        let mut file = replace(&path, temporary, &text)?;
        file.sync_all().map_err(|error| files::about(&path, &error))?;
        sync_folder_of(&path);
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self { path, file, length, limit: MIN_REPLACED.max(length.saturating_mul(2)), _lock: lock })
    }

    fn add(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.length += text.len() as u64;
        self.file.write_all(&text).map_err(|error| files::about(&self.path, &error))
    }
}

/// Reads a file up to its last whole line.
fn read(file: File) -> Result<Header, String> {
    let mut reader = BufReader::new(file);
    let mut text = String::new();
    let error = |error: io::Error| error.to_string();
    reader.read_line(&mut text).map_err(error)?;
    let mut header: Header =
        serde_json::from_str(&text).map_err(|error| format!("is not a state file of follow: {error}"))?;
    if header.follow != VERSION {
        return Err(format!("has format version {}, but this program supports only {VERSION}", header.follow));
    }
    loop {
        text.clear();
        reader.read_line(&mut text).map_err(error)?;
        // A kill can tear only the last line.
        let Some(line) = text.strip_suffix('\n') else { return Ok(header) };
        header.apply(serde_json::from_str(line).map_err(|error| format!("has an invalid line: {error}"))?);
    }
}
