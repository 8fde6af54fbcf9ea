//! Extracts evolvable enumerations from the spec, to be printed as open enums.

use std::collections::BTreeMap;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, members};
use proc_macro2::Ident;
use serde_json::{Value, json};

use crate::descriptions::Markdown;
use crate::names;
use crate::problems::Problems;
use crate::shape::{self, Shape};

/// The variant of each open enum that keeps the text of an unknown member.
const UNKNOWN: &str = "UnknownValue";

pub(crate) struct OpenEnum {
    pub(crate) component: String,
    pub(crate) name: Ident,
    pub(crate) description: Markdown,
    pub(crate) deprecated: bool,
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

/// Takes the enumerations out of the document.
pub(crate) fn extract(document: &mut Value, problems: &mut Problems) -> Vec<OpenEnum> {
    let mut found = Vec::new();
    let mut replaced = Vec::new();
    for (pointer, component, schema) in members(document, SCHEMAS) {
        let (listed, place) = match shape::of(schema, &pointer) {
            Ok(Shape::Evolvable { members }) => (members, "/anyOf/0/enum"),
            // As Graph writes each enumeration, those that may get more members included.
            Ok(Shape::Enumeration { members }) => (members, "/enum"),
            Ok(Shape::Discriminating { value }) => (vec![value], "/enum"),
            _ => continue,
        };
        replaced.push(pointer.clone());
        let members = variants(&listed, &format!("{pointer}{place}"), problems);
        found.extend(problems.keep(open_enum(schema, component, &pointer, members)));
    }
    for pointer in replaced {
        if let Some(schema) = document.pointer_mut(&pointer) {
            *schema = json!({ "type": "string" });
        }
    }
    found
}

fn open_enum(schema: &Value, component: &str, pointer: &str, members: Vec<Member>) -> Result<OpenEnum, Error> {
    Ok(OpenEnum {
        component: component.to_owned(),
        name: names::type_name(component, pointer)?,
        description: Markdown::escaped(schema, "description"),
        deprecated: schema["deprecated"] == true,
        flags: flags(schema, pointer, &members)?,
        members,
    })
}

/// Returns the members that have a name of their own: the others are problems, and what refers to the enumeration is not.
fn variants(members: &[&str], pointer: &str, problems: &mut Problems) -> Vec<Member> {
    let mut taken = BTreeMap::from([(UNKNOWN.to_owned(), "the variant of unknown members")]);
    let mut found = Vec::new();
    for (index, text) in members.iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        let Some(variant) = problems.keep(names::type_name(text, &pointer)) else { continue };
        if let Some(other) = taken.insert(variant.to_string(), text) {
            let message =
                format!("the member {text:?} and {other:?} would both be {variant} in Rust; rename or remove one");
            problems.add(Error::new(pointer, message));
        }
        found.push(Member { text: (*text).to_owned(), variant });
    }
    found
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
    let flags: Vec<Flag> = extensions.map(flag).collect::<Result<_, _>>()?;
    // Methods that each open enum has.
    let taken = ["is_known", "as_str"].map(|name| (name.to_owned(), name));
    let mut taken = BTreeMap::from(taken);
    for Flag { extension, name, .. } in &flags {
        if let Some(other) = taken.insert(name.to_string(), extension) {
            let message =
                format!("{extension:?} and {other:?} would both be the method {name} in Rust; rename the extension");
            return Err(Error::new(join(pointer, extension), message));
        }
    }
    Ok(flags)
}
