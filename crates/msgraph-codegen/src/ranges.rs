//! Ranges of numbers in queries, and of the lengths of lists in request bodies: taken out of the spec, to be checked
//! before sending. Anywhere else a bound stays, and is an error.

use std::collections::BTreeMap;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, component_name, members, operations};
use serde_json::Value;

pub(crate) struct Ranges {
    /// By the pointer of the parameter.
    pub(crate) parameters: BTreeMap<String, Range>,
    /// By the pointer of the property's schema.
    pub(crate) lists: BTreeMap<String, Range>,
}

/// A range, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) minimum: i64,
    pub(crate) maximum: i64,
}

impl Range {
    /// Returns the range in words, for errors.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self { minimum, maximum: i64::MAX } => format!("at least {minimum}"),
            Self { minimum: i64::MIN, maximum } => format!("at most {maximum}"),
            Self { minimum, maximum } => format!("{minimum} to {maximum}"),
        }
    }
}

/// Takes the ranges out of the document.
pub(crate) fn extract(document: &mut Value) -> Result<Ranges, Error> {
    let mut ranges = Ranges { parameters: BTreeMap::new(), lists: BTreeMap::new() };
    let mut taken = Vec::new();
    for operation in operations(document) {
        for parameter in operation.parameters(document)?.iter().filter(|parameter| parameter.location == "query") {
            let schema = join(&parameter.pointer, "schema");
            if let Some(range) = range(document, &schema, NUMBER)? {
                ranges.parameters.insert(parameter.pointer.clone(), range);
                taken.push((schema, NUMBER));
            }
        }
        let body = format!("{}/requestBody/content/application~1json/schema/$ref", operation.pointer);
        let component = document.pointer(&body).and_then(Value::as_str).and_then(component_name);
        let Some(component) = component else { continue };
        for (pointer, ..) in members(document, &join(&join(SCHEMAS, &component), "properties")) {
            if let Some(range) = range(document, &pointer, LIST)? {
                ranges.lists.insert(pointer.clone(), range);
                taken.push((pointer, LIST));
            }
        }
    }
    for (pointer, keywords) in taken {
        if let Some(schema) = document.pointer_mut(&pointer).and_then(Value::as_object_mut) {
            schema.retain(|keyword, _| !keywords.contains(&keyword.as_str()));
        }
    }
    Ok(ranges)
}

const NUMBER: [&str; 2] = ["minimum", "maximum"];
const LIST: [&str; 2] = ["minItems", "maxItems"];

fn range(document: &Value, pointer: &str, [minimum, maximum]: [&str; 2]) -> Result<Option<Range>, Error> {
    let Some(schema) = document.pointer(pointer).and_then(Value::as_object) else { return Ok(None) };
    let bound = |keyword: &str, absent: i64| match schema.get(keyword) {
        None => Ok(absent),
        Some(value) => {
            let error = || Error::new(join(pointer, keyword), format!("invalid bound {value}: must be a whole number"));
            value.as_i64().ok_or_else(error)
        }
    };
    if !schema.contains_key(minimum) && !schema.contains_key(maximum) {
        return Ok(None);
    }
    let range = Range { minimum: bound(minimum, i64::MIN)?, maximum: bound(maximum, i64::MAX)? };
    if range.minimum <= range.maximum {
        Ok(Some(range))
    } else {
        Err(Error::new(pointer, format!("empty range: {}", range.describe())))
    }
}
