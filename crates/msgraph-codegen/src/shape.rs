//! The supported forms of schemas, which have Rust types without loss. Other forms are errors.

use msgraph_openapi::{Error, component_name};
use serde_json::{Map, Value};

/// The form of a schema.
#[derive(Debug, PartialEq)]
pub(crate) enum Shape<'a> {
    /// `{}`: any JSON.
    Any,
    /// `{$ref}`, or `{allOf: [{$ref}]}` with annotations.
    Reference { component: String },
    /// A reference that may be null: `{anyOf: [{$ref}, {type: object, nullable: true, enum: [null]}]}`.
    NullableReference { component: String },
    /// An evolvable enumeration: `{anyOf: [{type: string, enum}, {type: string}]}`.
    Evolvable { members: Vec<&'a str> },
    /// Types distinguished by a discriminator, the last of them open.
    TaggedUnion { property: &'a str, mapping: &'a Map<String, Value>, arms: Vec<String> },
    /// `{type: string, enum: [one]}`.
    Discriminating { value: &'a str },
    /// `{type: string, enum: [several]}`.
    Enumeration { members: Vec<&'a str> },
    /// `{type: string, format: date-time}`.
    DateTime,
    /// `{type: number, format: decimal}`.
    Decimal,
    /// A string, boolean or number.
    Scalar,
    /// `{type: array}`.
    Array,
    /// `{type: object}`.
    Object,
}

/// The keywords that do not affect validation.
pub(crate) const ANNOTATIONS: [&str; 9] =
    ["default", "deprecated", "description", "example", "externalDocs", "readOnly", "title", "writeOnly", "xml"];

pub(crate) const FORMS: &str = "unsupported form: write an enumeration as a component {type: string, enum: [...]} \
    or {anyOf: [{type: string, enum: [...]}, {type: string}]}, \
    a nullable reference as {anyOf: [{$ref}, {type: object, nullable: true, enum: [null]}]}, \
    a tagged union as a component {anyOf: [{$ref}..., {type: object}], discriminator: {propertyName, mapping}}, \
    inheritance as a component {allOf: [{$ref}, {type: object, properties}]}";

/// Returns true if a keyword does not change what a schema allows.
pub(crate) fn is_annotation(keyword: &str) -> bool {
    ANNOTATIONS.contains(&keyword)
}

/// Returns the shape of the schema at `pointer`.
pub(crate) fn of<'a>(schema: &'a Value, pointer: &str) -> Result<Shape<'a>, Error> {
    let schema = schema.as_object().ok_or_else(|| Error::new(pointer, "a schema must be an object"))?;
    let form = Form { schema, pointer };
    if schema.contains_key("$ref") {
        // OpenAPI 3.0 ignores the siblings of a reference.
        if let Some(other) = schema.keys().find(|key| *key != "$ref") {
            return Err(form.error(format!("{other:?} next to $ref has no effect; write {{allOf: [{{$ref}}], ...}}")));
        }
        return form.reference(&schema["$ref"]).map(|component| Shape::Reference { component });
    }
    if let Some(any_of) = schema.get("anyOf") {
        return form.any_of(any_of);
    }
    if let Some(all_of) = schema.get("allOf") {
        form.only(&["allOf", "nullable"])?;
        return match all_of.as_array().map(Vec::as_slice) {
            Some([only]) if only.get("$ref").is_some() => {
                form.reference(&only["$ref"]).map(|component| Shape::Reference { component })
            }
            _ => Err(form.error(
                "allOf is supported here with one reference only; make this schema a component, and refer to it",
            )),
        };
    }
    form.typed()
}

struct Form<'a, 'p> {
    schema: &'a Map<String, Value>,
    pointer: &'p str,
}

impl<'a> Form<'a, '_> {
    fn any_of(&self, any_of: &'a Value) -> Result<Shape<'a>, Error> {
        let arms = any_of.as_array().map(Vec::as_slice).unwrap_or_default();
        if let Some(discriminator) = self.schema.get("discriminator") {
            self.only(&["anyOf", "discriminator"])?;
            return self.tagged_union(arms, discriminator);
        }
        self.only(&["anyOf"])?;
        let [first, second] = arms else { return Err(self.error(FORMS)) };
        if *second == serde_json::json!({ "type": "string" })
            && has_only(first, &["type", "enum"])
            && first["type"] == "string"
        {
            return Ok(Shape::Evolvable { members: self.members(&first["enum"])? });
        }
        // The second arm as the specification has it, and as Graph writes it.
        let is_null = has_only(second, &["type", "nullable", "enum"])
            && second["type"] == "object"
            && second["nullable"] == true
            && second.get("enum").is_none_or(|members| *members == serde_json::json!([null]));
        if is_null && has_only(first, &["$ref"]) {
            return self.reference(&first["$ref"]).map(|component| Shape::NullableReference { component });
        }
        Err(self.error(FORMS))
    }

    fn tagged_union(&self, arms: &'a [Value], discriminator: &'a Value) -> Result<Shape<'a>, Error> {
        let property = discriminator.get("propertyName").and_then(Value::as_str);
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let (Some(property), Some(mapping), Some((open, arms))) = (property, mapping, arms.split_last()) else {
            return Err(self.error(FORMS));
        };
        // A named one is checked where it is.
        let is_named = open.get("$ref").is_some() && !mapping.values().any(|target| *target == open["$ref"]);
        let is_open =
            open["type"] == "object" && has_only(open, &["type", "properties", "additionalProperties", "description"]);
        if !is_named && !is_open {
            return Err(
                self.error("the last member of a tagged union must be an open object, or a reference to one, for types that are not listed")
            );
        }
        let arms = arms.iter().map(|arm| self.reference(&arm["$ref"])).collect::<Result<_, _>>()?;
        Ok(Shape::TaggedUnion { property, mapping, arms })
    }

    fn typed(&self) -> Result<Shape<'a>, Error> {
        let format = self.schema.get("format").and_then(Value::as_str);
        let Some(kind) = self.schema.get("type") else {
            self.only(&["nullable"])?;
            return Ok(Shape::Any);
        };
        match kind.as_str().unwrap_or_default() {
            "string" if self.schema.contains_key("enum") => {
                self.only(&["type", "enum", "nullable", "format", "pattern"])?;
                let members = self.members(&self.schema["enum"])?;
                Ok(match members.as_slice() {
                    [value] => Shape::Discriminating { value },
                    _ => Shape::Enumeration { members },
                })
            }
            // The text of any format is kept as it is.
            "string" => {
                self.only(&["type", "format", "nullable", "pattern", "minLength", "maxLength"])?;
                Ok(if format == Some("date-time") { Shape::DateTime } else { Shape::Scalar })
            }
            "boolean" => self.only(&["type", "nullable"]).map(|()| Shape::Scalar),
            "integer" | "number" => {
                self.only(&["type", "format", "nullable", "minimum", "maximum"])?;
                Ok(if format == Some("decimal") { Shape::Decimal } else { Shape::Scalar })
            }
            "array" => {
                self.only(&["type", "items", "nullable", "minItems", "maxItems", "uniqueItems"])?;
                Ok(Shape::Array)
            }
            "object" => {
                self.only(&["type", "properties", "required", "additionalProperties", "nullable"])?;
                // The map of unknown properties holds any value, so that reading fails on none.
                Ok(Shape::Object)
            }
            _ => Err(self
                .error(format!("type {kind} is not supported; use string, boolean, integer, number, array or object"))),
        }
    }

    fn members(&self, members: &'a Value) -> Result<Vec<&'a str>, Error> {
        let members: Option<Vec<_>> = members.as_array().and_then(|all| all.iter().map(Value::as_str).collect());
        members.filter(|all| !all.is_empty()).ok_or_else(|| {
            self.error("an enumeration must list strings, at least one; null is written as nullable: true")
        })
    }

    fn reference(&self, reference: &Value) -> Result<String, Error> {
        let text = reference.as_str().unwrap_or_default();
        component_name(text).ok_or_else(|| self.error(format!("{reference} is not a reference to a schema component")))
    }

    fn only(&self, keywords: &[&str]) -> Result<(), Error> {
        let unknown = self.schema.keys().find(|key| {
            !keywords.contains(&key.as_str()) && !ANNOTATIONS.contains(&key.as_str()) && !key.starts_with("x-")
        });
        match unknown {
            Some(keyword) => {
                Err(self.error(format!("the keyword {keyword:?} is not supported here; {}", advice(keyword))))
            }
            None => Ok(()),
        }
    }

    fn error(&self, message: impl Into<String>) -> Error {
        Error::new(self.pointer, message)
    }
}

fn has_only(value: &Value, keys: &[&str]) -> bool {
    value.as_object().is_some_and(|object| object.keys().all(|key| keys.contains(&key.as_str())))
}

/// Returns what to write in place of a keyword.
fn advice(keyword: &str) -> &'static str {
    match keyword {
        "oneOf" | "anyOf" | "allOf" | "discriminator" => FORMS,
        "not" | "multipleOf" | "exclusiveMinimum" | "exclusiveMaximum" | "minProperties" | "maxProperties" => {
            "remove it and describe the rule in the description: a value is not checked for it"
        }
        "enum" => "only a string can be an enumeration; describe the values in the description",
        "format" | "pattern" | "minLength" | "maxLength" => "it belongs to a string",
        "minimum" | "maximum" => "it belongs to a number",
        "items" | "minItems" | "maxItems" | "uniqueItems" => "it belongs to an array",
        "properties" | "required" | "additionalProperties" => "it belongs to {type: object}; add the type",
        _ => "remove it, or name an extension \"x-...\"",
    }
}
