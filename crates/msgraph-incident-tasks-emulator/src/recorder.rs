//! The last requests, for tests and for those who look at what their client sends.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, Method, Uri};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Fault;

/// How much of a body is kept, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// A request and what became of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// When it came.
    pub time: String,
    /// Its HTTP method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its query, as it came.
    pub query: Option<String>,
    /// Its headers, but for those that hold a token.
    pub headers: Vec<(String, String)>,
    /// The beginning of its body, up to 64 KiB.
    pub body: String,
    /// The operation that it is one of, such as `updateIncidentTask`.
    pub operation: Option<String>,
    /// What the description does not allow in it.
    pub violations: Vec<String>,
    /// The status of the answer.
    pub status: u16,
    /// The fault that it met.
    pub fault: Option<Fault>,
}

impl RecordedRequest {
    pub(crate) fn new(time: Timestamp, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let kept = headers.iter().filter(|(name, _)| !matches!(name.as_str(), "authorization" | "cookie"));
        Self {
            time: time.to_string(),
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
            headers: kept
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
            body: String::from_utf8_lossy(&body[..body.len().min(MAX_BODY)]).into_owned(),
            operation: None,
            violations: Vec::new(),
            status: 0,
            fault: None,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let headers: serde_json::Map<_, _> =
            self.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        json!({
            "time": self.time, "method": self.method, "path": self.path, "query": self.query, "headers": headers,
            "body": self.body, "operation": self.operation, "violations": self.violations, "status": self.status,
            "fault": self.fault.map(Fault::name),
        })
    }
}

/// Keeps as many requests as it has room for.
pub(crate) struct Recorder {
    room: usize,
    requests: Mutex<VecDeque<RecordedRequest>>,
}

impl Recorder {
    pub(crate) fn new(room: usize) -> Self {
        Self { room, requests: Mutex::default() }
    }

    pub(crate) fn record(&self, request: RecordedRequest) {
        if self.room == 0 {
            return;
        }
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == self.room {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
