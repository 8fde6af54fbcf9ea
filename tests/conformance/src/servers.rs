//! Servers on loopback, and a client to them.

use std::sync::{Arc, Mutex, PoisonError};

use httpmock::prelude::*;
use httpmock::{HttpMockRequest, HttpMockResponse};
use msgraph_incident_tasks::{AccessToken, Client, RetryPolicy, StaticToken};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The token of each test, which may appear only in the `Authorization` header.
pub const TOKEN: &str = "canary-7f3a.token_value~1";

/// Returns a client of a server on loopback that sends each request once.
///
/// # Panics
///
/// If the URL is rejected.
pub fn client(url: &str) -> Client {
    let token = AccessToken::new(TOKEN).expect("the token can be sent");
    let builder =
        Client::builder(StaticToken::from(token)).endpoint(url).allow_loopback_http().retry(RetryPolicy::never());
    builder.build().expect("the client can be built")
}

/// A server that sends the same response to each request, and records the requests.
pub struct Recorder {
    server: MockServer,
    requests: Arc<Mutex<Vec<HttpMockRequest>>>,
}

impl Recorder {
    /// Responds with a status, headers and a body.
    pub async fn responding(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let server = MockServer::start_async().await;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&requests);
        let mut response = HttpMockResponse::builder().status(status).body(body.into());
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let response = response.build();
        server
            .mock_async(|_, then| {
                then.respond_with(move |request| {
                    recorded.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
                    response.clone()
                });
            })
            .await;
        Self { server, requests }
    }

    /// Returns the base URL, with the API version.
    pub fn url(&self) -> String {
        self.server.url("/beta")
    }

    /// Returns the requests so far.
    pub fn requests(&self) -> Vec<HttpMockRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Starts a server that speaks HTTP/2 over TLS and responds to each request with a task. Returns its base URL.
///
/// # Panics
///
/// If no port can be opened.
pub async fn http2_server(authority: &crate::faults::Authority) -> String {
    use hyper_util::rt::{TokioExecutor, TokioIo};

    let acceptor = authority.acceptor("good", &["h2"]);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port can be opened");
    let port = listener.local_addr().expect("the port has an address").port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(connection) = acceptor.accept(connection).await else { return };
                let response = hyper::service::service_fn(|_| async {
                    let body = http_body_util::Full::new(hyper::body::Bytes::from_static(b"{\"id\":\"213213\"}"));
                    Ok::<_, std::convert::Infallible>(hyper::Response::new(body))
                });
                let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                // Errors of a connection are the client's.
                let _ = server.serve_connection(TokioIo::new(connection), response).await;
            });
        }
    });
    format!("https://localhost:{port}/beta")
}

/// Starts a server that reads one request, writes these bytes, and closes the connection. Returns its base URL.
///
/// # Panics
///
/// If no port can be opened.
pub async fn raw_server(response: &'static [u8]) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port can be opened");
    let address = listener.local_addr().expect("the port has an address");
    tokio::spawn(async move {
        let Ok((mut connection, _)) = listener.accept().await else { return };
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        // Each body of these tests ends its JSON object with the only closing brace.
        while !request.ends_with(b"}") {
            match connection.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => request.extend_from_slice(&buffer[..count]),
            }
        }
        // The client may have closed the connection.
        let _ = connection.write_all(response).await;
        let _ = connection.shutdown().await;
    });
    format!("http://{address}/beta")
}

/// Sends bytes to the server of a base URL, and returns the response and its status; 0 without a response.
///
/// # Panics
///
/// If the port is closed.
pub async fn exchange_raw(url: &str, request: &[u8]) -> (u16, String) {
    let address = url.trim_start_matches("http://").trim_end_matches("/beta");
    let mut connection = tokio::net::TcpStream::connect(address).await.expect("the server listens");
    // The server may respond and close before all of it is written.
    let _ = connection.write_all(request).await;
    let mut response = Vec::new();
    let _ = connection.read_to_end(&mut response).await;
    let response = String::from_utf8_lossy(&response).into_owned();
    (response.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0), response)
}

/// Sends a request with these header lines, and returns the response's status, its head in lower case, and its body.
///
/// # Panics
///
/// If the port is closed.
pub async fn exchange(
    url: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String, serde_json::Value) {
    let length = body.len();
    let host = url.trim_start_matches("http://").trim_end_matches("/beta");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    let (status, response) = exchange_raw(url, request.as_bytes()).await;
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_default();
    (status, head.to_lowercase(), serde_json::from_str(body).unwrap_or_default())
}
