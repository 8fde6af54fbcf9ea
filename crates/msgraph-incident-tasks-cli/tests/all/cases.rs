//! The conformance cases, through the CLI and the emulator as processes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::running::Running;
use serde_json::Value;

fn cases() -> Vec<(PathBuf, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/cases");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let mut cases: Vec<_> = files
        .map(|file| (file.clone(), serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()))
        .collect();
    cases.sort_by(|one: &(PathBuf, Value), other| one.0.cmp(&other.0));
    cases
}

/// Removes values that the service chooses, and null, which counts as absent.
fn without_what_varies(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|name, value| !name.starts_with("lastModified") && !value.is_null());
            object.values_mut().for_each(without_what_varies);
        }
        Value::Array(array) => array.iter_mut().for_each(without_what_varies),
        _ => {}
    }
}

/// Returns what the CLI prints for a result; `None` if the case does not have it.
fn printed(result: &Value) -> Option<Value> {
    if let Some(each) = result["each"].as_array() {
        return Some(each.iter().filter_map(|result| result.get("value")).cloned().collect());
    }
    result.get("value").cloned()
}

#[test]
fn the_cli_sends_and_prints_what_each_case_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut called = BTreeSet::new();
    for (file, case) in cases() {
        let name = file.display();
        let tasks = folder.path().join("tasks.json");
        std::fs::write(&tasks, case["emulator"]["tasks"].to_string()).unwrap();
        let fault = case["emulator"]["fault"].as_str().map(|fault| format!("{fault}=1"));
        let mut arguments = vec!["--strict", "--tasks", tasks.to_str().unwrap()];
        arguments.extend(fault.iter().flat_map(|fault| ["--fault-rate", fault]));
        let emulator = Running::start(&arguments);

        let arguments: Vec<_> =
            case["cli"]["arguments"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        let output = emulator.call(&arguments);
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code().map(i64::from), case["cli"]["exit"].as_i64(), "{name}: {log}");
        if let Some(mut expected) = printed(&case["result"]) {
            let mut stdout: Value = serde_json::from_slice(&output.stdout).unwrap();
            [&mut stdout, &mut expected].into_iter().for_each(without_what_varies);
            assert_eq!(stdout, expected, "{name}");
        }
        if let Some(message) = case["result"]["error"]["message"].as_str().filter(|_| case["cli"]["exit"] != 2) {
            // The read before an execution reports a missing task.
            assert!(log.contains(message), "{name}: {log}");
        }
        called.extend(emulator.operations());
    }
    let spec: Value = serde_json::from_str(msgraph_incident_tasks::OPENAPI_SPEC).unwrap();
    let items = spec["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let described: BTreeSet<_> =
        items.filter_map(|operation| Some(operation["operationId"].as_str()?.to_owned())).collect();
    assert_eq!(called, described);
}
