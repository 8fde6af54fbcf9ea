//! On a terminal: tables, colours, the question before an execution, the progress bar. The terminal is a real
//! pseudo-terminal.

use std::io::{Read, Write};

use crate::running::{Running, TOKEN};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Runs the program on a terminal of so many columns, types an answer when a text is there, and returns what was
/// shown and the exit code.
fn on_terminal(
    emulator: &Running,
    columns: u16,
    variables: &[(&str, &str)],
    arguments: &[&str],
    answer: Option<(&str, &str)>,
) -> (String, u32) {
    let terminal = native_pty_system().openpty(PtySize { rows: 24, cols: columns, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_incident-tasks"));
    command.env_clear();
    command.args(["--endpoint", &emulator.endpoint]);
    command.args(arguments);
    for (name, value) in [("GRAPH_TOKEN", TOKEN), ("TERM", "xterm-256color")].iter().chain(variables) {
        command.env(name, value);
    }
    let mut process = terminal.slave.spawn_command(command).unwrap();
    drop(terminal.slave);
    let mut shown = String::new();
    let (mut reader, mut writer) =
        (terminal.master.try_clone_reader().unwrap(), terminal.master.take_writer().unwrap());
    let (mut answer, mut buffer) = (answer, [0; 4096]);
    // On Linux the end of a terminal whose program has gone is an error.
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        shown.push_str(&String::from_utf8_lossy(&buffer[..count]));
        if let Some((question, typed)) = answer
            && shown.contains(question)
        {
            writer.write_all(typed.as_bytes()).unwrap();
            answer = None;
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
fn an_action_that_cannot_be_executed_is_not_asked_about() {
    let emulator = Running::start(&[]);
    let (shown, code) = on_terminal(&emulator, 80, &[], &["execute", "213213"], None);
    assert_eq!(code, 2, "{shown}");
    assert!(!shown.contains("[y/N]"), "{shown}");
}

#[test]
fn a_long_run_shows_how_far_it_is_on_a_terminal_alone() {
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
