//! Looks up whether updates with an unknown outcome were applied.

use std::collections::HashMap;

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
pub(super) const LOOK_UPS: usize = 32;

/// Returns the rows that earlier runs may have applied, and whether they did.
pub(super) async fn look_up(
    session: &Session,
    journal: &Journal,
    previous: &PreviousRun,
    interruption: &mut Interruption,
) -> Result<HashMap<u64, bool>, Failure> {
    let open: Vec<_> = previous.open.values().cloned().collect();
    if open.is_empty() {
        return Ok(HashMap::new());
    }
    eprint_line(&format!("{} updates of an earlier run may have been applied; looking them up", open.len()));
    // Recorded as reported from here on.
    let sending = open.iter().filter(|entry| entry.state == State::Sending);
    journal.note(sending.map(|entry| Entry { state: State::Unknown, ..entry.clone() }))?;
    let looked_up = stream::iter(open).map(|entry| async move {
        let is_applied = match entry.id.parse() {
            Ok(id) => is_applied(session, &id, &entry.status.as_str().into()).await,
            Err(_) => false,
        };
        (entry, is_applied)
    });
    let mut looked_up = std::pin::pin!(looked_up.buffer_unordered(LOOK_UPS));
    let mut found = HashMap::new();
    while let Some((entry, is_applied)) = tokio::select! {
        next = looked_up.next() => next,
        signal = interruption.next() => return Err(Failure::Interrupted { signal, write: None }),
    } {
        found.insert(entry.row, is_applied);
        if is_applied {
            journal.note([Entry { state: State::Applied, ..entry }])?;
        }
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
