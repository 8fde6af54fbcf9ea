//! Values in terms that both specs share, independent of their form.

use msgraph_openapi::component_name;
use serde_json::Value;

/// Returns the path without the names of its parameters.
pub(crate) fn path_key(path: &str) -> String {
    let mut key = String::new();
    for (index, part) in path.split('{').enumerate() {
        match part.split_once('}') {
            Some((_, rest)) if index > 0 => key.push_str(&format!("{{}}{rest}")),
            _ => key.push_str(part),
        }
    }
    key
}

/// Returns the path with our names of its parameters.
pub(crate) fn our_path(path: &str) -> String {
    let parts = path.split('{').enumerate().map(|(index, part)| match part.split_once('}') {
        Some((name, rest)) if index > 0 => format!("{{{}}}{rest}", our_parameter(name)),
        _ => part.to_owned(),
    });
    parts.collect()
}

/// Returns our name of a path parameter, in lowerCamelCase: `incidentId` for `incident-id`.
pub(crate) fn our_parameter(name: &str) -> String {
    camel_case(name.split('-'))
}

/// Joins parts of a name: each except the first gets a capital letter.
pub(crate) fn camel_case<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut result = String::new();
    for part in parts {
        let mut letters = part.chars().filter(char::is_ascii_alphanumeric);
        let first = letters.next();
        result.extend(first.map(|first| if result.is_empty() { first } else { first.to_ascii_uppercase() }));
        result.extend(letters);
    }
    result
}

/// Returns the last part of a dotted name, as in the names of our components.
pub(crate) fn local_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Returns our name of a component: Microsoft's collections end in `CollectionResponse`.
pub(crate) fn our_name(name: &str) -> String {
    let name = local_name(name);
    name.strip_suffix("CollectionResponse").map_or_else(|| name.to_owned(), |item| format!("{item}Collection"))
}

/// Returns the reference in a property or item schema: bare, with other keywords, or in a nullable reference.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    let only = |keyword: &str| {
        let arms = schema[keyword].as_array()?;
        let references: Vec<_> = arms.iter().filter_map(|arm| arm["$ref"].as_str()).collect();
        let is_null =
            |arm: &&Value| arm["nullable"] == true && arm["enum"].as_array().is_none_or(|list| list.len() == 1);
        let others = arms.iter().filter(|arm| arm.get("$ref").is_none());
        match references.as_slice() {
            [only] if others.clone().all(|arm| is_null(&arm)) => Some(*only),
            _ => None,
        }
    };
    schema["$ref"].as_str().or_else(|| ["allOf", "anyOf", "oneOf"].into_iter().find_map(only))
}

/// Returns the kind of a schema.
pub(crate) fn kind(schema: &Value) -> String {
    if let Some(name) = reference(schema).and_then(component_name) {
        return our_name(&name);
    }
    // One of upstream's profiles writes a floating-point number as one of several types.
    let arms = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()).into_iter().flatten();
    let is_number =
        arms.clone().any(|arm| arm["$ref"].as_str().is_some_and(|text| text.ends_with("/ReferenceNumeric")));
    if is_number {
        return "number".to_owned();
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("array"), _) => format!("[{}]", kind(&schema["items"])),
        // One of upstream's profiles writes whole numbers as numbers with a format.
        (Some("number" | "integer"), Some(format @ ("int8" | "uint8" | "int16" | "int32" | "int64"))) => {
            format.to_owned()
        }
        (Some("number"), Some("double" | "float" | "decimal")) => "number".to_owned(),
        (Some("string"), Some(format)) => format.to_owned(),
        (Some(kind), _) => kind.to_owned(),
        (None, _) if schema.get("properties").is_some() => "object".to_owned(),
        (None, _) if schema.get("enum").is_some() => "string".to_owned(),
        (None, _) => "any".to_owned(),
    }
}

/// Returns the kind of a parameter: a comma-separated list is a string, and an integer is one of any size.
pub(crate) fn parameter_kind(parameter: &Value, schema: &Value) -> String {
    let is_text = parameter["explode"] == false || parameter["in"] == "path" || parameter["in"] == "header";
    match kind(schema).as_str() {
        "[string]" if is_text => "string".to_owned(),
        "int32" | "int64" => "integer".to_owned(),
        kind => kind.to_owned(),
    }
}

/// Returns true if a property is read-only: upstream mostly has that in its description.
pub(crate) fn is_read_only(schema: &Value) -> bool {
    let is_noted = |text: &str| text.to_lowercase().contains("read-only");
    schema["readOnly"] == true || schema["description"].as_str().is_some_and(is_noted)
}

/// Returns true if null is allowed.
pub(crate) fn is_nullable(schema: &Value) -> bool {
    let arms = ["anyOf", "oneOf"].into_iter().filter_map(|keyword| schema[keyword].as_array()).flatten();
    let is_null =
        |arm: &Value| arm["nullable"] == true || arm["enum"].as_array().is_some_and(|list| list.contains(&Value::Null));
    schema["nullable"] == true || arms.into_iter().any(is_null)
}

const BOUNDS: [&str; 9] =
    ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "multipleOf", "pattern", "uniqueItems"];

/// Returns the keywords that bound the values of a schema, except those that its format implies.
pub(crate) fn bounds(schema: &Value) -> Vec<(&'static str, String)> {
    let natural: &[f64] = match schema["format"].as_str() {
        Some("int8") => &[-128.0, 127.0],
        Some("uint8") => &[0.0, 255.0],
        Some("int16") => &[-32_768.0, 32_767.0],
        Some("int32") => &[-2_147_483_648.0, 2_147_483_647.0],
        Some("int64") => &[-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_807.0],
        _ => &[],
    };
    let has_format = schema["type"] == "string" && schema.get("format").is_some();
    let mut found = Vec::new();
    for keyword in BOUNDS {
        let words = match schema.get(keyword) {
            Some(Value::Number(number)) => match number.as_f64() {
                Some(value) if natural.contains(&value) => continue,
                Some(value) => value.to_string(),
                None => number.to_string(),
            },
            // The format implies the pattern; a list of names may repeat one.
            Some(Value::String(text)) if !has_format => text.clone(),
            _ => continue,
        };
        found.push((keyword, words));
    }
    found
}
