//! Sends requests in one batch, and decides the next step of each.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};

use super::entry::{BatchRequestItem, BoxedEntry};
use super::parts::{Matched, Part};
use super::reply::BatchReply;
use crate::call::{Call, OperationInfo};
use crate::claims;
use crate::error::{Error, ErrorKind};
use crate::raw_response::RawResponse;
use crate::redaction::Tokens;
use crate::retry::{AttemptOutcome, RetryMode, retry_after};
use crate::transport::Transport;
use crate::write_outcome::WriteOutcome;

/// The number of requests that Graph allows in a batch.
pub(crate) const BATCH_SIZE: usize = 20;

/// A request in flight.
pub(crate) struct InFlight<T> {
    /// Its index among all requests.
    pub(crate) index: usize,
    pub(crate) entry: BoxedEntry<T>,
    pub(crate) retry_mode: RetryMode,
    /// The indices of the requests that must succeed before it.
    pub(crate) depends_on: Vec<usize>,
    /// The number of attempts.
    attempts: u32,
    /// The time of the first attempt.
    started: Option<Instant>,
    /// True if an earlier attempt may have been processed.
    earlier_unknown: bool,
    /// The token that was got for it after a 401, once, and the one that was rejected.
    tokens: Option<Tokens>,
    /// The write that succeeded without a body, if its result is now read.
    applied: Option<Box<Applied>>,
}

/// A write that succeeded without a body.
struct Applied {
    name: &'static str,
    response: RawResponse,
}

/// The result of one batch.
pub(crate) struct GroupOutcome<T> {
    pub(crate) done: Vec<(usize, Result<T, Error>)>,
    /// The requests to retry after the wait.
    pub(crate) retry: Vec<InFlight<T>>,
    pub(crate) wait: Duration,
}

/// The next step of a request.
enum NextStep<T> {
    Done(Result<T, Error>),
    /// The write succeeded without a body: read the result.
    ReadBack(BoxedEntry<T>, RawResponse),
    Retry {
        wait: Duration,
        may_have_been_applied: bool,
    },
    /// It did not run, as the service rejected the token. There is another.
    Authorize(Tokens),
    /// It was not processed, since a request that it depends on failed.
    DidNotRun(Error),
}

impl<T> InFlight<T> {
    pub(crate) fn new(index: usize, entry: BoxedEntry<T>, retry_mode: RetryMode, depends_on: Vec<usize>) -> Self {
        let (attempts, started, earlier_unknown, tokens, applied) = (0, None, false, None, None);
        Self { index, entry, retry_mode, depends_on, attempts, started, earlier_unknown, tokens, applied }
    }

    fn may_be_authorized_again(&self, status: u16) -> bool {
        status == StatusCode::UNAUTHORIZED && self.tokens.is_none() && self.retry_mode != RetryMode::Never
    }
}

/// Sends requests in one batch.
pub(crate) async fn send<T>(transport: &Transport, mut group: Vec<InFlight<T>>) -> GroupOutcome<T> {
    let body = match body(transport, &group) {
        Ok(body) => body,
        Err((place, error)) => {
            let invalid = group.remove(place);
            let error = error.with_operation(invalid.entry.info().name);
            return GroupOutcome { done: vec![(invalid.index, Err(error))], retry: group, wait: Duration::ZERO };
        }
    };
    let build = || request(transport, body.clone());
    let now = transport.now();
    for request in &mut group {
        request.started.get_or_insert(now);
    }
    let started = group.iter().filter_map(|request| request.started).min().unwrap_or(now);
    let retry_mode = strictest_retry_mode(&group);
    let batch = OperationInfo { name: "batch", method: "POST", path_template: PATH, retry_mode };
    let tokens = group.iter().find_map(|request| request.tokens.clone()).unwrap_or_default();
    let (reply, mut parts) =
        BatchReply::of(&batch, transport.execute(batch, &build, started, tokens).await, group.len());
    let fresh = match rejected_token(&group, &reply, &parts) {
        Some((rejected, claims)) => transport
            .refreshed_authorization(&rejected, claims, started)
            .await
            .map(|sent| Tokens { sent: Some(sent), rejected: Some(rejected) }),
        None => None,
    };
    let mut outcome = GroupOutcome { done: Vec::new(), retry: Vec::new(), wait: Duration::ZERO };
    for (number, mut request) in (1..).zip(group) {
        request.attempts += reply.call.attempts;
        request.earlier_unknown |= reply.call.earlier_unknown && reply.was_processed();
        let step =
            Step { transport, request: &request, reply: &reply, fresh: fresh.as_ref() }.after(parts.remove(&number));
        outcome.add(request, step);
    }
    outcome
}

impl<T> GroupOutcome<T> {
    /// Adds a request, after those that it depends on.
    fn add(&mut self, mut request: InFlight<T>, step: NextStep<T>) {
        match step {
            NextStep::Done(result) => self.done.push((request.index, result)),
            NextStep::ReadBack(read, response) => {
                request.applied = Some(Box::new(Applied { name: request.entry.info().name, response }));
                request.entry = read;
                request.retry_mode = RetryMode::Idempotent;
                self.retry.push(request);
            }
            NextStep::Authorize(fresh) => {
                request.tokens = Some(fresh);
                self.retry.push(request);
            }
            NextStep::Retry { wait, may_have_been_applied } => {
                request.earlier_unknown |= may_have_been_applied;
                // Best practices: throttled requests are retried together, after the longest wait.
                self.wait = self.wait.max(wait);
                self.retry.push(request);
            }
            // It is retried with the request that it depends on.
            NextStep::DidNotRun(_) if self.retry.iter().any(|other| request.depends_on.contains(&other.index)) => {
                self.retry.push(request);
            }
            NextStep::DidNotRun(error) => self.done.push((request.index, Err(error))),
        }
    }
}

/// Returns the token that the service rejected for a request for the first time, and the claims that it requires.
fn rejected_token<T>(
    group: &[InFlight<T>],
    reply: &BatchReply,
    parts: &HashMap<usize, Matched>,
) -> Option<(HeaderValue, Option<String>)> {
    let rejected = (1..).zip(group).filter_map(|(number, request)| match parts.get(&number)? {
        Matched::One(Part { status: Ok(status), headers, .. }) if request.may_be_authorized_again(*status) => {
            Some(headers)
        }
        _ => None,
    });
    let mut rejected = rejected.peekable();
    rejected.peek()?;
    let claims = rejected.find_map(claims::of_challenge);
    Some((reply.call.tokens.sent.clone()?, claims))
}

/// A batch is retried only if each of its requests may be.
fn strictest_retry_mode<T>(group: &[InFlight<T>]) -> RetryMode {
    let has = |mode| group.iter().any(|request| request.retry_mode == mode);
    [RetryMode::Never, RetryMode::OnlyIfNotProcessed]
        .into_iter()
        .find(|mode| has(*mode))
        .unwrap_or(RetryMode::Idempotent)
}

const PATH: &str = "/$batch";

/// Returns the body of the batch, or the index and error of an invalid request.
fn body<T>(transport: &Transport, group: &[InFlight<T>]) -> Result<Bytes, (usize, Error)> {
    #[derive(serde::Serialize)]
    struct Requests {
        requests: Vec<BatchRequestItem>,
    }

    let mut requests = Vec::with_capacity(group.len());
    for (place, request) in group.iter().enumerate() {
        let mut item = request.entry.request(transport.endpoint()).map_err(|error| (place, error))?;
        item.id = (place + 1).to_string();
        let in_group = |index: &usize| group.iter().position(|other| other.index == *index && other.applied.is_none());
        item.depends_on = request.depends_on.iter().filter_map(in_group).map(|place| (place + 1).to_string()).collect();
        requests.push(item);
    }
    let body = serde_json::to_vec(&Requests { requests });
    body.map(Bytes::from).map_err(|error| (0, Error::invalid_input("the batch cannot be JSON").with_source(error)))
}

fn request(transport: &Transport, body: Bytes) -> Result<Request, Error> {
    let mut request = Request::new(Method::POST, transport.endpoint().url(["$batch"])?);
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert(ACCEPT, json.clone());
    request.headers_mut().insert(CONTENT_TYPE, json);
    *request.body_mut() = Some(body.into());
    Ok(request)
}

/// Decides the next step of one request.
struct Step<'a, T> {
    transport: &'a Transport,
    request: &'a InFlight<T>,
    reply: &'a BatchReply,
    /// Another token than the one that was rejected.
    fresh: Option<&'a Tokens>,
}

impl<T> Step<'_, T> {
    fn after(&self, part: Option<Matched>) -> NextStep<T> {
        match part {
            Some(Matched::One(part)) => self.after_part(part),
            Some(Matched::Conflicting) => {
                let message = "the batch response has conflicting entries for this request";
                self.lost(ErrorKind::InvalidResponse, message, AttemptOutcome::ConnectionLost)
            }
            None => self.without_part(),
        }
    }

    fn after_part(&self, part: Part) -> NextStep<T> {
        let status = part.status.and_then(|status| StatusCode::from_u16(status).map_err(|_| status.to_string()));
        let status = match status {
            Ok(status) => status,
            Err(status) => {
                // A retry would have the same form.
                let message = format!("the batch response has the invalid status {status} for this request");
                return self.lost(ErrorKind::InvalidResponse, &message, AttemptOutcome::Permanent);
            }
        };
        let response = RawResponse { status, headers: self.reply.with_ids(part.headers), body: part.body };
        if self.request.entry.is_without_body(status.as_u16())
            && self.request.applied.is_none()
            && let Some(read) = self.request.entry.read_back()
        {
            return NextStep::ReadBack(read, response);
        }
        let retry_after = retry_after(&response.headers, SystemTime::now());
        if status == StatusCode::FAILED_DEPENDENCY && !self.request.depends_on.is_empty() {
            return NextStep::DidNotRun(response.into_error(&self.call(None)));
        }
        if status.is_success() {
            let write = self.request.applied.as_ref().map(|write| &write.response);
            let result = self.request.entry.decode(response, &self.call(None), write);
            return NextStep::Done(self.finished(result));
        }
        if let Some(fresh) = self.fresh.filter(|_| self.request.may_be_authorized_again(status.as_u16())) {
            return NextStep::Authorize(fresh.clone());
        }
        match self.retry(AttemptOutcome::Response { status: status.as_u16(), retry_after }) {
            Ok(wait) => {
                let may_have_been_applied = WriteOutcome::of_status(status.as_u16()) == WriteOutcome::Unknown;
                NextStep::Retry { wait, may_have_been_applied }
            }
            Err(note) => NextStep::Done(self.finished(Err(response.into_error(&self.call(note))))),
        }
    }

    /// Returns the next step of a request without a part in the response.
    fn without_part(&self) -> NextStep<T> {
        match &self.reply.failure {
            Some(failure) if !self.reply.was_processed() => {
                let outcome = failure.write_outcome().unwrap_or(WriteOutcome::Unknown);
                let (message, note) = failure.message_and_note();
                let message = if self.reply.response.is_some() { "to the batch as a whole" } else { message };
                let error = Error::new(failure.kind(), message).with_source(failure.clone());
                self.failed(error, outcome, note.map(str::to_owned))
            }
            failure => {
                let kind = failure.as_ref().map_or(ErrorKind::InvalidResponse, Error::kind);
                let problem =
                    failure.as_ref().map(|failure| failure.message_and_note().0).filter(|text| !text.is_empty());
                let problem = problem.map(|text| format!("{text}; ")).unwrap_or_default();
                let note = self.reply.response.as_ref().and_then(RawResponse::encoding_note);
                let note = note.map(|note| format!("; {note}")).unwrap_or_default();
                // A response that is too large would be too large again.
                let is_permanent = kind == ErrorKind::ResponseTooLarge;
                let attempt = if is_permanent { AttemptOutcome::Permanent } else { AttemptOutcome::ConnectionLost };
                let message = format!("{problem}the batch response has no entry for this request{note}");
                self.lost(kind, &message, attempt)
            }
        }
    }

    /// Returns the next step of a request with an unknown outcome.
    fn lost(&self, kind: ErrorKind, message: &str, attempt: AttemptOutcome) -> NextStep<T> {
        match self.retry(attempt) {
            Ok(wait) => NextStep::Retry { wait, may_have_been_applied: true },
            Err(note) => self.failed(Error::new(kind, message), WriteOutcome::Unknown, note),
        }
    }

    fn failed(&self, error: Error, outcome: WriteOutcome, note: Option<String>) -> NextStep<T> {
        let error = error.of_call(&self.call(note), outcome);
        NextStep::Done(self.finished(Err(self.reply.with_response(error))))
    }

    fn finished(&self, result: Result<T, Error>) -> Result<T, Error> {
        match &self.request.applied {
            Some(write) => result.map_err(|error| error.after_applied(write.name)),
            None => result,
        }
    }

    fn call(&self, note: Option<String>) -> Call {
        let InFlight { entry, attempts, earlier_unknown, .. } = self.request;
        let Call { client_request_id, tokens, .. } = self.reply.call.clone();
        let call = Call::new(&entry.info(), client_request_id);
        Call { attempts: *attempts, earlier_unknown: *earlier_unknown, note, tokens, ..call }
    }

    /// Decides on a retry: the wait, or the reason against it.
    fn retry(&self, outcome: AttemptOutcome) -> Result<Duration, Option<String>> {
        let InFlight { retry_mode, attempts, started, .. } = self.request;
        let started = started.unwrap_or_else(|| self.transport.now());
        let is_granted = || *self.reply.retry.get_or_init(|| self.transport.take_retry());
        self.transport.retry_wait(*retry_mode, outcome, (*attempts, started), is_granted)
    }
}
