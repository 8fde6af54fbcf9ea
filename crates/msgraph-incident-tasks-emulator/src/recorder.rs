//! The last requests, for tests and for inspecting what a client sends.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::fault::Fault;
use crate::redaction::Redaction;

/// The recorded part of a body, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// The size of a page of requests, in bytes.
const MAX_PAGE: usize = 1024 * 1024;

/// A request and what happened to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The number of the request, from 1; 0 in a batch.
    pub number: u64,
    /// The time at which it arrived, as in RFC 3339.
    pub time: String,
    /// The HTTP method.
    pub method: String,
    /// The path, as it arrived.
    pub path: String,
    /// The query, without tokens.
    pub query: Option<String>,
    /// The headers, without tokens.
    #[serde(serialize_with = "as_object")]
    pub headers: Vec<(String, String)>,
    /// The beginning of the body, up to 64 KiB, without tokens.
    pub body: String,
    /// The operation, such as `updateIncidentTask`.
    pub operation: Option<String>,
    /// The parts of the request that the spec does not allow.
    pub violations: Vec<String>,
    /// The status of the response; `None` if the connection was reset before one, which is `"reset"` in JSON.
    #[serde(serialize_with = "status_or_reset")]
    pub status: Option<u16>,
    /// The fault that was applied.
    pub fault: Option<Fault>,
    /// The requests of a batch.
    pub parts: Vec<RecordedRequest>,
}

impl RecordedRequest {
    /// Records a request, whose body is `json` if it is JSON.
    pub(crate) fn new(time: Timestamp, request: &Request<Bytes>, json: Option<&Value>, redaction: &Redaction) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        let mut body = redaction.body(&String::from_utf8_lossy(request.body()), json);
        if let Some(end) = (0..=MAX_BODY.min(body.len())).rev().find(|end| body.is_char_boundary(*end)) {
            body.truncate(end);
        }
        Self {
            number: 0,
            time: time.to_string(),
            method: request.method().to_string(),
            path: redaction.text(uri.path()),
            query: uri.query().map(|query| redaction.query(query)),
            headers: redaction.headers(headers),
            body,
            operation: None,
            violations: Vec::new(),
            status: None,
            fault: None,
            parts: Vec::new(),
        }
    }

    /// Adds a part of the request that the spec does not allow.
    pub(crate) fn violation(&mut self, violation: impl ToString) {
        self.violations.push(violation.to_string());
    }

    /// Returns the approximate size.
    fn bytes(&self) -> usize {
        let texts = [&self.path, &self.body].into_iter().chain(&self.query).chain(&self.violations);
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len() + 8);
        200 + texts.map(String::len).chain(headers).chain(self.parts.iter().map(Self::bytes)).sum::<usize>()
    }

    fn client_request_id(&self) -> Option<&str> {
        let header = self.headers.iter().find(|(name, _)| name == "client-request-id");
        header.map(|(_, value)| value.as_str())
    }
}

fn status_or_reset<S: Serializer>(status: &Option<u16>, serializer: S) -> Result<S::Ok, S::Error> {
    match status {
        Some(status) => serializer.serialize_u16(*status),
        None => serializer.serialize_str("reset"),
    }
}

fn as_object<S: Serializer>(headers: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}

/// Keeps the last requests.
pub(crate) struct Recorder {
    capacity: usize,
    recorded: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    /// The number of the last request.
    last: u64,
    requests: VecDeque<RecordedRequest>,
}

impl Recorder {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, recorded: Mutex::default() }
    }

    /// Logs a request and keeps it. Logs no header: one of them is the token.
    pub(crate) fn record(&self, mut request: RecordedRequest) {
        tracing::info!(
            method = %request.method,
            path = request.path,
            status = request.status,
            client_request_id = request.client_request_id(),
            fault = request.fault.map(Fault::name),
            "{}", if request.status.is_some() { "responded" } else { "reset" }
        );
        let mut recorded = self.lock();
        recorded.last += 1;
        request.number = recorded.last;
        recorded.requests.push_back(request);
        if recorded.requests.len() > self.capacity {
            recorded.requests.pop_front();
        }
    }

    /// Returns all kept requests.
    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.lock().requests.iter().cloned().collect()
    }

    /// Returns the first requests after a number, or the last ones: at most `limit` requests of together about 1 MiB.
    pub(crate) fn page(&self, after: Option<u64>, limit: usize) -> Vec<RecordedRequest> {
        let recorded = self.lock();
        let mut bytes = 0;
        let fits = |request: &&RecordedRequest| {
            let is_first = bytes == 0;
            bytes += request.bytes();
            is_first || bytes <= MAX_PAGE
        };
        match after {
            Some(number) => {
                let later = recorded.requests.iter().filter(|request| request.number > number);
                later.take(limit).take_while(fits).cloned().collect()
            }
            None => {
                let mut page: Vec<_> = recorded.requests.iter().rev().take(limit).take_while(fits).cloned().collect();
                page.reverse();
                page
            }
        }
    }

    /// Returns the number of the last request.
    pub(crate) fn last(&self) -> u64 {
        self.lock().last
    }

    pub(crate) fn clear(&self) {
        let mut recorded = self.lock();
        recorded.requests.clear();
        // Pages that show the requests notice the change.
        recorded.last += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
