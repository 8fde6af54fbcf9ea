//! `POST /security/incidentTasks/{incidentTaskId}/microsoft.graph.security.executeResponseAction`

use axum::body::Bytes;
use axum::http::{Response, StatusCode};
use serde_json::Value;

use super::is_task_id;
use crate::exchange::{Exchange, Refusal};

pub(super) fn answer(exchange: &Exchange<'_>) -> Result<Response<Bytes>, Refusal> {
    let id = exchange.id();
    let documented = |name, value: (&str, &str)| exchange.documented_error(StatusCode::BAD_REQUEST, name, value);
    if !is_task_id(&id) {
        return Ok(documented("invalidTaskId", ("{id}", &id)));
    }
    let Some(task) = exchange.state.store.get(&id) else {
        return Ok(exchange.documented_error(StatusCode::NOT_FOUND, "taskNotFound", ("{id}", &id)));
    };
    let text = |name: &str| task.get(name).and_then(Value::as_str).unwrap_or_default();
    if !exchange.is_executable(text("actionType")) {
        return Ok(documented("unsupportedActionType", ("{action_type}", text("actionType"))));
    }
    match exchange.state.store.start_action(&id) {
        true => Ok(exchange.answers.no_content()),
        false => Ok(documented("actionAlreadyInProgress", ("", ""))),
    }
}
