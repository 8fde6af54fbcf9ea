//! Entities: components with the property `id`, which a response must have.

use msgraph_openapi::SCHEMAS;
use msgraph_openapi::pointer::join;
use proc_macro2::Ident;
use serde_json::Value;

use crate::names;
use crate::parameters::{Kind, Location, Parameter};
use crate::shape;

const ID: &str = "id";

/// Returns the field with the ID of a component; `None` if it has none, or one that is not just a text.
pub(crate) fn id_field(document: &Value, component: &str) -> Option<Ident> {
    let pointer = format!("{}/properties/{ID}", join(SCHEMAS, component));
    let schema = document.pointer(&pointer)?.as_object()?;
    let is_text = schema.get("type")? == "string"
        && schema.keys().all(|key| {
            matches!(key.as_str(), "type" | "nullable") || key.starts_with("x-") || shape::is_annotation(key)
        });
    is_text.then(|| names::field_name(ID, &pointer).ok()).flatten()
}

/// Returns the field of the parameter that is the key of an entity: the last segment of a path.
pub(crate) fn key(path: &str, parameters: &[Parameter]) -> Option<Ident> {
    let name = path.rsplit_once('/')?.1.strip_prefix('{')?.strip_suffix('}')?;
    let parameter =
        parameters.iter().find(|parameter| parameter.location == Location::Path && parameter.name == name)?;
    matches!(parameter.kind, Kind::Text).then(|| parameter.field.clone())
}
