//! The sources of the access token, with fake sources.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use crate::running::{Running, TOKEN, incident_tasks};

/// A folder with an `az` on PATH.
struct FakeAz(tempfile::TempDir);

impl FakeAz {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let az = folder.path().join("az");
        std::fs::write(&az, format!("#!/bin/sh\necho \"$@\" >> {0}/asked\n{script}\n", folder.path().display()))
            .unwrap();
        std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn working() -> Self {
        Self::new(&format!(
            "echo 'WARNING: {{a}} {{\"b\":1}}' >&2; printf '\\033[33mnote {{\\n'; echo '{}'",
            token_json()
        ))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = incident_tasks(arguments);
        command.env("PATH", format!("{}:/usr/bin:/bin", self.0.path().display()));
        command
    }

    fn asked(&self) -> String {
        std::fs::read_to_string(self.0.path().join("asked")).unwrap_or_default()
    }
}

fn token_json() -> String {
    format!(
        r#"{{"accessToken":"{TOKEN}","expiresOn":"2100-01-01 00:00:00.000000","expires_on":4102444800,"tokenType":"Bearer"}}"#
    )
}

fn log(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains(TOKEN), "{text}");
    text
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let (emulator, az) = (Running::start(&[]), FakeAz::working());
    let mut command = az.command(&["--endpoint", &emulator.endpoint, "-v", "get", "213213"]);
    for name in ["GRAPH_TOKEN", "GRAPH_ENDPOINT", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"] {
        command.env(name, "");
    }
    for name in ["AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT", "MSI_ENDPOINT", "RUST_LOG", "PAGER"] {
        command.env(name, "");
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", log(&output));
    assert!(log(&output).contains("access token: Azure CLI (az login)"), "{}", log(&output));
    assert!(az.asked().contains("https://graph.microsoft.com") && !az.asked().contains("--tenant"), "{}", az.asked());
}

#[test]
fn auto_tries_the_next_source_and_a_named_source_does_not() {
    let (emulator, az) = (Running::start(&[]), FakeAz::working());
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let call = |arguments: &[&str]| {
        let mut command = az.command(&[&["--endpoint", &emulator.endpoint, "-v", "get", "213213"], arguments].concat());
        command.env("GRAPH_TOKEN", "not a canary").env("AZURE_TENANT_ID", "t-1");
        let command = command.env("IDENTITY_ENDPOINT", format!("http://{closed}/x"));
        command.env("AZURE_CLIENT_ID", "").output().unwrap()
    };
    let output = call(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", log(&output));
    for line in
        ["no access token from the environment variable GRAPH_TOKEN: ", "trying managed identity", "trying Azure CLI"]
    {
        assert!(log(&output).contains(line), "{line}: {}", log(&output));
    }
    assert!(az.asked().contains("--tenant t-1"), "{}", az.asked());
    for source in ["token", "managed-identity"] {
        let output = call(&["--sign-in", source]);
        assert_eq!(output.status.code(), Some(4), "{}", log(&output));
    }
    assert!(call(&["--tenant", "t-2"]).status.success() && az.asked().contains("--tenant t-2"));
}

#[test]
fn whoami_and_doctor_name_the_source_that_was_used() {
    let (emulator, az) = (Running::start(&[]), FakeAz::working());
    for subcommand in ["whoami", "doctor"] {
        let mut command = az.command(&["--endpoint", &emulator.endpoint, subcommand, "-o", "json"]);
        let output = command.env("GRAPH_TOKEN", "not a canary").output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("Azure CLI (az login)"), "{}", log(&output));
    }
}

#[test]
fn doctor_reports_each_source_and_judges_reading_and_writing_apart() {
    let emulator = Running::start(&[]);
    let checks = |command: &mut Command| -> Vec<(String, String)> {
        let output = command.output().unwrap();
        let checks: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        let text = |check: &serde_json::Value, name: &str| check[name].as_str().unwrap().to_owned();
        checks.iter().map(|check| (text(check, "check"), text(check, "state"))).collect()
    };
    let doctor = ["--endpoint", &emulator.endpoint, "doctor", "-o", "json"];
    // {"aud":"https://graph.microsoft.com","scp":"SecurityIncident.Read.All","wids":["5f2222b1-57c3-48ba-8ad5-d4759f1fde6f"]}
    let token = "e30.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20iLCJzY3AiOiJTZWN1cml0eUluY2lkZW50LlJlYWQuQWxsIiwid2lkcyI6WyI1\
                 ZjIyMjJiMS01N2MzLTQ4YmEtOGFkNS1kNDc1OWYxZmRlNmYiXX0.x";
    let seen = checks(incident_tasks(&doctor).env("GRAPH_TOKEN", token));
    for (name, state) in
        [("permission to read", "ok"), ("permission to write", "note"), ("role", "ok"), ("proxy", "ok")]
    {
        assert!(seen.contains(&(name.to_owned(), state.to_owned())), "{name}: {seen:?}");
    }
    let az = FakeAz::working();
    let seen = checks(az.command(&doctor).env("GRAPH_TOKEN", "not a canary"));
    for state in ["note", "ok"] {
        assert!(seen.contains(&("credential".to_owned(), state.to_owned())), "{seen:?}");
    }
    // A source that cannot be set up does not prevent the other checks.
    let seen = checks(&mut incident_tasks(&[&doctor[..], &["--sign-in", "environment"]].concat()));
    assert!(seen.contains(&("credential".to_owned(), "failed".to_owned())), "{seen:?}");
    assert!(seen.iter().any(|(name, _)| name == "read of the list"), "{seen:?}");
}

#[test]
fn the_emulator_wins_over_the_endpoint_of_the_environment() {
    let mut command = incident_tasks(&["--emulator", "get", "213213"]);
    let output = command.env("GRAPH_ENDPOINT", "http://192.0.2.1/beta").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", log(&output));
}

#[test]
fn a_slow_az_is_reported_and_ends_with_the_program() {
    let az = FakeAz::new("echo $$ > \"$(dirname \"$0\")/pid\"; sleep 100");
    let mut command = az.command(&["-v", "get", "1"]);
    let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = std::io::BufReader::new(process.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains("waiting for an access token from Azure CLI") {
        assert!(std::io::BufRead::read_line(&mut stderr, &mut text).unwrap() > 0, "{text}");
    }
    crate::running::signal("INT", process.id());
    assert_eq!(process.wait().unwrap().code(), Some(130));
    let pid = std::fs::read_to_string(az.0.path().join("pid")).unwrap();
    // Ended, or a zombie. It would run for 100 s.
    let has_ended = || {
        let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        state.is_empty() || state.contains(" Z ")
    };
    let started = std::time::Instant::now();
    while !has_ended() {
        assert!(started.elapsed().as_secs() < 20, "az goes on");
        std::thread::yield_now();
    }
}

#[test]
fn an_az_without_end_of_output_is_an_error() {
    let az = FakeAz::new("cat /dev/zero");
    let output = az.command(&["get", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", log(&output));
    assert!(log(&output).contains("az printed more than"), "{}", log(&output));
}

#[test]
fn an_endless_identity_endpoint_is_an_error() {
    use std::io::{Read, Write};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 4096]).unwrap();
            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"");
            while connection.write_all(&[b'x'; 65_536]).is_ok() {}
        }
    });
    for subcommand in ["whoami", "doctor"] {
        let mut command =
            incident_tasks(&["--sign-in", "managed-identity", "--endpoint", "http://127.0.0.1:9/beta", subcommand]);
        command.env("IDENTITY_ENDPOINT", format!("http://{address}/x")).env("IDENTITY_HEADER", "h");
        let output = command.output().unwrap();
        let text = log(&output) + &String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && text.contains("response exceeds"), "{subcommand}: {text}");
    }
}

#[test]
fn a_source_without_a_usable_token_is_asked_once_a_run() {
    let emulator = Running::start(&["--accept-token", "another.token"]);
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (1..60).map(|id| format!("{id},open\n")).collect();
    std::fs::write(folder.path().join("u.csv"), format!("id,status\n{rows}")).unwrap();
    let az_json = |token: &str, expires_on: u64| {
        format!(
            r#"echo '{{"accessToken":"{token}","expiresOn":"2001-01-01 00:00:00.000000","expires_on":{expires_on},"tokenType":"Bearer"}}'"#
        )
    };
    for script in [az_json("not a canary", 4_102_444_800), az_json("canary.token", 1_000_000_000), "exit 1".to_owned()]
    {
        for arguments in [
            &["update", "1", "2", "3", "--status", "open"][..],
            &["apply", "u.csv"],
            &["apply", "u.csv", "--no-journal", "--unbatched"],
            &["get", "1"],
        ] {
            let az = FakeAz::new(&script);
            let mut command = az.command(&[&["--endpoint", &emulator.endpoint], arguments].concat());
            let output = command.current_dir(folder.path()).output().unwrap();
            assert_eq!(az.asked().lines().count(), 1, "{script} {arguments:?}: {}", log(&output));
            assert!(matches!(output.status.code(), Some(3 | 4)), "{script} {arguments:?}: {}", log(&output));
        }
    }
}

#[test]
fn a_pipe_that_never_ends_is_given_up_or_too_long() {
    let mut command = incident_tasks(&["--token-stdin", "whoami"]);
    let mut process = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    while std::io::Write::write_all(&mut stdin, &[b'x'; 4096]).is_ok() {}
    let output = process.wait_with_output().unwrap();
    assert!(output.status.code() == Some(4) && log(&output).contains("longer than"), "{}", log(&output));
}
