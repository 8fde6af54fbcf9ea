//! `GET /security/incidentTasks/{incidentTaskId}`

use axum::body::Bytes;
use axum::http::{Response, StatusCode};

use super::is_task_id;
use crate::exchange::{Exchange, Refusal};

pub(super) fn answer(exchange: &Exchange<'_>) -> Result<Response<Bytes>, Refusal> {
    let id = exchange.id();
    if !is_task_id(&id) {
        return Ok(exchange.bad_request(&format!("Invalid incidentTask id {id}")));
    }
    Ok(match exchange.state.store.get(&id) {
        Some(task) => exchange.answers.ok(&task),
        None => exchange.answers.error(StatusCode::NOT_FOUND, "NotFound", &format!("taskId {id} not found")),
    })
}
