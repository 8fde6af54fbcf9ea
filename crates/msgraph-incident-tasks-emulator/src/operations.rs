//! The operations, one file each.

pub(crate) mod batch;
mod execute_response_action;
mod get_incident_task;
mod list_incident_tasks;
mod update_incident_task;

use http::StatusCode;

use crate::request::RequestContext;
use crate::response::{EarlyResponse, Response};

/// Runs the operation of a request. `send_part` handles one request of a batch.
pub(crate) fn run(
    context: &RequestContext<'_>,
    send_part: &mut batch::SendPart<'_>,
) -> Result<Response, EarlyResponse> {
    match context.operation.id() {
        "batch" => batch::run(context, send_part),
        "executeResponseAction" => Ok(execute_response_action::run(context)),
        "getIncidentTask" => get_incident_task::run(context),
        "listIncidentTasks" => list_incident_tasks::run(context),
        "updateIncidentTask" => Ok(update_incident_task::run(context)),
        other => {
            let message = format!("The emulator does not implement {other}.");
            Ok(context.responses.error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &message))
        }
    }
}
