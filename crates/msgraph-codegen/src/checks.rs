//! What must hold of a document before anything is made of it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{SCHEMAS, component_at, join, members, operations, schemas};
use crate::shape::{self, FORMS, Shape};
use crate::{Error, names};

/// The generators beneath go down into schemas step by step, each on the stack.
const MAX_DEPTH: usize = 16;

pub(crate) fn run(document: &Value) -> Result<(), Error> {
    for section in ["/paths", "/components"] {
        if let Some(value) = document.pointer(section) {
            references_resolve(document, value, section)?;
        }
    }
    let components = members(document, SCHEMAS).map(|(pointer, name, _)| (pointer, name));
    distinct(components, names::type_name)?;
    for pointer in schemas(document) {
        if depth(&pointer) > MAX_DEPTH {
            return Err(Error::new(pointer, format!("schemas can be nested {MAX_DEPTH} deep; make a component of it")));
        }
        if let Some(schema) = document.pointer(&pointer) {
            schema_is_carried(document, schema, &pointer)?;
        }
    }
    let mut operation_ids = Vec::new();
    for operation in operations(document) {
        operation_ids.push(operation_is_carried(document, &operation)?);
    }
    distinct(operation_ids.into_iter(), names::field_name)
}

/// How many schemas stand around the one at `pointer`.
fn depth(pointer: &str) -> usize {
    pointer.split('/').filter(|segment| matches!(*segment, "properties" | "items" | "additionalProperties")).count()
}

fn references_resolve(document: &Value, value: &Value, pointer: &str) -> Result<(), Error> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                reference_resolves(document, reference, pointer)?;
            }
            // An example is data, whatever its keys are called.
            let structure = object.iter().filter(|(key, _)| !matches!(key.as_str(), "example" | "examples"));
            structure.map(|(key, child)| (join(pointer, key), child)).collect()
        }
        Value::Array(array) => {
            array.iter().enumerate().map(|(index, child)| (format!("{pointer}/{index}"), child)).collect()
        }
        _ => Vec::new(),
    };
    children.into_iter().try_for_each(|(pointer, child)| references_resolve(document, child, &pointer))
}

fn reference_resolves(document: &Value, reference: &str, pointer: &str) -> Result<(), Error> {
    match reference.strip_prefix('#') {
        Some(target) if document.pointer(target).is_some() => Ok(()),
        Some(_) => Err(Error::new(pointer, format!("$ref {reference:?} leads nowhere"))),
        None => Err(Error::new(pointer, format!("$ref {reference:?} leads out of the document"))),
    }
}

fn schema_is_carried(document: &Value, schema: &Value, pointer: &str) -> Result<(), Error> {
    let shape = shape::of(schema, pointer)?;
    let is_component = component_at(pointer).is_some();
    let error = |message: &str| Err(Error::new(pointer, message));
    match shape {
        Shape::Evolvable { .. } | Shape::TaggedUnion { .. } if !is_component => {
            error("an evolvable enumeration or tagged union must be a component, so that it has a name")
        }
        Shape::NullableReference { .. } if is_component => error("a component can't be a nullable reference"),
        Shape::Enumeration { .. } | Shape::Discriminating { .. } if is_component => error(FORMS),
        _ if is_component && schema.get("nullable") == Some(&Value::Bool(true)) => {
            error("a component can't be nullable; say so where it is used")
        }
        Shape::Array if schema.get("items").is_none() => error("an array must say what its items are"),
        Shape::Object => object_is_carried(document, schema, pointer),
        _ => Ok(()),
    }
}

fn object_is_carried(document: &Value, schema: &Value, pointer: &str) -> Result<(), Error> {
    let properties = join(pointer, "properties");
    let names = members(document, &properties).map(|(pointer, name, _)| (pointer, name));
    distinct(names, names::field_name)?;
    if let Some((pointer, ..)) = members(document, &properties).find(|(_, name, _)| *name == "extra") {
        return Err(Error::new(pointer, "the name \"extra\" is taken: unknown properties are kept under it"));
    }
    for required in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let name = required.as_str().unwrap_or_default();
        if schema.get("properties").and_then(|properties| properties.get(name)).is_none() {
            return Err(Error::new(join(pointer, "required"), format!("{required} is no property")));
        }
    }
    Ok(())
}

fn operation_is_carried<'a>(document: &'a Value, operation: &str) -> Result<(String, &'a str), Error> {
    let value = |name: &str| document.pointer(&join(operation, name));
    let Some(id) = value("operationId").and_then(Value::as_str) else {
        return Err(Error::new(operation, "an operation must have an operationId"));
    };
    parameters_are_carried(document, operation)?;
    if let Some(body) = value("requestBody") {
        let pointer = join(operation, "requestBody");
        if body.get("required") != Some(&Value::Bool(true)) {
            return Err(Error::new(pointer, "a request body must be required"));
        }
        json_alone(body, &pointer)?;
    }
    Ok((join(operation, "operationId"), id))
}

fn parameters_are_carried(document: &Value, operation: &str) -> Result<(), Error> {
    let path = operation.rsplit_once('/').map(|(path, _)| path).unwrap_or_default();
    let mut in_path = Vec::new();
    for owner in [path, operation] {
        let parameters = document.pointer(&join(owner, "parameters")).and_then(Value::as_array);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            let error = |message| Err(Error::new(format!("{owner}/parameters/{index}"), message));
            let parameter = resolved(document, parameter);
            match parameter.get("in").and_then(Value::as_str) {
                Some("query") => {}
                Some("path") if parameter.get("required") == Some(&Value::Bool(true)) => {
                    in_path.extend(parameter.get("name").and_then(Value::as_str));
                }
                Some("path") => return error("a parameter in the path must be required"),
                _ => return error("a parameter can be carried in the path or query alone"),
            }
        }
    }
    let mut named = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    match named.find(|name| !in_path.contains(name)) {
        Some(name) => Err(Error::new(operation, format!("{{{name}}} in the path is no parameter"))),
        None => Ok(()),
    }
}

/// What a reference within the document stands for.
pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// Checks that the only media type is JSON, with a schema.
pub(crate) fn json_alone(message: &Value, pointer: &str) -> Result<(), Error> {
    let content = message.get("content").and_then(Value::as_object);
    let media_types: Vec<_> = content.into_iter().flatten().collect();
    match media_types.as_slice() {
        [(name, media_type)] if *name == "application/json" && media_type.get("schema").is_some() => Ok(()),
        _ => Err(Error::new(join(pointer, "content"), "only application/json with a schema can be carried")),
    }
}

/// Checks that no two names become the same in Rust.
fn distinct<'a>(
    names: impl Iterator<Item = (String, &'a str)>,
    rust_name: impl Fn(&str, &str) -> Result<proc_macro2::Ident, Error>,
) -> Result<(), Error> {
    let mut seen = BTreeMap::new();
    for (pointer, name) in names {
        let rust_name = rust_name(name, &pointer)?;
        if let Some(other) = seen.insert(rust_name.to_string(), name) {
            return Err(Error::new(pointer, format!("{name:?} and {other:?} would both be {rust_name} in Rust")));
        }
    }
    Ok(())
}
