//! On a terminal: tables, colours, the question before an execution, the progress bar. The terminal is a real
//! pseudo-terminal.

use std::io::{Read, Write};

use crate::running::{Running, TOKEN};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Runs the program on a terminal of this many columns, types a reply after a text appears, and returns the output and
/// the exit code.
fn on_terminal(
    emulator: &Running,
    columns: u16,
    variables: &[(&str, &str)],
    arguments: &[&str],
    reply: Option<(&str, &str)>,
) -> (String, u32) {
    run_on_terminal(columns, variables, &[&["--endpoint", &emulator.endpoint], arguments].concat(), reply)
}

fn run_on_terminal(
    columns: u16,
    variables: &[(&str, &str)],
    arguments: &[&str],
    reply: Option<(&str, &str)>,
) -> (String, u32) {
    let terminal = native_pty_system().openpty(PtySize { rows: 24, cols: columns, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_incident-tasks"));
    command.env_clear();
    command.args(arguments);
    for (name, value) in [("GRAPH_TOKEN", TOKEN), ("TERM", "xterm-256color")].iter().chain(variables) {
        command.env(name, value);
    }
    let mut process = terminal.slave.spawn_command(command).unwrap();
    drop(terminal.slave);
    let mut shown = String::new();
    let (mut reader, mut writer) =
        (terminal.master.try_clone_reader().unwrap(), terminal.master.take_writer().unwrap());
    let (mut reply, mut buffer) = (reply, [0; 4096]);
    // On Linux, reading a terminal after its program has ended is an error.
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        shown.push_str(&String::from_utf8_lossy(&buffer[..count]));
        if let Some((question, typed)) = reply
            && shown.contains(question)
        {
            writer.write_all(typed.as_bytes()).unwrap();
            reply = None;
        }
    }
    assert!(!shown.contains(TOKEN));
    (shown, process.wait().unwrap().exit_code())
}

#[test]
fn a_terminal_gets_a_table_in_colours_that_fits() {
    let emulator = Running::start(&[]);
    let (shown, code) = on_terminal(&emulator, 60, &[], &["list"], None);
    assert_eq!(code, 0);
    assert!(shown.contains("ID") && shown.contains("213213") && shown.contains("\u{1b}["), "{shown:?}");
    assert!(!shown.contains("{"), "{shown:?}");
    let (plain, _) = on_terminal(&emulator, 60, &[("NO_COLOR", "1")], &["list"], None);
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    assert!(plain.lines().all(|line| line.chars().count() <= 60), "{plain}");
    let (json, _) = on_terminal(&emulator, 60, &[], &["list", "--output", "json"], None);
    assert!(json.starts_with('['), "{json:?}");
}

#[test]
fn an_execution_is_sent_only_after_yes_and_enter() {
    let emulator = Running::start(&[]);
    let question = "Execute this action? [y/N]";
    for typed in ["n\r", "\r", "yn\r", "\u{4}"] {
        let (shown, code) = on_terminal(&emulator, 60, &[], &["execute", "213214"], Some((question, typed)));
        assert_eq!(code, 1, "{typed:?}: {shown}");
        assert!(shown.contains("isolateDevice\r\non device") && shown.contains("not confirmed"), "{shown}");
    }
    assert!(!emulator.operations().contains(&"executeResponseAction".to_owned()));
    let (shown, code) = on_terminal(&emulator, 200, &[], &["execute", "213214"], Some((question, "Y\r")));
    assert_eq!(code, 0, "{shown}");
    assert!(emulator.operations().contains(&"executeResponseAction".to_owned()));
}

#[test]
fn ctrl_c_at_the_question_ends_with_130_and_nothing_is_sent() {
    let emulator = Running::start(&[]);
    let (shown, code) = on_terminal(&emulator, 80, &[], &["execute", "213214"], Some(("[y/N]", "\u{3}")));
    assert_eq!(code, 130, "{shown}");
    // The cursor is never hidden.
    assert!(!shown.contains("\u{1b}[?25l") && !shown.contains("may have been applied"), "{shown:?}");
    assert!(!emulator.operations().contains(&"executeResponseAction".to_owned()));
}

#[test]
fn an_action_that_cannot_be_executed_fails_without_a_question() {
    let emulator = Running::start(&[]);
    let (shown, code) = on_terminal(&emulator, 80, &[], &["execute", "213213"], None);
    assert_eq!(code, 2, "{shown}");
    assert!(!shown.contains("[y/N]"), "{shown}");
}

#[test]
fn a_long_run_shows_its_progress_only_on_a_terminal() {
    let emulator = Running::start_silent(&["--generate", "198", "--fault-rate", "latency=0.5"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("u.csv");
    let rows: String =
        emulator.tasks().iter().map(|task| format!("{},completed\n", task["id"].as_str().unwrap())).collect();
    std::fs::write(&file, format!("id,status\n{rows}")).unwrap();
    let arguments = ["apply", file.to_str().unwrap(), "--no-journal"];
    let (shown, code) = on_terminal(&emulator, 80, &[], &arguments, None);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("/200"), "{shown:?}");
    let output = emulator.call(&arguments);
    assert!(!String::from_utf8(output.stderr).unwrap().contains("/200"));
}

#[test]
fn a_connection_that_is_closed_while_the_question_waits_is_replaced() {
    use crate::scripted_server::{CLOSE, ScriptedServer, task};

    let [before, after] = [task("open", "notStarted"), task("open", "inProgress")];
    // The server closes the first connection without announcing it.
    let before = before.replace(CLOSE, "");
    let server = ScriptedServer::script([&*before, "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n", &after]);
    let arguments = ["--endpoint", &server.endpoint, "--no-retry", "execute", "213214"];
    let (shown, code) = run_on_terminal(80, &[], &arguments, Some(("[y/N]", "y\r")));
    assert_eq!(code, 0, "{shown}");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn nothing_reaches_a_terminal_unescaped_in_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.json");
    std::fs::write(&file, r#"[{"id":"1","status":"open","displayName":"\u001b]0;x\u009b2J\u202e"}]"#).unwrap();
    let emulator = Running::start(&["--tasks", file.to_str().unwrap()]);
    for format in ["table", "json", "jsonl", "csv"] {
        for arguments in [&["list"][..], &["get", "1"], &["update", "1", "--status", "open", "--dry-run"]] {
            let arguments = [arguments, &["-o", format, "--no-pager"]].concat();
            let (shown, _) = on_terminal(&emulator, 80, &[("NO_COLOR", "1")], &arguments, None);
            assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{format}: {shown:?}");
            assert!(arguments.contains(&"--dry-run") || shown.contains("u001b]0;x"), "{shown:?}");
        }
    }
}

#[test]
fn a_table_longer_than_the_terminal_is_shown_in_the_pager() {
    let emulator = Running::start_silent(&["--generate", "98"]);
    let pager = [("PAGER", "sed s/^/paged:/"), ("PATH", "/usr/bin:/bin")];
    let (shown, _) = on_terminal(&emulator, 80, &pager, &["list"], None);
    assert_eq!(shown.matches("paged:").count(), 101, "{shown}");
    for (variables, arguments) in [
        (&pager[..], &["list", "--no-pager"][..]),
        (&pager, &["list", "--top", "5"]),
        (&[("PAGER", "no-such-pager")], &["list"]),
    ] {
        let (shown, code) = on_terminal(&emulator, 80, variables, arguments, None);
        assert!(code == 0 && !shown.contains("paged:") && shown.contains("STATUS"), "{shown}");
    }
}
