//! Converts upstream's JSON to our forms, for our spec. Descriptions are empty: they are to be written.

use msgraph_openapi::{Error, Operation, Parameter, component_name};
use serde_json::{Map, Value, json};

use crate::flat::Flat;
use crate::words::{
    bounds, camel_case, is_nullable, is_read_only, kind, local_name, our_name, our_parameter, reference,
};

/// The kind of a message without a body.
pub(crate) const NO_BODY: &str = "no body";

/// The response of each failure that has no status of its own.
pub(crate) const FAILURE: &str = "#/components/responses/failure";

/// The property that distinguishes a type from its siblings.
pub(crate) const TAG: &str = "@odata.type";

/// Converts a property: a reference or a schema.
pub(crate) fn property(value: &Value) -> Value {
    let Some(name) = reference(value).and_then(component_name) else { return described(schema(value), value) };
    let reference = reference_to(&name);
    described(
        if is_nullable(value) {
            json!({ "anyOf": [reference, { "type": "object", "nullable": true, "enum": [null] }] })
        } else {
            json!({ "allOf": [reference] })
        },
        value,
    )
}

/// Converts a schema, without descriptions.
pub(crate) fn schema(value: &Value) -> Value {
    let Some(object) = value.as_object() else { return value.clone() };
    if let Some(name) = reference(value).and_then(component_name).filter(|_| !is_nullable(value)) {
        return reference_to(&name);
    }
    if let Some(members) = object.get("enum").and_then(Value::as_array)
        && members.contains(&"unknownFutureValue".into())
    {
        return evolvable(members);
    }
    if kind(value) == "number" {
        let nullable = is_nullable(value).then(|| ("nullable".to_owned(), true.into()));
        let number = [("type", "number"), ("format", "double")].map(|(name, text)| (name.to_owned(), text.into()));
        return number.into_iter().chain(nullable).collect::<Map<_, _>>().into();
    }
    let kept: Vec<_> = bounds(value).into_iter().map(|(keyword, _)| keyword).collect();
    let mut result = Map::new();
    for (keyword, value) in object {
        let value = match keyword.as_str() {
            "title" | "description" | "externalDocs" | "example" | "xml" | "default" => continue,
            // Those that a format implies, and whether a list may repeat a value.
            "minimum" | "maximum" | "pattern" | "uniqueItems" if !kept.contains(&keyword.as_str()) => continue,
            // Unknown properties are kept whatever they are.
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

/// Converts a component: an evolvable enumeration, a tagged union, or an object with what its bases give it.
pub(crate) fn component(value: &Value, flat: &Flat<'_>) -> Value {
    if let Some(members) = value["enum"].as_array() {
        return described(evolvable(members), &Value::Null);
    }
    if flat.properties.is_empty() && value.get("type").is_some_and(|kind| kind != "object") {
        return described(schema(value), &Value::Null);
    }
    if flat.mapping.is_empty() {
        return object(flat, None);
    }
    let mapping = flat.mapping.iter().filter_map(|(target, tag)| Some((tag.clone(), component_name(target)?)));
    let mapping: Map<_, _> = mapping.map(|(tag, name)| (tag, component_text(&name).into())).collect();
    let mut arms: Vec<_> = mapping.values().cloned().collect();
    arms.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
    let arms = arms.into_iter().map(|target| json!({ "$ref": target }));
    json!({
        "description": "",
        "anyOf": arms.chain([object(flat, None)]).collect::<Value>(),
        "discriminator": { "propertyName": TAG, "mapping": mapping },
    })
}

/// Converts an object with the properties of its bases. The tag distinguishes it from its siblings.
pub(crate) fn object(flat: &Flat<'_>, tag: Option<&str>) -> Value {
    let properties = flat.properties.iter().map(|(name, (_, value))| (name.clone(), property(value)));
    let mut properties: Map<_, _> = properties.collect();
    let mut required: Vec<_> = flat.required.iter().filter(|name| *name != TAG).cloned().collect();
    if let Some(tag) = tag {
        required.push(TAG.to_owned());
        let description = "The discriminating OData type.";
        properties.insert(TAG.to_owned(), json!({ "description": description, "type": "string", "enum": [tag] }));
    }
    let mut result = json!({ "description": "", "type": "object" });
    if !required.is_empty() {
        result["required"] = required.into();
    }
    if !properties.is_empty() {
        result["properties"] = properties.into();
    }
    if flat.is_closed {
        result["additionalProperties"] = false.into();
    }
    result
}

/// Converts a parameter.
pub(crate) fn parameter(parameter: &Parameter<'_>) -> Value {
    let schema = &parameter.value["schema"];
    // A comma-separated list is a string.
    let is_text = schema["type"] == "array" && parameter.value["explode"] == false;
    let schema = if is_text { json!({ "type": "string" }) } else { self::schema(schema) };
    let name = match parameter.location {
        "path" => our_parameter(parameter.name),
        _ => parameter.name.to_owned(),
    };
    let mut result = json!({ "name": name, "in": parameter.location, "description": "", "schema": schema });
    for keyword in ["required", "deprecated"] {
        if parameter.value[keyword] == true {
            result[keyword] = true.into();
        }
    }
    result
}

/// Converts a header.
pub(crate) fn header(value: &Value) -> Value {
    let is_reference = value.get("$ref").is_some();
    if is_reference { value.clone() } else { json!({ "description": "", "schema": schema(&value["schema"]) }) }
}

/// Converts a request body or response.
pub(crate) fn message(value: &Value) -> Value {
    let mut result = json!({ "description": "" });
    if value["required"] == true {
        result["required"] = true.into();
    }
    let content = value["content"].as_object().into_iter().flatten();
    let content = content.map(|(name, media_type)| (name.clone(), json!({ "schema": schema(&media_type["schema"]) })));
    let content: Map<_, _> = content.collect();
    if !content.is_empty() {
        result["content"] = content.into();
    }
    result
}

/// Converts an operation, with an `operationId` by our rule.
pub(crate) fn operation(document: &Value, operation: &Operation<'_>) -> Result<Value, Error> {
    let mut result = json!({ "operationId": operation_id(operation), "summary": "", "description": "" });
    if let Some(url) = operation.value["externalDocs"]["url"].as_str() {
        result["externalDocs"] = json!({ "url": url });
    }
    if operation.value["deprecated"] == true {
        result["deprecated"] = true.into();
    }
    let parameters: Vec<_> = operation.parameters(document)?.iter().map(parameter).collect();
    if !parameters.is_empty() {
        result["parameters"] = parameters.into();
    }
    let body = operation.request_body(document)?;
    if let Some(body) = &body {
        result["requestBody"] = message(body.value);
    }
    for (status, response) in operation.responses(document)? {
        let message = message(response.value);
        let has_body = message.get("content").is_some();
        match (status.to_uppercase().as_str(), operation.method) {
            ("DEFAULT", _) => {
                for range in ["4XX", "5XX"] {
                    result["responses"][range] = json!({ "$ref": FAILURE });
                }
            }
            ("2XX", _) if !has_body => result["responses"]["204"] = message,
            ("2XX", "post") if body.is_some() && !is_call(operation) => result["responses"]["201"] = message,
            ("2XX", method) => {
                result["responses"]["200"] = message;
                // https://learn.microsoft.com/graph/best-practices-concept: an update may respond without a body.
                if method == "patch" {
                    result["responses"]["204"] = json!({ "description": "" });
                }
            }
            _ => result["responses"][status] = message,
        }
    }
    Ok(result)
}

/// Returns the ID of an operation: the verb of its method and the name of the resource, or the name of an action.
fn operation_id(operation: &Operation<'_>) -> String {
    let names: Vec<_> = operation.path.split('/').filter(|segment| !segment.starts_with('{')).collect();
    let name = local_name(names.last().unwrap_or(&"").split('(').next().unwrap_or_default()).trim_start_matches('$');
    if is_call(operation) {
        return name.to_owned();
    }
    let is_item = operation.path.ends_with('}');
    let name = resource(name);
    let singular = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let singular = singular.or_else(|| name.strip_suffix('s').map(str::to_owned)).unwrap_or_else(|| name.to_owned());
    let (prefix, name) = match operation.method {
        "get" if is_item || !name.ends_with('s') => ("get", singular.as_str()),
        "get" => ("list", name),
        "post" => ("create", singular.as_str()),
        "patch" => ("update", singular.as_str()),
        "put" => ("replace", singular.as_str()),
        method => (method, singular.as_str()),
    };
    camel_case([prefix, name])
}

/// Returns the name of a resource without its version, such as `alerts` of `alerts_v2`.
pub(crate) fn resource(name: &str) -> &str {
    let digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if digits.len() < name.len() { digits.strip_suffix("_v").unwrap_or(name) } else { name }
}

/// Returns true if an operation calls an action or a function of a resource.
fn is_call(operation: &Operation<'_>) -> bool {
    operation.path.rsplit('/').next().is_some_and(|last| last.contains('.'))
        || matches!(operation.value["x-ms-docs-operation-type"].as_str(), Some("action" | "function"))
}

fn evolvable(members: &[Value]) -> Value {
    json!({ "anyOf": [{ "type": "string", "enum": members }, { "type": "string" }] })
}

/// Adds the annotations of `original`, and an empty description.
fn described(mut value: Value, original: &Value) -> Value {
    value["description"] = "".into();
    if is_read_only(original) {
        value["readOnly"] = true.into();
    }
    if original["deprecated"] == true {
        value["deprecated"] = true.into();
    }
    value
}

fn component_text(upstream_name: &str) -> String {
    format!("#/components/schemas/{}", our_name(upstream_name))
}

fn reference_to(upstream_name: &str) -> Value {
    json!({ "$ref": component_text(upstream_name) })
}

fn is_whole_number(schema: &Map<String, Value>) -> bool {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    schema.get("type") == Some(&"number".into()) && (format.starts_with("int") || format.starts_with("uint"))
}
