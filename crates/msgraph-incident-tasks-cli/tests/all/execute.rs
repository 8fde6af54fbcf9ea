//! `incident-tasks execute`: its exit codes and errors.

use std::process::Output;

use serde_json::Value;

use crate::running::{TOKEN, incident_tasks};
use crate::scripted_server::{ScriptedServer, response, task};

const ACCEPTED: &str = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";

fn execute(server: &ScriptedServer, arguments: &[&str]) -> Output {
    let mut command = incident_tasks(&["--no-retry", "--endpoint", &server.endpoint, "execute", "213214", "--yes"]);
    command.args(arguments).env("GRAPH_TOKEN", TOKEN).output().unwrap()
}

#[test]
fn a_read_that_fails_after_the_action_was_accepted_ends_with_9_whatever_its_status() {
    let statuses = ["401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Too Many Requests", "500 Internal"];
    let failures =
        statuses.map(|status| response(status, "{}")).into_iter().chain([String::new(), response("200 OK", "[")]);
    for failure in failures {
        let server = ScriptedServer::script([&task("open", "notStarted"), ACCEPTED, &failure]);
        let output = execute(&server, &["--output", "json"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(9), "{failure}: {text}");
        let error: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((&error["error"]["writeOutcome"], &error["error"]["exitCode"]), (&"applied".into(), &9.into()));
        let requests = server.requests();
        assert_eq!(requests.iter().filter(|request| request.starts_with("POST")).count(), 1);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_write_that_was_applied_ends_with_9_if_its_result_cannot_be_printed() {
    for arguments in ["execute 213214 --yes", "update 213213 --status open", "update 213213 213214 --status open"] {
        let mut command = incident_tasks(&["--emulator", "--output", "json"]);
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command.args(arguments.split(' ')).stdout(full).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        let error: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!((output.status.code(), &error["error"]["writeOutcome"]), (Some(9), &"applied".into()), "{error}");
    }
}

#[test]
fn a_failed_read_before_the_action_has_no_write_outcome() {
    let server = ScriptedServer::once(&response("403 Forbidden", "{}"));
    let output = execute(&server, &["--output", "json"]);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((output.status.code(), &error["error"]["writeOutcome"]), (Some(5), &Value::Null));
    assert!(!error["error"]["message"].as_str().unwrap().contains("appl"), "{error}");
}

#[test]
#[cfg(unix)]
fn an_interrupted_read_has_no_write_outcome() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/beta", listener.local_addr().unwrap());
    for arguments in [&["get", "1"][..], &["list"], &["execute", "1", "--yes"], &["watch", "1"]] {
        let mut command = incident_tasks(&[&["--endpoint", &endpoint, "--output", "json"], arguments].concat());
        let command = command.env("GRAPH_TOKEN", TOKEN).stderr(std::process::Stdio::piped());
        let process = command.spawn().unwrap();
        let (connection, _) = listener.accept().unwrap();
        crate::running::signal("INT", process.id());
        let output = process.wait_with_output().unwrap();
        drop(connection);
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((output.status.code(), &error["error"]["message"]), (Some(130), &"interrupted".into()));
        assert_eq!(error["error"]["writeOutcome"], Value::Null);
    }
}
