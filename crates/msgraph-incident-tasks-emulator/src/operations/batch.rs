//! `POST /$batch`

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::request::RequestContext;
use crate::request_path::{RequestPath, VERSION};
use crate::response::{Body, EarlyResponse, Response};

/// Handles one request of a batch. Returns `None` if a fault drops its response.
pub(crate) type SendPart<'a> = dyn FnMut(&Request<Bytes>) -> Option<Response> + 'a;

/// As many headers as one request of a batch may have.
const MAX_HEADERS: usize = 100;

pub(super) fn run(context: &RequestContext<'_>, send: &mut SendPart<'_>) -> Result<Response, EarlyResponse> {
    let items: Vec<_> = context.body["requests"].as_array().into_iter().flatten().map(Item::new).collect();
    check(&items, |url| is_batch(context, url)).map_err(|message| context.bad_request(&message))?;
    let mut statuses = BTreeMap::new();
    let mut responses = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        if context.fault == Some(Fault::BatchThrottled) && index % 2 == 1 {
            statuses.insert(item.id.to_lowercase(), 429);
            responses.push(throttled(item.id));
            continue;
        }
        let response = if item.depends_on.iter().any(|id| statuses.get(id).is_none_or(|status| *status >= 400)) {
            let message = "A request that this one depends on failed.";
            Some(context.responses.error(StatusCode::FAILED_DEPENDENCY, "FailedDependency", message))
        } else {
            match item.request(context.request) {
                Some(request) => send(&request),
                None => Some(*context.bad_request(&format!("Request {} is not an HTTP request.", item.id))),
            }
        };
        if let Some(response) = response {
            statuses.insert(item.id.to_lowercase(), response.status().as_u16());
            responses.push(item_json(item.id, response));
        }
    }
    // `json!` would copy them.
    Ok(context.responses.ok(Map::from_iter([("responses".to_owned(), responses.into())]).into()))
}

/// A request of a batch.
struct Item<'a> {
    id: &'a str,
    method: &'a str,
    url: &'a str,
    headers: Option<&'a Map<String, Value>>,
    body: Option<&'a Value>,
    depends_on: Vec<String>,
}

/// Checks the rules of a batch that the spec cannot express.
fn check(items: &[Item<'_>], is_batch: impl Fn(&str) -> bool) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for item in items {
        if let Some(unknown) = item.depends_on.iter().find(|id| !ids.contains(*id)) {
            return Err(format!("Request {} depends on {unknown}, which does not precede it.", item.id));
        }
        if !ids.insert(item.id.to_lowercase()) {
            return Err(format!("The request ID {} is duplicated.", item.id));
        }
        if is_batch(item.url) {
            return Err("A batch must not contain a batch.".to_owned());
        }
        let mut names = item.headers.into_iter().flat_map(Map::keys);
        if item.body.is_some() && !names.any(|name| name.eq_ignore_ascii_case("content-type")) {
            return Err(format!("Request {} has a body but no Content-Type.", item.id));
        }
        if item.headers.is_some_and(|headers| headers.len() > MAX_HEADERS) {
            return Err(format!("Request {} has more than {MAX_HEADERS} headers.", item.id));
        }
    }
    Ok(())
}

fn is_batch(context: &RequestContext<'_>, url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = RequestPath::parse(&context.state.spec, &format!("{VERSION}/{path}"));
    path.is_some_and(|path| path.path == context.operation.path())
}

impl<'a> Item<'a> {
    fn new(item: &'a Value) -> Self {
        let text = |name: &str| item[name].as_str().unwrap_or_default();
        let depends_on = item["dependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Self {
            id: text("id"),
            method: text("method"),
            url: text("url"),
            headers: item["headers"].as_object(),
            body: item.get("body").filter(|body| !body.is_null()),
            depends_on: depends_on.map(str::to_lowercase).collect(),
        }
    }

    /// Returns the body: JSON, or base64 in a string.
    fn body_bytes(&self) -> Bytes {
        match self.body {
            None => Bytes::new(),
            Some(Value::String(text)) => match BASE64_STANDARD.decode(text) {
                Ok(bytes) => bytes.into(),
                Err(_) => text.clone().into(),
            },
            Some(body) => body.to_string().into(),
        }
    }

    fn request(&self, batch: &Request<Bytes>) -> Option<Request<Bytes>> {
        let url = format!("{VERSION}/{}", self.url.trim_start_matches('/')).replace(' ', "%20");
        let mut request = Request::builder().method(self.method).uri(url).body(self.body_bytes()).ok()?;
        for (name, value) in self.headers.into_iter().flatten() {
            let value = HeaderValue::try_from(value.as_str()?).ok()?;
            request.headers_mut().insert(HeaderName::try_from(name).ok()?, value);
        }
        // These headers of the batch hold for each of its requests.
        for name in ["authorization", "host", "client-request-id"] {
            if let (None, Some(value)) = (request.headers().get(name), batch.headers().get(name)) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        Some(request)
    }
}

/// Returns the response to a request that was not processed.
fn throttled(id: &str) -> Value {
    let error = json!({ "code": "TooManyRequests", "message": "Please retry again later." });
    json!({ "id": id, "status": 429, "headers": { "Retry-After": "1" }, "body": { "error": error } })
}

fn item_json(id: &str, response: Response) -> Value {
    let headers = response.headers().iter();
    let headers: Map<_, _> =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into())).collect();
    let mut item = json!({ "id": id, "status": response.status().as_u16() });
    item["headers"] = headers.into();
    match response.into_body() {
        Body::Json(body) => item["body"] = body,
        Body::Bytes(bytes) => {
            if let Ok(body) = serde_json::from_slice(&bytes) {
                item["body"] = body;
            }
        }
    }
    item
}
