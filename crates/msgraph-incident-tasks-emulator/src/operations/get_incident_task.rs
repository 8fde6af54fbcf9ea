//! `GET /security/incidentTasks/{incidentTaskId}`

use bytes::Bytes;
use http::{Response, StatusCode};

use super::{expanded, is_task_id, selected};
use crate::exchange::{Exchange, Refusal};

pub(super) fn answer(exchange: &Exchange<'_>) -> Result<Response<Bytes>, Refusal> {
    let refused = |message: String| Box::new(exchange.bad_request(&message));
    let id = exchange.id();
    if !is_task_id(&id) {
        return Ok(exchange.bad_request(&format!("Invalid incidentTask id {id}")));
    }
    let options = exchange.options()?;
    expanded(&options).map_err(refused)?;
    let Some(task) = exchange.state.store.get(&id, exchange.now, exchange.is_stale()) else {
        return Ok(exchange.answers.error(StatusCode::NOT_FOUND, "NotFound", &format!("taskId {id} not found")));
    };
    Ok(exchange.answers.ok(&selected(exchange, task, &options).map_err(refused)?))
}
