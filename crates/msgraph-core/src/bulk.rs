//! One operation on many inputs, by Graph's `$batch` or one by one. See [JSON
//! batching](https://learn.microsoft.com/graph/json-batching).

mod answers;
mod batch;
mod verdict;

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_core::Stream;
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Repeat, Transport};

/// How many requests Graph takes in a batch.
const BATCH_SIZE: usize = 20;

/// An operation that can be done on many inputs.
pub trait BulkOperation: Send + Sync + 'static {
    /// What it is done on.
    type Input: Send + 'static;
    /// What it returns for one of them.
    type Output: DeserializeOwned + Send + 'static;

    /// Its name, such as `update_incident_task`.
    const NAME: &str;

    /// What no two requests on their way may have in common, such as the ID that they are about.
    fn key(&self, input: &Self::Input) -> String;

    /// The request for an input.
    ///
    /// # Errors
    ///
    /// Where nothing can be sent for this input.
    fn request(&self, input: &Self::Input) -> Result<BatchItem, Error>;

    /// The request that reads what a success without a body has left.
    fn reading(&self, input: &Self::Input) -> BatchItem;

    /// The operation on one input, by a request of its own.
    fn alone(&self, input: &Self::Input) -> Pin<Box<dyn Future<Output = Result<Self::Output, Error>> + Send>>;
}

/// A request of a batch.
#[derive(Clone, Debug)]
pub struct BatchItem {
    /// Its HTTP method.
    pub method: &'static str,
    /// Its path below the endpoint, segment by segment, not encoded.
    pub path: Vec<String>,
    /// Its body.
    pub body: Option<Value>,
}

/// What became of one input.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BulkResult<I, T> {
    /// Which input it is, counted from 0.
    pub index: usize,
    /// The input.
    pub input: I,
    /// What the operation returned. An error says what became of the write.
    pub result: Result<T, Error>,
}

/// The results of a bulk operation, one for each input, in the order in which they are known.
///
/// Dropping it ends the requests under way, and leaves it open whether they were carried out.
#[must_use = "nothing is sent until it is polled"]
pub struct BulkResults<I, T>(Pin<Box<dyn Stream<Item = BulkResult<I, T>> + Send>>);

/// How a bulk operation is sent.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Bulk {
    /// What may be repeated of each request.
    pub repeat: Repeat,
    /// How many batches, or requests where they are sent one by one, are on their way at once.
    pub in_flight: usize,
    /// Whether each request is sent by itself.
    pub one_by_one: bool,
}

impl Bulk {
    /// Does an operation on each input.
    pub fn results<O: BulkOperation>(
        self,
        transport: Transport,
        operation: O,
        inputs: impl Stream<Item = O::Input> + Send + 'static,
    ) -> BulkResults<O::Input, O::Output> {
        let driver = Driver {
            shared: Arc::new(Shared { transport, operation, repeat: self.repeat }),
            bulk: self,
            inputs: Box::pin(inputs.fuse()),
            inputs_ended: false,
            next_index: 0,
            held: None,
            keys: HashSet::new(),
            groups: FuturesUnordered::new(),
            results: VecDeque::new(),
        };
        BulkResults(Box::pin(stream::unfold(driver, |mut driver| async move {
            let result = std::future::poll_fn(|context| driver.poll(context)).await?;
            Some((result, driver))
        })))
    }
}

impl<I, T> BulkResults<I, T> {
    /// The next result; `None` after the last one.
    pub async fn next(&mut self) -> Option<BulkResult<I, T>> {
        self.0.next().await
    }
}

impl<I, T> Stream for BulkResults<I, T> {
    type Item = BulkResult<I, T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<I, T> fmt::Debug for BulkResults<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkResults").finish_non_exhaustive()
    }
}

/// What all batches of a bulk operation share.
struct Shared<O> {
    transport: Transport,
    operation: O,
    repeat: Repeat,
}

/// An input that is on its way.
struct Pending<I> {
    index: usize,
    key: String,
    input: I,
    /// What is to be sent for it.
    request: BatchItem,
    /// How often a request for it was sent.
    attempts: u32,
    started: Instant,
    /// Whether an earlier request may have been carried out.
    earlier_unknown: bool,
    /// Whether the write was answered without a body, and what it left is to be read.
    applied: bool,
}

/// What a group of requests has come to.
struct Settled<I, T> {
    done: Vec<(Pending<I>, Result<T, Error>)>,
    /// To be sent again, after the wait.
    again: Vec<Pending<I>>,
    wait: Duration,
}

type Group<I, T> = Pin<Box<dyn Future<Output = Settled<I, T>> + Send>>;

/// Takes inputs as there is room for them, and gives results as they are known. What it holds is bounded by
/// what is in flight.
struct Driver<O: BulkOperation> {
    shared: Arc<Shared<O>>,
    bulk: Bulk,
    inputs: Pin<Box<dyn Stream<Item = O::Input> + Send>>,
    inputs_ended: bool,
    next_index: usize,
    /// An input whose key is in flight. Nothing overtakes it.
    held: Option<Pending<O::Input>>,
    keys: HashSet<String>,
    groups: FuturesUnordered<Group<O::Input, O::Output>>,
    results: VecDeque<BulkResult<O::Input, O::Output>>,
}

impl<O: BulkOperation> Driver<O> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<BulkResult<O::Input, O::Output>>> {
        loop {
            if let Some(result) = self.results.pop_front() {
                return Poll::Ready(Some(result));
            }
            while self.groups.len() < self.bulk.in_flight {
                let group = self.collect(context);
                if group.is_empty() {
                    break;
                }
                self.start(group, Duration::ZERO);
            }
            match self.groups.poll_next_unpin(context) {
                Poll::Ready(Some(settled)) => self.settle(settled),
                _ if !self.results.is_empty() => {}
                Poll::Ready(None) if self.inputs_ended && self.held.is_none() => return Poll::Ready(None),
                _ => return Poll::Pending,
            }
        }
    }

    /// The next inputs, as many as are there and fit.
    fn collect(&mut self, context: &mut Context<'_>) -> Vec<Pending<O::Input>> {
        let size = if self.bulk.one_by_one { 1 } else { BATCH_SIZE };
        let mut group = Vec::new();
        while group.len() < size && self.results.is_empty() {
            let Some(pending) = self.held.take().or_else(|| self.next_input(context)) else { break };
            if self.keys.contains(&pending.key) {
                self.held = Some(pending);
                break;
            }
            self.keys.insert(pending.key.clone());
            // Its time runs from now on, however long it was held.
            group.push(Pending { started: self.shared.transport.now(), ..pending });
        }
        group
    }

    /// The next input; one that nothing can be sent for becomes a result.
    fn next_input(&mut self, context: &mut Context<'_>) -> Option<Pending<O::Input>> {
        match self.inputs.as_mut().poll_next(context) {
            Poll::Ready(Some(input)) => {
                let index = self.next_index;
                self.next_index += 1;
                let Shared { operation, transport, .. } = &*self.shared;
                let (key, started) = (operation.key(&input), transport.now());
                match operation.request(&input) {
                    Ok(request) => Some(Pending {
                        index,
                        key,
                        input,
                        request,
                        attempts: 0,
                        started,
                        earlier_unknown: false,
                        applied: false,
                    }),
                    Err(error) => {
                        self.results.push_back(BulkResult { index, input, result: Err(error) });
                        None
                    }
                }
            }
            Poll::Ready(None) => {
                self.inputs_ended = true;
                None
            }
            Poll::Pending => None,
        }
    }

    fn start(&mut self, group: Vec<Pending<O::Input>>, wait: Duration) {
        let shared = Arc::clone(&self.shared);
        let one_by_one = self.bulk.one_by_one;
        self.groups.push(Box::pin(async move {
            shared.transport.wait(wait).await;
            match one_by_one {
                true => shared.send_alone(group).await,
                false => shared.send(group).await,
            }
        }));
    }

    fn settle(&mut self, Settled { done, again, wait }: Settled<O::Input, O::Output>) {
        for (pending, result) in done {
            self.keys.remove(&pending.key);
            self.results.push_back(pending.result(result));
        }
        if !again.is_empty() {
            self.start(again, wait);
        }
    }
}

impl<I> Pending<I> {
    fn result<T>(self, result: Result<T, Error>) -> BulkResult<I, T> {
        BulkResult { index: self.index, input: self.input, result }
    }
}

impl<O: BulkOperation> Shared<O> {
    async fn send_alone(&self, group: Vec<Pending<O::Input>>) -> Settled<O::Input, O::Output> {
        let mut done = Vec::new();
        for pending in group {
            let result = self.operation.alone(&pending.input).await;
            done.push((pending, result));
        }
        Settled { done, again: Vec::new(), wait: Duration::ZERO }
    }
}
