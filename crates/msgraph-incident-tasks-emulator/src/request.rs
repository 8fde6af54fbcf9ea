//! A request to an operation, with everything that its response depends on.

use bytes::Bytes;
use http::{Request, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::fault::Fault;
use crate::query::Options;
use crate::request_path::VERSION;
use crate::response::{EarlyResponse, Response, ResponseFactory};
use crate::spec_validator::Operation;
use crate::state::State;
use crate::task::Task;

/// A request to an operation.
pub(crate) struct RequestContext<'a> {
    pub(crate) state: &'a State,
    pub(crate) responses: &'a ResponseFactory,
    pub(crate) operation: &'a Operation,
    pub(crate) request: &'a Request<Bytes>,
    /// The body, checked against the spec; null if the operation has none.
    pub(crate) body: Value,
    pub(crate) fault: Option<Fault>,
    pub(crate) now: Timestamp,
    /// The task ID in the path.
    pub(crate) id: String,
}

impl RequestContext<'_> {
    /// Returns the query options, if the spec allows them.
    pub(crate) fn options(&self) -> Result<Options, EarlyResponse> {
        let query = self.request.uri().query().unwrap_or_default();
        let options = Options::parse(query, &self.operation.query_parameters());
        let options = options.map_err(|message| self.bad_request(&message))?;
        for (name, value) in options.iter() {
            self.operation.check_query(name, value).map_err(|error| self.bad_request(&error.to_string()))?;
        }
        Ok(options)
    }

    /// Returns a URL below the endpoint, with the host that the client uses.
    pub(crate) fn url(&self, path: &str) -> String {
        self.state.base_url(self.request, VERSION) + path
    }

    /// Returns true if the spec lists the action type as executable.
    pub(crate) fn is_executable(&self, action_type: &str) -> bool {
        self.state.spec.texts("/components/schemas/incidentTaskActionType/x-executable").contains(&action_type)
    }

    /// Returns true if a read has to return the state before the last change.
    pub(crate) fn is_stale(&self) -> bool {
        self.fault == Some(Fault::StaleRead)
    }

    /// Returns the properties of a task that `$select` names.
    pub(crate) fn selected(&self, task: &Task, options: &Options) -> Result<Value, EarlyResponse> {
        let mut task = self.with_nulls(task);
        if let Some(names) = options.names("$select") {
            let known = self.state.spec.names("/components/schemas/incidentTask/properties");
            if let Some(unknown) = names.iter().find(|name| !known.contains(*name)) {
                return Err(self.bad_request(&format!("Could not find a property named '{unknown}'.")));
            }
            task.retain(|name, _| name.starts_with("@odata.") || names.contains(&name.as_str()));
        }
        Ok(Value::Object(task))
    }

    /// Returns a task with an explicit null for each nullable property that it lacks, as documented.
    pub(crate) fn with_nulls(&self, task: &Task) -> Task {
        let mut task = task.clone();
        for name in &self.state.nullable {
            task.entry(name.as_str()).or_insert(Value::Null);
        }
        task
    }

    /// Checks `$expand`: the only relationship is part of each response anyway.
    pub(crate) fn check_expand(&self, options: &Options) -> Result<(), EarlyResponse> {
        match options.names("$expand").into_iter().flatten().find(|name| *name != "incident") {
            Some(unknown) => Err(self.bad_request(&format!("Could not find a relationship named '{unknown}'."))),
            None => Ok(()),
        }
    }

    pub(crate) fn bad_request(&self, message: &str) -> EarlyResponse {
        self.responses.bad_request(message).into()
    }

    pub(crate) fn invalid_task_id(&self) -> Response {
        self.documented_error(StatusCode::BAD_REQUEST, "invalidTaskId", ("{id}", &self.id))
    }

    pub(crate) fn task_not_found(&self) -> Response {
        self.documented_error(StatusCode::NOT_FOUND, "taskNotFound", ("{id}", &self.id))
    }

    /// Returns an error that the spec has as an example, with a value in place of a placeholder.
    pub(crate) fn documented_error(
        &self,
        status: StatusCode,
        name: &str,
        (placeholder, value): (&str, &str),
    ) -> Response {
        let Some(example) = self.state.spec.example(self.operation, status.as_str(), name) else {
            let message = format!("The spec has no example {name}.");
            return self.responses.error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &message);
        };
        let mut body = example.clone();
        let message = body["error"]["message"].as_str().unwrap_or_default().replace(placeholder, value);
        body["error"]["message"] = message.into();
        self.responses.error_like(status, body)
    }
}
