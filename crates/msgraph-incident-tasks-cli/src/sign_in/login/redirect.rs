//! The loopback redirect: where the browser brings the authorization code.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use oauth2::url::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::entra_error;
use crate::failure::Failure;

/// The longest head of a request, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The longest wait for a request on a connection.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);

/// A listener on loopback.
pub(super) struct Redirect {
    listener: TcpListener,
    port: u16,
}

impl Redirect {
    pub(super) async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// Returns the redirect URL. Entra ignores the port only if the host is `localhost`.
    pub(super) fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Waits for the redirect with the state of this sign-in, and returns its authorization code. Other connections,
    /// such as those that a browser opens early, are served meanwhile.
    pub(super) async fn code(self, state: &str) -> Result<String, Failure> {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    let (connection, _) = accepted?;
                    connections.spawn(tokio::time::timeout(HEAD_DEADLINE, request(connection)));
                }
                Some(request) = connections.join_next() => {
                    if let Ok(Ok(Some((connection, url)))) = request
                        && let Some(code) = respond(connection, &url, state).await
                    {
                        return code;
                    }
                }
            }
        }
    }
}

/// Reads the head of a request, and returns its URL.
async fn request(mut connection: TcpStream) -> Option<(TcpStream, Url)> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if head.len() > MAX_HEAD || connection.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let target = str::from_utf8(&head).ok()?.strip_prefix("GET ")?.split(' ').next()?;
    let url = Url::parse("http://localhost").ok()?.join(target).ok()?;
    Some((connection, url))
}

/// Responds to the browser. Returns `None` if the request is not a redirect of a sign-in.
async fn respond(mut connection: TcpStream, url: &Url, state: &str) -> Option<Result<String, Failure>> {
    let parameter = |name| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let result = match (parameter("code"), parameter("error")) {
        _ if url.path() != "/" => None,
        (None, None) => None,
        _ if parameter("state").as_deref() != Some(state) => {
            Some(Err(Failure::sign_in("the redirect has a wrong state: it is not of the sign-in that this run began")))
        }
        (_, Some(error)) => {
            let description = parameter("error_description").unwrap_or_default();
            Some(Err(Failure::sign_in(entra_error::describe(&error, &description))))
        }
        (code, None) => code.map(Ok),
    };
    let (status, text) = match &result {
        None => ("404 Not Found", "Nothing is here."),
        Some(Ok(_)) => ("200 OK", "Signed in. You can close this page, and go on in the terminal."),
        Some(Err(_)) => ("400 Bad Request", "Not signed in. The terminal has the reason."),
    };
    let (length, kind) = (text.len(), "content-type: text/plain\r\ncache-control: no-store\r\nconnection: close");
    let response = format!("HTTP/1.1 {status}\r\n{kind}\r\ncontent-length: {length}\r\n\r\n{text}");
    // The browser may have gone.
    let _ = tokio::time::timeout(HEAD_DEADLINE, connection.write_all(response.as_bytes())).await;
    result
}
