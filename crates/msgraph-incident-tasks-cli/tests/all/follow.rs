//! `incident-tasks follow`: no missed change, and no task with two handlers, also after kills.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{Running, signal};

/// A folder with a scenario, a handler and its output.
struct Place(TempDir);

impl Place {
    fn new(handler: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let path = place.path("handler.sh");
        fs::write(&path, format!("#!/bin/sh\n{handler}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Returns the lines that handlers wrote.
    fn log(&self) -> Vec<String> {
        fs::read_to_string(self.path("log")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn emulator(&self, events: &Value) -> Running {
        fs::write(self.path("scenario.json"), events.to_string()).unwrap();
        Running::start_silent(&["--scenario", self.path("scenario.json").to_str().unwrap()])
    }

    /// Returns `follow` with a short interval, in this folder.
    fn follow(&self, emulator: &Running, arguments: &str) -> Command {
        let mut command = emulator.command(&["follow", "--interval", "0.1", "--since", "beginning"]);
        command.args(arguments.split_whitespace()).current_dir(self.0.path()).env("PATH", "/usr/bin:/bin");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Waits until a condition is true.
fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "not in 30 s: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ends a run by a signal, and returns its exit code and output.
fn ended(child: Child, name: &str) -> (Option<i32>, String) {
    signal(name, child.id());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Sends a first signal, and waits until the run has it.
fn interrupted(child: &mut Child) {
    signal("INT", child.id());
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("interrupted: waiting for the handlers")));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn each_change_is_a_line_once_and_a_killed_run_is_continued() {
    let place = Place::new("");
    let emulator = place.emulator(&json!([
        { "at": 0.5, "create": { "id": "7", "status": "open" } },
        { "at": 1.0, "change": { "id": "7", "status": "completed" } },
        { "at": 1.5, "change": { "id": "7", "displayName": "silent" }, "silent": true },
        { "at": 2.0, "remove": "213214" },
    ]));
    let mut seen = Vec::new();
    while seen.len() < 6 {
        let mut child = place.follow(&emulator, "--state state").spawn().unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        // The state is written after the line; a later kill repeats nothing.
        lines.read_line(&mut line).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        child.kill().unwrap();
        child.wait().unwrap();
        seen.push(line);
        seen.extend(lines.lines().map(Result::unwrap));
    }
    let lines: Vec<Value> = seen.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = |line: &Value| format!("{} {}", line["change"].as_str().unwrap(), line["id"].as_str().unwrap());
    let told: Vec<_> = lines.iter().map(told).collect();
    assert_eq!(told[2..], ["created 7", "changed 7", "changed 7", "left 213214"], "{told:?}");
    assert_eq!((&lines[3]["before"], &lines[3]["task"]["status"]), (&json!("open"), &json!("completed")));
    assert_eq!(lines[5]["task"], Value::Null);
    assert_eq!(mode(&place.path("state")), 0o600);

    let running = place.follow(&emulator, "--state state --metrics-file metrics").spawn().unwrap();
    until("a poll", || place.path("metrics").exists());
    let other = place.follow(&emulator, "--state state").output().unwrap();
    let error = String::from_utf8(other.stderr).unwrap();
    assert!(other.status.code() == Some(1) && error.contains("is in use by another run"), "{error}");
    assert_eq!(ended(running, "TERM").0, Some(143));
    let other = place.follow(&emulator, "--state state --status open").output().unwrap();
    let error = String::from_utf8(other.stderr).unwrap();
    assert!(
        other.status.code() == Some(2) && error.contains("filter none") && error.contains("status eq 'open'"),
        "{error}"
    );
}

#[test]
fn a_handler_gets_the_task_without_credentials_and_failures_are_retried_and_kept() {
    let place = Place::new(
        "echo \"$INCIDENT_TASK_ID $INCIDENT_TASK_STATUS $INCIDENT_TASK_ACTION_TYPE $INCIDENT_TASK_INCIDENT_ID \
         $INCIDENT_TASK_CHANGE $INCIDENT_TASK_ATTEMPT token=$GRAPH_TOKEN $(cat | head -c 3) $1\" >> log\n\
         [ \"$INCIDENT_TASK_ID\" = 213213 ] || [ -e mended ]",
    );
    let emulator = place.emulator(&json!([]));
    let run = |more: &str| {
        let arguments =
            format!("--state state --once --metrics-file metrics {more} --attempts 2 --exec ./handler.sh a;b");
        place.follow(&emulator, &arguments).output().unwrap()
    };
    let output = run("--on-success completed --on-failure failed");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let mut log = place.log();
    log.sort();
    let of =
        |id: &str, action: &str, attempt: u32| format!("{id} open {action} 123 created {attempt} token= {{\"@ a;b");
    assert_eq!(log, [of("213213", "text", 1), of("213214", "isolateDevice", 1), of("213214", "isolateDevice", 2)]);
    let status = |id: &str| emulator.tasks().into_iter().find(|task| task["id"] == *id).unwrap()["status"].clone();
    assert_eq!((status("213213"), status("213214")), (json!("completed"), json!("failed")));
    let metrics = fs::read_to_string(place.path("metrics")).unwrap();
    for line in [
        "incident_tasks_polls_total 1\n",
        "incident_tasks_handled_total{result=\"failed\"} 1\n",
        "incident_tasks_handled_total{result=\"succeeded\"} 1\n",
        "incident_tasks_attempts_total 3\n",
        "incident_tasks_handlers_running 0\n",
    ] {
        assert!(metrics.contains(line) && metrics.ends_with("# EOF\n"), "{metrics}");
    }
    assert_eq!((mode(&place.path("state.failed")), mode(&place.path("metrics"))), (0o600, 0o644));
    let letter: Value = serde_json::from_str(&fs::read_to_string(place.path("state.failed")).unwrap()).unwrap();
    assert!(letter["reason"].as_str().unwrap().contains("exit status: 1") && letter["id"] == "213214", "{letter}");

    // A command that cannot be run is not the fault of a task.
    let missing = place.follow(&emulator, "--state other --once --exec ./missing").output().unwrap();
    assert!(missing.status.code() == Some(1) && !place.path("other.failed").exists());

    fs::write(place.path("mended"), "").unwrap();
    assert_eq!(run("").status.code(), Some(0));
    assert_eq!(place.log().len(), 3);
    assert_eq!(run("--retry-failed").status.code(), Some(0));
    assert_eq!(place.log().len(), 4);
    assert!(!place.path("state.failed").exists());
}

#[test]
fn own_updates_are_not_delivered() {
    let place = Place::new("echo $INCIDENT_TASK_ID $INCIDENT_TASK_STATUS >> log");
    let emulator = place.emulator(&json!([
        { "at": 0.3, "create": { "id": "7", "status": "open" } },
        { "at": 4, "change": { "id": "7", "displayName": "by another one" } },
    ]));
    let arguments = "--state state --on created,changed,left --claim --on-success completed --exec ./handler.sh";
    let polls = || emulator.operations().iter().filter(|operation| *operation == "listIncidentTasks").count();
    let run = place.follow(&emulator, arguments).spawn().unwrap();
    until("20 polls", || polls() > 20);
    assert_eq!(ended(run, "INT").0, Some(130));
    let mut log = place.log();
    log.sort();
    assert_eq!(log, ["213213 inProgress", "213214 inProgress", "7 inProgress"]);
    // Changes by others are delivered.
    let run = place.follow(&emulator, arguments).spawn().unwrap();
    until("the change by another one", || place.log().len() > 3);
    ended(run, "INT");
    assert_eq!(place.log()[3], "7 inProgress");
}

#[test]
fn a_task_never_has_two_handlers_even_if_the_first_is_an_orphan() {
    let place = Place::new(
        "exec < /dev/null; echo start $INCIDENT_TASK_ID $$ >> log; while [ ! -e go ]; do sleep 0.02; done; echo end $INCIDENT_TASK_ID $$ >> log",
    );
    let emulator = place.emulator(&json!([]));
    let arguments = "--state state --jobs 4 --claim --exec ./handler.sh";
    let mut run = place.follow(&emulator, arguments).spawn().unwrap();
    until("two handlers", || place.log().len() == 2);
    run.kill().unwrap();
    run.wait().unwrap();
    let run = place.follow(&emulator, arguments).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(place.log().len(), 2);
    fs::write(place.path("go"), "").unwrap();
    until("four handlers", || place.log().len() == 8);
    std::thread::sleep(Duration::from_millis(200));
    let (code, log) = ended(run, "INT");
    assert!(code == Some(130) && log.contains("213213: waiting for an earlier handler of it"), "{log}");
    let log = place.log();
    for id in ["213213", "213214"] {
        let of: Vec<_> = log.iter().filter(|line| line.contains(id)).map(|line| &line[..3]).collect();
        assert_eq!(of, ["sta", "end", "sta", "end"]);
    }
    // The claims of the first run remain.
    assert_eq!(emulator.operations().iter().filter(|name| *name == "updateIncidentTask").count(), 2);
}

#[test]
fn a_signal_waits_for_the_handlers_and_a_second_one_or_the_timeout_ends_their_groups() {
    let place = Place::new(
        "sleep 600 > /dev/null 2>&1 & echo start $! >> log; [ -e short ] && sleep 0.5 || wait; echo end >> log",
    );
    let emulator = place.emulator(&json!([]));
    let lives = |log: &[String]| {
        let id = log[0].strip_prefix("start ").unwrap();
        fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z"))
    };
    let run = || place.follow(&emulator, "--state state --attempts 1 --exec ./handler.sh").spawn().unwrap();
    let mut second = run();
    until("a handler", || place.log().len() == 1);
    interrupted(&mut second);
    assert!(lives(&place.log()));
    assert_eq!(ended(second, "INT").0, Some(130));
    if cfg!(target_os = "linux") {
        until("the end of its child", || !lives(&place.log()));
    }
    // It is no failure of the handler: a later run starts it again.
    let state = fs::read_to_string(place.path("state")).unwrap();
    assert!(state.contains(r#""stage":"running""#) && !state.contains(r#""stage":"failed""#), "{state}");
    fs::remove_file(place.path("log")).unwrap();
    fs::remove_file(place.path("state")).unwrap();

    let timed = place.follow(&emulator, "--once --attempts 1 --timeout 0.3 --exec ./handler.sh").output().unwrap();
    let error = String::from_utf8(timed.stderr).unwrap();
    assert!(timed.status.code() == Some(1) && error.contains("timed out after 0.3 s"), "{error}");
    assert_eq!(place.log().iter().filter(|line| *line == "end").count(), 0);
    fs::remove_file(place.path("log")).unwrap();

    fs::write(place.path("short"), "").unwrap();
    let first = run();
    until("a handler", || place.log().len() == 1);
    assert_eq!(ended(first, "TERM").0, Some(143));
    // One of two tasks was handled, the other not started.
    let log = place.log();
    assert!(log.len() == 2 && log[1] == "end", "{log:?}");
    signal("KILL", log[0].strip_prefix("start ").unwrap().parse().unwrap());
}

#[test]
fn planted_files_and_full_disks_lose_no_task() {
    let place = Place::new("echo $INCIDENT_TASK_ID >> log");
    let emulator = place.emulator(&json!([{ "at": 0, "create": { "id": "7".repeat(300), "status": "open" } }]));
    let follow = |arguments: &str| {
        let output = place.follow(&emulator, &format!("{arguments} --exec ./handler.sh")).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    // Metrics that cannot be written do not end the run.
    let (code, log) = follow("--state state --once --metrics-file missing/metrics");
    assert_eq!((code, place.log().len(), log.matches("the metrics are not written").count()), (Some(0), 3, 1), "{log}");

    // Lines of another version, and one that a full disk cut off, are kept.
    let letter = json!({ "id": "7", "change": "left", "attempts": 1, "reason": "", "time": "", "task": null });
    fs::write(place.path("state.failed"), format!("{{\"id\":1}}\n{letter}\n{{\"id\":")).unwrap();
    let (code, log) = follow("--state state --once --retry-failed");
    assert!(code == Some(0) && log.contains("2 lines are no failed tasks"), "{log}");
    assert_eq!(place.log().last().unwrap(), "7");
    assert_eq!(fs::read_to_string(place.path("state.failed")).unwrap(), "{\"id\":1}\n{\"id\":\n");

    // A link stays one.
    fs::rename(place.path("state"), place.path("target")).unwrap();
    std::os::unix::fs::symlink("target", place.path("state")).unwrap();
    assert_eq!(follow("--state state --once").0, Some(0));
    assert!(place.path("state").is_symlink() && place.log().len() == 4);

    assert!(Command::new("mkfifo").arg(place.path("fifo")).status().unwrap().success());
    fs::File::create(place.path("sparse")).unwrap().set_len(3 << 30).unwrap();
    for state in ["fifo", "/dev/full", "/dev/zero", "sparse"] {
        let (code, log) = follow(&format!("--state {state} --once"));
        assert!(code == Some(2) || code == Some(1), "{state}: {log}");
        assert!(log.contains("is not a regular file") || log.contains("exceeds"), "{state}: {log}");
    }
}
