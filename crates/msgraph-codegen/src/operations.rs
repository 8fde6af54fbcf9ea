//! What is said of operations beside their code.

use proc_macro2::Ident;
use serde_json::Value;

use crate::document::{join, members, operations};
use crate::{Error, names};

/// An operation as the description has it.
pub(crate) struct Operation {
    pub(crate) name: Ident,
    /// Its HTTP method, such as `PATCH`.
    pub(crate) method: String,
    /// Its path, with the names of its parameters in place of values.
    pub(crate) path: String,
}

pub(crate) fn described(document: &Value) -> Result<Vec<Operation>, Error> {
    let mut found = Vec::new();
    for operation in operations(document) {
        let id = join(&operation, "operationId");
        let name = document.pointer(&id).and_then(Value::as_str).unwrap_or_default();
        let path = members(document, "/paths").find(|(pointer, ..)| operation.starts_with(&format!("{pointer}/")));
        let path = path.map(|(_, path, _)| path.to_owned()).unwrap_or_default();
        let method = operation.rsplit('/').next().unwrap_or_default().to_uppercase();
        found.push(Operation { name: names::field_name(name, &id)?, method, path });
    }
    Ok(found)
}
