//! The operations, one file each.

mod get_incident_task;
mod update_incident_task;

use axum::body::Bytes;
use axum::http::{Response, StatusCode};

use crate::exchange::Exchange;

/// Answers a request of an operation.
pub(crate) fn answer(exchange: &Exchange<'_>) -> Response<Bytes> {
    let answer = match exchange.operation.id() {
        "getIncidentTask" => get_incident_task::answer(exchange),
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
