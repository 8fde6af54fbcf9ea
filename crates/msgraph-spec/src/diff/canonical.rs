//! The canonical form of a spec, which is the same for equivalent specs.

use msgraph_openapi::{Kind, nodes, operations, references, resolve, schemas};
use serde_json::{Map, Value, json};

const SHARED: [&str; 4] = ["headers", "parameters", "responses", "requestBodies"];

/// Returns the spec with shared parameters, headers, responses and bodies inlined where they are used, with the
/// parameters and security of each operation in the operation, and with references and `nullable` merged into one
/// schema. [`expanded`] undoes the last step.
pub(super) fn canonical(mut document: Value) -> Value {
    inline_shared(&mut document);
    complete_operations(&mut document);
    for place in schemas(&document).into_iter().map(|schema| schema.pointer).collect::<Vec<_>>() {
        if msgraph_openapi::component_at(&place).is_none()
            && let Some(Value::Object(schema)) = document.pointer_mut(&place)
        {
            merge_reference(schema);
        }
    }
    document
}

fn inline_shared(document: &mut Value) {
    // Components can refer to each other in a circle.
    for _ in 0..msgraph_openapi::MAX_DEPTH {
        let shared = |text: &str| SHARED.iter().any(|section| text.starts_with(&format!("#/components/{section}/")));
        let found: Vec<_> =
            references(document).into_iter().filter(|found| shared(&found.text)).map(|found| found.pointer).collect();
        let mut is_done = true;
        for place in found {
            let Ok(target) = resolve(document, &place).map(|node| node.value.clone()) else { continue };
            if let Some(value) = document.pointer_mut(&place) {
                *value = target;
                is_done = false;
            }
        }
        if is_done {
            break;
        }
    }
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|section, _| !SHARED.contains(&section.as_str()));
    }
}

/// Moves the parameters of path items and the security of the document into each operation.
fn complete_operations(document: &mut Value) {
    let security = document.get("security").cloned();
    let mut completed = Vec::new();
    for operation in operations(document) {
        let mut value = operation.value.clone();
        if let Ok(parameters) = operation.parameters(document)
            && !parameters.is_empty()
        {
            value["parameters"] = parameters.into_iter().map(|parameter| parameter.value.clone()).collect();
        }
        if let (None, Some(security)) = (value.get("security"), &security) {
            value["security"] = security.clone();
        }
        completed.push((operation.pointer, value));
    }
    for (place, value) in completed {
        if let Some(operation) = document.pointer_mut(&place) {
            *operation = value;
        }
    }
    for item in document["paths"].as_object_mut().into_iter().flatten().filter_map(|(_, item)| item.as_object_mut()) {
        item.remove("parameters");
    }
    if let Some(object) = document.as_object_mut() {
        object.remove("security");
    }
}

/// `{allOf: [{$ref}]}` and the form of a nullable reference become `$ref` and `nullable` next to the other keywords.
fn merge_reference(schema: &mut Map<String, Value>) {
    let null = json!({ "type": "object", "nullable": true, "enum": [null] });
    for keyword in ["allOf", "anyOf"] {
        let Some(arms) = schema.get(keyword).and_then(Value::as_array) else { continue };
        let reference = arms.first().filter(|arm| arm.as_object().is_some_and(|arm| arm.len() == 1));
        let Some(reference) = reference.and_then(|arm| arm.get("$ref")).cloned() else { continue };
        let is_nullable = match (keyword, &arms[1..]) {
            ("allOf", []) => false,
            ("anyOf", [second]) if *second == null => true,
            _ => continue,
        };
        schema.remove(keyword);
        schema.insert("$ref".to_owned(), reference);
        if is_nullable {
            schema.insert("nullable".to_owned(), true.into());
        }
        return;
    }
}

/// Returns the spec with references in the forms that a generator supports.
pub(super) fn expanded(mut document: Value) -> Value {
    let places = nodes(&document).filter(|node| node.kind.is_schema() && node.reference().is_some());
    let places: Vec<_> = places.filter(|node| node.kind == Kind::Schema).map(|node| node.pointer).collect();
    // Children first: a parent is replaced with them in it.
    for place in places.into_iter().rev() {
        if let Some(Value::Object(schema)) = document.pointer_mut(&place)
            && schema.len() > 1
            && let Some(reference) = schema.remove("$ref")
        {
            let reference = json!({ "$ref": reference });
            if schema.remove("nullable") == Some(Value::Bool(true)) {
                let nothing = json!({ "type": "object", "nullable": true, "enum": [null] });
                schema.insert("anyOf".to_owned(), json!([reference, nothing]));
            } else {
                schema.insert("allOf".to_owned(), json!([reference]));
            }
        }
    }
    document
}
