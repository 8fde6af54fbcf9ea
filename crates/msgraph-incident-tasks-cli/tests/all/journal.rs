//! The journal of `incident-tasks apply`: its owner, and recovery.

use std::path::PathBuf;
use std::process::Output;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::running::{Running, TOKEN, incident_tasks};
use crate::scripted_server::{ScriptedServer, response};

/// A folder with a file of updates.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(rows: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("u.csv"), format!("id,status\n{rows}")).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn apply(&self, endpoint: &str, token: &str, arguments: &[&str]) -> Output {
        let mut command =
            incident_tasks(&[&["--no-retry", "--endpoint", endpoint, "apply", "u.csv"], arguments].concat());
        command.current_dir(self.0.path()).env("GRAPH_TOKEN", token).output().unwrap()
    }
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn token(tenant: &str, client: &str) -> String {
    format!("e30.{}.x", URL_SAFE_NO_PAD.encode(format!(r#"{{"tid":"{tenant}","appid":"{client}"}}"#)))
}

const HEADER: &str = "{\"journal\":1,\"endpoint\":\"ENDPOINT\"}\n";
const SENDING: &str = "{\"row\":1,\"id\":\"213213\",\"status\":\"failed\",\"state\":\"sending\"}\n";

#[test]
fn a_completed_journal_is_moved_aside_and_only_this_user_can_read_it() {
    let emulator = Running::start(&[]);
    let folder = Folder::new("213213,failed\n");
    for number in 1..4 {
        let output = folder.apply(&emulator.endpoint, TOKEN, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", log(&output));
        assert_eq!(folder.path(&format!("u.csv.journal.{}", number - 1)).exists(), number > 1);
    }
    #[cfg(unix)]
    for name in ["u.csv.journal", "u.csv.journal.1"] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // It is complete: resuming it sends nothing.
    let sent = emulator.requests().len();
    let output = folder.apply(&emulator.endpoint, TOKEN, &["--resume"]);
    assert!(log(&output).contains("1 applied (1 by earlier runs)"), "{}", log(&output));
    assert_eq!(emulator.requests().len(), sent);
}

#[test]
fn an_unfinished_journal_needs_resume() {
    let emulator = Running::start(&[]);
    let folder = Folder::new("213213,failed\n");
    let journal = HEADER.replace("ENDPOINT", &emulator.endpoint) + SENDING;
    std::fs::write(folder.path("u.csv.journal"), &journal).unwrap();
    let output = folder.apply(&emulator.endpoint, TOKEN, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(log(&output).contains("finish it with --resume"), "{}", log(&output));
    assert_eq!(std::fs::read_to_string(folder.path("u.csv.journal")).unwrap(), journal);
}

#[test]
fn a_rejected_run_leaves_no_file() {
    let emulator = Running::start(&[]);
    for (rows, token, arguments, code) in [
        ("213213,opne\n", TOKEN, &[][..], 2),
        ("213213\n", TOKEN, &[], 2),
        ("213213,open\n", TOKEN, &["--status", "opne"], 2),
        ("213213,open\n", TOKEN, &["--no-such-option"], 2),
        ("213213,open\n", "", &[], 4),
        ("213213,open\n", TOKEN, &["--max-input", "5"], 2),
    ] {
        let folder = Folder::new(rows);
        let output = folder.apply(&emulator.endpoint, token, arguments);
        assert_eq!(output.status.code(), Some(code), "{}", log(&output));
        assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 1, "{rows} {arguments:?}");
    }
    assert!(emulator.operations().is_empty());
}

#[test]
fn a_file_that_is_not_a_journal_is_rejected_quickly_and_unchanged() {
    let emulator = Running::start(&[]);
    let folder = Folder::new("213213,failed\n");
    let apply = |journal: &str| folder.apply(&emulator.endpoint, TOKEN, &["--journal", journal, "--resume"]);
    let header = HEADER.replace("ENDPOINT", &emulator.endpoint);
    // A sparse file of six gigabytes.
    for (name, begin) in [("empty-sparse", String::new()), ("sparse", header.clone() + SENDING)] {
        std::fs::write(folder.path(name), begin).unwrap();
        std::fs::OpenOptions::new().write(true).open(folder.path(name)).unwrap().set_len(6 << 30).unwrap();
    }
    std::fs::write(folder.path("secret"), "a secret\n").unwrap();
    for name in ["empty-sparse", "sparse", "secret", "u.csv"] {
        let before = std::fs::metadata(folder.path(name)).unwrap().len();
        let output = apply(name);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", log(&output));
        assert!(log(&output).contains("is not a line of a journal"), "{}", log(&output));
        assert_eq!(std::fs::metadata(folder.path(name)).unwrap().len(), before);
    }
    assert_eq!(apply(".").status.code(), Some(2));
    #[cfg(unix)]
    {
        for device in ["/dev/full", "/dev/zero", "/dev/null"] {
            assert!(log(&apply(device)).contains("is not a regular file"), "{}", log(&apply(device)));
        }
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::write(elsewhere.path().join("j"), header).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("j"), folder.path("link")).unwrap();
        assert!(log(&apply("link")).contains("symbolic link to another folder"), "{}", log(&apply("link")));
    }
    assert!(emulator.operations().is_empty());
}

#[test]
fn the_journal_of_another_tenant_is_resumed_only_with_consent() {
    let emulator = Running::start(&[]);
    // The task does not exist: no run completes.
    let folder = Folder::new("7,failed\n");
    let first = folder.apply(&emulator.endpoint, &token("t-1", "c-1"), &[]);
    assert_eq!(first.status.code(), Some(3), "{}", log(&first));
    let text = std::fs::read_to_string(folder.path("u.csv.journal")).unwrap();
    assert!(text.contains(r#""tenant":"t-1","client":"c-1""#), "{text}");
    let resume =
        |token: &str, arguments: &[&str]| folder.apply(&emulator.endpoint, token, &[&["--resume"], arguments].concat());
    let other = resume(&token("t-2", "c-1"), &[]);
    assert_eq!(other.status.code(), Some(2));
    assert!(log(&other).contains("is for tenant t-1, but the token is for tenant t-2"), "{}", log(&other));
    let client = resume(&token("t-1", "c-2"), &[]);
    assert!(log(&client).contains("note: the journal is for client c-1"), "{}", log(&client));
    for (token, arguments) in [(token("t-2", "c-1"), &["--other-tenant"][..]), (TOKEN.to_owned(), &[])] {
        assert!(log(&resume(&token, arguments)).contains("1 rows: "), "{}", log(&resume(&token, arguments)));
    }
}

#[test]
fn a_rejected_sign_in_stops_the_run() {
    let rows: String = (1..=400).map(|id| format!("{id},open\n")).collect();
    for (status, code) in [("401 Unauthorized", 4), ("403 Forbidden", 5)] {
        let folder = Folder::new(&rows);
        let responses = vec![response(status, "{}"); 8];
        let server = ScriptedServer::script(responses.iter().map(String::as_str));
        let output = folder.apply(&server.endpoint, TOKEN, &["--concurrency", "1", "--output", "jsonl"]);
        assert_eq!(output.status.code(), Some(code), "{}", log(&output));
        assert!(log(&output).contains("not tried") && log(&output).contains("--resume"), "{}", log(&output));
        let printed = String::from_utf8(output.stdout).unwrap().lines().count();
        assert!((1..=60).contains(&printed), "{printed}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_ends_with_a_summary_that_names_the_file() {
    let emulator = Running::start_silent(&["--generate", "198"]);
    let rows: String =
        emulator.tasks().iter().map(|task| format!("{},failed\n", task["id"].as_str().unwrap())).collect();
    for (line, part) in [
        ("incident-tasks apply u.csv -o jsonl > /dev/full", "stdout: No space left on device"),
        // The journal may have 512 bytes; the signal of the limit is ignored.
        ("trap '' XFSZ; ulimit -f 1; exec incident-tasks apply u.csv -o jsonl 2>&1 >&-", "journal u.csv.journal: "),
    ] {
        let folder = Folder::new(&rows);
        let mut command = std::process::Command::new("bash");
        let path = format!("{}:/usr/bin:/bin", crate::running::folder_of_the_program().display());
        command.args(["-c", line]).current_dir(folder.0.path()).env("PATH", path).env("GRAPH_TOKEN", TOKEN);
        let output = command.env("GRAPH_ENDPOINT", &emulator.endpoint).output().unwrap();
        let text = log(&output) + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{line}: {text}");
        assert!(text.contains(part) && text.contains("200 rows: ") && text.contains("--resume"), "{line}: {text}");
    }
}
