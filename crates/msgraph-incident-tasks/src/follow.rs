//! Follows the changes of incident tasks by polling the list: Graph has neither a delta query nor change notifications
//! for this resource.

mod checkpoint;
mod follower;
mod reading;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll as TaskPoll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use msgraph_core::{Error, MalformedItem, Timestamp};
use msgraph_incident_tasks_api::types::{IncidentTask, IncidentTaskStatus};

pub use self::checkpoint::{Checkpoint, Step};
use self::follower::Follower;
use crate::client::Client;
use crate::filter::Filter;

impl Client {
    /// Follows the changes of incident tasks: every final state of a task, not every state between two polls, at least
    /// once and in order for each task, also across crashes.
    ///
    /// Each poll reads the list by `lastUpdateDateTime`, the latest first, down to known tasks. The order is
    /// checked; if the service does not keep it, each poll reads the whole list. The whole list is also read at the
    /// start and every 20 polls, for changes that do not raise `lastModifiedDateTime` and for tasks that have left.
    ///
    /// ```no_run
    /// # // Needs a tenant.
    /// # async fn follow(client: msgraph_incident_tasks::Client, stored: Option<msgraph_incident_tasks::Checkpoint>)
    /// # -> Result<(), msgraph_incident_tasks::Error> {
    /// use msgraph_incident_tasks::{Change, Filter};
    ///
    /// let follow = client.follow_incident_tasks().filter(Filter::status("open"));
    /// let mut checkpoint = stored.unwrap_or_else(|| follow.new_checkpoint());
    /// let mut changes = follow.checkpoint(checkpoint.clone()).changes();
    /// while let Some(followed) = changes.next().await.transpose()? {
    ///     match &followed.change {
    ///         Change::Created(task) => println!("new: {:?}", task.display_name),
    ///         Change::Failed { error, wait } => eprintln!("{error}; the next poll is in {wait:?}"),
    ///         _ => {}
    ///     }
    ///     checkpoint.record(&followed.step);
    ///     // Store the checkpoint here.
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow_incident_tasks(&self) -> FollowIncidentTasks {
        FollowIncidentTasks {
            client: self.clone(),
            filter: None,
            tenant: None,
            start: Start::Now,
            checkpoint: None,
            interval: Duration::from_secs(30),
            overlap: Duration::from_secs(300),
            full_every: 20,
            top: None,
        }
    }
}

/// The start of a follower without a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// The changes after the first poll.
    Now,
    /// Each task of the list, then the changes.
    Beginning,
    /// Each task that was modified at or after this time, then the changes. A text that is not a timestamp means
    /// [`Beginning`](Self::Beginning).
    Since(Timestamp),
}

/// A change, or a report of the follower itself.
#[derive(Debug)]
#[non_exhaustive]
pub enum Change {
    /// A task that the list did not have before.
    Created(Box<IncidentTask>),
    /// A task that differs from its last known version.
    Changed {
        /// The status of the last known version, if any.
        before: Option<IncidentTaskStatus>,
        /// The task now.
        after: Box<IncidentTask>,
    },
    /// A task that two full lists in a row did not have, and that was read since: it no longer matches the filter, or it no
    /// longer exists.
    Left {
        /// The ID of the task.
        id: String,
        /// The current task, which does not match the filter; `None` if it no longer exists.
        task: Option<Box<IncidentTask>>,
    },
    /// An item of the list that does not match the schema. Reported once for each of its versions in this run.
    Malformed(MalformedItem),
    /// A poll is complete; its changes were delivered before.
    Polled(Poll),
    /// A poll failed by a transient error, such as throttling. The next one is sent after `wait`, which is not less than
    /// `Retry-After`.
    Failed {
        /// The error.
        error: Error,
        /// The time until the next poll.
        wait: Duration,
    },
}

/// A complete poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Poll {
    /// The number of pages that were read.
    pub pages: u32,
    /// True if it read the whole list.
    pub is_full: bool,
    /// True if the list had the requested order.
    pub is_ordered: bool,
    /// The time until the next poll.
    pub wait: Duration,
}

/// A change and its step for the checkpoint.
#[derive(Debug)]
#[non_exhaustive]
pub struct Followed {
    /// The change.
    pub change: Change,
    /// The step for [`Checkpoint::record`], in the order of the changes.
    pub step: Step,
}

/// The settings of a follower, started by [`changes`](Self::changes).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the changes are polled"]
pub struct FollowIncidentTasks {
    client: Client,
    filter: Option<Filter>,
    tenant: Option<String>,
    start: Start,
    checkpoint: Option<Checkpoint>,
    interval: Duration,
    overlap: Duration,
    full_every: u32,
    top: Option<i32>,
}

impl FollowIncidentTasks {
    /// Follows only the tasks that match the filter; with several filters, all of them.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(match self.filter.take() {
            Some(other) => other.and(filter),
            None => filter,
        });
        self
    }

    /// Sets the start without a checkpoint, or with one without a complete poll. Default: [`Start::Now`].
    pub fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    /// Continues after a checkpoint. One of another endpoint, filter or known tenant is an
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn checkpoint(self, checkpoint: Checkpoint) -> Self {
        Self { checkpoint: Some(checkpoint), ..self }
    }

    /// Sets the time from one poll to the next, which varies by a tenth. Default: 30 seconds.
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// Sets the delay after `lastModifiedDateTime` within which a change becomes readable: the delay of reads and the
    /// differences between the service's clocks. Later ones are found by reading the whole list. Default: 5 minutes.
    pub fn overlap(self, overlap: Duration) -> Self {
        Self { overlap, ..self }
    }

    /// Sets the number of polls from one read of the whole list to the next, at least 1. Default: 20.
    pub fn full_every(self, polls: u32) -> Self {
        Self { full_every: polls.max(1), ..self }
    }

    /// Sets the maximum number of tasks in a page, 1 to 500. Default: 500 if a poll reads the whole list, and otherwise 100.
    pub fn top(self, tasks: i32) -> Self {
        Self { top: Some(tasks), ..self }
    }

    /// Sets the tenant, if it is known, so that a checkpoint of another one is rejected.
    pub fn tenant(self, tenant: impl Into<String>) -> Self {
        Self { tenant: Some(tenant.into()), ..self }
    }

    /// Returns the checkpoint of this list before any change.
    pub fn new_checkpoint(&self) -> Checkpoint {
        let filter = self.filter.as_ref().map(ToString::to_string);
        Checkpoint::new(self.client.endpoint(), filter, self.tenant.clone())
    }

    /// Returns a stream of the changes. A poll is sent when the stream is polled, and not before its time.
    ///
    /// Ends after the first permanent error: an invalid option or checkpoint, a rejected sign-in or a missing permission.
    /// Other errors are a [`Change::Failed`].
    pub fn changes(self) -> Changes {
        let follower = Follower::new(self);
        let changes = stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) });
        Changes(Box::pin(changes))
    }
}

/// The changes of a list. See [`Client::follow_incident_tasks`].
#[must_use = "nothing is sent until it is polled"]
pub struct Changes(Pin<Box<dyn Stream<Item = Result<Followed, Error>> + Send>>);

impl Changes {
    /// Returns the next change; `None` after an error. Cancel-safe.
    ///
    /// # Errors
    ///
    /// As [`FollowIncidentTasks::changes`].
    pub async fn next(&mut self) -> Option<Result<Followed, Error>> {
        self.0.next().await
    }
}

impl Stream for Changes {
    type Item = Result<Followed, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> TaskPoll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}
