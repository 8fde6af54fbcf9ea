//! Answers as Graph gives them.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const DIAGNOSTIC: HeaderName = HeaderName::from_static("x-ms-ags-diagnostic");
const MACHINE: &str =
    r#"{"ServerInfo":{"DataCenter":"Emulator","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"EMULATOR"}}"#;

/// Makes the answers to one request, with its IDs.
#[derive(Clone)]
pub(crate) struct Answers {
    now: Timestamp,
    request_id: String,
    client_request_id: Option<HeaderValue>,
}

impl Answers {
    pub(crate) fn to(request: &HeaderMap, now: Timestamp) -> Self {
        Self { now, request_id: Uuid::new_v4().to_string(), client_request_id: request.get(CLIENT_REQUEST_ID).cloned() }
    }

    pub(crate) fn ok(&self, body: &Value) -> Response<Bytes> {
        self.json(StatusCode::OK, body)
    }

    pub(crate) fn no_content(&self) -> Response<Bytes> {
        self.empty(StatusCode::NO_CONTENT)
    }

    pub(crate) fn error(&self, status: StatusCode, code: &str, message: &str) -> Response<Bytes> {
        self.error_like(status, &json!({ "error": { "code": code, "message": message } }))
    }

    /// A documented error, with the IDs and the date of this request.
    pub(crate) fn error_like(&self, status: StatusCode, documented: &Value) -> Response<Bytes> {
        let mut body = documented.clone();
        // Documented without a time zone.
        let date = self.now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let client_request_id = self.client_request_id.as_ref().and_then(|id| id.to_str().ok());
        body["error"]["innerError"] = json!({ "date": date, "request-id": self.request_id });
        if let Some(id) = client_request_id {
            body["error"]["innerError"]["client-request-id"] = id.into();
        }
        self.json(status, &body)
    }

    pub(crate) fn too_large(&self) -> Response<Bytes> {
        self.error(StatusCode::PAYLOAD_TOO_LARGE, "BadRequest", "The body is too large.")
    }

    pub(crate) fn unauthorized(&self) -> Response<Bytes> {
        let mut answer = self.error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", "Access token is empty.");
        let challenge = HeaderValue::from_static("Bearer realm=\"\", error=\"invalid_token\"");
        answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        answer
    }

    pub(crate) fn method_not_allowed(&self, allowed: &str) -> Response<Bytes> {
        let mut answer = self.error(StatusCode::METHOD_NOT_ALLOWED, "BadRequest", "The method is not allowed here.");
        if let Ok(allowed) = HeaderValue::from_str(&allowed.to_uppercase()) {
            answer.headers_mut().insert(ALLOW, allowed);
        }
        answer
    }

    fn json(&self, status: StatusCode, body: &Value) -> Response<Bytes> {
        let mut answer = self.empty(status);
        *answer.body_mut() = Bytes::from(body.to_string());
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer
    }

    fn empty(&self, status: StatusCode) -> Response<Bytes> {
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(DIAGNOSTIC, HeaderValue::from_static(MACHINE));
        if let Ok(id) = HeaderValue::from_str(&self.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(id) = &self.client_request_id {
            headers.insert(CLIENT_REQUEST_ID, id.clone());
        }
        answer
    }
}
