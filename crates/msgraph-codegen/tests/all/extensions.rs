//! Bounds, lists of members and next links become code or errors.

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

/// Returns the source without its white space.
fn source(document: &Value) -> String {
    generate(&document.to_string()).unwrap().source.split_whitespace().collect()
}

fn error_of(pointer: &str, value: Value) -> String {
    let mut document = lamps();
    *document.pointer_mut(pointer).unwrap() = value;
    generate(&document.to_string()).unwrap_err().to_string()
}

#[test]
fn bounds_are_checked_before_sending() {
    let source = source(&lamps());
    for expected in [
        r#"check_range("$top",*value,1..=9,&["1to9"])?;"#,
        r#"check_range("room",self.room,0..,&["atleast0"])?;"#,
        r#"check_range("lamps",self.lamps.len(),..=3,&["atmost3items"],)?;"#,
    ] {
        assert!(source.contains(expected), "{expected}");
    }
}

#[test]
fn a_path_has_a_value_for_each_of_its_parameters() {
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
    let source = source(&document);
    for expected in [
        r#"PATH_TEMPLATE:&'staticstr="/rooms/{number}/lamps(name='{name}',side={side})/{id}";"#,
        r#""number"=>::std::option::Option::Some(self.number.to_string().into()),"#,
        r#""name"=>::std::option::Option::Some(::msgraph_core::codegen::v1::quoted(self.name.as_str().into())),"#,
    ] {
        assert!(source.contains(expected), "{expected}");
    }
}

#[test]
fn each_part_of_a_request_body_has_a_constructor() {
    let source = source(&lamps());
    assert!(source.contains("implSwitch{") && source.contains("implSwitchItem{"));
    assert!(source.contains("pubfnnew(id:impl::std::convert::Into<::std::string::String>)"));
}

#[test]
fn a_page_is_a_collection_of_items() {
    let source = source(&lamps());
    assert!(source.contains("pubvalue:::std::vec::Vec<::msgraph_core::Item<Lamp>>"));
    assert!(source.contains(r#"collection!(LampPage:value("value")ofLamp,odata_next_link);"#));
    assert!(source.contains("v1::decode_collection(body,::std::option::Option::None)"));
}

#[test]
fn an_entity_is_read_with_the_id_that_was_requested() {
    let mut document = lamps();
    document["components"]["schemas"]["lamp"]["properties"]["id"] = json!({ "type": "string", "readOnly": true });
    let key = json!({ "name": "key", "in": "path", "required": true, "schema": { "type": "string" } });
    let select = json!({ "name": "$select", "in": "query", "schema": { "type": "string" } });
    let lamp = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/lamp" } } });
    document["paths"]["/lamps/{key}"] = json!({ "get": {
        "operationId": "getLamp",
        "parameters": [key, select],
        "responses": { "200": { "description": "A lamp.", "content": lamp } },
    } });
    let id = "|entity:&types::Lamp|::msgraph_core::codegen::v1::id(&entity.id)";
    let expected = format!("decode_entity(body,&self.key,self.select.as_deref(),{id})");
    assert!(source(&document).contains(&expected), "{expected}");
    assert!(source(&document).contains("ofLamp,odata_next_link,id);"));
    document["components"]["schemas"]["lamp"]["properties"]["id"] = json!({ "type": "integer" });
    assert!(!source(&document).contains("decode_entity") && !source(&document).contains("odata_next_link,id"));
}

#[test]
fn an_extension_that_lists_members_becomes_a_method() {
    assert!(source(&lamps()).contains("is_bright:[On,]"));
}

#[test]
fn a_bound_that_cannot_be_checked_is_an_error_with_its_place() {
    let top = "/paths/~1lamps/get/parameters/0/schema";
    for (pointer, value, expected) in [
        (top, json!({ "type": "integer", "minimum": 1.5 }), "must be a whole number"),
        (top, json!({ "type": "integer", "minimum": 2, "maximum": 1 }), "empty range: 2 to 1"),
        (top, json!({ "type": "integer", "multipleOf": 2 }), "\"multipleOf\" is not supported"),
        (
            "/components/schemas/lamp/properties/state",
            json!({ "type": "string", "minimum": 1 }),
            "/components/schemas/lamp/properties/state: the keyword \"minimum\"",
        ),
        ("/components/schemas/state/x-bright", json!(["on", "dimmed"]), "x-bright: \"dimmed\" is not a member"),
        (
            "/components/schemas/lampPage/properties/value/items",
            json!({ "type": "string" }),
            "must have value, an array of references",
        ),
    ] {
        let error = error_of(pointer, value);
        assert!(error.contains(expected), "{error}");
    }
}
