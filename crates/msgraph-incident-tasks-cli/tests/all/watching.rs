//! `incident-tasks watch` with a service that fails.

use crate::running::{Running, TOKEN, incident_tasks};
use crate::scripted_server::{ScriptedServer, response, task};

#[test]
fn a_watch_continues_after_server_errors_throttling_and_lost_connections() {
    let throttled =
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let [failed, cut_off] = [response("503 Service Unavailable", "{}"), response("200 OK", "{\"id\":")];
    let [open, done] = [task("open", "inProgress"), task("completed", "completed")];
    let server = ScriptedServer::script([&*failed, throttled, "", &cut_off, &open, &failed, &done]);
    let mut command = incident_tasks(&["--endpoint", &server.endpoint, "watch", "213214", "--interval", "0.1"]);
    let output = command.env("GRAPH_TOKEN", TOKEN).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{log}");
    assert_eq!(log.matches("trying again in 0.1 s").count(), 5, "{log}");
    for line in log.lines() {
        // Each line has its time.
        assert!(line.starts_with("20") && line.contains("Z 213214: "), "{line}");
    }
    assert_eq!(server.requests().len(), 7);
}

#[test]
fn a_watch_ends_at_its_timeout_and_at_permanent_errors() {
    let refused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{refused}/beta");
    let arguments = ["--endpoint", &endpoint, "watch", "1", "2", "--interval", "0.1", "--timeout", "0.5"];
    let output = incident_tasks(&arguments).env("GRAPH_TOKEN", TOKEN).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(10), "{log}");
    assert!(log.contains("task 1 was not read; task 2 was not read after 0.5 s"), "{log}");
    let emulator = Running::start(&[]);
    assert_eq!(emulator.call(&["watch", "7"]).status.code(), Some(6));
}

#[test]
fn several_tasks_are_watched_until_each_has_the_status() {
    let emulator = Running::start(&[]);
    let output = emulator.call(&["watch", "213213", "213214", "--until", "Completed,OPEN"]);
    let tasks: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(tasks.len(), 2);
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(log.matches("already, nothing to wait for").count(), 2, "{log}");
}

#[test]
fn a_typo_in_a_status_is_an_error_and_not_an_endless_watch() {
    for arguments in [
        &["watch", "1", "--until", "complete"][..],
        &["watch", "1", "--until", "open completd"],
        &["watch", "1", "--until-action", "done"],
        &["list", "--status", "opened"],
        &["list", "--action-type", "isolate"],
        &["list", "--status", "unknownFutureValue", "--allow-unknown-values"],
        &["update", "1", "--status", "done"],
        &["apply", "x.csv", "--status", "done"],
    ] {
        let output = incident_tasks(arguments).env("GRAPH_TOKEN", TOKEN).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {log}");
        assert!(log.contains("allowed are "), "{log}");
    }
    let emulator = Running::start(&[]);
    let output = emulator.call(&["list", "--status", "newStatus", "--allow-unknown-values"]);
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), &b"[]\n"[..]));
}
