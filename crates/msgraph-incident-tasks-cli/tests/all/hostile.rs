//! Titles, files and programs that attack the terminal, a table or a spreadsheet.

use std::process::Command;

use serde_json::{Value, json};

use crate::running::{Running, TOKEN, incident_tasks};

/// Begins a terminal title that never ends, clears the screen, reorders, and breaks lines.
const EVIL: &str = "evil \u{1b}]0;x\u{9b}2J\u{7f}\u{202e}\u{2028}\u{feff}\ttab\rcr\nlf \"q\", ok";

/// Starts an emulator with these titles, by ID from 1.
fn emulator_with(titles: &[&str]) -> (Running, tempfile::TempDir) {
    let tasks: Vec<_> = titles
        .iter()
        .zip(1..)
        .map(
            |(title, id)| json!({ "id": id.to_string(), "status": "open", "displayName": title, "description": title }),
        )
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.json");
    std::fs::write(&file, Value::from(tasks).to_string()).unwrap();
    (Running::start(&["--tasks", file.to_str().unwrap()]), folder)
}

fn stdout(emulator: &Running, arguments: &[&str]) -> String {
    let output = emulator.call(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\n' || ['\u{202e}', '\u{2028}', '\u{feff}'].contains(&c))
}

#[test]
fn every_row_and_character_survives_a_pipe_in_each_machine_format() {
    let (emulator, _folder) = emulator_with(&["one", EVIL, "three", EVIL, "five"]);
    let csv = stdout(&emulator, &["list", "-o", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let title = reader.headers().unwrap().iter().position(|name| name == "displayName").unwrap();
    let titles: Vec<_> = reader.records().map(|record| record.unwrap()[title].to_owned()).collect();
    assert_eq!(titles, ["one", EVIL, "three", EVIL, "five"]);

    let jsonl = stdout(&emulator, &["list", "-o", "jsonl"]);
    let lines: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let array: Vec<Value> = serde_json::from_str(&stdout(&emulator, &["list", "-o", "json"])).unwrap();
    assert_eq!(array, lines);
    assert_eq!((lines.len(), lines[1]["displayName"].as_str()), (5, Some(EVIL)));
    for text in [
        jsonl,
        stdout(&emulator, &["list"]),
        stdout(&emulator, &["get", "2"]),
        stdout(&emulator, &["list", "-o", "table"]),
    ] {
        assert!(!has_control(&text), "{text:?}");
    }
}

#[test]
fn white_space_in_a_table_is_one_space() {
    let (emulator, _folder) = emulator_with(&["a\tb\r\nc  d"]);
    let table = stdout(&emulator, &["list", "-o", "table"]);
    assert!(table.contains(" a b c d ") && !table.contains('\u{fffd}'), "{table:?}");
}

#[test]
fn csv_safe_keeps_a_spreadsheet_from_running_a_cell() {
    let titles = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "fine =1"];
    let (emulator, _folder) = emulator_with(&titles);
    let cells = |arguments: &[&str]| -> Vec<String> {
        let csv = stdout(&emulator, &[&["list", "-o", "csv", "--columns", "title"], arguments].concat());
        csv::Reader::from_reader(csv.as_bytes()).records().map(|record| record.unwrap()[0].to_owned()).collect()
    };
    assert_eq!(cells(&[]), titles);
    let (last, formulas) = titles.split_last().unwrap();
    let safe: Vec<_> = formulas.iter().map(|title| format!("'{title}")).chain([(*last).to_owned()]).collect();
    assert_eq!(cells(&["--csv-safe"]), safe);
}

#[test]
fn errors_and_logs_are_escaped_and_cut() {
    let (emulator, folder) = emulator_with(&["x"]);
    let planted = format!("{{\"journal\":1,\"endpoint\":\"\\u001b[2J{}\"}}\n", "x".repeat(5_000));
    let entry = "{\"row\":1,\"id\":\"1\",\"status\":\"open\",\"state\":\"sending\"}\n";
    std::fs::write(folder.path().join("u.csv"), "id,status\n1,open\n").unwrap();
    std::fs::write(folder.path().join("u.csv.journal"), planted + entry).unwrap();
    let mut apply = emulator.command(&["apply", "u.csv", "--resume"]);
    let mut bad_csv = emulator.command(&["apply", "bad.csv"]);
    std::fs::write(folder.path().join("bad.csv"), format!("id,status\n1,\u{1b}[2J{}\n", "x".repeat(5_000))).unwrap();
    for command in [
        apply.current_dir(folder.path()),
        bad_csv.current_dir(folder.path()),
        &mut emulator.command(&["get", "\u{1b}[2J"]),
        &mut emulator.command(&["list", "--no-such\u{1b}[2J"]),
        emulator.command(&["get", "\u{1b}[2J"]).env("RUST_LOG", "trace"),
        emulator.command(&["list", "--filter", "\u{1b}[2J"]).env("RUST_LOG", "trace"),
    ] {
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && !has_control(&text), "{text:?}");
        assert!(text.lines().all(|line| line.chars().count() < 2_000), "{text}");
    }
}

/// The error of a failed `az` is printed, and cannot clear the screen.
#[test]
#[cfg(all(unix, feature = "azure"))]
fn the_text_of_az_is_escaped() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let az = folder.path().join("az");
    std::fs::write(&az, "#!/bin/sh\nprintf 'Please run \\033[2Jaz login\\n\\302\\2332J' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command: Command = incident_tasks(&["get", "1"]);
    let output = command.env("PATH", format!("{}:/usr/bin:/bin", folder.path().display())).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("az login") && !has_control(&text) && !text.contains(TOKEN), "{text:?}");
}
