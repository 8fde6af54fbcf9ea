//! `incident-tasks update`, as a process.

use std::net::TcpListener;
use std::process::Output;

use crate::scripted_server::ScriptedServer;
use assert_cmd::Command;

const TOKEN: &str = "canary-7f3a.token";

fn incident_tasks(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("incident-tasks").unwrap();
    command.args(arguments).env_clear();
    command
}

/// Runs the update of a task on an emulator.
fn update(id: &str, status: &str) -> Output {
    incident_tasks(&["--emulator", "update", id, "--status", status]).output().unwrap()
}

fn last_line(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap().lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_updated_task_is_on_stdout_and_the_rest_on_stderr() {
    let output = update("213213", "completed");
    assert_eq!(output.status.code(), Some(0));
    let task: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(task["status"], "completed");
    assert_eq!(task["source"], "defenderExpertsXDR");
    assert_eq!(task["createdDateTime"], "2023-06-26T19:07:39.7433333Z");
    assert!(last_line(&output).starts_with("emulator: http://127.0.0.1:"));
}

#[test]
fn the_version_includes_that_of_the_spec() {
    let output = incident_tasks(&["--version"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(&format!("incident-tasks {} (", env!("CARGO_PKG_VERSION"))), "{text}");
    assert!(text.contains(msgraph_incident_tasks::SPEC_SHA256) && text.contains(msgraph_incident_tasks::SPEC_VERSION));
}

#[test]
fn each_failure_has_its_exit_code_and_message() {
    for (id, status, code, part) in [
        ("nope/../x", "open", 2, "must not"),
        ("", "open", 2, "empty"),
        (
            "213213",
            "unknownFutureValue",
            2,
            "error: --status: unknown value \"unknownFutureValue\": allowed are open, ",
        ),
        ("213213", "opne", 2, "error: --status: unknown value \"opne\": allowed are open, inProgress, "),
        ("213213", "open,failed", 2, "error: --status takes exactly one value"),
        ("7", "open", 6, "HTTP 404 Not Found, NotFound: taskId 7 not found (not applied; request-id "),
        ("abc", "open", 1, "HTTP 400 Bad Request, BadRequest: Invalid Task Id: abc (not applied; request-id "),
    ] {
        let output = update(id, status);
        assert_eq!(output.status.code(), Some(code), "{id} {status}");
        assert_eq!(output.stdout, b"", "{id} {status}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(part), "{text}");
        // Invalid arguments fail before the emulator starts.
        assert_eq!(text.contains("emulator: "), code != 2, "{text}");
    }
}

#[test]
fn without_a_token_nothing_is_sent_and_the_exit_code_is_4() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/beta", server.local_addr().unwrap());
    for token in [None, Some(""), Some("not a token")] {
        let mut command = incident_tasks(&["--endpoint", &endpoint, "update", "1", "--status", "open"]);
        if let Some(token) = token {
            command.env("GRAPH_TOKEN", token);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(4));
        assert!(last_line(&output).contains("GRAPH_TOKEN") && last_line(&output).contains("nothing was sent"));
        assert!(!last_line(&output).contains("not a token"));
    }
    assert_untouched(&server);
}

#[test]
fn the_emulator_needs_no_token_and_does_not_read_one() {
    let mut command = incident_tasks(&["--emulator", "update", "213213", "--status", "open"]);
    assert_eq!(command.env("GRAPH_TOKEN", "not a token").output().unwrap().status.code(), Some(0));
}

#[test]
fn an_endpoint_that_would_leak_the_token_is_rejected() {
    for (endpoint, says) in [
        ("http://graph.microsoft.com/beta", "use https"),
        ("https://graph.microsoft.us/beta", "US Government L4"),
        ("https://user:secret@graph.microsoft.com/beta", "user name"),
    ] {
        let mut command = incident_tasks(&["--endpoint", endpoint, "update", "1", "--status", "open"]);
        let output = command.env("GRAPH_TOKEN", TOKEN).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{endpoint}");
        assert!(last_line(&output).contains(says), "{}", last_line(&output));
        assert!(!last_line(&output).contains("secret") && !last_line(&output).contains(TOKEN));
    }
}

#[test]
fn the_most_detailed_log_has_the_request_without_the_token() {
    let mut command = incident_tasks(&["--emulator", "update", "213213", "--status", "open"]);
    let output = command.env("RUST_LOG", "trace").output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("otel.name=PATCH /security/incidentTasks/{incidentTaskId}"), "{log}");
    assert!(log.contains("msgraph_incident_tasks_emulator"), "{log}");

    let server = ScriptedServer::once("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    let mut command = incident_tasks(&["--endpoint", &server.endpoint, "update", "213213", "--status", "open"]);
    let output = command.env("RUST_LOG", "trace").env("GRAPH_TOKEN", TOKEN).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(server.requests()[0].contains(TOKEN));
    assert!(log.lines().count() > 5 && !log.contains(TOKEN), "{log}");
}

#[test]
fn a_refused_connection_is_reported_as_not_sent() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{unused}/beta");
    let mut command = incident_tasks(&["--no-retry", "--endpoint", &endpoint, "update", "1", "--status", "open"]);
    let output = command.env("GRAPH_TOKEN", TOKEN).output().unwrap();
    assert_eq!(output.status.code(), Some(11));
    assert!(last_line(&output).contains("nothing was sent") && !last_line(&output).contains(TOKEN));
}

#[test]
fn loopback_is_reached_past_every_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let mut command = incident_tasks(&["--emulator", "update", "213213", "--status", "completed"]);
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env(variable, &url);
    }
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    assert_untouched(&proxy);
}

/// Checks that no connection waits to be accepted.
fn assert_untouched(server: &TcpListener) {
    server.set_nonblocking(true).unwrap();
    assert_eq!(server.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn what_is_odd_about_a_response_is_a_warning_or_an_error_with_the_beginning_of_its_body() {
    let ok = |head: &str, body: &str| {
        let length = body.len();
        format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
    };
    for (response, code, line) in [
        (ok("200 OK", r#"{"id":"7","status":"completed"}"#), 0, ""),
        (
            ok("200 OK", r#"{"id":"7","status":"open"}"#),
            0,
            "warning: 7: the response has the status open, not completed",
        ),
        (ok("200 OK", r#"{"id":"7"}"#), 0, "warning: 7: the response has no status; completed was set"),
        (
            ok("206 Partial Content\r\nwarning: 199 - \"Vendor\"", r#"{"id":"7","status":"completed"}"#),
            0,
            "warning: 7: the service warns: 199 - \"Vendor\"",
        ),
        (
            ok("200 OK", r#"{"id":"7","status":"completed","displayName":"\ud83d"}"#),
            0,
            "warning: 7: /displayName has a character or number that JSON cannot have",
        ),
        (ok("200 OK", r#"{"id":"8","status":"completed"}"#), 8, "has the id \"8\", but \"7\" was requested (may have"),
        (ok("400 Bad Request", "\n <h1>Bad\tGateway</h1>\nmore"), 1, "; the body begins with \"<h1>Bad Gateway</h1>\""),
        (ok("200 OK\r\ncontent-encoding: br", "\u{1}a"), 9, "its Content-Encoding \"br\" was not requested"),
    ] {
        let server = ScriptedServer::once(&response);
        let arguments = ["--endpoint", &server.endpoint, "--no-retry", "update", "7", "--status", "completed"];
        let output = incident_tasks(&arguments).env("GRAPH_TOKEN", TOKEN).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(line) && text.lines().count() == usize::from(!line.is_empty()), "{line}: {text}");
        server.requests();
    }
}
