//! `POST /security/incidentTasks/{incidentTaskId}/microsoft.graph.security.executeResponseAction`

use http::StatusCode;
use serde_json::Value;

use crate::fault::Fault;
use crate::request::RequestContext;
use crate::response::Response;
use crate::store::{ActionOutcome, StartAction};
use crate::task::is_task_id;

pub(super) fn run(context: &RequestContext<'_>) -> Response {
    if !is_task_id(&context.id) {
        return context.invalid_task_id();
    }
    let store = &context.state.store;
    let Some(task) = store.get(&context.id, context.now, false) else { return context.task_not_found() };
    let rejected = |name, value| context.documented_error(StatusCode::BAD_REQUEST, name, value);
    let action_type = task.get("actionType").and_then(Value::as_str).unwrap_or_default();
    if !context.is_executable(action_type) {
        return rejected("unsupportedActionType", ("{action_type}", action_type));
    }
    let outcome = match context.fault {
        Some(Fault::ActionFails) => ActionOutcome::Failed,
        Some(Fault::ActionPartiallyCompletes) => ActionOutcome::PartiallyCompleted,
        _ => ActionOutcome::Completed,
    };
    match store.start_action(&context.id, outcome, context.now) {
        StartAction::Started => context.responses.no_content(),
        StartAction::AlreadyInProgress => rejected("actionAlreadyInProgress", ("", "")),
        StartAction::NoSuchTask => context.task_not_found(),
    }
}
