//! The error of each call: opaque, and complete.

mod graph_body;
mod kind;
mod one_line;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use graph_body::ErrorDetail;
pub(crate) use graph_body::GraphBody;
pub use kind::ErrorKind;
use one_line::OneLine;

use crate::call::Call;
use crate::raw_response::{RawResponse, text_header};
use crate::redaction::Tokens;
use crate::retry::retry_after;
use crate::write_outcome::WriteOutcome;

/// The error of a call, with everything that is needed to act on it or to ask Microsoft's support.
///
/// The status, headers and body of the response are kept, whatever they are. `Display` is one line that
/// can be pasted into a ticket; it contains neither the body nor the token: what repeats it has `REDACTED` there.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Box<str>,
    operation: Option<&'static str>,
    write_outcome: Option<WriteOutcome>,
    client_request_id: Option<Box<str>>,
    attempts: u32,
    note: Option<String>,
    tokens: Tokens,
    response: Option<RawResponse>,
    graph: Option<Arc<GraphBody>>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Returns an error for a value that must not be sent. Nothing was sent.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message).with_outcome(WriteOutcome::NotSent)
    }

    /// Adds the name of the operation that failed, such as `update_incident_task`.
    #[must_use]
    pub fn with_operation(self, operation: &'static str) -> Self {
        self.with(|inner| inner.operation = Some(operation))
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the operation that failed, such as `update_incident_task`; `None` if none had begun.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// Returns the HTTP status code of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status.as_u16())
    }

    /// Returns Graph's code, such as `NotFound`: the most specific one that is documented, or else the
    /// outermost. See [Microsoft Graph error responses](https://learn.microsoft.com/graph/errors).
    pub fn code(&self) -> Option<&str> {
        self.graph()?.code()
    }

    /// Returns all of Graph's codes, from the outermost to the innermost.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.graph().into_iter().flat_map(GraphBody::codes)
    }

    /// Returns Graph's message, meant for people: its text may change at any time.
    pub fn message(&self) -> Option<&str> {
        self.graph()?.message()
    }

    /// Returns Graph's target: what the failure is about.
    pub fn target(&self) -> Option<&str> {
        self.graph()?.target()
    }

    /// Returns the failures that caused this one, the first thousand of them.
    pub fn details(&self) -> impl Iterator<Item = ErrorDetail<'_>> {
        self.graph().into_iter().flat_map(GraphBody::details)
    }

    /// Returns the service's ID of the request, for Microsoft's support.
    pub fn request_id(&self) -> Option<&str> {
        self.text_header("request-id").or_else(|| self.graph()?.request_id())
    }

    /// Returns the client's ID of the request: as the service repeated it, or else as it was sent.
    pub fn client_request_id(&self) -> Option<&str> {
        self.text_header("client-request-id")
            .or_else(|| self.graph()?.client_request_id())
            .or(self.0.client_request_id.as_deref())
    }

    /// Returns when the failure occurred: the `Date` header, or else the date in the body, which has no time zone.
    pub fn date(&self) -> Option<&str> {
        self.text_header("date").or_else(|| self.graph()?.date())
    }

    /// Returns the diagnostic header of the service (`x-ms-ags-diagnostic`), for Microsoft's support.
    pub fn diagnostic(&self) -> Option<&str> {
        self.text_header("x-ms-ags-diagnostic")
    }

    /// Returns the wait in `Retry-After`, if the response had one. A date is relative to the response's own `Date`.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.response()?.headers, SystemTime::now())
    }

    /// Returns the claims that the service requires of a token, in base64 as in its challenge, to request a token with
    /// them. See [Claims challenges](https://learn.microsoft.com/entra/identity-platform/claims-challenge).
    pub fn claims(&self) -> Option<String> {
        crate::claims::of_challenge(&self.response()?.headers)
    }

    /// Returns the number of attempts.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns true if no token was available or the service rejected it (401). Sign in again.
    pub fn is_unauthorized(&self) -> bool {
        self.kind() == ErrorKind::Credential || self.status() == Some(401)
    }

    /// Returns true if the token does not allow this (403). Grant the application or user the missing permission.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Returns true if the resource does not exist (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Returns true if the service throttled the request (429) beyond the client's retries. Send fewer requests, or
    /// wait for [`retry_after`](Self::retry_after).
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(429)
    }

    /// Returns true if the request timed out. Raise the time limits, or find the slow part.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Returns true if no connection could be made. Check name resolution, proxy and certificates: the
    /// [source](std::error::Error::source) has details.
    pub fn is_connect(&self) -> bool {
        self.kind() == ErrorKind::Connect
    }

    /// Returns the outcome of the write; `None` for a read that was sent.
    pub fn write_outcome(&self) -> Option<WriteOutcome> {
        self.0.write_outcome
    }

    /// Returns a header of the response; `None` if it is absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response()?.headers.get(name)?.to_str().ok()
    }

    /// Returns each header of the response. A name can occur more than once; a value need not be text.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let headers = self.response().into_iter().flat_map(|response| &response.headers);
        headers.map(|(name, value)| (name.as_str(), value.as_bytes()))
    }

    /// Returns the body of the response, as far as it arrived.
    pub fn body(&self) -> Option<&[u8]> {
        self.response().map(|response| &*response.body)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: message.into().into(),
            operation: None,
            write_outcome: None,
            client_request_id: None,
            attempts: 0,
            note: None,
            tokens: Tokens::default(),
            response: None,
            graph: None,
            source: None,
        }))
    }

    pub(crate) fn with_outcome(self, outcome: WriteOutcome) -> Self {
        self.with(|inner| inner.write_outcome = Some(outcome))
    }

    /// Returns the error of an applied operation whose result could not be read because of `self`.
    pub(crate) fn after_applied(self, operation: &'static str) -> Self {
        self.with(|inner| {
            inner.operation = Some(operation);
            inner.write_outcome = Some(WriteOutcome::Applied);
            inner.note = Some("on reading the result".to_owned());
        })
    }

    pub(crate) fn with_source(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.with(|inner| inner.source = Some(source.into().into()))
    }

    pub(crate) fn of_call(self, call: &Call, outcome: WriteOutcome) -> Self {
        // An earlier attempt may have been applied, whatever the later one returned.
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
            inner.tokens = call.tokens.clone();
            inner.redact();
        })
    }

    pub(crate) fn with_response(self, response: RawResponse) -> Self {
        self.with(|inner| {
            inner.graph = GraphBody::parse(&response.body).map(Arc::new);
            inner.response = Some(response);
            inner.redact();
        })
    }

    /// Adds the response of another error, which is not read again.
    pub(crate) fn with_response_of(self, other: &Self) -> Self {
        self.with(|inner| {
            inner.graph.clone_from(&other.0.graph);
            inner.response.clone_from(&other.0.response);
        })
    }

    /// Returns the client's own message, and the note why the request was not retried.
    pub(crate) fn message_and_note(&self) -> (&str, Option<&str>) {
        (&*self.0.message, self.0.note.as_deref())
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Returns the response, as far as it arrived.
    pub(crate) fn response(&self) -> Option<&RawResponse> {
        self.0.response.as_ref()
    }

    fn text_header(&self, name: &str) -> Option<&str> {
        text_header(&self.response()?.headers, name)
    }

    fn graph(&self) -> Option<&GraphBody> {
        self.0.graph.as_deref()
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Inner {
    /// Replaces the tokens wherever the service repeats them.
    fn redact(&mut self) {
        self.tokens.redact(&mut self.message);
        self.source.take_if(|source| self.tokens.are_in(&format!("{source:?}")));
        if let Some(response) = &mut self.response {
            self.tokens.redact_response(response);
        }
        if let Some(graph) = &mut self.graph {
            Arc::make_mut(graph).redact(&self.tokens);
        }
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation() {
            write!(f, "{operation}: ")?;
        }
        match self.response() {
            Some(response) => write!(f, "HTTP {}", response.status)?,
            None => write!(f, "{}", OneLine(&self.0.message))?,
        }
        if let Some(code) = self.code() {
            write!(f, ", {}", OneLine(code))?;
        }
        if let Some(message) = self.message() {
            write!(f, ": {}", OneLine(message))?;
        }
        if self.response().is_some() && !self.0.message.is_empty() {
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
