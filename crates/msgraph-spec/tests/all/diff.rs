//! What changes of each class mean, on the project's own description.

use msgraph_spec::{Bump, Effect, Rust, Wire, diff};
use serde_json::{Value, json};

const FRAGMENT: &str = include_str!("../../../../spec/incident-tasks.openapi.json");
const SCHEMAS: &str = "/components/schemas";
const LIST: &str = "/paths/~1security~1incidentTasks/get";
const ITEM: &str = "/paths/~1security~1incidentTasks~1{incidentTaskId}";

fn generate(text: &str) -> Result<String, String> {
    msgraph_codegen::generate(text).map(|generated| generated.source).map_err(|error| error.to_string())
}

/// What follows from putting a value at a pointer, appending it where that ends in `-`, or removing what is there.
fn effects(pointer: &str, value: Option<Value>) -> Vec<Effect> {
    let mut document: Value = serde_json::from_str(FRAGMENT).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    match (document.pointer_mut(parent).unwrap(), value) {
        (Value::Object(object), Some(value)) => drop(object.insert(name, value)),
        (Value::Object(object), None) => drop(object.remove(&name)),
        (Value::Array(list), Some(value)) if name == "-" => list.push(value),
        (Value::Array(list), Some(value)) => list[name.parse::<usize>().unwrap()] = value,
        (Value::Array(list), None) => drop(list.remove(name.parse().unwrap())),
        _ => panic!("{parent} is no container"),
    }
    diff(FRAGMENT, &document.to_string(), generate).unwrap()
}

#[test]
fn changes_of_each_class_are_what_they_are() {
    let text = json!({ "type": "string", "description": "New." });
    let option = |required: bool| json!({ "name": "$new", "in": "query", "required": required, "description": "New.", "schema": { "type": "string" } });
    let status = format!("{SCHEMAS}/incidentTaskStatus/anyOf/0/enum");
    let task = format!("{SCHEMAS}/incidentTask/properties");
    let update = format!("{SCHEMAS}/incidentTaskUpdate");
    let mut table = Vec::new();
    for (pointer, value, wire, rust, bump) in [
        (format!("{status}/-"), Some(json!("paused")), Wire::Risky, Rust::Additive, Bump::Minor),
        (format!("{status}/0"), None, Wire::Compatible, Rust::SourceBreaking, Bump::Major),
        (format!("{update}/properties/status/enum/0"), None, Wire::Breaking, Rust::Behaviour, Bump::Major),
        (format!("{task}/priority"), Some(text.clone()), Wire::Compatible, Rust::Additive, Bump::Minor),
        (format!("{task}/description"), None, Wire::Breaking, Rust::SourceBreaking, Bump::Major),
        (format!("{task}/displayName/type"), Some(json!("integer")), Wire::Breaking, Rust::SourceBreaking, Bump::Major),
        (format!("{task}/createdDateTime/format"), None, Wire::Breaking, Rust::SourceBreaking, Bump::Major),
        (format!("{task}/displayName/nullable"), Some(json!(true)), Wire::Risky, Rust::None, Bump::Patch),
        (
            format!("{SCHEMAS}/incidentTask/required"),
            Some(json!(["id"])),
            Wire::Compatible,
            Rust::SourceBreaking,
            Bump::Major,
        ),
        (format!("{update}/properties/note"), Some(text.clone()), Wire::Compatible, Rust::Additive, Bump::Minor),
        (format!("{LIST}/parameters/-"), Some(option(false)), Wire::Compatible, Rust::SourceBreaking, Bump::Major),
        (format!("{LIST}/parameters/-"), Some(option(true)), Wire::Breaking, Rust::SourceBreaking, Bump::Major),
        (format!("{LIST}/parameters/0"), None, Wire::Breaking, Rust::SourceBreaking, Bump::Major),
        (format!("{LIST}/parameters/2/schema/maximum"), Some(json!(100)), Wire::Breaking, Rust::Behaviour, Bump::Major),
        (
            format!("{LIST}/parameters/2/schema/maximum"),
            Some(json!(1000)),
            Wire::Compatible,
            Rust::Behaviour,
            Bump::Patch,
        ),
        (format!("{ITEM}/get"), None, Wire::Breaking, Rust::SourceBreaking, Bump::Major),
        (
            format!("{ITEM}/get/operationId"),
            Some(json!("readIncidentTask")),
            Wire::None,
            Rust::SourceBreaking,
            Bump::Major,
        ),
        (format!("{ITEM}/get/summary"), Some(json!("Read it")), Wire::None, Rust::None, Bump::None),
        (
            format!("{ITEM}/get/responses/410"),
            Some(json!({ "description": "Gone." })),
            Wire::Risky,
            Rust::None,
            Bump::Patch,
        ),
        (format!("{ITEM}/patch/responses/409"), None, Wire::Compatible, Rust::None, Bump::Patch),
        (format!("{SCHEMAS}/incidentTaskActionType/x-executable/0"), None, Wire::None, Rust::Behaviour, Bump::Patch),
        (
            format!("{SCHEMAS}/batchRequest/properties/requests/maxItems"),
            Some(json!(10)),
            Wire::Breaking,
            Rust::Behaviour,
            Bump::Major,
        ),
        (format!("{SCHEMAS}/incidentTask/description"), Some(json!("A task.")), Wire::None, Rust::None, Bump::None),
        ("/info/version".to_owned(), Some(json!("0.2.0")), Wire::None, Rust::None, Bump::None),
        (
            format!("{SCHEMAS}/incidentTaskResponseAction/anyOf/0"),
            None,
            Wire::Breaking,
            Rust::SourceBreaking,
            Bump::Major,
        ),
    ] {
        let effects = effects(&pointer, value);
        let [effect] = effects.as_slice() else { panic!("{pointer}: {effects:?}") };
        table.push(format!(
            "{} | {} | {} | {} | {} | {}",
            effect.change,
            effect.side,
            effect.wire,
            effect.rust,
            effect.bump(),
            effect.reason
        ));
        assert_eq!((effect.wire, effect.rust, effect.bump()), (wire, rust, bump), "{effect:?}");
    }
    println!("{}", table.join("\n"));
}

#[test]
fn where_a_response_is_written_is_no_change_and_what_it_says_is_one_wherever_it_is_used() {
    let mut document: Value = serde_json::from_str(FRAGMENT).unwrap();
    let shared = document["components"]["responses"]["conflict"].clone();
    let update = &mut document["paths"]["/security/incidentTasks/{incidentTaskId}"]["patch"];
    update["responses"]["409"] = shared;
    assert_eq!(diff(FRAGMENT, &document.to_string(), generate).unwrap(), []);
    document["components"]["responses"]["throttled"]["content"] = json!({});
    let effects = diff(FRAGMENT, &document.to_string(), generate).unwrap();
    let operations = document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len());
    assert_eq!(effects.len(), operations.sum::<usize>(), "one for each operation: {effects:?}");
}

#[test]
fn the_same_description_has_no_changes_and_a_side_is_that_of_its_use() {
    assert_eq!(diff(FRAGMENT, FRAGMENT, generate).unwrap(), []);
    let side = |pointer: &str| effects(pointer, Some(json!({ "type": "string", "description": "New." })))[0].side;
    assert_eq!(side(&format!("{SCHEMAS}/incidentTaskUpdate/properties/new")), "request");
    assert_eq!(side(&format!("{SCHEMAS}/incidentTask/properties/new")), "response");
    assert!(diff("{", FRAGMENT, generate).unwrap_err().contains("not JSON"));
}
