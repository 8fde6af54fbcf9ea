//! `POST /$batch`

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use serde_json::{Map, Value, json};

use crate::Fault;
use crate::exchange::{Exchange, Refusal, answer_in_batch};

pub(super) fn answer(exchange: &Exchange<'_>) -> Result<Response<Bytes>, Refusal> {
    let body = exchange.body()?;
    let items: Vec<_> = body["requests"].as_array().into_iter().flatten().map(Item::of).collect();
    check(&items).map_err(|message| exchange.bad_request(&message))?;
    let mut statuses = BTreeMap::new();
    let mut answers = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        if exchange.fault == Some(Fault::BatchThrottled) && index % 2 == 1 {
            statuses.insert(item.id.to_lowercase(), 429);
            answers.push(throttled(item.id));
            continue;
        }
        let answer = match item.depends_on.iter().any(|id| statuses.get(id).is_none_or(|status| *status >= 400)) {
            true => Some(exchange.answers.error(
                StatusCode::FAILED_DEPENDENCY,
                "FailedDependency",
                "A request that this one depends on failed.",
            )),
            false => item.answer(exchange),
        };
        if let Some(answer) = answer {
            statuses.insert(item.id.to_lowercase(), answer.status().as_u16());
            answers.push(as_json(item.id, &answer));
        }
    }
    Ok(exchange.answers.ok(&json!({ "responses": answers })))
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

/// What the description can't say of a batch.
fn check(items: &[Item<'_>]) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for item in items {
        let unknown = item.depends_on.iter().find(|id| !ids.contains(*id));
        if let Some(unknown) = unknown {
            return Err(format!("Request {} depends on {unknown}, which does not stand before it.", item.id));
        }
        if !ids.insert(item.id.to_lowercase()) {
            return Err(format!("The request ID {} stands twice.", item.id));
        }
        if item.url.trim_start_matches('/').starts_with("$batch") {
            return Err("A batch can't hold a batch.".to_owned());
        }
        let has_content_type =
            item.headers.is_some_and(|headers| headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")));
        if item.body.is_some() && !has_content_type {
            return Err(format!("Request {} has a body and no Content-Type.", item.id));
        }
    }
    Ok(())
}

impl<'a> Item<'a> {
    fn of(item: &'a Value) -> Self {
        let text = |name: &str| item[name].as_str().unwrap_or_default();
        let depends_on = item["dependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Self {
            id: text("id"),
            method: text("method"),
            url: text("url"),
            headers: item["headers"].as_object(),
            body: item.get("body"),
            depends_on: depends_on.map(str::to_lowercase).collect(),
        }
    }

    fn answer(&self, exchange: &Exchange<'_>) -> Option<Response<Bytes>> {
        let Some(request) = self.request(exchange) else {
            return Some(exchange.bad_request(&format!("Request {} is no HTTP request.", self.id)));
        };
        answer_in_batch(exchange.state, &request)
    }

    fn request(&self, exchange: &Exchange<'_>) -> Option<Request<Bytes>> {
        let url = format!("/beta/{}", self.url.trim_start_matches('/')).replace(' ', "%20");
        let body = self.body.map(|body| body.to_string()).unwrap_or_default();
        let mut request = Request::builder().method(self.method).uri(url).body(Bytes::from(body)).ok()?;
        for (name, value) in self.headers.into_iter().flatten() {
            let value = HeaderValue::try_from(value.as_str()?).ok()?;
            request.headers_mut().insert(HeaderName::try_from(name).ok()?, value);
        }
        // Of the batch's own headers these hold for each of its requests.
        for name in ["authorization", "host", "client-request-id"] {
            if let (None, Some(value)) = (request.headers().get(name), exchange.request.headers().get(name)) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        Some(request)
    }
}

/// The answer to a request that is not carried out.
fn throttled(id: &str) -> Value {
    let error = json!({ "code": "TooManyRequests", "message": "Please retry again later." });
    json!({ "id": id, "status": 429, "headers": { "Retry-After": "1" }, "body": { "error": error } })
}

fn as_json(id: &str, answer: &Response<Bytes>) -> Value {
    let headers = answer.headers().iter();
    let headers: Map<_, _> =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into())).collect();
    let mut item = json!({ "id": id, "status": answer.status().as_u16(), "headers": headers });
    if let Ok(body) = serde_json::from_slice::<Value>(answer.body()) {
        item["body"] = body;
    }
    item
}
