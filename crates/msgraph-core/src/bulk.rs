//! One operation on many inputs, by Graph's `$batch` or one by one. See [JSON
//! batching](https://learn.microsoft.com/graph/json-batching).

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

use crate::batch::{BATCH_SIZE, InFlight, send_group};
use crate::error::Error;
use crate::operation::Operation;
use crate::response::Response;
use crate::retry::RetryMode;
use crate::transport::Transport;
use crate::turns::{Turn, Turns};

/// The settings of sending one operation for many inputs.
///
/// ```no_run
/// # // Needs a server.
/// # async fn run<O: msgraph_core::Operation + 'static>(transport: msgraph_core::Transport, operation: fn(&u32) -> O) {
/// use futures_util::stream;
/// use msgraph_core::{Bulk, RetryMode};
///
/// let bulk = Bulk { retry_mode: RetryMode::Idempotent, concurrency: 4, unbatched: false };
/// let key = |input: &u32| input.to_string();
/// let mut results = bulk.send(transport, stream::iter(1..=100), key, move |input| Ok(operation(input)));
/// while let Some(result) = results.next().await {
///     assert!(result.result.is_ok(), "input {}", result.input);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// The retry mode of each request.
    pub retry_mode: RetryMode,
    /// The number of batches in flight, or of requests if `unbatched`. At least 1.
    pub concurrency: usize,
    /// Sends each request by itself.
    pub unbatched: bool,
}

/// The result for one input.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BulkResult<I, T> {
    /// The index of the input.
    pub index: usize,
    /// The input.
    pub input: I,
    /// The result of the operation. The error of a write has its outcome.
    pub result: Result<T, Error>,
    /// Status, headers and repairs of the response of a success.
    pub response: Option<Response<()>>,
}

impl<I, T> BulkResult<I, T> {
    fn new(index: usize, input: I, result: Result<Response<T>, Error>) -> Self {
        let (result, response) = match result.map(Response::into_parts) {
            Ok((value, response)) => (Ok(value), Some(response)),
            Err(error) => (Err(error), None),
        };
        Self { index, input, result, response }
    }
}

/// The results of a bulk operation, one for each input, in the order of completion.
///
/// Dropping it aborts the requests in flight; whether they were processed is then unknown.
#[must_use = "nothing is sent until it is polled"]
pub struct BulkResults<I, T>(Pin<Box<dyn Stream<Item = BulkResult<I, T>> + Send>>);

impl Bulk {
    /// Sends an operation for each input, up to 20 to a batch. Inputs are taken only as they can be sent. Inputs with
    /// the same `key` are sent one after the other, in order.
    pub fn send<I, O>(
        self,
        transport: Transport,
        inputs: impl Stream<Item = I> + Send + 'static,
        key: impl Fn(&I) -> String + Send + 'static,
        operation: impl Fn(&I) -> Result<O, Error> + Send + 'static,
    ) -> BulkResults<I, O::Response>
    where
        I: Send + 'static,
        O: Operation + 'static,
    {
        let turns = Turns::default();
        let items = inputs.enumerate().map(move |(index, input)| {
            let operation = operation(&input).map_err(|error| error.with_operation(O::NAME));
            Item { index, turn: turns.next(key(&input)), input, operation }
        });
        let concurrency = self.concurrency.max(1);
        if self.unbatched {
            let results = items.map(move |item| send_single(transport.clone(), item, self.retry_mode));
            return BulkResults(Box::pin(results.buffer_unordered(concurrency)));
        }
        let groups = items.ready_chunks(BATCH_SIZE);
        let results = groups.map(move |items| Box::pin(results(transport.clone(), items, self.retry_mode)));
        BulkResults(Box::pin(results.flatten_unordered(concurrency)))
    }
}

impl<I, T> BulkResults<I, T> {
    /// Returns the next result; `None` after the last one.
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

struct Item<I, O> {
    index: usize,
    turn: Turn,
    input: I,
    operation: Result<O, Error>,
}

async fn send_single<I, O: Operation>(
    transport: Transport,
    mut item: Item<I, O>,
    retry_mode: RetryMode,
) -> BulkResult<I, O::Response> {
    item.turn.wait().await;
    let result = match item.operation {
        Ok(operation) => transport.send_with(&operation, retry_mode).await,
        Err(error) => Err(error),
    };
    BulkResult::new(item.index, item.input, result)
}

/// Returns the results of the inputs of one batch, after all retries.
fn results<I: Send, O: Operation + 'static>(
    transport: Transport,
    items: Vec<Item<I, O>>,
    retry_mode: RetryMode,
) -> impl Stream<Item = BulkResult<I, O::Response>> {
    let mut group = Group { inputs: Vec::new(), waiting: Vec::new(), in_flight: Vec::new() };
    let mut invalid = Vec::new();
    for item in items {
        match item.operation {
            Ok(operation) => {
                group.waiting.push((item.turn, InFlight::new(item.index, Box::new(operation), retry_mode, Vec::new())));
                group.inputs.push((item.index, item.input, None));
            }
            Err(error) => invalid.push(BulkResult::new(item.index, item.input, Err(error))),
        }
    }
    let rounds = stream::unfold((transport, group), |(transport, mut group)| async move {
        let results = group.round(&transport).await?;
        Some((stream::iter(results), (transport, group)))
    });
    stream::iter(invalid).chain(rounds.flatten())
}

/// The inputs of one batch that have no result yet.
struct Group<I, T> {
    inputs: Vec<(usize, I, Option<Turn>)>,
    /// The inputs that wait for an earlier one with the same key.
    waiting: Vec<(Turn, InFlight<Response<T>>)>,
    in_flight: Vec<InFlight<Response<T>>>,
}

impl<I, T> Group<I, T> {
    /// Sends the next inputs, and returns the completed results; `None` after the last one.
    async fn round(&mut self, transport: &Transport) -> Option<Vec<BulkResult<I, T>>> {
        if self.in_flight.is_empty()
            && let Some((turn, _)) = self.waiting.first_mut()
        {
            turn.wait().await;
        }
        for (mut turn, request) in std::mem::take(&mut self.waiting) {
            if !turn.has_come() {
                self.waiting.push((turn, request));
                continue;
            }
            if let Some((.., taken)) = self.inputs.iter_mut().find(|(index, ..)| *index == request.index) {
                *taken = Some(turn);
            }
            self.in_flight.push(request);
        }
        if self.in_flight.is_empty() {
            return None;
        }
        let outcome = send_group(transport, std::mem::take(&mut self.in_flight)).await;
        self.in_flight = outcome.retry;
        if !self.in_flight.is_empty() {
            transport.wait(outcome.wait).await;
        }
        let results = outcome.done.into_iter().filter_map(|(index, result)| {
            let place = self.inputs.iter().position(|(other, ..)| *other == index)?;
            // Dropping it ends the turn.
            let (index, input, _) = self.inputs.swap_remove(place);
            Some(BulkResult::new(index, input, result))
        });
        Some(results.collect())
    }
}
