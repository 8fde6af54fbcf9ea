//! Looks up whether updates with an unknown outcome were applied.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Confirmation, ErrorKind, IncidentTaskId};

use super::journal::Journal;
use super::previous_run::{Entry, PreviousRun, State};
use crate::failure::Failure;
use crate::interrupt::Interruption;
use crate::session::Session;
use crate::text::eprint_line;

/// The number of tasks that are looked up at once.
const LOOK_UPS: usize = 32;
/// The waits before the first, second and third read of all rows: those of `confirm`, which reads one.
const WAITS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(4)];

/// What a row that an earlier run may have applied turned out to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
    Applied,
    NotApplied,
    /// Its task could not be read.
    Unread,
}

/// Looks up the rows that earlier runs may have applied. Fails if the service rejects the sign-in.
pub(super) async fn look_up(
    session: &Session,
    journal: &Journal,
    previous: &PreviousRun,
    interruption: &mut Interruption,
) -> Result<HashMap<u64, Found>, Failure> {
    let mut open: Vec<_> = previous.open.values().cloned().collect();
    if open.is_empty() {
        return Ok(HashMap::new());
    }
    eprint_line(&format!("{} updates of an earlier run may have been applied; looking them up", open.len()));
    // Recorded as reported from here on.
    let sending = open.iter().filter(|entry| entry.state == State::Sending);
    journal.note(sending.map(|entry| Entry { state: State::Unknown, ..entry.clone() }))?;
    let mut found = HashMap::new();
    for wait in WAITS {
        if open.is_empty() {
            break;
        }
        let read = stream::iter(std::mem::take(&mut open));
        let read = read.map(|entry| async move { (find(session, &entry).await, entry) });
        let mut read = std::pin::pin!(read.buffer_unordered(LOOK_UPS));
        tokio::select! {
            () = session.timer.wait(wait) => {}
            signal = interruption.next() => return Err(Failure::Interrupted { signal, write: None }),
        }
        while let Some((seen, entry)) = tokio::select! {
            next = read.next() => next,
            signal = interruption.next() => return Err(Failure::Interrupted { signal, write: None }),
        } {
            let seen = seen?;
            found.insert(entry.row, seen);
            if seen == Found::Applied {
                journal.note([Entry { state: State::Applied, ..entry }])?;
            } else {
                open.push(entry);
            }
        }
    }
    let count = |of| found.values().filter(|found| **found == of).count();
    let (applied, unread) = (count(Found::Applied), count(Found::Unread));
    let unread = if unread > 0 { format!("; {unread} could not be read, and stay unknown") } else { String::new() };
    eprint_line(&format!("{applied} were applied; {} will be sent again{unread}", count(Found::NotApplied)));
    Ok(found)
}

/// Returns true if the task could be read and has the status.
pub(super) async fn is_applied(session: &Session, id: &IncidentTaskId, status: &IncidentTaskStatus) -> bool {
    let update = session.client.update_incident_task(id).status(status.clone());
    matches!(update.confirm().await, Ok(Confirmation::Observed { matches: true, .. }))
}

async fn find(session: &Session, entry: &Entry) -> Result<Found, Failure> {
    match session.client.get_incident_task(entry.id.as_str()).send().await {
        Ok(task) if task.status.as_ref().is_some_and(|status| status.as_ref() == entry.status) => Ok(Found::Applied),
        Ok(_) => Ok(Found::NotApplied),
        Err(error) if error.is_not_found() => Ok(Found::NotApplied),
        // The journal has an ID that was never sent.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(Found::NotApplied),
        // No other row could be read.
        Err(error) if error.kind() == ErrorKind::Credential || matches!(error.status(), Some(401 | 403)) => {
            Err(error.into())
        }
        Err(_) => Ok(Found::Unread),
    }
}
