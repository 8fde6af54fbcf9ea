//! What becomes of one input of a batch: its result, or another request.

use std::cell::OnceCell;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::answers::Answer;
use super::batch::with_ids_of;
use super::{BulkOperation, Pending, Shared};
use crate::retry::{Ended, retry_after};
use crate::transport::Call;
use crate::{Error, ErrorKind, Repeat, WriteOutcome};

/// The answer to a batch as a whole.
pub(super) struct Outer {
    pub(super) client_request_id: HeaderValue,
    /// How often the batch was sent.
    pub(super) attempts: u32,
    /// Whether an earlier attempt may have been carried out.
    pub(super) earlier_unknown: bool,
    pub(super) status: Option<StatusCode>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Why it is no success, or not a whole one.
    pub(super) failure: Option<Error>,
    /// Whether the reserve has a repeat for the batch: one, however many of its requests are sent again.
    pub(super) repeat: OnceCell<bool>,
}

impl Outer {
    /// Whether the service has carried the requests out, whatever it answers to each.
    pub(super) fn was_carried_out(&self) -> bool {
        // By the page on throttling a batch with a throttled request is a 424, by that on batching a 200.
        self.status.is_some_and(|status| status.is_success() || status == StatusCode::FAILED_DEPENDENCY)
    }
}

/// What is next for an input.
pub(super) enum Verdict<T> {
    Done(Result<T, Error>),
    /// The write was answered without a body: what it left is to be read.
    Read,
    Again {
        wait: Duration,
        may_have_been_applied: bool,
    },
}

impl<O: BulkOperation> Shared<O> {
    /// What the answer to its request says.
    pub(super) fn verdict(&self, pending: &Pending<O::Input>, answer: &Answer, outer: &Outer) -> Verdict<O::Output> {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status == StatusCode::NO_CONTENT && !pending.applied {
            return Verdict::Read;
        }
        let json = answer.body.as_ref().map_or("", |body| body.get());
        if status == StatusCode::OK {
            match serde_json::from_str(json) {
                Ok(value) => return Verdict::Done(Ok(value)),
                Err(problem) => {
                    let message = "whose answer is not what the description says";
                    let error = Error::new(ErrorKind::InvalidAnswer, message).with_source(problem);
                    return self.failed(pending, error, answer, outer, None);
                }
            }
        }
        let headers = with_ids_of(answer.headers(), &outer.headers);
        let ended = Ended::Answered { status: answer.status, retry_after: retry_after(&headers, SystemTime::now()) };
        let note = match self.again(pending, ended, outer) {
            _ if status.is_success() => None,
            Ok(wait) => {
                let may_have_been_applied = WriteOutcome::of_status(answer.status) == WriteOutcome::Unknown;
                return Verdict::Again { wait, may_have_been_applied };
            }
            Err(note) => note,
        };
        let (kind, message) = match status {
            _ if status.is_client_error() || status.is_server_error() => (ErrorKind::Status, ""),
            _ => (ErrorKind::UnexpectedStatus, "whose answer can't be used"),
        };
        self.failed(pending, Error::new(kind, message), answer, outer, note)
    }

    /// The batch was answered, its request was not.
    pub(super) fn unanswered(&self, pending: &Pending<O::Input>, outer: &Outer) -> Verdict<O::Output> {
        match (&outer.failure, outer.was_carried_out()) {
            (Some(failure), false) => {
                // What the attempts before it came to, the failure's own outcome says.
                let outcome = failure.write_outcome().unwrap_or(WriteOutcome::Unknown);
                let (message, note) = failure.own_words();
                let message = if outer.status.is_some() { "to the batch as a whole" } else { message };
                let error = Error::new(failure.kind(), message).with_source(failure.clone());
                let error = self.of_call(pending, error, outcome, outer, note.map(str::to_owned));
                Verdict::Done(Err(with_outer(error, outer)))
            }
            (failure, _) => {
                let kind = failure.as_ref().map_or(ErrorKind::InvalidAnswer, Error::kind);
                let problem = failure.as_ref().map(|failure| failure.own_words().0).filter(|words| !words.is_empty());
                let problem = problem.map(|words| format!("{words}, ")).unwrap_or_default();
                self.lost(pending, outer, kind, &format!("to the batch, {problem}in which this one's is missing"))
            }
        }
    }

    /// Nobody knows what became of the request.
    pub(super) fn lost(
        &self,
        pending: &Pending<O::Input>,
        outer: &Outer,
        kind: ErrorKind,
        message: &str,
    ) -> Verdict<O::Output> {
        // An answer that is too large would be so again.
        let ended = if kind == ErrorKind::AnswerTooLarge { Ended::ForGood } else { Ended::Lost };
        match self.again(pending, ended, outer) {
            Ok(wait) => Verdict::Again { wait, may_have_been_applied: true },
            Err(note) => {
                let error = Error::new(kind, message);
                let error = self.of_call(pending, error, WriteOutcome::Unknown, outer, note);
                Verdict::Done(Err(with_outer(error, outer)))
            }
        }
    }

    fn failed(
        &self,
        pending: &Pending<O::Input>,
        error: Error,
        answer: &Answer,
        outer: &Outer,
        note: Option<String>,
    ) -> Verdict<O::Output> {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let outcome = WriteOutcome::of_status(answer.status);
        let error = self.of_call(pending, error, outcome, outer, note);
        let body = answer.body.as_ref().map_or_else(Bytes::new, |body| Bytes::copy_from_slice(body.get().as_bytes()));
        Verdict::Done(Err(error.with_answer(status, with_ids_of(answer.headers(), &outer.headers), body)))
    }

    fn of_call(
        &self,
        pending: &Pending<O::Input>,
        error: Error,
        outcome: WriteOutcome,
        outer: &Outer,
        note: Option<String>,
    ) -> Error {
        let call = Call {
            operation: O::NAME,
            write: true,
            client_request_id: outer.client_request_id.clone(),
            attempts: pending.attempts,
            earlier_unknown: pending.earlier_unknown,
            note,
        };
        match pending.applied {
            true => error.of_call(&call, WriteOutcome::Applied).after_applied(O::NAME),
            false => error.of_call(&call, outcome),
        }
    }

    /// Whether the request is to be sent again: after which wait, or why not.
    fn again(&self, pending: &Pending<O::Input>, ended: Ended, outer: &Outer) -> Result<Duration, Option<String>> {
        let repeat = if pending.applied { Repeat::Idempotent } else { self.repeat };
        let is_granted = || *outer.repeat.get_or_init(|| self.transport.take_repeat());
        self.transport.again(repeat, ended, (pending.attempts, pending.started), is_granted)
    }
}

fn with_outer(error: Error, outer: &Outer) -> Error {
    match outer.status {
        Some(status) => error.with_answer(status, outer.headers.clone(), outer.body.clone()),
        None => error,
    }
}
