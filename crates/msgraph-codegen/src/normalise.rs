//! Converts the remaining schemas to forms that progenitor supports without loss: unknown properties are kept, null is
//! allowed wherever a value is optional, timestamps and discriminating values are types of their own.

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, component_at, members, schemas_without_arms};
use proc_macro2::Ident;
use serde_json::{Value, json};

use crate::names;
use crate::shape::{self, FORMS, Shape};

/// The component that replaces every `date-time`.
pub(crate) const TIMESTAMP: &str = "msgraphCoreTimestamp";

/// A struct with a discriminating value, and the component that replaces the value's schema.
pub(crate) struct TypeWithTag {
    pub(crate) name: Ident,
    pub(crate) value: String,
    pub(crate) component: String,
}

pub(crate) fn run(document: &mut Value) -> Result<Vec<TypeWithTag>, Error> {
    let mut odata_types: Vec<TypeWithTag> = Vec::new();
    let pointers: Vec<_> = schemas_without_arms(document).into_iter().map(|schema| schema.pointer).collect();
    for pointer in pointers {
        let Some(schema) = document.pointer(&pointer) else { continue };
        let replacement = match shape::of(schema, &pointer)? {
            Shape::NullableReference { component } => {
                let mut replacement = referring(schema, &component);
                replacement["nullable"] = true.into();
                replacement
            }
            Shape::DateTime => referring(schema, TIMESTAMP),
            Shape::Discriminating { value } => {
                let odata_type = odata_type(&pointer, value)?;
                if odata_types.iter().any(|other| other.name == odata_type.name) {
                    return Err(Error::new(pointer, "an object can have only one discriminating value"));
                }
                let replacement = referring(schema, &odata_type.component);
                odata_types.push(odata_type);
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
    let replacing = odata_types.iter().map(|odata_type| odata_type.component.as_str());
    for component in replacing.chain([TIMESTAMP]) {
        if members(document, SCHEMAS).any(|(_, name, _)| name == component) {
            return Err(Error::new(join(SCHEMAS, component), "this name is reserved"));
        }
        if let Some(components) = document["components"]["schemas"].as_object_mut() {
            components.insert(component.to_owned(), json!({ "type": "string" }));
        }
    }
    Ok(odata_types)
}

/// Returns a reference with the annotations of the schema that it replaces.
pub(crate) fn referring(schema: &Value, component: &str) -> Value {
    let mut replacement = json!({ "allOf": [{ "$ref": join("#/components/schemas", component) }] });
    for annotation in ["description", "nullable"] {
        if let Some(value) = schema.get(annotation) {
            replacement[annotation] = value.clone();
        }
    }
    replacement
}

fn odata_type(pointer: &str, value: &str) -> Result<TypeWithTag, Error> {
    let owner = pointer.rsplit_once("/properties/").and_then(|(owner, _)| component_at(owner));
    let Some(owner) = owner else {
        return Err(Error::new(pointer, "a one-member enum must be a property of a component"));
    };
    let name = names::type_name(&owner, pointer)?;
    Ok(TypeWithTag { value: value.to_owned(), component: format!("{owner}ODataTypeTag"), name })
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
