//! What is told to `tracing`, by the names of OpenTelemetry's [HTTP client
//! spans](https://opentelemetry.io/docs/specs/semconv/http/http-spans/). Never the token, a body, or
//! what stands in a query or path.

use std::time::Duration;

use reqwest::Request;
use tracing::field::Empty;
use tracing::{Span, debug, info_span};

use super::answer::Received;
use super::{Call, Operation};
use crate::Error;
use crate::retry::Ended;

/// The span of one call, over all its attempts.
pub(super) fn span(request: &Request, operation: &Operation, call: &Call) -> Span {
    let (method, url) = (request.method().as_str(), request.url());
    info_span!(
        "HTTP",
        otel.name = %format_args!("{method} {}", operation.path_template),
        otel.kind = "client",
        http.request.method = method,
        url.template = operation.path_template,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        graph.operation = operation.name,
        graph.client_request_id = call.client_request_id.to_str().unwrap_or_default(),
        graph.request_id = Empty,
        http.response.status_code = Empty,
        http.request.resend_count = Empty,
        error.type = Empty,
    )
}

/// An attempt that is not the last.
pub(super) fn again(call: &Call, ended: Ended, wait: Duration) {
    debug!(attempt = call.attempts, ?ended, wait_ms = wait.as_millis() as u64, "the request is sent again");
}

/// The end of the call.
pub(super) fn ended(answer: &Result<Received, Error>, call: &Call) {
    let span = Span::current();
    if call.attempts > 1 {
        span.record("http.request.resend_count", call.attempts - 1);
    }
    match answer {
        Ok(Received { status, headers, .. }) => {
            let request_id = headers.get("request-id").and_then(|id| id.to_str().ok());
            span.record("http.response.status_code", status.as_u16());
            span.record("graph.request_id", request_id);
            if !status.is_success() {
                span.record("error.type", status.as_str());
            }
            debug!(status = status.as_u16(), attempts = call.attempts, "the call was answered");
        }
        Err(error) => {
            span.record("http.response.status_code", error.status());
            span.record("graph.request_id", error.request_id());
            span.record("error.type", tracing::field::display(error.kind()));
            debug!(kind = %error.kind(), attempts = call.attempts, "the call failed");
        }
    }
}
