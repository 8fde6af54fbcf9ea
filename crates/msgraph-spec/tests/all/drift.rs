//! Each edit of Microsoft's own spec is one difference, with its place on both sides and the JSON for ours, whatever
//! style upstream is written in.

use msgraph_spec::{Difference, Drift, Upstream, decisions, drift};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const OURS: &str = include_str!("../../../../spec/incident-tasks.openapi.json");
const UPSTREAM: &str = include_str!("../../../../spec/upstream/incident-tasks.openapi.json");
const DECISIONS: &str = include_str!("../../../../spec/decisions.toml");

const ITEM: &str = "/paths/~1security~1incidentTasks~1{incidentTask-id}";
const SCHEMAS: &str = "/components/schemas/microsoft.graph.security.";
const TASK: &str = "/components/schemas/microsoft.graph.security.incidentTask/allOf/1";

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

/// Returns the document in the block style of YAML.
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

/// An edit of upstream with its fact, and the place in our spec.
#[derive(Deserialize)]
struct Edit {
    at: String,
    /// The value to put there; `None` removes the value.
    put: Option<Value>,
    fact: String,
    /// The pointer in ours; `None` if one edit is several facts.
    #[serde(default)]
    ours: String,
}

fn edits() -> Vec<Edit> {
    serde_json::from_str(include_str!("upstream_edits.json")).unwrap()
}

#[test]
fn each_edit_of_upstream_is_one_difference_with_its_places_and_a_snippet_in_every_style() {
    let mut table = Vec::new();
    for Edit { at: pointer, put, fact, ours: ours_at } in edits() {
        let mut upstream: Value = serde_json::from_str(UPSTREAM).unwrap();
        edit(&mut upstream, &pointer, put);
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
        // An edit of a shared object, or one that moves a thing, is several facts.
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
fn a_snippet_in_our_spec_removes_the_difference() {
    for Edit { at: pointer, put: value, .. } in edits().into_iter().filter(|edit| !edit.ours.is_empty()) {
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
fn paths_are_compared_by_whole_segments_and_resources_one_by_one() {
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
fn an_upstream_without_derived_types_has_no_differences_about_them() {
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
