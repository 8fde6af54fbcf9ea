//! What a fault makes of an answer.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WARNING, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Value, json};

use super::Fault;
use crate::answer::Answers;

/// Ten years, in seconds.
const ABSURD: i64 = 315_576_000;
const ELSEWHERE: &str = "https://elsewhere.invalid/beta/security/incidentTasks";
/// The claims of the page on claims challenges.
const CHALLENGE: &str = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
    error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiY3AxIn19fQ==\"";
const HTML: &str = "<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";

/// How an answer is to be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ending {
    Whole,
    /// After a wait.
    After(Duration),
    /// Byte by byte, with this wait between two of them.
    Slow(Duration),
    /// Up to the middle of the body; then the connection is closed.
    Cut,
    /// Not at all: the connection is closed.
    Reset,
}

/// The answer that a fault makes of the right one; `carried_out` gives that, and is asked where the fault lets the
/// request be carried out. `random` is a number from 0 to 1.
pub(crate) fn misbehaving(
    fault: Fault,
    answers: &Answers,
    now: Timestamp,
    random: f64,
    carried_out: impl FnOnce() -> Response<Bytes>,
) -> (Response<Bytes>, Ending) {
    let right = match fault.is_carried_out() {
        true => carried_out(),
        false => Response::new(Bytes::new()),
    };
    let throttled = |retry_after: Option<String>| {
        let error = answers.error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Please retry again later.");
        retry_after.into_iter().fold(error, |error, value| with(error, RETRY_AFTER, &value))
    };
    let internal = || answers.error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "The request failed.");
    let unauthorized = |message: &str, challenge: &str| {
        let error = answers.error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message);
        with(error, WWW_AUTHENTICATE, challenge)
    };
    let answer = match fault {
        Fault::ThrottledSeconds => throttled(Some("10".to_owned())),
        Fault::ThrottledFraction => throttled(Some("2.128".to_owned())),
        Fault::ThrottledDate => throttled(http_date(now, 10)),
        Fault::ThrottledPastDate => throttled(http_date(now, -10)),
        Fault::ThrottledAbsurd => throttled(Some(ABSURD.to_string())),
        Fault::ThrottledSilent => throttled(None),
        Fault::ServerError | Fault::ServerErrorAfter => internal(),
        Fault::GatewayBad => html(StatusCode::BAD_GATEWAY),
        Fault::GatewayUnavailable => with(html(StatusCode::SERVICE_UNAVAILABLE), RETRY_AFTER, "1"),
        Fault::GatewayTimeout => html(StatusCode::GATEWAY_TIMEOUT),
        Fault::Redirect => {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            with(answer, LOCATION, ELSEWHERE)
        }
        Fault::TokenExpired => {
            unauthorized("Lifetime validation failed, the token is expired.", "Bearer error=\"invalid_token\"")
        }
        Fault::ClaimsChallenge => unauthorized("Continuous access evaluation resulted in challenge.", CHALLENGE),
        Fault::NoContent if right.status() == StatusCode::OK => answers.no_content(),
        Fault::PartialContent if right.status() == StatusCode::OK => {
            let mut answer = with(right, WARNING, "199 - \"Vendor2/Provider 2/504/10000\"");
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            answer
        }
        Fault::BatchFailedDependency if right.status() == StatusCode::OK => {
            let mut answer = right;
            *answer.status_mut() = StatusCode::FAILED_DEPENDENCY;
            answer
        }
        Fault::ByteOrderMark => right.map(|body| [b"\xef\xbb\xbf", &body[..]].concat().into()),
        Fault::InvalidJson => right.map(|body| body.slice(..body.len() / 2)),
        Fault::BatchHtml => right.map(|body| html_in_batch(&body).unwrap_or(body)),
        _ if right.status().is_success() => right.map(|body| changed_json(fault, &body).unwrap_or(body)),
        _ => right,
    };
    let ending = match fault {
        Fault::Latency => Ending::After(Duration::from_secs_f64(1.0 + 2.0 * random)),
        Fault::SlowBody => Ending::Slow(Duration::from_millis(100)),
        Fault::TruncatedBody => Ending::Cut,
        Fault::Reset | Fault::ResetAfter => Ending::Reset,
        _ => Ending::Whole,
    };
    (answer, ending)
}

fn with(mut answer: Response<Bytes>, name: http::HeaderName, value: &str) -> Response<Bytes> {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

fn html(status: StatusCode) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(HTML.as_bytes()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    answer
}

fn http_date(now: Timestamp, seconds: i64) -> Option<String> {
    let date = now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()?;
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).ok()
}

/// The body with what a fault changes in it.
fn changed_json(fault: Fault, body: &[u8]) -> Option<Bytes> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    match fault {
        Fault::UnknownMember => each_task(&mut body, |task| task["status"] = crate::members::ADDED_LATER.into()),
        Fault::UnknownProperty => {
            each_task(&mut body, |task| task["addedLater"] = json!({ "since": 2030, "values": [1.5, null] }))
        }
        Fault::UnknownType => each_task(&mut body, |task| {
            let action = json!({ "@odata.type": "#microsoft.graph.security.addedLaterIncidentTaskResponseAction", "identifierValue": "device", "level": 3 });
            task["responseAction"] = action;
        }),
        Fault::BrokenItem => *body.get_mut("value")?.get_mut(0)? = json!({ "id": 7, "displayName": ["broken"] }),
        Fault::HostileNextLink => body["@odata.nextLink"] = format!("{ELSEWHERE}?$skiptoken=1").into(),
        Fault::BatchOutOfOrder => body.get_mut("responses")?.as_array_mut()?.reverse(),
        Fault::BatchMissing => drop(body.get_mut("responses")?.as_array_mut()?.pop()),
        Fault::BatchDuplicate => {
            let answers = body.get_mut("responses")?.as_array_mut()?;
            let again = json!({ "id": answers.first()?["id"], "status": 409 });
            answers.push(again);
        }
        _ => return None,
    }
    Some(body.to_string().into())
}

/// Changes each task of an answer: that of a task, of a page, or of a batch.
fn each_task(body: &mut Value, change: impl Fn(&mut Value)) {
    if let Some(answers) = body.get_mut("responses").and_then(Value::as_array_mut) {
        answers
            .iter_mut()
            .filter_map(|answer| answer.get_mut("body"))
            .filter(|task| task.get("id").is_some())
            .for_each(change);
    } else if let Some(tasks) = body.get_mut("value").and_then(Value::as_array_mut) {
        tasks.iter_mut().for_each(change);
    } else if body.get("id").is_some() {
        change(body);
    }
}

/// No JSON any more: a page stands where the body of the last answer was.
fn html_in_batch(body: &[u8]) -> Option<Bytes> {
    const PLACE: &str = "the place of the page";

    let mut body: Value = serde_json::from_slice(body).ok()?;
    body.get_mut("responses")?.as_array_mut()?.last_mut()?["body"] = PLACE.into();
    Some(body.to_string().replace(&format!("\"{PLACE}\""), HTML).into())
}
