//! Different operations in batches. See [JSON batching](https://learn.microsoft.com/graph/json-batching).

mod entry;
mod group;
mod parts;
mod plan;
mod reply;

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{StreamExt, stream};

use entry::{AnyValue, Erased};
pub(crate) use group::{BATCH_SIZE, InFlight, send as send_group};
use plan::Plan;

use crate::error::{Error, ErrorKind};
use crate::operation::Operation;
use crate::response::Response;
use crate::retry::RetryMode;
use crate::transport::Transport;
use crate::write_outcome::WriteOutcome;

/// The number of batches in flight.
const CONCURRENCY: usize = 4;

/// Different operations that are sent in batches, 20 to a batch.
///
/// ```no_run
/// # // Needs a server.
/// # async fn run<R: msgraph_core::Operation + 'static, W: msgraph_core::Operation + 'static>(
/// #     transport: msgraph_core::Transport, read: R, write: W,
/// # ) -> Result<(), msgraph_core::Error> {
/// let mut batch = msgraph_core::Batch::new(transport);
/// let read = batch.add(read);
/// // Is sent only if `read` succeeds.
/// let write = batch.depends_on([&read]).add(write);
/// let mut results = batch.send().await?;
/// println!("{} {}", results.take(read)?.status(), results.take(write)?.status());
/// # Ok(())
/// # }
/// ```
pub struct Batch {
    transport: Transport,
    id: u64,
    requests: Vec<InFlight<AnyValue>>,
    error: Option<Error>,
}

/// A handle of a request of a [`Batch`], to take its result.
#[derive(Debug)]
#[must_use = "without it the result cannot be taken"]
pub struct BatchHandle<T> {
    request: RequestId,
    response: PhantomData<fn() -> T>,
}

/// A request of a batch that others can depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId {
    batch: u64,
    index: usize,
}

/// A batch whose next request depends on others.
#[derive(Debug)]
#[must_use = "nothing is added until `add`"]
pub struct DependentRequest<'a> {
    batch: &'a mut Batch,
    depends_on: Vec<RequestId>,
}

/// The results of a batch.
#[derive(Debug)]
pub struct BatchResults {
    id: u64,
    results: Vec<Option<Result<AnyValue, Error>>>,
}

/// A value that converts to an operation.
pub trait IntoOperation {
    /// The operation.
    type Operation: Operation + 'static;

    /// Returns the operation and its retry mode.
    ///
    /// # Errors
    ///
    /// If a value must not be sent.
    fn into_operation(self) -> Result<(Self::Operation, RetryMode), Error>;
}

impl<O: Operation + 'static> IntoOperation for O {
    type Operation = O;

    fn into_operation(self) -> Result<(O, RetryMode), Error> {
        Ok((self, O::RETRY_MODE))
    }
}

impl Batch {
    /// Returns an empty batch.
    pub fn new(transport: Transport) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);

        Self { transport, id: NEXT.fetch_add(1, Ordering::Relaxed), requests: Vec::new(), error: None }
    }

    /// Adds an operation. An invalid one is an error of [`send`](Self::send).
    pub fn add<O: IntoOperation>(&mut self, operation: O) -> BatchHandle<<O::Operation as Operation>::Response> {
        self.add_after(operation, Vec::new())
    }

    /// Starts a request that is processed only if these requests of the same batch succeed.
    pub fn depends_on(&mut self, requests: impl IntoIterator<Item = impl Into<RequestId>>) -> DependentRequest<'_> {
        let depends_on = requests.into_iter().map(Into::into).collect();
        DependentRequest { batch: self, depends_on }
    }

    /// Returns the number of requests.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Returns true if the batch has no request.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Sends the requests, and returns a result for each.
    ///
    /// A request is in the same batch as those that it depends on, or is sent after they have succeeded. Throttled
    /// requests are retried after the longest `Retry-After`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`], with nothing sent, if an operation has a value that must not be sent, or depends on
    /// a request of another batch. The failure of one request is its own result.
    pub async fn send(self) -> Result<BatchResults, Error> {
        let Self { transport, id, requests, error } = self;
        if let Some(error) = error {
            return Err(error);
        }
        for request in &requests {
            request
                .entry
                .request(transport.endpoint())
                .map_err(|error| error.with_operation(request.entry.info().name))?;
        }
        let mut results: Vec<Option<Result<AnyValue, Error>>> = requests.iter().map(|_| None).collect();
        let mut plan = Plan::new(requests);
        loop {
            let succeeded = |index: usize| results[index].as_ref().map(Result::is_ok);
            let (groups, not_sent) = plan.next_groups(succeeded);
            for request in &not_sent {
                let message = "a request that this one depends on failed; see its own result";
                let error = Error::new(ErrorKind::DependencyFailed, message).with_operation(request.entry.info().name);
                results[request.index] = Some(Err(error.with_outcome(WriteOutcome::NotSent)));
            }
            if groups.is_empty() && not_sent.is_empty() {
                break;
            }
            // A closure here would make the future not `Send`.
            let mut sent = Vec::new();
            for group in groups {
                sent.push(send_until_done(&transport, group));
            }
            let mut done = stream::iter(sent).buffer_unordered(CONCURRENCY);
            while let Some(group) = done.next().await {
                for (index, result) in group {
                    results[index] = Some(result);
                }
            }
        }
        Ok(BatchResults { id, results })
    }

    fn add_after<O: IntoOperation>(
        &mut self,
        operation: O,
        depends_on: Vec<RequestId>,
    ) -> BatchHandle<<O::Operation as Operation>::Response> {
        let index = self.requests.len();
        if depends_on.iter().any(|request| request.batch != self.id) {
            let error = Error::invalid_input("invalid dependency: must be a request of the same batch");
            self.error.get_or_insert(error.with_operation(O::Operation::NAME));
        }
        let depends_on = depends_on.into_iter().map(|request| request.index).collect();
        match operation.into_operation() {
            Ok((operation, retry_mode)) => {
                let entry = Box::new(Erased(Box::new(operation)));
                self.requests.push(InFlight::new(index, entry, retry_mode, depends_on));
            }
            Err(error) => drop(self.error.get_or_insert(error.with_operation(O::Operation::NAME))),
        }
        BatchHandle { request: RequestId { batch: self.id, index }, response: PhantomData }
    }
}

#[expect(clippy::should_implement_trait, reason = "it adds to a batch, as `Batch::add` does")]
impl DependentRequest<'_> {
    /// Adds an operation, as [`Batch::add`] does.
    pub fn add<O: IntoOperation>(self, operation: O) -> BatchHandle<<O::Operation as Operation>::Response> {
        self.batch.add_after(operation, self.depends_on)
    }
}

impl BatchResults {
    /// Returns the result of a request. The error of a write has its [outcome](Error::write_outcome).
    ///
    /// # Errors
    ///
    /// Those of the operation; [`ErrorKind::DependencyFailed`] if a request that it depends on failed, and it was not
    /// sent; [`ErrorKind::InvalidInput`] for a handle of another batch.
    pub fn take<T: Send + 'static>(&mut self, handle: BatchHandle<T>) -> Result<Response<T>, Error> {
        let RequestId { batch, index } = handle.request;
        let result = self.results.get_mut(index).filter(|_| batch == self.id).and_then(Option::take);
        let foreign = || Error::invalid_input("invalid handle: must be of the batch that was sent");
        let value: Box<dyn Any + Send> = result.ok_or_else(foreign)??;
        value.downcast().map(|response| *response).map_err(|_| foreign())
    }
}

impl<T> BatchHandle<T> {
    /// Returns the request's ID, for requests that depend on it.
    pub fn id(&self) -> RequestId {
        self.request
    }
}

impl<T> From<&BatchHandle<T>> for RequestId {
    fn from(handle: &BatchHandle<T>) -> Self {
        handle.request
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("requests", &self.requests.len()).finish_non_exhaustive()
    }
}

async fn send_until_done(
    transport: &Transport,
    mut group: Vec<InFlight<AnyValue>>,
) -> Vec<(usize, Result<AnyValue, Error>)> {
    let mut done = Vec::new();
    while !group.is_empty() {
        let outcome = send_group(transport, group).await;
        done.extend(outcome.done);
        group = outcome.retry;
        if !group.is_empty() {
            transport.wait(outcome.wait).await;
        }
    }
    done
}
