//! Specs whose names and texts want to be something else.

use serde_json::{Map, Value, json};

/// Names that are keywords, or that generated code uses.
const NAMES: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen \
    if impl in let loop macro macro_rules match mod move mut override priv pub raw ref return safe self static \
    struct super trait true try type typeof union unsafe unsized use virtual where while yield new check validate \
    is_null is_set extra value body allow_unknown_things";

/// Names of types that generated code uses, one-letter ones, and those of the prelude.
const TYPES: &str = "a b c d e k m s t option some none ok err result string vec box cow default clone debug send sync into from \
    iterator deserialize serialize serializer deserializer mapAccess member memberSeed withFirst object known \
    value map patch item operation query headers timestamp oDataType oDataTypeTag unknownObject";

fn names() -> impl Iterator<Item = &'static str> {
    NAMES.split(' ')
}

/// Returns a spec in which everything has the name of something else.
pub fn hostile_names() -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let text = || json!({ "type": "string" });
    let mut schemas = Map::new();
    let named: Map<String, Value> =
        names().map(|name| (name.to_owned(), json!({ "type": "string", "nullable": true }))).collect();
    let types: Vec<_> = TYPES.split(' ').collect();
    for (index, name) in types.iter().enumerate() {
        let next = reference(types[(index + 1) % types.len()]);
        let properties = json!({ "next": { "allOf": [next] }, "many": { "type": "array", "items": next } });
        schemas.insert((*name).to_owned(), json!({ "type": "object", "properties": properties }));
    }
    let members: Vec<_> =
        names().chain(TYPES.split(' ')).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    schemas.insert(
        "self".to_owned(),
        json!({ "anyOf": [{ "type": "string", "enum": members }, text()], "x-new": ["new"] }),
    );
    schemas.insert("open".to_owned(), json!({ "type": "object", "properties": named, "required": ["self"] }));
    schemas
        .insert("closed".to_owned(), json!({ "type": "object", "properties": named, "additionalProperties": false }));
    for name in ["microsoft.graph.thing", "microsoft.graph.x", "microsoft.graph.s"] {
        schemas.insert(
            name.to_owned(),
            json!({ "allOf": [reference("microsoft.graph.e"), { "type": "object", "properties": { "t": text() } }] }),
        );
    }
    schemas.insert(
        "microsoft.graph.e".to_owned(),
        json!({ "type": "object", "properties": { "again": reference("microsoft.graph.e") } }),
    );
    schemas["open"]["properties"]["thing"] = reference("microsoft.graph.e");
    let mut parameters: Vec<_> = names()
        .filter(|name| *name != "body")
        .map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } }))
        .collect();
    parameters.push(json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }));
    let operations: Map<String, Value> = types.iter().chain(&["self", "types", "crate", "i64", "str"]).map(|name| {
        let item = json!({ "put": {
            "operationId": name, "parameters": parameters,
            "requestBody": { "required": true, "content": { "application/json": { "schema": reference("closed") } } },
            "responses": { "200": { "description": "", "content": { "application/json": { "schema": reference("open") } } } },
        }, "post": {
            "operationId": format!("{name}Again"), "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
            "requestBody": { "content": { "application/json": { "schema": reference("open") } } },
            "responses": { "204": { "description": "" } },
        } });
        (format!("/{name}/{{id}}"), item)
    }).collect();
    json!({ "openapi": "3.0.3", "info": { "title": "Names", "version": "1" }, "paths": operations, "components": { "schemas": schemas } })
}

/// A text that would be markup and a doctest.
pub const HOSTILE: &str =
    "Ends */ here.\n\n```\npanic!(\"canary\");\n```\n\n    panic!(\"canary\");\n\n~~~rust\ncanary\n~~~\n<script>";

/// Returns a spec with a hostile text in each place, in objects that are called as keywords are.
pub fn hostile_texts() -> Value {
    let text = HOSTILE;
    let described = |mut schema: Value| {
        schema["description"] = text.into();
        schema["title"] = text.into();
        schema["deprecated"] = true.into();
        schema
    };
    let names = [
        "description",
        "summary",
        "title",
        "example",
        "examples",
        "enum",
        "default",
        "externalDocs",
        "version",
        "properties",
    ];
    let properties: Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), described(json!({ "type": "string" })))).collect();
    let component = described(json!({ "type": "object", "properties": properties }));
    let mut schemas: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), component.clone())).collect();
    schemas.insert("state".to_owned(), described(json!({ "type": "string", "enum": ["on", text, "`a`\n\n```\npanic!()\n```"], "x-`a`\n\n```\npanic!()\n```": ["on"] })));
    let reference = json!({ "$ref": "#/components/schemas/example" });
    let parameters: Vec<_> = names.iter().map(|name| json!({ "name": name, "in": "query", "description": text, "deprecated": true, "schema": { "type": "string", "enum": ["a", text] } })).collect();
    json!({
        "openapi": "3.0.3",
        "info": { "title": text, "description": text, "version": text },
        "paths": { format!("/a`\n\n```\npanic!()\n```/{text}"): { "patch": {
            "operationId": format!("update {text}"), "summary": text, "description": text, "tags": [text], "parameters": parameters,
            "requestBody": { "required": true, "description": text, "content": { "application/json": { "schema": reference } } },
            "responses": { "200": { "description": text, "content": { "application/json": { "schema": reference } } } },
        } } },
        "components": { "schemas": schemas },
    })
}
