//! Applies a fault to a response.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WARNING, WWW_AUTHENTICATE};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Value, json};

use crate::enum_members::ADDED_LATER;
use crate::fault::Fault;
use crate::response::{Body, Response, ResponseFactory, with_header, with_status};

/// In seconds.
const TEN_YEARS: i64 = 315_576_000;
const OTHER_HOST: &str = "https://elsewhere.invalid/beta/security/incidentTasks";
/// With the claims of <https://learn.microsoft.com/entra/identity-platform/claims-challenge>.
const CHALLENGE: &str = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
    error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiY3AxIn19fQ==\"";
const HTML: &str = "<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";

/// How a response is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Delivery {
    Complete,
    /// After a delay.
    Delayed(Duration),
    /// Byte by byte, with this pause between two of them.
    Slow(Duration),
    /// Up to the middle of the body; then the connection is closed.
    Truncated,
    /// Not at all: the connection is closed.
    Reset,
}

/// Applies a fault. `process` runs the request and is called only if the fault allows that. `random` is a number from
/// 0 to 1.
pub(crate) fn apply_fault(
    fault: Fault,
    responses: &ResponseFactory,
    now: Timestamp,
    random: f64,
    process: impl FnOnce() -> Response,
) -> (Response, Delivery) {
    let response = match instead(fault, responses, now) {
        Some(response) => {
            if fault.is_processed() {
                process();
            }
            response
        }
        None if fault == Fault::Reset => responses.no_content(),
        None => change(fault, responses, process()),
    };
    let delivery = match fault {
        Fault::Latency => Delivery::Delayed(Duration::from_secs_f64(1.0 + 2.0 * random)),
        Fault::SlowBody => Delivery::Slow(Duration::from_millis(100)),
        Fault::TruncatedBody => Delivery::Truncated,
        Fault::Reset | Fault::ResetAfter => Delivery::Reset,
        _ => Delivery::Complete,
    };
    (response, delivery)
}

/// Returns the response of a fault that replaces the normal one.
fn instead(fault: Fault, responses: &ResponseFactory, now: Timestamp) -> Option<Response> {
    let throttled = |retry_after: Option<String>| {
        let error = responses.error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Please retry again later.");
        retry_after.into_iter().fold(error, |error, value| with_header(error, RETRY_AFTER, &value))
    };
    let unauthorized =
        |message: &str, challenge: &str| with_header(responses.unauthorized(message), WWW_AUTHENTICATE, challenge);
    Some(match fault {
        Fault::ThrottledSeconds => throttled(Some("10".to_owned())),
        Fault::ThrottledFraction => throttled(Some("2.128".to_owned())),
        Fault::ThrottledDate => throttled(http_date(now, 10)),
        Fault::ThrottledPastDate => throttled(http_date(now, -10)),
        Fault::ThrottledAbsurd => throttled(Some(TEN_YEARS.to_string())),
        Fault::ThrottledSilent => throttled(None),
        Fault::ServerError | Fault::ServerErrorAfter => {
            responses.error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "The request failed.")
        }
        Fault::GatewayBad => html(StatusCode::BAD_GATEWAY),
        Fault::GatewayUnavailable => with_header(html(StatusCode::SERVICE_UNAVAILABLE), RETRY_AFTER, "1"),
        Fault::GatewayTimeout => html(StatusCode::GATEWAY_TIMEOUT),
        Fault::Redirect => with_status(
            with_header(http::Response::new(Body::EMPTY), LOCATION, OTHER_HOST),
            StatusCode::TEMPORARY_REDIRECT,
        ),
        Fault::TokenExpired => {
            unauthorized("Lifetime validation failed, the token is expired.", "Bearer error=\"invalid_token\"")
        }
        Fault::Forbidden => responses.forbidden(),
        Fault::ClaimsChallenge => unauthorized("Continuous access evaluation resulted in challenge.", CHALLENGE),
        _ => return None,
    })
}

/// Returns the normal response with the change of a fault.
fn change(fault: Fault, responses: &ResponseFactory, response: Response) -> Response {
    let is_ok = response.status() == StatusCode::OK;
    match fault {
        Fault::NoContent if is_ok => responses.no_content(),
        Fault::PartialContent if is_ok => {
            let response = with_header(response, WARNING, "199 - \"Vendor2/Provider 2/504/10000\"");
            with_status(response, StatusCode::PARTIAL_CONTENT)
        }
        Fault::BatchFailedDependency if is_ok => with_status(response, StatusCode::FAILED_DEPENDENCY),
        Fault::ByteOrderMark => {
            response.map(|body| Body::Bytes([b"\xef\xbb\xbf", &body.into_bytes()[..]].concat().into()))
        }
        Fault::InvalidJson => response.map(|body| {
            let bytes = body.into_bytes();
            Body::Bytes(bytes.slice(..bytes.len() / 2))
        }),
        _ if response.status().is_success() => response.map(|body| match body {
            Body::Json(body) => changed_json(fault, body),
            body => body,
        }),
        _ => response,
    }
}

fn html(status: StatusCode) -> Response {
    let response = http::Response::new(Body::Bytes(Bytes::from_static(HTML.as_bytes())));
    with_status(with_header(response, CONTENT_TYPE, "text/html"), status)
}

fn http_date(now: Timestamp, seconds: i64) -> Option<String> {
    let date = now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()?;
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).ok()
}

fn changed_json(fault: Fault, mut body: Value) -> Body {
    match fault {
        Fault::UnknownMember => each_task(&mut body, |task| task["status"] = ADDED_LATER.into()),
        Fault::UnknownProperty => {
            each_task(&mut body, |task| task["addedLater"] = json!({ "since": 2030, "values": [1.5, null] }));
        }
        Fault::UnknownType => each_task(&mut body, |task| {
            task["responseAction"] = json!({
                "@odata.type": "#microsoft.graph.security.addedLaterIncidentTaskResponseAction",
                "identifierValue": "device", "level": 3,
            });
        }),
        Fault::BrokenItem => {
            if let Some(first) = list(&mut body, "value").and_then(|tasks| tasks.first_mut()) {
                *first = json!({ "id": 7, "displayName": ["broken"] });
            }
        }
        Fault::HostileNextLink => body["@odata.nextLink"] = format!("{OTHER_HOST}?$skiptoken=1").into(),
        _ => {
            if let Some(responses) = list(&mut body, "responses") {
                return changed_batch(fault, responses).unwrap_or(Body::Json(body));
            }
        }
    }
    Body::Json(body)
}

/// Changes the responses of a batch in place, or returns a body that is not JSON.
fn changed_batch(fault: Fault, responses: &mut Vec<Value>) -> Option<Body> {
    match fault {
        Fault::BatchOutOfOrder => responses.reverse(),
        Fault::BatchMissing => drop(responses.pop()),
        Fault::BatchDuplicate => {
            let repeated = json!({ "id": responses.first()?["id"], "status": 409 });
            responses.push(repeated);
        }
        Fault::BatchHtml => {
            responses.last_mut()?["body"] = HTML.into();
            let json = json!({ "responses": responses }).to_string();
            return Some(Body::Bytes(json.replace(&format!("\"{HTML}\""), HTML).into()));
        }
        _ => {}
    }
    None
}

fn list<'a>(body: &'a mut Value, name: &str) -> Option<&'a mut Vec<Value>> {
    body.get_mut(name)?.as_array_mut()
}

/// Changes each task of a response: a task, a page, or a batch.
fn each_task(body: &mut Value, change: impl Fn(&mut Value)) {
    if let Some(responses) = list(body, "responses") {
        let bodies = responses.iter_mut().filter_map(|response| response.get_mut("body"));
        bodies.filter(|task| task.get("id").is_some()).for_each(change);
    } else if let Some(tasks) = list(body, "value") {
        tasks.iter_mut().for_each(change);
    } else if body.get("id").is_some() {
        change(body);
    }
}
