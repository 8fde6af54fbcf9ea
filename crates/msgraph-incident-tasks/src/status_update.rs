//! One update of many.

use msgraph_core::Error;
use msgraph_incident_tasks_api::types::IncidentTaskStatus;

use crate::incident_task_id::IncidentTaskId;

/// One update of [`update_incident_tasks`](crate::Client::update_incident_tasks).
///
/// ```
/// use msgraph_incident_tasks::StatusUpdate;
/// use msgraph_incident_tasks::types::IncidentTaskStatus;
///
/// let update = StatusUpdate::new("213213", IncidentTaskStatus::Completed)?;
/// assert_eq!(update, ("213213", "completed").try_into()?);
/// # Ok::<(), msgraph_incident_tasks::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusUpdate {
    /// The ID of the task.
    pub id: IncidentTaskId,
    /// The new status.
    pub status: IncidentTaskStatus,
}

impl StatusUpdate {
    /// Returns an update that sets the status of a task.
    ///
    /// # Errors
    ///
    /// If the ID is invalid.
    pub fn new(
        id: impl TryInto<IncidentTaskId, Error: Into<Error>>,
        status: impl Into<IncidentTaskStatus>,
    ) -> Result<Self, Error> {
        Ok(Self { id: id.try_into().map_err(Into::into)?, status: status.into() })
    }
}

impl<I, S> TryFrom<(I, S)> for StatusUpdate
where
    I: TryInto<IncidentTaskId, Error: Into<Error>>,
    S: Into<IncidentTaskStatus>,
{
    type Error = Error;

    /// # Errors
    ///
    /// If the ID is invalid.
    fn try_from((id, status): (I, S)) -> Result<Self, Error> {
        Self::new(id, status)
    }
}
