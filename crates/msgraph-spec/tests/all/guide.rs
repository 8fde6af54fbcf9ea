//! The steps of the guide `spec/when-the-spec-changes.md`, on a small spec.

use msgraph_spec::{diff, lint};
use serde_json::{Value, json};

const GUIDE: &str = include_str!("../../../../spec/when-the-spec-changes.md");

fn lamps() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Lamps", "version": "1.0.0", "description": "Lamps." },
        "paths": { "/lamps/{id}": { "get": {
            "operationId": "getLamp", "summary": "Get lamp", "description": "Reads a lamp.",
            "parameters": [{ "$ref": "#/components/parameters/id" }],
            "responses": { "200": { "description": "The lamp.", "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/lamp" } } } } } } } },
        "components": {
            "parameters": { "id": { "name": "id", "in": "path", "required": true, "description": "The ID.", "schema": { "type": "string" } } },
            "schemas": {
                "lamp": { "description": "A lamp.", "type": "object", "properties": {
                    "name": { "type": "string", "description": "Its name." },
                    "state": { "description": "Its state.", "allOf": [{ "$ref": "#/components/schemas/state" }] } } },
                "state": { "description": "A state.", "anyOf": [{ "type": "string", "enum": ["on", "off"] }, { "type": "string" }] } } },
    })
}

/// The cells of the guide's table: change, wire, Rust, version.
fn rows() -> Vec<[&'static str; 4]> {
    let rows = GUIDE.lines().filter(|line| line.starts_with("| ")).skip(2);
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').skip(1).map(str::trim).collect();
        [cells[0], cells[1], cells[2], cells[3]]
    })
    .collect()
}

/// Applies the change of a row.
fn changed(change: &str) -> Value {
    let mut spec = lamps();
    let get = spec["paths"]["/lamps/{id}"]["get"].clone();
    let operation = &mut spec["paths"]["/lamps/{id}"]["get"];
    let properties = "/components/schemas/lamp/properties";
    let members = "/components/schemas/state/anyOf/0/enum";
    match change {
        "new enum member" => spec.pointer_mut(members).unwrap().as_array_mut().unwrap().push("dimmed".into()),
        "member removed" => drop(spec.pointer_mut(members).unwrap().as_array_mut().unwrap().pop()),
        "new property" => {
            spec.pointer_mut(properties).unwrap()["watts"] =
                json!({ "type": "integer", "format": "int32", "description": "Its power." })
        }
        "property removed" => drop(spec.pointer_mut(properties).unwrap().as_object_mut().unwrap().remove("name")),
        "new query option" => {
            let option = json!({ "name": "$select", "in": "query", "description": "The properties to return.", "schema": { "type": "string" } });
            operation["parameters"].as_array_mut().unwrap().push(option);
        }
        "new operation" => {
            spec["paths"]["/lamps/{id}/state"] = json!({ "get": get });
            let operation = &mut spec["paths"]["/lamps/{id}/state"]["get"];
            operation["operationId"] = json!("getLampState");
            operation["responses"]["200"]["content"]["application/json"]["schema"] =
                json!({ "$ref": "#/components/schemas/lamp" });
        }
        other => panic!("the guide has a row {other:?} that is not tried"),
    }
    spec
}

#[test]
fn the_steps_of_the_guide_have_the_results_that_its_table_has() {
    let generate = |text: &str| {
        msgraph_codegen::generate(text).map(|generated| generated.source).map_err(|error| error.to_string())
    };
    let rows = rows();
    assert!(rows.len() >= 6);
    for [change, wire, rust, version] in rows {
        let mut spec = changed(change);
        assert_eq!(lint(&spec.to_string()), [], "{change}");
        let report = diff(&lamps().to_string(), &spec.to_string(), generate).unwrap();
        let [impact] = report.impacts.as_slice() else { panic!("{change}: {report:#?}") };
        let found = [impact.wire.to_string(), report.rust.to_string(), report.bump().to_string()];
        assert_eq!(found, [wire, rust, version], "{change}: {report:#?}");
        let raised = report.check_version().unwrap_err();
        spec["info"]["version"] = if version == "major" { "2.0.0" } else { "1.1.0" }.into();
        let report = diff(&lamps().to_string(), &spec.to_string(), generate).unwrap();
        assert_eq!(report.check_version(), Ok(()), "{change}: {raised}");
    }
}
