//! Runs each example of help and of the READMEs in a shell.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::running::{Running, TOKEN, folder_of_the_program, incident_tasks, subcommands};

fn help(subcommand: &str) -> String {
    String::from_utf8(incident_tasks(&[subcommand, "--help"]).output().unwrap().stdout).unwrap()
}

/// Returns the command lines under the heading of a help text.
fn examples_of(help: &str) -> Vec<String> {
    let examples = help.split_once("Examples:\n").unwrap().1;
    examples.lines().take_while(|line| !line.is_empty()).map(|line| line.trim().to_owned()).collect()
}

/// Returns the command lines of a README that begin with the program or its variables.
fn examples_in(readme: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(readme)).unwrap();
    let lines = text.lines().map(|line| line.trim_start_matches("$ "));
    let lines = lines.filter(|line| line.starts_with("incident-tasks ") || line.contains(" incident-tasks "));
    lines.filter(|line| !line.starts_with('#') && !line.contains('`')).map(str::to_owned).collect()
}

/// Runs a line in a shell, with the documented tasks and a file of updates.
fn run(line: &str) {
    if line.contains("incident-tasks login") {
        // A person signs in; `login.rs` does so at an authority of its own.
        return;
    }
    if line.contains("incident-tasks logout") && cfg!(not(feature = "login")) {
        return;
    }
    let emulator = Running::start_silent(&[]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("updates.csv"), "id,status\n213213,completed\n213214,notRelevant\n").unwrap();
    let mut command = Command::new("sh");
    let script = if line.contains("incident-tasks follow") { format!("exec {line}") } else { line.to_owned() };
    command.args(["-c", &script]).current_dir(folder.path()).env_clear();
    command.env("PATH", format!("{}:/usr/bin:/bin", folder_of_the_program().display()));
    command.env("GRAPH_TOKEN", TOKEN);
    if !line.contains("--emulator") {
        command.env("GRAPH_ENDPOINT", &emulator.endpoint);
    }
    if line.contains("incident-tasks emulator") && !line.contains("--list-faults") {
        // It serves until it is stopped.
        let line = line.replace("--port 8080", "--port 0");
        let mut process = Command::new("/bin/sh")
            .args(["-c", &format!("exec {line}")])
            .env("PATH", folder_of_the_program())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut endpoint = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(endpoint.starts_with("http://127.0.0.1:"), "{line}");
        return;
    }
    std::fs::write(folder.path().join("handler.sh"), "#!/bin/sh\ncat\n").unwrap();
    std::fs::set_permissions(folder.path().join("handler.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    if line.contains("incident-tasks follow") && !line.contains("--once") {
        // It follows until it is ended.
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut errors = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        assert!(errors.any(|error| error.starts_with("1 polls, 0 failed")), "{line}");
        crate::running::signal("INT", process.id());
        assert_eq!(process.wait().unwrap().code(), Some(130), "{line}");
        return;
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn each_subcommand_has_examples_and_each_example_works() {
    for subcommand in subcommands() {
        let examples = examples_of(&help(&subcommand));
        assert!(!examples.is_empty());
        for example in examples {
            assert!(example.contains(&format!("incident-tasks {subcommand}")), "{example}");
            run(&example);
        }
    }
}

#[test]
fn each_command_line_of_the_readmes_works() {
    let lines: BTreeSet<_> = ["README.md", "../../README.md"].into_iter().flat_map(examples_in).collect();
    assert!(lines.len() > 5, "{lines:?}");
    lines.iter().for_each(|line| run(line));
}

#[test]
fn help_fits_the_width_of_the_terminal() {
    for subcommand in subcommands() {
        let output = incident_tasks(&[&subcommand, "--help"]).env("COLUMNS", "60").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let prose = text.split("Examples:").next().unwrap();
        for line in prose.lines().filter(|line| !line.starts_with("Usage:")) {
            assert!(line.chars().count() <= 60, "{subcommand}: {line}");
        }
    }
}
