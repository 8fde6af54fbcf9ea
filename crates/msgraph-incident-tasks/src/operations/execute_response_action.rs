//! `POST /security/incidentTasks/{incidentTaskId}/microsoft.graph.security.executeResponseAction`

use msgraph_core::{Error, ErrorKind, OpenEnum, Repeat};
use msgraph_incident_tasks_api::types::{IncidentTask, IncidentTaskActionStatus, IncidentTaskActionType};

use crate::confirmation::{Confirmation, confirm};
use crate::{Client, IncidentTaskId};

const OPERATION: &str = "execute_response_action";

impl Client {
    /// Executes the response action of an incident task: something happens to a device, a user or a message. See
    /// [Execute response
    /// action](https://learn.microsoft.com/graph/api/security-incidenttask-executeresponseaction?view=graph-rest-beta).
    ///
    /// It is sent again only where it surely did not run: no connection was made, or the service answered 401
    /// or 429.
    pub fn execute_response_action(&self, id: impl Into<IncidentTaskId>) -> ExecuteResponseAction {
        ExecuteResponseAction { client: self.clone(), id: id.into(), repeat: Repeat::IfNotRun, refused: None }
    }
}

/// An execution of a response action, sent by [`send`](Self::send).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`"]
pub struct ExecuteResponseAction {
    client: Client,
    id: IncidentTaskId,
    repeat: Repeat,
    refused: Option<String>,
}

impl ExecuteResponseAction {
    /// Refuses to send where `task` says that its action can't be executed: its action type is one that the API
    /// description lists, and not as executable. A type that this build doesn't know is left to the service.
    /// Refuses too where `task` is another task, or does not say its action type.
    pub fn checked_against(mut self, task: &IncidentTask) -> Self {
        self.refused = refusal(&self.id, task);
        self
    }

    /// Whether the execution may be sent again where it surely did not run. True unless set.
    pub fn repeat(mut self, repeat: bool) -> Self {
        self.repeat = if repeat { Repeat::IfNotRun } else { Repeat::Never };
        self
    }

    /// Sends the execution, and returns when the service has taken it up; the task's `action_status` says how far
    /// it has come.
    ///
    /// Dropping the future before it has been polled sends nothing. Dropping it later ends the request, and
    /// leaves it open whether the action is executed.
    ///
    /// # Errors
    ///
    /// Each error says by [`write_outcome`](Error::write_outcome) whether the action is executed.
    /// [`ErrorKind::InvalidInput`], with nothing sent, where [`checked_against`](Self::checked_against) refuses.
    /// A 400 with the code `ActionAlreadyInProgress` where it was executed before, and with
    /// `UnsupportedActionType` where its type can't be executed.
    pub async fn send(self) -> Result<(), Error> {
        let Self { client, id, repeat, refused } = self;
        if let Some(refused) = refused {
            return Err(Error::new(ErrorKind::InvalidInput, refused).not_sent(Some(OPERATION)));
        }
        client.api(repeat).execute_response_action(id.as_str()).await.map(drop)
    }

    /// Looks whether the action has begun, after an error whose outcome is
    /// [`Unknown`](crate::WriteOutcome::Unknown): reads the task up to three times. `matches` is whether its
    /// action status is any other than `notStarted`, whoever has begun it.
    ///
    /// # Errors
    ///
    /// Those of [`get_incident_task`](Client::get_incident_task), where the last read failed. A read says nothing of
    /// what became of the write.
    pub async fn confirm(&self) -> Result<Confirmation<IncidentTaskActionStatus>, Error> {
        let has_begun = |status: &IncidentTaskActionStatus| *status != IncidentTaskActionStatus::NotStarted;
        confirm(&self.client, &self.id, |task| task.action_status, has_begun).await
    }
}

fn refusal(id: &IncidentTaskId, task: &IncidentTask) -> Option<String> {
    if let Some(other) = task.id.as_deref().filter(|other| !other.eq_ignore_ascii_case(id.as_str())) {
        return Some(format!("the task that was checked is {other:?}, the one to execute is {:?}", id.as_str()));
    }
    match &task.action_type {
        None => Some(format!("task {:?} does not say its action type; read it with actionType", id.as_str())),
        Some(action_type) if action_type.is_known() && !action_type.is_executable() => {
            let members = IncidentTaskActionType::KNOWN
                .iter()
                .filter(|text| IncidentTaskActionType::from(**text).is_executable());
            let executable: Vec<_> = members.copied().collect();
            Some(format!("action type \"{action_type}\" can't be executed; allowed: {}", executable.join(", ")))
        }
        Some(_) => None,
    }
}
