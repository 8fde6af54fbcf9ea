//! Converts the remaining schemas to forms that progenitor supports without loss: unknown properties are kept, null is
//! allowed wherever a value is optional, values of other types than JSON's own are components that are replaced.

use std::collections::BTreeSet;

use msgraph_openapi::pointer::{join, split};
use msgraph_openapi::{Error, SCHEMAS, component_at, component_name, members, schemas_without_arms};
use proc_macro2::Ident;
use serde_json::{Value, json};

use crate::inheritance::TAG;
use crate::names;
use crate::problems::Problems;
use crate::shape::{self, FORMS, Shape};
use crate::tagged_unions::TaggedUnion;

/// A component that maps to a Rust type.
pub(crate) struct Replaced {
    pub(crate) component: String,
    pub(crate) rust: RustType,
}

pub(crate) enum RustType {
    Path(&'static str),
    /// The discriminating value of a component.
    Tag(String),
    /// A component in a box, which a type that contains itself needs.
    Boxed(String),
}

/// A struct with a discriminating value.
pub(crate) struct TypeWithTag {
    pub(crate) name: Ident,
    pub(crate) value: String,
}

pub(crate) struct Normalised {
    pub(crate) odata_types: Vec<TypeWithTag>,
    pub(crate) replaced: Vec<Replaced>,
}

pub(crate) fn run(document: &mut Value, tagged_unions: &[TaggedUnion], problems: &mut Problems) -> Normalised {
    let timestamp = names::free(document, "msgraphCoreTimestamp");
    let decimal = names::free(document, "msgraphCoreDecimal");
    let mut result = Normalised {
        odata_types: Vec::new(),
        replaced: vec![
            Replaced { component: timestamp.clone(), rust: RustType::Path("::msgraph_core::Timestamp") },
            Replaced { component: decimal.clone(), rust: RustType::Path("::serde_json::Number") },
        ],
    };
    let pointers: Vec<_> = schemas_without_arms(document).into_iter().map(|schema| schema.pointer).collect();
    for pointer in pointers {
        let Some(schema) = document.pointer(&pointer) else { continue };
        let is_parameter = !pointer.starts_with(SCHEMAS);
        let Some(shape) = problems.keep(shape::of(schema, &pointer)) else { continue };
        let replacement = match shape {
            Shape::NullableReference { component } => {
                let mut replacement = referring(schema, &component);
                replacement["nullable"] = true.into();
                replacement
            }
            Shape::DateTime => referring(schema, &timestamp),
            Shape::Decimal => referring(schema, &decimal),
            // Their texts are listed in the documentation.
            Shape::Enumeration { .. } | Shape::Discriminating { .. } if is_parameter => continue,
            Shape::Discriminating { value } => match tag(document, &pointer, value, tagged_unions) {
                Ok((owner, odata_type)) => {
                    let component = names::free(document, &format!("{owner}ODataTypeTag"));
                    let replacement = referring(schema, &component);
                    result.odata_types.push(odata_type);
                    result.replaced.push(Replaced { component, rust: RustType::Tag(owner) });
                    replacement
                }
                Err(error) => {
                    problems.add(error);
                    continue;
                }
            },
            Shape::Enumeration { .. } => {
                problems.add(Error::new(pointer, FORMS));
                continue;
            }
            Shape::Object => object(schema),
            Shape::Scalar => scalar(schema),
            Shape::Array => without(schema, &["minItems", "maxItems", "uniqueItems", "default"]),
            _ => continue,
        };
        if let Some(schema) = document.pointer_mut(&pointer) {
            *schema = replacement;
        }
    }
    box_circles(document, tagged_unions, &mut result.replaced);
    for replaced in &result.replaced {
        document["components"]["schemas"][&replaced.component] = json!({ "type": "string" });
    }
    result
}

/// Returns a reference with the annotations of the schema that it replaces.
pub(crate) fn referring(schema: &Value, component: &str) -> Value {
    let mut replacement = json!({ "allOf": [{ "$ref": join("#/components/schemas", component) }] });
    for annotation in ["deprecated", "description", "nullable"] {
        if let Some(value) = schema.get(annotation) {
            replacement[annotation] = value.clone();
        }
    }
    replacement
}

fn without(schema: &Value, keywords: &[&str]) -> Value {
    let mut schema = schema.clone();
    if let Some(object) = schema.as_object_mut() {
        object.retain(|keyword, _| !keywords.contains(&keyword.as_str()));
    }
    schema
}

/// Removes what does not change the type: rules are for requests, and reading a response must not fail on them.
fn scalar(schema: &Value) -> Value {
    const TYPES: [(&str, &str); 8] = [
        ("integer", "int8"),
        ("integer", "int16"),
        ("integer", "int32"),
        ("integer", "int64"),
        ("integer", "uint8"),
        ("number", "float"),
        ("number", "double"),
        ("integer", "uint32"),
    ];
    let kind = (schema["type"].as_str().unwrap_or_default(), schema["format"].as_str().unwrap_or_default());
    let mut scalar = without(schema, &["default", "maxLength", "maximum", "minLength", "minimum", "pattern"]);
    if !TYPES.contains(&kind) {
        scalar = without(&scalar, &["format"]);
    }
    scalar
}

fn tag(
    document: &Value,
    pointer: &str,
    value: &str,
    tagged_unions: &[TaggedUnion],
) -> Result<(String, TypeWithTag), Error> {
    let owner = pointer.rsplit_once("/properties/").and_then(|(owner, _)| component_at(owner));
    let property = split(pointer).map(|(_, name)| name.into_owned()).unwrap_or_default();
    let Some(owner) = owner else {
        return Err(Error::new(pointer, "a one-member enum must be a property of a component; make this object one"));
    };
    let is_of = |union: &TaggedUnion| union.property == property && union.arms.iter().any(|arm| arm.component == owner);
    let has_other = document.pointer(&join(&join(SCHEMAS, &owner), &format!("properties/{TAG}"))).is_some();
    if property == TAG || tagged_unions.iter().any(is_of) || !has_other {
        let name = names::type_name(&owner, pointer)?;
        return Ok((owner.into_owned(), TypeWithTag { value: value.to_owned(), name }));
    }
    Err(Error::new(pointer, FORMS))
}

/// Keeps unknown properties unless they are excluded, and lets an optional list, map or any value be null.
fn object(schema: &Value) -> Value {
    let mut object = without(schema, &["default"]);
    if object.get("additionalProperties") != Some(&Value::Bool(false)) {
        object["additionalProperties"] = json!({});
    }
    let required: Vec<_> = object["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        let is_container = property["type"] == "array" || property["type"] == "object";
        if is_container && !required.contains(&name.as_str().into()) {
            property["nullable"] = true.into();
        }
    }
    object
}

/// Puts a value into a box if it can contain a value of its own type, other than by a list or map.
fn box_circles(document: &mut Value, tagged_unions: &[TaggedUnion], replaced: &mut Vec<Replaced>) {
    let edges = |component: &str| -> Vec<(String, String)> {
        let union = tagged_unions.iter().find(|union| union.component == component);
        let arms = union.into_iter().flat_map(|union| &union.arms).map(|arm| (String::new(), arm.component.clone()));
        let own = join(SCHEMAS, component);
        let alias = document.pointer(&own).and_then(referred).map(|target| (String::new(), target));
        let properties = members(document, &join(&own, "properties"));
        let fields = properties.filter_map(|(pointer, _, schema)| Some((pointer, referred(schema)?)));
        arms.chain(alias).chain(fields).collect()
    };
    let contains_itself = |component: &str| {
        let mut seen = BTreeSet::new();
        let mut pending = vec![component.to_owned()];
        while let Some(next) = pending.pop() {
            let targets = edges(&next).into_iter().map(|(_, target)| target);
            pending.extend(targets.filter(|target| seen.insert(target.clone())));
        }
        seen.contains(component)
    };
    let components: Vec<String> = members(document, SCHEMAS).map(|(_, name, _)| name.to_owned()).collect();
    let mut boxes = Vec::new();
    for component in &components {
        let fields = edges(component).into_iter().filter(|(pointer, _)| !pointer.is_empty());
        boxes.extend(fields.filter(|(_, target)| contains_itself(target)));
    }
    for (pointer, target) in boxes {
        let existing = replaced.iter().find(|other| matches!(&other.rust, RustType::Boxed(boxed) if *boxed == target));
        let component = match existing {
            Some(existing) => existing.component.clone(),
            None => {
                let component = names::free(document, &format!("{target}Boxed"));
                replaced.push(Replaced { component: component.clone(), rust: RustType::Boxed(target) });
                component
            }
        };
        if let Some(schema) = document.pointer_mut(&pointer) {
            *schema = referring(schema, &component);
        }
    }
}

/// Returns the component that a schema refers to.
fn referred(schema: &Value) -> Option<String> {
    let reference = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref"))?;
    component_name(reference.as_str()?)
}
