//! Calls to the emulator itself: a page at `/`, and below `/emulator` its tasks, recorded requests and faults.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LINK, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{Method, Request, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::{Fault, UnknownFault};
use crate::fault_plan::Injection;
use crate::request_path::VERSION;
use crate::response::{Body, Response, json_response, with_header, with_status};
use crate::seed;
use crate::state::State;
use crate::task::Task;

const PREFIX: &str = "/emulator/";
const PAGE: &str = include_str!("page.html");
/// The page connects only to the emulator, loads nothing, and cannot be framed.
const POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The size of `PUT /emulator/tasks`, in bytes.
const MAX_TASKS_BODY: usize = 256 << 20;
/// The number of requests in one response.
const MAX_REQUESTS: usize = 100;
const MAX_TASK_ID: usize = 100;
const CALLS: &str = "GET health, GET, PUT tasks, GET, DELETE requests, GET changes, GET spec, GET, POST, DELETE faults, \
    POST reset";

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

/// The status and message of an error.
type Error = (StatusCode, String);

/// Returns the size limit of a call that has one of its own, in bytes.
pub(crate) fn body_limit(uri: &Uri) -> Option<usize> {
    (uri.path() == "/emulator/tasks").then_some(MAX_TASKS_BODY)
}

/// Responds to a call to the emulator itself. Returns `None` for other requests.
pub(crate) fn respond(state: &State, request: &Request<Bytes>) -> Option<Response> {
    // The body of a response to HEAD is not sent.
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    if request.uri().path() == "/" && method == Method::GET {
        return Some(page());
    }
    let name = request.uri().path().strip_prefix(PREFIX)?;
    let response = match (name, method) {
        ("health", &Method::GET) => Ok(ok(json!({ "status": "ok", "tasks": state.store.len() }))),
        ("tasks", &Method::GET) => {
            let tasks: Vec<_> = state.store.dump(state.now());
            Ok(ok(tasks.iter().map(|task| Value::Object(Task::clone(task))).collect()))
        }
        ("tasks", &Method::PUT) => json_body(request).and_then(|()| put_tasks(state, request.body())),
        ("requests", &Method::GET) => requests(state, request.uri()),
        ("requests", &Method::DELETE) => Ok(done(|| state.recorder.clear())),
        ("spec", &Method::GET) => Ok(ok(spec(state, request))),
        ("faults", &Method::GET) => Ok(ok(Fault::ALL.iter().map(|fault| described(*fault)).collect())),
        ("faults", &Method::POST) => json_body(request).and_then(|()| inject(state, request.body())),
        ("faults", &Method::DELETE) => Ok(done(|| state.faults.clear())),
        ("reset", &Method::POST) => Ok(done(|| state.reset())),
        _ => Err((StatusCode::NOT_FOUND, format!("unknown call; allowed below {PREFIX}: {CALLS}"))),
    };
    let response =
        response.unwrap_or_else(|(status, message)| json_response(status, json!({ "error": { "message": message } })));
    Some(with_header(with_header(response, CACHE_CONTROL, "no-store"), X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

/// Checks the media type of a body. Browsers send no other than JSON to another origin without asking.
fn json_body(request: &Request<Bytes>) -> Result<(), Error> {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "the Content-Type must be application/json".to_owned()))
}

fn put_tasks(state: &State, body: &[u8]) -> Result<Response, Error> {
    let tasks = std::str::from_utf8(body).map_err(|error| error.to_string()).and_then(|text| {
        let tasks = seed::parse(text)?;
        seed::check(&state.spec, state.unchecked, &tasks)?;
        Ok(tasks)
    });
    let tasks = tasks.map_err(|message| (StatusCode::BAD_REQUEST, message))?;
    let limit = state.limits.tasks;
    if tasks.len() > limit {
        let message = format!("too many tasks: {}; allowed: at most {limit}", tasks.len());
        return Err((StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    Ok(done(|| state.store.replace(tasks.into_iter().map(Arc::new))))
}

/// Returns a page of requests, with a link to the next one.
fn requests(state: &State, uri: &Uri) -> Result<Response, Error> {
    let (mut after, mut limit) = (None, MAX_REQUESTS);
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let number = value.parse::<u64>();
        match (&*name, number) {
            ("after", Ok(number)) => after = Some(number),
            ("limit", Ok(number @ 1..)) => limit = usize::try_from(number).unwrap_or(MAX_REQUESTS).min(MAX_REQUESTS),
            _ => {
                let message = format!("invalid parameter {name}={value}; allowed: after and limit, numbers");
                return Err((StatusCode::BAD_REQUEST, message));
            }
        }
    }
    let page = state.recorder.page(after, limit);
    let last = page.last().map(|request| request.number).filter(|last| *last < state.recorder.last());
    let response = ok(json!(page));
    Ok(match last {
        Some(last) => with_header(response, LINK, &format!("<{PREFIX}requests?after={last}>; rel=\"next\"")),
        None => response,
    })
}

/// Returns the spec with the emulator as its only server.
fn spec(state: &State, request: &Request<Bytes>) -> Value {
    let mut spec = state.spec.document().clone();
    let url = state.base_url(request, VERSION);
    spec["servers"] = json!([{ "url": url, "description": "The emulator." }]);
    spec
}

fn inject(state: &State, body: &[u8]) -> Result<Response, Error> {
    let bad_request = |message: String| (StatusCode::BAD_REQUEST, message);
    let inject: InjectFault = serde_json::from_slice(body).map_err(|error| bad_request(error.to_string()))?;
    let fault = inject.fault.parse().map_err(|unknown: UnknownFault| bad_request(unknown.to_string()))?;
    let injection = Injection::once(fault).times(inject.times);
    let injection = match inject.task {
        Some(task) if task.len() > MAX_TASK_ID => {
            return Err(bad_request(format!("the task ID is longer than {MAX_TASK_ID} bytes")));
        }
        Some(task) => injection.of_task(task),
        None => injection,
    };
    state.faults.inject(injection).map_err(|message| (StatusCode::TOO_MANY_REQUESTS, message))?;
    Ok(done(|| ()))
}

fn page() -> Response {
    let page = http::Response::new(Body::Bytes(Bytes::from_static(PAGE.as_bytes())));
    let page = with_header(page, CONTENT_TYPE, "text/html; charset=utf-8");
    let page = with_header(page, X_FRAME_OPTIONS, "DENY");
    with_header(page, CONTENT_SECURITY_POLICY, POLICY)
}

fn described(fault: Fault) -> Value {
    json!({ "name": fault.name(), "description": fault.description(), "source": fault.source() })
}

fn ok(body: Value) -> Response {
    json_response(StatusCode::OK, body)
}

fn done(action: impl FnOnce()) -> Response {
    action();
    with_status(http::Response::new(Body::EMPTY), StatusCode::NO_CONTENT)
}
