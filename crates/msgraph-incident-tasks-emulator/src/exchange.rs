//! From a request to its answer.

use std::time::Instant;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::answer::Answers;
use crate::contract::{Contract, Operation};
use crate::faults::{self, Ending, Fault, Plan, misbehaving};
use crate::members::Members;
use crate::operations;
use crate::query::Options;
use crate::recorder::{RecordedRequest, Recorder};
use crate::store::Store;
use crate::throttle::Throttle;

/// The API version, which stands before each path of the description.
const VERSION: &str = "/beta";
/// The path that the documentation prints, and the one that is described.
const UNQUALIFIED: &str = "/executeResponseAction";
const QUALIFIED: &str = "/microsoft.graph.security.executeResponseAction";

/// What all requests share.
pub(crate) struct State {
    pub(crate) contract: Contract,
    pub(crate) store: Store,
    pub(crate) plan: Plan,
    pub(crate) recorder: Recorder,
    pub(crate) members: Members,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) strict: bool,
    pub(crate) scheme: &'static str,
    pub(crate) clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

/// One request that is of an operation.
pub(crate) struct Exchange<'a> {
    pub(crate) state: &'a State,
    pub(crate) answers: Answers,
    pub(crate) operation: &'a Operation,
    pub(crate) request: &'a Request<Bytes>,
    pub(crate) fault: Option<Fault>,
    pub(crate) now: Timestamp,
    path_values: Vec<String>,
}

/// An answer that ends a request before its time.
pub(crate) type Refusal = Box<Response<Bytes>>;

/// Answers a request and records it. Returns how the answer is to be written, and the fault that it met.
pub(crate) fn answer(state: &State, request: &Request<Bytes>) -> (Response<Bytes>, Ending, Option<Fault>) {
    let now = (state.clock)();
    let mut record = RecordedRequest::new(now, request.method(), request.uri(), request.headers(), request.body());
    let answers = Answers::to(request.headers(), now);
    let (answer, ending) = match throttled(state, request, &answers) {
        Some(answer) => (answer, Ending::Whole),
        None => with_fault(state, request, answers, now, &mut record, false),
    };
    record.status = answer.status().as_u16();
    let fault = record.fault;
    state.recorder.record(record);
    (answer, ending, fault)
}

/// Answers a request of a batch: it meets the faults of its task and those that it asks for. `None` where the fault is
/// that there is no answer.
pub(crate) fn answer_in_batch(state: &State, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let now = (state.clock)();
    let mut record = RecordedRequest::new(now, request.method(), request.uri(), request.headers(), request.body());
    let (answer, ending) = with_fault(state, request, Answers::to(request.headers(), now), now, &mut record, true);
    (ending != Ending::Reset).then_some(answer)
}

fn with_fault(
    state: &State,
    request: &Request<Bytes>,
    answers: Answers,
    now: Timestamp,
    record: &mut RecordedRequest,
    in_batch: bool,
) -> (Response<Bytes>, Ending) {
    let asked = request.headers().get(faults::HEADER).and_then(|value| value.to_str().ok());
    let path = request.uri().path();
    let task = path.strip_prefix(VERSION).and_then(|path| path.strip_prefix("/security/incidentTasks/"));
    let task = task.and_then(|rest| rest.split('/').next()).map(str::to_lowercase);
    let fault = match state.plan.fault(asked, task.as_deref(), in_batch) {
        Ok(fault) => fault,
        Err(unknown) => {
            return (answers.error(StatusCode::BAD_REQUEST, "BadRequest", &unknown.to_string()), Ending::Whole);
        }
    };
    record.fault = fault;
    let again = answers.clone();
    let right = || {
        let mut right = right(state, request, answers, now, fault, record);
        if right.status().is_success() && record.operation.as_deref() != Some("batch") {
            show_members(state, request.headers(), &mut right);
        }
        right
    };
    match fault {
        None => (right(), Ending::Whole),
        Some(fault) => {
            let (mut answer, ending) = misbehaving(fault, &again, now, state.plan.random(), right);
            if fault == Fault::UnknownMember {
                show_members(state, request.headers(), &mut answer);
            }
            (answer, ending)
        }
    }
}

fn throttled(state: &State, request: &Request<Bytes>, answers: &Answers) -> Option<Response<Bytes>> {
    let token = request.headers().get(AUTHORIZATION)?;
    let wait = state.throttle.as_ref()?.wait(token.as_bytes(), Instant::now())?;
    let mut answer = answers.error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Please retry again later.");
    // Whole seconds, and never too few.
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    Some(answer)
}

fn show_members(state: &State, request: &HeaderMap, answer: &mut Response<Bytes>) {
    if let Ok(mut body) = serde_json::from_slice::<Value>(answer.body()) {
        state.members.show(&mut body, request);
        *answer.body_mut() = body.to_string().into();
    }
}

/// The answer without any fault but those that an operation itself must know of.
fn right(
    state: &State,
    request: &Request<Bytes>,
    answers: Answers,
    now: Timestamp,
    fault: Option<Fault>,
    record: &mut RecordedRequest,
) -> Response<Bytes> {
    if !has_bearer_token(request.headers()) {
        return answers.unauthorized();
    }
    let Some(path) = request.uri().path().strip_prefix(VERSION) else {
        return answers.error(StatusCode::NOT_FOUND, "BadRequest", "The API version is not beta.");
    };
    let qualified = path.strip_suffix(UNQUALIFIED).map(|task| format!("{task}{QUALIFIED}"));
    if qualified.is_some() {
        record.violations.push(format!("the path is not qualified: {QUALIFIED}"));
    }
    let path = qualified.as_deref().unwrap_or(path);
    let Some((operation, path_values)) = state.contract.operation(request.method().as_str(), path) else {
        let methods: Vec<_> = state.contract.methods(path).collect();
        return match methods.is_empty() {
            true => answers.error(StatusCode::NOT_FOUND, "BadRequest", "Resource not found for the segment."),
            false => answers.method_not_allowed(&methods.join(", ")),
        };
    };
    record.operation = Some(operation.id().to_owned());
    if !takes_json(request.headers()) {
        return answers.error(StatusCode::NOT_ACCEPTABLE, "BadRequest", "The answer can only be application/json.");
    }
    if operation.has_body() && !is_json(request.headers()) {
        let message = "The Content-Type must be application/json.";
        return answers.error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message);
    }
    violations(operation, request, &mut record.violations);
    if let (true, Some(violation)) = (state.strict, record.violations.first()) {
        let message = format!("The request is not as described: {violation}");
        return answers.error(StatusCode::BAD_REQUEST, "BadRequest", &message);
    }
    operations::answer(&Exchange { state, answers, operation, request, fault, now, path_values })
}

/// What the description does not have in a request, and Graph may take all the same.
fn violations(operation: &Operation, request: &Request<Bytes>, found: &mut Vec<String>) {
    let known = operation.query_parameters();
    for pair in request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let name = percent_encoding::percent_decode_str(pair.split('=').next().unwrap_or_default()).decode_utf8_lossy();
        if !known.iter().any(|parameter| *parameter == name) && name != "$skiptoken" {
            found.push(format!("there is no query parameter {name:?}"));
        }
    }
    if !operation.has_body() && !request.body().is_empty() {
        found.push("there is no body".to_owned());
    }
    if operation.has_body()
        && let Ok(body) = serde_json::from_slice(request.body())
        && let Err(error) = operation.check_request(&body)
    {
        found.push(error.to_string());
    }
}

impl Exchange<'_> {
    /// The task that the path names.
    pub(crate) fn id(&self) -> String {
        let segment = self.path_values.first().map(String::as_str).unwrap_or_default();
        percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
    }

    /// The query options, if the description allows them.
    pub(crate) fn options(&self) -> Result<Options, Refusal> {
        let query = self.request.uri().query().unwrap_or_default();
        let options = Options::parse(query, &self.operation.query_parameters());
        let options = options.map_err(|message| self.bad_request(&message))?;
        for (name, value) in options.iter() {
            self.operation.check_query(name, value).map_err(|error| self.bad_request(&error.to_string()))?;
        }
        Ok(options)
    }

    /// What an extension of a query option lists.
    pub(crate) fn listed(&self, option: &str, extension: &str) -> Vec<&str> {
        self.operation.query_extension(option, extension)
    }

    /// A URL below the endpoint, as the client calls it.
    pub(crate) fn url(&self, path: &str) -> String {
        let host = self.request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| self.request.uri().authority().map(|authority| authority.as_str()));
        format!("{}://{}{VERSION}{path}", self.state.scheme, host.unwrap_or("localhost"))
    }

    /// The names of a task's properties.
    pub(crate) fn properties_of_a_task(&self) -> Vec<&str> {
        self.state.contract.names("/components/schemas/incidentTask/properties")
    }

    /// Whether the description says that an action type can be executed.
    pub(crate) fn is_executable(&self, action_type: &str) -> bool {
        self.state.contract.texts("/components/schemas/incidentTaskActionType/x-executable").contains(&action_type)
    }

    /// Whether a read is to see what was before the last change.
    pub(crate) fn is_stale(&self) -> bool {
        self.fault == Some(Fault::StaleRead)
    }

    /// The body, if the description allows it. Annotations are no properties: Microsoft's SDKs send `@odata.type`.
    pub(crate) fn body(&self) -> Result<Value, Refusal> {
        let mut body: Value = serde_json::from_slice(self.request.body())
            .map_err(|error| self.bad_request(&format!("The body is not JSON: {error}")))?;
        if let Some(body) = body.as_object_mut() {
            body.retain(|name, _| !name.starts_with("@odata."));
        }
        match self.operation.check_request(&body) {
            Ok(()) => Ok(body),
            Err(error) => Err(self.bad_request(&format!("The request is not as described: {error}")).into()),
        }
    }

    pub(crate) fn bad_request(&self, message: &str) -> Response<Bytes> {
        self.answers.error(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// An error that the description has as an example, about a value in place of a placeholder.
    pub(crate) fn documented_error(
        &self,
        status: StatusCode,
        name: &str,
        (placeholder, value): (&str, &str),
    ) -> Response<Bytes> {
        let Some(example) = self.state.contract.example(self.operation, status.as_str(), name) else {
            let message = format!("The description has no example {name}.");
            return self.answers.error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &message);
        };
        let mut body = example.clone();
        let message = body["error"]["message"].as_str().unwrap_or_default().replace(placeholder, value);
        body["error"]["message"] = message.into();
        self.answers.error_like(status, &body)
    }
}

fn has_bearer_token(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type(value).eq_ignore_ascii_case("application/json")
}

/// Whether an answer in JSON is acceptable ([RFC 9110, section
/// 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1)).
fn takes_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    let is_json =
        |range: &str| ["application/json", "application/*", "*/*"].contains(&media_type(range).to_lowercase().as_str());
    values.peek().is_none() || values.flat_map(|value| value.split(',')).any(is_json)
}

fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}
