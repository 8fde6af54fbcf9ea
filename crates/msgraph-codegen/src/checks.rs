//! Checks a spec before anything is generated. Everything that breaks one is found at once.

use std::collections::BTreeMap;

use msgraph_openapi::pointer::{join, join_all};
use msgraph_openapi::{
    Error, Node, Operation, Parameter, SCHEMAS, component_at, members, operations, path_parameter_names, references,
    resolve, schemas_without_arms,
};
use serde_json::Value;

use crate::constraints;
use crate::names;
use crate::problems::Problems;
use crate::shape::{self, Shape};

/// A limit, since progenitor recurses into schemas on the stack.
const MAX_DEPTH: usize = 16;

/// Checks the structure that each later step takes for granted.
pub(crate) fn structure(document: &Value, problems: &mut Problems) {
    msgraph_openapi::misplaced(document).into_iter().for_each(|error| problems.add(error));
    for reference in references(document) {
        problems.keep(resolve(document, &reference.pointer));
    }
    for schema in schemas_without_arms(document) {
        if depth(&schema.pointer) > MAX_DEPTH {
            let message = format!("schemas can be nested {MAX_DEPTH} deep; use a component instead");
            problems.add(Error::new(schema.pointer, message));
        }
    }
}

/// Checks a document whose inheritance and inline schemas were resolved.
pub(crate) fn run(document: &Value, problems: &mut Problems) {
    distinct(
        members(document, SCHEMAS).map(|(pointer, name, _)| (pointer, name, "component")),
        names::type_name,
        problems,
    );
    for schema in schemas_without_arms(document) {
        if problems.keep(check_schema(schema.value, &schema.pointer)).is_some()
            && schema.value.get("properties").is_some()
        {
            let properties = join(&schema.pointer, "properties");
            let names = members(document, &properties).map(|(pointer, name, _)| (pointer, name, "property"));
            distinct(names, names::field_name, problems);
        }
    }
    let operations = operations(document);
    for operation in &operations {
        check_operation(document, operation, problems);
    }
    let ids = operations
        .iter()
        .filter_map(|operation| Some((join(&operation.pointer, "operationId"), operation.id()?, "operation")));
    distinct(ids.clone(), names::field_name, problems);
    distinct(ids, names::type_name, problems);
}

/// Checks that no two names become the same in Rust. Each comes with its place and what has it.
pub(crate) fn distinct<'a>(
    names: impl Iterator<Item = (String, &'a str, &'a str)>,
    rust_name: impl Fn(&str, &str) -> Result<proc_macro2::Ident, Error>,
    problems: &mut Problems,
) {
    let mut seen = BTreeMap::new();
    for (pointer, name, what) in names {
        let Some(rust_name) = problems.keep(rust_name(name, &pointer)) else { continue };
        if let Some((other, other_what)) = seen.insert(rust_name.to_string(), (name, what)) {
            let message = format!(
                "the {what} {name:?} and the {other_what} {other:?} would both be {rust_name} in Rust; rename one"
            );
            problems.add(Error::new(pointer, message));
        }
    }
}

/// Returns the JSON media type of a message: `None` if the message has no content.
pub(crate) fn json_of<'a>(message: &'a Value, pointer: &str) -> Result<Option<&'a Value>, Error> {
    let content = message.get("content").and_then(Value::as_object).filter(|content| !content.is_empty());
    let Some(content) = content else { return Ok(None) };
    let json = content.get("application/json").filter(|json| json.get("schema").is_some());
    let message = "the content must be application/json with a schema; other media types are not supported";
    json.map(Some).ok_or_else(|| Error::new(join(pointer, "content"), message))
}

/// Returns the nesting depth of the schema at `pointer`.
fn depth(pointer: &str) -> usize {
    pointer.split('/').filter(|segment| matches!(*segment, "properties" | "items" | "additionalProperties")).count()
}

fn check_schema(schema: &Value, pointer: &str) -> Result<(), Error> {
    let shape = shape::of(schema, pointer)?;
    let is_component = component_at(pointer).is_some();
    let error = |message: &str| Err(Error::new(pointer, message));
    match shape {
        Shape::Evolvable { .. } | Shape::TaggedUnion { .. } if !is_component => {
            error("an evolvable enumeration or tagged union must be a component, so that it has a name")
        }
        Shape::NullableReference { .. } if is_component => {
            error("a component must not be a nullable reference; make its uses nullable")
        }
        _ if is_component && schema.get("nullable") == Some(&Value::Bool(true)) => {
            error("a component must not be nullable; make its uses nullable")
        }
        Shape::Array if schema.get("items").is_none() => error("an array must have items"),
        Shape::Object => check_object(schema, pointer),
        _ => constraints::of(schema, pointer).map(drop),
    }
}

fn check_object(schema: &Value, pointer: &str) -> Result<(), Error> {
    let Some(required) = schema.get("required") else { return Ok(()) };
    let names = required.as_array().map(Vec::as_slice);
    let place = join(pointer, "required");
    for required in names.ok_or_else(|| Error::new(&place, "\"required\" must be an array of names"))? {
        let name = required.as_str();
        if name.and_then(|name| schema.get("properties")?.get(name)).is_none() {
            return Err(Error::new(
                &place,
                format!("{required} is not a property; add it to properties, or remove it here"),
            ));
        }
    }
    Ok(())
}

fn check_operation(document: &Value, operation: &Operation<'_>, problems: &mut Problems) {
    let item = document.pointer(operation.path_item()).unwrap_or(&Value::Null);
    if operation.value.get("servers").or_else(|| item.get("servers")).is_some() {
        let message =
            "servers of a path or operation are not supported: each request goes to the client's endpoint; remove them";
        problems.add(Error::new(&operation.pointer, message));
    }
    if operation.id().is_none() {
        problems.add(Error::new(&operation.pointer, "an operation must have an operationId, which names it"));
    }
    if let Some(parameters) = problems.keep(operation.parameters(document)) {
        check_parameters(operation, &parameters, problems);
    }
    if let Some(Some(Node { pointer, value, .. })) = problems.keep(operation.request_body(document))
        && problems.keep(json_of(value, &pointer)) == Some(None)
    {
        problems.add(Error::new(pointer, "a request body must have content"));
    }
    for (pointer, status, _) in members(document, &join(&operation.pointer, "responses")) {
        let is_class = status.len() == 3 && status.ends_with("XX") && status.starts_with(|c| ('1'..='5').contains(&c));
        let is_status = status.len() == 3 && status.parse().is_ok_and(|status: u16| (100..600).contains(&status));
        if !(is_class || is_status || status == "default" || status.starts_with("x-")) {
            let message =
                format!("invalid status {status:?}: must be a code such as 200, a class such as 2XX, or default");
            problems.add(Error::new(pointer, message));
        }
    }
}

/// Headers that each request has, or that HTTP itself sets.
const RESERVED_HEADERS: &str = "accept accept-encoding authorization client-request-id connection content-length content-type cookie expect \
    host retry-attempt te transfer-encoding user-agent";

fn check_parameters(operation: &Operation<'_>, parameters: &[Parameter<'_>], problems: &mut Problems) {
    for parameter in parameters {
        problems.keep(check_parameter(parameter));
    }
    let in_path =
        |name: &str| parameters.iter().any(|parameter| parameter.location == "path" && parameter.name == name);
    if let Some(name) = path_parameter_names(operation.path).find(|name| !in_path(name)) {
        let message = format!("{{{name}}} in the path is not a parameter; add it with \"in\": \"path\"");
        problems.add(Error::new(&operation.pointer, message));
    }
    let in_template = |name: &str| path_parameter_names(operation.path).any(|other| other == name);
    for parameter in parameters.iter().filter(|parameter| parameter.location == "path" && !in_template(parameter.name))
    {
        let message = format!("the path has no {{{}}}; add it there, or remove the parameter", parameter.name);
        problems.add(Error::new(&parameter.declared_at, message));
    }
    // Each would be encoded, or rejected when it is sent.
    let is_dots = |segment: &str| matches!(segment, "" | "." | "..");
    if operation.path.contains(['?', '#', '%']) || operation.path.split('/').skip(1).any(is_dots) {
        let message = "invalid path: must have no empty segment, \".\", \"..\", \"?\", \"#\" or \"%\"; write a query as \
            parameters, and other characters as they are";
        problems.add(Error::new(operation.path_item(), message));
    }
    let braces = operation.path.chars().filter(|c| matches!(c, '{' | '}')).count();
    if braces != 2 * path_parameter_names(operation.path).count() || !operation.path.starts_with('/') {
        let message = "invalid path: must begin with \"/\", and have each parameter in its own braces";
        problems.add(Error::new(operation.path_item(), message));
    }
}

fn check_parameter(parameter: &Parameter<'_>) -> Result<(), Error> {
    const KEYWORDS: [&str; 10] =
        ["content", "deprecated", "description", "example", "examples", "explode", "in", "name", "required", "schema"];
    let error = |message: String| Err(Error::new(&parameter.declared_at, message));
    let value = parameter.value;
    let is_known = |key: &str| KEYWORDS.contains(&key) || key == "style" || key.starts_with("x-");
    if let Some(key) = value.as_object().and_then(|value| value.keys().find(|key| !is_known(key))) {
        return error(format!("the keyword {key:?} of a parameter is not supported; remove it"));
    }
    let style = value.get("style").and_then(Value::as_str);
    let expected = if parameter.location == "query" { "form" } else { "simple" };
    if style.is_some_and(|style| style != expected) || value.get("style").is_some_and(|style| !style.is_string()) {
        return error(format!("the style of a parameter in the {} must be {expected:?}", parameter.location));
    }
    match parameter.location {
        "path" if value.get("required") != Some(&Value::Bool(true)) => {
            return error("a parameter in the path must be required; add \"required\": true".to_owned());
        }
        "header" if RESERVED_HEADERS.split(' ').any(|header| parameter.name.eq_ignore_ascii_case(header)) => {
            return error(format!("the header {:?} is set by the transport; remove the parameter", parameter.name));
        }
        "header" if !is_header_name(parameter.name) => {
            return error(format!("{:?} is not the name of a header", parameter.name));
        }
        "query" | "path" | "header" => {}
        _ => {
            return error(
                "a parameter must be in the path, the query or the headers; cookies are not supported".to_owned(),
            );
        }
    }
    match (value.get("schema"), value.get("content").and_then(Value::as_object)) {
        (Some(_), None) => Ok(()),
        (None, Some(content)) if parameter.location == "query" && content.len() == 1 => {
            match content.get("application/json").and_then(|json| json.get("schema")) {
                Some(_) => Ok(()),
                None => Err(Error::new(
                    join_all(&parameter.pointer, ["content"]),
                    "the content of a parameter must be application/json with a schema",
                )),
            }
        }
        (None, Some(_)) => {
            error("content is supported for a parameter in the query, with application/json only".to_owned())
        }
        _ => error("a parameter must have a schema, or content".to_owned()),
    }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
