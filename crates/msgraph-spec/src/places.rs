//! Places in a document, by their JSON pointers.

use serde_json::Value;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Appends a name to a JSON pointer.
pub(crate) fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The pointers, names and values of the object at a pointer; none where there is no object.
pub(crate) fn members<'a>(
    document: &'a Value,
    pointer: &str,
) -> impl Iterator<Item = (String, &'a String, &'a Value)> + use<'a> {
    let pointer = pointer.to_owned();
    let object = document.pointer(&pointer).and_then(Value::as_object);
    object.into_iter().flatten().map(move |(name, value)| (join(&pointer, name), name, value))
}

/// Each operation with its pointer.
pub(crate) fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (path, ..) in members(document, "/paths") {
        let methods = members(document, &path).filter(|(_, name, _)| METHODS.contains(&name.as_str()));
        found.extend(methods.map(|(pointer, _, operation)| (pointer, operation)));
    }
    found
}

/// Each value with its pointer, but for what stands in examples and extensions: that is data.
pub(crate) fn walk<'a>(value: &'a Value, pointer: &str, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(pointer, value);
    match value {
        Value::Object(object) => {
            // Below `properties` and the like a name is a name, whatever it looks like.
            let is_map = ["properties", "schemas", "parameters", "responses", "headers", "paths", "examples"]
                .iter()
                .any(|name| pointer.ends_with(&format!("/{name}")));
            for (name, child) in object {
                let is_data =
                    !is_map && (name == "example" || name == "examples" || name == "value" || name.starts_with("x-"));
                if !is_data {
                    walk(child, &join(pointer, name), visit);
                }
            }
        }
        Value::Array(array) => {
            for (index, child) in array.iter().enumerate() {
                walk(child, &format!("{pointer}/{index}"), visit);
            }
        }
        _ => {}
    }
}
