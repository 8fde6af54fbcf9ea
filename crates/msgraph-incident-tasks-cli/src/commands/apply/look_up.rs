//! Looks up whether updates with an unknown outcome were applied.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Confirmation, IncidentTaskId};

use super::journal::Journal;
use super::previous_run::{Entry, PreviousRun, State};
use crate::failure::Failure;
use crate::interrupt::Interruption;
use crate::session::Session;
use crate::text::eprint_line;

/// The number of tasks that are looked up at once.
const LOOK_UPS: usize = 32;
/// The waits before the first, second and third read, as of a confirmation, but for all rows together.
const WAITS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(4)];

/// Returns the rows that earlier runs may have applied, and whether they did.
pub(super) async fn look_up(
    session: &Session,
    journal: &Journal,
    previous: &PreviousRun,
    interruption: &mut Interruption,
) -> Result<HashMap<u64, bool>, Failure> {
    let mut open: Vec<_> = previous.open.values().cloned().collect();
    if open.is_empty() {
        return Ok(HashMap::new());
    }
    eprint_line(&format!("{} updates of an earlier run may have been applied; looking them up", open.len()));
    // Recorded as reported from here on.
    let sending = open.iter().filter(|entry| entry.state == State::Sending);
    journal.note(sending.map(|entry| Entry { state: State::Unknown, ..entry.clone() }))?;
    let mut found: HashMap<_, _> = open.iter().map(|entry| (entry.row, false)).collect();
    for wait in WAITS {
        if open.is_empty() {
            break;
        }
        let read = stream::iter(std::mem::take(&mut open))
            .map(|entry| async move { (has_status(session, &entry).await, entry) });
        let mut read = std::pin::pin!(read.buffer_unordered(LOOK_UPS));
        let mut others = Vec::new();
        tokio::select! {
            () = session.timer.wait(wait) => {}
            signal = interruption.next() => return Err(Failure::Interrupted { signal, write: None }),
        }
        while let Some((has_status, entry)) = tokio::select! {
            next = read.next() => next,
            signal = interruption.next() => return Err(Failure::Interrupted { signal, write: None }),
        } {
            if has_status {
                found.insert(entry.row, true);
                journal.note([Entry { state: State::Applied, ..entry }])?;
            } else {
                others.push(entry);
            }
        }
        open = others;
    }
    let applied = found.values().filter(|applied| **applied).count();
    eprint_line(&format!("{applied} were applied; {} will be sent again", found.len() - applied));
    Ok(found)
}

/// Returns true if the task could be read and has the status.
pub(super) async fn is_applied(session: &Session, id: &IncidentTaskId, status: &IncidentTaskStatus) -> bool {
    let update = session.client.update_incident_task(id).status(status.clone());
    matches!(update.confirm().await, Ok(Confirmation::Observed { matches: true, .. }))
}

async fn has_status(session: &Session, entry: &Entry) -> bool {
    let task = session.client.get_incident_task(entry.id.as_str()).send().await;
    task.is_ok_and(|task| task.status.is_some_and(|status| status.as_ref() == entry.status))
}
