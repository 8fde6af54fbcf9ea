//! Schemas of OpenAPI 3.0 as JSON Schema 2020-12, so that validators of JSON Schema can judge by
//! them. They differ in `nullable`, in bounds that exclude, and in annotations.

use serde_json::{Map, Value, json};

/// The schema at `pointer`, as a JSON Schema that stands on its own.
pub fn json_schema(document: &Value, pointer: &str) -> Value {
    let mut schema = json!({ "$ref": "#/components/requested" });
    schema["components"]["requested"] = converted(document.pointer(pointer).unwrap_or(&Value::Bool(false)));
    let components = document.pointer("/components/schemas").and_then(Value::as_object);
    let components: Map<_, _> =
        components.into_iter().flatten().map(|(name, schema)| (name.clone(), converted(schema))).collect();
    schema["components"]["schemas"] = components.into();
    schema
}

fn converted(schema: &Value) -> Value {
    let Some(schema) = schema.as_object() else { return schema.clone() };
    let mut result = Map::new();
    for (keyword, value) in schema {
        match keyword.as_str() {
            "properties" => {
                let properties = value.as_object().into_iter().flatten();
                let properties: Map<_, _> =
                    properties.map(|(name, schema)| (name.clone(), converted(schema))).collect();
                result.insert(keyword.clone(), properties.into());
            }
            "allOf" | "anyOf" | "oneOf" => {
                let arms: Vec<_> = value.as_array().into_iter().flatten().map(converted).collect();
                result.insert(keyword.clone(), arms.into());
            }
            "items" | "not" | "additionalProperties" => {
                result.insert(keyword.clone(), converted(value));
            }
            "nullable" | "discriminator" | "example" | "externalDocs" | "xml" => {}
            "exclusiveMinimum" | "exclusiveMaximum" => {}
            _ if keyword.starts_with("x-") => {}
            _ => {
                result.insert(keyword.clone(), value.clone());
            }
        }
    }
    for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        if schema.get(exclusive) == Some(&Value::Bool(true))
            && let Some(value) = result.remove(bound)
        {
            result.insert(exclusive.to_owned(), value);
        }
    }
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        return nullable(result);
    }
    Value::Object(result)
}

/// In OpenAPI 3.0.3 `nullable` widens the `type` beside it; where an `enum` is, it must list null.
fn nullable(mut schema: Map<String, Value>) -> Value {
    match schema.get("type").cloned() {
        Some(kind) => {
            schema.insert("type".to_owned(), json!([kind, "null"]));
            Value::Object(schema)
        }
        // Without a type there is nothing to widen; a reference is meant to be widened all the same.
        None => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::json_schema;

    fn accepts(schema: Value, value: Value) -> bool {
        let document = json!({ "components": { "schemas": { "tested": schema, "text": { "type": "string" } } } });
        jsonschema::is_valid(&json_schema(&document, "/components/schemas/tested"), &value)
    }

    #[test]
    fn nullable_lets_null_pass_and_nothing_else() {
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
    fn the_form_of_a_nullable_reference_lets_null_pass_and_no_object() {
        let form = json!({ "anyOf": [
            { "$ref": "#/components/schemas/text" },
            { "type": "object", "nullable": true, "enum": [null] },
        ] });
        assert!(accepts(form.clone(), Value::Null));
        assert!(accepts(form.clone(), json!("a")));
        assert!(!accepts(form, json!({})));
    }

    #[test]
    fn exclusive_bounds_exclude() {
        let schema = json!({ "type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": 3 });
        assert!(!accepts(schema.clone(), json!(1)));
        assert!(accepts(schema.clone(), json!(3)));
        assert!(!accepts(schema, json!(4)));
    }

    #[test]
    fn a_property_that_is_called_like_a_keyword_is_kept() {
        let schema = json!({ "type": "object", "properties": { "nullable": { "type": "string" }, "x-a": { "type": "string" } } });
        assert!(!accepts(schema.clone(), json!({ "nullable": 1 })));
        assert!(!accepts(schema, json!({ "x-a": 1 })));
    }
}
