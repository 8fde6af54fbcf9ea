//! The impact of each kind of change.

use std::cell::RefCell;
use std::collections::HashMap;

use msgraph_spec::{Impact, Report, RustImpact, VersionBump, WireImpact, diff};
use serde::Deserialize;
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
        (format!("{SCHEMAS}/incidentTask/deprecated"), Some(json!(true)), W::None, R::Behaviour, V::Patch),
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

/// Returns a spec with one of each construct.
fn toy() -> Value {
    serde_json::from_str(include_str!("lamps.openapi.json")).unwrap()
}

/// An edit of the toy spec with its impact on the wire, and the check and level of oasdiff 1.39 if it has one.
#[derive(Deserialize)]
struct Edit {
    at: String,
    /// The value to put there; `None` removes the value.
    put: Option<Value>,
    side: String,
    wire: String,
    #[serde(default)]
    oasdiff: String,
}

fn wire_report(old: &Value, new: &Value) -> Report {
    diff(&old.to_string(), &new.to_string(), |_| Ok(String::new())).unwrap()
}

#[test]
fn each_kind_of_change_has_its_impact_on_the_wire() {
    let table: Vec<Edit> = serde_json::from_str(include_str!("wire_impact.json")).unwrap();
    assert!(table.len() >= 60);
    for Edit { at, put, side, wire, oasdiff } in table {
        let report = wire_report(&toy(), &edited(&toy().to_string(), &at, put));
        let [impact] = report.impacts.as_slice() else { panic!("{at}: {report:#?}") };
        println!("{} | {side} | {wire} | {oasdiff} | {}", impact.change, impact.reason);
        assert_eq!((impact.side, impact.wire.to_string()), (side.as_str(), wire), "{at}: {impact:?}");
    }
}

#[test]
fn equivalent_forms_are_not_a_change() {
    let mut new = toy();
    // A parameter moves from the path item, a response and a body become shared, security moves to the operation.
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
fn the_impact_on_the_whole_public_api_is_a_minimum() {
    // The order of members is not a change by itself, but the code changes.
    let mut new: Value = serde_json::from_str(SPEC).unwrap();
    let list = new.pointer_mut(&format!("{SCHEMAS}/incidentTaskStatus/anyOf/0/enum")).unwrap().as_array_mut().unwrap();
    list.swap(0, 1);
    let report = diff(SPEC, &new.to_string(), generate).unwrap();
    assert_eq!(report.impacts, []);
    assert_eq!((report.rust, report.bump()), (RustImpact::Behaviour, VersionBump::Patch));
}

#[test]
fn a_new_spec_that_cannot_be_generated_still_has_its_impact_on_the_wire() {
    let pointer = format!("{SCHEMAS}/incidentTask/properties/displayName/not");
    let report = diff(SPEC, &edited(SPEC, &pointer, Some(json!({ "type": "integer" }))).to_string(), generate).unwrap();
    assert_eq!(report.rust, RustImpact::CannotBeGenerated);
    assert!(report.reason.contains("displayName: the keyword \"not\""), "{}", report.reason);
    assert_eq!((report.impacts[0].wire, report.wire()), (WireImpact::Compatible, WireImpact::Compatible));
}

#[test]
fn the_version_must_be_raised_as_the_changes_require() {
    let old = edited(SPEC, "/info/version", Some(json!("0.1.0"))).to_string();
    let mut new = edited(&old, &format!("{ITEM}/get"), None);
    let problem = |new: &Value| diff(&old, &new.to_string(), generate).unwrap().check_version();
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
