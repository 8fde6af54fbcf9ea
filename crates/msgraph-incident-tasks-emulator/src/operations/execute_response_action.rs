//! `POST /security/incidentTasks/{incidentTaskId}/microsoft.graph.security.executeResponseAction`

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use super::is_task_id;
use crate::Fault;
use crate::exchange::{Exchange, Refusal};
use crate::store::{ActionOutcome, Started};

pub(super) fn answer(exchange: &Exchange<'_>) -> Result<Response<Bytes>, Refusal> {
    let id = exchange.id();
    let documented = |name, value: (&str, &str)| exchange.documented_error(StatusCode::BAD_REQUEST, name, value);
    let not_found = || exchange.documented_error(StatusCode::NOT_FOUND, "taskNotFound", ("{id}", &id));
    if !is_task_id(&id) {
        return Ok(documented("invalidTaskId", ("{id}", &id)));
    }
    let Some(task) = exchange.state.store.get(&id, exchange.now, false) else { return Ok(not_found()) };
    let action_type = task.get("actionType").and_then(Value::as_str).unwrap_or_default();
    if !exchange.is_executable(action_type) {
        return Ok(documented("unsupportedActionType", ("{action_type}", action_type)));
    }
    let outcome = match exchange.fault {
        Some(Fault::ActionFails) => ActionOutcome::Failed,
        Some(Fault::ActionPartiallyCompletes) => ActionOutcome::PartiallyCompleted,
        _ => ActionOutcome::Completed,
    };
    Ok(match exchange.state.store.start_action(&id, outcome, exchange.now) {
        Started::Begun => exchange.answers.no_content(),
        Started::AlreadyInProgress => documented("actionAlreadyInProgress", ("", "")),
        Started::NoSuchTask => not_found(),
    })
}
