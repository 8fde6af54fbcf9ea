//! The impact of each kind of change.

use std::cell::RefCell;
use std::collections::HashMap;

use msgraph_spec::{Impact, Report, RustImpact, VersionBump, WireImpact, diff};
use serde_json::{Value, json};

const SPEC: &str = include_str!("../../../../spec/incident-tasks.openapi.json");
const SCHEMAS: &str = "/components/schemas";
const LIST: &str = "/paths/~1security~1incidentTasks/get";
const ITEM: &str = "/paths/~1security~1incidentTasks~1{incidentTaskId}";

fn generate(text: &str) -> Result<String, String> {
    thread_local! {
        static GENERATED: RefCell<HashMap<String, Result<String, String>>> = RefCell::default();
    }
    GENERATED.with(|generated| {
        let mut generated = generated.borrow_mut();
        let make =
            || msgraph_codegen::generate(text).map(|generated| generated.source).map_err(|error| error.to_string());
        generated.entry(text.to_owned()).or_insert_with(make).clone()
    })
}

/// Puts a value at a pointer, appends it to a list for `-`, or removes the value there.
fn edit(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = msgraph_openapi::pointer::split(pointer).unwrap();
    match (document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent}")), value) {
        (Value::Object(object), Some(value)) => drop(object.insert(name.into_owned(), value)),
        (Value::Object(object), None) => drop(object.remove(&*name).unwrap_or_else(|| panic!("{pointer}"))),
        (Value::Array(list), Some(value)) if name == "-" => list.push(value),
        (Value::Array(list), Some(value)) => list[name.parse::<usize>().unwrap()] = value,
        (Value::Array(list), None) => drop(list.remove(name.parse().unwrap())),
        _ => panic!("{parent} is not a container"),
    }
}

fn edited(text: &str, pointer: &str, value: Option<Value>) -> Value {
    let mut document = serde_json::from_str(text).unwrap();
    edit(&mut document, pointer, value);
    document
}

fn row(impact: &Impact) -> String {
    let Impact { change, side, wire, rust, reason, .. } = impact;
    format!("{change} | {side} | {wire} | {rust} | {} | {reason}", impact.bump())
}

#[test]
fn changes_of_our_spec_have_their_impact_on_wire_rust_and_version() {
    use {RustImpact as R, VersionBump as V, WireImpact as W};

    let text = json!({ "type": "string", "description": "New." });
    let option = |required: bool| json!({ "name": "$latest", "in": "query", "required": required, "description": "New.", "schema": { "type": "string" } });
    let status = format!("{SCHEMAS}/incidentTaskStatus/anyOf/0/enum");
    let task = format!("{SCHEMAS}/incidentTask/properties");
    let update = format!("{SCHEMAS}/incidentTaskUpdate");
    for (pointer, value, wire, rust, bump) in [
        (format!("{status}/-"), Some(json!("paused")), W::Risky, R::Additive, V::Minor),
        (format!("{status}/5"), None, W::Compatible, R::SourceBreaking, V::Major),
        // A request has it.
        (format!("{status}/0"), None, W::Compatible, R::CannotBeGenerated, V::Major),
        (format!("{update}/properties/status/enum/0"), None, W::Breaking, R::Behaviour, V::Major),
        (format!("{task}/priority"), Some(text.clone()), W::Compatible, R::Additive, V::Minor),
        (format!("{task}/summary"), Some(text.clone()), W::Compatible, R::Additive, V::Minor),
        (format!("{task}/required"), Some(text.clone()), W::Compatible, R::Additive, V::Minor),
        (format!("{task}/get"), Some(text.clone()), W::Compatible, R::Additive, V::Minor),
        (format!("{task}/tags"), Some(text.clone()), W::Compatible, R::Additive, V::Minor),
        (format!("{task}/description"), None, W::Breaking, R::SourceBreaking, V::Major),
        (format!("{task}/displayName/type"), Some(json!("integer")), W::Breaking, R::SourceBreaking, V::Major),
        (format!("{task}/createdDateTime/format"), None, W::Breaking, R::SourceBreaking, V::Major),
        (format!("{task}/displayName/nullable"), Some(json!(true)), W::Risky, R::None, V::Patch),
        (format!("{task}/displayName/title"), Some(json!("Name")), W::None, R::None, V::None),
        (format!("{SCHEMAS}/incidentTask/required"), Some(json!(["id"])), W::Compatible, R::SourceBreaking, V::Major),
        (format!("{update}/properties/note"), Some(text.clone()), W::Compatible, R::Additive, V::Minor),
        (format!("{LIST}/parameters/-"), Some(option(false)), W::Compatible, R::Additive, V::Minor),
        (format!("{LIST}/parameters/-"), Some(option(true)), W::Breaking, R::SourceBreaking, V::Major),
        (format!("{LIST}/parameters/0"), None, W::Breaking, R::SourceBreaking, V::Major),
        (format!("{LIST}/parameters/2/schema/maximum"), Some(json!(100)), W::Breaking, R::Behaviour, V::Major),
        (format!("{LIST}/parameters/2/schema/maximum"), Some(json!(1000)), W::Compatible, R::Behaviour, V::Patch),
        (format!("{ITEM}/get"), None, W::Breaking, R::SourceBreaking, V::Major),
        (format!("{ITEM}/get/operationId"), Some(json!("readIncidentTask")), W::None, R::SourceBreaking, V::Major),
        (format!("{ITEM}/get/summary"), Some(json!("Read it")), W::None, R::None, V::None),
        (format!("{ITEM}/get/responses/410"), Some(json!({ "description": "Gone." })), W::Risky, R::None, V::Patch),
        (format!("{ITEM}/patch/responses/409"), None, W::Compatible, R::None, V::Patch),
        (format!("{SCHEMAS}/incidentTaskActionType/x-executable/0"), None, W::None, R::Behaviour, V::Patch),
        (
            format!("{SCHEMAS}/batchRequest/properties/requests/maxItems"),
            Some(json!(10)),
            W::Breaking,
            R::Behaviour,
            V::Major,
        ),
        (format!("{SCHEMAS}/incidentTask/description"), Some(json!("A task.")), W::None, R::None, V::None),
        (format!("{SCHEMAS}/incidentTask/deprecated"), Some(json!(true)), W::None, R::None, V::None),
        ("/info/version".to_owned(), Some(json!("0.2.0")), W::None, R::None, V::None),
        ("/openapi".to_owned(), Some(json!("3.0.4")), W::None, R::None, V::None),
        (format!("{SCHEMAS}/incidentTaskResponseAction/anyOf/0"), None, W::Compatible, R::CannotBeGenerated, V::Major),
    ] {
        let report = diff(SPEC, &edited(SPEC, &pointer, value).to_string(), generate).unwrap();
        let [impact] = report.impacts.as_slice() else { panic!("{pointer}: {report:?}") };
        println!("{}", row(impact));
        assert_eq!((impact.wire, impact.rust, impact.bump()), (wire, rust, bump), "{impact:?}");
    }
}

/// A spec with one of each construct.
fn toy() -> Value {
    let lamp = json!({ "$ref": "#/components/schemas/lamp" });
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Lamps", "version": "1.0.0" },
        "servers": [{ "url": "https://lamps.test" }, { "url": "https://more.test" }],
        "tags": [{ "name": "lamps" }],
        "security": [{ "bearer": [] }, { "key": [] }],
        "paths": { "/lamps/{id}": {
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
            "patch": {
                "operationId": "updateLamp", "tags": ["lamps"],
                "parameters": [
                    { "name": "dry", "in": "query", "schema": { "type": "boolean" } },
                    { "name": "must", "in": "query", "required": true, "schema": { "type": "integer", "minimum": 1, "format": "int32" } },
                ],
                "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/change" } }, "text/plain": {} } },
                "responses": {
                    "200": { "description": "A lamp.", "headers": { "ETag": { "required": true, "schema": { "type": "string" } } }, "content": { "application/json": { "schema": lamp } } },
                    "404": { "description": "None." },
                },
            },
        } },
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" }, "key": { "type": "apiKey", "in": "header", "name": "k" }, "unused": { "type": "http", "scheme": "basic" } },
            "schemas": {
                "change": { "type": "object", "required": ["on"], "properties": {
                    "on": { "type": "boolean" }, "note": { "type": "string", "maxLength": 9, "pattern": "^a", "nullable": true },
                    "watts": { "type": "number", "multipleOf": 2, "maximum": 60, "exclusiveMaximum": true }, "colour": { "type": "string", "enum": ["red", "blue"] },
                    "names": { "type": "array", "items": { "type": "string" }, "maxItems": 3, "uniqueItems": true },
                    "room": { "allOf": [{ "$ref": "#/components/schemas/room" }] }, "kind": { "anyOf": [{ "type": "string" }, { "type": "boolean" }] } } },
                "lamp": { "type": "object", "required": ["id"], "properties": {
                    "id": { "type": "string" }, "note": { "type": "string", "maxLength": 9, "pattern": "^a", "nullable": true },
                    "watts": { "type": "number", "minimum": 1 }, "colour": { "type": "string", "enum": ["red", "blue"] },
                    "count": { "type": "integer", "format": "int32" },
                    "room": { "allOf": [{ "$ref": "#/components/schemas/hall" }] }, "kind": { "anyOf": [{ "type": "string" }, { "type": "boolean" }] } } },
                "room": { "type": "object", "properties": { "name": { "type": "string" } } },
                "hall": { "type": "object", "properties": { "name": { "type": "string" } } },
                "shared": { "type": "object", "properties": { "name": { "type": "string" } } },
                "lonely": { "type": "object", "properties": { "summary": { "type": "string" } } },
            },
        },
    })
}

/// Pointer, value, side, impact on the wire, and the rule and level of oasdiff 1.39 if it has one.
fn wire_table() -> Vec<(&'static str, Option<Value>, &'static str, WireImpact, &'static str)> {
    use WireImpact::{Breaking, Compatible, None as Nothing, Risky};

    let text = || Some(json!({ "type": "string" }));
    let query = |required: bool| {
        Some(json!({ "name": "new", "in": "query", "required": required, "schema": { "type": "string" } }))
    };
    let gone = || None::<Value>;
    vec![
        // The document
        ("/openapi", Some(json!("3.0.4")), "document", Nothing, ""),
        ("/info/version", Some(json!("1.0.1")), "document", Nothing, ""),
        ("/info/x-info", Some(json!([1])), "document", Nothing, ""),
        ("/tags/0/description", Some(json!("Lamps.")), "document", Nothing, ""),
        ("/servers/-", Some(json!({ "url": "https://new.test" })), "document", Compatible, ""),
        ("/servers/0/description", Some(json!("A server.")), "document", Nothing, ""),
        ("/servers/1", gone(), "document", Breaking, ""),
        ("/components/schemas/new", text(), "unused", Nothing, ""),
        ("/components/schemas/lonely", gone(), "unused", Nothing, "api-schema-removed INFO"),
        ("/components/schemas/lonely/properties/summary", gone(), "unused", Nothing, ""),
        ("/components/securitySchemes/unused", gone(), "document", Nothing, "api-security-component-removed INFO"),
        ("/components/securitySchemes/bearer/scheme", Some(json!("basic")), "document", Breaking, ""),
        ("/components/securitySchemes/bearer/bearerFormat", Some(json!("JWT")), "document", Nothing, ""),
        // Operations
        ("/paths/~1lamps", Some(json!({ "get": { "responses": {} } })), "document", Compatible, "endpoint-added INFO"),
        ("/paths/~1lamps~1{id}/patch", gone(), "document", Breaking, "api-removed-without-deprecation ERR"),
        ("/paths/~1lamps~1{id}/get", Some(json!({ "responses": {} })), "document", Compatible, "endpoint-added INFO"),
        (
            "/paths/~1lamps~1{id}/patch/operationId",
            Some(json!("changeLamp")),
            "document",
            Nothing,
            "api-operation-id-removed INFO",
        ),
        ("/paths/~1lamps~1{id}/patch/deprecated", Some(json!(true)), "document", Nothing, "endpoint-deprecated INFO"),
        ("/paths/~1lamps~1{id}/patch/tags/0", gone(), "document", Nothing, "api-tag-removed INFO"),
        (
            "/paths/~1lamps~1{id}/patch/security",
            Some(json!([{ "bearer": [] }])),
            "request",
            Breaking,
            "api-security-removed ERR",
        ),
        (
            "/paths/~1lamps~1{id}/patch/security",
            Some(json!([{ "bearer": [] }, { "key": [] }, { "unused": [] }])),
            "request",
            Compatible,
            "api-security-added INFO",
        ),
        // Parameters
        (
            "/paths/~1lamps~1{id}/patch/parameters/-",
            query(false),
            "request",
            Compatible,
            "new-optional-request-parameter INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/parameters/-",
            query(true),
            "request",
            Breaking,
            "new-required-request-parameter ERR",
        ),
        ("/paths/~1lamps~1{id}/patch/parameters/0", gone(), "request", Breaking, "request-parameter-removed WARN"),
        (
            "/paths/~1lamps~1{id}/patch/parameters/0/required",
            Some(json!(true)),
            "request",
            Breaking,
            "request-parameter-became-required ERR",
        ),
        (
            "/paths/~1lamps~1{id}/patch/parameters/1/required",
            gone(),
            "request",
            Compatible,
            "request-parameter-became-optional INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/parameters/0/deprecated",
            Some(json!(true)),
            "request",
            Nothing,
            "request-parameter-deprecated INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/parameters/1/schema/type",
            Some(json!("number")),
            "request",
            Compatible,
            "request-parameter-type-generalized INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/parameters/1/schema/format",
            Some(json!("int64")),
            "request",
            Compatible,
            "request-parameter-type-generalized INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/parameters/1/schema/minimum",
            Some(json!(2)),
            "request",
            Breaking,
            "request-parameter-min-increased ERR",
        ),
        (
            "/paths/~1lamps~1{id}/patch/parameters/1/schema/minimum",
            gone(),
            "request",
            Compatible,
            "request-parameter-min-decreased INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/parameters/1/schema/default",
            Some(json!(3)),
            "request",
            Risky,
            "request-parameter-default-value-added INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/parameters/1/style",
            Some(json!("pipeDelimited")),
            "request",
            Breaking,
            "request-parameter-style-changed ERR",
        ),
        // Bodies
        ("/paths/~1lamps~1{id}/patch/requestBody", gone(), "request", Breaking, "request-body-removed ERR"),
        (
            "/paths/~1lamps~1{id}/patch/requestBody/required",
            gone(),
            "request",
            Compatible,
            "request-body-became-optional INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/requestBody/content/text~1plain",
            gone(),
            "request",
            Breaking,
            "request-body-media-type-removed ERR",
        ),
        (
            "/paths/~1lamps~1{id}/patch/requestBody/content/a~1b",
            Some(json!({})),
            "request",
            Compatible,
            "request-body-media-type-added INFO",
        ),
        (
            "/components/schemas/change/properties/summary",
            text(),
            "request",
            Compatible,
            "new-optional-request-property INFO",
        ),
        ("/components/schemas/change/properties/note", gone(), "request", Breaking, "request-property-removed WARN"),
        (
            "/components/schemas/change/required/-",
            Some(json!("note")),
            "request",
            Breaking,
            "request-property-became-required ERR",
        ),
        ("/components/schemas/change/required", gone(), "request", Compatible, "request-property-became-optional INFO"),
        (
            "/components/schemas/change/additionalProperties",
            Some(json!(false)),
            "request",
            Breaking,
            "additional-properties-removed ERR",
        ),
        (
            "/components/schemas/change/properties/on/nullable",
            Some(json!(true)),
            "request",
            Compatible,
            "request-property-became-nullable INFO",
        ),
        (
            "/components/schemas/change/properties/note/nullable",
            gone(),
            "request",
            Breaking,
            "request-property-became-not-nullable ERR",
        ),
        (
            "/components/schemas/change/properties/note/maxLength",
            Some(json!(8)),
            "request",
            Breaking,
            "request-property-max-length-decreased ERR",
        ),
        (
            "/components/schemas/change/properties/note/maxLength",
            gone(),
            "request",
            Compatible,
            "request-property-max-length-increased INFO",
        ),
        (
            "/components/schemas/change/properties/note/minLength",
            Some(json!(1)),
            "request",
            Breaking,
            "request-property-min-length-set ERR",
        ),
        (
            "/components/schemas/change/properties/note/pattern",
            Some(json!("^b")),
            "request",
            Breaking,
            "request-property-pattern-changed WARN",
        ),
        (
            "/components/schemas/change/properties/note/pattern",
            gone(),
            "request",
            Compatible,
            "request-property-pattern-removed INFO",
        ),
        (
            "/components/schemas/change/properties/note/readOnly",
            Some(json!(true)),
            "request",
            Nothing,
            "request-optional-property-became-read-only INFO",
        ),
        (
            "/components/schemas/change/properties/watts/multipleOf",
            Some(json!(4)),
            "request",
            Breaking,
            "request-property-multiple-of-changed ERR",
        ),
        ("/components/schemas/change/properties/watts/multipleOf", Some(json!(1)), "request", Compatible, ""),
        ("/components/schemas/change/properties/watts/exclusiveMaximum", gone(), "request", Compatible, ""),
        (
            "/components/schemas/change/properties/names/uniqueItems",
            gone(),
            "request",
            Compatible,
            "request-property-unique-items-removed INFO",
        ),
        (
            "/components/schemas/change/properties/names/maxItems",
            Some(json!(2)),
            "request",
            Breaking,
            "request-property-max-items-decreased ERR",
        ),
        (
            "/components/schemas/change/properties/names/items/type",
            Some(json!("boolean")),
            "request",
            Breaking,
            "request-property-type-changed ERR",
        ),
        (
            "/components/schemas/change/properties/colour/enum/-",
            Some(json!("green")),
            "request",
            Compatible,
            "request-property-enum-value-added INFO",
        ),
        (
            "/components/schemas/change/properties/colour/enum/0",
            gone(),
            "request",
            Breaking,
            "request-property-enum-value-removed ERR",
        ),
        (
            "/components/schemas/change/properties/colour/enum",
            gone(),
            "request",
            Compatible,
            "request-property-became-not-enum INFO",
        ),
        (
            "/components/schemas/change/properties/note/enum",
            Some(json!(["a"])),
            "request",
            Breaking,
            "request-property-became-enum ERR",
        ),
        (
            "/components/schemas/change/properties/kind/anyOf/-",
            Some(json!({ "enum": [1] })),
            "request",
            Compatible,
            "request-property-any-of-added INFO",
        ),
        (
            "/components/schemas/change/properties/kind/anyOf/1",
            gone(),
            "request",
            Breaking,
            "request-property-any-of-removed ERR",
        ),
        (
            "/components/schemas/change/properties/room/allOf/0/$ref",
            Some(json!("#/components/schemas/shared")),
            "request",
            Nothing,
            "",
        ),
        (
            "/components/schemas/change/properties/room/allOf/0/$ref",
            Some(json!("#/components/schemas/lamp")),
            "request",
            Breaking,
            "request-property-type-changed ERR",
        ),
        // Responses
        (
            "/paths/~1lamps~1{id}/patch/responses/201",
            Some(json!({ "description": "" })),
            "response",
            Risky,
            "response-success-status-added INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/responses/200",
            gone(),
            "response",
            Breaking,
            "response-success-status-removed ERR",
        ),
        (
            "/paths/~1lamps~1{id}/patch/responses/410",
            Some(json!({ "description": "" })),
            "response",
            Risky,
            "response-non-success-status-added INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/responses/404",
            gone(),
            "response",
            Compatible,
            "response-non-success-status-removed INFO",
        ),
        ("/paths/~1lamps~1{id}/patch/responses/200/description", Some(json!("That lamp.")), "response", Nothing, ""),
        (
            "/paths/~1lamps~1{id}/patch/responses/200/content/application~1json",
            gone(),
            "response",
            Breaking,
            "response-media-type-removed ERR",
        ),
        (
            "/paths/~1lamps~1{id}/patch/responses/200/content/a~1b",
            Some(json!({})),
            "response",
            Compatible,
            "response-media-type-added INFO",
        ),
        (
            "/paths/~1lamps~1{id}/patch/responses/200/headers/ETag",
            gone(),
            "response",
            Risky,
            "required-response-header-removed ERR",
        ),
        (
            "/paths/~1lamps~1{id}/patch/responses/200/headers/ETag/required",
            gone(),
            "response",
            Risky,
            "response-header-became-optional ERR",
        ),
        (
            "/paths/~1lamps~1{id}/patch/responses/200/headers/Age",
            Some(json!({ "schema": { "type": "string" } })),
            "response",
            Compatible,
            "",
        ),
        (
            "/components/schemas/lamp/properties/info",
            text(),
            "response",
            Compatible,
            "response-optional-property-added INFO",
        ),
        (
            "/components/schemas/lamp/properties/id",
            gone(),
            "response",
            Breaking,
            "response-required-property-removed ERR",
        ),
        (
            "/components/schemas/lamp/properties/note",
            gone(),
            "response",
            Breaking,
            "response-optional-property-removed INFO",
        ),
        (
            "/components/schemas/lamp/required/-",
            Some(json!("note")),
            "response",
            Compatible,
            "response-property-became-required INFO",
        ),
        ("/components/schemas/lamp/required/0", gone(), "response", Risky, "response-property-became-optional ERR"),
        ("/components/schemas/lamp/additionalProperties", Some(json!(false)), "response", Compatible, ""),
        (
            "/components/schemas/lamp/properties/id/nullable",
            Some(json!(true)),
            "response",
            Risky,
            "response-property-became-nullable ERR",
        ),
        (
            "/components/schemas/lamp/properties/note/nullable",
            Some(json!(false)),
            "response",
            Compatible,
            "response-property-became-not-nullable INFO",
        ),
        (
            "/components/schemas/lamp/properties/note/maxLength",
            Some(json!(8)),
            "response",
            Compatible,
            "response-property-max-length-decreased INFO",
        ),
        (
            "/components/schemas/lamp/properties/note/maxLength",
            Some(json!(10)),
            "response",
            Risky,
            "response-property-max-length-increased ERR",
        ),
        (
            "/components/schemas/lamp/properties/watts/minimum",
            gone(),
            "response",
            Risky,
            "response-property-min-unset ERR",
        ),
        (
            "/components/schemas/lamp/properties/watts/type",
            Some(json!("integer")),
            "response",
            Compatible,
            "response-property-type-specialized INFO",
        ),
        (
            "/components/schemas/lamp/properties/count/format",
            Some(json!("int64")),
            "response",
            Breaking,
            "response-property-type-changed ERR",
        ),
        ("/components/schemas/lamp/properties/count/title", Some(json!("Count")), "response", Nothing, ""),
        (
            "/components/schemas/lamp/properties/count/default",
            Some(json!(1)),
            "response",
            Nothing,
            "response-property-default-value-added INFO",
        ),
        (
            "/components/schemas/lamp/properties/colour/enum/-",
            Some(json!("green")),
            "response",
            Risky,
            "response-property-enum-value-added WARN",
        ),
        (
            "/components/schemas/lamp/properties/colour/enum/0",
            gone(),
            "response",
            Compatible,
            "response-property-enum-value-removed INFO",
        ),
        (
            "/components/schemas/lamp/properties/kind/anyOf/-",
            Some(json!({ "enum": [1] })),
            "response",
            Risky,
            "response-property-any-of-added ERR",
        ),
        (
            "/components/schemas/lamp/properties/kind/anyOf/1",
            gone(),
            "response",
            Compatible,
            "response-property-any-of-removed INFO",
        ),
        (
            "/components/schemas/hall/properties/get",
            text(),
            "response",
            Compatible,
            "response-optional-property-added INFO",
        ),
    ]
}

fn wire_report(old: &Value, new: &Value) -> Report {
    diff(&old.to_string(), &new.to_string(), |_| Ok(String::new())).unwrap()
}

#[test]
fn each_kind_of_change_has_its_impact_on_the_wire() {
    let table = wire_table();
    assert!(table.len() >= 60);
    for (pointer, value, side, wire, oasdiff) in table {
        let new = edited(&toy().to_string(), pointer, value);
        let report = wire_report(&toy(), &new);
        let [impact] = report.impacts.as_slice() else { panic!("{pointer}: {report:#?}") };
        println!("{} | {side} | {wire} | {oasdiff} | {}", impact.change, impact.reason);
        assert_eq!((impact.side, impact.wire), (side, wire), "{pointer}: {impact:?}");
    }
}

#[test]
fn what_is_written_in_another_way_is_no_change() {
    let mut new = toy();
    // A parameter moves from the path item, a response and a body become shared, security is that of the operation.
    let item = new["paths"]["/lamps/{id}"].as_object_mut().unwrap();
    let id = item.remove("parameters").unwrap()[0].clone();
    let patch = &mut new["paths"]["/lamps/{id}"]["patch"];
    patch["parameters"].as_array_mut().unwrap().insert(0, json!({ "$ref": "#/components/parameters/id" }));
    let response = std::mem::replace(&mut patch["responses"]["404"], json!({ "$ref": "#/components/responses/none" }));
    let body = std::mem::replace(&mut patch["requestBody"], json!({ "$ref": "#/components/requestBodies/change" }));
    patch["security"] = toy()["security"].clone();
    new["components"]["parameters"] = json!({ "id": id });
    new["components"]["responses"] = json!({ "none": response });
    new["components"]["requestBodies"] = json!({ "change": body });
    let schemas = &mut new["components"]["schemas"];
    schemas["change"]["properties"]["room"] = json!({ "$ref": "#/components/schemas/room" });
    assert_eq!(wire_report(&toy(), &new).impacts, []);
    assert_eq!(wire_report(&toy(), &new).bump(), VersionBump::None);
}

#[test]
fn a_renamed_path_parameter_is_one_change_without_impact_on_the_wire() {
    let text =
        SPEC.replace("{incidentTaskId}", "{taskId}").replace("\"name\": \"incidentTaskId\"", "\"name\": \"taskId\"");
    let report = diff(SPEC, &text, generate).unwrap();
    assert_eq!(report.impacts.len(), 2, "one for each path: {:#?}", report.impacts);
    assert!(report.impacts.iter().all(|impact| impact.wire == WireImpact::None), "{:#?}", report.impacts);
    assert_eq!(report.rust, RustImpact::SourceBreaking, "{}", report.reason);
    assert_eq!(report.bump(), VersionBump::Major);
}

#[test]
fn a_nullable_reference_is_nullable() {
    let pointer = format!("{SCHEMAS}/incidentTask/properties/status");
    let form = json!({ "anyOf": [{ "$ref": "#/components/schemas/incidentTaskStatus" }, { "type": "object", "nullable": true, "enum": [null] }] });
    let old = edited(SPEC, &pointer, Some(json!({ "$ref": "#/components/schemas/incidentTaskStatus" })));
    let report = diff(&old.to_string(), &edited(SPEC, &pointer, Some(form)).to_string(), generate).unwrap();
    let [impact] = report.impacts.as_slice() else { panic!("{report:#?}") };
    assert_eq!((impact.wire, impact.side), (WireImpact::Risky, "response"));
    assert!(impact.change.pointer.ends_with("/status/nullable"));
}

#[test]
fn the_whole_public_api_is_a_floor_under_the_single_changes() {
    // The order of members is no change of its own, but the code is another.
    let mut new: Value = serde_json::from_str(SPEC).unwrap();
    let list = new.pointer_mut(&format!("{SCHEMAS}/incidentTaskStatus/anyOf/0/enum")).unwrap().as_array_mut().unwrap();
    list.swap(0, 1);
    let report = diff(SPEC, &new.to_string(), generate).unwrap();
    assert_eq!(report.impacts, []);
    assert_eq!((report.rust, report.bump()), (RustImpact::Behaviour, VersionBump::Patch));
}

#[test]
fn a_new_spec_that_cannot_be_generated_still_has_its_impact_on_the_wire() {
    let pointer = format!("{SCHEMAS}/incidentTask/properties/displayName/pattern");
    let report = diff(SPEC, &edited(SPEC, &pointer, Some(json!("^a"))).to_string(), generate).unwrap();
    assert_eq!(report.rust, RustImpact::CannotBeGenerated);
    assert!(report.reason.contains("displayName: the keyword \"pattern\""), "{}", report.reason);
    assert_eq!((report.impacts[0].wire, report.wire()), (WireImpact::Compatible, WireImpact::Compatible));
}

#[test]
fn the_version_must_be_raised_by_what_the_changes_ask_for() {
    let mut new = edited(SPEC, &format!("{ITEM}/get"), None);
    let problem = |new: &Value| diff(SPEC, &new.to_string(), generate).unwrap().check_version();
    assert!(problem(&new).unwrap_err().contains("0.2.0"));
    new["info"]["version"] = json!("0.1.1");
    assert!(problem(&new).is_err());
    new["info"]["version"] = json!("0.2.0");
    assert_eq!(problem(&new), Ok(()));
}

#[test]
fn the_same_spec_has_no_changes_and_a_text_that_is_not_json_is_an_error() {
    assert_eq!(diff(SPEC, SPEC, generate).unwrap().impacts, []);
    assert!(diff("{", SPEC, generate).unwrap_err().starts_with("the old spec is not JSON"));
    assert!(diff(SPEC, "[", generate).unwrap_err().starts_with("the new spec is not JSON"));
    assert!(diff("{}", SPEC, generate).unwrap_err().starts_with("the old spec cannot be generated"));
}
