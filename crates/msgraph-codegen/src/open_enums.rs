//! Extracts evolvable enumerations from the spec, to be printed as open enums.

use std::collections::BTreeSet;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, members};
use proc_macro2::Ident;
use serde_json::{Value, json};

use crate::descriptions::description;
use crate::names;
use crate::shape::{self, Shape};

/// The variant of each open enum that keeps the text of an unknown member.
const UNKNOWN: &str = "UnknownValue";

pub(crate) struct OpenEnum {
    pub(crate) component: String,
    pub(crate) name: Ident,
    pub(crate) description: String,
    pub(crate) members: Vec<Member>,
    pub(crate) flags: Vec<Flag>,
}

pub(crate) struct Member {
    pub(crate) text: String,
    pub(crate) variant: Ident,
}

/// An extension that lists members: `x-executable: [...]`.
pub(crate) struct Flag {
    pub(crate) extension: String,
    pub(crate) name: Ident,
    pub(crate) variants: Vec<Ident>,
}

/// Takes the evolvable enumerations out of the document.
pub(crate) fn extract(document: &mut Value) -> Result<Vec<OpenEnum>, Error> {
    let mut found = Vec::new();
    for (pointer, component, schema) in members(document, SCHEMAS) {
        if let Shape::Evolvable { members } = shape::of(schema, &pointer)? {
            let members = variants(&members, &format!("{pointer}/anyOf/0/enum"))?;
            found.push(OpenEnum {
                component: component.to_owned(),
                name: names::type_name(component, &pointer)?,
                description: description(schema),
                flags: flags(schema, &pointer, &members)?,
                members,
            });
        }
    }
    for open_enum in &found {
        document["components"]["schemas"][&open_enum.component] = json!({ "type": "string" });
    }
    Ok(found)
}

fn variants(members: &[&str], pointer: &str) -> Result<Vec<Member>, Error> {
    let mut taken = BTreeSet::from([UNKNOWN.to_owned()]);
    let variant = |(index, text): (usize, &&str)| {
        let pointer = format!("{pointer}/{index}");
        let variant = names::type_name(text, &pointer)?;
        if !taken.insert(variant.to_string()) {
            return Err(Error::new(pointer, format!("the member {text:?} would be a second {variant} in Rust")));
        }
        Ok(Member { text: (*text).to_owned(), variant })
    };
    members.iter().enumerate().map(variant).collect()
}

fn flags(schema: &Value, pointer: &str, members: &[Member]) -> Result<Vec<Flag>, Error> {
    let extensions = schema
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key, key.strip_prefix("x-")?, value.as_array()?)));
    let flag = |(extension, name, listed): (&String, &str, &Vec<Value>)| {
        let pointer = join(pointer, extension);
        let variant = |value: &Value| {
            let member = members.iter().find(|member| *value == member.text);
            let error = || Error::new(&pointer, format!("{value} is not a member of the enumeration"));
            member.map(|member| member.variant.clone()).ok_or_else(error)
        };
        Ok(Flag {
            extension: extension.clone(),
            name: names::field_name(&format!("is-{name}"), &pointer)?,
            variants: listed.iter().map(variant).collect::<Result<_, _>>()?,
        })
    };
    extensions.map(flag).collect()
}
