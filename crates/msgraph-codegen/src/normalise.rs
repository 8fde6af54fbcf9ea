//! Brings what is left into forms that the generator carries without loss: unknown properties kept,
//! null legal wherever a value is optional, timestamps and discriminating values as types of their own.

use proc_macro2::Ident;
use serde_json::{Value, json};

use crate::document::{SCHEMAS, component_at, join, members, schemas};
use crate::shape::{self, FORMS, Shape};
use crate::{Error, names};

/// The component that stands for every `date-time`.
pub(crate) const TIMESTAMP: &str = "msgraphCoreTimestamp";

/// A struct with a discriminating value, and the component that stands for the value's type.
pub(crate) struct NamedType {
    pub(crate) name: Ident,
    pub(crate) value: String,
    pub(crate) component: String,
}

pub(crate) fn run(document: &mut Value) -> Result<Vec<NamedType>, Error> {
    let mut named_types: Vec<NamedType> = Vec::new();
    for pointer in schemas(document) {
        let Some(schema) = document.pointer(&pointer) else { continue };
        let replacement = match shape::of(schema, &pointer)? {
            Shape::NullableReference { component } => {
                let component = component.to_owned();
                let mut replacement = referring(schema, &component);
                replacement["nullable"] = true.into();
                replacement
            }
            Shape::DateTime => referring(schema, TIMESTAMP),
            Shape::Discriminating { value } => {
                let named_type = named_type(&pointer, value)?;
                if named_types.iter().any(|other| other.name == named_type.name) {
                    return Err(Error::new(pointer, "an object can have one discriminating value alone"));
                }
                let replacement = referring(schema, &named_type.component);
                named_types.push(named_type);
                replacement
            }
            Shape::Enumeration { .. } => return Err(Error::new(pointer, FORMS)),
            Shape::Object => object(schema),
            _ => continue,
        };
        if let Some(schema) = document.pointer_mut(&pointer) {
            *schema = replacement;
        }
    }
    let standing_in = named_types.iter().map(|named_type| named_type.component.as_str());
    for component in standing_in.chain([TIMESTAMP]) {
        if members(document, SCHEMAS).any(|(_, name, _)| name == component) {
            return Err(Error::new(join(SCHEMAS, component), "this name is taken"));
        }
        if let Some(components) = document["components"]["schemas"].as_object_mut() {
            components.insert(component.to_owned(), json!({ "type": "string" }));
        }
    }
    Ok(named_types)
}

/// A reference that keeps what is said of the schema that it stands for.
pub(crate) fn referring(schema: &Value, component: &str) -> Value {
    let mut replacement = json!({ "allOf": [{ "$ref": join("#/components/schemas", component) }] });
    for annotation in ["description", "nullable"] {
        if let Some(value) = schema.get(annotation) {
            replacement[annotation] = value.clone();
        }
    }
    replacement
}

fn named_type(pointer: &str, value: &str) -> Result<NamedType, Error> {
    let owner = pointer.rsplit_once("/properties/").and_then(|(owner, _)| component_at(owner));
    let Some(owner) = owner else {
        return Err(Error::new(pointer, "a one-member enum must be a property of a component"));
    };
    let name = names::type_name(owner, pointer)?;
    Ok(NamedType { value: value.to_owned(), component: format!("{owner}TypeName"), name })
}

/// Keeps unknown properties unless they are excluded, and lets an optional list be null.
fn object(schema: &Value) -> Value {
    let mut object = schema.clone();
    if object.get("additionalProperties") != Some(&Value::Bool(false)) {
        object["additionalProperties"] = json!({});
    }
    let required: Vec<_> = object["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        if property["type"] == "array" && !required.contains(&name.as_str().into()) {
            property["nullable"] = true.into();
        }
    }
    object
}
