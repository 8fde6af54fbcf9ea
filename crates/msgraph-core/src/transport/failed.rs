//! An attempt without a complete response: what it means for the request.

use std::fmt::Write;
use std::io;
use std::time::SystemTime;

use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use crate::raw_response::RawResponse;
use crate::retry::{AttemptOutcome, retry_after};
use crate::write_outcome::WriteOutcome;

/// An attempt without a complete response.
pub(super) struct Failed {
    pub(super) error: Error,
    pub(super) attempt: AttemptOutcome,
    pub(super) write: WriteOutcome,
}

impl Failed {
    /// The request was not sent, and would not be the next time.
    pub(super) fn not_sent(error: Error) -> Self {
        Self { error, attempt: AttemptOutcome::Permanent, write: WriteOutcome::NotSent }
    }

    /// The request may have been processed.
    pub(super) fn lost(error: Error) -> Self {
        Self { error, attempt: AttemptOutcome::ConnectionLost, write: WriteOutcome::Unknown }
    }

    /// The request has no response. `may_reuse` is true if its connection may have been used before.
    pub(super) fn without_response(error: reqwest::Error, endpoint: &Endpoint, may_reuse: bool) -> Self {
        let causes = causes(&error);
        let with = |kind, message: String, error: reqwest::Error| {
            let message = if causes.is_empty() { message } else { format!("{message}: {causes}") };
            Error::new(kind, message).with_source(error.without_url())
        };
        let not_processed = |error| Self { attempt: AttemptOutcome::NotProcessed, ..Self::not_sent(error) };
        if error.is_connect() {
            // Another attempt with a wrong password could lock its owner out.
            let is_final = causes == PROXY_AUTHENTICATION;
            let error = with(ErrorKind::Connect, format!("cannot connect to {endpoint}"), error);
            if is_final { Self::not_sent(error) } else { not_processed(error) }
        } else if error.is_builder() {
            Self::not_sent(with(ErrorKind::InvalidInput, "the request cannot be sent".to_owned(), error))
        } else if was_not_processed(&error) {
            not_processed(with(ErrorKind::Connection, format!("{endpoint} did not process the request"), error))
        } else {
            let is_closed = may_reuse && was_closed(&error);
            let is_parse = causes_of::<hyper::Error>(&error).any(hyper::Error::is_parse);
            let problem = if is_parse { "invalid HTTP response from" } else { "lost the connection to" };
            let lost = Self::lost(with(ErrorKind::Connection, format!("{problem} {endpoint}"), error));
            if is_closed { Self { attempt: AttemptOutcome::ClosedOnReuse, ..lost } } else { lost }
        }
    }

    /// The body of a response is not complete.
    pub(super) fn within_body(error: reqwest::Error) -> Self {
        let message = if was_closed(&error) {
            "connection closed before the body was complete".to_owned()
        } else {
            format!("cannot read the response body: {}", causes(&error))
        };
        Self::lost(Error::new(ErrorKind::Connection, message).with_source(error.without_url()))
    }
}

/// Without a password the proxy asks for one by the same status.
const PROXY_AUTHENTICATION: &str = "the proxy rejected the user or password (407)";

/// Returns true if the service has surely not processed the request, though it may have been sent.
fn was_not_processed(error: &reqwest::Error) -> bool {
    // By HTTP/2 the service says so ([RFC 9113, section 8.7](https://www.rfc-editor.org/rfc/rfc9113#section-8.7)). h2
    // reports a GOAWAY for the requests after the last one that it names.
    let was_refused = |error: &h2::Error| {
        let refusal = if error.is_go_away() { h2::Reason::NO_ERROR } else { h2::Reason::REFUSED_STREAM };
        error.is_remote() && error.reason() == Some(refusal)
    };
    // It was still queued when the connection was closed.
    causes_of::<hyper::Error>(error).any(hyper::Error::is_canceled) || causes_of::<h2::Error>(error).any(was_refused)
}

/// Returns true if the other side had closed the connection.
fn was_closed(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};

    let is_closed = |kind| matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof);
    causes_of::<hyper::Error>(error).any(hyper::Error::is_incomplete_message)
        || causes_of::<io::Error>(error).any(|error| is_closed(error.kind()))
}

fn causes_of<E: std::error::Error + 'static>(error: &reqwest::Error) -> impl Iterator<Item = &E> {
    sources(error).filter_map(|source| source.downcast_ref())
}

fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
}

/// Returns what went wrong, in one line: a failure of TLS, of the proxy, of HTTP or of the system.
fn causes(error: &reqwest::Error) -> String {
    let mut causes = String::new();
    for cause in sources(error).map(ToString::to_string) {
        let cause = match cause.as_str() {
            "tunnel error: proxy authorization required" => PROXY_AUTHENTICATION.to_owned(),
            "tunnel error: unsuccessful" => "the proxy refused to connect".to_owned(),
            // It names the layer only.
            _ if cause.starts_with("client error (") => continue,
            _ => cause.replacen("tunnel error", "the proxy failed to connect", 1),
        };
        // Some errors repeat their cause's text.
        if !causes.contains(&cause) {
            let separator = if causes.is_empty() { "" } else { ": " };
            let _ = write!(causes, "{separator}{cause}");
        }
    }
    causes
}

/// Returns the failure of a response that is not complete.
pub(super) fn incomplete(error: Error, response: RawResponse, write: bool) -> Failed {
    // A success whose body is lost was a success: only a read is worth another attempt.
    let was_applied = write && response.status.is_success();
    let attempt = match error.kind() {
        ErrorKind::ResponseTooLarge => AttemptOutcome::Permanent,
        _ if was_applied => AttemptOutcome::Permanent,
        _ if response.status.is_success() => AttemptOutcome::ConnectionLost,
        _ => attempt_outcome(&response),
    };
    let write = WriteOutcome::of_status(response.status.as_u16());
    Failed { error: error.with_response(response), attempt, write }
}

pub(super) fn attempt_outcome(response: &RawResponse) -> AttemptOutcome {
    let retry_after = retry_after(&response.headers, SystemTime::now());
    AttemptOutcome::Response { status: response.status.as_u16(), retry_after }
}
