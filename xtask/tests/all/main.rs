//! The tasks over several specs, in a workspace of their own.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use std::path::Path;
use std::process::Command;

const SPECS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/resources/spec");

/// Runs a task in a workspace, and returns its exit code and what it printed.
fn xtask(root: &Path, arguments: &[&str]) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_xtask")).env("XTASK_ROOT", root).current_dir(root).args(arguments).output();
    let output = output.unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(printed).unwrap())
}

/// Returns a workspace with the specs of incidents and messages, committed.
fn workspace() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for directory in ["spec", "spec/upstream"] {
        std::fs::create_dir(root.path().join(directory)).unwrap();
    }
    for name in ["incidents", "messages"] {
        for file in [format!("{name}.openapi.json"), format!("upstream/{name}.openapi.json")] {
            std::fs::copy(Path::new(SPECS).join(&file), root.path().join("spec").join(&file)).unwrap();
        }
    }
    std::fs::write(root.path().join("spec/decisions.toml"), "").unwrap();
    for arguments in ["init --quiet", "add .", "-c user.name=a -c user.email=a@b.test commit --quiet --message=a"] {
        let git = Command::new("git").current_dir(&root).args(arguments.split(' ')).status().unwrap();
        assert!(git.success());
    }
    root
}

/// Replaces a text in a file once.
fn edit(root: &Path, file: &str, from: &str, to: &str) {
    let file = root.join(file);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn each_spec_is_linted_generated_and_compared() {
    let workspace = workspace();
    let root = workspace.path();
    let (code, findings) = xtask(root, &["spec", "lint"]);
    let of =
        |name: &str| findings.lines().filter(|line| line.starts_with(&format!("spec/{name}.openapi.json:"))).count();
    assert_eq!(code, 1);
    assert!(of("incidents") > 100 && of("messages") > 100, "{findings}");
    assert_eq!(xtask(root, &["regenerate"]).0, 0);
    assert_eq!(xtask(root, &["regenerate", "--check"]), (0, String::new()));
    let (code, same) = xtask(root, &["spec", "diff", "HEAD"]);
    assert_eq!((code, same.matches("\n0 changes;").count()), (0, 2), "{same}");

    edit(root, "spec/messages.openapi.json", "\"subject\"", "\"topic\": { \"type\": \"string\" }, \"subject\"");
    let (code, stale) = xtask(root, &["regenerate", "--check"]);
    assert_eq!(code, 1);
    let last = stale.lines().last().unwrap();
    assert!(last.contains("msgraph-messages-api") && !last.contains("msgraph-incidents-api"), "{last}");
    let (_, changed) = xtask(root, &["spec", "diff", "HEAD"]);
    assert!(changed.contains("spec/incidents.openapi.json:\n0 changes"), "{changed}");
    assert!(changed.contains("version: minor"), "{changed}");
    let (_, json) = xtask(root, &["spec", "diff", "HEAD", "--json"]);
    let reports: serde_json::Value = serde_json::from_str(&json).unwrap();
    let spec =
        |index: usize| (reports[index]["spec"].as_str().unwrap(), reports[index]["changes"].as_array().unwrap().len());
    assert_eq!([spec(0), spec(1)], [("spec/incidents.openapi.json", 0), ("spec/messages.openapi.json", 1)]);
}

#[test]
fn upstream_changes_the_specs_that_it_has_paths_of_and_no_other() {
    let workspace = workspace();
    let root = workspace.path();
    std::fs::copy(root.join("spec/upstream/incidents.openapi.json"), root.join("new.json")).unwrap();
    edit(root, "new.json", "\"awaitingAction\"", "\"paused\",\n          \"awaitingAction\"");
    let (code, drift) = xtask(root, &["spec", "drift", "--upstream", "new.json"]);
    assert_eq!(code, 1);
    assert!(drift.contains("member incidentStatus.paused: ours nothing, upstream present"), "{drift}");
    assert!(drift.contains("spec/messages.openapi.json: left out, since new.json has none of its paths"), "{drift}");
    assert_eq!(drift.matches("messages").count(), 1, "{drift}");

    let read = |file: &str| std::fs::read_to_string(root.join("spec").join(file)).unwrap();
    let messages = || ["messages.openapi.json", "upstream/messages.openapi.json"].map(read);
    let before = messages();
    let (code, pulled) = xtask(root, &["spec", "pull", "--upstream", "new.json"]);
    assert_eq!(code, 0, "{pulled}");
    assert!(pulled.contains("spec/incidents.openapi.json: 1 changes, 0 conflicts"), "{pulled}");
    assert!(read("incidents.openapi.json").contains("\"paused\"") && messages() == before);
    let (code, again) = xtask(root, &["spec", "pull", "--upstream", "new.json", "--spec", "incidents"]);
    assert_eq!((code, again.as_str()), (0, "spec/incidents.openapi.json: 0 changes, 0 conflicts\n"));
    let (code, unknown) = xtask(root, &["spec", "pull", "--upstream", "new.json", "--spec", "lamps"]);
    assert_eq!((code, unknown.as_str()), (2, "unknown spec \"lamps\": must be one of incidents, messages\n"));

    std::fs::write(root.join("other.json"), r#"{"openapi": "3.0.3", "paths": {"/users": {"get": {}}}}"#).unwrap();
    for task in ["pull", "drift"] {
        let (code, printed) = xtask(root, &["spec", task, "--upstream", "other.json"]);
        assert!(code == 2 && printed.contains("other.json has no path of a spec"), "{printed}");
    }
    assert_eq!(messages(), before);
}
