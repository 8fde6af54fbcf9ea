//! Reads whether a write with an unknown outcome took effect.

use std::time::Duration;

use msgraph_core::{Error, RetryMode, Transport};
use msgraph_incident_tasks_api::operations::GetIncidentTask;
use msgraph_incident_tasks_api::types::IncidentTask;

use crate::incident_task_id::IncidentTaskId;

/// The waits before a second and a third read: a change can take a moment to be visible.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// The state of a task after a write with an unknown outcome.
///
/// It never means that the write was not applied: a write that is not visible yet may still be processed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Confirmation<S> {
    /// The task was read.
    Observed {
        /// The status of the task.
        status: S,
        /// True if the write was to set this status.
        matches: bool,
    },
    /// The task does not exist or has no status.
    Unobserved,
}

/// Reads a task until it has the status that the write was to set, and returns the last read state.
pub(crate) async fn confirm<S>(
    transport: &Transport,
    id: &IncidentTaskId,
    status: impl Fn(IncidentTask) -> Option<S>,
    is_wanted: impl Fn(&S) -> bool,
) -> Result<Confirmation<S>, Error> {
    let read = GetIncidentTask::new(id.as_str());
    let mut waits = WAITS.into_iter();
    loop {
        let observed = match transport.send_with(&read, RetryMode::Idempotent).await {
            Ok(task) => Ok(status(task.into_value()).map_or(Confirmation::Unobserved, |status| {
                let matches = is_wanted(&status);
                Confirmation::Observed { status, matches }
            })),
            Err(error) if error.is_not_found() => Ok(Confirmation::Unobserved),
            Err(error) => Err(error),
        };
        match (&observed, waits.next()) {
            (Ok(Confirmation::Observed { matches: true, .. }), _) | (_, None) => return observed,
            (_, Some(wait)) => transport.wait(wait).await,
        }
    }
}
