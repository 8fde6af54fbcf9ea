//! A server that answers batches as it is told, and an operation to send them by.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use httpmock::{HttpMockResponse, MockServer};
use msgraph_core::{BatchItem, BulkOperation, Error, ErrorKind};
use serde_json::{Map, Value, json};

/// The answer to a batch as a whole.
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Its body.
    pub body: String,
}

impl Reply {
    /// The usual answer, with an answer to each request.
    pub fn of(answers: impl IntoIterator<Item = Value>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        Self {
            status: 200,
            headers: vec![("content-type", "application/json"), ("request-id", "of-the-batch")],
            body: json!({ "responses": answers }).to_string(),
        }
    }

    /// A failure of the whole.
    pub fn failure(status: u16) -> Self {
        Self { status, headers: vec![("request-id", "of-the-batch")], body: "<html>".to_owned() }
    }
}

/// The answer to a request, with the task that it asks for.
pub fn answer_to(request: &Value, status: u16) -> Value {
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

/// A server for `POST /$batch` that keeps what was sent.
pub struct BatchServer {
    server: MockServer,
    batches: Arc<Mutex<Vec<Value>>>,
}

impl BatchServer {
    /// Starts a server; `reply` gets the number of the batch, counted from 0, and its requests.
    pub async fn start(reply: impl Fn(usize, &[Value]) -> Reply + Send + Sync + 'static) -> Self {
        let server = MockServer::start_async().await;
        let batches: Arc<Mutex<Vec<Value>>> = Arc::default();
        let kept = Arc::clone(&batches);
        server
            .mock_async(|when, then| {
                when.method("POST").path("/beta/$batch");
                then.respond_with(move |request| {
                    let batch: Value = serde_json::from_slice(request.body_ref()).unwrap_or_default();
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    let requests = batch["requests"].as_array().cloned().unwrap_or_default();
                    let reply = reply(kept.len(), &requests);
                    kept.push(batch);
                    let mut answer = HttpMockResponse::builder().status(reply.status).body(reply.body);
                    for (name, value) in reply.headers {
                        answer = answer.header(name, value);
                    }
                    answer.build()
                });
            })
            .await;
        Self { server, batches }
    }

    /// The base URL, with the API version.
    pub fn url(&self) -> String {
        self.server.url("/beta")
    }

    /// The batches so far.
    pub fn batches(&self) -> Vec<Value> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The URLs of each batch's requests.
    pub fn urls(&self) -> Vec<Vec<String>> {
        let url = |request: &Value| request["url"].as_str().unwrap_or_default().to_owned();
        let urls = |batch: &Value| batch["requests"].as_array().into_iter().flatten().map(url).collect();
        self.batches().iter().map(urls).collect()
    }
}

/// Sets the status of the task with a number, and returns the task as it came.
#[derive(Clone, Copy, Debug)]
pub struct SetStatus;

impl BulkOperation for SetStatus {
    type Input = u32;
    type Output = Map<String, Value>;

    const NAME: &str = "set_status";

    fn key(&self, id: &u32) -> String {
        id.to_string()
    }

    fn request(&self, id: &u32) -> Result<BatchItem, Error> {
        match id {
            0 => Err(Error::new(ErrorKind::InvalidInput, "there is no task 0").not_sent(Some(Self::NAME))),
            _ => Ok(BatchItem { method: "PATCH", path: path(*id), body: Some(json!({ "status": "completed" })) }),
        }
    }

    fn reading(&self, id: &u32) -> BatchItem {
        BatchItem { method: "GET", path: path(*id), body: None }
    }

    fn alone(&self, _: &u32) -> Pin<Box<dyn Future<Output = Result<Self::Output, Error>> + Send>> {
        Box::pin(std::future::ready(Ok(Map::new())))
    }
}

fn path(id: u32) -> Vec<String> {
    vec!["tasks".to_owned(), id.to_string()]
}
