//! Converts schemas of OpenAPI 3.0 to JSON Schema 2020-12. They differ in `nullable`, in exclusive bounds, in the
//! siblings of `$ref`, and in annotations.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::references::target;
use crate::{Error, MAX_DEPTH, pointer};

/// Returns the schema at a pointer as a self-contained JSON Schema 2020-12: it and each schema that it refers to are in
/// `$defs`, by their pointers.
///
/// `nullable: true` adds null to the `type`, or without a `type` to the whole schema. Keywords that OpenAPI 3.0 does
/// not have are left out.
///
/// # Errors
///
/// If there is nothing at the pointer, a reference is dangling or external, or schemas are nested deeper than
/// [`MAX_DEPTH`].
pub fn json_schema(document: &Value, pointer: &str) -> Result<Value, Error> {
    if document.pointer(pointer).is_none() {
        return Err(Error::new(pointer, "the document has no value at this pointer"));
    }
    let mut definitions = Map::new();
    let mut seen = BTreeSet::from([pointer.to_owned()]);
    let mut pending = vec![pointer.to_owned()];
    while let Some(place) = pending.pop() {
        let mut conversion = Conversion { document, targets: Vec::new() };
        let schema = document.pointer(&place).unwrap_or(&Value::Null);
        definitions.insert(place.clone(), conversion.schema(schema, &place, 0)?);
        pending.extend(conversion.targets.into_iter().filter(|target| seen.insert(target.clone())));
    }
    Ok(json!({ "$ref": reference_to(pointer), "$defs": definitions }))
}

struct Conversion<'a> {
    document: &'a Value,
    /// The pointers that references point to.
    targets: Vec<String>,
}

impl Conversion<'_> {
    fn schema(&mut self, schema: &Value, place: &str, depth: usize) -> Result<Value, Error> {
        let Some(keywords) = schema.as_object() else { return Ok(schema.clone()) };
        if depth > MAX_DEPTH {
            return Err(Error::new(place, format!("schemas are nested deeper than {MAX_DEPTH} levels")));
        }
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            // In OpenAPI 3.0 the siblings of a reference are ignored.
            return self.reference(reference, place);
        }
        let mut result = Map::new();
        for (keyword, value) in keywords {
            let place = || pointer::join(place, keyword);
            let value = match keyword.as_str() {
                "properties" => {
                    let properties = value.as_object().into_iter().flatten();
                    let properties: Result<Map<_, _>, _> = properties
                        .map(|(name, schema)| {
                            Ok((name.clone(), self.schema(schema, &pointer::join(&place(), name), depth + 1)?))
                        })
                        .collect();
                    properties?.into()
                }
                "allOf" | "anyOf" | "oneOf" => {
                    let arms = value.as_array().into_iter().flatten().enumerate();
                    arms.map(|(index, arm)| self.schema(arm, &format!("{}/{index}", place()), depth + 1))
                        .collect::<Result<Value, _>>()?
                }
                "items" | "not" | "additionalProperties" => self.schema(value, &place(), depth + 1)?,
                _ if KEPT.contains(&keyword.as_str()) => value.clone(),
                _ => continue,
            };
            result.insert(keyword.clone(), value);
        }
        for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
            if keywords.get(exclusive) == Some(&Value::Bool(true))
                && let Some(value) = result.remove(bound)
            {
                result.insert(exclusive.to_owned(), value);
            }
        }
        if keywords.get("nullable") == Some(&Value::Bool(true)) {
            return Ok(nullable(result));
        }
        Ok(Value::Object(result))
    }

    fn reference(&mut self, reference: &str, place: &str) -> Result<Value, Error> {
        let target = target(reference).map_err(|error| Error::new(place, error.message()))?;
        if self.document.pointer(&target).is_none() {
            return Err(Error::new(place, format!("dangling reference {reference:?}")));
        }
        let converted = json!({ "$ref": reference_to(&target) });
        self.targets.push(target);
        Ok(converted)
    }
}

/// The keywords with the same meaning in both.
const KEPT: [&str; 20] = [
    "default",
    "deprecated",
    "description",
    "enum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
];

fn reference_to(pointer: &str) -> String {
    let mut reference = "#/$defs/".to_owned();
    for byte in pointer::escape(pointer).bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            reference.push(byte.into());
        } else {
            reference.push_str(&format!("%{byte:02X}"));
        }
    }
    reference
}

/// Applies `nullable`: in OpenAPI 3.0.3 it adds null to the `type` next to it; an `enum` must list null itself.
fn nullable(mut schema: Map<String, Value>) -> Value {
    match schema.get("type").cloned() {
        Some(kind) => {
            schema.insert("type".to_owned(), json!([kind, "null"]));
            Value::Object(schema)
        }
        // Without a type `nullable` has no effect, except that on a reference it is meant to add null.
        None => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::json_schema;

    fn accepts(schema: Value, value: Value) -> bool {
        let document = json!({ "components": { "schemas": { "a/b {c}": schema, "text": { "type": "string" } } } });
        jsonschema::is_valid(&json_schema(&document, "/components/schemas/a~1b {c}").unwrap(), &value)
    }

    #[test]
    fn nullable_adds_only_null() {
        let text = json!({ "type": "string", "nullable": true });
        assert!(accepts(text.clone(), Value::Null));
        assert!(accepts(text.clone(), json!("a")));
        assert!(!accepts(text, json!(1)));
        assert!(!accepts(json!({ "type": "string" }), Value::Null));
        let reference = json!({ "nullable": true, "allOf": [{ "$ref": "#/components/schemas/text" }] });
        assert!(accepts(reference.clone(), Value::Null));
        assert!(!accepts(reference, json!(1)));
    }

    #[test]
    fn the_null_arm_of_a_nullable_reference_accepts_only_null() {
        let form = json!({ "anyOf": [
            { "$ref": "#/components/schemas/text" },
            { "type": "object", "nullable": true, "enum": [null] },
        ] });
        assert!(accepts(form.clone(), Value::Null));
        assert!(accepts(form.clone(), json!("a")));
        assert!(!accepts(form, json!({})));
    }

    #[test]
    fn exclusive_bounds_are_converted() {
        let schema = json!({ "type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": 3 });
        assert!(!accepts(schema.clone(), json!(1)));
        assert!(accepts(schema.clone(), json!(3)));
        assert!(!accepts(schema, json!(4)));
    }

    #[test]
    fn a_property_that_is_called_like_a_keyword_is_kept() {
        let text = json!({ "type": "string" });
        let schema = json!({ "type": "object", "properties": { "nullable": text, "x-a": text, "$ref": text } });
        for name in ["nullable", "x-a", "$ref"] {
            assert!(!accepts(schema.clone(), json!({ name: 1 })), "{name}");
            assert!(accepts(schema.clone(), json!({ name: "a" })), "{name}");
        }
    }

    #[test]
    fn siblings_of_a_reference_and_unknown_keywords_are_ignored() {
        let beside = json!({ "$ref": "#/components/schemas/text", "maxLength": 1 });
        assert!(accepts(beside.clone(), json!("ab")) && !accepts(beside, json!(1)));
        for keyword in
            [json!({ "const": 1 }), json!({ "$id": "https://a.test" }), json!({ "$schema": "x" }), json!({ "x-a": 1 })]
        {
            assert!(accepts(keyword.clone(), json!("a")), "{keyword}");
        }
    }

    #[test]
    fn referenced_schemas_are_included_wherever_they_are() {
        let document = json!({
            "components": { "schemas": { "a": { "type": "object", "properties": {
                "next": { "$ref": "#/components/schemas/a" }, "id": { "$ref": "#/components/parameters/%7Bid%7D/schema" } } } },
                "parameters": { "{id}": { "schema": { "type": "integer" } } } } });
        let schema = json_schema(&document, "/components/schemas/a").unwrap();
        assert!(jsonschema::is_valid(&schema, &json!({ "next": { "next": { "id": 1 } } })));
        assert!(!jsonschema::is_valid(&schema, &json!({ "next": { "next": { "id": "a" } } })));
    }

    #[test]
    fn a_reference_that_cannot_be_resolved_and_nesting_without_end_are_errors_with_their_place() {
        let error = |schema: Value| {
            let document = json!({ "components": { "schemas": { "a": schema } } });
            json_schema(&document, "/components/schemas/a").unwrap_err().to_string()
        };
        let dangling = error(json!({ "items": { "$ref": "#/none" } }));
        assert_eq!(dangling, "/components/schemas/a/items: dangling reference \"#/none\"");
        assert!(
            error(json!({ "anyOf": [{ "$ref": "a.json" }] })).starts_with("/components/schemas/a/anyOf/0: external")
        );
        let mut deep = json!({});
        for _ in 0..1000 {
            deep = json!({ "not": deep });
        }
        assert!(error(deep).contains("nested deeper"));
        assert!(json_schema(&json!({}), "/a").is_err());
    }
}
