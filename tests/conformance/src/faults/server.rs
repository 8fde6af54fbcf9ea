//! A server with scripted faults.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::{Authority, Place, ServerBehavior, http2};

const TASK: &str = r#"{"id":"213213","status":"completed"}"#;
const PAGE: &str = r#"{"value":[{"id":"213213","status":"completed"}]}"#;
const BATCH: &str = r#"{"responses":[{"id":"1","status":200,"body":{"id":"213213","status":"completed"}}]}"#;

/// A server on loopback that behaves in one way each attempt.
pub struct FaultyServer {
    url: String,
    state: Arc<State>,
}

pub(super) struct State {
    url: String,
    behaviors: Vec<ServerBehavior>,
    elsewhere: String,
    attempts: AtomicUsize,
    may_have_run: AtomicUsize,
    requests: Mutex<Vec<String>>,
    pub(super) stalled: Arc<Notify>,
}

impl FaultyServer {
    /// Starts the server. `elsewhere` is the target of its redirects, `authority` signs its certificate.
    ///
    /// # Panics
    ///
    /// If no port can be opened.
    pub async fn start(behaviors: Vec<ServerBehavior>, elsewhere: &str, authority: &Authority) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port can be opened");
        let address = listener.local_addr().expect("the port has an address");
        let is_http2 = matches!(behaviors[0], ServerBehavior::Http2(_));
        let acceptor = match &behaviors[0] {
            ServerBehavior::Tls(certificate) => Some(authority.acceptor(certificate, &["http/1.1"])),
            ServerBehavior::Http2(_) => Some(authority.acceptor("good", &["h2"])),
            _ => None,
        };
        let url = match &behaviors[0] {
            ServerBehavior::Tls(_) | ServerBehavior::Http2(_) => format!("https://localhost:{}/beta", address.port()),
            ServerBehavior::Unresolved => "https://nowhere.invalid/beta".to_owned(),
            _ => format!("http://{address}/beta"),
        };
        let state = Arc::new(State {
            url: url.clone(),
            elsewhere: elsewhere.to_owned(),
            attempts: AtomicUsize::new(0),
            may_have_run: AtomicUsize::new(0),
            requests: Mutex::default(),
            stalled: Arc::default(),
            behaviors,
        });
        if state.behaviors[0] != ServerBehavior::Refuse {
            let state = Arc::clone(&state);
            tokio::spawn(async move {
                while let Ok((connection, _)) = listener.accept().await {
                    let (state, acceptor) = (Arc::clone(&state), acceptor.clone());
                    tokio::spawn(async move {
                        match acceptor {
                            None => state.serve(connection).await,
                            Some(acceptor) => {
                                // A client that does not trust the certificate ends here.
                                match acceptor.accept(connection).await {
                                    Ok(connection) if is_http2 => http2::serve(&state, connection).await,
                                    Ok(connection) => state.serve(connection).await,
                                    Err(_) => {}
                                }
                            }
                        }
                    });
                }
            });
        }
        Self { url, state }
    }

    /// Returns the base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns a notification of each stall.
    pub fn stalled(&self) -> Arc<Notify> {
        Arc::clone(&self.state.stalled)
    }

    /// Returns the head of each request so far.
    pub fn requests(&self) -> Vec<String> {
        self.state.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the number of requests that may have been processed.
    pub fn may_have_run(&self) -> usize {
        self.state.may_have_run.load(Ordering::SeqCst)
    }
}

impl State {
    async fn serve(&self, mut connection: impl AsyncRead + AsyncWrite + Unpin) {
        let Some(head) = read_request(&mut connection).await else { return };
        let (behavior, request) = match self.received(head) {
            Ok(first_page) => {
                let _ = connection.write_all(&first_page).await;
                let _ = connection.shutdown().await;
                return;
            }
            Err(attempt) => attempt,
        };
        let (bytes, stalls) = self.response(behavior, request);
        let written = connection.write_all(&bytes).await.and(connection.flush().await);
        if stalls && written.is_ok() {
            // The client's tasks run first, so that it reads the written bytes before its timeout.
            for turn in 0..1000 {
                if *behavior == ServerBehavior::Trickle && turn % 50 == 0 {
                    let _ = connection.write_all(b" ").await;
                }
                tokio::task::yield_now().await;
            }
            self.stalled.notify_one();
            // Until the client gives up and closes.
            let _ = connection.read(&mut [0; 1]).await;
        }
        let _ = connection.shutdown().await;
    }

    /// Returns the response to a request for the first page, which has no fault; the second one has. For any other request
    /// returns the behavior, as an error.
    pub(super) fn received(&self, head: String) -> Result<Vec<u8>, (&ServerBehavior, Request)> {
        let request = Request::of(&head);
        if request == Request::FirstPage {
            return Ok(self.first_page());
        }
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(head);
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst);
        let behavior = &self.behaviors[attempt.min(self.behaviors.len() - 1)];
        // These are rejected before processing; after any other response the request may have been processed.
        let runs = match behavior {
            ServerBehavior::Response { status, .. } => !matches!(status, 401 | 421 | 425 | 429),
            ServerBehavior::Http2(fault) => !matches!(fault.as_str(), "refused" | "goaway"),
            _ => true,
        };
        self.may_have_run.fetch_add(usize::from(runs), Ordering::SeqCst);
        Err((behavior, request))
    }

    /// The bytes to write, and whether to stall after them.
    pub(super) fn response(&self, behavior: &ServerBehavior, request: Request) -> (Vec<u8>, bool) {
        match behavior {
            ServerBehavior::Response { status, parts } => (self.whole(*status, parts, request), false),
            ServerBehavior::Reset(place) => (beginning(*place), false),
            ServerBehavior::Stall(place) => (beginning(*place), true),
            ServerBehavior::Trickle => (beginning(Place::BodyStart), true),
            ServerBehavior::Garbage => (b"* OK this is no HTTP\r\n\r\n".to_vec(), false),
            ServerBehavior::HugeHead => {
                let header = format!("x: {}\r\n", "a".repeat(1000));
                (format!("HTTP/1.1 200 OK\r\n{}", header.repeat(1000)).into_bytes(), false)
            }
            ServerBehavior::Tls(_) => (self.whole(200, &BTreeMap::new(), request), false),
            ServerBehavior::Refuse | ServerBehavior::Unresolved | ServerBehavior::Http2(_) => (Vec::new(), false),
        }
    }

    fn first_page(&self) -> Vec<u8> {
        let url = &self.url;
        let body = format!("{{\"value\":[],\"@odata.nextLink\":\"{url}/security/incidentTasks?$skiptoken=abc\"}}");
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
    }

    fn whole(&self, status: u16, parts: &BTreeMap<String, String>, request: Request) -> Vec<u8> {
        let part = |key: &str| parts.get(key).map(String::as_str);
        // An execution has a response without a body by default.
        let is_executed = request == Request::Execute && status == 200 && parts.is_empty();
        let (status, success) = if is_executed { (204, "empty") } else { (status, request.success()) };
        let body = body(part("body").unwrap_or(if status < 300 { success } else { "graph" }));
        let length = part("length").map_or(body.len(), |length| length.parse().unwrap_or_default());
        let mut head = format!("HTTP/1.1 {status} Reason\r\nconnection: close\r\nrequest-id: their-id\r\n");
        if status != 204 {
            head.push_str(&format!("content-length: {length}\r\n"));
        }
        let headers = [
            ("retry-after", "retry-after"),
            ("retry-after-ms", "retry-after-ms"),
            ("x-ms-retry-after-ms", "x-ms-retry-after-ms"),
            ("date", "date"),
            ("encoding", "content-encoding"),
            ("warning", "warning"),
        ];
        for (key, header) in headers {
            if let Some(value) = part(key) {
                head.push_str(&format!("{header}: {value}\r\n"));
            }
        }
        if part("www").is_some() {
            head.push_str("www-authenticate: Bearer realm=\"\", error=\"insufficient_claims\", claims=\"eyJh\"\r\n");
        }
        match part("location") {
            Some("here") => head.push_str("location: /beta/elsewhere\r\n"),
            Some(_) => head.push_str(&format!("location: {}\r\n", self.elsewhere)),
            None => {}
        }
        head.push_str("\r\n");
        [head.into_bytes(), body].concat()
    }
}

/// The requested operation.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Request {
    FirstPage,
    Page,
    Execute,
    Batch,
    Task,
}

impl Request {
    fn of(head: &str) -> Self {
        let line = head.lines().next().unwrap_or_default();
        match line {
            _ if line.starts_with("GET /beta/security/incidentTasks ") => Self::FirstPage,
            _ if line.contains("skiptoken") => Self::Page,
            _ if line.contains("executeResponseAction") => Self::Execute,
            _ if line.contains("$batch") => Self::Batch,
            _ => Self::Task,
        }
    }

    /// Returns the body of its success.
    fn success(self) -> &'static str {
        match self {
            Self::Page | Self::FirstPage => "page",
            Self::Batch => "batch",
            Self::Execute | Self::Task => "task",
        }
    }
}

fn body(name: &str) -> Vec<u8> {
    match name {
        "task" => TASK.into(),
        "page" => PAGE.into(),
        "batch" => BATCH.into(),
        "graph" => br#"{"error":{"code":"BadRequest","message":"No."}}"#.to_vec(),
        "html" => b"<html><body>Bad Gateway</body></html>".to_vec(),
        "empty" => Vec::new(),
        "cut" => b"{\"error\":{\"code\":".to_vec(),
        "other" => b"[1, 2, 3]".to_vec(),
        "object" => b"{}".to_vec(),
        "wrapped" => format!("{{\"d\":{TASK}}}").into_bytes(),
        "large" => vec![b' '; 10 * 1024 * 1024],
        "deep" => "[".repeat(100_000).into_bytes(),
        "gzip" => vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
        _ => panic!("{name:?} is not a body"),
    }
}

/// Returns the beginning of a response, up to a place.
fn beginning(place: Place) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\nrequest-id: their-id\r\ncontent-length: 36\r\n\r\n";
    match place {
        Place::Start => Vec::new(),
        Place::Head => head.as_bytes()[..30].to_vec(),
        Place::BodyStart => head.into(),
        Place::Body => format!("{head}{}", &TASK[..10]).into_bytes(),
    }
}

/// Reads a whole request, and returns its head.
async fn read_request(connection: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = connection.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(head.to_owned());
            }
        }
    }
}
