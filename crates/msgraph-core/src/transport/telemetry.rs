//! Spans and events of `tracing`, by the names of OpenTelemetry's [HTTP client
//! spans](https://opentelemetry.io/docs/specs/semconv/http/http-spans/). They never contain the token, a body, or the
//! values in a query or path.

use std::time::Duration;

use tracing::field::Empty;
use tracing::{Span, debug, info_span};

use crate::call::{Call, OperationInfo};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::raw_response::RawResponse;
use crate::retry::AttemptOutcome;

/// Returns the span of one call, over all its attempts.
pub(super) fn span(endpoint: &Endpoint, operation: &OperationInfo, call: &Call) -> Span {
    let OperationInfo { name, method, path_template, .. } = operation;
    info_span!(
        "HTTP",
        otel.name = %format_args!("{method} {path_template}"),
        otel.kind = "client",
        http.request.method = method,
        url.template = path_template,
        server.address = endpoint.host(),
        server.port = endpoint.port(),
        graph.operation = name,
        graph.client_request_id = call.client_request_id.to_str().unwrap_or_default(),
        graph.request_id = Empty,
        http.response.status_code = Empty,
        http.request.resend_count = Empty,
        error.type = Empty,
    )
}

/// Reports an attempt that is not the last.
pub(super) fn retrying(call: &Call, outcome: AttemptOutcome, wait: Duration) {
    debug!(attempt = call.attempts, ?outcome, wait_ms = wait.as_millis() as u64, "retrying the request");
}

/// Reports the end of the call.
pub(super) fn finished(result: &Result<(RawResponse, Call), Error>) {
    let span = Span::current();
    let attempts = result.as_ref().map_or_else(Error::attempts, |(_, call)| call.attempts);
    if attempts > 1 {
        span.record("http.request.resend_count", attempts - 1);
    }
    match result {
        Ok((response, _)) => {
            let status = response.status;
            let request_id = response.headers.get("request-id").and_then(|id| id.to_str().ok());
            span.record("http.response.status_code", status.as_u16());
            span.record("graph.request_id", request_id);
            if !status.is_success() {
                span.record("error.type", status.as_str());
            }
            debug!(status = status.as_u16(), attempts, "received a response");
        }
        Err(error) => {
            span.record("http.response.status_code", error.status());
            span.record("graph.request_id", error.request_id());
            span.record("error.type", tracing::field::display(error.kind()));
            debug!(kind = %error.kind(), attempts, "the call failed");
        }
    }
}
