//! A server that sends scripted responses.

use std::io::{Read, Write};
use std::net::TcpListener;

/// A server that responds to this many requests, each on its own connection, and returns them.
pub(crate) struct ScriptedServer {
    pub(crate) endpoint: String,
    served: std::thread::JoinHandle<Vec<String>>,
}

impl ScriptedServer {
    pub(crate) fn once(response: &str) -> Self {
        Self::script([response])
    }

    /// Sends one response after the other, each on its own connection; an empty one closes it without a response.
    pub(crate) fn script<'a>(responses: impl IntoIterator<Item = &'a str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/beta", listener.local_addr().unwrap());
        let responses: Vec<_> = responses.into_iter().map(str::to_owned).collect();
        let served = std::thread::spawn(move || {
            let response = |response: String| {
                let (mut connection, _) = listener.accept().unwrap();
                let mut request = vec![0; 65_536];
                let count = connection.read(&mut request).unwrap();
                connection.write_all(response.as_bytes()).unwrap();
                String::from_utf8_lossy(&request[..count]).into_owned()
            };
            responses.into_iter().map(response).collect()
        });
        Self { endpoint, served }
    }

    /// Returns the requests, once each has a response.
    pub(crate) fn requests(self) -> Vec<String> {
        self.served.join().unwrap()
    }
}

/// The header after which a client does not reuse the connection.
pub(crate) const CLOSE: &str = "connection: close\r\n";

/// Returns a response with a body.
pub(crate) fn response(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{CLOSE}\r\n{body}")
}

/// Returns the response with task 213214.
pub(crate) fn task(status: &str, action_status: &str) -> String {
    let body = format!(
        r##"{{"id":"213214","status":"{status}","actionType":"isolateDevice","actionStatus":"{action_status}",
        "responseAction":{{"@odata.type":"#microsoft.graph.security.isolateDeviceIncidentTaskResponseAction",
        "identifierValue":"d-1"}}}}"##
    );
    response("200 OK", &body)
}
