//! Extracts types that are distinguished by a discriminator, to be printed as enums that keep an unknown type whole.

use std::collections::BTreeMap;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, members};
use proc_macro2::Ident;
use serde_json::{Value, json};

use crate::descriptions::description;
use crate::names;
use crate::shape::{self, Shape};

/// The variant of each union that keeps an object of an unknown type.
const UNKNOWN: &str = "UnknownType";

pub(crate) struct TaggedUnion {
    pub(crate) component: String,
    pub(crate) name: Ident,
    pub(crate) description: String,
    /// The discriminator, and its field in each member.
    pub(crate) property: String,
    pub(crate) field: Ident,
    pub(crate) arms: Vec<Arm>,
    pub(crate) common_texts: Vec<CommonText>,
}

pub(crate) struct Arm {
    pub(crate) name: Ident,
    pub(crate) variant: Ident,
    pub(crate) description: String,
}

/// An optional string property of each member.
pub(crate) struct CommonText {
    pub(crate) property: String,
    pub(crate) field: Ident,
}

/// Takes the tagged unions out of the document.
pub(crate) fn extract(document: &mut Value) -> Result<Vec<TaggedUnion>, Error> {
    let mut found = Vec::new();
    for (pointer, component, schema) in members(document, SCHEMAS) {
        if let Shape::TaggedUnion { property, mapping, arms } = shape::of(schema, &pointer)? {
            let union = Union { document, pointer: &pointer, property };
            union.mapping_agrees(mapping, &arms)?;
            let name = names::type_name(component, &pointer)?;
            found.push(TaggedUnion {
                component: component.to_owned(),
                description: description(schema),
                property: property.to_owned(),
                field: names::field_name(property, &pointer)?,
                arms: union.arms(&arms, &name)?,
                common_texts: union.common_texts(&arms)?,
                name,
            });
        }
    }
    for union in &found {
        document["components"]["schemas"][&union.component] = json!({ "type": "object" });
    }
    Ok(found)
}

struct Union<'a> {
    document: &'a Value,
    pointer: &'a str,
    property: &'a str,
}

impl<'a> Union<'a> {
    /// Checks that the mapping and the members' own discriminating values agree.
    fn mapping_agrees(&self, mapping: &serde_json::Map<String, Value>, arms: &[String]) -> Result<(), Error> {
        let pointer = format!("{}/discriminator/mapping", self.pointer);
        let mut values = BTreeMap::new();
        for arm in arms {
            let value = self.discriminating_value(arm)?;
            let expected = Value::from(format!("#/components/schemas/{arm}"));
            if mapping.get(value) != Some(&expected) {
                return Err(Error::new(&pointer, format!("{value:?} must be mapped to {expected}")));
            }
            if let Some(other) = values.insert(value.to_ascii_lowercase(), arm) {
                return Err(Error::new(&pointer, format!("{arm:?} and {other:?} have the same discriminating value")));
            }
        }
        match mapping.keys().find(|value| !values.contains_key(&value.to_ascii_lowercase())) {
            Some(value) => Err(Error::new(&pointer, format!("{value:?} is not mapped to a member of the union"))),
            None => Ok(()),
        }
    }

    fn discriminating_value(&self, arm: &str) -> Result<&'a str, Error> {
        let arm_pointer = join(SCHEMAS, arm);
        let pointer = join(&join(&arm_pointer, "properties"), self.property);
        let required = self.document.pointer(&join(&arm_pointer, "required")).and_then(Value::as_array);
        if !required.is_some_and(|names| names.iter().any(|name| name == self.property)) {
            return Err(Error::new(arm_pointer, format!("a member of a union must require {:?}", self.property)));
        }
        match self.document.pointer(&pointer).map(|schema| shape::of(schema, &pointer)) {
            Some(Ok(Shape::Discriminating { value })) => Ok(value),
            Some(Err(error)) => Err(error),
            _ => {
                Err(Error::new(pointer, "a member of a union must have its discriminating value as a one-member enum"))
            }
        }
    }

    fn arms(&self, arms: &[String], union: &Ident) -> Result<Vec<Arm>, Error> {
        let mut taken = std::collections::BTreeSet::from([UNKNOWN.to_owned()]);
        let mut found = Vec::new();
        for arm in arms {
            let pointer = join(SCHEMAS, arm);
            let name = names::type_name(arm, &pointer)?;
            let full = name.to_string();
            let short = full.strip_suffix(&union.to_string()).filter(|short| !short.is_empty()).unwrap_or(&full);
            let variant = names::type_name(short, &pointer)?;
            if !taken.insert(variant.to_string()) {
                return Err(Error::new(pointer, format!("a second member of the union would be {variant} in Rust")));
            }
            let description = self.document.pointer(&pointer).map(description).unwrap_or_default();
            found.push(Arm { name, variant, description });
        }
        Ok(found)
    }

    fn common_texts(&self, arms: &[String]) -> Result<Vec<CommonText>, Error> {
        let Some(first) = arms.first() else { return Ok(Vec::new()) };
        let properties = join(&join(SCHEMAS, first), "properties");
        let candidates = members(self.document, &properties).map(|(_, name, _)| name);
        candidates
            .filter(|name| arms.iter().all(|arm| self.is_optional_text(arm, name)))
            .map(|name| Ok(CommonText { property: name.to_owned(), field: names::field_name(name, &properties)? }))
            .collect()
    }

    fn is_optional_text(&self, arm: &str, property: &str) -> bool {
        let arm = &self.document["components"]["schemas"][arm];
        let schema = &arm["properties"][property];
        let required = arm["required"].as_array().is_some_and(|names| names.iter().any(|name| name == property));
        schema["type"] == "string" && schema.get("enum").is_none() && schema.get("format").is_none() && !required
    }
}
