//! The operations, one file each.

mod batch;
mod execute_response_action;
mod get_incident_task;
mod list_incident_tasks;
mod update_incident_task;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::exchange::Exchange;
use crate::query::Options;

/// Answers a request of an operation.
pub(crate) fn answer(exchange: &Exchange<'_>) -> Response<Bytes> {
    let answer = match exchange.operation.id() {
        "batch" => batch::answer(exchange),
        "executeResponseAction" => execute_response_action::answer(exchange),
        "getIncidentTask" => get_incident_task::answer(exchange),
        "listIncidentTasks" => list_incident_tasks::answer(exchange),
        "updateIncidentTask" => update_incident_task::answer(exchange),
        other => {
            let message = format!("The emulator can't do {other} yet.");
            Ok(exchange.answers.error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &message))
        }
    };
    answer.unwrap_or_else(|refusal| *refusal)
}

/// Documented as a GUID; each documented example is all digits.
fn is_task_id(id: &str) -> bool {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_number || (id.len() == 36 && uuid::Uuid::try_parse(id).is_ok())
}

/// The properties of a task that `$select` asks for.
fn selected(exchange: &Exchange<'_>, mut task: Map<String, Value>, options: &Options) -> Result<Value, String> {
    if let Some(names) = options.names("$select") {
        let known = exchange.properties_of_a_task();
        if let Some(unknown) = names.iter().find(|name| !known.contains(*name)) {
            return Err(format!("Could not find a property named '{unknown}'."));
        }
        task.retain(|name, _| name.starts_with("@odata.") || names.contains(&name.as_str()));
    }
    Ok(Value::Object(task))
}

/// The only relationship is in each answer anyway.
fn expanded(options: &Options) -> Result<(), String> {
    match options.names("$expand").into_iter().flatten().find(|name| *name != "incident") {
        Some(unknown) => Err(format!("Could not find a relationship named '{unknown}'.")),
        None => Ok(()),
    }
}
