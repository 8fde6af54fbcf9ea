//! What upstream changes is changed in our spec; what was decided, and what a person wrote, stays.

use msgraph_spec::{Decision, Pulled, Upstream, decisions, drift, lint, pull};
use serde_json::{Value, json};

const OURS: &str = include_str!("../../../../spec/incident-tasks.openapi.json");
const UPSTREAM: &str = include_str!("../../../../spec/upstream/incident-tasks.openapi.json");
const DECISIONS: &str = include_str!("../../../../spec/decisions.toml");

const SCHEMAS: &str = "/components/schemas/microsoft.graph.security.";
const TASK: &str = "/components/schemas/microsoft.graph.security.incidentTask/allOf/1/properties";
const UNION: &str = "/components/schemas/microsoft.graph.security.incidentTaskResponseAction";

fn decided() -> Vec<Decision> {
    decisions(DECISIONS).unwrap()
}

fn pulled(ours: &str, before: &str, after: &str) -> Pulled {
    pull(ours, before, &Upstream::parse(after).unwrap(), &decided(), &[OURS.to_owned()]).unwrap()
}

fn upstream(edit: impl Fn(&mut Value)) -> String {
    let mut upstream: Value = serde_json::from_str(UPSTREAM).unwrap();
    edit(&mut upstream);
    upstream.to_string()
}

/// Upstream with another property, member, query option, operation, type of response action, and without a property, a
/// member, an option and a type.
fn next() -> String {
    upstream(|upstream| {
        let properties = upstream.pointer_mut(TASK).unwrap();
        properties["priority"] = json!({ "$ref": "#/components/schemas/microsoft.graph.security.taskPriority" });
        properties["dueDateTime"] =
            json!({ "type": "string", "format": "date-time", "description": "When. Read-only." });
        properties.as_object_mut().unwrap().remove("lastModifiedByDisplayName");
        properties["displayName"] = json!({ "type": "number", "format": "int32" });
        let members = upstream.pointer_mut(&format!("{SCHEMAS}incidentTaskStatus/enum")).unwrap();
        let members = members.as_array_mut().unwrap();
        members.retain(|member| member != "notRelevant");
        members.insert(2, "paused".into());
        let list =
            upstream.pointer_mut("/paths/~1security~1incidentTasks/get/parameters").unwrap().as_array_mut().unwrap();
        list.retain(|parameter| parameter["name"] != "$orderby");
        list.push(json!({ "name": "includeClosed", "in": "query", "schema": { "type": "boolean" } }));
        upstream["paths"]["/security/incidentTasks/{incidentTask-id}/close"] = json!({ "post": {
            "parameters": [{ "name": "incidentTask-id", "in": "path", "required": true, "schema": { "type": "string" } }],
            "responses": { "2XX": {}, "default": { "$ref": "#/components/responses/error" } } } });
        let schemas = upstream["components"]["schemas"].as_object_mut().unwrap();
        schemas.insert(
            "microsoft.graph.security.taskPriority".to_owned(),
            json!({ "type": "string", "enum": ["low", "high", "unknownFutureValue"] }),
        );
        let base = json!({ "$ref": format!("#{UNION}") });
        schemas.insert(
            "microsoft.graph.security.blockUrlIncidentTaskResponseAction".to_owned(),
            json!({ "allOf": [base, { "type": "object",
            "properties": { "@odata.type": { "type": "string", "default": "#microsoft.graph.security.blockUrlIncidentTaskResponseAction" }, "url": { "type": "string" } } }] }),
        );
        let mapping = upstream.pointer_mut(&format!("{UNION}/discriminator/mapping")).unwrap();
        mapping["#microsoft.graph.security.blockUrlIncidentTaskResponseAction"] =
            json!("#/components/schemas/microsoft.graph.security.blockUrlIncidentTaskResponseAction");
        mapping.as_object_mut().unwrap().remove("#microsoft.graph.security.disableUserIncidentTaskResponseAction");
    })
}

#[test]
fn the_record_is_upstream_and_a_pull_from_it_changes_nothing() {
    let pulled = pulled(OURS, UPSTREAM, UPSTREAM);
    assert_eq!((pulled.spec.as_str(), pulled.record.as_str()), (OURS, UPSTREAM));
    assert_eq!((pulled.changes, pulled.conflicts, pulled.by_hand), (vec![], vec![], vec![]));
}

#[test]
fn what_upstream_adds_changes_and_removes_is_written_once_and_generated() {
    let next = next();
    let first = pulled(OURS, UPSTREAM, &next);
    assert_eq!(first.conflicts, []);
    let facts: Vec<_> = first.changes.iter().map(|change| change.fact.as_str()).collect();
    assert_eq!(
        facts,
        [
            "arm incidentTaskResponseAction.blockUrlIncidentTaskResponseAction",
            "arm incidentTaskResponseAction.disableUserIncidentTaskResponseAction",
            "member incidentTaskStatus.notRelevant",
            "member incidentTaskStatus.paused",
            "operation POST /security/incidentTasks/{}/close",
            "parameter GET /security/incidentTasks query $orderby",
            "parameter GET /security/incidentTasks query includeClosed",
            "property incidentTask.displayName",
            "property incidentTask.dueDateTime",
            "property incidentTask.lastModifiedByDisplayName",
            "property incidentTask.priority",
        ]
    );
    let spec: Value = serde_json::from_str(&first.spec).unwrap();
    let schemas = &spec["components"]["schemas"];
    let status = &schemas["incidentTaskStatus"]["anyOf"][0]["enum"];
    assert_eq!([&status[1], &status[2], &status[3]], ["inProgress", "paused", "completed"]);
    assert!(!status.as_array().unwrap().contains(&"notRelevant".into()));
    let properties = &schemas["incidentTask"]["properties"];
    assert_eq!(
        properties["dueDateTime"],
        json!({ "description": "", "readOnly": true, "type": "string", "format": "date-time" })
    );
    assert_eq!(properties["priority"]["allOf"][0]["$ref"], "#/components/schemas/taskPriority");
    assert_eq!(
        properties["displayName"],
        json!({ "type": "integer", "format": "int32", "readOnly": true, "description": "The title of the task." })
    );
    let tag = "#microsoft.graph.security.blockUrlIncidentTaskResponseAction";
    let action = &schemas["blockUrlIncidentTaskResponseAction"];
    let described = json!({ "description": "The discriminating OData type.", "type": "string", "enum": [tag] });
    assert_eq!((&action["required"], &action["properties"]["@odata.type"]), (&json!(["@odata.type"]), &described));
    let arms = schemas["incidentTaskResponseAction"]["anyOf"].as_array().unwrap();
    assert!(arms.contains(&json!({ "$ref": "#/components/schemas/blockUrlIncidentTaskResponseAction" })));
    // The open component for all other types stays the last one.
    assert_eq!(arms.last().unwrap()["$ref"], "#/components/schemas/unlistedIncidentTaskResponseAction");
    assert!(schemas.get("disableUserIncidentTaskResponseAction").is_none());
    let close = &spec["paths"]["/security/incidentTasks/{incidentTaskId}/close"]["post"];
    assert_eq!(close["responses"]["4XX"]["$ref"], "#/components/responses/clientFailure");
    // Texts, examples of the old type, and what a request may send are left to do.
    let findings = lint(&first.spec);
    let of_type = |place: &str| place.ends_with("/displayName");
    assert!(findings.iter().all(|found| found.rule == "description" || of_type(&found.pointer)), "{findings:#?}");
    for end in [
        "incidentTaskUpdate/properties/status: paused too, if a request can send it",
        "Action: x-executable",
        ": x-documented",
    ] {
        assert!(first.by_hand.iter().any(|line| line.ends_with(end)), "{end}: {:#?}", first.by_hand);
    }
    // A pull again changes nothing, and upstream is as it is here.
    let second = pulled(&first.spec, &first.record, &next);
    assert_eq!((second.spec, second.record, second.changes), (first.spec.clone(), first.record, vec![]));
    let patterns: Vec<_> = decided().into_iter().flat_map(|decision| decision.drift).collect();
    assert_eq!(drift(&spec, &Upstream::parse(&next).unwrap(), &patterns).unwrap().differences, []);
}

#[test]
fn a_pull_back_gives_our_spec_as_it_was() {
    let there = pulled(OURS, UPSTREAM, &next());
    let back = pulled(&there.spec, &there.record, UPSTREAM);
    assert_eq!(back.conflicts, []);
    assert_eq!(back.changes.len(), there.changes.len());
    assert!(back.spec == OURS, "{}", difference(OURS, &back.spec));
    assert!(back.record == UPSTREAM, "{}", difference(UPSTREAM, &back.record));
}

/// The first lines that differ.
fn difference(one: &str, other: &str) -> String {
    let found = one.lines().zip(other.lines()).enumerate().find(|(_, (one, other))| one != other);
    found
        .map_or_else(|| "one is longer".to_owned(), |(line, (one, other))| format!("line {}: {one}\n{other}", line + 1))
}

#[test]
fn what_was_decided_or_is_another_here_is_a_conflict_with_both_sides_and_nothing_is_written() {
    let text = upstream(|upstream| {
        upstream.pointer_mut("/components/parameters/top/schema").unwrap()["minimum"] = json!(5);
        upstream.pointer_mut(&format!("{SCHEMAS}incident/allOf/1/properties")).unwrap()["priorityScore"] =
            json!({ "type": "string" });
    });
    let pulled = pulled(OURS, UPSTREAM, &text);
    assert_eq!((pulled.spec.as_str(), pulled.changes), (OURS, vec![]));
    let conflicts: Vec<_> = pulled.conflicts.iter().map(ToString::to_string).collect();
    assert_eq!(
        conflicts,
        [
            "parameter GET /security/incidentTasks query $top minimum: upstream 0 -> 5; ours 1, decided by page-size",
            "property incident.priorityScore: upstream nothing -> string; ours nothing, decided by incident-inlined",
        ]
    );
    // Ours was changed by hand too.
    let mut ours: Value = serde_json::from_str(OURS).unwrap();
    ours["components"]["schemas"]["incidentTask"]["properties"]["displayName"]["type"] = json!("boolean");
    let text = upstream(|upstream| upstream.pointer_mut(TASK).unwrap()["displayName"]["type"] = json!("integer"));
    let ours = format!("{ours:#}\n");
    let pulled = pull(&ours, UPSTREAM, &Upstream::parse(&text).unwrap(), &decided(), &[]).unwrap();
    assert_eq!(pulled.spec, ours);
    let conflicts: Vec<_> = pulled.conflicts.iter().map(ToString::to_string).collect();
    assert_eq!(conflicts, ["property incidentTask.displayName: upstream string -> integer; ours boolean"]);
}

#[test]
fn an_upstream_without_derived_types_takes_none_away() {
    let is_derived = |schema: &Value| schema["allOf"][0]["$ref"] == format!("#{UNION}");
    let record = upstream(|upstream| {
        let schemas = upstream["components"]["schemas"].as_object_mut().unwrap();
        for schema in schemas.values_mut().filter(|schema| is_derived(schema)) {
            schema["x-rebuilt-from"] = "an SDK".into();
        }
    });
    let after = upstream(|upstream| {
        upstream.pointer_mut(UNION).unwrap().as_object_mut().unwrap().remove("discriminator");
        upstream["components"]["schemas"].as_object_mut().unwrap().retain(|_, schema| !is_derived(schema));
    });
    let pulled = pulled(OURS, &record, &after);
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!((pulled.spec.as_str(), json(&pulled.record)), (OURS, json(&record)));
}
