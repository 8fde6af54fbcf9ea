//! `PATCH /security/incidentTasks/{incidentTaskId}`

use msgraph_core::{Error, IntoOperation, Response, RetryMode, Transport};
use msgraph_incident_tasks_api::operations;
use msgraph_incident_tasks_api::types::{IncidentTask, IncidentTaskStatus, IncidentTaskUpdate};

use crate::client::Client;
use crate::confirmation::{Confirmation, confirm};
use crate::incident_task_id::IncidentTaskId;
use crate::request::{RequestFuture, send};

impl Client {
    /// Updates an incident task. Only its status can be updated. See [Update incident
    /// task](https://learn.microsoft.com/graph/api/security-incidenttask-update?view=graph-rest-beta).
    ///
    /// Graph has no `ETag` for tasks: an update replaces any status. Setting a status is idempotent, so the update is
    /// retried if its response is lost or asks for it; such a retry can overwrite a status that someone else has set in
    /// between. To avoid that, set [`retry_mode`](UpdateIncidentTask::retry_mode).
    pub fn update_incident_task(&self, id: impl TryInto<IncidentTaskId, Error: Into<Error>>) -> UpdateIncidentTask {
        UpdateIncidentTask {
            transport: self.transport().clone(),
            id: id.try_into().map_err(Into::into),
            body: IncidentTaskUpdate::new(),
            retry_mode: RetryMode::Idempotent,
        }
    }
}

/// An update of an incident task. Sent by `.await`, [`send`](Self::send) or a [`Batch`](crate::Batch).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct UpdateIncidentTask {
    transport: Transport,
    /// An invalid ID is an error on sending.
    id: Result<IncidentTaskId, Error>,
    body: IncidentTaskUpdate,
    retry_mode: RetryMode,
}

impl UpdateIncidentTask {
    /// Sets the new status. An update without one is valid, and changes nothing.
    pub fn status(mut self, status: impl Into<IncidentTaskStatus>) -> Self {
        self.body = self.body.status(status);
        self
    }

    /// Allows a status that this build does not know, such as one that Microsoft has added since.
    pub fn allow_unknown_status(mut self) -> Self {
        self.body = self.body.allow_unknown_values();
        self
    }

    /// Sets when the update is retried. Default: [`RetryMode::Idempotent`]. With [`RetryMode::Never`] it cannot
    /// overwrite a status that was set after it.
    pub fn retry_mode(mut self, retry_mode: RetryMode) -> Self {
        self.retry_mode = retry_mode;
        self
    }

    /// Sends the update, and returns the updated task.
    ///
    /// Dropping the future before it is polled sends nothing. Dropping it later aborts the request; whether the update
    /// was applied is then unknown.
    ///
    /// # Errors
    ///
    /// Each error has the [outcome](Error::write_outcome) of the update.
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), with nothing sent, for an invalid ID or status: the
    /// sentinel `unknownFutureValue`, or a status that this build does not know.
    /// If the service applies the update without returning the task, as Graph may with a 204, the task is
    /// read; if that fails, the error is that of the read, with the outcome
    /// [`Applied`](crate::WriteOutcome::Applied).
    pub async fn send(self) -> Result<IncidentTask, Error> {
        self.response().await.map(Response::into_value)
    }

    /// Sends the update, and returns the task with the status and headers of the response, and what was repaired in
    /// its body: a 206 has warnings.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn response(self) -> Result<Response<IncidentTask>, Error> {
        send(self.transport.clone(), self).await
    }

    /// Reads whether the task has the status, after an error whose outcome is
    /// [`Unknown`](crate::WriteOutcome::Unknown): up to three times, as a change can take a moment to be visible.
    ///
    /// `matches` is true if the task has the status, whoever has set it. Another status does not mean that the update
    /// was not applied: it may still be processed, or someone has set another status since.
    ///
    /// # Errors
    ///
    /// Those of [`get_incident_task`](Client::get_incident_task), if the last read failed. They are about the read, not
    /// the update.
    pub async fn confirm(&self) -> Result<Confirmation<IncidentTaskStatus>, Error> {
        let id = self.id.clone()?;
        let wanted = self.body.status.as_ref();
        let is_wanted = |status: &_| wanted.is_none_or(|wanted| wanted == status);
        confirm(&self.transport, &id, |task| task.status, is_wanted).await
    }
}

impl IntoOperation for UpdateIncidentTask {
    type Operation = operations::UpdateIncidentTask;

    fn into_operation(self) -> Result<(Self::Operation, RetryMode), Error> {
        Ok((operations::UpdateIncidentTask::new(self.id?, self.body), self.retry_mode))
    }
}

impl IntoFuture for UpdateIncidentTask {
    type Output = Result<IncidentTask, Error>;
    type IntoFuture = RequestFuture<IncidentTask>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
