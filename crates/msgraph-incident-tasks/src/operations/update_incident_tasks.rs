//! Many updates: `PATCH /security/incidentTasks/{incidentTaskId}` by `POST /$batch`

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;

use futures_core::Stream;
use futures_util::stream;
use msgraph_core::{Bulk, BulkResults, Error, Operation, RetryMode, Transport};
use msgraph_incident_tasks_api::operations;
use msgraph_incident_tasks_api::types::{IncidentTask, IncidentTaskUpdate};

use crate::client::Client;
use crate::status_update::StatusUpdate;

impl Client {
    /// Updates many incident tasks, 20 to a batch. All updates are checked before anything is sent. See [JSON
    /// batching](https://learn.microsoft.com/graph/json-batching).
    ///
    /// ```no_run
    /// # // Needs a tenant.
    /// # async fn close(client: msgraph_incident_tasks::Client) -> Result<(), msgraph_incident_tasks::Error> {
    /// let updates = [("213213", "completed"), ("213214", "failed")];
    /// let mut results = client.update_incident_tasks(updates).send()?;
    /// while let Some(update) = results.next().await {
    ///     match update.result {
    ///         Ok(task) => println!("{}: {:?}", update.input.id, task.status),
    ///         Err(error) => eprintln!("{}: {error}", update.input.id),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn update_incident_tasks(
        &self,
        updates: impl IntoIterator<Item = impl TryInto<StatusUpdate, Error: Into<Error>>>,
    ) -> UpdateIncidentTasks {
        let updates = updates.into_iter().enumerate().map(|(index, update)| {
            update.try_into().map_err(|error| Error::invalid_input(format!("update {index}: {}", error.into())))
        });
        UpdateIncidentTasks::new(self, Updates::Whole(updates.collect()))
    }

    /// Updates incident tasks from a stream, up to 20 to a batch. Two updates of one task are sent one after the other,
    /// in the order of the stream; the result of an invalid update is an error. Updates are taken from the stream only
    /// as they can be sent.
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
    transport: Transport,
    updates: Updates,
    bulk: Bulk,
    allow_unknown_status: bool,
}

enum Updates {
    Whole(Result<Vec<StatusUpdate>, Error>),
    Stream(Pin<Box<dyn Stream<Item = StatusUpdate> + Send>>),
}

impl UpdateIncidentTasks {
    fn new(client: &Client, updates: Updates) -> Self {
        let bulk = Bulk { retry_mode: RetryMode::Idempotent, concurrency: 4, unbatched: false };
        Self { transport: client.transport().clone(), updates, bulk, allow_unknown_status: false }
    }

    /// Sets the number of batches in flight, or of updates if they are [unbatched](Self::unbatched). At least 1.
    /// Default: 4.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.bulk.concurrency = requests;
        self
    }

    /// Sends each update as its own request, for tenants that reject `$batch`.
    pub fn unbatched(mut self) -> Self {
        self.bulk.unbatched = true;
        self
    }

    /// Allows statuses that this build does not know, such as those that Microsoft has added since.
    pub fn allow_unknown_status(mut self) -> Self {
        self.allow_unknown_status = true;
        self
    }

    /// Sets when an update is retried, as [`UpdateIncidentTask::retry_mode`](crate::UpdateIncidentTask::retry_mode).
    /// Default: [`RetryMode::Idempotent`].
    pub fn retry_mode(mut self, retry_mode: RetryMode) -> Self {
        self.bulk.retry_mode = retry_mode;
        self
    }

    /// Returns a stream of the results, one for each update with its index, in the order of completion. The updates are
    /// sent as the stream is polled.
    ///
    /// An error of one update does not end the others. It has the [outcome](Error::write_outcome) of its update: if the
    /// response is missing, incomplete or contradictory, the update may have been applied. Throttled updates are
    /// retried after the longest `Retry-After`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), with nothing sent, if the concurrency is 0, or,
    /// except for a stream, an ID or status is invalid or one task has two statuses.
    pub fn send(self) -> Result<BulkResults<StatusUpdate, IncidentTask>, Error> {
        let Self { transport, updates, bulk, allow_unknown_status } = self;
        if bulk.concurrency == 0 {
            return Err(invalid("invalid concurrency 0: must be at least 1"));
        }
        let operation = move |update: &StatusUpdate| operation(update, allow_unknown_status);
        Ok(match updates {
            Updates::Whole(updates) => {
                let updates = updates.map_err(|error| error.with_operation(NAME))?;
                check(&updates, allow_unknown_status)?;
                bulk.send(transport, stream::iter(updates), key, operation)
            }
            Updates::Stream(updates) => bulk.send(transport, updates, key, operation),
        })
    }
}

const NAME: &str = "update_incident_tasks";

impl fmt::Debug for UpdateIncidentTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateIncidentTasks").field("bulk", &self.bulk).finish_non_exhaustive()
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::invalid_input(message).with_operation(NAME)
}

fn check(updates: &[StatusUpdate], allow_unknown_status: bool) -> Result<(), Error> {
    let mut statuses = HashMap::new();
    for (index, update) in updates.iter().enumerate() {
        let StatusUpdate { id, status } = update;
        operation(update, allow_unknown_status)?
            .validate()
            .map_err(|error| invalid(format!("update {index}, of task {id}: {error}")))?;
        let (earlier, other) = *statuses.entry(key(update)).or_insert((index, status));
        if other != status {
            let message =
                format!("task {id} has two statuses: {other} in update {earlier}, {status} in update {index}");
            return Err(invalid(message));
        }
    }
    Ok(())
}

/// Two updates with the same key are never in flight at once.
fn key(update: &StatusUpdate) -> String {
    // GUIDs are equal in any letter case.
    update.id.as_str().to_lowercase()
}

fn operation(
    StatusUpdate { id, status }: &StatusUpdate,
    allow_unknown_status: bool,
) -> Result<operations::UpdateIncidentTask, Error> {
    let body = IncidentTaskUpdate::new().status(status.clone());
    let body = if allow_unknown_status { body.allow_unknown_values() } else { body };
    Ok(operations::UpdateIncidentTask::new(id.as_str(), body))
}
