//! The documented payloads, one file each, in a folder with the name of their component.

use std::path::Path;

use msgraph_core::Operation;
use msgraph_incident_tasks::types;
use msgraph_incident_tasks_api::operations;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The components that payloads are documented of.
pub const COMPONENTS: [&str; 7] = [
    "batchRequest",
    "batchResponse",
    "incidentTask",
    "incidentTaskCollection",
    "incidentTaskResponseAction",
    "incidentTaskUpdate",
    "ODataError",
];

/// A documented payload.
#[derive(Clone, Debug)]
pub struct Payload {
    /// Where it comes from.
    pub name: String,
    /// The component of the description that it is one of.
    pub component: String,
    /// The payload itself.
    pub value: Value,
}

/// Each payload of a folder, and each example of the description that has such a component.
///
/// # Panics
///
/// Where a file can't be read, or there is none.
pub fn payloads(component: &str) -> Vec<Payload> {
    let mut found = payload_files(component);
    collect_examples(&crate::spec(), "", component, &mut found);
    assert!(!found.is_empty(), "{component} has no payload");
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Each payload of a folder: what does not come from the description.
///
/// # Panics
///
/// Where a file can't be read.
pub fn payload_files(component: &str) -> Vec<Payload> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("payloads").join(component);
    let files = std::fs::read_dir(&folder).expect("the component has a folder of payloads");
    files
        .map(|file| {
            let path = file.expect("a file can be listed").path();
            let text = std::fs::read_to_string(&path).expect("a payload can be read");
            Payload {
                name: path.display().to_string(),
                component: component.to_owned(),
                value: serde_json::from_str(&text).expect("a payload is JSON"),
            }
        })
        .collect()
}

/// Examples are beside the schema that they are of.
fn collect_examples(value: &Value, pointer: &str, component: &str, found: &mut Vec<Payload>) {
    let reference = format!("#/components/schemas/{component}");
    if value.pointer("/schema/$ref") == Some(&reference.into()) {
        for (name, example) in value.get("examples").and_then(Value::as_object).into_iter().flatten() {
            found.push(Payload {
                name: format!("{pointer}/examples/{name}"),
                component: component.to_owned(),
                value: example["value"].clone(),
            });
        }
    }
    for (key, child) in value.as_object().into_iter().flatten() {
        collect_examples(child, &format!("{pointer}/{key}"), component, found);
    }
}

/// What the generated type of a component makes of a value: read, and written again.
///
/// # Errors
///
/// Where the type can't read or write it.
///
/// # Panics
///
/// Where no payload can be of the component.
pub fn round_trip(component: &str, value: &Value) -> Result<Value, serde_json::Error> {
    match component {
        "batchRequest" => through::<types::BatchRequest>(value),
        "batchResponse" => through::<types::BatchResponse>(value),
        "incidentTask" => through::<types::IncidentTask>(value),
        "incidentTaskCollection" => written(operations::ListIncidentTasks::decode(value.to_string().as_bytes())?),
        "incidentTaskResponseAction" => through::<types::IncidentTaskResponseAction>(value),
        "incidentTaskUpdate" => through::<types::IncidentTaskUpdate>(value),
        "ODataError" => through::<types::ODataError>(value),
        _ => panic!("no payload is of {component}"),
    }
}

fn through<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, serde_json::Error> {
    // By way of text, as a response is read.
    let read: T = serde_json::from_str(&value.to_string())?;
    written(read)
}

fn written(value: impl Serialize) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&serde_json::to_string(&value)?)
}
