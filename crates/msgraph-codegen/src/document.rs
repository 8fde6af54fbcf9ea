//! The document as JSON, and the places in it where schemas stand.

use serde_json::Value;

use crate::Error;

pub(crate) const SCHEMAS: &str = "/components/schemas";

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

pub(crate) fn parse(text: &str) -> Result<Value, Error> {
    let document: Value =
        serde_json::from_str(text).map_err(|error| Error::new("", format!("the fragment is not JSON: {error}")))?;
    match document.get("openapi").and_then(Value::as_str) {
        Some(version) if version == "3.0" || version.starts_with("3.0.") => Ok(sorted(document)),
        Some(version) => Err(Error::new("/openapi", format!("version {version:?} is not OpenAPI 3.0"))),
        None => Err(Error::new("/openapi", "there is no OpenAPI version")),
    }
}

/// The same JSON with the names of each object in order. A crate of the user's may have made serde_json
/// keep the order of the text; the output must not depend on that.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let members: std::collections::BTreeMap<_, _> = object.into_iter().collect();
            Value::Object(members.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(array) => array.into_iter().map(sorted).collect(),
        other => other,
    }
}

/// Appends a name to a JSON pointer.
pub(crate) fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The names and values of the object at `pointer`; none where there is no object.
pub(crate) fn members<'a>(document: &'a Value, pointer: &str) -> impl Iterator<Item = (String, &'a str, &'a Value)> {
    let object = document.pointer(pointer).and_then(Value::as_object);
    let pointer = pointer.to_owned();
    object.into_iter().flatten().map(move |(name, value)| (join(&pointer, name), name.as_str(), value))
}

/// The pointer of each operation.
pub(crate) fn operations(document: &Value) -> Vec<String> {
    let paths = members(document, "/paths").map(|(path, ..)| path);
    paths
        .flat_map(|path| {
            let names = members(document, &path).filter(|(_, name, _)| METHODS.contains(name));
            names.map(|(operation, ..)| operation).collect::<Vec<_>>()
        })
        .collect()
}

/// The component that a reference names.
pub(crate) fn component(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

/// The name of the component that the schema at `pointer` is, if it is one.
pub(crate) fn component_at(pointer: &str) -> Option<&str> {
    pointer.strip_prefix("/components/schemas/").filter(|name| !name.contains('/'))
}

/// The pointer of each schema, parents before their children.
pub(crate) fn schemas(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (pointer, ..) in members(document, SCHEMAS) {
        collect(document, pointer, &mut found);
    }
    for section in ["parameters", "headers"] {
        for (pointer, ..) in members(document, &join("/components", section)) {
            collect(document, join(&pointer, "schema"), &mut found);
        }
    }
    for section in ["requestBodies", "responses"] {
        for (pointer, ..) in members(document, &join("/components", section)) {
            collect_of_message(document, &pointer, &mut found);
        }
    }
    for (path, ..) in members(document, "/paths") {
        collect_of_parameters(document, &path, &mut found);
    }
    for operation in operations(document) {
        collect_of_parameters(document, &operation, &mut found);
        collect_of_message(document, &join(&operation, "requestBody"), &mut found);
        for (response, ..) in members(document, &join(&operation, "responses")) {
            collect_of_message(document, &response, &mut found);
        }
    }
    found
}

fn collect_of_parameters(document: &Value, owner: &str, found: &mut Vec<String>) {
    let parameters = join(owner, "parameters");
    let count = document.pointer(&parameters).and_then(Value::as_array).map_or(0, Vec::len);
    for index in 0..count {
        collect(document, format!("{parameters}/{index}/schema"), found);
    }
}

fn collect_of_message(document: &Value, message: &str, found: &mut Vec<String>) {
    for section in ["content", "headers"] {
        for (pointer, ..) in members(document, &join(message, section)) {
            collect(document, join(&pointer, "schema"), found);
        }
    }
}

fn collect(document: &Value, pointer: String, found: &mut Vec<String>) {
    let Some(schema) = document.pointer(&pointer) else { return };
    let mut children = Vec::new();
    for (child, ..) in members(document, &join(&pointer, "properties")) {
        children.push(child);
    }
    for keyword in ["items", "additionalProperties"] {
        if schema.get(keyword).is_some_and(Value::is_object) {
            children.push(join(&pointer, keyword));
        }
    }
    // The arms of `anyOf` and `allOf` are parts of a form, and no schemas of their own.
    found.push(pointer);
    for child in children {
        collect(document, child, found);
    }
}
