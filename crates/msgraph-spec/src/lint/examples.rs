//! Examples: each is what its schema says.

use serde_json::Value;

use super::Found;
use crate::json_schema::json_schema;
use crate::places::{join, members, walk};

pub(super) fn check(document: &Value, found: &mut Found) {
    walk(document, "", &mut |pointer, value| {
        let Some(object) = value.as_object() else { return };
        // A media type, a parameter or a header has a schema beside its examples; a schema is its own.
        let schema = if object.contains_key("schema") { join(pointer, "schema") } else { pointer.to_owned() };
        let is_schema = object.contains_key("type") || object.contains_key("$ref") || object.contains_key("anyOf");
        if let Some(example) = object.get("example").filter(|_| is_schema || object.contains_key("schema")) {
            is_valid(document, &schema, example, &join(pointer, "example"), found);
        }
        if object.contains_key("schema") {
            for (place, _, example) in members(document, &join(pointer, "examples")) {
                if let Some(example) = example.get("value") {
                    is_valid(document, &schema, example, &join(&place, "value"), found);
                }
            }
        }
    });
}

fn is_valid(document: &Value, schema: &str, example: &Value, pointer: &str, found: &mut Found) {
    match jsonschema::options().should_validate_formats(true).build(&json_schema(document, schema)) {
        // A reference that leads nowhere was found already.
        Err(_) if found.has("reference") => {}
        Err(error) => found.add(schema, "example", format!("this is no schema: {error}")),
        Ok(validator) => {
            for error in validator.iter_errors(example) {
                found.add(&format!("{pointer}{}", error.instance_path().as_str()), "example", error.to_string());
            }
        }
    }
}
