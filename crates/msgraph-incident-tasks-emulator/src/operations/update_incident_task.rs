//! `PATCH /security/incidentTasks/{incidentTaskId}`

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use super::is_task_id;
use crate::exchange::{Exchange, Refusal};

pub(super) fn answer(exchange: &Exchange<'_>) -> Result<Response<Bytes>, Refusal> {
    let id = exchange.id();
    if !is_task_id(&id) {
        return Ok(exchange.documented_error(StatusCode::BAD_REQUEST, "invalidTaskId", ("{id}", &id)));
    }
    let Value::Object(changes) = exchange.body()? else {
        return Ok(exchange.bad_request("The body must be an object."));
    };
    Ok(match exchange.state.store.update(&id, changes, exchange.now) {
        Some(task) => exchange.answers.ok(&Value::Object(task)),
        None => exchange.documented_error(StatusCode::NOT_FOUND, "taskNotFound", ("{id}", &id)),
    })
}
