//! The facts of schemas.

use msgraph_openapi::{Error, MAX_DEPTH, component_at, pointer, resolve, target};
use serde_json::Value;

use super::facts::{Collector, Fact, fact_around};
use crate::flat::{Flat, flatten};
use crate::forms;
use crate::words::{bounds, is_nullable, is_read_only, kind, our_name, reference};

/// The schema that has the property.
struct Owner<'a> {
    /// The fact of the schema.
    key: &'a str,
    /// The name in the facts of its properties.
    name: &'a str,
    flat: &'a Flat<'a>,
    depth: usize,
}

impl Collector<'_> {
    pub(super) fn component(&mut self, name: &str, pointer: &str) -> Result<(), Error> {
        let node = resolve(self.document, pointer)?;
        let key = format!("component {name}");
        self.add(
            key.clone(),
            Fact {
                words: component_kind(node.value),
                parent: String::new(),
                pointer: node.pointer.clone(),
                container: String::new(),
                below: String::new(),
                snippet: forms::schema(node.value),
                only_upstream: false,
            },
        );
        self.flag(&key, &node.pointer, "deprecated", node.value["deprecated"] == true);
        if let Some((list, value)) = enumeration(self.document, &node.pointer) {
            self.members(&key, &list, value);
            let is_evolvable = list != node.pointer
                || value["enum"].as_array().is_some_and(|list| list.contains(&"unknownFutureValue".into()));
            if is_evolvable {
                self.keyword(&key, &node.pointer, "evolvable", "true".to_owned(), forms::schema(node.value));
            }
            return Ok(());
        }
        self.schema(&key, &node.pointer, node.value, 0)
    }

    /// Adds the facts inside an object, list or enumeration.
    pub(super) fn schema(&mut self, key: &str, pointer: &str, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::new(pointer, format!("schemas are nested deeper than {MAX_DEPTH} levels")));
        }
        if value.get("items").is_some() {
            let items = pointer::join(pointer, "items");
            let key = format!("{key}[]");
            self.flags(&key, &items, &value["items"]);
            let is_component = reference(&value["items"]).is_some();
            return if is_component { Ok(()) } else { self.schema(&key, &items, &value["items"], depth + 1) };
        }
        self.members(key, pointer, value);
        let flat = flatten(self.document, pointer, &mut Vec::new())?;
        if flat.properties.is_empty() && kind(value) != "object" {
            return Ok(());
        }
        let name = key.strip_prefix("component ").or(key.strip_prefix("property ")).unwrap_or(key);
        self.found.containers.insert(key.to_owned(), pointer.to_owned());
        self.found.containers.insert(format!("object {name}"), pointer.to_owned());
        if flat.is_closed {
            self.keyword(key, pointer, "additionalProperties", "none".to_owned(), false.into());
        }
        self.arms(key, name, pointer, value, &flat)?;
        let owner = Owner { key, name, flat: &flat, depth };
        for property in flat.properties.keys() {
            self.property(&owner, property)?;
        }
        Ok(())
    }

    fn property(&mut self, owner: &Owner<'_>, property: &str) -> Result<(), Error> {
        let Owner { key: parent, name: owner, flat, depth } = *owner;
        let (place, schema) = &flat.properties[property];
        let key = format!("property {owner}.{property}");
        self.add(
            key.clone(),
            Fact {
                words: kind(schema),
                // An inline object has only the fact of its property.
                parent: Some(fact_around(parent))
                    .filter(|parent| self.found.facts.contains_key(parent))
                    .unwrap_or_default(),
                pointer: place.clone(),
                container: format!("object {owner}"),
                below: pointer::join_all("", ["properties", property]),
                snippet: forms::property(schema),
                only_upstream: false,
            },
        );
        self.found.containers.insert(key.clone(), place.clone());
        if flat.required.contains(property) {
            let object = pointer::parent(place).and_then(pointer::parent).unwrap_or_default();
            self.keyword(&key, object, "required", "true".to_owned(), property.into());
            let list = pointer::join(object, "required");
            let names = self.document.pointer(&list).and_then(Value::as_array).into_iter().flatten();
            let index = names.into_iter().position(|name| name == property);
            if let Some(fact) = self.found.facts.get_mut(&format!("{key} required")) {
                fact.pointer = index.map_or_else(|| list.clone(), |index| format!("{list}/{index}"));
                fact.container = format!("object {owner}");
                fact.below = "/required/-".to_owned();
            }
        }
        self.flags(&key, place, schema);
        // The discriminating value: a default upstream, an enum in our form.
        let is_tag = property == "@odata.type" && flat.arms.is_none() && flat.mapping.is_empty();
        if let Some(tag) = schema["default"].as_str().filter(|_| is_tag) {
            self.member(&key, &pointer::join(place, "default"), tag, tag.into());
        }
        self.follow(schema)?;
        if reference(schema).is_none() && flat.arms.is_none() {
            self.schema(&key, place, schema, depth + 1)?;
        }
        Ok(())
    }

    fn flags(&mut self, key: &str, place: &str, schema: &Value) {
        self.flag(key, place, "nullable", is_nullable(schema));
        // Upstream mostly has it in a text.
        let is_read_only = if self.is_upstream() { is_read_only(schema) } else { schema["readOnly"] == true };
        self.flag(key, place, "readOnly", is_read_only);
        self.flag(key, place, "writeOnly", schema["writeOnly"] == true);
        self.flag(key, place, "deprecated", schema["deprecated"] == true);
        for (keyword, words) in bounds(schema) {
            self.keyword(key, place, keyword, words, schema[keyword].clone());
        }
    }

    /// Adds the members of an enumeration.
    pub(super) fn members(&mut self, parent: &str, pointer: &str, value: &Value) {
        let list = pointer::join(pointer, "enum");
        for (index, member) in value["enum"].as_array().into_iter().flatten().enumerate() {
            let words = match member {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            self.found.containers.insert(format!("members {parent}"), list.clone());
            self.member(parent, &format!("{list}/{index}"), &words, member.clone());
        }
    }

    fn member(&mut self, parent: &str, pointer: &str, words: &str, snippet: Value) {
        let owner = parent.split_once(' ').map_or(parent, |(_, name)| name);
        self.add(
            format!("member {owner}.{words}"),
            Fact {
                words: "present".to_owned(),
                parent: fact_around(parent),
                pointer: pointer.to_owned(),
                container: format!("members {parent}"),
                below: "/-".to_owned(),
                snippet,
                only_upstream: false,
            },
        );
    }

    /// Adds the types of a tagged union, each with its discriminating value.
    fn arms(&mut self, parent: &str, owner: &str, pointer: &str, value: &Value, flat: &Flat<'_>) -> Result<(), Error> {
        for (component, tag) in &flat.mapping {
            let is_arm = flat.arms.as_ref().is_none_or(|arms| arms.contains(component));
            if let Ok(target) = target(component)
                && is_arm
            {
                self.want(&target)?;
                let name = component_at(&target).map(|name| our_name(&name)).unwrap_or_default();
                self.add(
                    format!("arm {owner}.{name}"),
                    Fact {
                        words: tag.clone(),
                        parent: parent.to_owned(),
                        pointer: pointer::join_all(pointer, ["discriminator", "mapping", tag]),
                        container: parent.to_owned(),
                        below: pointer::join_all("", ["discriminator", "mapping", tag]),
                        snippet: format!("#/components/schemas/{name}").into(),
                        only_upstream: false,
                    },
                );
            }
        }
        if let Some(property) = value["discriminator"]["propertyName"].as_str().filter(|_| !flat.mapping.is_empty()) {
            let place = pointer::join(pointer, "discriminator");
            self.keyword(parent, &place, "propertyName", property.to_owned(), property.into());
        }
        Ok(())
    }
}

/// Returns the kind of a component, independent of the form in which each spec writes it.
fn component_kind(schema: &Value) -> String {
    let is_text = |schema: &Value| schema["type"] == "string" || schema.get("enum").is_some();
    let arms = schema["anyOf"].as_array();
    if is_text(schema) || arms.is_some_and(|arms| arms.iter().any(is_text)) {
        "enumeration".to_owned()
    } else if schema.get("properties").is_some()
        || schema.get("allOf").is_some()
        || schema["type"] == "object"
        || arms.is_some()
    {
        "object".to_owned()
    } else {
        kind(schema)
    }
}

/// Returns the schema with the members of an enumeration: itself, or the closed arm of an evolvable one.
fn enumeration<'a>(document: &'a Value, pointer: &str) -> Option<(String, &'a Value)> {
    let schema = document.pointer(pointer)?;
    if schema.get("enum").is_some() {
        return Some((pointer.to_owned(), schema));
    }
    let arms = schema["anyOf"].as_array()?;
    let is_open = arms.iter().any(|arm| arm["type"] == "string" && arm.get("enum").is_none());
    let index = arms.iter().position(|arm| arm["type"] == "string" && arm.get("enum").is_some())?;
    is_open.then(|| (format!("{pointer}/anyOf/{index}"), &arms[index]))
}
