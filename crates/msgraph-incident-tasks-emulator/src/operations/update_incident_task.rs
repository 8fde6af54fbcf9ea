//! `PATCH /security/incidentTasks/{incidentTaskId}`

use serde_json::Value;

use crate::request::RequestContext;
use crate::response::Response;
use crate::task::is_task_id;

pub(super) fn run(context: &RequestContext<'_>) -> Response {
    if !is_task_id(&context.id) {
        return context.invalid_task_id();
    }
    let changes = context.body.as_object().cloned().unwrap_or_default();
    match context.state.store.update(&context.id, changes, context.now) {
        Some(task) => context.responses.ok(Value::Object(context.with_nulls(&task))),
        None => context.task_not_found(),
    }
}
