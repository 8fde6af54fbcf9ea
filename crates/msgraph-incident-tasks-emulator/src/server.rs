//! From a request to its answer.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use serde_json::Value;

use crate::answer::Answers;
use crate::contract::{Contract, Operation};
use crate::store::Store;

/// The API version, which stands before each path of the description.
const VERSION: &str = "/beta";
const MAX_BODY_BYTES: usize = 1024 * 1024;

pub(crate) struct State {
    contract: Contract,
    store: Store,
}

impl State {
    pub(crate) fn new() -> Result<Arc<Self>, String> {
        let contract = Contract::new(msgraph_incident_tasks_api::FRAGMENT).map_err(|error| error.to_string())?;
        Ok(Arc::new(Self { contract, store: Store::seeded()? }))
    }
}

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new().fallback(move |request: Request<Body>| {
        let state = Arc::clone(&state);
        async move {
            // Of the request's headers none is logged: one of them is the token.
            let (method, path) = (request.method().clone(), request.uri().path().to_owned());
            let answer = answer(&state, request).await;
            tracing::info!(%method, path, status = answer.status().as_u16(), "answered");
            answer
        }
    })
}

async fn answer(state: &State, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let answers = Answers::to(&head.headers);
    if !has_bearer_token(&head.headers) {
        return answers.unauthorized();
    }
    let Some(path) = head.uri.path().strip_prefix(VERSION) else {
        return answers.error(StatusCode::NOT_FOUND, "BadRequest", "The API version is not beta.");
    };
    let Some((operation, path_values)) = state.contract.operation(head.method.as_str(), path) else {
        let methods: Vec<_> = state.contract.methods(path).collect();
        return match methods.is_empty() {
            true => answers.error(StatusCode::NOT_FOUND, "BadRequest", "Resource not found for the segment."),
            false => answers.method_not_allowed(&methods.join(", ")),
        };
    };
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return answers.error(StatusCode::PAYLOAD_TOO_LARGE, "BadRequest", "The body is too large.");
    };
    if !is_json(&head.headers) {
        let message = "The Content-Type must be application/json.";
        return answers.error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message);
    }
    let id = path_values.first().map(|id| decoded(id)).unwrap_or_default();
    Exchange { state, answers, operation }.update(&id, &body)
}

/// One request that is of an operation.
struct Exchange<'a> {
    state: &'a State,
    answers: Answers,
    operation: &'a Operation,
}

impl Exchange<'_> {
    fn update(&self, id: &str, body: &[u8]) -> Response<Body> {
        if !is_task_id(id) {
            return self.documented_error(StatusCode::BAD_REQUEST, "invalidTaskId", id);
        }
        let body: Value = match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(error) => return self.bad_request(&format!("The body is not JSON: {error}")),
        };
        if let Err(error) = self.operation.check_request(&body) {
            return self.bad_request(&format!("The request is not as described: {error}"));
        }
        let Value::Object(changes) = body else {
            return self.bad_request("The body must be an object.");
        };
        match self.state.store.update(id, changes) {
            Some(task) => self.answers.ok(&task),
            None => self.documented_error(StatusCode::NOT_FOUND, "taskNotFound", id),
        }
    }

    fn bad_request(&self, message: &str) -> Response<Body> {
        self.answers.error(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// An error that the description has as an example, about this ID.
    fn documented_error(&self, status: StatusCode, name: &str, id: &str) -> Response<Body> {
        let Some(example) = self.state.contract.example(self.operation, status.as_str(), name) else {
            let message = format!("The description has no example {name}.");
            return self.answers.error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", &message);
        };
        let mut body = example.clone();
        let message = body["error"]["message"].as_str().unwrap_or_default().replace("{id}", id);
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
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// Documented as a GUID; each documented example is all digits.
fn is_task_id(id: &str) -> bool {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_number || (id.len() == 36 && uuid::Uuid::try_parse(id).is_ok())
}

fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
