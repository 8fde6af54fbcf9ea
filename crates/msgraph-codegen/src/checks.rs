//! The rules for a spec that hold before anything is generated.

use std::collections::BTreeMap;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{
    Error, Operation, SCHEMAS, component_at, members, operations, path_parameter_names, references, resolve,
    schemas_without_arms,
};
use serde_json::Value;

use crate::names;
use crate::shape::{self, FORMS, Shape};

/// A limit, since progenitor recurses into schemas on the stack.
const MAX_DEPTH: usize = 16;

pub(crate) fn run(document: &Value) -> Result<(), Error> {
    for reference in references(document) {
        resolve(document, &reference.pointer)?;
    }
    let components = members(document, SCHEMAS).map(|(pointer, name, _)| (pointer, name));
    distinct(components, names::type_name)?;
    for schema in schemas_without_arms(document) {
        if depth(&schema.pointer) > MAX_DEPTH {
            let message = format!("schemas can be nested {MAX_DEPTH} deep; use a component instead");
            return Err(Error::new(schema.pointer, message));
        }
        check_schema(document, schema.value, &schema.pointer)?;
    }
    let operations = operations(document);
    for operation in &operations {
        check_operation(document, operation)?;
    }
    let ids =
        operations.iter().filter_map(|operation| Some((join(&operation.pointer, "operationId"), operation.id()?)));
    distinct(ids.clone(), names::field_name)?;
    distinct(ids, names::type_name)
}

/// Checks that no two names become the same in Rust.
pub(crate) fn distinct<'a>(
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

/// Checks that the only media type is JSON, with a schema.
pub(crate) fn only_json(message: &Value, pointer: &str) -> Result<(), Error> {
    let content = message.get("content").and_then(Value::as_object);
    let media_types: Vec<_> = content.into_iter().flatten().collect();
    match media_types.as_slice() {
        [(name, media_type)] if *name == "application/json" && media_type.get("schema").is_some() => Ok(()),
        _ => Err(Error::new(join(pointer, "content"), "the content must be application/json with a schema")),
    }
}

/// Returns the nesting depth of the schema at `pointer`.
fn depth(pointer: &str) -> usize {
    pointer.split('/').filter(|segment| matches!(*segment, "properties" | "items" | "additionalProperties")).count()
}

fn check_schema(document: &Value, schema: &Value, pointer: &str) -> Result<(), Error> {
    let shape = shape::of(schema, pointer)?;
    let is_component = component_at(pointer).is_some();
    let error = |message: &str| Err(Error::new(pointer, message));
    match shape {
        Shape::Evolvable { .. } | Shape::TaggedUnion { .. } if !is_component => {
            error("an evolvable enumeration or tagged union must be a component, so that it has a name")
        }
        Shape::NullableReference { .. } if is_component => error("a component must not be a nullable reference"),
        Shape::Enumeration { .. } | Shape::Discriminating { .. } if is_component => error(FORMS),
        _ if is_component && schema.get("nullable") == Some(&Value::Bool(true)) => {
            error("a component must not be nullable; make its uses nullable")
        }
        Shape::Array if schema.get("items").is_none() => error("an array must have items"),
        Shape::Object => check_object(document, schema, pointer),
        _ => Ok(()),
    }
}

fn check_object(document: &Value, schema: &Value, pointer: &str) -> Result<(), Error> {
    let properties = join(pointer, "properties");
    if let Some((pointer, ..)) = members(document, &properties).find(|(.., schema)| !schema.is_object()) {
        return Err(Error::new(pointer, "a schema must be an object"));
    }
    let names = members(document, &properties).map(|(pointer, name, _)| (pointer, name));
    distinct(names, names::field_name)?;
    if let Some((pointer, ..)) = members(document, &properties).find(|(_, name, _)| *name == "extra") {
        return Err(Error::new(pointer, "the name \"extra\" is reserved for unknown properties"));
    }
    for required in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let name = required.as_str().unwrap_or_default();
        if schema.get("properties").and_then(|properties| properties.get(name)).is_none() {
            return Err(Error::new(join(pointer, "required"), format!("{required} is not a property")));
        }
    }
    Ok(())
}

fn check_operation(document: &Value, operation: &Operation<'_>) -> Result<(), Error> {
    if operation.id().is_none() {
        return Err(Error::new(&operation.pointer, "an operation must have an operationId"));
    }
    check_parameters(document, operation)?;
    let Some(body) = operation.request_body(document)? else { return Ok(()) };
    if body.value.get("required") != Some(&Value::Bool(true)) {
        return Err(Error::new(join(&operation.pointer, "requestBody"), "a request body must be required"));
    }
    only_json(body.value, &body.pointer)
}

fn check_parameters(document: &Value, operation: &Operation<'_>) -> Result<(), Error> {
    let mut in_path = Vec::new();
    for parameter in operation.parameters(document)? {
        let error = |message| Err(Error::new(&parameter.declared_at, message));
        match parameter.location {
            "query" => {}
            "path" if parameter.value.get("required") == Some(&Value::Bool(true)) => in_path.push(parameter.name),
            "path" => return error("a parameter in the path must be required"),
            _ => return error("a parameter must be in the path or the query"),
        }
    }
    match path_parameter_names(operation.path).find(|name| !in_path.contains(name)) {
        Some(name) => Err(Error::new(&operation.pointer, format!("{{{name}}} in the path is not a parameter"))),
        None => Ok(()),
    }
}
