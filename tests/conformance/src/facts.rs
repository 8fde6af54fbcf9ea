//! Each fact of a description, with a copy of the description in which it is another.

use msgraph_openapi::METHODS;
use msgraph_openapi::pointer::{join, split};
use serde_json::{Value, json};

/// A fact, and how it can be otherwise.
pub struct Fact {
    /// What kind of fact it is.
    pub kind: &'static str,
    /// Where it stands.
    pub pointer: String,
    flip: Flip,
}

enum Flip {
    Rename { parent: String, name: String },
    Put(Value),
    Remove,
    Toggle { parent: String, keyword: &'static str },
}

/// Each fact of a description.
pub fn facts(document: &Value) -> Vec<Fact> {
    let mut found = Facts(Vec::new());
    for (path, _) in members(document, "/paths") {
        found.rename("path", "/paths", &path);
        for (method, operation) in members(document, &join("/paths", &path)) {
            if METHODS.contains(&method.as_str()) {
                let parent = join("/paths", &path);
                found.rename("method", &parent, &method);
                found.operation(&join(&parent, &method), operation);
            }
        }
    }
    for section in ["parameters", "headers", "responses", "schemas", "securitySchemes"] {
        let parent = join("/components", section);
        for (name, component) in members(document, &parent) {
            let pointer = join(&parent, &name);
            match section {
                "parameters" => found.parameter(&pointer, component),
                "headers" => found.schema(&join(&pointer, "schema"), &component["schema"]),
                "responses" => found.response(&pointer, component),
                "schemas" => found.schema(&pointer, component),
                _ => {
                    found.put("security scheme", join(&pointer, "type"), json!("apiKey"));
                    found.put("security scheme", join(&pointer, "scheme"), json!("basic"));
                }
            }
        }
    }
    found.0
}

impl Fact {
    /// The description with this fact otherwise.
    pub fn flipped(&self, document: &Value) -> Value {
        let mut document = document.clone();
        match &self.flip {
            Flip::Rename { parent, name } => {
                if let Some(object) = document.pointer_mut(parent).and_then(Value::as_object_mut)
                    && let Some(value) = object.remove(name)
                {
                    let other = match self.kind {
                        "method" => "put".to_owned(),
                        "status code" => "299".to_owned(),
                        _ => format!("{name}X"),
                    };
                    object.insert(other, value);
                }
            }
            Flip::Put(value) => {
                if let Some(place) = document.pointer_mut(&self.pointer) {
                    *place = value.clone();
                }
            }
            Flip::Remove => {
                if let Some((parent, name)) = split(&self.pointer) {
                    match document.pointer_mut(parent) {
                        Some(Value::Array(list)) => drop(name.parse().map(|index: usize| list.remove(index))),
                        Some(Value::Object(object)) => drop(object.remove(&*name)),
                        _ => {}
                    }
                }
            }
            Flip::Toggle { parent, keyword } => {
                if let Some(object) = document.pointer_mut(parent).and_then(Value::as_object_mut) {
                    let is_set = object.get(*keyword) == Some(&Value::Bool(true));
                    object.insert((*keyword).to_owned(), Value::Bool(!is_set));
                }
            }
        }
        document
    }
}

struct Facts(Vec<Fact>);

impl Facts {
    fn operation(&mut self, pointer: &str, operation: &Value) {
        self.put("operationId", join(pointer, "operationId"), json!("another"));
        for (index, parameter) in operation["parameters"].as_array().into_iter().flatten().enumerate() {
            let place = format!("{pointer}/parameters/{index}");
            self.remove("parameter", place.clone());
            self.parameter(&place, parameter);
        }
        if let Some(body) = operation.get("requestBody") {
            let place = join(pointer, "requestBody");
            self.remove("request body", place.clone());
            self.toggle("requiredness of a body", &place, "required");
            self.content(&place, body);
        }
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            let parent = join(pointer, "responses");
            self.rename("status code", &parent, status);
            self.response(&join(&parent, status), response);
        }
        self.put("security requirement", join(pointer, "security"), json!([]));
    }

    fn parameter(&mut self, pointer: &str, parameter: &Value) {
        if let Some(name) = parameter["name"].as_str() {
            self.put("parameter name", join(pointer, "name"), json!(format!("{name}X")));
            let place = if parameter["in"] == "query" { "header" } else { "query" };
            self.put("parameter place", join(pointer, "in"), json!(place));
            self.toggle("parameter requiredness", pointer, "required");
            self.schema(&join(pointer, "schema"), &parameter["schema"]);
        }
    }

    fn response(&mut self, pointer: &str, response: &Value) {
        for name in response["headers"].as_object().into_iter().flatten().map(|(name, _)| name) {
            self.rename("header", &join(pointer, "headers"), name);
        }
        self.content(pointer, response);
    }

    fn content(&mut self, pointer: &str, message: &Value) {
        for (media_type, content) in message["content"].as_object().into_iter().flatten() {
            let parent = join(pointer, "content");
            self.rename("media type", &parent, media_type);
            self.schema(&join(&join(&parent, media_type), "schema"), &content["schema"]);
        }
    }

    fn schema(&mut self, pointer: &str, schema: &Value) {
        if let Some(target) = schema["$ref"].as_str() {
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
        for (index, member) in schema["enum"].as_array().into_iter().flatten().enumerate() {
            let place = format!("{pointer}/enum/{index}");
            let kind = if schema["enum"].as_array().is_some_and(|list| list.len() == 1) {
                "discriminating value"
            } else {
                "enum member"
            };
            if let Some(text) = member.as_str() {
                self.put(kind, place.clone(), json!(format!("{text}X")));
                self.put(kind, place.clone(), json!(text.to_uppercase()));
                self.remove(kind, place);
            }
        }
        for (index, _) in schema["required"].as_array().into_iter().flatten().enumerate() {
            self.remove("required", format!("{pointer}/required/{index}"));
        }
        if let Some(properties) = schema["properties"].as_object() {
            self.toggle_open(pointer, schema);
            for (name, property) in properties {
                let parent = join(pointer, "properties");
                self.rename("property name", &parent, name);
                self.remove("property", join(&parent, name));
                let place = join(&parent, name);
                self.toggle("nullability", &place, "nullable");
                self.schema(&place, property);
            }
        }
        for keyword in ["anyOf", "allOf"] {
            for (index, arm) in schema[keyword].as_array().into_iter().flatten().enumerate() {
                self.remove("arm", format!("{pointer}/{keyword}/{index}"));
                self.schema(&format!("{pointer}/{keyword}/{index}"), arm);
            }
        }
        if schema.get("items").is_some() {
            self.schema(&join(pointer, "items"), &schema["items"]);
        }
        for (value, _) in schema["discriminator"]["mapping"].as_object().into_iter().flatten() {
            self.rename("discriminating value", &format!("{pointer}/discriminator/mapping"), value);
        }
        if schema.get("discriminator").is_some() {
            self.put("discriminator", format!("{pointer}/discriminator/propertyName"), json!("id"));
        }
    }

    fn toggle_open(&mut self, pointer: &str, schema: &Value) {
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => self.put("openness", join(pointer, "additionalProperties"), json!(true)),
            _ => self.0.push(Fact {
                kind: "openness",
                pointer: pointer.to_owned(),
                flip: Flip::Put({
                    let mut closed = schema.clone();
                    closed["additionalProperties"] = false.into();
                    closed
                }),
            }),
        }
    }

    fn rename(&mut self, kind: &'static str, parent: &str, name: &str) {
        let flip = Flip::Rename { parent: parent.to_owned(), name: name.to_owned() };
        self.0.push(Fact { kind, pointer: join(parent, name), flip });
    }

    fn put(&mut self, kind: &'static str, pointer: String, value: Value) {
        self.0.push(Fact { kind, pointer, flip: Flip::Put(value) });
    }

    fn remove(&mut self, kind: &'static str, pointer: String) {
        self.0.push(Fact { kind, pointer, flip: Flip::Remove });
    }

    fn toggle(&mut self, kind: &'static str, parent: &str, keyword: &'static str) {
        let pointer = join(parent, keyword);
        self.0.push(Fact { kind, pointer, flip: Flip::Toggle { parent: parent.to_owned(), keyword } });
    }
}

fn members<'a>(document: &'a Value, pointer: &str) -> Vec<(String, &'a Value)> {
    let object = document.pointer(pointer).and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, value)| (name.clone(), value)).collect()
}
