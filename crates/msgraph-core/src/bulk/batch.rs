//! One batch: its request, and what its answer says of each input.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, Url};
use serde_json::{Value, json};

use super::answers::{Found, by_id};
use super::verdict::{Outer, Verdict};
use super::{BatchItem, BulkOperation, Pending, Settled, Shared};
use crate::transport::{CLIENT_REQUEST_ID, PREFERENCE, new_client_request_id};
use crate::{Answer, Endpoint, Error, ErrorKind, Operation};

const PATH: &str = "/$batch";

impl<O: BulkOperation> Shared<O> {
    /// Sends the requests of a group in one batch.
    pub(super) async fn send(&self, group: Vec<Pending<O::Input>>) -> Settled<O::Input, O::Output> {
        let body = self.body(&group);
        let id = new_client_request_id();
        let build = || Ok(request(self.transport.endpoint(), body.clone(), &id));
        let operation = Operation { name: "batch", method: "POST", path_template: PATH, repeat: Some(self.repeat) };
        let started = group.iter().map(|pending| pending.started).min().unwrap_or_else(|| self.transport.now());
        let answer = self.transport.execute_since(started, &build, operation).await;
        let (outer, mut answers) = read(answer, id);
        let mut settled = Settled { done: Vec::new(), again: Vec::new(), wait: Duration::ZERO };
        for (number, mut pending) in (1..).zip(group) {
            pending.attempts += outer.attempts;
            pending.earlier_unknown |= outer.earlier_unknown && outer.was_carried_out();
            let verdict = match answers.remove(&number.to_string()) {
                Some(Found::One(answer)) => self.verdict(&pending, &answer, &outer),
                Some(Found::Several) => {
                    let message = "to the batch, with answers to this one that contradict each other";
                    self.lost(&pending, &outer, ErrorKind::InvalidAnswer, message)
                }
                None => self.unanswered(&pending, &outer),
            };
            match verdict {
                Verdict::Done(result) => settled.done.push((pending, result)),
                Verdict::Read => {
                    pending.applied = true;
                    pending.request = self.operation.reading(&pending.input);
                    settled.again.push(pending);
                }
                Verdict::Again { wait, may_have_been_applied } => {
                    pending.earlier_unknown |= may_have_been_applied;
                    // Best practices: what was throttled is sent again together, after the longest wait.
                    settled.wait = settled.wait.max(wait);
                    settled.again.push(pending);
                }
            }
        }
        settled
    }

    fn body(&self, group: &[Pending<O::Input>]) -> Bytes {
        let endpoint = self.transport.endpoint();
        let items = (1..).zip(group).map(|(number, pending)| pending.request.to_json(&number.to_string(), endpoint));
        json!({ "requests": items.collect::<Vec<_>>() }).to_string().into()
    }
}

fn request(endpoint: &Endpoint, body: Bytes, client_request_id: &HeaderValue) -> Request {
    let mut request = Request::new(Method::POST, endpoint.url_below(&["$batch"]));
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert(ACCEPT, json.clone());
    request.headers_mut().insert(CONTENT_TYPE, json);
    request.headers_mut().insert(CLIENT_REQUEST_ID, client_request_id.clone());
    *request.body_mut() = Some(body.into());
    request
}

/// What the answer to a batch says as a whole, and for each request.
fn read(answer: Result<Answer, Error>, client_request_id: HeaderValue) -> (Outer, HashMap<String, Found>) {
    let failure = match answer {
        Ok(answer) if answer.status().is_success() => {
            let (status, headers, body, call) = answer.into_parts();
            let answers = by_id(&body);
            let (attempts, earlier_unknown) = (call.attempts, call.earlier_unknown);
            let (status, failure, repeat) = (Some(status), None, OnceCell::new());
            let outer = Outer { client_request_id, attempts, earlier_unknown, status, headers, body, failure, repeat };
            return (outer, answers);
        }
        Ok(answer) => answer.into_error(),
        Err(error) => error,
    };
    let (status, headers, body) = match failure.answer_parts() {
        Some((status, headers, body)) => (Some(status), headers.clone(), body.clone()),
        None => (None, HeaderMap::new(), Bytes::new()),
    };
    // Of a success that is cut off nothing says what the attempts before it came to.
    let (attempts, earlier_unknown) = (failure.attempts(), failure.attempts() > 1);
    let (failure, repeat) = (Some(failure), OnceCell::new());
    let outer = Outer { client_request_id, attempts, earlier_unknown, status, headers, body, failure, repeat };
    let answers = if outer.was_carried_out() { by_id(&outer.body) } else { HashMap::new() };
    (outer, answers)
}

impl BatchItem {
    /// The item as a batch has it. Headers of the batch itself don't hold for it.
    fn to_json(&self, id: &str, endpoint: &Endpoint) -> Value {
        let path: Vec<_> = self.path.iter().map(String::as_str).collect();
        let mut headers = json!({ "Prefer": PREFERENCE });
        let mut item =
            json!({ "id": id, "method": self.method, "url": relative(&endpoint.url_below(&path), endpoint) });
        if let Some(body) = &self.body {
            headers["Content-Type"] = "application/json".into();
            item["body"] = body.clone();
        }
        item["headers"] = headers;
        item
    }
}

/// The part of a URL that is below the endpoint.
fn relative(url: &Url, endpoint: &Endpoint) -> String {
    url.as_str().trim_start_matches(endpoint.as_str()).to_owned()
}

/// The headers of an item's answer, and those of the batch's that support asks for.
pub(super) fn with_ids_of(mut headers: HeaderMap, outer: &HeaderMap) -> HeaderMap {
    for name in ["request-id", "client-request-id", "date", "x-ms-ags-diagnostic"] {
        if let (None, Some(value)) = (headers.get(name), outer.get(name)) {
            headers.insert(name, value.clone());
        }
    }
    headers
}
