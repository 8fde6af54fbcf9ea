//! The error of each call: opaque, and complete.

mod graph_body;
mod one_line;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

pub use graph_body::ErrorDetail;
use graph_body::GraphBody;
use one_line::OneLine;

use crate::WriteOutcome;

/// What went wrong, with all that is needed to act on it or to ask Microsoft's support.
///
/// Whatever the service answered, its status, headers and body are kept. `Display` is one line that
/// can be pasted into a ticket; it holds neither the body nor the token.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static str>,
    write_outcome: Option<WriteOutcome>,
    client_request_id: Option<Box<str>>,
    attempts: u32,
    note: Option<String>,
    answer: Option<Answer>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// An answer of the service, as far as it arrived.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    graph: Option<GraphBody>,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client can't be built as it was configured.
    Configuration,
    /// A value that was given can't be sent.
    InvalidInput,
    /// There is no access token.
    Credential,
    /// No connection could be made.
    Connect,
    /// The time for the request ran out.
    Timeout,
    /// The connection was lost, or the other side broke the protocol.
    Connection,
    /// The service answered with a status that is a failure.
    Status,
    /// The service answered with a success or redirect that the operation doesn't describe.
    UnexpectedStatus,
    /// The service's answer is cut off, or not what the description says.
    InvalidAnswer,
    /// The service's answer is larger than allowed.
    AnswerTooLarge,
    /// One item of a collection is not what the description says. The error's body is the item's JSON; the
    /// items after it follow.
    InvalidItem,
    /// Nothing was sent: the client only shows its requests.
    DryRun,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Configuration => "configuration",
            Self::InvalidInput => "invalid input",
            Self::Credential => "credential",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Status => "status",
            Self::UnexpectedStatus => "unexpected status",
            Self::InvalidAnswer => "invalid answer",
            Self::AnswerTooLarge => "answer too large",
            Self::InvalidItem => "invalid item",
            Self::DryRun => "dry run",
        })
    }
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed, such as `update_incident_task`; `None` where none had begun.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The HTTP status code of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.status.as_u16())
    }

    /// Graph's code, such as `NotFound`: the most specific one that is documented, or else the
    /// outermost. See [Microsoft Graph error responses](https://learn.microsoft.com/graph/errors).
    pub fn code(&self) -> Option<&str> {
        self.graph()?.code()
    }

    /// Each code that Graph gave, from the outermost to the most specific.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.graph().into_iter().flat_map(GraphBody::codes)
    }

    /// Graph's message, meant for people: its text may change at any time.
    pub fn message(&self) -> Option<&str> {
        self.graph()?.message()
    }

    /// What the failure is about, in Graph's words.
    pub fn target(&self) -> Option<&str> {
        self.graph()?.target()
    }

    /// Failures that led to this one.
    pub fn details(&self) -> impl Iterator<Item = ErrorDetail<'_>> {
        self.graph().into_iter().flat_map(GraphBody::details)
    }

    /// The service's ID of the request, for Microsoft's support.
    pub fn request_id(&self) -> Option<&str> {
        self.header("request-id").or_else(|| self.graph()?.inner("request-id"))
    }

    /// The client's ID of the request: as the service repeated it, or else as it was sent.
    pub fn client_request_id(&self) -> Option<&str> {
        self.header("client-request-id")
            .or_else(|| self.graph()?.inner("client-request-id"))
            .or(self.0.client_request_id.as_deref())
    }

    /// When the failure occurred: the `Date` header, or else what the body says, which has no zone.
    pub fn date(&self) -> Option<&str> {
        self.header("date").or_else(|| self.graph()?.inner("date"))
    }

    /// The service's note on which of its machines answered (`x-ms-ags-diagnostic`), for Microsoft's
    /// support.
    pub fn diagnostic(&self) -> Option<&str> {
        self.header("x-ms-ags-diagnostic")
    }

    /// How long the service asked to wait before another request, where it said so. A date is taken
    /// relative to the answer's own `Date`.
    pub fn retry_after(&self) -> Option<Duration> {
        crate::retry::retry_after(&self.answer()?.headers, SystemTime::now())
    }

    /// The claims that the service wants to see in the token, as its challenge has them (base64): pass
    /// them on where a token is got. See [Claims
    /// challenges](https://learn.microsoft.com/entra/identity-platform/claims-challenge).
    pub fn claims(&self) -> Option<String> {
        crate::claims::of_challenge(&self.answer()?.headers)
    }

    /// How often the request was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether nobody is signed in: there is no token, or the service refused it (401). Sign in again.
    pub fn is_unauthorized(&self) -> bool {
        self.kind() == ErrorKind::Credential || self.status() == Some(401)
    }

    /// Whether the token doesn't allow this (403). Grant the application or user what is missing.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether there is no such thing (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the service was asked too much (429), for longer than the client was to wait. Send less,
    /// or wait for [`retry_after`](Self::retry_after).
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether time ran out. Raise the limits, or look for what is slow.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether no connection could be made. Look at name resolution, proxy and certificates: the
    /// [source](std::error::Error::source) says more.
    pub fn is_connect(&self) -> bool {
        self.kind() == ErrorKind::Connect
    }

    /// What became of the write; `None` for a read whose request was sent.
    pub fn write_outcome(&self) -> Option<WriteOutcome> {
        self.0.write_outcome
    }

    /// A header of the answer, where it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer()?.headers.get(name)?.to_str().ok()
    }

    /// Each header of the answer. A name can come more than once; a value need not be text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let headers = self.answer().into_iter().flat_map(|answer| &answer.headers);
        headers.map(|(name, value)| (name.as_str(), value.as_bytes()))
    }

    /// The body of the answer, as far as it arrived.
    pub fn body(&self) -> Option<&[u8]> {
        self.answer().map(|answer| &*answer.body)
    }

    fn answer(&self) -> Option<&Answer> {
        self.0.answer.as_ref()
    }

    fn graph(&self) -> Option<&GraphBody> {
        self.answer()?.graph.as_ref()
    }
}

/// How this crate and the generated one make errors.
#[doc(hidden)]
impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            write_outcome: None,
            client_request_id: None,
            attempts: 0,
            note: None,
            answer: None,
            source: None,
        }))
    }

    /// Says that the operation ended before anything of it was sent.
    #[must_use]
    pub fn not_sent(self, operation: Option<&'static str>) -> Self {
        self.with(|inner| {
            inner.operation = operation;
            inner.write_outcome = Some(WriteOutcome::NotSent);
        })
    }

    /// Says which operation failed.
    #[must_use]
    pub fn of_operation(self, operation: &'static str) -> Self {
        self.with(|inner| inner.operation = Some(operation))
    }

    /// Says that an operation was applied, and that only reading what it left has failed with `self`.
    #[must_use]
    pub fn after_applied(self, operation: &'static str) -> Self {
        self.with(|inner| {
            inner.operation = Some(operation);
            inner.write_outcome = Some(WriteOutcome::Applied);
            inner.note = Some("on reading what was updated".to_owned());
        })
    }

    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.with(|inner| inner.source = Some(source.into()))
    }

    pub(crate) fn of_call(self, call: &crate::transport::Call, outcome: WriteOutcome) -> Self {
        // What an earlier attempt may have done, a later one's failure doesn't undo.
        let outcome = match outcome {
            WriteOutcome::NotSent | WriteOutcome::NotApplied if call.earlier_unknown => WriteOutcome::Unknown,
            outcome => outcome,
        };
        self.with(|inner| {
            inner.attempts = call.attempts;
            inner.note.clone_from(&call.note);
            inner.operation = Some(call.operation);
            inner.write_outcome = call.write.then_some(outcome);
            inner.client_request_id = call.client_request_id.to_str().ok().map(Into::into);
        })
    }

    pub(crate) fn with_answer(self, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        let graph = GraphBody::parse(&body);
        self.with(|inner| inner.answer = Some(Answer { status, headers, body, graph }))
    }

    /// What went wrong, without what the answer says, and why it was not tried again.
    pub(crate) fn own_words(&self) -> (&str, Option<&str>) {
        (&self.0.message, self.0.note.as_deref())
    }

    /// Status, headers and body of the answer, for those who want it as a response again.
    pub(crate) fn answer_parts(&self) -> Option<(StatusCode, &HeaderMap, &Bytes)> {
        self.answer().map(|answer| (answer.status, &answer.headers, &answer.body))
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        // Errors are made by one owner; a clone exists only after the making.
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            change(inner);
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation() {
            write!(f, "{operation}: ")?;
        }
        match self.answer() {
            Some(answer) => write!(f, "HTTP {}", answer.status)?,
            None => write!(f, "{}", OneLine(&self.0.message))?,
        }
        if let Some(code) = self.code() {
            write!(f, ", {}", OneLine(code))?;
        }
        if let Some(message) = self.message() {
            write!(f, ": {}", OneLine(message))?;
        }
        if self.answer().is_some() && !self.0.message.is_empty() {
            write!(f, ", {}", OneLine(&self.0.message))?;
        }
        if let Some(note) = &self.0.note {
            write!(f, ", {note}")?;
        }
        let outcome = self.write_outcome().map(|outcome| ("", outcome.to_string()));
        let request_id = self.request_id().map(|id| ("request-id ", id.into()));
        let client_request_id = self.client_request_id().map(|id| ("client-request-id ", id.into()));
        let mut separator = " (";
        for (label, value) in [outcome, request_id, client_request_id].into_iter().flatten() {
            write!(f, "{separator}{label}{}", OneLine(&value))?;
            separator = "; ";
        }
        if separator == "; " { f.write_str(")") } else { Ok(()) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("display", &format_args!("{self}"))
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests;
