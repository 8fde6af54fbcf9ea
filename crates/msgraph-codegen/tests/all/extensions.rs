//! What is said of values beside their type - bounds, lists of members, links to a next page - is carried, and
//! refused where it can't be.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use msgraph_codegen::generate;
use serde_json::{Value, json};

fn lamps() -> Value {
    let page = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/lampPage" } } });
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Lamps", "version": "1" },
        "paths": { "/lamps": {
            "get": {
                "operationId": "listLamps",
                "parameters": [
                    { "name": "$top", "in": "query", "schema": { "type": "integer", "format": "int32", "minimum": 1, "maximum": 9 } },
                    { "$ref": "#/components/parameters/room" },
                ],
                "responses": { "200": { "description": "Lamps.", "content": page } },
            },
            "post": {
                "operationId": "switchLamps",
                "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/switch" } } } },
                "responses": { "204": { "description": "Done." } },
            },
        } },
        "components": {
            "parameters": { "room": { "name": "room", "in": "query", "required": true, "schema": { "type": "integer", "minimum": 0 } } },
            "schemas": {
                "lamp": { "type": "object", "properties": { "state": { "allOf": [{ "$ref": "#/components/schemas/state" }] } } },
                "lampPage": { "type": "object", "required": ["value"], "properties": {
                    "@odata.nextLink": { "type": "string", "nullable": true },
                    "value": { "type": "array", "items": { "$ref": "#/components/schemas/lamp" } } } },
                "state": { "anyOf": [{ "type": "string", "enum": ["on", "off"] }, { "type": "string" }], "x-bright": ["on"] },
                "switch": { "type": "object", "required": ["lamps"], "properties": {
                    "lamps": { "type": "array", "maxItems": 3, "items": { "$ref": "#/components/schemas/switchItem" } } } },
                "switchItem": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } },
            },
        },
    })
}

/// The source without its white space.
fn source(document: &Value) -> String {
    generate(&document.to_string()).unwrap().source.split_whitespace().collect()
}

fn refused(pointer: &str, value: Value) -> String {
    let mut document = lamps();
    *document.pointer_mut(pointer).unwrap() = value;
    generate(&document.to_string()).unwrap_err().to_string()
}

#[test]
fn bounds_are_checked_before_sending() {
    let source = source(&lamps());
    for expected in [
        r#"check_range("$top",valueasi64,1i64..=9i64,&["1to9"],)"#,
        r#"check_range("room",valueasi64,0i64..=9223372036854775807i64,&["atleast0"],)"#,
        r#"check_range("lamps",length,-9223372036854775808i64..=3i64,&["atmost3items"],)"#,
    ] {
        assert!(source.contains(expected), "{expected}");
    }
}

#[test]
fn a_path_is_built_segment_by_segment_whatever_its_parameters_are() {
    let mut document = lamps();
    let parameter =
        |name: &str, kind: &str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } });
    document["paths"]["/rooms/{number}/lamps(name='{name}',side={side})/{id}"] = json!({ "delete": {
        "operationId": "removeLamp",
        "parameters": [
            parameter("number", "integer"), parameter("name", "string"), parameter("side", "integer"), parameter("id", "string"),
        ],
        "responses": { "204": { "description": "Removed." } },
    } });
    let expected = r#"["rooms",&number.to_string(),&format!("lamps(name='{}',side={})",name,side),id,]"#;
    let source = source(&document);
    assert!(source.contains(expected), "{}", source.split("pubasyncfnremove_lamp").nth(1).unwrap_or_default());
}

#[test]
fn what_a_request_is_made_of_can_be_made_too() {
    let source = source(&lamps());
    assert!(source.contains("implSwitch{") && source.contains("implSwitchItem{"));
    assert!(source.contains("pubfnnew(id:implInto<::std::string::String>)"));
}

#[test]
fn a_page_keeps_what_it_can_not_read_and_knows_its_link() {
    let source = source(&lamps());
    assert!(
        source.contains("pubvalue:::std::option::Option<::std::vec::Vec<::msgraph_core::Item<crate::types::Lamp>>")
    );
    assert!(source.contains("impl::msgraph_core::CollectionforLampPage"));
}

#[test]
fn the_members_that_an_extension_lists_can_be_asked_for() {
    assert!(source(&lamps()).contains("pubfnis_bright(&self)->bool{[Self::On].contains(self)}"));
}

#[test]
fn what_can_not_be_checked_is_refused_by_its_place() {
    let top = "/paths/~1lamps/get/parameters/0/schema";
    for (pointer, value, says) in [
        (top, json!({ "type": "integer", "minimum": 1.5 }), "must be a whole number"),
        (top, json!({ "type": "integer", "minimum": 2, "maximum": 1 }), "nothing is in the range 2 to 1"),
        (top, json!({ "type": "integer", "multipleOf": 2 }), "\"multipleOf\" can't be carried"),
        (
            "/components/schemas/lamp/properties/state",
            json!({ "type": "integer", "minimum": 1 }),
            "/components/schemas/lamp/properties/state: the keyword \"minimum\"",
        ),
        ("/components/schemas/state/x-bright", json!(["on", "dimmed"]), "x-bright: \"dimmed\" is no member"),
        ("/components/schemas/lampPage/required", json!([]), "must require value, an array of references"),
        (
            "/components/schemas/lampPage/properties/value/items",
            json!({ "type": "string" }),
            "must require value, an array of references",
        ),
    ] {
        let error = refused(pointer, value);
        assert!(error.contains(says), "{error}");
    }
}
