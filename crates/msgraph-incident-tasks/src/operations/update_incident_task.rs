//! `PATCH /security/incidentTasks/{incidentTaskId}`

use msgraph_core::{Error, Repeat};
use msgraph_incident_tasks_api::types::{IncidentTask, IncidentTaskStatus, IncidentTaskUpdate};

use crate::confirmation::{Confirmation, confirm};
use crate::{Client, IncidentTaskId};

const OPERATION: &str = "update_incident_task";
const NO_CONTENT: u16 = 204;

impl Client {
    /// Updates an incident task. Its status is all that can be updated. See [Update incident
    /// task](https://learn.microsoft.com/graph/api/security-incidenttask-update?view=graph-rest-beta).
    ///
    /// There is no `ETag`: an update replaces whatever status the task has by then. It is sent again where
    /// an answer is missing or says to come back, since setting a status twice is as good as once; such a
    /// repeat can overwrite a newer status that someone else has set in between. See
    /// [`repeat`](UpdateIncidentTask::repeat).
    pub fn update_incident_task(&self, id: impl Into<IncidentTaskId>) -> UpdateIncidentTask {
        UpdateIncidentTask {
            client: self.clone(),
            id: id.into(),
            body: IncidentTaskUpdate::new(),
            repeat: Repeat::Idempotent,
        }
    }
}

/// An update of an incident task, sent by [`send`](Self::send).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`"]
pub struct UpdateIncidentTask {
    client: Client,
    id: IncidentTaskId,
    body: IncidentTaskUpdate,
    repeat: Repeat,
}

impl UpdateIncidentTask {
    /// The new status. An update without one is legal, and changes nothing.
    pub fn status(mut self, status: impl Into<IncidentTaskStatus>) -> Self {
        self.body = self.body.status(status);
        self
    }

    /// Lets a status be sent that this build doesn't know: for one that Microsoft has added since.
    pub fn allow_unknown_status(mut self) -> Self {
        self.body = self.body.allow_unknown_values();
        self
    }

    /// Whether the update may be sent again. True unless set; false sends it once, so that it can't
    /// overwrite what was set after it.
    pub fn repeat(mut self, repeat: bool) -> Self {
        self.repeat = if repeat { Repeat::Idempotent } else { Repeat::Never };
        self
    }

    pub(super) fn repeating(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// Sends the update, and returns the task as it is now.
    ///
    /// Dropping the future before it has been polled sends nothing. Dropping it later ends the request, and
    /// leaves it open whether the update was applied.
    ///
    /// # Errors
    ///
    /// Each error says by [`write_outcome`](Error::write_outcome) what became of the update.
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), with nothing sent, for a status that can't be sent: the sentinel
    /// `unknownFutureValue`, or one that this build doesn't know.
    /// Where the service applies the update without answering with the task, as Graph may by a 204, the task is
    /// read; if that fails, the error is that of the read, and its outcome is
    /// [`Applied`](crate::WriteOutcome::Applied) all the same.
    pub async fn send(self) -> Result<IncidentTask, Error> {
        let Self { client, id, body, repeat } = self;
        let error = match client.api(repeat).update_incident_task(id.as_str(), &body).await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(error) => error,
        };
        if error.status() != Some(NO_CONTENT) {
            return Err(error);
        }
        // Rare, so that its size is not that of each update.
        let read = Box::pin(client.get_incident_task(id).send()).await;
        read.map_err(|error| error.after_applied(OPERATION))
    }

    /// Looks whether the task has the status, after an error whose outcome is
    /// [`Unknown`](crate::WriteOutcome::Unknown): reads the task up to three times, as a change can take a moment to
    /// be seen.
    ///
    /// `matches` is whether the task has the status, whoever has set it. That it has another one does not mean
    /// that the update was not applied: it can still be on its way, or someone has set another status since.
    ///
    /// # Errors
    ///
    /// Those of [`get_incident_task`](Client::get_incident_task), where the last read failed. A read says nothing of
    /// what became of the write.
    pub async fn confirm(&self) -> Result<Confirmation<IncidentTaskStatus>, Error> {
        let wanted = self.body.status.as_ref();
        confirm(&self.client, &self.id, |task| task.status, |status| wanted.is_none_or(|wanted| wanted == status)).await
    }
}
