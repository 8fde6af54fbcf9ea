//! Each edit of Microsoft's own spec is one difference, with its place on both sides and the JSON for ours, whatever
//! style upstream is written in.

use msgraph_spec::{Difference, Drift, Upstream, decisions, drift};
use serde_json::{Map, Value, json};

const OURS: &str = include_str!("../../../../spec/incident-tasks.openapi.json");
const UPSTREAM: &str = include_str!("../../../../spec/upstream/incident-tasks.openapi.json");
const DECISIONS: &str = include_str!("../../../../spec/decisions.toml");

const TASKS: &str = "/paths/~1security~1incidentTasks";
const ITEM: &str = "/paths/~1security~1incidentTasks~1{incidentTask-id}";
const SCHEMAS: &str = "/components/schemas/microsoft.graph.security.";
const TASK: &str = "/components/schemas/microsoft.graph.security.incidentTask/allOf/1";
const ERRORS: &str = "/components/schemas/microsoft.graph.ODataErrors.";

fn ours() -> Value {
    serde_json::from_str(OURS).unwrap()
}

fn decided() -> Vec<String> {
    decisions(DECISIONS).unwrap().into_iter().flat_map(|decision| decision.drift).collect()
}

fn drift_from(ours: &Value, upstream: &str) -> Result<Drift, String> {
    drift(ours, &Upstream::parse(upstream)?, &decided())
}

/// Puts a value at a pointer, appends it to a list for `-`, or removes the value there.
fn edit(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = msgraph_openapi::pointer::split(pointer).unwrap();
    match (document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent}")), value) {
        (Value::Object(object), Some(value)) => drop(object.insert(name.into_owned(), value)),
        (Value::Object(object), None) => drop(object.remove(&*name).unwrap()),
        (Value::Array(list), Some(value)) if name == "-" => list.push(value),
        (Value::Array(list), Some(value)) => list[name.parse::<usize>().unwrap()] = value,
        (Value::Array(list), None) => drop(list.remove(name.parse().unwrap())),
        _ => panic!("{parent} is not a container"),
    }
}

/// The document in the block style of YAML.
fn block(value: &Value, indent: usize) -> String {
    let child = |value: &Value| match value {
        Value::Object(object) if !object.is_empty() => format!("\n{}", block(value, indent + 2)),
        Value::Array(list) if !list.is_empty() => format!("\n{}", block(value, indent + 2)),
        scalar => format!(" {scalar}\n"),
    };
    let margin = " ".repeat(indent);
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| format!("{margin}{}:{}", Value::from(name.as_str()), child(value)))
            .collect(),
        Value::Array(list) => list.iter().map(|value| format!("{margin}-{}", child(value))).collect(),
        scalar => format!("{margin}{scalar}\n"),
    }
}

fn without_line(difference: &Difference) -> (String, String, Option<Value>) {
    (difference.to_string(), difference.pointer.clone(), difference.snippet.clone())
}

#[test]
fn our_spec_differs_from_upstream_only_as_decided() {
    let drift = drift_from(&ours(), UPSTREAM).unwrap();
    assert_eq!(drift.differences, []);
    assert_eq!(drift.stale, [""; 0]);
}

/// Pointer upstream, the value put there, the fact, and the pointer in ours.
fn edits() -> Vec<(String, Option<Value>, &'static str, &'static str)> {
    let text = || json!({ "type": "string" });
    let query = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
    let reference = |name: &str| json!({ "$ref": format!("#{SCHEMAS}{name}") });
    let at = |parent: &str, below: &str| format!("{parent}{below}");
    vec![
        (at("/servers", "/0/url"), Some(json!("https://graph.microsoft.com/v1.0")), "server 1", "/servers/0"),
        (at("/servers", "/-"), Some(json!({ "url": "https://graph.microsoft.de/beta" })), "server 2", "/servers/-"),
        (
            at(TASKS, "~1{incidentTask-id}~1close"),
            Some(json!({ "post": { "responses": { "204": {} } } })),
            "operation POST /security/incidentTasks/{}/close",
            "/paths/~1security~1incidentTasks~1{incidentTask-id}~1close/post",
        ),
        (
            at(ITEM, "/put"),
            Some(json!({ "responses": { "2XX": {} } })),
            "operation PUT /security/incidentTasks/{}",
            "/paths/~1security~1incidentTasks~1{incidentTaskId}/put",
        ),
        (at(TASKS, "/get"), None, "operation GET /security/incidentTasks", "/paths/~1security~1incidentTasks/get"),
        (
            at(ITEM, "/patch/deprecated"),
            Some(json!(true)),
            "operation PATCH /security/incidentTasks/{} deprecated",
            "/paths/~1security~1incidentTasks~1{incidentTaskId}/patch/deprecated",
        ),
        (
            at(TASKS, "/get/externalDocs/url"),
            Some(json!("https://a.test")),
            "operation GET /security/incidentTasks externalDocs",
            "/paths/~1security~1incidentTasks/get/externalDocs",
        ),
        (
            at(TASKS, "/get/parameters/-"),
            Some(query("$format")),
            "parameter GET /security/incidentTasks query $format",
            "/paths/~1security~1incidentTasks/get/parameters/-",
        ),
        (
            at(ITEM, "/parameters"),
            Some(json!([query("api")])),
            "parameter GET /security/incidentTasks/{} query api",
            "",
        ),
        (
            at(TASKS, "/get/parameters/5"),
            None,
            "parameter GET /security/incidentTasks query $orderby",
            "/paths/~1security~1incidentTasks/get/parameters/1",
        ),
        (
            at(TASKS, "/get/parameters/5/required"),
            Some(json!(true)),
            "parameter GET /security/incidentTasks query $orderby required",
            "/paths/~1security~1incidentTasks/get/parameters/1/required",
        ),
        (
            at(TASKS, "/get/parameters/5/explode"),
            Some(json!(true)),
            "parameter GET /security/incidentTasks query $orderby",
            "/paths/~1security~1incidentTasks/get/parameters/1",
        ),
        (
            at(TASKS, "/get/parameters/5/deprecated"),
            Some(json!(true)),
            "parameter GET /security/incidentTasks query $orderby deprecated",
            "/paths/~1security~1incidentTasks/get/parameters/1/deprecated",
        ),
        (
            at("/components/parameters", "/skip/schema/type"),
            Some(json!("string")),
            "parameter GET /security/incidentTasks query $skip",
            "/paths/~1security~1incidentTasks/get/parameters/4",
        ),
        (
            at("/components/parameters", "/skip/schema/minimum"),
            Some(json!(1)),
            "parameter GET /security/incidentTasks query $skip minimum",
            "/paths/~1security~1incidentTasks/get/parameters/4/schema/minimum",
        ),
        (
            at("/components/parameters", "/skip/schema/maximum"),
            Some(json!(9000)),
            "parameter GET /security/incidentTasks query $skip maximum",
            "/paths/~1security~1incidentTasks/get/parameters/4/schema/maximum",
        ),
        (
            at("/components/parameters", "/count/in"),
            Some(json!("header")),
            "parameter GET /security/incidentTasks header $count",
            "",
        ),
        (
            at(ITEM, "/get/parameters/0/schema/type"),
            Some(json!("integer")),
            "parameter GET /security/incidentTasks/{} path 1",
            "/components/parameters/incidentTaskId",
        ),
        (
            at(ITEM, "/patch/requestBody/required"),
            None,
            "body PATCH /security/incidentTasks/{} required",
            "/paths/~1security~1incidentTasks~1{incidentTaskId}/patch/requestBody/required",
        ),
        (
            at(ITEM, "~1microsoft.graph.security.executeResponseAction/post/requestBody"),
            Some(json!({ "content": { "application/json": { "schema": reference("incidentTask") } } })),
            "body POST /security/incidentTasks/{}/microsoft.graph.security.executeResponseAction",
            "/paths/~1security~1incidentTasks~1{incidentTaskId}~1microsoft.graph.security.executeResponseAction/post/requestBody",
        ),
        (
            at(TASKS, "/get/responses/2XX"),
            Some(json!({ "content": { "application/json": { "schema": reference("incident") } } })),
            "response GET /security/incidentTasks 200",
            "/paths/~1security~1incidentTasks/get/responses/200",
        ),
        (
            at(TASKS, "/get/responses/202"),
            Some(json!({})),
            "response GET /security/incidentTasks 202",
            "/paths/~1security~1incidentTasks/get/responses/202",
        ),
        (
            at(TASKS, "/get/responses/404"),
            Some(json!({ "content": { "text/plain": { "schema": text() } } })),
            // Our range covers the status.
            "response GET /security/incidentTasks 4XX",
            "/components/responses/clientFailure",
        ),
        (
            at(ITEM, "/get/responses/2XX/headers"),
            Some(json!({ "ETag": { "schema": text() } })),
            "header GET /security/incidentTasks/{} etag",
            "/paths/~1security~1incidentTasks~1{incidentTaskId}/get/responses/200/headers/ETag",
        ),
        (
            at(TASK, "/properties/priority"),
            Some(text()),
            "property incidentTask.priority",
            "/components/schemas/incidentTask/properties/priority",
        ),
        (
            at(TASK, "/properties/displayName"),
            None,
            "property incidentTask.displayName",
            "/components/schemas/incidentTask/properties/displayName",
        ),
        (
            at(TASK, "/properties/displayName/type"),
            Some(json!("boolean")),
            "property incidentTask.displayName",
            "/components/schemas/incidentTask/properties/displayName",
        ),
        (
            at(TASK, "/properties/displayName/format"),
            Some(json!("uuid")),
            "property incidentTask.displayName",
            "/components/schemas/incidentTask/properties/displayName",
        ),
        (
            at(TASK, "/properties/displayName/nullable"),
            Some(json!(true)),
            "property incidentTask.displayName nullable",
            "/components/schemas/incidentTask/properties/displayName/nullable",
        ),
        (
            at(TASK, "/properties/displayName/deprecated"),
            Some(json!(true)),
            "property incidentTask.displayName deprecated",
            "/components/schemas/incidentTask/properties/displayName/deprecated",
        ),
        (
            at(TASK, "/properties/displayName/maxLength"),
            Some(json!(64)),
            "property incidentTask.displayName maxLength",
            "/components/schemas/incidentTask/properties/displayName/maxLength",
        ),
        (
            at(TASK, "/properties/displayName/pattern"),
            Some(json!("^a")),
            "property incidentTask.displayName pattern",
            "/components/schemas/incidentTask/properties/displayName/pattern",
        ),
        (
            at(TASK, "/properties/status/readOnly"),
            Some(json!(true)),
            "property incidentTask.status readOnly",
            "/components/schemas/incidentTask/properties/status/readOnly",
        ),
        (
            at(TASK, "/required"),
            Some(json!(["status"])),
            "property incidentTask.status required",
            "/components/schemas/incidentTask/required/-",
        ),
        (
            at(TASK, "/additionalProperties"),
            Some(json!(false)),
            "component incidentTask additionalProperties",
            "/components/schemas/incidentTask/additionalProperties",
        ),
        (
            at(TASK, "/properties/status/$ref"),
            Some(json!(format!("#{SCHEMAS}isolationType"))),
            "property incidentTask.status",
            "/components/schemas/incidentTask/properties/status",
        ),
        (
            at(SCHEMAS, "incidentTaskStatus/enum/-"),
            Some(json!("paused")),
            "member incidentTaskStatus.paused",
            "/components/schemas/incidentTaskStatus/anyOf/0/enum/-",
        ),
        (
            at(SCHEMAS, "incidentTaskStatus/enum/-"),
            Some(json!(7)),
            "member incidentTaskStatus.7",
            "/components/schemas/incidentTaskStatus/anyOf/0/enum/-",
        ),
        (
            at(SCHEMAS, "incidentTaskStatus/enum/1"),
            None,
            "member incidentTaskStatus.inProgress",
            "/components/schemas/incidentTaskStatus/anyOf/0/enum/1",
        ),
        (
            at(SCHEMAS, "incidentTaskStatus/deprecated"),
            Some(json!(true)),
            "component incidentTaskStatus deprecated",
            "/components/schemas/incidentTaskStatus/deprecated",
        ),
        (at("/components/schemas", "/microsoft.graph.entity/properties/id"), None, "property incidentTask.id", ""),
        (
            at(ERRORS, "MainError/required/0"),
            None,
            "property MainError.code required",
            "/components/schemas/MainError/required/0",
        ),
        (
            at(ERRORS, "ErrorDetails/properties/target/nullable"),
            None,
            "property ErrorDetails.target nullable",
            "/components/schemas/ErrorDetails/properties/target/nullable",
        ),
        (
            at(SCHEMAS, "incidentTaskResponseAction/discriminator/mapping/#microsoft.graph.security.closeTask"),
            Some(json!(format!("#{SCHEMAS}incident"))),
            "arm incidentTaskResponseAction.incident",
            "/components/schemas/incidentTaskResponseAction/discriminator/mapping/#microsoft.graph.security.closeTask",
        ),
        (
            at(SCHEMAS, "disableUserIncidentTaskResponseAction/allOf/1/properties/@odata.type/default"),
            Some(json!("#x")),
            "member disableUserIncidentTaskResponseAction.@odata.type.#x",
            "",
        ),
    ]
}

#[test]
fn each_edit_of_upstream_is_one_difference_with_its_places_and_a_snippet_in_every_style() {
    let mut table = Vec::new();
    for (pointer, value, fact, ours_at) in edits() {
        let mut upstream: Value = serde_json::from_str(UPSTREAM).unwrap();
        edit(&mut upstream, &pointer, value.clone());
        let text = format!("{upstream:#}");
        let drift = drift_from(&ours(), &text).unwrap_or_else(|error| panic!("{pointer}: {error}"));
        let difference = drift.differences.iter().find(|difference| difference.fact == fact);
        let difference = difference.unwrap_or_else(|| panic!("{fact}: {:#?}", drift.differences));
        table.push(format!(
            "{pointer} | {difference} | {} | {:?} | {:?}",
            difference.pointer,
            difference.line,
            difference.snippet.as_ref().map(Value::to_string)
        ));
        // Edits of a shared object, and those that move a thing, are several facts.
        if !ours_at.is_empty() {
            assert_eq!(drift.differences.len(), 1, "{pointer}: {:#?}", drift.differences);
            assert_eq!(difference.pointer, ours_at, "{fact}");
        }
        assert_eq!(difference.snippet.is_some(), difference.upstream.is_some(), "{fact}");
        assert!(difference.line.is_some() || fact.starts_with("operation") || fact.starts_with("server"), "{fact}");
        for other in [block(&upstream, 0), upstream.to_string()] {
            let other = drift_from(&ours(), &other).unwrap();
            let plain = |drift: &Drift| drift.differences.iter().map(without_line).collect::<Vec<_>>();
            assert_eq!(plain(&other), plain(&drift), "{pointer}");
        }
    }
    assert!(table.len() >= 37);
    println!("{}", table.join("\n"));
}

#[test]
fn the_line_is_that_of_the_fact_upstream() {
    let upstream: Value = serde_json::from_str(UPSTREAM).unwrap();
    let text = block(&upstream, 0).replace("\"notRelevant\"", "\"no longer relevant\"");
    let drift = drift_from(&ours(), &text).unwrap();
    let line = text.lines().position(|line| line.contains("no longer relevant")).unwrap() + 1;
    let found: Vec<_> =
        drift.differences.iter().map(|difference| (difference.fact.as_str(), difference.line)).collect();
    let list = found[1].1.unwrap();
    assert_eq!(found[0], ("member incidentTaskStatus.no longer relevant", Some(line)));
    assert!(found[1].0 == "member incidentTaskStatus.notRelevant" && list < line, "{found:?}");
}

#[test]
fn a_snippet_put_into_our_spec_ends_the_difference() {
    for (pointer, value, ..) in edits().into_iter().filter(|(.., ours_at)| !ours_at.is_empty()) {
        let mut upstream: Value = serde_json::from_str(UPSTREAM).unwrap();
        edit(&mut upstream, &pointer, value);
        let text = upstream.to_string();
        let mut ours = ours();
        let difference = drift_from(&ours, &text).unwrap().differences.remove(0);
        // A new type is an arm, and an entry of the mapping.
        if difference.fact.starts_with("arm ") {
            continue;
        }
        let pointer = difference.pointer.clone();
        let (parent, _) = msgraph_openapi::pointer::split(&pointer).unwrap();
        if ours.pointer(parent).is_none() {
            let list = if pointer.ends_with("/-") { json!([]) } else { json!({}) };
            edit(&mut ours, parent, Some(list));
        }
        edit(&mut ours, &pointer, difference.snippet.clone());
        let left: Vec<_> = drift_from(&ours, &text).unwrap().differences.iter().map(ToString::to_string).collect();
        assert!(!left.contains(&difference.to_string()), "{difference}: {left:?}");
    }
}

#[test]
fn a_path_ends_at_a_segment_and_resources_are_taken_one_by_one() {
    let mut upstream: Value = serde_json::from_str(UPSTREAM).unwrap();
    let operation = json!({ "get": { "responses": { "200": {} } } });
    for path in ["/security/incidentTasksArchive", "/security/incidents", "/security", "/other"] {
        upstream["paths"][path] = operation.clone();
    }
    assert_eq!(drift_from(&ours(), &upstream.to_string()).unwrap().differences, []);
    let mut two = ours();
    two["paths"]["/other/{id}"] = operation.clone();
    let found = drift_from(&two, &upstream.to_string()).unwrap().differences;
    let found: Vec<_> = found.iter().map(|difference| difference.fact.as_str()).collect();
    assert_eq!(found, ["operation GET /other", "operation GET /other/{}"]);
}

#[test]
fn an_upstream_without_derived_types_says_nothing_of_them() {
    let mut upstream: Value = serde_json::from_str(UPSTREAM).unwrap();
    let union = upstream.pointer_mut(&format!("{SCHEMAS}incidentTaskResponseAction")).unwrap();
    union.as_object_mut().unwrap().remove("discriminator");
    union["allOf"][1]["properties"].as_object_mut().unwrap().remove("@odata.type");
    union["allOf"][1].as_object_mut().unwrap().remove("required");
    assert_eq!(drift_from(&ours(), &upstream.to_string()).unwrap().differences, []);
}

#[test]
fn a_parameter_of_a_path_item_is_one_of_each_operation() {
    let mut upstream: Value = serde_json::from_str(UPSTREAM).unwrap();
    let item = upstream.pointer_mut(ITEM).unwrap();
    let parameter = item["get"]["parameters"].as_array_mut().unwrap().remove(0);
    for method in ["patch", "delete"] {
        item[method]["parameters"].as_array_mut().unwrap().remove(0);
    }
    item["parameters"] = json!([parameter]);
    assert_eq!(drift_from(&ours(), &upstream.to_string()).unwrap().differences, []);
}

#[test]
fn a_decision_covers_its_facts_and_is_stale_without_them() {
    let upstream = Upstream::parse(UPSTREAM).unwrap();
    let mut decided = decided();
    decided.extend(["property incidentTask.gone", "operation GET /gone*"].map(str::to_owned));
    let found = drift(&ours(), &upstream, &decided).unwrap();
    assert_eq!(found.stale, ["property incidentTask.gone", "operation GET /gone*"]);
    decided.retain(|pattern| pattern != "operation POST /$batch");
    let found = drift(&ours(), &upstream, &decided).unwrap();
    assert_eq!(found.differences[0].to_string(), "operation POST /$batch: ours present, upstream nothing");
}

#[test]
fn a_circle_of_bases_a_circle_of_references_and_an_external_reference_are_errors_with_their_line() {
    let base = format!("{TASK}/properties/status");
    for (pointer, value, message) in [
        (
            format!("{SCHEMAS}responseAction/allOf"),
            json!([{ "$ref": format!("#{SCHEMAS}incidentTaskResponseAction") }]),
            "circular base",
        ),
        (
            format!("{SCHEMAS}incidentTaskStatus"),
            json!({ "$ref": format!("#{SCHEMAS}incidentTaskStatus") }),
            "circular reference",
        ),
        (base.clone(), json!({ "$ref": "https://elsewhere.test/a.yaml#/x" }), "external reference"),
        (base, json!({ "$ref": format!("#{SCHEMAS}none") }), "dangling reference"),
    ] {
        let mut upstream: Value = serde_json::from_str(UPSTREAM).unwrap();
        edit(&mut upstream, &pointer, Some(value));
        let error = drift_from(&ours(), &format!("{upstream:#}")).unwrap_err();
        assert!(error.contains(message) && error.contains("line "), "{error}");
    }
    let mut ours = ours();
    let list = ours["components"]["schemas"].as_object_mut().unwrap();
    list.insert("incident".to_owned(), Map::from_iter([("$ref".to_owned(), "#/none".into())]).into());
    assert!(drift_from(&ours, UPSTREAM).unwrap_err().starts_with("our spec: "));
}
