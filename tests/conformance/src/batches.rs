//! A server with scripted responses to batches, and an operation to send in them.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use httpmock::{HttpMockResponse, MockServer};
use msgraph_core::{DecodeError, Decoded, Error, Operation, RetryMode};
use serde_json::{Map, Value, json};

/// The response to a batch as a whole.
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Its body.
    pub body: String,
}

impl Reply {
    /// Returns the normal response, with one part for each request.
    pub fn of(responses: impl IntoIterator<Item = Value>) -> Self {
        let responses: Vec<_> = responses.into_iter().collect();
        Self {
            status: 200,
            headers: vec![("content-type", "application/json"), ("request-id", "of-the-batch")],
            body: json!({ "responses": responses }).to_string(),
        }
    }

    /// Returns a failure of the whole batch.
    pub fn failure(status: u16) -> Self {
        Self { status, headers: vec![("request-id", "of-the-batch")], body: "<html>".to_owned() }
    }
}

/// Returns the response to a request, with its task.
pub fn response_to(request: &Value, status: u16) -> Value {
    let id = request["url"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
    match status {
        200 => json!({ "id": request["id"], "status": 200, "body": { "id": id, "status": request["body"]["status"] } }),
        204 => json!({ "id": request["id"], "status": 204 }),
        _ => json!({
            "id": request["id"], "status": status, "headers": { "request-id": "of-the-item" },
            "body": { "error": { "code": "Code", "message": format!("of {id}") } },
        }),
    }
}

/// A server for `POST /$batch` that records requests.
pub struct BatchServer {
    server: MockServer,
    batches: Arc<Mutex<Vec<Value>>>,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl BatchServer {
    /// Starts a server; `reply` gets the number of the batch, counted from 0, and its requests.
    pub async fn start(reply: impl Fn(usize, &[Value]) -> Reply + Send + Sync + 'static) -> Self {
        let server = MockServer::start_async().await;
        let batches: Arc<Mutex<Vec<Value>>> = Arc::default();
        let kept = Arc::clone(&batches);
        let tokens: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept_tokens = Arc::clone(&tokens);
        server
            .mock_async(|when, then| {
                when.method("POST").path("/beta/$batch");
                then.respond_with(move |request| {
                    let headers = request.headers();
                    let token = headers.get("authorization").and_then(|value| value.to_str().ok());
                    let mut kept_tokens = kept_tokens.lock().unwrap_or_else(PoisonError::into_inner);
                    kept_tokens.push(token.unwrap_or_default().to_owned());
                    let batch: Value = serde_json::from_slice(request.body_ref()).unwrap_or_default();
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    let requests = batch["requests"].as_array().cloned().unwrap_or_default();
                    let reply = reply(kept.len(), &requests);
                    kept.push(batch);
                    let mut response = HttpMockResponse::builder().status(reply.status).body(reply.body);
                    for (name, value) in reply.headers {
                        response = response.header(name, value);
                    }
                    response.build()
                });
            })
            .await;
        Self { server, batches, tokens }
    }

    /// Returns the base URL, with the API version.
    pub fn url(&self) -> String {
        self.server.url("/beta")
    }

    /// Returns the batches so far.
    pub fn batches(&self) -> Vec<Value> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the `Authorization` of each batch so far.
    pub fn tokens(&self) -> Vec<String> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the URLs of each batch's requests.
    pub fn urls(&self) -> Vec<Vec<String>> {
        let url = |request: &Value| request["url"].as_str().unwrap_or_default().to_owned();
        let urls = |batch: &Value| batch["requests"].as_array().into_iter().flatten().map(url).collect();
        self.batches().iter().map(urls).collect()
    }
}

/// Sets the status of the task with a number.
#[derive(Clone, Copy, Debug)]
pub struct SetStatus(u32);

/// Reads the task with a number.
#[derive(Clone, Copy, Debug)]
pub struct ReadTask(u32);

impl ReadTask {
    /// Returns the operation for a task.
    pub fn new(id: u32) -> Self {
        Self(id)
    }
}

/// Returns the operation for a task.
///
/// # Errors
///
/// For task 0.
pub fn set_status(id: &u32) -> Result<SetStatus, Error> {
    if *id == 0 { Err(Error::invalid_input("invalid task 0: must be at least 1")) } else { Ok(SetStatus(*id)) }
}

impl Operation for SetStatus {
    type Response = Map<String, Value>;
    type ReadBack = ReadTask;

    const NAME: &'static str = "set_status";
    const METHOD: &'static str = "PATCH";
    const PATH_TEMPLATE: &'static str = "/tasks/{id}";
    const RETRY_MODE: RetryMode = RetryMode::Idempotent;
    const SUCCESS_STATUSES: &'static [RangeInclusive<u16>] = &[200..=200, 204..=204];
    const HAS_RESPONSE_BODY: bool = true;

    fn path_parameter(&self, _: &str) -> Option<Cow<'_, str>> {
        Some(self.0.to_string().into())
    }

    fn body(&self) -> serde_json::Result<Option<Vec<u8>>> {
        serde_json::to_vec(&json!({ "status": "completed" })).map(Some)
    }

    fn decode(&self, body: &[u8]) -> Result<Decoded<Self::Response>, DecodeError> {
        Ok(serde_json::from_slice::<Self::Response>(body)?.into())
    }

    fn read_back(&self) -> Option<ReadTask> {
        Some(ReadTask(self.0))
    }
}

impl Operation for ReadTask {
    type Response = Map<String, Value>;
    type ReadBack = Self;

    const NAME: &'static str = "read_task";
    const METHOD: &'static str = "GET";
    const PATH_TEMPLATE: &'static str = "/tasks/{id}";
    const RETRY_MODE: RetryMode = RetryMode::Idempotent;
    const SUCCESS_STATUSES: &'static [RangeInclusive<u16>] = &[200..=200];
    const HAS_RESPONSE_BODY: bool = true;

    fn path_parameter(&self, _: &str) -> Option<Cow<'_, str>> {
        Some(self.0.to_string().into())
    }

    fn decode(&self, body: &[u8]) -> Result<Decoded<Self::Response>, DecodeError> {
        Ok(serde_json::from_slice::<Self::Response>(body)?.into())
    }
}
