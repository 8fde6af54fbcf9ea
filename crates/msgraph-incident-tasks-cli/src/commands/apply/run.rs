//! A run of `apply`: rows in, requests out, results in order.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt, stream};
use msgraph_incident_tasks::types::IncidentTask;
use msgraph_incident_tasks::{Confirmation, Error, ErrorKind, StatusUpdate, WriteOutcome};
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::Apply;
use super::input::{InvalidRow, Row, Rows, Source};
use super::journal::{Entry, Journal, Left, State};
use super::report::{Outcome, Report};
use super::updates::{CHUNK, SharedJournal, Updates, differs_from_journal, in_background};
use crate::exit::{Failure, of_graph};
use crate::session::Session;
use crate::{interrupt, say};

/// How many tasks are looked up at once.
const LOOK_UPS: usize = 32;
/// How many problems of a file are said.
const PROBLEMS: usize = 5;

pub(super) async fn run(apply: Apply, session: &Session) -> Result<(), Failure> {
    let (journal, left) = match &apply.journal {
        Some(path) => {
            Journal::open(path, session.client.endpoint(), apply.resume).map(|(journal, left)| (Some(journal), left))?
        }
        None => (None, Left::new()),
    };
    let count = match &apply.source {
        // What can be read only once is not read to be checked first.
        Source::File(path) if path.is_file() => Some(checked_as_a_whole(apply.source.rows(&apply.rules)?, &left)?),
        Source::File(_) | Source::Stdin => None,
    };
    let rows = apply.source.rows(&apply.rules)?;
    let journal = Arc::new(Mutex::new(journal));
    let looked_up = look_up(session, &journal, &left).await?;

    let mut report = Report::new(session.output, count);
    let (stop, stopped) = watch::channel(false);
    let (settled_sender, mut settled) = mpsc::unbounded_channel();
    let in_flight = Arc::new(Mutex::new(HashMap::new()));
    let updates = Updates {
        rows: in_background(rows)?,
        room: report.room(),
        stopped,
        journal: Arc::clone(&journal),
        left,
        looked_up,
        settled: settled_sender,
        ready: VecDeque::new(),
        sent: 0,
        in_flight: Arc::clone(&in_flight),
        is_broken: false,
    };
    let updates = stream::unfold(updates, |mut updates| async move { Some((updates.next().await?, updates)) });
    let mut bulk =
        session.client.update_incident_tasks_from(updates).in_flight(in_flight_of(&apply)).repeat_if_not_run();
    if apply.one_by_one {
        bulk = bulk.one_by_one();
    }
    if apply.rules.allow_unknown_status {
        bulk = bulk.allow_unknown_status();
    }
    let is_dry_run = session.is_dry_run();
    let results = bulk.send()?.map(|update| {
        let row = in_flight.lock().unwrap_or_else(PoisonError::into_inner).remove(&update.index);
        async move {
            let result = match update.result {
                Err(error) if error.write_outcome() == Some(WriteOutcome::Unknown) && !is_dry_run => {
                    let seen = is_seen(session, &update.input).await;
                    if seen { Ok(None) } else { Err(error) }
                }
                result => result.map(Some),
            };
            (row, result)
        }
    });
    let mut results = std::pin::pin!(results.buffer_unordered(LOOK_UPS));

    let (mut signal, mut broken) = (None, None);
    // One listener over all turns: a signal that comes between two of them is not lost.
    let mut interruption = Box::pin(interrupt::interrupted());
    loop {
        let (number, outcome) = tokio::select! {
            biased;
            Some(settled) = settled.recv() => match settled {
                Ok(settled) => settled,
                Err(failure) => {
                    broken = Some(failure);
                    continue;
                }
            },
            result = results.next() => match result {
                None => break,
                Some((None, _)) => continue,
                Some((Some(row), Err(error))) if is_dry_run && error.kind() == ErrorKind::DryRun => {
                    report.pass(row.number)?;
                    continue;
                }
                Some((Some(row), result)) => {
                    let (number, outcome) = (row.number, outcome_of(&row, result));
                    note(&journal, &Entry::new(&row, outcome.state))?;
                    (number, outcome)
                }
            },
            interrupted = &mut interruption => {
                interruption = Box::pin(interrupt::interrupted());
                if signal.replace(interrupted?).is_some() {
                    break;
                }
                say("interrupted: what is under way will end; once more to leave it");
                // Nobody listens where all has been read.
                let _ = stop.send(true);
                continue;
            }
        };
        report.add(number, outcome)?;
        if apply.max_errors.is_some_and(|max| report.counts.failed() as u64 >= max) {
            let _ = stop.send(true);
        }
    }
    while let Ok(settled) = settled.try_recv() {
        match settled {
            Ok((number, outcome)) => report.add(number, outcome)?,
            Err(failure) => broken = Some(failure),
        }
    }
    let ended = end(&apply, report, count, signal, is_dry_run);
    broken.map_or(ended, Err)
}

/// The most requests on their way; one by one each batch counts as its rows.
fn in_flight_of(apply: &Apply) -> usize {
    if apply.one_by_one { apply.concurrency * CHUNK } else { apply.concurrency }
}

/// Prints the rest, and says how it went.
fn end(
    apply: &Apply,
    mut report: Report,
    rows: Option<u64>,
    signal: Option<u8>,
    is_dry_run: bool,
) -> Result<(), Failure> {
    if is_dry_run {
        let (failed, all) = (report.counts.failed(), report.counts.all);
        return match signal {
            Some(signal) => Err(Failure::Interrupted(signal)),
            None if failed > 0 => report.end().and(Err(Failure::Partial { failed, all })),
            None => Ok(()),
        };
    }
    report.end()?;
    let counts = &report.counts;
    let unread = rows.and_then(|rows| rows.checked_sub(counts.all as u64)).unwrap_or_default();
    let earlier = if counts.earlier > 0 { format!(" ({} by earlier runs)", counts.earlier) } else { String::new() };
    let unread_text = if unread > 0 { format!(", {unread} not tried") } else { String::new() };
    say(&format!(
        "{} rows: {} applied{earlier}, {} not applied, {} not sent, {} unknown{unread_text}",
        counts.all as u64 + unread,
        counts.applied,
        counts.not_applied,
        counts.not_sent,
        counts.unknown
    ));
    let is_whole = counts.failed() == 0 && unread == 0 && signal.is_none();
    if let (false, Some(journal)) = (is_whole, &apply.journal) {
        say(&format!("finish it with --resume; the journal is {}", journal.display()));
    }
    match signal {
        Some(signal) => Err(Failure::Interrupted(signal)),
        None if counts.failed() > 0 => Err(Failure::Partial { failed: counts.failed(), all: counts.all }),
        None if unread > 0 => Err(Failure::Found(format!("{unread} rows are gone from the file since it was checked"))),
        None => Ok(()),
    }
}

/// Reads a file to its end before anything is sent, and says how many rows it has.
fn checked_as_a_whole(rows: Rows, left: &Left) -> Result<u64, Failure> {
    let (mut count, mut problems) = (0, Vec::new());
    for row in rows {
        count += 1;
        let problem = match row? {
            Ok(row) => differs_from_journal(&row, left).map(|reason| (row.number, reason)),
            Err(InvalidRow { number, reason, .. }) => Some((number, reason)),
        };
        problems.extend(problem.map(|(number, reason)| format!("row {number}: {reason}")));
        if problems.len() > PROBLEMS {
            problems[PROBLEMS] = "and more".to_owned();
            break;
        }
    }
    match problems.is_empty() {
        true => Ok(count),
        false => Err(Failure::Usage(format!("nothing was sent: {}", problems.join("; ")))),
    }
}

fn note(journal: &SharedJournal, entry: &Entry) -> Result<(), Failure> {
    journal.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map_or(Ok(()), |journal| journal.note(entry))
}

/// Looks what became of the rows that may have been applied by earlier runs. True are those that can be seen.
async fn look_up(session: &Session, journal: &SharedJournal, left: &Left) -> Result<HashMap<u64, bool>, Failure> {
    let mut open: Vec<_> =
        left.values().filter(|entry| matches!(entry.state, State::Sending | State::Unknown)).cloned().collect();
    open.sort_by_key(|entry| entry.row);
    if open.is_empty() {
        return Ok(HashMap::new());
    }
    say(&format!("{} updates of an earlier run may have been applied; looking them up", open.len()));
    for entry in open.iter().filter(|entry| entry.state == State::Sending) {
        // From here on it is reported, whatever happens next.
        note(journal, &Entry { state: State::Unknown, ..entry.clone() })?;
    }
    let looked_up = stream::iter(open).map(|entry| async move {
        let update = entry.id.parse().map(|id| (id, entry.status.as_str().into()));
        let seen = match update {
            Ok(update) => is_seen(session, &update).await,
            Err(_) => false,
        };
        (entry, seen)
    });
    let mut looked_up = std::pin::pin!(looked_up.buffer_unordered(LOOK_UPS));
    let mut seen = HashMap::new();
    // One listener over all turns: a signal that comes between two of them is not lost.
    let mut interruption = std::pin::pin!(interrupt::interrupted());
    while let Some((entry, is_seen)) = tokio::select! {
        next = looked_up.next() => next,
        signal = &mut interruption => return Err(Failure::Interrupted(signal?)),
    } {
        if is_seen {
            note(journal, &Entry { state: State::Applied, ..entry.clone() })?;
        }
        seen.insert(entry.row, is_seen);
    }
    let applied = seen.values().filter(|seen| **seen).count();
    say(&format!("{applied} were applied; {} will be sent again", seen.len() - applied));
    Ok(seen)
}

/// Whether a task has the status that it was to get. What can't be read is not seen.
async fn is_seen(session: &Session, (id, status): &StatusUpdate) -> bool {
    let update = session.client.update_incident_task(id).status(status.clone());
    matches!(update.confirm().await, Ok(Confirmation::Observed { matches: true, .. }))
}

/// What a result means for its row. `None` is a write that was not answered, and was seen to be applied.
fn outcome_of(row: &Row, result: Result<Option<IncidentTask>, Error>) -> Outcome {
    let (state, error, task) = match result {
        Ok(task) => (State::Applied, None, task.and_then(|task| serde_json::to_value(task).ok())),
        Err(error) => {
            let state = match error.write_outcome() {
                // The update was applied, and its answer can't be used: nothing is left to do.
                Some(WriteOutcome::Applied) => State::Applied,
                Some(WriteOutcome::NotApplied) => State::NotApplied,
                Some(WriteOutcome::NotSent) => State::NotSent,
                _ => State::Unknown,
            };
            (state, Some((error.to_string(), of_graph(&error))), None::<Value>)
        }
    };
    Outcome { id: row.id.to_string(), status: row.status.to_string(), state, earlier: false, error, task }
}
