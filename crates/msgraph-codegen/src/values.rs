//! The Rust types of values that have no field: those of parameters, and those of maps.

use msgraph_openapi::Error;
use msgraph_openapi::pointer::join;
use serde_json::Value;

use crate::names;
use crate::shape::{self, Shape};

/// The type that the values of a map in a request are read as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValueType {
    /// The Rust type of a value that is not null.
    pub(crate) rust: String,
    /// The allowed values in words, for errors.
    pub(crate) allowed: String,
}

/// Returns the type of a schema; `None` if it allows any JSON, as `{type: object}` does where Graph writes it.
pub(crate) fn value_type(schema: &Value, pointer: &str) -> Result<Option<ValueType>, Error> {
    let (rust, allowed) = match shape::of(schema, pointer)? {
        Shape::Any | Shape::Evolvable { .. } | Shape::TaggedUnion { .. } => return Ok(None),
        Shape::Object if schema.get("additionalProperties").is_none_or(Value::is_boolean) => return Ok(None),
        Shape::Object => ("::serde_json::Map<::std::string::String, ::serde_json::Value>".to_owned(), "an object"),
        Shape::Reference { component } | Shape::NullableReference { component } => {
            let rust = names::type_name(&component, pointer)?.to_string();
            return Ok(Some(ValueType { rust, allowed: format!("a value of the type {component}") }));
        }
        Shape::Enumeration { .. } | Shape::Discriminating { .. } => ("::std::string::String".to_owned(), "a text"),
        Shape::DateTime => ("::msgraph_core::Timestamp".to_owned(), "a text"),
        Shape::Decimal => ("::serde_json::Number".to_owned(), "a number"),
        Shape::Scalar => match scalar(schema) {
            None => ("::std::string::String".to_owned(), "a text"),
            Some("bool") => ("bool".to_owned(), "true, false"),
            Some(rust) => (rust.to_owned(), if rust.starts_with('f') { "a number" } else { "a whole number" }),
        },
        Shape::Array => {
            let items = &schema["items"];
            let item = value_type(items, &join(pointer, "items"))?;
            let item = item.map_or_else(|| "::serde_json::Value".to_owned(), |item| item.rust);
            let item = if is_nullable(items) { format!("::std::option::Option<{item}>") } else { item };
            (format!("::std::vec::Vec<{item}>"), "a list")
        }
    };
    Ok(Some(ValueType { rust, allowed: allowed.to_owned() }))
}

/// Returns true if a value can be null.
pub(crate) fn is_nullable(schema: &Value) -> bool {
    schema["nullable"] == true || schema.get("anyOf").is_some()
}

/// Returns the Rust type of a number or boolean.
pub(crate) fn scalar(schema: &Value) -> Option<&'static str> {
    match (schema["type"].as_str()?, schema["format"].as_str()) {
        ("boolean", _) => Some("bool"),
        ("integer", Some("int32")) => Some("i32"),
        ("integer", _) => Some("i64"),
        ("number", Some("float")) => Some("f32"),
        ("number", _) => Some("f64"),
        _ => None,
    }
}
