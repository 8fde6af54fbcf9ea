//! Each rule reports its violations at their places, and nothing else.

use msgraph_spec::lint;
use serde_json::{Value, json};

fn lamps() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Lamps", "version": "1", "description": "Lamps." },
        "security": [{ "bearer": [] }],
        "paths": { "/lamps/{id}": { "get": {
            "operationId": "getLamp", "summary": "Get lamp", "description": "Reads a lamp.",
            "parameters": [
                { "$ref": "#/components/parameters/id" },
                { "name": "top", "in": "query", "description": "How many.", "example": 3, "schema": { "type": "integer", "minimum": 1, "maximum": 9 } },
            ],
            "responses": { "200": { "description": "The lamp.", "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/lamp" }, "examples": { "on": { "value": { "state": "on" } } } } } } },
        } } },
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "parameters": { "id": { "name": "id", "in": "path", "required": true, "description": "The ID.", "schema": { "type": "string" } } },
            "schemas": { "lamp": { "description": "A lamp.", "type": "object", "properties": {
                "description": { "type": "string", "description": "The text." },
                "state": { "type": "string", "description": "On < off, 1 > 0.", "minLength": 1, "maxLength": 9 } } } },
        },
    })
}

/// Returns the findings (rule and place) after a value is put at a pointer.
fn found(pointer: &str, value: Value) -> Vec<(String, &'static str)> {
    let mut document = lamps();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    match document.pointer_mut(parent).unwrap() {
        Value::Object(object) if value.is_null() => drop(object.remove(&name)),
        Value::Object(object) => drop(object.insert(name, value)),
        _ => panic!("{parent} is not an object"),
    }
    lint(&format!("{document:#}")).into_iter().map(|finding| (finding.pointer, finding.rule)).collect()
}

#[test]
fn a_valid_spec_has_no_findings() {
    assert_eq!(lint(&lamps().to_string()), []);
}

#[test]
fn each_rule_reports_its_violation() {
    const GET: &str = "/paths/~1lamps~1{id}/get";
    const LAMP: &str = "/components/schemas/lamp";
    for (pointer, value, place, rule) in [
        ("/openapi".to_owned(), json!("3.1.0"), "/openapi".to_owned(), "openapi"),
        (format!("{GET}/operationId"), json!("GetLamp"), format!("{GET}/operationId"), "operation-id"),
        (format!("{GET}/operationId"), json!("get_lamp"), format!("{GET}/operationId"), "operation-id"),
        (format!("{GET}/operationId"), json!(null), GET.to_owned(), "operation-id"),
        (format!("{GET}/summary"), json!(null), GET.to_owned(), "description"),
        (format!("{GET}/description"), json!(" "), GET.to_owned(), "description"),
        (format!("{LAMP}/description"), json!(null), LAMP.to_owned(), "description"),
        (
            format!("{LAMP}/properties/state/description"),
            json!(null),
            format!("{LAMP}/properties/state"),
            "description",
        ),
        (format!("{LAMP}/description"), json!("```rust"), format!("{LAMP}/description"), "plain-text"),
        (format!("{LAMP}/description"), json!("<b>x</b>"), format!("{LAMP}/description"), "plain-text"),
        (format!("{LAMP}/description"), json!("a\u{202e}b"), format!("{LAMP}/description"), "plain-text"),
        (format!("{LAMP}/description"), json!("a\u{7}b"), format!("{LAMP}/description"), "plain-text"),
        (
            format!("{LAMP}/properties/description/description"),
            json!("<i>"),
            format!("{LAMP}/properties/description/description"),
            "plain-text",
        ),
        (
            "/components/schemas/other".to_owned(),
            json!({ "description": "Another.", "type": "string" }),
            "/components/schemas/other".to_owned(),
            "unused",
        ),
        (
            "/components/securitySchemes/key".to_owned(),
            json!({ "type": "http", "scheme": "basic" }),
            "/components/securitySchemes/key".to_owned(),
            "unused",
        ),
        (
            format!("{LAMP}/properties/bulb"),
            json!({ "$ref": "#/nowhere" }),
            format!("{LAMP}/properties/bulb"),
            "reference",
        ),
        (
            format!("{LAMP}/properties/bulb"),
            json!({ "$ref": "https://elsewhere.test/x" }),
            format!("{LAMP}/properties/bulb"),
            "reference",
        ),
        (
            format!("{LAMP}/properties/list"),
            json!({ "type": "array", "description": "A list.", "items": { "type": "string" }, "minItems": 3, "maxItems": 2 }),
            format!("{LAMP}/properties/list"),
            "bounds",
        ),
        (
            format!("{LAMP}/properties/state/example"),
            json!("much too long"),
            format!("{LAMP}/properties/state/example"),
            "example",
        ),
    ] {
        let found = found(&pointer, value.clone());
        assert!(found.contains(&(place.clone(), rule)), "{pointer} {value}: {found:?}");
        assert_eq!(found.len(), 1, "{pointer} {value}: {found:?}");
    }
}

#[test]
fn an_invalid_example_is_reported_at_its_invalid_part() {
    let mut document = lamps();
    document["paths"]["/lamps/{id}"]["get"]["parameters"][1]["example"] = json!(10);
    let media_type = &mut document["paths"]["/lamps/{id}"]["get"]["responses"]["200"]["content"]["application/json"];
    media_type["examples"]["on"]["value"]["state"] = json!(7);
    let findings = lint(&document.to_string());
    let found: Vec<_> = findings.iter().map(|finding| (finding.pointer.as_str(), finding.rule)).collect();
    let state = "/paths/~1lamps~1{id}/get/responses/200/content/application~1json/examples/on/value/state";
    assert_eq!(found, [("/paths/~1lamps~1{id}/get/parameters/1/example", "example"), (state, "example")]);
}

#[test]
fn a_duplicate_operation_id_or_name_is_reported() {
    let mut document = lamps();
    let get = document["paths"]["/lamps/{id}"]["get"].clone();
    document["paths"]["/lamps/{id}"]["put"] = get;
    assert_eq!(lint(&document.to_string()).len(), 1);
    let text =
        lamps().to_string().replacen("\"openapi\":\"3.0.3\"", "\"openapi\":\"3.0.3\",\n\"openapi\":\"3.0.3\"", 1);
    let [finding] = lint(&text).try_into().unwrap();
    assert_eq!((finding.rule, finding.line, finding.pointer.as_str()), ("json", 2, "/openapi"));
    assert_eq!(lint("{\n,")[0].rule, "json");
}

#[test]
fn the_projects_own_spec_has_no_findings() {
    let text = include_str!("../../../../spec/incident-tasks.openapi.json");
    assert_eq!(lint(text), []);
}
