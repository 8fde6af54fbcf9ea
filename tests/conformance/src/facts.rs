//! The facts of a spec, and copies of the spec in which one fact is changed.

use msgraph_openapi::pointer::{join, parent, split};
use msgraph_openapi::{Kind, Node, nodes};
use serde_json::{Value, json};

/// A fact of a spec, and how to change it.
pub struct SpecFact {
    /// The kind of fact.
    pub kind: &'static str,
    /// The place of the fact.
    pub pointer: String,
    mutation: Mutation,
}

enum Mutation {
    /// Replaces the name at the pointer.
    Rename(&'static str),
    Put(Value),
    Remove,
    /// Inverts the flag at the pointer; a missing one is false.
    Toggle,
}

/// Returns the facts of a spec.
pub fn facts(document: &Value) -> Vec<SpecFact> {
    let mut found = Facts(Vec::new());
    for node in nodes(document) {
        found.of(&node);
    }
    found.0
}

impl SpecFact {
    /// Returns the spec with this fact changed.
    pub fn mutated(&self, document: &Value) -> Value {
        let mut document = document.clone();
        let Some((parent, name)) = split(&self.pointer) else { return document };
        let Some(container) = document.pointer_mut(parent) else { return document };
        match (&self.mutation, container) {
            (Mutation::Rename(other), Value::Object(object)) => {
                if let Some(value) = object.remove(&*name) {
                    let other = if other.is_empty() { format!("{name}X") } else { (*other).to_owned() };
                    object.insert(other, value);
                }
            }
            (Mutation::Put(value), container) => match container {
                Value::Object(object) => drop(object.insert(name.into_owned(), value.clone())),
                container => drop(name.parse().map(|index: usize| container[index] = value.clone())),
            },
            (Mutation::Remove, Value::Object(object)) => drop(object.remove(&*name)),
            (Mutation::Remove, Value::Array(list)) => drop(name.parse().map(|index: usize| list.remove(index))),
            (Mutation::Toggle, Value::Object(object)) => {
                let is_set = object.get(&*name) == Some(&Value::Bool(true));
                object.insert(name.into_owned(), Value::Bool(!is_set));
            }
            _ => {}
        }
        document
    }
}

struct Facts(Vec<SpecFact>);

impl Facts {
    fn of(&mut self, node: &Node<'_>) {
        let pointer = &node.pointer;
        let container = parent(pointer).unwrap_or_default();
        let is_in = |name: &str| container.ends_with(&format!("/{name}"));
        match node.kind {
            Kind::PathItem => self.rename("path", pointer, ""),
            Kind::Operation => self.operation(node),
            Kind::Parameter => self.parameter(node, is_in("components/parameters")),
            Kind::RequestBody => {
                self.remove("request body", pointer.clone());
                self.toggle("requiredness of a body", join(pointer, "required"));
            }
            Kind::Response if !is_in("components/responses") => self.rename("status code", pointer, "299"),
            Kind::Header if !is_in("components/headers") => self.rename("header", pointer, ""),
            Kind::MediaType => self.rename("media type", pointer, ""),
            Kind::SecurityScheme => {
                self.put("security scheme", join(pointer, "type"), json!("apiKey"));
                self.put("security scheme", join(pointer, "scheme"), json!("basic"));
            }
            Kind::Server => self.put("server", join(pointer, "url"), json!("https://graph.microsoft.com/v1.0")),
            Kind::ExternalDocumentation => self.put("page", join(pointer, "url"), json!("https://a.test")),
            Kind::Discriminator => {
                self.put("discriminator", join(pointer, "propertyName"), json!("id"));
                for (value, _) in node.value["mapping"].as_object().into_iter().flatten() {
                    self.rename("discriminating value", &join(&join(pointer, "mapping"), value), "");
                }
            }
            Kind::Schema | Kind::SchemaArm => self.schema(node),
            _ => {}
        }
    }

    fn operation(&mut self, node: &Node<'_>) {
        self.rename("method", &node.pointer, "put");
        self.put("operationId", join(&node.pointer, "operationId"), json!("another"));
        self.put("security requirement", join(&node.pointer, "security"), json!([]));
    }

    fn parameter(&mut self, node: &Node<'_>, is_component: bool) {
        if !is_component {
            self.remove("parameter", node.pointer.clone());
        }
        if let Some(name) = node.value["name"].as_str() {
            self.put("parameter name", join(&node.pointer, "name"), json!(format!("{name}X")));
            let place = if node.value["in"] == "query" { "header" } else { "query" };
            self.put("parameter place", join(&node.pointer, "in"), json!(place));
            self.toggle("parameter requiredness", join(&node.pointer, "required"));
        }
    }

    fn schema(&mut self, node: &Node<'_>) {
        let (pointer, schema) = (&node.pointer, node.value);
        if node.kind == Kind::SchemaArm {
            self.remove("arm", pointer.clone());
        }
        // The component for types that are not listed is the spec's own, so that it has a name: not a fact.
        let is_own = |target: &&str| target.ends_with("/unlistedIncidentTaskResponseAction");
        if let Some(target) = node.reference().filter(|target| !is_own(target)) {
            let other = if target.ends_with("/incident") { "ODataError" } else { "incident" };
            self.put("type", join(pointer, "$ref"), json!(format!("#/components/schemas/{other}")));
        }
        if let Some(kind) = schema["type"].as_str() {
            self.put("type", join(pointer, "type"), json!(if kind == "string" { "integer" } else { "string" }));
        }
        if schema.get("format").is_some() {
            self.remove("format", join(pointer, "format"));
        }
        for bound in ["minimum", "maximum", "minItems", "maxItems"] {
            if let Some(value) = schema[bound].as_i64() {
                self.put("bound", join(pointer, bound), json!(value + 1));
                self.put("bound", join(pointer, bound), json!(value - 1));
            }
        }
        self.members(pointer, &schema["enum"]);
        for (index, _) in schema["required"].as_array().into_iter().flatten().enumerate() {
            self.remove("required", format!("{pointer}/required/{index}"));
        }
        if let Some(properties) = schema["properties"].as_object() {
            let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
            self.put("openness", join(pointer, "additionalProperties"), is_closed.into());
            for (name, _) in properties {
                let property = join(&join(pointer, "properties"), name);
                self.rename("property name", &property, "");
                self.toggle("nullability", join(&property, "nullable"));
                self.toggle("writability", join(&property, "readOnly"));
                self.remove("property", property);
            }
        }
    }

    fn members(&mut self, pointer: &str, list: &Value) {
        let Some(list) = list.as_array() else { return };
        let kind = if list.len() == 1 { "discriminating value" } else { "enum member" };
        for (index, member) in list.iter().enumerate() {
            if let Some(text) = member.as_str() {
                let place = format!("{pointer}/enum/{index}");
                self.put(kind, place.clone(), json!(format!("{text}X")));
                self.put(kind, place.clone(), json!(text.to_uppercase()));
                self.remove(kind, place);
            }
        }
    }

    fn rename(&mut self, kind: &'static str, pointer: &str, other: &'static str) {
        self.0.push(SpecFact { kind, pointer: pointer.to_owned(), mutation: Mutation::Rename(other) });
    }

    fn put(&mut self, kind: &'static str, pointer: String, value: Value) {
        self.0.push(SpecFact { kind, pointer, mutation: Mutation::Put(value) });
    }

    fn remove(&mut self, kind: &'static str, pointer: String) {
        self.0.push(SpecFact { kind, pointer, mutation: Mutation::Remove });
    }

    fn toggle(&mut self, kind: &'static str, pointer: String) {
        self.0.push(SpecFact { kind, pointer, mutation: Mutation::Toggle });
    }
}
