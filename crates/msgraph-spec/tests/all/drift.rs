//! What one description has and the other has not is found, less what was decided; nothing is run or fetched.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use msgraph_spec::drift;
use serde_json::{Value, json};

/// As the modules of upstream are written: a range for successes, dotted names, parts in place of inheritance.
const UPSTREAM: &str = r"openapi: 3.0.4
paths:
  /house/lamps:
    get:
      operationId: house.ListLamp
      parameters:
        - $ref: '#/components/parameters/top'
        - name: $select
          in: query
          style: form
          explode: false
          schema:
            type: array
            items:
              type: string
      responses:
        2XX:
          $ref: '#/components/responses/lamps'
        default:
          $ref: '#/components/responses/error'
  '/house/lamps/{lamp-id}':
    get:
      operationId: house.GetLamp
      responses:
        2XX:
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/graph.house.lamp'
    delete:
      operationId: house.DeleteLamp
  /house/other: {}
  /garden/lamps:
    get: {}
components:
  schemas:
    graph.entity:
      properties:
        id:
          type: string
    graph.house.lamp:
      allOf:
        - $ref: '#/components/schemas/graph.entity'
        - title: lamp
          type: object
          properties:
            since:
              type: string
              pattern: '^x$'
              format: date-time
            watts:
              type: number
              format: int32
            state:
              $ref: '#/components/schemas/graph.house.state'
    graph.house.state:
      enum: [on, off, dimmed]
      type: string
    graph.house.lampCollectionResponse:
      properties:
        value:
          type: array
          items:
            $ref: '#/components/schemas/graph.house.lamp'
    graph.error:
      properties:
        code:
          type: string
  responses:
    lamps:
      content:
        application/json:
          schema:
            $ref: '#/components/schemas/graph.house.lampCollectionResponse'
    error:
      content:
        application/json:
          schema:
            $ref: '#/components/schemas/graph.error'
  parameters:
    top:
      name: $top
      in: query
      schema:
        type: integer
";

fn ours() -> Value {
    let of = |component: &str| json!({ "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{component}") } } } });
    json!({
        "paths": {
            "/house/lamps": { "get": {
                "parameters": [
                    { "name": "$top", "in": "query", "schema": { "type": "integer", "format": "int32" } },
                    { "name": "$select", "in": "query", "schema": { "type": "string" } },
                ],
                "responses": { "200": of("lampCollection"), "404": of("error") },
            } },
            "/house/lamps/{lampId}": { "get": { "responses": { "200": of("lamp") } }, "delete": {} },
        },
        "components": { "schemas": {
            "lamp": { "type": "object", "properties": {
                "id": { "type": "string" },
                "since": { "type": "string", "format": "date-time" },
                "watts": { "type": "integer", "format": "int32", "nullable": true },
                "state": { "anyOf": [{ "$ref": "#/components/schemas/state" }, { "type": "object", "nullable": true, "enum": [null] }] },
            } },
            "state": { "anyOf": [{ "type": "string", "enum": ["on", "off", "dimmed"] }, { "type": "string" }] },
            "lampCollection": { "type": "object", "properties": { "value": { "type": "array", "items": { "$ref": "#/components/schemas/lamp" } } } },
            "error": { "type": "object", "properties": { "code": { "type": "string" } } },
        } },
    })
}

/// The differences, once a value is put at a pointer of ours.
fn found(pointer: &str, value: Value, decided: &[&str]) -> Vec<String> {
    let mut ours = ours();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    if let Some(object) = ours.pointer_mut(parent).and_then(Value::as_object_mut) {
        match value {
            Value::Null => drop(object.remove(name)),
            value => drop(object.insert(name.to_owned(), value)),
        }
    }
    let decided: Vec<_> = decided.iter().map(|fact| (*fact).to_owned()).collect();
    drift(&ours.to_string(), UPSTREAM, &decided).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn what_both_say_in_their_own_way_is_no_difference() {
    assert_eq!(drift(&ours().to_string(), UPSTREAM, &[]).unwrap(), []);
}

#[test]
fn each_kind_of_difference_is_found_on_either_side() {
    const LAMP: &str = "/components/schemas/lamp/properties";
    for (pointer, value, expected) in [
        (
            "/paths/~1house~1lamps~1{lampId}/delete",
            json!(null),
            "operation DELETE /house/lamps/{}: ours nothing, upstream has it",
        ),
        (
            "/paths/~1house~1lamps~1{lampId}/patch",
            json!({}),
            "operation PATCH /house/lamps/{}: ours has it, upstream nothing",
        ),
        (&format!("{LAMP}/id"), json!(null), "property lamp.id: ours nothing, upstream string"),
        (&format!("{LAMP}/colour"), json!({ "type": "string" }), "property lamp.colour: ours string, upstream nothing"),
        (&format!("{LAMP}/since"), json!({ "type": "string" }), "property lamp.since: ours string, upstream date-time"),
        (
            "/components/schemas/error/properties/code",
            json!(null),
            "property error.code: ours nothing, upstream string",
        ),
    ] {
        assert_eq!(found(pointer, value, &[]), [expected], "{pointer}");
    }
    let mut ours = ours();
    ours["components"]["schemas"]["state"]["anyOf"][0]["enum"] = json!(["on", "off", "paused"]);
    ours["paths"]["/house/lamps"]["get"]["parameters"].as_array_mut().unwrap().remove(0);
    let found: Vec<_> = drift(&ours.to_string(), UPSTREAM, &[]).unwrap().iter().map(ToString::to_string).collect();
    let expected = [
        "member state.dimmed: ours nothing, upstream has it",
        "member state.paused: ours has it, upstream nothing",
        "parameter GET /house/lamps query $top: ours nothing, upstream integer",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_was_decided_is_left_out() {
    let pointer = "/components/schemas/lamp/properties/id";
    assert_eq!(found(pointer, json!(null), &["property lamp.id"]), [""; 0]);
    assert_eq!(found(pointer, json!(null), &["property lamp.*"]), [""; 0]);
    assert_eq!(found(pointer, json!(null), &["property lamp.i"]).len(), 1);
}

#[test]
fn what_leads_out_or_can_not_be_read_is_an_error() {
    let external = UPSTREAM.replace("'#/components/responses/lamps'", "'https://elsewhere.test/lamps.yaml'");
    assert!(drift(&ours().to_string(), &external, &[]).unwrap_err().contains("leads out of the document"));
    let alias = UPSTREAM.replace("/house/other: {}", "/house/other: &x {}\n  /house/more: *x");
    assert!(drift(&ours().to_string(), &alias, &[]).unwrap_err().contains("aliases are refused"));
    assert!(drift(&ours().to_string(), "a: [", &[]).unwrap_err().contains("not YAML"));
    assert!(drift("{", UPSTREAM, &[]).unwrap_err().contains("not JSON"));
}
