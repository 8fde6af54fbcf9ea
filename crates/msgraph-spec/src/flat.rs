//! Schemas with what their bases give them.

use std::collections::{BTreeMap, BTreeSet};

use msgraph_openapi::{Error, members, pointer, resolve};
use serde_json::Value;

/// A schema with the properties of its bases.
#[derive(Default)]
pub(crate) struct Flat<'a> {
    /// The properties, each with its pointer.
    pub(crate) properties: BTreeMap<String, (String, &'a Value)>,
    pub(crate) required: BTreeSet<String>,
    pub(crate) is_closed: bool,
    /// The value of a discriminator for each component.
    pub(crate) mapping: BTreeMap<String, String>,
    /// The components of a tagged union.
    pub(crate) arms: Option<BTreeSet<String>>,
}

pub(crate) fn flatten<'a>(document: &'a Value, pointer: &str, within: &mut Vec<String>) -> Result<Flat<'a>, Error> {
    let node = resolve(document, pointer)?;
    if within.contains(&node.pointer) {
        return Err(Error::new(&node.pointer, "circular base: allOf includes this schema itself"));
    }
    within.push(node.pointer.clone());
    let mut flat = Flat::default();
    for (keyword, is_base) in [("allOf", true), ("anyOf", false), ("oneOf", false)] {
        let list = pointer::join(&node.pointer, keyword);
        for (index, arm) in node.value[keyword].as_array().into_iter().flatten().enumerate() {
            // A union has the properties that all of its arms have.
            let mut listed = node.value["discriminator"]["mapping"].as_object().map(|mapping| mapping.values());
            let is_open = listed.as_mut().is_some_and(|listed| !listed.any(|target| *target == arm["$ref"]));
            if !is_base && (arm.get("$ref").is_none() || is_open) {
                continue;
            }
            let part = flatten(document, &format!("{list}/{index}"), within)?;
            if is_base {
                flat.properties.extend(part.properties);
                flat.required.extend(part.required);
                flat.is_closed |= part.is_closed;
            } else if flat.arms.is_none() {
                flat.properties = part.properties;
                flat.required = part.required;
            } else {
                flat.properties.retain(|name, _| part.properties.contains_key(name));
                flat.required.retain(|name| part.required.contains(name));
            }
            if let Some(reference) = arm["$ref"].as_str().filter(|_| !is_base) {
                flat.arms.get_or_insert_default().insert(reference.to_owned());
            }
        }
    }
    let own = members(document, &pointer::join(&node.pointer, "properties"));
    flat.properties.extend(own.map(|(place, name, schema)| (name.to_owned(), (place, schema))));
    let required = node.value["required"].as_array().into_iter().flatten();
    flat.required.extend(required.filter_map(Value::as_str).map(str::to_owned));
    flat.is_closed |= node.value["additionalProperties"] == false;
    let mapping = node.value["discriminator"]["mapping"].as_object().into_iter().flatten();
    flat.mapping.extend(mapping.filter_map(|(tag, target)| Some((target.as_str()?.to_owned(), tag.clone()))));
    within.pop();
    Ok(flat)
}
