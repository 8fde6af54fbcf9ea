//! Proxies and certificates of the environment.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::running::{Running, TOKEN, incident_tasks};
use crate::scripted_server::response;

/// A server that sends one response to the first bytes of each connection, and keeps these.
struct Listening {
    address: String,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Listening {
    fn start(response: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, seen) = (listener.local_addr().unwrap().to_string(), Arc::<Mutex<Vec<_>>>::default());
        let keep = Arc::clone(&seen);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (mut connection, mut bytes) = (connection.unwrap(), vec![0; 4096]);
                let count = connection.read(&mut bytes).unwrap();
                keep.lock().unwrap().push(bytes[..count].to_vec());
                let _ = connection.write_all(response.as_bytes());
            }
        });
        Self { address, seen }
    }

    fn seen(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().clone()
    }
}

/// Runs the program, and returns its exit code and all that it printed.
fn run(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let text = [output.stderr, output.stdout].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(!text.contains("canary"), "{text}");
    (output.status.code(), text)
}

fn list() -> Command {
    let mut command = incident_tasks(&["list"]);
    command.env("GRAPH_TOKEN", TOKEN);
    command
}

#[test]
fn a_password_that_a_proxy_rejects_is_sent_once() {
    for arguments in [&["--sign-in", "token", "list"][..], &["--sign-in", "environment", "whoami"]] {
        let proxy = Listening::start(response("407 Proxy Authentication Required", ""));
        let mut command = incident_tasks(arguments);
        command.env("HTTPS_PROXY", format!("http://user:canary@{}", proxy.address)).env("GRAPH_TOKEN", TOKEN);
        for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"] {
            command.env(name, "a");
        }
        let (code, text) = run(&mut command);
        assert!(matches!(code, Some(4 | 11)) && text.contains("rejected the user or password (407)"), "{text}");
        assert_eq!(proxy.seen().len(), 1, "{text}");
    }
}

#[test]
fn a_proxy_variable_that_is_not_usable_is_an_error_and_an_empty_one_counts_as_unset() {
    for (name, value) in
        [("HTTPS_PROXY", "http://canary@a b"), ("https_proxy", "ftp://canary"), ("ALL_PROXY", "http://")]
    {
        for (subcommand, expected) in [("list", 2), ("doctor", 1)] {
            let (code, text) = run(incident_tasks(&[subcommand]).env("GRAPH_TOKEN", TOKEN).env(name, value));
            assert!(code == Some(expected) && text.contains(&format!("invalid proxy URL in {name}")), "{text}");
        }
    }
    let proxy = Listening::start(response("407 Proxy Authentication Required", ""));
    let (_, text) = run(list().env("HTTPS_PROXY", "").env("https_proxy", &proxy.address));
    assert!(text.contains("407"), "{text}");
}

#[test]
fn a_socks_proxy_is_used() {
    let proxy = Listening::start(String::new());
    let (code, text) = run(list().arg("--no-retry").env("ALL_PROXY", format!("socks5h://{}", proxy.address)));
    assert_eq!(code, Some(11), "{text}");
    // A greeting of version 5 (RFC 1928).
    assert!(proxy.seen().iter().all(|bytes| bytes[0] == 5) && !proxy.seen().is_empty(), "{text}");
}

#[test]
fn managed_identity_never_uses_a_proxy() {
    let json =
        format!(r#"{{"access_token":"{TOKEN}","expires_on":"4102444800","resource":"r","token_type":"Bearer"}}"#);
    let (identity, proxy) = (Listening::start(response("200 OK", &json)), Listening::start(response("200 OK", &json)));
    let mut command = incident_tasks(&["--sign-in", "managed-identity", "whoami"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, format!("http://{}", proxy.address));
    }
    command.env("IDENTITY_ENDPOINT", format!("http://{}/x", identity.address)).env("IDENTITY_HEADER", "canary");
    let (code, text) = run(&mut command);
    assert_eq!((code, identity.seen().len(), proxy.seen().len()), (Some(0), 1, 0), "{text}");
}

#[test]
fn a_machine_without_certificates_reaches_loopback_and_gets_a_reason_for_https() {
    let emulator = Running::start(&[]);
    let bare = |mut command: Command| {
        command.env("SSL_CERT_FILE", "/no/such/file").env("SSL_CERT_DIR", "/no/such/folder").env("GRAPH_TOKEN", TOKEN);
        run(&mut command)
    };
    assert_eq!(bare(emulator.command(&["get", "213213"])).0, Some(0));
    assert_eq!(bare(incident_tasks(&["--emulator", "list"])).0, Some(0));
    let identity = Listening::start(response("200 OK", "{}"));
    let mut command = emulator.command(&["--sign-in", "managed-identity", "whoami"]);
    command.env("IDENTITY_ENDPOINT", format!("http://{}/x", identity.address)).env("IDENTITY_HEADER", "h");
    assert!(bare(command).0 == Some(4) && identity.seen().len() == 1);
    // Something that speaks TLS: the emulator, with a certificate that nobody trusts.
    let folder = tempfile::tempdir().unwrap();
    let tls = Running::start(&["--tls", "self-signed", "--ca", folder.path().join("ca.pem").to_str().unwrap()]);
    let mut command = incident_tasks(&["--no-retry", "--endpoint"]);
    command.args([&tls.endpoint, "list"]);
    let (code, text) = bare(command);
    assert!(code == Some(11) && text.contains("No CA certificates"), "{text}");
}
