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
    /// A string, boolean or number.
    Scalar,
    /// `{type: array}`.
    Array,
    /// `{type: object}`.
    Object,
}

/// The keywords that do not change what a schema allows.
const ANNOTATIONS: [&str; 8] =
    ["deprecated", "description", "example", "externalDocs", "readOnly", "title", "writeOnly", "xml"];

/// Returns true if a keyword does not change what a schema allows.
pub(crate) fn is_annotation(keyword: &str) -> bool {
    ANNOTATIONS.contains(&keyword)
}

pub(crate) const FORMS: &str = "an evolvable enumeration is {anyOf: [{type: string, enum: [...]}, {type: string}]}, \
    a nullable reference {anyOf: [{$ref}, {type: object, nullable: true, enum: [null]}]}, \
    a tagged union {anyOf: [{$ref}..., {type: object}], discriminator: {propertyName, mapping}}";

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
            _ => Err(form.error("allOf is supported with one reference only")),
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
        if *second == serde_json::json!({ "type": "object", "nullable": true, "enum": [null] })
            && has_only(first, &["$ref"])
        {
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
        if open["type"] != "object" || !has_only(open, &["type", "properties", "additionalProperties", "description"]) {
            return Err(
                self.error("the last member of a tagged union must be an open object, for types that are not listed")
            );
        }
        let arms = arms.iter().map(|arm| self.reference(&arm["$ref"])).collect::<Result<_, _>>()?;
        Ok(Shape::TaggedUnion { property, mapping, arms })
    }

    fn typed(&self) -> Result<Shape<'a>, Error> {
        let format = self.schema.get("format").and_then(Value::as_str);
        let Some(kind) = self.schema.get("type") else {
            self.only(&[])?;
            return Ok(Shape::Any);
        };
        match (kind.as_str().unwrap_or_default(), format) {
            ("string", None) if self.schema.contains_key("enum") => {
                self.only(&["type", "enum", "nullable"])?;
                let members = self.members(&self.schema["enum"])?;
                Ok(match members.as_slice() {
                    [value] => Shape::Discriminating { value },
                    _ => Shape::Enumeration { members },
                })
            }
            ("string", None) | ("boolean", None) => self.scalar(),
            ("string", Some("date-time")) => self.scalar().map(|_| Shape::DateTime),
            ("integer", None | Some("int32" | "int64")) => self.scalar(),
            ("number", None | Some("float" | "double")) => self.scalar(),
            ("array", None) => {
                self.only(&["type", "items", "nullable"])?;
                Ok(Shape::Array)
            }
            ("object", None) => {
                self.only(&["type", "properties", "required", "additionalProperties", "nullable"])?;
                match self.schema.get("additionalProperties") {
                    None | Some(Value::Bool(_)) => Ok(Shape::Object),
                    // The generated map holds any value, so that reading fails on none.
                    Some(Value::Object(values)) if values.iter().all(|(key, of)| key == "type" && of == "string") => {
                        Ok(Shape::Object)
                    }
                    Some(_) => Err(self.error("additionalProperties must be true, false, {} or strings")),
                }
            }
            (kind, format) => {
                Err(self.error(format!("type {kind:?} with format {:?} is not supported", format.unwrap_or("none"))))
            }
        }
    }

    fn scalar(&self) -> Result<Shape<'a>, Error> {
        self.only(&["type", "format", "nullable"]).map(|()| Shape::Scalar)
    }

    fn members(&self, members: &'a Value) -> Result<Vec<&'a str>, Error> {
        let members: Option<Vec<_>> = members.as_array().and_then(|all| all.iter().map(Value::as_str).collect());
        members.filter(|all| !all.is_empty()).ok_or_else(|| self.error("an enumeration must list at least one string"))
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
            Some(keyword) => Err(self.error(format!("the keyword {keyword:?} is not supported here"))),
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
