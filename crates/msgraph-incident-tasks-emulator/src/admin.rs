//! Calls to the emulator itself: a page at `/`, and below `/emulator` its tasks, recorded requests and faults.

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::{Fault, UnknownFault};
use crate::fault_plan::Injection;
use crate::response::{Body, Response, with_header};
use crate::state::State;

const PREFIX: &str = "/emulator/";
const PAGE: &str = include_str!("page.html");
/// The page connects only to the emulator, and loads nothing.
const POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/// The body of `POST /emulator/faults`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InjectFault {
    fault: String,
    #[serde(default = "once")]
    times: u32,
    task: Option<String>,
}

fn once() -> u32 {
    1
}

/// Responds to a call to the emulator itself. Returns `None` for other requests.
pub(crate) fn respond(state: &State, request: &Request<Bytes>) -> Option<Response> {
    if request.uri().path() == "/" && request.method() == Method::GET {
        return Some(page());
    }
    let name = request.uri().path().strip_prefix(PREFIX)?;
    Some(match (name, request.method()) {
        ("tasks", &Method::GET) => {
            ok(state.store.dump(state.now()).iter().map(|task| Value::Object((**task).clone())).collect())
        }
        ("requests", &Method::GET) => ok(json!(state.recorder.requests())),
        ("spec", &Method::GET) => ok(state.spec.document().clone()),
        ("faults", &Method::GET) => ok(Fault::ALL.iter().map(|fault| described(*fault)).collect()),
        ("faults", &Method::POST) => match injection(request.body()) {
            Ok(injection) => {
                state.faults.inject(injection);
                with_status(StatusCode::NO_CONTENT, Body::EMPTY)
            }
            Err(message) => error(StatusCode::BAD_REQUEST, &message),
        },
        ("faults", &Method::DELETE) => {
            state.faults.clear();
            with_status(StatusCode::NO_CONTENT, Body::EMPTY)
        }
        _ => error(
            StatusCode::NOT_FOUND,
            "unknown call; allowed: GET /emulator/tasks, GET /emulator/requests, GET /emulator/spec, GET, POST and DELETE /emulator/faults",
        ),
    })
}

fn injection(body: &[u8]) -> Result<Injection, String> {
    let inject: InjectFault = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let fault = inject.fault.parse().map_err(|unknown: UnknownFault| unknown.to_string())?;
    let injection = Injection::once(fault).times(inject.times);
    Ok(match inject.task {
        Some(task) => injection.of_task(task),
        None => injection,
    })
}

fn page() -> Response {
    let page = with_status(StatusCode::OK, Body::Bytes(Bytes::from_static(PAGE.as_bytes())));
    let page = with_header(page, CONTENT_TYPE, "text/html; charset=utf-8");
    with_header(page, CONTENT_SECURITY_POLICY, POLICY)
}

fn described(fault: Fault) -> Value {
    json!({ "name": fault.name(), "description": fault.description(), "source": fault.source() })
}

fn ok(body: Value) -> Response {
    json_response(StatusCode::OK, body)
}

fn error(status: StatusCode, message: &str) -> Response {
    json_response(status, json!({ "error": message }))
}

fn json_response(status: StatusCode, body: Value) -> Response {
    with_header(with_status(status, Body::Json(body)), CONTENT_TYPE, "application/json")
}

fn with_status(status: StatusCode, body: Body) -> Response {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    response
}
