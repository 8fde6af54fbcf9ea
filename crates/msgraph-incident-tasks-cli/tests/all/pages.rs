//! Exit codes, completion scripts and manual pages match the program.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::running::{Running, TOKEN, folder_of_the_program, incident_tasks, subcommands};
use crate::scripted_server::{ScriptedServer, response};

fn stdout(arguments: &[&str]) -> String {
    let output = incident_tasks(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the exit codes of the help text with their meanings.
fn exit_codes() -> Vec<(String, String)> {
    let help = stdout(&["--help"]);
    let codes = help.split_once("Exit codes:\n").unwrap().1;
    codes
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(code, text)| (code.to_owned(), text.trim().to_owned()))
        .collect()
}

#[test]
fn readme_and_manual_have_each_exit_code_with_the_same_meaning() {
    let codes = exit_codes();
    assert_eq!(codes.len(), 14);
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let page = stdout(&["man"]).replace("\\-", "-");
    for (code, meaning) in codes {
        assert!(readme.contains(&format!("| {code} | {meaning} |")), "README: {code}: {meaning}");
        assert!(page.contains(&format!("\\fB{code}\\fR\n{meaning}\n")), "{code}: {meaning}: {page}");
    }
}

/// Each error has the same members, and README lists them.
#[test]
fn every_error_is_json_of_one_shape() {
    let emulator = Running::start(&["--fault-task", "213213=reset-after"]);
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let mut shapes = std::collections::BTreeSet::new();
    for (arguments, code) in [
        (&["get", "a/b"][..], 2),
        (&["get"], 2),
        (&["no-such-thing"], 2),
        (&["list", "--status", "no"], 2),
        (&["list", "--top", "0"], 2),
        (&["execute", "213214"], 2),
        (&["apply", "no-such.csv"], 2),
        (&["get", "7"], 6),
        (&["update", "7", "8", "--status", "open"], 3),
        (&["update", "213213", "--status", "open"], 8),
        (&["watch", "213214", "--timeout", "0.1"], 10),
        (&["man", "no-such-page"], 2),
    ] {
        for flags in [&["--output", "json"][..], &["-ojsonl"]] {
            let output = emulator.command(&[flags, arguments].concat()).output().unwrap();
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
            for line in text.lines().filter(|line| !line.starts_with("20")) {
                let error: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {text}"));
                let members = error["error"].as_object().unwrap();
                shapes.insert(members.keys().cloned().collect::<Vec<_>>());
            }
        }
    }
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    for member in shapes.first().unwrap() {
        assert!(readme.contains(&format!("| `{member}` |")), "README lacks {member}");
    }
}

#[test]
fn an_unknown_outcome_comes_before_the_status_of_the_last_attempt() {
    // The first attempt may have been applied; the throttling of the second must not hide that.
    let throttled =
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 9999\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let server = ScriptedServer::script([&*response("503 Service Unavailable", "{}"), throttled]);
    let mut command = incident_tasks(&["--endpoint", &server.endpoint, "update", "1", "--status", "open"]);
    let output = command.env("GRAPH_TOKEN", TOKEN).output().unwrap();
    assert_eq!(output.status.code(), Some(8), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn manual_pages_name_only_pages_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    stdout(&["man", "--dir", folder.path().to_str().unwrap()]);
    let pages: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(pages.len(), subcommands().len() + 1);
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap().replace("\\-", "-");
        for section in ["NAME", "SYNOPSIS", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS"] {
            assert!(
                text.contains(&format!(".SH {section}")) || text.contains(&format!(".SH \"{section}\"")),
                "{section}: {}",
                page.display()
            );
        }
        for (before, _) in text.match_indices("(1)").map(|(at, found)| (&text[..at], found)) {
            let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap();
            assert!(folder.path().join(format!("{name}.1")).exists(), "{}: {name}(1)", page.display());
        }
    }
}

/// Loads a completion script in a real shell, and returns its output; `None` if the shell is not installed.
fn in_shell(shell: &str, script: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let name = if shell == "zsh" { "_incident-tasks" } else { "incident-tasks.script" };
    std::fs::write(folder.path().join(name), stdout(&["completions", shell])).unwrap();
    let mut command = Command::new(shell);
    if shell == "zsh" {
        command.arg("-f");
    }
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder_of_the_program().display());
    command.args(["-c", script]).current_dir(folder.path()).env("PATH", path).stdin(Stdio::null());
    let output = command.output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

#[test]
#[cfg(unix)]
fn bash_completes_every_subcommand_and_the_values_of_options() {
    let complete = |line: &str| {
        let words: Vec<_> = line.split(' ').collect();
        let script = format!(
            "source ./incident-tasks.script; COMP_WORDS=({}); COMP_CWORD={}; \
             $(complete -p incident-tasks | sed 's/.*-F //; s/ .*//') incident-tasks \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             echo \"${{COMPREPLY[@]}}\"",
            words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
            words.len() - 1
        );
        in_shell("bash", &script).unwrap()
    };
    for name in subcommands() {
        assert!(complete("incident-tasks ").contains(&name), "{name}");
        let own = stdout(&[&name, "--help"]);
        let options = own.lines().filter_map(|line| line.trim().split_once("--")).map(|(_, rest)| rest);
        let options = options.filter_map(|rest| rest.split([' ', '<', '=', '.', ',']).next());
        let completed = complete(&format!("incident-tasks {name} --"));
        for option in options.filter(|option| !option.is_empty() && own.contains(&format!("      --{option}"))) {
            assert!(completed.contains(&format!("--{option}")), "{name} --{option}: {completed}");
        }
    }
    assert!(complete("incident-tasks update 1 --status ").contains("notRelevant"));
    assert!(complete("incident-tasks watch 1 --until-action ").contains("partiallyCompleted"));
    assert!(complete("incident-tasks list --action-type ").contains("isolateDevice"));
}

#[test]
#[cfg(unix)]
fn zsh_and_fish_load_their_scripts() {
    let zsh = "fpath=(. $fpath); autoload -U compinit; compinit -u -D; whence -w _incident-tasks; \
               autoload +X _incident-tasks && print loaded";
    if let Some(text) = in_shell("zsh", zsh) {
        assert!(text.contains("loaded"), "{text}");
    }
    if let Some(text) =
        in_shell("fish", "source ./incident-tasks.script; complete -C 'incident-tasks update 1 --status '")
    {
        assert!(text.contains("notRelevant"), "{text}");
    }
}
