//! The last requests, for tests and for people who look at what their client sends.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Request};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::fault::Fault;

/// The recorded part of a body, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// A request and what happened to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The time at which it arrived, as in RFC 3339.
    pub time: String,
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query, as it arrived.
    pub query: Option<String>,
    /// The headers, except those that hold a token.
    #[serde(serialize_with = "as_object")]
    pub headers: Vec<(String, String)>,
    /// The beginning of the body, up to 64 KiB.
    pub body: String,
    /// The operation, such as `updateIncidentTask`.
    pub operation: Option<String>,
    /// The parts of the request that the spec does not allow.
    pub violations: Vec<String>,
    /// The status of the response; `None` if the connection was closed before one.
    pub status: Option<u16>,
    /// The fault that was applied.
    pub fault: Option<Fault>,
    /// The requests of a batch.
    pub parts: Vec<RecordedRequest>,
}

impl RecordedRequest {
    pub(crate) fn new(time: Timestamp, request: &Request<Bytes>) -> Self {
        let (uri, body) = (request.uri(), request.body());
        Self {
            time: time.to_string(),
            method: request.method().to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
            headers: without_tokens(request.headers()),
            body: String::from_utf8_lossy(&body[..body.len().min(MAX_BODY)]).into_owned(),
            operation: None,
            violations: Vec::new(),
            status: None,
            fault: None,
            parts: Vec::new(),
        }
    }

    fn client_request_id(&self) -> Option<&str> {
        let header = self.headers.iter().find(|(name, _)| name == "client-request-id");
        header.map(|(_, value)| value.as_str())
    }
}

fn without_tokens(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().filter(|(name, _)| !matches!(name.as_str(), "authorization" | "cookie"));
    kept.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect()
}

fn as_object<S: Serializer>(headers: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}

/// Keeps the last requests.
pub(crate) struct Recorder {
    capacity: usize,
    requests: Mutex<VecDeque<RecordedRequest>>,
}

impl Recorder {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, requests: Mutex::default() }
    }

    /// Logs a request and keeps it. Logs no header: one of them is the token.
    pub(crate) fn record(&self, request: RecordedRequest) {
        tracing::info!(
            method = %request.method,
            path = request.path,
            status = request.status,
            client_request_id = request.client_request_id(),
            fault = request.fault.map(Fault::name),
            "responded"
        );
        if self.capacity == 0 {
            return;
        }
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == self.capacity {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
