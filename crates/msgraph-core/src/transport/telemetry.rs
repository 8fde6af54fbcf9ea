//! What is told to `tracing`, by the names of OpenTelemetry's [HTTP client
//! spans](https://opentelemetry.io/docs/specs/semconv/http/http-spans/). Never the token, a body, or
//! what stands in a query or path.

use std::time::Duration;

use tracing::field::Empty;
use tracing::{Span, debug, info_span};

use super::{Answer, Call, Operation};
use crate::retry::Ended;
use crate::{Endpoint, Error};

/// The span of one call, over all its attempts.
pub(super) fn span(endpoint: &Endpoint, operation: &Operation) -> Span {
    let Operation { name, method, path_template, .. } = operation;
    info_span!(
        "HTTP",
        otel.name = %format_args!("{method} {path_template}"),
        otel.kind = "client",
        http.request.method = method,
        url.template = path_template,
        server.address = endpoint.host(),
        server.port = endpoint.port(),
        graph.operation = name,
        graph.client_request_id = Empty,
        graph.request_id = Empty,
        http.response.status_code = Empty,
        http.request.resend_count = Empty,
        error.type = Empty,
    )
}

/// The call of a span has got its ID.
pub(super) fn begun(call: &Call) {
    Span::current().record("graph.client_request_id", call.client_request_id.to_str().unwrap_or_default());
}

/// An attempt that is not the last.
pub(super) fn again(call: &Call, ended: Ended, wait: Duration) {
    debug!(attempt = call.attempts, ?ended, wait_ms = wait.as_millis() as u64, "the request is sent again");
}

/// The end of the call.
pub(super) fn ended(answer: &Result<Answer, Error>) {
    let span = Span::current();
    let attempts = answer.as_ref().map_or_else(Error::attempts, |answer| answer.call.attempts);
    if attempts > 1 {
        span.record("http.request.resend_count", attempts - 1);
    }
    match answer {
        Ok(answer) => {
            let status = answer.status();
            let request_id = answer.headers().get("request-id").and_then(|id| id.to_str().ok());
            span.record("http.response.status_code", status.as_u16());
            span.record("graph.request_id", request_id);
            if !status.is_success() {
                span.record("error.type", status.as_str());
            }
            debug!(status = status.as_u16(), attempts, "the call was answered");
        }
        Err(error) => {
            span.record("http.response.status_code", error.status());
            span.record("graph.request_id", error.request_id());
            span.record("error.type", tracing::field::display(error.kind()));
            debug!(kind = %error.kind(), attempts, "the call failed");
        }
    }
}
