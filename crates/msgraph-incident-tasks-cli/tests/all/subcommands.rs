//! The output of each subcommand in each format, and the exit codes, as snapshots of real processes.

use std::io::Read;
use std::process::{Command, Output, Stdio};

use crate::running::{Running, TOKEN, incident_tasks, subcommands};
use crate::scripted_server::ScriptedServer;

/// A token with readable claims: those of an application, valid for years.
const APPLICATION: &str = concat!(
    "e30.",
    // {"aud":"https://graph.microsoft.com","appid":"app-1","tid":"tenant-1","app_displayname":"SOC robot",
    //  "exp":4102444800,"roles":["SecurityIncident.ReadWrite.All"]}
    "eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20iLCJhcHBpZCI6ImFwcC0xIiwidGlkIjoidGVuYW50LTEiLCJhcHBfZGlzcGxheW5h",
    "bWUiOiJTT0Mgcm9ib3QiLCJleHAiOjQxMDI0NDQ4MDAsInJvbGVzIjpbIlNlY3VyaXR5SW5jaWRlbnQuUmVhZFdyaXRlLkFsbCJdfQ",
    ".signature-canary"
);

/// Returns the exit code, stdout and stderr.
fn seen(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code();
    format!(
        "exit code: {}\n--- stdout\n{}--- stderr\n{}",
        code.unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr)
    )
}

/// Compares with a snapshot, except for values that differ from run to run.
fn assert_seen(name: &str, output: &Output) {
    let seen = seen(output);
    assert!(!seen.contains(TOKEN) && !seen.contains("canary"), "{seen}");
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    for (pattern, replacement) in [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "[request ID]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
        (r"20[2-9]\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z", "[time]"),
        (r"\b\d\d-\d\d \d\d:\d\dZ", "[time]"),
        (r"\d+ s from the service's", "[seconds] s from the service's"),
        // The width of a column depends on that of the port.
        (r"(\S) {2,}", "$1  "),
    ] {
        settings.add_filter(pattern, replacement);
    }
    settings.bind(|| insta::assert_snapshot!(name, seen));
}

#[test]
fn each_subcommand_prints_its_snapshot_in_each_format() {
    let emulator = Running::start(&[]);
    for format in ["table", "json", "jsonl", "csv"] {
        for (name, arguments) in [
            ("get", &["get", "213214"][..]),
            ("list", &["list", "--status", "open"]),
            ("list_none", &["list", "--status", "failed"]),
            ("whoami", &["whoami"]),
            ("doctor", &["doctor"]),
            ("update_several", &["update", "213213", "7", "--status", "open"]),
            ("not_found", &["get", "7"]),
        ] {
            let mut command = emulator.command(&["--output", format]);
            command.args(arguments);
            if matches!(name, "whoami" | "doctor") {
                command.env("GRAPH_TOKEN", APPLICATION);
            }
            assert_seen(&format!("{name}_{format}"), &command.output().unwrap());
        }
    }
}

#[test]
fn tables_fit_the_width_of_the_terminal() {
    let emulator = Running::start(&[]);
    for columns in ["60", "100", "140"] {
        let mut command = emulator.command(&["list", "--output", "table"]);
        let output = command.env("COLUMNS", columns).output().unwrap();
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= columns.parse().unwrap()), "{text}");
        assert_seen(&format!("list_in_{columns}_columns"), &output);
    }
}

#[test]
fn results_of_apply_are_printed_in_each_format() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("u.csv"), "id,status\n213213,completed\n7,open\n").unwrap();
    for format in ["table", "json", "jsonl", "csv"] {
        let emulator = Running::start(&[]);
        let mut command = emulator.command(&["apply", "u.csv", "--no-journal", "--output", format]);
        assert_seen(&format!("apply_{format}"), &command.current_dir(folder.path()).output().unwrap());
    }
}

#[test]
fn each_exit_code_is_the_one_that_help_lists() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let update = ["update", "213213", "--status", "open"];
    for (fault, arguments, code) in [
        ("", &update[..], 0),
        ("server-error", &["get", "213213"], 1),
        ("", &["get", "a/b"], 2),
        ("", &["no-such-thing"], 2),
        ("", &["update", "213213", "7", "--status", "open"], 3),
        ("token-expired", &update, 4),
        ("", &["get", "7"], 6),
        ("throttled-seconds", &update, 7),
        ("reset-after", &update, 8),
        ("invalid-json", &update, 9),
        ("", &["watch", "213213", "--timeout", "0.2", "--interval", "0.1"], 10),
    ] {
        let fault = format!("213213={fault}");
        let emulator =
            if fault.ends_with('=') { Running::start(&[]) } else { Running::start(&["--fault-task", &fault]) };
        let output = emulator.call(arguments);
        assert_eq!(output.status.code(), Some(code), "{fault}: {}", seen(&output));
        let json = emulator.command(&["--output", "json"]).args(arguments).output().unwrap();
        let last = String::from_utf8(json.stderr).unwrap().lines().last().unwrap_or_default().to_owned();
        if code != 0 {
            let error: serde_json::Value = serde_json::from_str(&last).unwrap();
            assert_eq!(error["error"]["exitCode"], code, "{last}");
        }
    }
    let forbidding = ScriptedServer::once("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let closing = ScriptedServer::once("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":");
    let refusing = format!("http://{closed}/beta");
    for (endpoint, code) in [(&forbidding.endpoint, 5), (&closing.endpoint, 11), (&refusing, 11)] {
        let mut command = incident_tasks(&["--no-retry", "--endpoint", endpoint, "get", "1"]);
        assert_eq!(command.env("GRAPH_TOKEN", TOKEN).output().unwrap().status.code(), Some(code));
    }
}

#[test]
fn watch_prints_each_change_and_ends_at_the_status() {
    let emulator = Running::start(&["--action-delay", "0.5"]);
    assert_eq!(emulator.call(&["execute", "213214", "--yes"]).status.code(), Some(0));
    let arguments = ["watch", "213214", "--until-action", "completed", "--interval", "0.1", "--output", "jsonl"];
    let output = emulator.call(&arguments);
    assert_seen("watch", &output);
}

#[test]
fn watch_does_not_wait_if_the_status_is_reached() {
    let emulator = Running::start(&[]);
    assert_seen("watch_open", &emulator.call(&["watch", "213213", "--until", "open"]));
}

#[test]
#[cfg(unix)]
fn an_interruption_ends_with_130_and_reports_the_write_outcome() {
    // It accepts the request, and does not respond.
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/beta", server.local_addr().unwrap());
    let mut command = incident_tasks(&["--endpoint", &endpoint, "update", "213213", "--status", "open"]);
    let command = command.env("GRAPH_TOKEN", TOKEN).stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = command.spawn().unwrap();
    let (mut connection, _) = server.accept().unwrap();
    assert!(connection.read(&mut [0; 64]).unwrap() > 0);
    crate::running::signal("INT", process.id());
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", seen(&output));
    assert!(seen(&output).contains("may have been applied"));
}

#[test]
fn the_token_is_read_from_stdin_on_request() {
    use std::io::Write;

    let emulator = Running::start(&[]);
    let call = |token: &str| {
        let mut command = incident_tasks(&["--endpoint", &emulator.endpoint, "--token-stdin", "-v", "get", "213213"]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        process.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
        process.wait_with_output().unwrap()
    };
    let output = call("canary-7f3a.token\n");
    assert_eq!(output.status.code(), Some(0), "{}", seen(&output));
    assert!(seen(&output).contains("access token: stdin") && !seen(&output).contains("canary"));
    assert_eq!(call("").status.code(), Some(4));
    assert_eq!(call("not a canary").status.code(), Some(4));
    assert!(!seen(&call("not a canary")).contains("canary"));
}

#[test]
fn verbose_prints_the_source_of_the_token() {
    let emulator = Running::start(&[]);
    let output = emulator.call(&["-v", "get", "213213"]);
    assert!(seen(&output).contains("access token: the environment variable GRAPH_TOKEN\n"), "{}", seen(&output));
    assert!(seen(&output).contains(&format!("endpoint: {}\n", emulator.endpoint)));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let emulator = Running::start_silent(&["--generate", "2000"]);
    for format in ["jsonl", "json", "csv", "table"] {
        let mut command = emulator.command(&["list", "--all", "--output", format]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(process.stdout.take());
        let output = process.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{format}");
    }
}

#[test]
fn times_are_local_on_request() {
    let emulator = Running::start(&[]);
    let mut command = emulator.command(&["get", "213213", "--output", "table", "--local"]);
    let output = command.env("TZ", "Asia/Tokyo").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("2023-06-27 04:07:39+09:00"), "{text}");
}

#[test]
fn each_subcommand_has_completions_and_a_manual_page() {
    let names = subcommands();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = incident_tasks(&["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && names.iter().all(|subcommand| script.contains(subcommand)), "{shell}");
    }
    let bash = incident_tasks(&["completions", "bash"]).output().unwrap();
    let mut check = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut check.stdin.take().unwrap(), &bash.stdout).unwrap();
    assert!(check.wait().unwrap().success());

    let folder = tempfile::tempdir().unwrap();
    assert!(incident_tasks(&["man", "--dir", folder.path().to_str().unwrap()]).status().unwrap().success());
    let pages: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(pages.len(), names.len() + 1);
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.contains(".SH SYNOPSIS") && text.contains(".SH OPTIONS"), "{}", page.display());
    }
    let page = std::fs::read_to_string(folder.path().join("incident-tasks-apply.1")).unwrap();
    assert!(page.contains("incident\\-tasks apply") && page.contains("crash"), "{page}");
}
