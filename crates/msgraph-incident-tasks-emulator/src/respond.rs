//! Produces the response to a request: throttling, fault, authorization, validation, operation, record.

use std::time::Instant;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::apply_fault::{Delivery, apply_fault};
use crate::fault::Fault;
use crate::fault_plan;
use crate::operations;
use crate::query::unknown_parameters;
use crate::recorder::RecordedRequest;
use crate::request::{RequestContext, VERSION};
use crate::response::{Body, EarlyResponse, Response, ResponseFactory, with_header};
use crate::spec_validator::Operation;
use crate::state::State;

/// The last segment of the path that the documentation prints, and of the one in the spec.
const UNQUALIFIED: &str = "/executeResponseAction";
const QUALIFIED: &str = "/microsoft.graph.security.executeResponseAction";

/// Responds to a request, and records it. Returns also how to send the response.
pub(crate) fn respond(state: &State, request: &Request<Bytes>) -> (Response, Delivery) {
    let pipeline = Pipeline::new(state, request, false);
    let mut record = RecordedRequest::new(pipeline.now, request);
    let (response, delivery) = match pipeline.throttled() {
        Some(response) => (response, Delivery::Complete),
        None => pipeline.with_fault(&mut record),
    };
    finish(&mut record, &response, delivery);
    state.recorder.record(record);
    (response, delivery)
}

/// Responds to a request of a batch. Returns `None` if a fault drops the response.
fn respond_to_part(state: &State, request: &Request<Bytes>, parts: &mut Vec<RecordedRequest>) -> Option<Response> {
    let pipeline = Pipeline::new(state, request, true);
    let mut record = RecordedRequest::new(pipeline.now, request);
    let (response, delivery) = pipeline.with_fault(&mut record);
    finish(&mut record, &response, delivery);
    parts.push(record);
    (delivery != Delivery::Reset).then_some(response)
}

fn finish(record: &mut RecordedRequest, response: &Response, delivery: Delivery) {
    record.status = (delivery != Delivery::Reset).then(|| response.status().as_u16());
}

/// One request on its way to its response.
struct Pipeline<'a> {
    state: &'a State,
    request: &'a Request<Bytes>,
    responses: ResponseFactory,
    now: Timestamp,
    in_batch: bool,
}

impl<'a> Pipeline<'a> {
    fn new(state: &'a State, request: &'a Request<Bytes>, in_batch: bool) -> Self {
        let now = state.now();
        Self { state, request, responses: ResponseFactory::new(request.headers(), now), now, in_batch }
    }

    fn throttled(&self) -> Option<Response> {
        let token = self.request.headers().get(AUTHORIZATION)?;
        let wait = self.state.throttle.as_ref()?.wait(token.as_bytes(), Instant::now())?;
        let error = self.responses.error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Please retry again later.");
        // In whole seconds, rounded up.
        Some(with_header(error, RETRY_AFTER, &(wait.as_secs() + 1).to_string()))
    }

    fn with_fault(&self, record: &mut RecordedRequest) -> (Response, Delivery) {
        let requested = self.request.headers().get(fault_plan::HEADER).and_then(|value| value.to_str().ok());
        let task = self.request.uri().path().strip_prefix(VERSION);
        let task = task.and_then(|path| path.strip_prefix("/security/incidentTasks/"));
        let task = task.and_then(|rest| rest.split('/').next()).map(str::to_lowercase);
        let fault = match self.state.faults.fault(requested, task.as_deref(), self.in_batch) {
            Ok(fault) => fault,
            Err(unknown) => return (self.responses.bad_request(&unknown.to_string()), Delivery::Complete),
        };
        record.fault = fault;
        let Some(fault) = fault else { return (self.normal_response(None, record), Delivery::Complete) };
        let process = || self.normal_response(Some(fault), record);
        let (mut response, delivery) =
            apply_fault(fault, &self.responses, self.now, self.state.faults.random(), process);
        if fault == Fault::UnknownMember {
            self.hide_future_members(&mut response);
        }
        (response, delivery)
    }

    /// Returns the response without a fault, except those that an operation applies itself.
    fn normal_response(&self, fault: Option<Fault>, record: &mut RecordedRequest) -> Response {
        let mut response = self.processed(fault, record).unwrap_or_else(|early| *early);
        if record.operation.as_deref() != Some("batch") {
            self.hide_future_members(&mut response);
        }
        response
    }

    fn hide_future_members(&self, response: &mut Response) {
        if let (true, Body::Json(body)) = (response.status().is_success(), response.body_mut()) {
            self.state.future_members.hide(body, self.request.headers());
        }
    }

    fn processed(&self, fault: Option<Fault>, record: &mut RecordedRequest) -> Result<Response, EarlyResponse> {
        let Self { state, request, responses, now, .. } = self;
        if !has_bearer_token(request.headers()) {
            return Err(responses.unauthorized("Access token is empty.").into());
        }
        let (operation, id) = self.operation(record)?;
        record.operation = Some(operation.id().to_owned());
        let body = self.body(operation, &mut record.violations)?;
        if let (true, Some(violation)) = (state.strict, record.violations.first()) {
            let message = format!("The request does not match the spec: {violation}");
            return Err(responses.bad_request(&message).into());
        }
        let context = RequestContext { state, responses, operation, request, body, fault, now: *now, id };
        let parts = &mut record.parts;
        operations::run(&context, &mut |request| respond_to_part(state, request, parts))
    }

    /// Returns the operation of a request, and the task ID in its path.
    fn operation(&self, record: &mut RecordedRequest) -> Result<(&'a Operation, String), EarlyResponse> {
        let not_found =
            |message| EarlyResponse::from(self.responses.error(StatusCode::NOT_FOUND, "BadRequest", message));
        let path = self.request.uri().path().strip_prefix(VERSION);
        let path = path.ok_or_else(|| not_found("The API version is not beta."))?;
        let qualified = path.strip_suffix(UNQUALIFIED).map(|task| format!("{task}{QUALIFIED}"));
        if qualified.is_some() {
            record.violations.push(format!("the path is not qualified: {QUALIFIED}"));
        }
        let path = qualified.as_deref().unwrap_or(path);
        let spec = &self.state.spec;
        if let Some((operation, values)) = spec.operation(self.request.method().as_str(), path) {
            let id = values.first().map(String::as_str).unwrap_or_default();
            return Ok((operation, percent_decode_str(id).decode_utf8_lossy().into_owned()));
        }
        let methods: Vec<_> = spec.methods(path).map(str::to_uppercase).collect();
        if methods.is_empty() {
            return Err(not_found("Resource not found for the segment."));
        }
        Err(self.responses.method_not_allowed(&methods.join(", ")).into())
    }

    /// Returns the body, checked against the spec. Adds what Graph accepts but the spec does not allow to `violations`.
    fn body(&self, operation: &Operation, violations: &mut Vec<String>) -> Result<Value, EarlyResponse> {
        let (headers, bytes) = (self.request.headers(), self.request.body());
        if !accepts_json(headers) {
            let message = "The response can only be application/json.";
            return Err(self.responses.error(StatusCode::NOT_ACCEPTABLE, "BadRequest", message).into());
        }
        let query = self.request.uri().query().unwrap_or_default();
        let unknown = unknown_parameters(query, &operation.query_parameters()).into_iter();
        violations.extend(unknown.map(|name| format!("unknown query parameter {name:?}")));
        if !operation.has_body() {
            if !bytes.is_empty() {
                violations.push("the operation has no body".to_owned());
            }
            return Ok(Value::Null);
        }
        if !is_json(headers) {
            let message = "The Content-Type must be application/json.";
            let error = self.responses.error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message);
            return Err(error.into());
        }
        let bad_request = |message: String| EarlyResponse::from(self.responses.bad_request(&message));
        let mut body: Value =
            serde_json::from_slice(bytes).map_err(|error| bad_request(format!("The body is not JSON: {error}")))?;
        violations.extend(operation.check_request(&body).err().map(|error| error.to_string()));
        // Annotations are not properties: Microsoft's SDKs send `@odata.type`.
        if let Some(body) = body.as_object_mut() {
            body.retain(|name, _| !name.starts_with("@odata."));
        }
        let check = operation.check_request(&body);
        check.map_err(|error| bad_request(format!("The request does not match the spec: {error}")))?;
        Ok(body)
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

/// Returns true if a JSON response is acceptable ([RFC 9110, section
/// 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1)).
fn accepts_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    let is_json =
        |range: &str| ["application/json", "application/*", "*/*"].contains(&media_type(range).to_lowercase().as_str());
    values.peek().is_none() || values.flat_map(|value| value.split(',')).any(is_json)
}

fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}
