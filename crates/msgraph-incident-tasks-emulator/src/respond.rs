//! Produces the response to a request: throttling, fault, authorization, validation, operation, record.

use std::time::Instant;

use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request, StatusCode};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::access::Denied;
use crate::apply_fault::{Delivery, apply_fault};
use crate::fault::Fault;
use crate::fault_plan;
use crate::operations;
use crate::query::unknown_parameters;
use crate::recorder::RecordedRequest;
use crate::redaction::Redaction;
use crate::request::RequestContext;
use crate::request_body;
use crate::request_path::RequestPath;
use crate::response::{Body, EarlyResponse, Response, ResponseFactory, with_header};
use crate::spec_validator::Operation;
use crate::state::State;

/// Responds to a request, and records it. Also returns how to send the response.
pub(crate) fn respond(state: &State, request: &Request<Bytes>) -> (Response, Delivery) {
    let pipeline = Pipeline::new(state, request, false);
    let mut record = pipeline.record();
    let (response, delivery) = match pipeline.throttled() {
        Some(response) => (response, Delivery::Complete),
        None => pipeline.with_fault(&mut record),
    };
    pipeline.finish(&mut record, &response, delivery);
    state.recorder.record(record);
    (response, delivery)
}

/// Rejects a request that could not be read, and records it.
pub(crate) fn reject(state: &State, request: &Request<Bytes>, status: StatusCode, message: &str) -> Response {
    let pipeline = Pipeline::new(state, request, false);
    let response = pipeline.responses.error(status, "BadRequest", message);
    let mut record = pipeline.record();
    pipeline.finish(&mut record, &response, Delivery::Complete);
    state.recorder.record(record);
    response
}

/// Responds to a request of a batch. Returns `None` if a fault drops the response.
fn respond_to_part(state: &State, request: &Request<Bytes>, parts: &mut Vec<RecordedRequest>) -> Option<Response> {
    let pipeline = Pipeline::new(state, request, true);
    let mut record = pipeline.record();
    let (response, delivery) = pipeline.with_fault(&mut record);
    pipeline.finish(&mut record, &response, delivery);
    parts.push(record);
    (delivery != Delivery::Reset).then_some(response)
}

/// A request in progress.
struct Pipeline<'a> {
    state: &'a State,
    request: &'a Request<Bytes>,
    /// `None` if the API version is not beta.
    path: Option<RequestPath>,
    json: Result<Value, serde_json::Error>,
    redaction: Redaction,
    responses: ResponseFactory,
    now: Timestamp,
    in_batch: bool,
}

impl<'a> Pipeline<'a> {
    fn new(state: &'a State, request: &'a Request<Bytes>, in_batch: bool) -> Self {
        let now = state.now();
        let path = RequestPath::parse(&state.spec, request.uri().path());
        let json = request_body::parse(request.body());
        let query = request.uri().query().unwrap_or_default();
        let redaction = Redaction::new(request.headers(), query, json.as_ref().unwrap_or(&Value::Null));
        Self {
            state,
            request,
            path,
            json,
            redaction,
            responses: ResponseFactory::new(request.headers(), now),
            now,
            in_batch,
        }
    }

    fn record(&self) -> RecordedRequest {
        RecordedRequest::new(self.now, self.request, self.json.as_ref().ok(), &self.redaction)
    }

    fn finish(&self, record: &mut RecordedRequest, response: &Response, delivery: Delivery) {
        record.status = (delivery != Delivery::Reset).then(|| response.status().as_u16());
        // Messages may quote the request.
        record.violations.iter_mut().for_each(|violation| *violation = self.redaction.text(violation));
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
        let task = self.path.as_ref().and_then(RequestPath::task);
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
        if request.method() == Method::OPTIONS {
            let methods = self.methods()?;
            return Ok(with_header(responses.no_content(), ALLOW, &methods));
        }
        self.authorize(&[])?;
        let (operation, id) = self.operation(record)?;
        record.operation = Some(operation.id().to_owned());
        self.authorize(&state.spec.roles(operation))?;
        let body = self.body(operation, record)?;
        if let (true, Some(violation)) = (state.strict, record.violations.first()) {
            let message = format!("The request does not match the spec: {violation}");
            return Err(responses.bad_request(&message).into());
        }
        let context = RequestContext { state, responses, operation, request, body, fault, now: *now, id };
        let parts = &mut record.parts;
        operations::run(&context, &mut |request| respond_to_part(state, request, parts))
    }

    fn authorize(&self, roles: &[&str]) -> Result<(), EarlyResponse> {
        self.state.access.check(self.request.headers(), roles).map_err(|denied| {
            EarlyResponse::from(match denied {
                Denied::Unauthorized(message) => self.responses.unauthorized(message),
                Denied::Forbidden => self.responses.forbidden(),
            })
        })
    }

    /// Returns the operation of a request, and the task ID in its path.
    fn operation(&self, record: &mut RecordedRequest) -> Result<(&'a Operation, String), EarlyResponse> {
        let Some(path) = &self.path else { return Err(self.not_found("The API version is not beta.")) };
        if let Some(name) = &path.unqualified {
            record.violation(format!("the path is not qualified: {name}"));
        }
        let method = if self.request.method() == Method::HEAD { "GET" } else { self.request.method().as_str() };
        if let Some((operation, values)) = self.state.spec.operation(method, &path.path) {
            let id = values.first().map(String::as_str).unwrap_or_default();
            return Ok((operation, percent_decode_str(id).decode_utf8_lossy().into_owned()));
        }
        Err(self.responses.method_not_allowed(&self.methods()?).into())
    }

    /// Returns the methods of the path, as in an `Allow` header.
    fn methods(&self) -> Result<String, EarlyResponse> {
        let path = self.path.as_ref().map_or("", |path| &path.path);
        let mut methods: Vec<_> = self.state.spec.methods(path).map(str::to_uppercase).collect();
        if methods.is_empty() {
            return Err(self.not_found("Resource not found for the segment."));
        }
        if methods.iter().any(|method| method == "GET") {
            methods.push("HEAD".to_owned());
        }
        methods.push("OPTIONS".to_owned());
        Ok(methods.join(", "))
    }

    /// Returns the body, checked against the spec. Records what Graph tolerates but the spec does not allow.
    fn body(&self, operation: &Operation, record: &mut RecordedRequest) -> Result<Value, EarlyResponse> {
        let headers = self.request.headers();
        let rejected = |status, code, message| EarlyResponse::from(self.responses.error(status, code, message));
        if !accepts_json(headers) {
            let message = "The response can only be application/json.";
            return Err(rejected(StatusCode::NOT_ACCEPTABLE, "BadRequest", message));
        }
        let query = self.request.uri().query().unwrap_or_default();
        for name in unknown_parameters(query, &operation.query_parameters()) {
            record.violation(format!("unknown query parameter {name:?}"));
        }
        if !operation.has_body() {
            if !self.request.body().is_empty() {
                record.violation("the operation has no body");
            }
            return Ok(Value::Null);
        }
        if !is_json(headers) {
            let message = "The Content-Type must be application/json.";
            return Err(rejected(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message));
        }
        let bad_request = |message: String| EarlyResponse::from(self.responses.bad_request(&message));
        let body = self.json.as_ref().map_err(|error| bad_request(format!("The body is not JSON: {error}")))?;
        let mut body = body.clone();
        for violation in request_body::normalize_batch(&mut body, &self.state.base_url(self.request, "")) {
            record.violation(violation);
        }
        let Err(violation) = operation.check_request(&body) else { return Ok(body) };
        record.violation(violation);
        request_body::remove_tolerated(&self.state.spec, operation.id(), &mut body);
        let check = operation.check_request(&body);
        check.map_err(|error| bad_request(format!("The request does not match the spec: {error}")))?;
        Ok(body)
    }

    fn not_found(&self, message: &str) -> EarlyResponse {
        self.responses.error(StatusCode::NOT_FOUND, "BadRequest", message).into()
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type(value).eq_ignore_ascii_case("application/json")
}

/// Returns true if a JSON response is acceptable ([RFC 9110, section
/// 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1)).
fn accepts_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    let is_json = |range: &str| {
        let is_excluded = range.split(';').skip(1).any(|parameter| matches!(parameter.trim(), "q=0" | "q=0.0"));
        let media_type = media_type(range).to_lowercase();
        !is_excluded && ["application/json", "application/*", "*/*"].contains(&media_type.as_str())
    };
    values.peek().is_none() || values.flat_map(|value| value.split(',')).any(is_json)
}

fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}
