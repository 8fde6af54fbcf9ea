//! `POST /security/incidentTasks/{incidentTaskId}/microsoft.graph.security.executeResponseAction`

use msgraph_core::{Error, IntoOperation, OpenEnum, Operation, Response, RetryMode, Transport};
use msgraph_incident_tasks_api::operations;
use msgraph_incident_tasks_api::types::{IncidentTask, IncidentTaskActionStatus, IncidentTaskActionType};

use crate::client::Client;
use crate::confirmation::{Confirmation, confirm};
use crate::incident_task_id::IncidentTaskId;
use crate::request::{RequestFuture, send};

impl Client {
    /// Executes the response action of an incident task, which affects a device, a user or a message. See
    /// [Execute response
    /// action](https://learn.microsoft.com/graph/api/security-incidenttask-executeresponseaction?view=graph-rest-beta).
    ///
    /// It is retried only if it certainly was not processed: the connection failed, or the service responded with 401
    /// or 429.
    pub fn execute_response_action(
        &self,
        id: impl TryInto<IncidentTaskId, Error: Into<Error>>,
    ) -> ExecuteResponseAction {
        ExecuteResponseAction {
            transport: self.transport().clone(),
            id: id.try_into().map_err(Into::into),
            retry_mode: operations::ExecuteResponseAction::RETRY_MODE,
        }
    }
}

/// An execution of a response action. Sent by `.await`, [`send`](Self::send) or a [`Batch`](crate::Batch).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ExecuteResponseAction {
    transport: Transport,
    /// An invalid ID, or a task whose action cannot be executed, is an error on sending.
    id: Result<IncidentTaskId, Error>,
    retry_mode: RetryMode,
}

impl ExecuteResponseAction {
    /// Makes sending fail if `task` is another task or has no action type, or if its action type is known and not
    /// executable. A type that this build does not know is left to the service.
    pub fn checked_against(mut self, task: &IncidentTask) -> Self {
        self.id = self.id.and_then(|id| check(&id, task).map(|()| id));
        self
    }

    /// Sets when the execution is retried. Default: [`RetryMode::OnlyIfNotProcessed`]. An execution must not run
    /// twice, so [`RetryMode::Idempotent`] is treated as the default.
    pub fn retry_mode(mut self, retry_mode: RetryMode) -> Self {
        self.retry_mode = match retry_mode {
            RetryMode::Idempotent => RetryMode::OnlyIfNotProcessed,
            other => other,
        };
        self
    }

    /// Sends the execution, and returns after the service accepted it; the task's `action_status` has its progress.
    ///
    /// Dropping the future before it is polled sends nothing. Dropping it later aborts the request; whether the action
    /// is executed is then unknown.
    ///
    /// # Errors
    ///
    /// Each error has the [outcome](Error::write_outcome) of the execution.
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), with nothing sent, for an invalid ID or a task that
    /// [`checked_against`](Self::checked_against) rejects.
    /// A 400 with the code `ActionAlreadyInProgress` if it was executed before, and with
    /// `UnsupportedActionType` if its type cannot be executed.
    pub async fn send(self) -> Result<(), Error> {
        self.response().await.map(Response::into_value)
    }

    /// Sends the execution as [`send`](Self::send) does, and returns the status and headers of the response.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn response(self) -> Result<Response<()>, Error> {
        send(self.transport.clone(), self).await
    }

    /// Reads whether the action has begun, after an error whose outcome is
    /// [`Unknown`](crate::WriteOutcome::Unknown): up to three times. `matches` is true if the
    /// action status is not `notStarted`, whoever has started it.
    ///
    /// # Errors
    ///
    /// Those of [`get_incident_task`](Client::get_incident_task), if the last read failed. They are about the read, not
    /// the execution.
    pub async fn confirm(&self) -> Result<Confirmation<IncidentTaskActionStatus>, Error> {
        let id = self.id.clone()?;
        let has_begun = |status: &IncidentTaskActionStatus| *status != IncidentTaskActionStatus::NotStarted;
        confirm(&self.transport, &id, |task| task.action_status, has_begun).await
    }
}

impl IntoOperation for ExecuteResponseAction {
    type Operation = operations::ExecuteResponseAction;

    fn into_operation(self) -> Result<(Self::Operation, RetryMode), Error> {
        Ok((operations::ExecuteResponseAction::new(self.id?), self.retry_mode))
    }
}

impl IntoFuture for ExecuteResponseAction {
    type Output = Result<(), Error>;
    type IntoFuture = RequestFuture<()>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

fn check(id: &IncidentTaskId, task: &IncidentTask) -> Result<(), Error> {
    if let Some(other) = task.id.as_deref().filter(|other| !other.eq_ignore_ascii_case(id.as_str())) {
        let id = id.as_str();
        return Err(Error::invalid_input(format!("cannot execute task {id:?}: it was checked against task {other:?}")));
    }
    match &task.action_type {
        None => Err(Error::invalid_input(format!(
            "task {:?} has no action type: include `actionType` in `select`",
            id.as_str()
        ))),
        Some(action_type) if action_type.is_known() && !action_type.is_executable() => {
            let members = IncidentTaskActionType::KNOWN
                .iter()
                .filter(|text| IncidentTaskActionType::from(**text).is_executable());
            let executable: Vec<_> = members.copied().collect();
            let executable = executable.join(", ");
            Err(Error::invalid_input(format!(
                "action type \"{action_type}\" cannot be executed; allowed: {executable}"
            )))
        }
        Some(_) => Ok(()),
    }
}
