//! `GET /security/incidentTasks/{incidentTaskId}`

use msgraph_core::{Error, Repeat};
use msgraph_incident_tasks_api::types::IncidentTask;

use crate::{Client, IncidentTaskId};

impl Client {
    /// Reads an incident task. See [Get incident
    /// task](https://learn.microsoft.com/graph/api/security-incidenttask-get?view=graph-rest-beta).
    pub fn get_incident_task(&self, id: impl Into<IncidentTaskId>) -> GetIncidentTask {
        GetIncidentTask { client: self.clone(), id: id.into(), select: None, expand: None }
    }
}

/// A read of an incident task, sent by [`send`](Self::send).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`"]
pub struct GetIncidentTask {
    client: Client,
    id: IncidentTaskId,
    select: Option<String>,
    expand: Option<String>,
}

impl GetIncidentTask {
    /// Asks for these properties alone, such as `id,status`; all others are `None` then. In Microsoft's
    /// OpenAPI description, and not in the reference.
    pub fn select(mut self, properties: impl Into<String>) -> Self {
        self.select = Some(properties.into());
        self
    }

    /// Asks for a relationship in full, such as `incident`; what has no field of its own is in `extra`. In
    /// Microsoft's OpenAPI description, and not in the reference.
    pub fn expand(mut self, relationships: impl Into<String>) -> Self {
        self.expand = Some(relationships.into());
        self
    }

    /// Reads the task.
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found`] where no task has the ID; see [`ErrorKind`](crate::ErrorKind) for what else
    /// can go wrong.
    pub async fn send(self) -> Result<IncidentTask, Error> {
        let Self { client, id, select, expand } = self;
        let api = client.api(Repeat::Idempotent);
        let answer = api.get_incident_task(id.as_str(), expand.as_deref(), select.as_deref()).await?;
        Ok(answer.into_inner())
    }
}
