//! What is said of operations beside their code.

use proc_macro2::Ident;
use serde_json::Value;

use crate::document::{join, members, operations};
use crate::{Error, names};

/// The path of an operation, with the names of its parameters in place of values.
pub(crate) struct PathTemplate {
    pub(crate) operation: Ident,
    pub(crate) path: String,
}

pub(crate) fn path_templates(document: &Value) -> Result<Vec<PathTemplate>, Error> {
    let mut found = Vec::new();
    for operation in operations(document) {
        let id = join(&operation, "operationId");
        let name = document.pointer(&id).and_then(Value::as_str).unwrap_or_default();
        let path = members(document, "/paths").find(|(pointer, ..)| operation.starts_with(&format!("{pointer}/")));
        let path = path.map(|(_, path, _)| path.to_owned()).unwrap_or_default();
        found.push(PathTemplate { operation: names::field_name(name, &id)?, path });
    }
    Ok(found)
}
