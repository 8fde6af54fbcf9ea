//! An unsupported construct is an error with its JSON pointer.

use msgraph_codegen::generate;
use serde_json::{Value, json};

/// Returns a small document with each supported form.
fn lamps() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Lamps", "version": "1" },
        "paths": { "/lamps/{id}": { "patch": {
            "operationId": "updateLamp",
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
            "requestBody": { "required": true, "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/lampUpdate" } } } },
            "responses": {
                "200": { "description": "The lamp.", "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/lamp" } } } },
                "204": { "description": "Nothing." },
                "4XX": { "description": "A failure." },
            },
        } } },
        "components": { "schemas": {
            "lamp": { "type": "object", "properties": {
                "state": { "allOf": [{ "$ref": "#/components/schemas/state" }] },
                "since": { "type": "string", "format": "date-time" },
                "bulb": { "anyOf": [{ "$ref": "#/components/schemas/bulb" }, { "type": "object", "nullable": true, "enum": [null] }] },
                "tags": { "type": "array", "items": { "type": "string" } },
                "watts": { "type": "integer", "format": "int64", "nullable": true },
            } },
            "lampUpdate": { "type": "object", "properties": { "state": { "type": "string", "enum": ["on", "off"] } }, "additionalProperties": false },
            "state": { "anyOf": [{ "type": "string", "enum": ["on", "off", "unknownFutureValue"] }, { "type": "string" }] },
            "bulb": {
                "anyOf": [{ "$ref": "#/components/schemas/ledBulb" }, { "type": "object" }],
                "discriminator": { "propertyName": "@odata.type", "mapping": { "#led": "#/components/schemas/ledBulb" } },
            },
            "ledBulb": { "type": "object", "required": ["@odata.type"], "properties": {
                "@odata.type": { "type": "string", "enum": ["#led"] },
                "socket": { "type": "string" },
            } },
        } },
    })
}

/// Puts a value at a pointer, and returns the error of the result.
fn error_of(pointer: &str, value: Value) -> msgraph_codegen::Error {
    let mut document = lamps();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    match document.pointer_mut(parent).unwrap() {
        Value::Object(object) => drop(object.insert(name, value)),
        Value::Array(array) => array[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{parent} is not a container"),
    }
    match generate(&document.to_string()) {
        Err(error) => error.rejections()[0].error.clone(),
        Ok(_) => panic!("{pointer} was generated"),
    }
}

#[test]
fn the_document_of_these_tests_is_supported() {
    generate(&lamps().to_string()).unwrap();
}

#[test]
fn unsupported_schemas_are_errors_with_their_place() {
    let state = "/components/schemas/state";
    let property = "/components/schemas/lamp/properties/state";
    let text = json!({ "type": "string" });
    let base =
        |name: &str| json!({ "allOf": [{ "$ref": format!("#/components/schemas/{name}") }, { "type": "object" }] });
    for (pointer, schema) in [
        (state, json!({ "anyOf": [text, { "type": "string", "enum": ["on"] }] })),
        (state, json!({ "oneOf": [{ "type": "string", "enum": ["on"] }, text] })),
        (state, json!({ "anyOf": [{ "type": "string", "enum": [] }, text] })),
        (state, json!({ "anyOf": [{ "type": "string", "enum": ["on", 1] }, text] })),
        (state, json!({ "type": "string", "nullable": true })),
        (state, base("state")),
        (property, json!({ "type": "string", "enum": ["on", "off"] })),
        (property, json!({ "anyOf": [{ "type": "string", "enum": ["on"] }, text] })),
        (property, json!({ "$ref": "#/components/schemas/state", "description": "lost" })),
        (property, json!({ "allOf": [{ "$ref": "#/components/schemas/state" }, { "type": "string" }] })),
        (property, json!({ "not": text })),
        (property, json!({ "type": "integer", "enum": [1, 2] })),
        (property, json!({ "type": "boolean", "format": "date" })),
        (property, json!({ "type": "integer", "multipleOf": 2 })),
        (property, json!({ "type": "integer", "minimum": 1, "exclusiveMinimum": true })),
        (property, json!({ "type": "integer", "minimum": 2, "maximum": 1 })),
        (property, json!({ "type": "array" })),
        (property, json!({ "type": "object", "maxProperties": 1 })),
        (property, json!({ "type": "file" })),
        (property, json!({ "type": ["string", "null"] })),
        (property, json!({ "properties": { "a": text } })),
        (property, json!({ "const": 1 })),
        (property, json!({ "$ref": "other.json#/a" })),
        (property, json!({ "$ref": "#/components/schemas/nowhere" })),
        (property, json!("text")),
    ] {
        assert_eq!(error_of(pointer, schema.clone()).pointer(), pointer, "{schema}");
    }
}

#[test]
fn names_that_would_be_one_in_rust_are_errors() {
    let text = json!({ "type": "string" });
    let lamp = "/components/schemas/lamp";
    let last_member = "/components/schemas/state/anyOf/0/enum/2";
    let extensions = json!({ "anyOf": [{ "type": "string", "enum": ["on"] }, { "type": "string" }], "x-a-b": ["on"], "x-a_b": ["on"] });
    let inline =
        json!({ "type": "object", "properties": { "bulb": { "type": "object", "properties": { "a": text } } } });
    for (pointer, value, found_at) in [
        ("/components/schemas/Lamp", json!({ "type": "object" }), lamp),
        ("/components/schemas/lamp/properties/State", text.clone(), "/components/schemas/lamp/properties/state"),
        ("/components/schemas/state/x-known", json!(["on"]), "/components/schemas/state/x-known"),
        ("/components/schemas/state", extensions, "/components/schemas/state/x-a_b"),
        ("/components/schemas/led", inline, "/components/schemas/led/properties/bulb"),
        ("/paths/~1lamps~1{id}/patch/parameters/0/name", json!("body"), "/paths/~1lamps~1{id}/patch"),
        (
            "/components/schemas/lampUpdate/properties/allowUnknownValues",
            text.clone(),
            "/components/schemas/lampUpdate/properties/allowUnknownValues",
        ),
        (last_member, json!("On"), last_member),
        (last_member, json!("unknownValue"), last_member),
    ] {
        assert_eq!(error_of(pointer, value).pointer(), found_at);
    }
}

#[test]
fn a_clash_names_both() {
    for (pointer, value, names) in [
        ("/components/schemas/Lamp", json!({ "type": "object" }), ["\"Lamp\"", "\"lamp\""]),
        ("/components/schemas/lamp/properties/State", json!({ "type": "string" }), ["\"State\"", "\"state\""]),
        ("/components/schemas/state/anyOf/0/enum/2", json!("On"), ["\"On\"", "\"on\""]),
        ("/components/schemas/state/anyOf/0/enum/2", json!("unknownValue"), ["\"unknownValue\"", "unknown members"]),
        ("/components/schemas/state/x-known", json!(["on"]), ["\"x-known\"", "\"is_known\""]),
    ] {
        let error = error_of(pointer, value);
        assert!(names.iter().all(|name| error.message().contains(name)), "{error}");
    }
    // A member that clashes is still one, so that what lists it is right.
    let mut document = lamps();
    document["components"]["schemas"]["state"]["anyOf"][0]["enum"] = json!(["on", "off", "On", "Off"]);
    assert_eq!(generate(&document.to_string()).unwrap_err().rejections().len(), 2);
}

#[test]
fn everything_is_rejected_at_once_in_the_order_of_its_lines() {
    let mut document = lamps();
    document["components"]["schemas"]["lamp"]["properties"]["watts"]["multipleOf"] = 2.into();
    document["components"]["schemas"]["bad"] = json!({ "oneOf": [] });
    document["paths"]["/lamps/{id}"]["patch"]["operationId"] = Value::Null;
    let text = serde_json::to_string_pretty(&document).unwrap();
    let error = generate(&text).unwrap_err();
    let lines: Vec<_> = error.rejections().iter().map(|rejection| rejection.line.unwrap()).collect();
    assert!(lines.len() == 3 && lines.is_sorted(), "{error}");
    let shown = error.to_string();
    let first = shown.lines().next().unwrap();
    assert!(first.contains(": /components/schemas/bad: the keyword \"oneOf\" is not supported here; "), "{first}");
    for rejection in error.rejections() {
        let name = rejection.error.pointer().rsplit('/').next().unwrap();
        assert!(text.lines().nth(rejection.line.unwrap() - 1).unwrap().contains(name), "{rejection}");
    }
}

#[test]
fn unions_whose_mapping_and_members_disagree_are_errors() {
    let bulb = "/components/schemas/bulb";
    let mapping = format!("{bulb}/discriminator/mapping");
    for value in [json!({}), json!({ "#other": "#/components/schemas/ledBulb" })] {
        assert_eq!(error_of(&mapping, value).pointer(), mapping);
    }
    let error = error_of(&format!("{bulb}/anyOf/1"), json!({ "$ref": "#/components/schemas/lampUpdate" }));
    assert_eq!(error.pointer(), "/components/schemas/lampUpdate");
    let error = error_of("/components/schemas/ledBulb/required", json!([]));
    assert_eq!(error.pointer(), "/components/schemas/ledBulb");
}

#[test]
fn unsupported_operations_are_errors() {
    let operation = "/paths/~1lamps~1{id}/patch";
    let json_of = |schema: Value| json!({ "application/json": { "schema": schema } });
    let lamp = json!({ "$ref": "#/components/schemas/lamp" });
    let update = json!({ "$ref": "#/components/schemas/lampUpdate" });
    let text = json!({ "type": "string" });
    let id = json!({ "name": "id", "in": "path", "required": true, "schema": text });
    for (name, value, pointer) in [
        ("operationId", Value::Null, ""),
        ("parameters", json!([{ "name": "Authorization", "in": "header", "schema": { "type": "string" } }]), ""),
        ("parameters", json!([id, { "name": "a b", "in": "header", "schema": { "type": "string" } }]), "/parameters/1"),
        ("parameters", json!([id, { "name": "a", "in": "cookie", "schema": { "type": "string" } }]), "/parameters/1"),
        (
            "parameters",
            json!([id, { "name": "a", "in": "query", "style": "deepObject", "schema": { "type": "object" } }]),
            "/parameters/1",
        ),
        (
            "parameters",
            json!([id, { "name": "a", "in": "query", "allowReserved": true, "schema": { "type": "string" } }]),
            "/parameters/1",
        ),
        (
            "parameters",
            json!([id, { "name": "a", "in": "query", "content": { "text/plain": {} } }]),
            "/parameters/1/content",
        ),
        ("parameters", json!([id, { "name": "a", "in": "query" }]), "/parameters/1"),
        (
            "parameters",
            json!([id, { "name": "other", "in": "path", "required": true, "schema": { "type": "string" } }]),
            "/parameters/1",
        ),
        ("parameters", json!([id, { "name": "id", "in": "query", "schema": { "type": "string" } }]), "/parameters/1"),
        (
            "parameters",
            json!([id, { "name": "$top", "in": "query", "schema": text }, { "name": "top", "in": "query", "schema": text }]),
            "/parameters/2",
        ),
        ("servers", json!([{ "url": "https://x.test" }]), ""),
        ("responses", json!({ "2xx": { "description": "" } }), "/responses"),
        ("parameters", json!([]), ""),
        ("parameters", json!([{ "name": "id", "in": "path", "schema": { "type": "string" } }]), "/parameters/0"),
        ("requestBody", json!({ "required": true, "content": { "text/plain": {} } }), "/requestBody/content"),
        ("responses", json!({ "4XX": { "description": "" } }), "/responses"),
        (
            "responses",
            json!({ "200": { "description": "", "content": json_of(lamp.clone()) }, "201": { "description": "", "content": json_of(update) } }),
            "/responses/201",
        ),
        (
            "responses",
            json!({ "200": { "description": "", "content": { "text/html": {} } } }),
            "/responses/200/content",
        ),
    ] {
        assert_eq!(error_of(&format!("{operation}/{name}"), value).pointer(), format!("{operation}{pointer}"));
    }
}

#[test]
fn a_path_that_no_request_could_have_is_an_error() {
    for path in ["/lamps/", "/", "//lamps", "/a/../b", "/lamps?on=true", "/lamps#1", "/a%20b", "lamps", "/{a", "/a}"] {
        let mut document = lamps();
        document["paths"] =
            json!({ path: { "get": { "operationId": "a", "responses": { "204": { "description": "" } } } } });
        let error = generate(&document.to_string()).unwrap_err();
        assert!(
            error.rejections().iter().all(|rejection| rejection.error.message().starts_with("invalid path")),
            "{path}: {error}"
        );
    }
}

#[test]
fn values_of_a_request_must_be_of_one_evolvable_enumeration() {
    let pointer = "/components/schemas/lampUpdate/properties/state";
    let error = error_of(pointer, json!({ "type": "string", "enum": ["on", "dimmed"] }));
    assert_eq!(error.pointer(), pointer);
    let mut document = lamps();
    document["components"]["schemas"]["mood"] = document["components"]["schemas"]["state"].clone();
    let error = generate(&document.to_string()).unwrap_err().rejections()[0].error.clone();
    assert_eq!(error.pointer(), pointer);
    assert!(error.message().contains("mood") && error.message().contains("state"), "{error}");
}

#[test]
fn a_document_that_is_not_openapi_is_an_error_with_its_place() {
    for (pointer, value, found_at) in [
        ("/info/version", json!(1), "/info/version"),
        ("/info/title", Value::Null, "/info/title"),
        ("/servers", json!("https://x.test"), "/servers"),
    ] {
        assert_eq!(error_of(pointer, value).pointer(), found_at);
    }
}

#[test]
fn a_document_that_is_not_openapi_3_0_is_an_error() {
    for text in ["", "[]", "{", "{\"openapi\":\"3.1.0\"}", "{\"openapi\":\"2.0\"}", "{\"openapi\":\"3.0.3\"}"] {
        generate(text).unwrap_err();
    }
}
