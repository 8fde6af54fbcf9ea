//! Extracts types that are distinguished by a discriminator, to be printed as enums that keep an unknown type whole.

use std::collections::BTreeMap;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, component_name, members, references};
use proc_macro2::Ident;
use serde_json::{Value, json};

use crate::descriptions::Markdown;
use crate::inheritance::Inheritance;
use crate::names;
use crate::problems::Problems;
use crate::shape::{self, Shape};

/// The variant of each union that keeps an object of an unknown type.
const UNKNOWN: &str = "UnknownType";

pub(crate) struct TaggedUnion {
    pub(crate) component: String,
    pub(crate) name: Ident,
    pub(crate) description: Markdown,
    pub(crate) deprecated: bool,
    /// The discriminator, and its field in each member.
    pub(crate) property: String,
    pub(crate) field: Ident,
    pub(crate) arms: Vec<Arm>,
    /// The variant of an object without a discriminating value, if that has one.
    pub(crate) default: Option<Ident>,
    pub(crate) common_texts: Vec<CommonText>,
}

pub(crate) struct Arm {
    pub(crate) component: String,
    pub(crate) name: Ident,
    pub(crate) variant: Ident,
    pub(crate) description: Markdown,
    /// Whether its values have rules in a request.
    pub(crate) is_checked: bool,
}

/// An optional string property of each member.
pub(crate) struct CommonText {
    pub(crate) property: String,
    pub(crate) field: Ident,
}

/// Extracts the tagged unions from the document.
pub(crate) fn extract(document: &mut Value, inheritance: &Inheritance, problems: &mut Problems) -> Vec<TaggedUnion> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    for (pointer, component, schema) in members(document, SCHEMAS) {
        let Ok(Shape::TaggedUnion { property, mapping, arms }) = shape::of(schema, &pointer) else { continue };
        let default = inheritance.defaults.get(component).map(String::as_str);
        let union = Union { document, pointer: &pointer, property, default };
        found.extend(problems.keep(union.read(component, schema, mapping, &arms)));
        let last =
            schema.pointer("/anyOf").and_then(Value::as_array).and_then(|arms| arms.last()?.get("$ref")?.as_str());
        if let Some(last) = last.and_then(component_name) {
            problems.keep(union.is_open(&last));
            open.push(last);
        }
    }
    for union in &found {
        document["components"]["schemas"][&union.component] = json!({ "type": "object" });
    }
    // It is for other generators: here an object of an unknown type is kept whole.
    open.retain(|name| !references(document).iter().any(|other| component_name(&other.text).as_ref() == Some(name)));
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| !open.contains(name));
    }
    found
}

struct Union<'a> {
    document: &'a Value,
    pointer: &'a str,
    property: &'a str,
    /// The member that an object without a discriminating value is.
    default: Option<&'a str>,
}

impl<'a> Union<'a> {
    fn read(
        &self,
        component: &str,
        schema: &Value,
        mapping: &serde_json::Map<String, Value>,
        arms: &[String],
    ) -> Result<TaggedUnion, Error> {
        self.mapping_agrees(mapping, arms)?;
        let name = names::type_name(component, self.pointer)?;
        let arms_of_union = self.arms(arms, &name)?;
        let default = arms_of_union.iter().find(|arm| Some(arm.component.as_str()) == self.default);
        Ok(TaggedUnion {
            component: component.to_owned(),
            description: Markdown::escaped(schema, "description"),
            deprecated: schema["deprecated"] == true,
            property: self.property.to_owned(),
            field: names::field_name(self.property, self.pointer)?,
            default: default.map(|arm| arm.variant.clone()),
            arms: arms_of_union,
            common_texts: self.common_texts(arms)?,
            name,
        })
    }

    /// Checks that the component for types that are not listed allows each of them.
    fn is_open(&self, component: &str) -> Result<(), Error> {
        let pointer = join(SCHEMAS, component);
        let schema = self.document.pointer(&pointer).unwrap_or(&Value::Null);
        if schema["type"] == "object" && schema["additionalProperties"] != false {
            return Ok(());
        }
        let message = "the last member of a tagged union must be an open object: {type: object} without additionalProperties: false";
        Err(Error::new(pointer, message))
    }

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
        let is_inherited = self.default.is_some();
        if !is_inherited && !required.is_some_and(|names| names.iter().any(|name| name == self.property)) {
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
            let short = if self.default == Some(arm) { "Base" } else { short };
            let variant = names::type_name(short, &pointer)?;
            if !taken.insert(variant.to_string()) {
                let message = format!(
                    "{arm:?} and another member of {union} would both be the variant {variant} in Rust; rename one"
                );
                return Err(Error::new(pointer, message));
            }
            let schema = self.document.pointer(&pointer).unwrap_or(&Value::Null);
            let description = Markdown::escaped(schema, "description");
            found.push(Arm { component: arm.clone(), name, variant, description, is_checked: false });
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
        schema["type"] == "string"
            && schema.get("enum").is_none()
            && schema.get("format").is_none()
            && schema["nullable"] != true
            && !required
    }
}
