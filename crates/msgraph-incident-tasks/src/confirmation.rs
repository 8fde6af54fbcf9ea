//! Whether a write that may have been applied can be seen.

use std::time::Duration;

use msgraph_core::{Error, Repeat};
use msgraph_incident_tasks_api::types::IncidentTask;

use crate::{Client, IncidentTaskId};

/// The waits before a second and a third read: a change can take a moment to be seen.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// What was seen of a task after a write whose outcome is unknown.
///
/// It never says that the write was not applied: what is not seen may still be on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Confirmation<S> {
    /// The task was read.
    Observed {
        /// The status that it has.
        status: S,
        /// Whether that is what the write was to bring about.
        matches: bool,
    },
    /// There is no such task, or its answer has no status.
    NotSeen,
}

/// Reads a task until it has what the write was to bring about, and says what was seen last.
pub(crate) async fn confirm<S>(
    client: &Client,
    id: &IncidentTaskId,
    status: impl Fn(IncidentTask) -> Option<S>,
    is_wanted: impl Fn(&S) -> bool,
) -> Result<Confirmation<S>, Error> {
    let mut waits = WAITS.into_iter();
    loop {
        let seen = match client.get_incident_task(id).send().await {
            Ok(task) => Ok(status(task).map_or(Confirmation::NotSeen, |status| {
                let matches = is_wanted(&status);
                Confirmation::Observed { status, matches }
            })),
            Err(error) if error.is_not_found() => Ok(Confirmation::NotSeen),
            Err(error) => Err(error),
        };
        match (&seen, waits.next()) {
            (Ok(Confirmation::Observed { matches: true, .. }), _) | (_, None) => return seen,
            (_, Some(wait)) => client.api(Repeat::Idempotent).transport().wait(wait).await,
        }
    }
}
