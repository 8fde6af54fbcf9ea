//! A task and its ID.

use serde_json::{Map, Value};

/// A task, by the names of its properties.
pub(crate) type Task = Map<String, Value>;

/// Returns true for a GUID, as documented, and for digits only, as in each documented example.
pub(crate) fn is_task_id(id: &str) -> bool {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_number || (id.len() == 36 && uuid::Uuid::try_parse(id).is_ok())
}

pub(crate) fn id_of(task: &Task) -> Option<&str> {
    task.get("id").and_then(Value::as_str)
}
