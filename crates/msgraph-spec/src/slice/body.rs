//! The bodies of updates.

use msgraph_openapi::{Error, SCHEMAS, component_name, members};
use serde_json::{Map, Value, json};

use crate::flat::flatten;
use crate::forms;
use crate::words::{is_read_only, reference};

/// The member that a client never sends.
const SENTINEL: &str = "unknownFutureValue";

/// The body of an update: the writable properties of a schema, or all that are not known to be read-only.
pub(super) fn update(document: &Value, pointer: &str, writable: &[String]) -> Result<Value, Error> {
    let flat = flatten(document, pointer, &mut Vec::new())?;
    let is_writable = |name: &str, value: &Value| {
        let is_known = name == "id" || name.starts_with('@') || is_read_only(value);
        let is_known = is_known || value["x-ms-navigationProperty"] == true;
        if writable.is_empty() { !is_known } else { writable.iter().any(|writable| writable == name) }
    };
    let properties = flat.properties.iter().filter(|(name, (_, value))| is_writable(name, value));
    let properties: Map<_, _> =
        properties.map(|(name, (_, value))| (name.clone(), property(document, value))).collect();
    Ok(json!({ "description": "", "type": "object", "properties": properties, "additionalProperties": false }))
}

/// A property of a body: an enumeration takes the members that may be sent, if they are those of one enumeration only.
fn property(document: &Value, value: &Value) -> Value {
    let mut made = forms::property(value);
    // Of a list that may have nulls none has to be sent.
    if let Some(Value::Object(items)) = made.get_mut("items") {
        items.remove("nullable");
    }
    let Some(name) = reference(value).and_then(component_name) else { return made };
    let enumerations =
        || members(document, SCHEMAS).filter_map(|(_, name, value)| Some((name, value["enum"].as_array()?)));
    let Some((_, all)) = enumerations().find(|(other, _)| *other == name) else { return made };
    let sent: Vec<_> = all.iter().filter(|member| *member != SENTINEL).cloned().collect();
    let owners = enumerations().filter(|(_, members)| sent.iter().all(|member| members.contains(member)));
    // A list of one member would be a value that tells a type from its siblings.
    if owners.count() == 1 && sent.len() > 1 {
        let mut made = json!({ "description": "", "type": "string", "enum": sent });
        if crate::words::is_nullable(value) {
            made["nullable"] = true.into();
        }
        return made;
    }
    made
}
