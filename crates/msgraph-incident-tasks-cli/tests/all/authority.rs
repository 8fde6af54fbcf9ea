//! An authority on loopback, over TLS: it responds to each request as a test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::running::incident_tasks;
use crate::scripted_server::response;

/// An authority, and the home of a user.
pub(crate) struct Authority {
    url: String,
    pub(crate) home: tempfile::TempDir,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Authority {
    /// Responds with a status and a body to a request, of which it gets the path and the form, and how many there were
    /// before.
    pub(crate) fn start(mut respond: impl FnMut(&str, usize) -> (&'static str, String) + Send + 'static) -> Self {
        let home = tempfile::tempdir().unwrap();
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(home.path().join("ca.pem"), key.cert.pem()).unwrap();
        let private = PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![key.cert.der().clone()], private)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = BufReader::new(StreamOwned::new(tls, connection.unwrap()));
                let (mut head, mut line) = (String::new(), String::new());
                while line != "\r\n" {
                    line.clear();
                    if stream.read_line(&mut line).unwrap_or(0) == 0 {
                        break;
                    }
                    head.push_str(&line);
                }
                let length = head
                    .to_lowercase()
                    .split("content-length: ")
                    .nth(1)
                    .map(|rest| rest.split('\r').next().and_then(|length| length.parse().ok()).unwrap());
                let mut form = vec![0; length.unwrap_or(0)];
                stream.read_exact(&mut form).unwrap();
                let path = head.split(' ').nth(1).unwrap_or_default();
                let request = format!("{path} {}", String::from_utf8(form).unwrap());
                let (status, body) = respond(&request, seen.lock().unwrap().len());
                seen.lock().unwrap().push(request);
                let tls = stream.get_mut();
                let _ = tls.write_all(response(status, &body).as_bytes());
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
        });
        Self { url, home, requests }
    }

    /// The program, told to sign in here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = incident_tasks(arguments);
        command.envs(self.variables().iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn variables(&self) -> [(&'static str, String); 4] {
        let home = self.home.path().display();
        [
            ("HOME", home.to_string()),
            ("SSL_CERT_FILE", format!("{home}/ca.pem")),
            ("AZURE_AUTHORITY_HOST", self.url.clone()),
            // No keyring.
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus".to_owned()),
        ]
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}
