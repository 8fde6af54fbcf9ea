//! `PATCH /security/incidentTasks/{incidentTaskId}`

use axum::body::Bytes;
use axum::http::{Response, StatusCode};
use serde_json::Value;

use super::is_task_id;
use crate::exchange::Exchange;

pub(super) fn answer(exchange: &Exchange<'_>) -> Response<Bytes> {
    let id = exchange.id();
    if !is_task_id(&id) {
        return exchange.documented_error(StatusCode::BAD_REQUEST, "invalidTaskId", ("{id}", &id));
    }
    let body = match exchange.body() {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let Value::Object(changes) = body else {
        return exchange.bad_request("The body must be an object.");
    };
    match exchange.state.store.update(&id, changes) {
        Some(task) => exchange.answers.ok(&task),
        None => exchange.documented_error(StatusCode::NOT_FOUND, "taskNotFound", ("{id}", &id)),
    }
}
