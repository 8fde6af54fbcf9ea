//! Calls to the emulator itself: a page at `/`, and below `/emulator` what it has got and has, and faults to come.

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::exchange::State;
use crate::{Fault, Injection};

const PREFIX: &str = "/emulator/";
const PAGE: &str = include_str!("page.html");
/// The page talks to the emulator alone, and loads nothing.
const POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/// What `POST /emulator/faults` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    fault: String,
    #[serde(default = "once")]
    times: u32,
    task: Option<String>,
}

fn once() -> u32 {
    1
}

/// The answer to a call to the emulator itself; `None` where the request is none.
pub(crate) fn answer(state: &State, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    if request.uri().path() == "/" && request.method() == Method::GET {
        return Some(page());
    }
    let place = request.uri().path().strip_prefix(PREFIX)?;
    Some(match (place, request.method()) {
        ("tasks", &Method::GET) => json_of(&state.store.to_json((state.clock)())),
        ("requests", &Method::GET) => {
            json_of(&state.recorder.requests().iter().map(crate::RecordedRequest::to_json).collect::<Value>())
        }
        ("description", &Method::GET) => json_of(state.contract.document()),
        ("faults", &Method::GET) => json_of(&Fault::ALL.iter().map(|fault| described(*fault)).collect::<Value>()),
        ("faults", &Method::POST) => match wanted(request.body()) {
            Ok(injection) => {
                state.plan.inject(injection);
                with_status(StatusCode::NO_CONTENT, None)
            }
            Err(message) => with_status(StatusCode::BAD_REQUEST, Some(&json!({ "error": message }))),
        },
        ("faults", &Method::DELETE) => {
            state.plan.clear();
            with_status(StatusCode::NO_CONTENT, None)
        }
        _ => {
            let calls = "GET /emulator/tasks, GET /emulator/requests, GET /emulator/description, GET, POST and DELETE /emulator/faults";
            with_status(StatusCode::NOT_FOUND, Some(&json!({ "error": format!("there is {calls}") })))
        }
    })
}

fn wanted(body: &[u8]) -> Result<Injection, String> {
    let wanted: Wanted = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let fault = wanted.fault.parse().map_err(|unknown: crate::UnknownFault| unknown.to_string())?;
    Ok(Injection { fault, times: wanted.times, task: wanted.task.map(|task| task.to_lowercase()) })
}

fn page() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(PAGE.as_bytes()));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    answer
}

fn described(fault: Fault) -> Value {
    json!({ "name": fault.name(), "description": fault.description(), "source": fault.source() })
}

fn json_of(body: &Value) -> Response<Bytes> {
    with_status(StatusCode::OK, Some(body))
}

fn with_status(status: StatusCode, body: Option<&Value>) -> Response<Bytes> {
    let mut answer = Response::new(body.map(Value::to_string).unwrap_or_default().into());
    *answer.status_mut() = status;
    if body.is_some() {
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    answer
}
