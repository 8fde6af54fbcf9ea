//! `GET /security/incidentTasks/{incidentTaskId}`

use http::StatusCode;

use crate::request::RequestContext;
use crate::response::{EarlyResponse, Response};
use crate::task::is_task_id;

pub(super) fn run(context: &RequestContext<'_>) -> Result<Response, EarlyResponse> {
    let id = &context.id;
    if !is_task_id(id) {
        return Err(context.bad_request(&format!("Invalid incidentTask id {id}")));
    }
    let options = context.options()?;
    context.check_expand(&options)?;
    match context.state.store.get(id, context.now, context.is_stale()) {
        Some(task) => Ok(context.responses.ok(context.selected(&task, &options)?)),
        None => Ok(context.responses.error(StatusCode::NOT_FOUND, "NotFound", &format!("taskId {id} not found"))),
    }
}
