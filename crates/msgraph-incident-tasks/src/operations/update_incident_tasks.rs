//! Many updates: `PATCH /security/incidentTasks/{incidentTaskId}` by `POST /$batch`

use std::collections::HashMap;
use std::pin::Pin;

use futures_core::Stream;
use futures_util::stream;
use msgraph_core::{BatchItem, Bulk, BulkOperation, BulkResults, Error, ErrorKind, Repeat};
use msgraph_incident_tasks_api::types::{IncidentTask, IncidentTaskStatus, IncidentTaskUpdate};

use crate::{Client, IncidentTaskId};

const OPERATION: &str = "update_incident_tasks";
const TASKS: [&str; 2] = ["security", "incidentTasks"];

/// The update of one task among many.
pub type StatusUpdate = (IncidentTaskId, IncidentTaskStatus);

impl Client {
    /// Updates many incident tasks, 20 to a batch. All that is given is checked before anything is sent. See [JSON
    /// batching](https://learn.microsoft.com/graph/json-batching).
    ///
    /// ```no_run
    /// # // Needs a tenant.
    /// # async fn close(client: msgraph_incident_tasks::Client) -> Result<(), msgraph_incident_tasks::Error> {
    /// use msgraph_incident_tasks::types::IncidentTaskStatus;
    ///
    /// let updates = [("213213".parse()?, IncidentTaskStatus::Completed), ("213214".parse()?, IncidentTaskStatus::Failed)];
    /// let mut results = client.update_incident_tasks(updates).send()?;
    /// while let Some(update) = results.next().await {
    ///     match update.result {
    ///         Ok(task) => println!("{}: {:?}", update.input.0, task.status),
    ///         Err(error) => eprintln!("{}: {error}", update.input.0),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn update_incident_tasks(&self, updates: impl IntoIterator<Item = StatusUpdate>) -> UpdateIncidentTasks {
        UpdateIncidentTasks::new(self, Updates::Whole(updates.into_iter().collect()))
    }

    /// Updates incident tasks as a stream gives them, 20 to a batch or as many as are there. Two updates of one
    /// task are sent one after the other, in the order of the stream; what can't be sent is an error in its
    /// place. No more is taken from the stream than can be in flight.
    pub fn update_incident_tasks_from(
        &self,
        updates: impl Stream<Item = StatusUpdate> + Send + 'static,
    ) -> UpdateIncidentTasks {
        UpdateIncidentTasks::new(self, Updates::Stream(Box::pin(updates)))
    }
}

/// Updates of many incident tasks, sent by [`send`](Self::send).
#[must_use = "nothing is sent until `send`"]
pub struct UpdateIncidentTasks {
    client: Client,
    updates: Updates,
    bulk: Bulk,
    allow_unknown_status: bool,
}

enum Updates {
    Whole(Vec<StatusUpdate>),
    Stream(Pin<Box<dyn Stream<Item = StatusUpdate> + Send>>),
}

impl UpdateIncidentTasks {
    fn new(client: &Client, updates: Updates) -> Self {
        let bulk = Bulk { repeat: Repeat::Idempotent, in_flight: 4, one_by_one: false };
        Self { client: client.clone(), updates, bulk, allow_unknown_status: false }
    }

    /// How many batches are on their way at once; how many updates, [one by one](Self::one_by_one). 4 unless set.
    pub fn in_flight(mut self, requests: usize) -> Self {
        self.bulk.in_flight = requests;
        self
    }

    /// Sends each update by a request of its own, for tenants in which `$batch` is refused.
    pub fn one_by_one(mut self) -> Self {
        self.bulk.one_by_one = true;
        self
    }

    /// Lets statuses be sent that this build doesn't know: for those that Microsoft has added since.
    pub fn allow_unknown_status(mut self) -> Self {
        self.allow_unknown_status = true;
        self
    }

    /// Whether an update may be sent again, as [`UpdateIncidentTask::repeat`](crate::UpdateIncidentTask::repeat).
    pub fn repeat(mut self, repeat: bool) -> Self {
        self.bulk.repeat = if repeat { Repeat::Idempotent } else { Repeat::Never };
        self
    }

    /// Sends an update again only where it surely did not run: no connection was made, or the service answered 401
    /// or 429. For a caller that looks what an unknown outcome has left before it writes again.
    pub fn repeat_if_not_run(mut self) -> Self {
        self.bulk.repeat = Repeat::IfNotRun;
        self
    }

    /// The results, one for each update with its index, in the order in which they are known. The updates are sent
    /// as the results are polled.
    ///
    /// An error of one update does not end the others. It says by [`write_outcome`](Error::write_outcome) what became
    /// of its update: of an answer that is missing, cut off, or given twice with a difference, that it may have
    /// been applied. What the service throttles is sent again after the longest wait that it asks for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`], with nothing sent, where nothing may be in flight, and, but for a stream, where a
    /// status can't be sent or one task is given two statuses.
    pub fn send(self) -> Result<BulkResults<StatusUpdate, IncidentTask>, Error> {
        let Self { client, updates, bulk, allow_unknown_status } = self;
        if bulk.in_flight == 0 {
            return Err(invalid("0 requests in flight are refused; allowed: at least 1".to_owned()));
        }
        let transport = client.api(bulk.repeat).transport().clone();
        let operation = StatusUpdates { client, repeat: bulk.repeat, allow_unknown_status };
        Ok(match updates {
            Updates::Whole(updates) => {
                operation.check(&updates).map_err(invalid)?;
                bulk.results(transport, operation, stream::iter(updates))
            }
            Updates::Stream(updates) => bulk.results(transport, operation, updates),
        })
    }
}

impl std::fmt::Debug for UpdateIncidentTasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpdateIncidentTasks").field("bulk", &self.bulk).finish_non_exhaustive()
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message).not_sent(Some(OPERATION))
}

struct StatusUpdates {
    client: Client,
    repeat: Repeat,
    allow_unknown_status: bool,
}

impl StatusUpdates {
    fn check(&self, updates: &[StatusUpdate]) -> Result<(), String> {
        let mut statuses = HashMap::new();
        for (index, update) in updates.iter().enumerate() {
            self.body(update).map_err(|refused| format!("update {index}, of task {}: {refused}", update.0))?;
            let (earlier, status) = *statuses.entry(self.key(update)).or_insert((index, &update.1));
            if *status != update.1 {
                return Err(format!(
                    "task {} is given two statuses: {status} by update {earlier}, {} by update {index}",
                    update.0, update.1
                ));
            }
        }
        Ok(())
    }

    fn body(&self, (_, status): &StatusUpdate) -> Result<IncidentTaskUpdate, msgraph_core::RefusedValue> {
        let body = IncidentTaskUpdate::new().status(status.clone());
        let body = if self.allow_unknown_status { body.allow_unknown_values() } else { body };
        body.check().map(|()| body)
    }
}

impl BulkOperation for StatusUpdates {
    type Input = StatusUpdate;
    type Output = IncidentTask;

    const NAME: &str = "update_incident_task";

    fn key(&self, (id, _): &StatusUpdate) -> String {
        // A GUID is the same in any casing.
        id.as_str().to_lowercase()
    }

    fn request(&self, update: &StatusUpdate) -> Result<BatchItem, Error> {
        let refused = |message: String| Error::new(ErrorKind::InvalidInput, message).not_sent(Some(Self::NAME));
        let body = self.body(update).map_err(|error| refused(error.to_string()))?;
        let body = serde_json::to_value(body).map_err(|error| refused(error.to_string()))?;
        Ok(BatchItem { method: "PATCH", path: path(update), body: Some(body) })
    }

    fn reading(&self, update: &StatusUpdate) -> BatchItem {
        BatchItem { method: "GET", path: path(update), body: None }
    }

    fn alone(&self, (id, status): &StatusUpdate) -> Pin<Box<dyn Future<Output = Result<IncidentTask, Error>> + Send>> {
        let update = self.client.update_incident_task(id).status(status.clone()).repeating(self.repeat);
        let update = if self.allow_unknown_status { update.allow_unknown_status() } else { update };
        Box::pin(update.send())
    }
}

fn path((id, _): &StatusUpdate) -> Vec<String> {
    TASKS.into_iter().chain([id.as_str()]).map(str::to_owned).collect()
}
