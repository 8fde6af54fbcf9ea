//! `incident-tasks list`: limits, order, columns, and pipelines.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::running::{Running, TOKEN, folder_of_the_program, incident_tasks};
use crate::scripted_server::{ScriptedServer, response};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_list_that_stops_at_its_limit_reports_it() {
    let emulator = Running::start_silent(&["--generate", "700"]);
    for (arguments, count, has_more) in [
        (&["list"][..], 500, true),
        (&["list", "--top", "20"], 20, true),
        (&["list", "--top", "702"], 702, false),
        (&["list", "--top", "501", "--sort", "id"], 501, true),
        (&["list", "--all"], 702, false),
        (&["list", "--created-after", "2999-01-01"], 0, false),
    ] {
        let output = emulator.call(arguments);
        let tasks: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(tasks.len(), count, "{arguments:?}");
        let log = text(&output.stderr);
        assert_eq!(log.contains("there are more; print every task with --all"), has_more, "{arguments:?}: {log}");
    }
    let ids = emulator.call(&["list", "--all", "--ids-only"]);
    assert_eq!(text(&ids.stdout).lines().count(), 702);
}

/// Also that of a page without tasks; one that is repeated is printed once.
#[test]
fn the_warnings_of_each_page_are_printed() {
    let pages = [("199 - \"a\"", "1"), ("199 - \"b\"", ""), ("199 - \"a\"", ""), ("199 - \"c\"", "2")];
    let pages = pages.iter().zip(1..).map(|((warning, id), number)| {
        let task = if id.is_empty() { String::new() } else { format!(r#"{{"id":"{id}"}}"#) };
        let link = if number < 4 {
            format!(r#","@odata.nextLink":"security/incidentTasks?p={number}""#)
        } else {
            String::new()
        };
        response(&format!("200 OK\r\nwarning: {warning}"), &format!(r#"{{"value":[{task}]{link}}}"#))
    });
    let pages: Vec<_> = pages.collect();
    let server = ScriptedServer::script(pages.iter().map(String::as_str));
    let mut list = incident_tasks(&["--endpoint", &server.endpoint, "list", "--ids-only"]);
    let output = list.env("GRAPH_TOKEN", TOKEN).output().unwrap();
    assert_eq!(text(&output.stdout), "1\n2\n");
    let warnings =
        ["a", "b", "c"].map(|warning| format!("warning: the list: the service warns: 199 - \"{warning}\"\n"));
    assert_eq!(text(&output.stderr), warnings.concat());
}

#[test]
fn a_list_reports_how_many_items_are_malformed() {
    let server = ScriptedServer::once(&response("200 OK", r#"{"value":[7,{"id":"1"},null]}"#));
    let mut list = incident_tasks(&["--endpoint", &server.endpoint, "list", "--ids-only"]);
    let output = list.env("GRAPH_TOKEN", TOKEN).output().unwrap();
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("1\n", Some(1)));
    assert!(text(&output.stderr).starts_with("warning: the list: 2 items do not match the schema; "));
}

#[test]
fn columns_sort_and_date_options_determine_the_output() {
    let emulator = Running::start(&[]);
    assert_eq!(emulator.call(&["update", "213213", "--status", "completed"]).status.code(), Some(0));
    for (arguments, expected) in [
        (&["--columns", "id,STATUS", "--sort", "modified:desc"][..], "id,status\n213213,completed\n213214,open\n"),
        (&["--columns", "id", "--modified-after", "1h"], "id\n213213\n"),
        (&["--columns", "id", "--modified-before", "2024-01-01"], "id\n213214\n"),
        (&["--columns", "id", "--created-after", "7d"], "id\n"),
        (&["--select", "id,status", "--sort", "id:desc"], "id,status\n213214,open\n213213,completed\n"),
        (&["--columns", "id", "--search", "isolate"], "id\n213214\n"),
        (&["--columns", "id", "--status", "OPEN completed", "--action-type", "isolatedevice"], "id\n213214\n"),
    ] {
        let output = emulator.call(&[&["list", "-o", "csv"], arguments].concat());
        assert_eq!(text(&output.stdout), expected, "{arguments:?}: {}", text(&output.stderr));
    }
    for arguments in [["--columns", "colour"], ["--sort", "id:up"], ["--created-after", "soon"], ["--incident", ""]] {
        assert_eq!(emulator.call(&["list", arguments[0], arguments[1]]).status.code(), Some(2));
    }
}

#[test]
fn local_times_are_shown_on_request() {
    let emulator = Running::start(&[]);
    let mut command = emulator.command(&["list", "-o", "table", "--local", "--columns", "created"]);
    let output = command.env("TZ", "Asia/Tokyo").output().unwrap();
    assert!(text(&output.stdout).contains("2023-06-27"), "{}", text(&output.stdout));
}

/// The pipeline of README and help, on more tasks than a list prints by default.
#[test]
#[cfg(unix)]
fn every_task_of_a_list_reaches_apply() {
    for (format, count) in [("jsonl", 6_000), ("json", 600), ("csv", 600)] {
        let emulator = Running::start_silent(&["--generate", &(count - 2).to_string()]);
        let line =
            format!("incident-tasks list --all -o {format} | incident-tasks apply - --status inProgress --quiet");
        let mut command = Command::new("sh");
        command.args(["-c", &line]).env_clear();
        command.env("PATH", format!("{}:/usr/bin:/bin", folder_of_the_program().display()));
        command.env("GRAPH_TOKEN", TOKEN).env("GRAPH_ENDPOINT", &emulator.endpoint);
        let output = command.output().unwrap();
        assert!(text(&output.stderr).contains(&format!("{count} rows: {count} applied")), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
        assert!(emulator.tasks().iter().all(|task| task["status"] == "inProgress"));
    }
}

#[test]
#[cfg(unix)]
fn an_interrupted_pipe_is_reported_as_incomplete() {
    let emulator = Running::start(&[]);
    let mut command = emulator.command(&["apply", "-", "-v"]);
    let mut process = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let mut log = std::io::BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    // The endpoint is printed when the program listens for signals.
    while !line.contains("endpoint") {
        assert!(std::io::BufRead::read_line(&mut log, &mut line).unwrap() > 0);
    }
    writeln!(stdin, "id,status\n213213,open").unwrap();
    crate::running::signal("INT", process.id());
    assert_eq!(process.wait().unwrap().code(), Some(130));
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut log, &mut rest).unwrap();
    assert!(rest.contains("the rest was not read, and nothing was sent"), "{rest}");
    assert!(emulator.operations().is_empty());
}

#[test]
fn only_failures_are_printed_on_request() {
    let emulator = Running::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("u.csv"), "id,status\n213213,open\n7,open\n213214,open\n").unwrap();
    let apply = |arguments: &[&str]| {
        let mut command = emulator.command(&[&["apply", "u.csv", "--no-journal"], arguments].concat());
        command.current_dir(folder.path()).output().unwrap()
    };
    let failures: Vec<Value> = serde_json::from_slice(&apply(&["--failures-only"]).stdout).unwrap();
    assert_eq!((failures.len(), &failures[0]["line"], &failures[0]["outcome"]), (1, &3.into(), &"notApplied".into()));
    let quiet = apply(&["--quiet"]);
    assert!(quiet.stdout.is_empty() && text(&quiet.stderr).contains("3 rows: 2 applied"));
}

#[test]
fn a_long_wait_is_reported() {
    let throttled =
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 3\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let server = ScriptedServer::script([throttled, &crate::scripted_server::task("open", "notStarted")]);
    let output = incident_tasks(&["-v", "--endpoint", &server.endpoint, "get", "1"]).env("GRAPH_TOKEN", TOKEN).output();
    let log = text(&output.unwrap().stderr);
    assert!(log.contains("waiting 3 s before the request is sent again"), "{log}");
}
