//! The documented payloads, one file each, in a folder with the name of their component.

use std::path::Path;

use msgraph_core::Operation;
use msgraph_incident_tasks::types;
use msgraph_incident_tasks_api::operations;
use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;

/// The components with documented payloads.
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
    /// Its source.
    pub name: String,
    /// Its component in the spec.
    pub component: String,
    /// The payload.
    pub value: Value,
}

/// Returns the payloads of a component, from its folder and from the examples of the spec.
///
/// # Panics
///
/// If a file cannot be read, or there are none.
pub fn payloads(component: &str) -> Vec<Payload> {
    let mut found = payload_files(component);
    collect_examples(&crate::spec(), "", component, &mut found);
    assert!(!found.is_empty(), "{component} has no payload");
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Returns the payloads of a folder, which do not come from the spec.
///
/// # Panics
///
/// If a file cannot be read.
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

/// Collects the examples next to schemas of the component.
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

/// Reads a value as the generated type of a component, and writes it again.
///
/// # Errors
///
/// If the type cannot read or write it.
///
/// # Panics
///
/// If the component has no payloads.
pub fn round_trip(component: &str, value: &Value) -> Result<Value, serde_json::Error> {
    match component {
        "batchRequest" => through::<types::BatchRequest>(value),
        "batchResponse" => through::<types::BatchResponse>(value),
        "incidentTask" => through::<types::IncidentTask>(value),
        "incidentTaskCollection" => {
            let page = operations::ListIncidentTasks::new().decode(value.to_string().as_bytes());
            written(page.map_err(serde_json::Error::custom)?.value)
        }
        "incidentTaskResponseAction" => through::<types::IncidentTaskResponseAction>(value),
        "incidentTaskUpdate" => through::<types::IncidentTaskUpdate>(value),
        "ODataError" => through::<types::ODataError>(value),
        _ => panic!("no payload is of {component}"),
    }
}

fn through<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, serde_json::Error> {
    // From text, like a response.
    let read: T = serde_json::from_str(&value.to_string())?;
    written(read)
}

fn written(value: impl Serialize) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&serde_json::to_string(&value)?)
}
