//! The JSON Schemas of the Rust types agree with the spec: properties, types, known members, required and additional
//! properties.

use std::collections::BTreeMap;

use conformance::spec;
use msgraph_incident_tasks::types::{
    BatchRequest, BatchResponse, IncidentTaskCollection, IncidentTaskUpdate, ODataError,
};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

type Schemas = BTreeMap<String, Value>;

/// Returns each type that is reachable from a root, by name.
fn of_rust() -> Schemas {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<IncidentTaskCollection>();
    generator.subschema_for::<BatchRequest>();
    generator.subschema_for::<BatchResponse>();
    generator.subschema_for::<IncidentTaskUpdate>();
    generator.subschema_for::<ODataError>();
    generator.take_definitions(true).into_iter().collect()
}

/// Returns each component, by the name of its Rust type.
fn of_spec(spec: &Value) -> Schemas {
    let components = spec["components"]["schemas"].as_object().unwrap();
    components.iter().map(|(name, schema)| (capitalised(name), schema.clone())).collect()
}

fn capitalised(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

/// Returns the schemas in a form in which equal meaning is equal JSON. A type that is not a component is inlined.
fn normalised(schemas: &Schemas, components: &Schemas) -> Schemas {
    let form = Form { schemas, components };
    schemas
        .iter()
        .filter(|(name, _)| components.contains_key(*name))
        .map(|(name, schema)| (name.clone(), form.of(schema)))
        .collect()
}

struct Form<'a> {
    schemas: &'a Schemas,
    components: &'a Schemas,
}

impl Form<'_> {
    fn of(&self, schema: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = capitalised(reference.rsplit('/').next().unwrap());
            return if self.components.contains_key(&name) {
                json!({ "component": name })
            } else {
                self.of(&self.schemas[&name])
            };
        }
        if let Some(members) = schema.get("enum") {
            return json!({ "type": "string", "enum": members });
        }
        if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice) {
            return self.of(only);
        }
        if let Some(arms) = schema["anyOf"].as_array() {
            // Rust allows null for any optional value; the spec only if it is documented.
            let arms: Vec<_> = arms.iter().filter(|arm| !is_null(arm)).map(|arm| self.of(arm)).collect();
            return match arms.as_slice() {
                [only] => only.clone(),
                _ => json!({ "anyOf": arms }),
            };
        }
        match one_type(&schema["type"]) {
            "" => json!("any"),
            "object" => self.object(schema),
            "array" => json!({ "type": "array", "items": self.of(&schema["items"]), "maxItems": schema["maxItems"] }),
            kind => json!({ "type": kind, "format": schema["format"] }),
        }
    }

    fn object(&self, schema: &Value) -> Value {
        let properties = schema["properties"].as_object().into_iter().flatten();
        let properties: Map<_, _> = properties.map(|(name, schema)| (name.clone(), self.of(schema))).collect();
        let mut required: Vec<_> = schema["required"].as_array().cloned().unwrap_or_default();
        required.sort_by_key(Value::to_string);
        let open = schema.get("additionalProperties") != Some(&Value::Bool(false));
        json!({ "type": "object", "properties": properties, "required": required, "open": open })
    }
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null" || schema["enum"] == json!([null])
}

fn one_type(kind: &Value) -> &str {
    match kind.as_array() {
        Some(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap(),
        None => kind.as_str().unwrap_or_default(),
    }
}

#[test]
fn the_schemas_of_the_types_agree_with_the_spec() {
    let all = of_spec(&spec());
    let mut components = all.clone();
    // Not a type in Rust: an object of an unlisted type is kept whole.
    components.remove("UnlistedIncidentTaskResponseAction").unwrap();
    let rust = normalised(&of_rust(), &components);
    let described = normalised(&all, &components);
    assert_eq!(rust.keys().collect::<Vec<_>>(), described.keys().collect::<Vec<_>>());
    for (name, schema) in described {
        assert_eq!(rust[&name], schema, "{name}");
    }
}

#[test]
fn each_kind_of_difference_is_found() {
    let original = of_spec(&spec());
    let schemas = "/components/schemas";
    for (pointer, value) in [
        ("/incidentTask/properties/displayName/type", json!("integer")),
        ("/incidentTask/properties/createdDateTime/format", json!(null)),
        ("/incidentTask/properties/new", json!({ "type": "string" })),
        ("/incidentTask/required", json!(["id"])),
        ("/incidentTaskStatus/anyOf/0/enum/0", json!("opened")),
        ("/incidentTaskUpdate/additionalProperties", json!(true)),
        ("/incidentTaskUpdate/properties/status/enum/0", json!("opened")),
        ("/incidentTaskResponseAction/anyOf/0/$ref", json!("#/components/schemas/incident")),
        ("/incidentTaskCollection/properties/value/items/$ref", json!("#/components/schemas/incident")),
        ("/batchRequest/properties/requests/maxItems", json!(21)),
        ("/batchResponseItem/properties/body/type", json!("string")),
        ("/MainError/properties/details/items/$ref", json!("#/components/schemas/incident")),
    ] {
        let mut spec = spec();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match spec.pointer_mut(&format!("{schemas}{parent}")).unwrap() {
            Value::Object(object) => drop(object.insert(name.to_owned(), value)),
            Value::Array(array) => array[name.parse::<usize>().unwrap()] = value,
            _ => panic!("{parent} is not a container"),
        }
        let changed = of_spec(&spec);
        assert_ne!(normalised(&changed, &changed), normalised(&original, &original), "{pointer}");
    }
}
