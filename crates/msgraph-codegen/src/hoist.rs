//! Names for what has none: the inline schemas of bodies, and inline objects with properties, become components.

use heck::ToPascalCase;
use msgraph_openapi::pointer::{self, join};
use msgraph_openapi::{Error, Kind, SCHEMAS, component_name, locate, operations, schemas_without_arms};
use serde_json::{Value, json};

use crate::normalise::referring;
use crate::problems::Problems;

const MEDIA_TYPE: &str = "/content/application~1json/schema";

/// Moves inline schemas into components. What is in another is moved before it.
pub(crate) fn run(document: &mut Value, problems: &mut Problems) {
    let schemas = schemas_without_arms(document);
    let mut moves: Vec<_> = schemas.into_iter().filter(|node| is_to_move(&node.pointer, node.value)).collect();
    moves.reverse();
    let moves: Vec<_> = moves.into_iter().map(|node| (node.pointer.clone(), name(document, &node.pointer))).collect();
    for (from, name) in moves {
        let Some(name) = name else { continue };
        let Some(schema) = document.pointer_mut(&from) else { continue };
        let only_reference = schema.pointer("/allOf/0").filter(|_| schema["allOf"].as_array().map(Vec::len) == Some(1));
        if let Some(reference) = only_reference.filter(|reference| is_reference(reference)).cloned() {
            *schema = reference;
            continue;
        }
        let mut replacement = json!({ "$ref": join("#/components/schemas", &name) });
        if schema.get("nullable").is_some() || schema.get("description").is_some() {
            replacement = referring(schema, &name);
        }
        if from.ends_with(MEDIA_TYPE) {
            replacement = json!({ "$ref": join("#/components/schemas", &name) });
        }
        let mut moved = std::mem::replace(schema, replacement);
        if let Some(moved) = moved.as_object_mut() {
            moved.remove("nullable");
        }
        let target = join(SCHEMAS, &name);
        if document.pointer(&target).is_some() {
            let message = format!("this schema would be named {name:?}, like the component of that name; rename one");
            problems.add(Error::new(from, message));
            continue;
        }
        document["components"]["schemas"][&name] = moved;
        problems.moved(target, from);
    }
}

fn is_to_move(place: &str, schema: &Value) -> bool {
    let is_component = pointer::parent(place) == Some(SCHEMAS);
    let is_body = place.ends_with(MEDIA_TYPE);
    let is_object =
        schema.get("properties").and_then(Value::as_object).is_some_and(|properties| !properties.is_empty());
    let is_in_component = place.starts_with(SCHEMAS) || place.contains(MEDIA_TYPE);
    !is_component && !is_reference(schema) && (is_body || (is_object && is_in_component))
}

fn is_reference(schema: &Value) -> bool {
    schema.get("$ref").and_then(Value::as_str).and_then(component_name).is_some()
}

/// Returns the name of a schema: that of its owner, and its place in it; `None` if it is neither in a component nor in a body.
fn name(document: &Value, place: &str) -> Option<String> {
    let (owner, below) = match place.strip_prefix(SCHEMAS) {
        Some(rest) => {
            let (name, below) = rest.get(1..)?.split_once('/')?;
            (pointer::unescape(name).into_owned(), below)
        }
        None => {
            let (body, below) = place.split_once(MEDIA_TYPE)?;
            (body_name(document, body)?, below)
        }
    };
    let mut name = owner;
    let below = format!("/{}", below.trim_start_matches('/'));
    let mut segments = pointer::names(&below);
    while let Some(segment) = segments.next() {
        match &*segment {
            "properties" => name.push_str(&segments.next()?.to_pascal_case()),
            "items" => name.push_str("Item"),
            "additionalProperties" => name.push_str("Value"),
            _ => {}
        }
    }
    Some(name)
}

/// Returns the name of the schema of a body.
fn body_name(document: &Value, body: &str) -> Option<String> {
    let suffix = match locate(body).kind {
        Kind::RequestBody => "Body",
        Kind::Response => "Response",
        _ => return None,
    };
    let operation =
        operations(document).into_iter().find(|operation| pointer::is_at_or_below(body, &operation.pointer));
    let owner = match operation {
        Some(operation) => operation.id()?.to_owned(),
        None => pointer::split(body)?.1.into_owned(),
    };
    let status = pointer::split(body)?.1;
    let is_success = status.starts_with('2') && suffix == "Response";
    Some(if is_success || suffix == "Body" { format!("{owner}{suffix}") } else { format!("{owner}{suffix}{status}") })
}
