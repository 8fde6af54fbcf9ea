//! The specs that are compiled.

use serde_json::{Value, json};

use crate::hostile_specs::{hostile_names, hostile_texts};

const GRAPH: &str = include_str!("../specs/graph.json");
const LAMPS: &str = include_str!("../specs/lamps.json");
const NESTED: &str = include_str!("../specs/nested.json");

/// Returns the name and text of each spec.
///
/// # Errors
///
/// If a file is not JSON.
pub fn compiled() -> serde_json::Result<Vec<(&'static str, String)>> {
    let mut all_changes: Value = serde_json::from_str(LAMPS)?;
    changes().into_iter().for_each(|change| change.apply(&mut all_changes));
    Ok(vec![
        ("graph", GRAPH.to_owned()),
        ("nested", NESTED.to_owned()),
        ("changes", all_changes.to_string()),
        ("hostile", hostile_names().to_string()),
        ("texts", hostile_texts().to_string()),
    ])
}

/// A change of the spec of lamps.
#[derive(Debug)]
pub struct Change {
    /// What is changed.
    pub name: &'static str,
    pointer: &'static str,
    value: Value,
}

impl Change {
    /// Puts the value at the pointer; "-" is the end of an array.
    pub fn apply(&self, spec: &mut Value) {
        let (parent, name) = self.pointer.rsplit_once('/').unwrap_or_default();
        let name = name.replace("~1", "/");
        match spec.pointer_mut(parent) {
            Some(Value::Object(object)) => drop(object.insert(name, self.value.clone())),
            Some(Value::Array(array)) => array.push(self.value.clone()),
            _ => {}
        }
    }
}

/// Returns the spec that is changed.
///
/// # Errors
///
/// If it is not JSON.
pub fn lamps() -> serde_json::Result<Value> {
    serde_json::from_str(LAMPS)
}

/// Returns the kinds of change: each is right for itself, and all together are compiled.
pub fn changes() -> Vec<Change> {
    let change = |name, pointer, value| Change { name, pointer, value };
    let text = |description: &str| json!({ "type": "string", "description": description });
    let query = |name: &str, schema: Value| json!({ "name": name, "in": "query", "description": "An option.", "schema": schema });
    let (list, patch) = ("/paths/~1lamps/get/parameters/-", "/paths/~1lamps~1{id}/patch");
    let strings = json!({ "type": "array", "items": { "type": "string", "enum": ["id", "state"] } });
    let mut select = query("$select", strings);
    select["explode"] = false.into();
    let mut expand = query("$expand", json!({ "type": "array", "uniqueItems": true, "items": { "type": "string" } }));
    expand["explode"] = false.into();
    vec![
        change("enum member", "/components/schemas/state/anyOf/0/enum/-", json!("dimmed")),
        change("property", "/components/schemas/lamp/properties/room", text("Its room.")),
        change(
            "deprecated property",
            "/components/schemas/lamp/properties/old",
            json!({ "type": "string", "deprecated": true, "description": "Old." }),
        ),
        change(
            "property that is a map",
            "/components/schemas/lamp/properties/labels",
            json!({ "type": "object", "additionalProperties": { "type": "string" }, "description": "Labels." }),
        ),
        change(
            "property of any object",
            "/components/schemas/lamp/properties/anything",
            json!({ "type": "object", "description": "Anything." }),
        ),
        change(
            "recursive property",
            "/components/schemas/lamp/properties/twin",
            json!({ "description": "Its twin.", "allOf": [{ "$ref": "#/components/schemas/lamp" }] }),
        ),
        change(
            "decimal",
            "/components/schemas/lamp/properties/price",
            json!({ "type": "number", "format": "decimal", "description": "Its price." }),
        ),
        change(
            "text with a format",
            "/components/schemas/lamp/properties/built",
            json!({ "type": "string", "format": "date", "pattern": "^[0-9-]+$", "description": "Built." }),
        ),
        change(
            "bound in a response",
            "/components/schemas/lamp/properties/level",
            json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": 2, "description": "Level." }),
        ),
        change(
            "nested request value",
            "/components/schemas/lampUpdate/properties/bulb",
            json!({ "type": "object", "description": "The bulb.", "required": ["state"], "additionalProperties": false, "properties": {
                "state": { "type": "string", "enum": ["on", "off"], "description": "Its state." } } }),
        ),
        change(
            "null in a request",
            "/components/schemas/lampUpdate/properties/owner",
            json!({ "type": "string", "nullable": true, "description": "The owner." }),
        ),
        change(
            "text length",
            "/components/schemas/lampUpdate/properties/name",
            json!({ "type": "string", "minLength": 1, "maxLength": 3, "description": "The name." }),
        ),
        change(
            "one-member enum in a request",
            "/components/schemas/lampUpdate/properties/kind",
            json!({ "type": "string", "enum": ["lamp"], "description": "The kind." }),
        ),
        change(
            "list of enums in a request",
            "/components/schemas/lampUpdate/properties/states",
            json!({ "type": "array", "uniqueItems": true, "description": "States.", "items": { "type": "string", "enum": ["on", "off"] } }),
        ),
        change("query array without explode", list, select),
        change("query array of texts", list, expand),
        change(
            "query array with explode",
            list,
            query("tag", json!({ "type": "array", "items": { "type": "string" } })),
        ),
        change("query enum", list, query("state", json!({ "$ref": "#/components/schemas/state" }))),
        change("query texts", list, query("side", json!({ "type": "string", "enum": ["left", "right"] }))),
        change("query date", list, query("since", json!({ "type": "string", "format": "date-time" }))),
        change("query boolean", list, query("$count", json!({ "type": "boolean" }))),
        change(
            "query JSON",
            list,
            json!({ "name": "shape", "in": "query", "description": "JSON.", "content": { "application/json": { "schema": { "type": "object" } } } }),
        ),
        change(
            "header",
            list,
            json!({ "name": "If-Match", "in": "header", "description": "ETag.", "schema": { "type": "string" } }),
        ),
        change(
            "preference",
            list,
            json!({ "name": "Prefer", "in": "header", "description": "A preference.", "schema": { "type": "string" } }),
        ),
        change(
            "parameter of the path item",
            "/paths/~1lamps/parameters",
            json!([query("$search", json!({ "type": "string" }))]),
        ),
        change("202 beside 204", "/paths/~1lamps~1{id}/delete/responses/202", json!({ "description": "Accepted." })),
        change("202 beside 200", &*format!("{patch}/responses/202").leak(), json!({ "description": "Accepted." })),
        change("deprecated operation", "/paths/~1lamps~1{id}/delete/deprecated", json!(true)),
        change(
            "OData function",
            "/paths/~1lamps~1find(name='{name}',size={size})",
            json!({ "get": {
            "operationId": "findLamp", "summary": "Find", "description": "Finds a lamp.",
            "parameters": [
                { "name": "name", "in": "path", "required": true, "description": "Its name.", "schema": { "type": "string" } },
                { "name": "size", "in": "path", "required": true, "description": "Its size.", "schema": { "type": "string" } },
            ],
            "responses": { "200": { "description": "The lamp.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/lamp" } } } } },
        } }),
        ),
        change(
            "optional inline body",
            "/paths/~1lamps~1{id}/post",
            json!({
                "operationId": "pulse", "summary": "Pulse", "description": "Pulses a lamp.",
                "parameters": [{ "$ref": "#/components/parameters/id" }],
                "requestBody": { "description": "How.", "content": { "application/json": { "schema": { "type": "object", "properties": {
                    "times": { "type": "integer", "minimum": 1, "maximum": 3, "description": "How often." } } } } } },
                "responses": {
                    "200": { "description": "The lamp.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/lampPage" } } } },
                    "202": { "description": "Accepted." } },
            }),
        ),
    ]
}
