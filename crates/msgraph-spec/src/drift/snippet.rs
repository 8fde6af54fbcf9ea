//! Converts upstream's JSON to our forms, for our spec.

use msgraph_openapi::{Error, Operation, Parameter, component_name};
use serde_json::{Map, Value, json};

use super::words::{is_nullable, local_name, our_name, reference};

/// The kind of a message without a body.
pub(super) const NO_BODY: &str = "no body";

/// Converts a property or item: a reference or a schema.
pub(super) fn property(value: &Value) -> Value {
    let Some(name) = reference(value).and_then(component_name) else { return schema(value) };
    let reference = json!({ "$ref": format!("#/components/schemas/{}", our_name(&name)) });
    if is_nullable(value) {
        json!({ "anyOf": [reference, { "type": "object", "nullable": true, "enum": [null] }] })
    } else {
        json!({ "allOf": [reference] })
    }
}

/// Converts a schema, without descriptions.
pub(super) fn schema(value: &Value) -> Value {
    let Some(object) = value.as_object() else { return value.clone() };
    if let Some(name) = object.get("$ref").and_then(Value::as_str).and_then(component_name) {
        return json!({ "$ref": format!("#/components/schemas/{}", our_name(&name)) });
    }
    let members = object.get("enum").and_then(Value::as_array);
    if members.is_some_and(|members| members.contains(&"unknownFutureValue".into())) {
        return json!({ "anyOf": [{ "type": "string", "enum": members }, { "type": "string" }] });
    }
    let mut result = Map::new();
    for (keyword, value) in object {
        let value = match keyword.as_str() {
            "title" | "description" | "externalDocs" | "example" | "xml" => continue,
            // The format implies the pattern; unknown properties are always allowed.
            "pattern" if object.contains_key("format") => continue,
            "additionalProperties" if *value != Value::Bool(false) => continue,
            _ if keyword.starts_with("x-") => continue,
            "properties" => {
                let properties = value.as_object().into_iter().flatten();
                properties.map(|(name, value)| (name.clone(), property(value))).collect::<Map<_, _>>().into()
            }
            "items" => schema(value),
            "allOf" | "anyOf" | "oneOf" => value.as_array().into_iter().flatten().map(schema).collect(),
            "type" if is_whole_number(object) => "integer".into(),
            _ => value.clone(),
        };
        result.insert(keyword.clone(), value);
    }
    result.into()
}

fn is_whole_number(schema: &Map<String, Value>) -> bool {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    schema.get("type") == Some(&"number".into()) && (format.starts_with("int") || format.starts_with("uint"))
}

/// Converts a parameter, without descriptions.
pub(super) fn parameter(parameter: &Parameter<'_>) -> Value {
    let schema = &parameter.value["schema"];
    // A comma-separated list is a string.
    let is_text = schema["type"] == "array" && parameter.value["explode"] == false;
    let schema = if is_text { json!({ "type": "string" }) } else { self::schema(schema) };
    let mut result = json!({ "name": parameter.name, "in": parameter.location, "schema": schema });
    for keyword in ["required", "deprecated"] {
        if parameter.value[keyword] == true {
            result[keyword] = true.into();
        }
    }
    result
}

/// Converts a header, without descriptions.
pub(super) fn header(value: &Value) -> Value {
    if value.get("$ref").is_some() { value.clone() } else { json!({ "schema": schema(&value["schema"]) }) }
}

/// Converts a request body or response, without descriptions.
pub(super) fn message(value: &Value) -> Value {
    let mut result = Map::new();
    if value["required"] == true {
        result.insert("required".to_owned(), true.into());
    }
    let content: Map<_, _> = value["content"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, media_type)| (name.clone(), json!({ "schema": schema(&media_type["schema"]) })))
        .collect();
    if !content.is_empty() {
        result.insert("content".to_owned(), content.into());
    }
    result.into()
}

/// Converts an operation, without descriptions, with an `operationId` by our rule.
pub(super) fn operation(document: &Value, operation: &Operation<'_>) -> Result<Value, Error> {
    let mut result = json!({ "operationId": operation_id(operation) });
    let parameters: Vec<_> = operation.parameters(document)?.iter().map(parameter).collect();
    if !parameters.is_empty() {
        result["parameters"] = parameters.into();
    }
    if let Some(body) = operation.request_body(document)? {
        result["requestBody"] = message(body.value);
    }
    for (status, response) in operation.responses(document)? {
        result["responses"][status] = message(response.value);
    }
    Ok(result)
}

/// Returns the ID of an operation: the verb of its method and the name of the resource, or the name of an action.
pub(super) fn operation_id(operation: &Operation<'_>) -> String {
    let segments: Vec<_> = operation.path.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_item = segments.last().is_some_and(|last| last.starts_with('{'));
    let name = segments.iter().rev().find(|segment| !segment.starts_with('{')).copied().unwrap_or_default();
    let name = local_name(name.split('(').next().unwrap_or_default()).trim_start_matches('$');
    if operation.path.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return name.to_owned();
    }
    let singular = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let singular = singular.or_else(|| name.strip_suffix('s').map(str::to_owned)).unwrap_or_else(|| name.to_owned());
    let (verb, name) = match operation.method {
        "get" if is_item || !name.ends_with('s') => ("get", singular.as_str()),
        "get" => ("list", name),
        "post" => ("create", singular.as_str()),
        "patch" => ("update", singular.as_str()),
        "put" => ("replace", singular.as_str()),
        method => (method, singular.as_str()),
    };
    let mut letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    verb.chars().chain(first).chain(letters).collect()
}
