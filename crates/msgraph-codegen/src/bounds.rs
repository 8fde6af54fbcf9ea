//! Bounds of numbers in queries and of lists in request bodies: taken out of the document, to be checked
//! before sending. Everywhere else a bound stays, and is refused.

use proc_macro2::Ident;
use serde_json::Value;

use crate::document::{SCHEMAS, component, join, members, operations};
use crate::{Error, names};

pub(crate) struct Bounds {
    pub(crate) parameters: Vec<BoundedParameter>,
    pub(crate) lists: Vec<BoundedList>,
}

/// A number in the query of an operation.
pub(crate) struct BoundedParameter {
    pub(crate) operation: Ident,
    pub(crate) parameter: String,
    pub(crate) argument: Ident,
    pub(crate) required: bool,
    pub(crate) range: Range,
}

/// A list in the body of a request.
pub(crate) struct BoundedList {
    pub(crate) component: String,
    pub(crate) property: String,
    pub(crate) range: Range,
}

/// What is allowed, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) minimum: i64,
    pub(crate) maximum: i64,
}

impl Range {
    /// The range in words, for errors.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self { minimum, maximum: i64::MAX } => format!("at least {minimum}"),
            Self { minimum: i64::MIN, maximum } => format!("at most {maximum}"),
            Self { minimum, maximum } => format!("{minimum} to {maximum}"),
        }
    }
}

/// Takes the bounds out of the document.
pub(crate) fn extract(document: &mut Value) -> Result<Bounds, Error> {
    let mut bounds = Bounds { parameters: Vec::new(), lists: Vec::new() };
    let mut taken = Vec::new();
    for operation in operations(document) {
        for (parameter, schema) in parameters(document, &operation) {
            if let Some(range) = range(document, &schema, ["minimum", "maximum"])? {
                let name = parameter["name"].as_str().unwrap_or_default();
                let id = join(&operation, "operationId");
                bounds.parameters.push(BoundedParameter {
                    operation: names::field_name(
                        document.pointer(&id).and_then(Value::as_str).unwrap_or_default(),
                        &id,
                    )?,
                    argument: names::field_name(name.trim_start_matches('$'), &schema)?,
                    parameter: name.to_owned(),
                    required: parameter["required"] == true,
                    range,
                });
                taken.push((schema, ["minimum", "maximum"]));
            }
        }
        let body = document.pointer(&format!("{operation}/requestBody/content/application~1json/schema/$ref"));
        let Some(component) = body.and_then(Value::as_str).and_then(component) else { continue };
        for (pointer, property, _) in members(document, &join(&join(SCHEMAS, component), "properties")) {
            if let Some(range) = range(document, &pointer, ["minItems", "maxItems"])? {
                let (component, property) = (component.to_owned(), property.to_owned());
                bounds.lists.push(BoundedList { component, property, range });
                taken.push((pointer, ["minItems", "maxItems"]));
            }
        }
    }
    for (pointer, keywords) in taken {
        if let Some(schema) = document.pointer_mut(&pointer).and_then(Value::as_object_mut) {
            schema.retain(|keyword, _| !keywords.contains(&keyword.as_str()));
        }
    }
    Ok(bounds)
}

/// The parameters of an operation, each with the pointer of its schema.
fn parameters(document: &Value, operation: &str) -> Vec<(Value, String)> {
    let pointer = join(operation, "parameters");
    let parameters = document.pointer(&pointer).and_then(Value::as_array).into_iter().flatten().enumerate();
    let resolved = parameters.filter_map(|(index, parameter)| {
        let reference = parameter.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
        let pointer = reference.map_or_else(|| format!("{pointer}/{index}"), str::to_owned);
        let parameter = document.pointer(&pointer)?;
        (parameter["in"] == "query").then(|| (parameter.clone(), join(&pointer, "schema")))
    });
    resolved.collect()
}

fn range(document: &Value, pointer: &str, [minimum, maximum]: [&str; 2]) -> Result<Option<Range>, Error> {
    let Some(schema) = document.pointer(pointer).and_then(Value::as_object) else { return Ok(None) };
    let bound = |keyword: &str, absent: i64| match schema.get(keyword) {
        None => Ok(absent),
        Some(value) => {
            value.as_i64().ok_or_else(|| Error::new(join(pointer, keyword), "a bound must be a whole number"))
        }
    };
    if !schema.contains_key(minimum) && !schema.contains_key(maximum) {
        return Ok(None);
    }
    let range = Range { minimum: bound(minimum, i64::MIN)?, maximum: bound(maximum, i64::MAX)? };
    match range.minimum <= range.maximum {
        true => Ok(Some(range)),
        false => Err(Error::new(pointer, format!("nothing is in the range {}", range.in_words()))),
    }
}
