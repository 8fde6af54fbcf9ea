//! `GET /security/incidentTasks/{incidentTaskId}`

use msgraph_core::{Error, IntoOperation, Operation, Response, RetryMode, Transport};
use msgraph_incident_tasks_api::operations;
use msgraph_incident_tasks_api::types::IncidentTask;

use crate::client::Client;
use crate::incident_task_id::IncidentTaskId;
use crate::request::{RequestFuture, send};

impl Client {
    /// Reads an incident task. See [Get incident
    /// task](https://learn.microsoft.com/graph/api/security-incidenttask-get?view=graph-rest-beta).
    pub fn get_incident_task(&self, id: impl TryInto<IncidentTaskId, Error: Into<Error>>) -> GetIncidentTask {
        let operation = id.try_into().map(operations::GetIncidentTask::new).map_err(Into::into);
        GetIncidentTask { transport: self.transport().clone(), operation }
    }
}

/// A read of an incident task. Sent by `.await`, [`send`](Self::send) or a [`Batch`](crate::Batch).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct GetIncidentTask {
    transport: Transport,
    /// An invalid ID is an error on sending.
    operation: Result<operations::GetIncidentTask, Error>,
}

impl GetIncidentTask {
    /// Reads only these properties, such as `id,status`; all others are `None`. Documented only in
    /// Microsoft's OpenAPI spec.
    pub fn select(self, properties: impl Into<String>) -> Self {
        self.with(|operation| operation.select(properties))
    }

    /// Reads a relationship in full, such as `incident`; properties without a field are in `extra`. Documented only in
    /// Microsoft's OpenAPI spec.
    pub fn expand(self, relationships: impl Into<String>) -> Self {
        self.with(|operation| operation.expand(relationships))
    }

    /// Sends the request, and returns the task.
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] if no task has the ID; [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), with
    /// nothing sent, for an invalid ID; see [`ErrorKind`](crate::ErrorKind) for all others.
    pub async fn send(self) -> Result<IncidentTask, Error> {
        self.response().await.map(Response::into_value)
    }

    /// Sends the request, and returns the task with the status and headers of the response, and what was repaired in
    /// its body: a 206 has warnings.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn response(self) -> Result<Response<IncidentTask>, Error> {
        send(self.transport.clone(), self).await
    }

    fn with(self, set: impl FnOnce(operations::GetIncidentTask) -> operations::GetIncidentTask) -> Self {
        Self { operation: self.operation.map(set), ..self }
    }
}

impl IntoOperation for GetIncidentTask {
    type Operation = operations::GetIncidentTask;

    fn into_operation(self) -> Result<(Self::Operation, RetryMode), Error> {
        Ok((self.operation?, operations::GetIncidentTask::RETRY_MODE))
    }
}

impl IntoFuture for GetIncidentTask {
    type Output = Result<IncidentTask, Error>;
    type IntoFuture = RequestFuture<IncidentTask>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
