//! `incident-tasks apply`, as a process.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::running::{Running, incident_tasks};
use serde_json::Value;

/// A folder with a file of updates: the documented tasks and this many others.
struct Updates {
    folder: tempfile::TempDir,
}

impl Updates {
    fn of(emulator: &Running, status: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ids: Vec<_> = emulator.tasks().iter().map(|task| task["id"].as_str().unwrap().to_owned()).collect();
        let rows: String = ids.iter().map(|id| format!("{id},{status}\n")).collect();
        std::fs::write(folder.path().join("u.csv"), format!("id,status\n{rows}")).unwrap();
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("u.csv")
    }

    fn journal(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("u.csv.journal")).unwrap()
    }

    fn apply(&self, emulator: &Running, arguments: &[&str]) -> Output {
        emulator.command(&["apply", self.file().to_str().unwrap()]).args(arguments).output().unwrap()
    }
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns the number of updates of each task that the emulator received.
fn updates_sent(emulator: &Running) -> Vec<String> {
    let mut sent = Vec::new();
    for request in emulator.requests() {
        let body: Value = serde_json::from_str(request["body"].as_str().unwrap_or_default()).unwrap_or_default();
        for item in body["requests"].as_array().into_iter().flatten().filter(|item| item["method"] == "PATCH") {
            sent.push(item["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
        }
    }
    sent
}

#[test]
fn each_row_has_a_result_in_the_order_of_the_rows() {
    let emulator = Running::start_silent(&["--generate", "98", "--fault-rate", "batch-out-of-order=1"]);
    let updates = Updates::of(&emulator, "completed");
    let output = updates.apply(&emulator, &["--output", "jsonl", "--concurrency", "8"]);
    assert_eq!(output.status.code(), Some(0), "{}", log(&output));
    let lines = lines(&output);
    assert_eq!(
        lines.iter().map(|line| line["row"].as_u64().unwrap()).collect::<Vec<_>>(),
        (1..=100).collect::<Vec<_>>()
    );
    assert!(lines.iter().all(|line| line["outcome"] == "applied" && line["task"]["status"] == "completed"));
    assert!(log(&output).contains("100 rows: 100 applied, 0 not applied, 0 not sent, 0 unknown"));
    assert!(emulator.tasks().iter().all(|task| task["status"] == "completed"));
}

#[test]
fn a_file_is_checked_as_a_whole_before_anything_is_sent() {
    let emulator = Running::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    for (text, says) in [
        ("id,status\n213213,open\n213214,nope\n", "line 3: status: unknown value \"nope\": allowed are open"),
        (
            "id,status\n213213,open\n213213,failed\n",
            "line 3: sets failed, but line 2 sets another status for the same task",
        ),
        ("213213,open\n", "the first line must name the columns id and status"),
    ] {
        let file = folder.path().join("u.csv");
        std::fs::write(&file, text).unwrap();
        let output = emulator.call(&["apply", file.to_str().unwrap(), "--no-journal"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(log(&output).contains(says) && output.stdout.is_empty(), "{}", log(&output));
    }
    assert!(emulator.operations().is_empty());
}

/// Runs the program with this on stdin.
fn with_stdin(mut command: std::process::Command, text: &str) -> Output {
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

#[test]
fn stdin_is_checked_as_a_whole_before_anything_is_sent() {
    let emulator = Running::start(&[]);
    let apply = |arguments: &[&str], text: &str| {
        with_stdin(emulator.command(&[&["apply", "-", "--output", "jsonl"], arguments].concat()), text)
    };
    for (text, arguments, part) in [
        ("{\"id\":\"213213\",\"status\":\"open\"}\n{\"id\":\"213214\",\"status\":\"no\"}\n", &[][..], "line 2: status"),
        ("id,status\n213213,open\n213213,failed\n", &[], "line 3: sets failed, but line 2 sets"),
        ("[{\"id\":213213,\"status\":\"open\"},", &[], "ends before its closing bracket"),
        ("id,status\n213213,open\n", &["--max-input", "10"], "exceeds 10 bytes"),
    ] {
        let output = apply(arguments, text);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(log(&output).contains(part) && output.stdout.is_empty(), "{}", log(&output));
    }
    assert!(emulator.operations().is_empty());
    for text in ["{\"id\":213213,\"status\":\"FAILED\"}", "[\n{\"id\":\"213213\",\n\"status\":\"failed\"}\n]\n"] {
        let output = apply(&[], text);
        assert_eq!(lines(&output)[0]["outcome"], "applied", "{}", log(&output));
    }
}

#[test]
fn a_journal_belongs_to_one_run_at_a_time_and_to_one_file_and_endpoint() {
    let emulator = Running::start(&["--fault-rate", "latency=1"]);
    let updates = Updates::of(&emulator, "completed");
    let mut command = emulator.command(&["apply", updates.file().to_str().unwrap()]);
    let mut first = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&updates.folder.path().join("u.csv.journal"));
    let second = updates.apply(&emulator, &["--resume"]);
    assert_eq!(second.status.code(), Some(2));
    assert!(log(&second).contains("is in use by another run"), "{}", log(&second));
    assert_eq!(first.wait().unwrap().code(), Some(0));

    std::fs::write(updates.file(), "id,status\n213214,open\n").unwrap();
    let changed = updates.apply(&emulator, &["--resume"]);
    assert!(log(&changed).contains("line 2: differs from this row in the journal"), "{}", log(&changed));
    let other = Running::start(&[]);
    let elsewhere = updates.apply(&other, &["--resume"]);
    assert!(log(&elsewhere).contains(&emulator.endpoint), "{}", log(&elsewhere));
    assert!(other.operations().is_empty());
}

/// Waits until a journal has a row that is being sent.
fn wait_for(journal: &Path) {
    while !std::fs::read_to_string(journal).is_ok_and(|text| text.contains("sending")) {
        std::thread::yield_now();
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_completes_requests_in_flight_and_resume_sends_the_rest() {
    let emulator = Running::start_silent(&["--generate", "198", "--fault-rate", "latency=1"]);
    let updates = Updates::of(&emulator, "completed");
    let mut command = emulator.command(&["apply", updates.file().to_str().unwrap(), "--concurrency", "1"]);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while emulator.operations().is_empty() {
        std::thread::yield_now();
    }
    crate::running::signal("INT", process.id());
    assert_eq!(process.wait().unwrap().code(), Some(130));
    let mut log = String::new();
    process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("200 rows: ") && log.contains(" not tried") && log.contains("--resume"), "{log}");
    assert!(log.contains(" 0 unknown"), "{log}");

    let calm = Running::start_silent(&["--generate", "198"]);
    let journal = updates.folder.path().join("u.csv.journal");
    let moved = updates.journal().replace(&emulator.endpoint, &calm.endpoint);
    let before = moved.matches("\"applied\"").count();
    std::fs::write(&journal, moved).unwrap();
    let output = updates.apply(&calm, &["--resume", "--output", "jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", self::log(&output));
    assert_eq!(updates_sent(&calm).len(), 200 - before);
    assert!(self::log(&output).contains(&format!("200 applied ({before} by earlier runs)")), "{}", self::log(&output));
}

#[test]
fn a_closed_stdout_does_not_end_the_updates() {
    let emulator = Running::start_silent(&["--generate", "498"]);
    let updates = Updates::of(&emulator, "completed");
    let mut command = emulator.command(&["apply", updates.file().to_str().unwrap(), "--output", "jsonl"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(process.stdout.take());
    assert_eq!(process.wait().unwrap().code(), Some(0));
    assert!(emulator.tasks().iter().all(|task| task["status"] == "completed"));
}

#[test]
fn a_dry_run_prints_the_requests_without_the_token_and_sends_nothing() {
    let emulator = Running::start(&[]);
    let updates = Updates::of(&emulator, "completed");
    let output = updates.apply(&emulator, &["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", log(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(&format!("POST {}/$batch\n", emulator.endpoint)), "{text}");
    assert!(text.contains("authorization: Bearer (redacted)") && !text.contains(crate::running::TOKEN), "{text}");
    assert!(text.contains("\"url\":\"/security/incidentTasks/213214\""), "{text}");
    for (arguments, line) in [
        (&["update", "213213", "--status", "open", "--dry-run"][..], "PATCH"),
        (&["execute", "213214", "--dry-run"], "POST"),
    ] {
        let output = emulator.call(arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.starts_with(line) && !text.contains(crate::running::TOKEN), "{text}");
    }
    assert!(emulator.operations().is_empty());
    assert!(!updates.folder.path().join("u.csv.journal").exists());
    // It does not need a token.
    let update = incident_tasks(&["update", "213213", "--status", "open", "--dry-run"]).output().unwrap();
    assert_eq!(update.status.code(), Some(0));
}

#[test]
fn a_dry_run_of_more_rows_than_may_wait_completes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("u.csv");
    let rows: String = (1..=2_500).map(|id| format!("{id},open\n")).collect();
    std::fs::write(&file, format!("id,status\n{rows}")).unwrap();
    let output = incident_tasks(&["apply", file.to_str().unwrap(), "--dry-run"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", log(&output));
    assert_eq!(String::from_utf8(output.stdout).unwrap().matches("\"method\":\"PATCH\"").count(), 2_500);
}

#[test]
#[cfg(unix)]
fn input_that_can_be_read_only_once_is_applied() {
    let emulator = Running::start(&[]);
    let line = "printf 'id,status\\n213213,failed\\n' | incident-tasks apply /dev/stdin --no-journal";
    let mut command = std::process::Command::new("/bin/sh");
    let path = format!("{}:/usr/bin:/bin", crate::running::folder_of_the_program().display());
    command.args(["-c", line]).env_clear().env("PATH", path);
    let output = command.env("GRAPH_TOKEN", "any").env("GRAPH_ENDPOINT", &emulator.endpoint).output().unwrap();
    assert!(log(&output).contains("1 rows: 1 applied"), "{}", log(&output));
}

#[test]
fn stdin_cannot_have_both_the_token_and_the_rows() {
    let output = incident_tasks(&["--token-stdin", "apply", "-"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(log(&output).contains("--token-stdin cannot be used if the rows are read from stdin"), "{}", log(&output));
}
