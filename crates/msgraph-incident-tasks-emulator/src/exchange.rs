//! From a request to its answer.

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use serde_json::Value;

use crate::answer::Answers;
use crate::contract::{Contract, Operation};
use crate::operations;
use crate::query::Options;
use crate::store::Store;

/// The API version, which stands before each path of the description.
const VERSION: &str = "/beta";

/// What all requests share.
pub(crate) struct State {
    contract: Contract,
    pub(crate) store: Store,
}

impl State {
    pub(crate) fn new() -> Result<Self, String> {
        let contract = Contract::new(msgraph_incident_tasks_api::FRAGMENT).map_err(|error| error.to_string())?;
        Ok(Self { contract, store: Store::seeded()? })
    }
}

/// One request that is of an operation.
pub(crate) struct Exchange<'a> {
    pub(crate) state: &'a State,
    pub(crate) answers: Answers,
    pub(crate) operation: &'a Operation,
    pub(crate) request: &'a Request<Bytes>,
    path_values: Vec<String>,
}

/// An answer that ends a request before its time.
pub(crate) type Refusal = Box<Response<Bytes>>;

/// Answers a request.
pub(crate) fn answer(state: &State, request: &Request<Bytes>) -> Response<Bytes> {
    let answers = Answers::to(request.headers());
    if !has_bearer_token(request.headers()) {
        return answers.unauthorized();
    }
    let Some(path) = request.uri().path().strip_prefix(VERSION) else {
        return answers.error(StatusCode::NOT_FOUND, "BadRequest", "The API version is not beta.");
    };
    let Some((operation, path_values)) = state.contract.operation(request.method().as_str(), path) else {
        let methods: Vec<_> = state.contract.methods(path).collect();
        return match methods.is_empty() {
            true => answers.error(StatusCode::NOT_FOUND, "BadRequest", "Resource not found for the segment."),
            false => answers.method_not_allowed(&methods.join(", ")),
        };
    };
    if operation.has_body() && !is_json(request.headers()) {
        let message = "The Content-Type must be application/json.";
        return answers.error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message);
    }
    operations::answer(&Exchange { state, answers, operation, request, path_values })
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
        let host = self.request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("http://{host}{VERSION}{path}")
    }

    /// The names of a task's properties.
    pub(crate) fn properties_of_a_task(&self) -> Vec<&str> {
        self.state.contract.names("/components/schemas/incidentTask/properties")
    }

    /// Whether the description says that an action type can be executed.
    pub(crate) fn is_executable(&self, action_type: &str) -> bool {
        self.state.contract.texts("/components/schemas/incidentTaskActionType/x-executable").contains(&action_type)
    }

    /// The body, if the description allows it.
    pub(crate) fn body(&self) -> Result<Value, Refusal> {
        let body: Value = serde_json::from_slice(self.request.body())
            .map_err(|error| self.bad_request(&format!("The body is not JSON: {error}")))?;
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
            return self.answers.error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", &message);
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
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
