//! Checks that each example matches its schema.

use msgraph_openapi::{json_schema, members, nodes, pointer};
use serde_json::Value;

use super::Found;

pub(super) fn check(document: &Value, found: &mut Found) {
    for node in nodes(document) {
        // A media type, parameter or header has a schema next to its examples; a schema describes its own.
        let has_schema = !node.kind.is_schema() && node.value.get("schema").is_some();
        let schema = if has_schema { pointer::join(&node.pointer, "schema") } else { node.pointer.clone() };
        if let Some(example) = node.value.get("example").filter(|_| has_schema || node.kind.is_schema()) {
            is_valid(document, &schema, example, &pointer::join(&node.pointer, "example"), found);
        }
        if has_schema {
            for (place, _, example) in members(document, &pointer::join(&node.pointer, "examples")) {
                if let Some(example) = example.get("value") {
                    is_valid(document, &schema, example, &pointer::join(&place, "value"), found);
                }
            }
        }
    }
}

fn is_valid(document: &Value, schema: &str, example: &Value, pointer: &str, found: &mut Found) {
    // Another rule reports unresolved references.
    let Ok(json_schema) = json_schema(document, schema) else { return };
    match jsonschema::options().should_validate_formats(true).build(&json_schema) {
        Err(error) => found.add(schema, "example", format!("invalid schema: {error}")),
        Ok(validator) => {
            for error in validator.iter_errors(example) {
                found.add(&format!("{pointer}{}", error.instance_path().as_str()), "example", error.to_string());
            }
        }
    }
}
