//! `incident-tasks emulator`, as a process.

use crate::running::{Running, TOKEN, incident_tasks};

#[test]
#[cfg(unix)]
fn it_prints_its_endpoint_logs_requests_without_the_token_and_dumps_its_tasks_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("tasks.json");
    let emulator = Running::start(&["--dump", dump.to_str().unwrap(), "--generate", "3"]);
    assert!(emulator.endpoint.starts_with("http://127.0.0.1:"), "{}", emulator.endpoint);
    assert_eq!(emulator.call(&["update", "213213", "--status", "failed"]).status.code(), Some(0));
    assert_eq!(emulator.call(&["get", "7"]).status.code(), Some(6));
    let (code, log) = emulator.interrupt();
    assert_eq!(code, Some(0));
    assert!(log.contains("method=PATCH path=\"/beta/security/incidentTasks/213213\" status=200"), "{log}");
    assert!(log.ends_with("stopped\n") && !log.contains(TOKEN), "{log}");

    let dumped = std::fs::read_to_string(&dump).unwrap();
    let tasks: Vec<serde_json::Value> = serde_json::from_str(&dumped).unwrap();
    assert_eq!(tasks.len(), 5);
    let again = Running::start(&["--tasks", dump.to_str().unwrap()]);
    let listed: Vec<serde_json::Value> = serde_json::from_slice(&again.call(&["list", "--all"]).stdout).unwrap();
    let told = |tasks: &[serde_json::Value]| -> Vec<_> {
        tasks.iter().map(|task| (task["id"].clone(), task["status"].clone())).collect()
    };
    assert_eq!(told(&listed), told(&tasks));
    assert!(told(&tasks).contains(&("213213".into(), "failed".into())));
}

#[test]
fn list_faults_prints_each_name() {
    let emulator = Running::start(&["--fault-task", "213213=throttled-silent", "--fault-rate", "gateway-bad=1"]);
    assert_eq!(emulator.call(&["update", "213213", "--status", "open"]).status.code(), Some(7));
    assert_eq!(emulator.call(&["update", "213214", "--status", "open"]).status.code(), Some(8));
    let listed = incident_tasks(&["emulator", "--list-faults"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for fault in msgraph_incident_tasks_emulator::Fault::ALL {
        assert!(listed.contains(fault.name()) && listed.contains(fault.source()), "{fault}");
    }
    let json = incident_tasks(&["emulator", "--list-faults", "-o", "json"]).output().unwrap();
    let json: Vec<serde_json::Value> = serde_json::from_slice(&json.stdout).unwrap();
    assert!(json.len() > 30 && json[0]["name"] == "throttled-seconds", "{json:?}");
}

#[test]
fn invalid_settings_end_with_2_and_a_reason() {
    let missing = std::env::temp_dir().join("there is no such folder").join("tasks.json");
    for (arguments, code, says) in [
        (vec!["--address", "0.0.0.0"], 2, "0.0.0.0 is not loopback"),
        (vec!["--fault-rate", "reset=2"], 2, "the rate must be from 0 to 1"),
        (vec!["--fault-task", "1=none such"], 2, "throttled-seconds"),
        (vec!["--throttle", "1/0"], 2, "150/60"),
        (vec!["--action-delay", "soon"], 2, "a number of seconds"),
        (vec!["--tls", "self-signed"], 2, "--ca"),
        (vec!["--generate", "18446744073709551615"], 2, "too many tasks"),
        (vec!["--accept-token", "a:Reader"], 2, "Security Reader"),
        (vec!["--action-delay", "1e300"], 2, "seconds"),
        (vec!["--tasks", missing.to_str().unwrap()], 1, "tasks.json"),
    ] {
        let output = incident_tasks(&[&["emulator", "--port", "0"], arguments.as_slice()].concat()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(says), "{text}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
#[cfg(unix)]
fn the_tls_certificate_is_written_to_its_path_and_not_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (ca, target) = (folder.path().join("ca.pem"), folder.path().join("target"));
    std::fs::write(&target, "kept").unwrap();
    std::os::unix::fs::symlink(&target, &ca).unwrap();
    let emulator = Running::start(&["--tls", "self-signed", "--ca", ca.to_str().unwrap()]);
    assert!(emulator.endpoint.starts_with("https://127.0.0.1:"));
    assert!(std::fs::read_to_string(&ca).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "kept");
    // A client does not trust it by default.
    assert_eq!(emulator.call(&["get", "213213"]).status.code(), Some(11));
}
