//! Responses in the form that Graph gives them.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const DIAGNOSTIC: HeaderName = HeaderName::from_static("x-ms-ags-diagnostic");
const SERVER_INFO: &str =
    r#"{"ServerInfo":{"DataCenter":"Emulator","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"EMULATOR"}}"#;

pub(crate) type Response = http::Response<Body>;

/// A response that ends a request early.
pub(crate) type EarlyResponse = Box<Response>;

pub(crate) enum Body {
    Json(Value),
    Bytes(Bytes),
}

impl Body {
    pub(crate) const EMPTY: Self = Self::Bytes(Bytes::new());

    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Json(value) => value.to_string().into(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Builds the responses to one request, with its IDs.
pub(crate) struct ResponseFactory {
    now: Timestamp,
    request_id: String,
    client_request_id: Option<HeaderValue>,
}

impl ResponseFactory {
    pub(crate) fn new(request: &HeaderMap, now: Timestamp) -> Self {
        Self { now, request_id: Uuid::new_v4().to_string(), client_request_id: request.get(CLIENT_REQUEST_ID).cloned() }
    }

    pub(crate) fn ok(&self, body: Value) -> Response {
        self.json(StatusCode::OK, body)
    }

    pub(crate) fn no_content(&self) -> Response {
        let mut response = with_status(http::Response::new(Body::EMPTY), StatusCode::NO_CONTENT);
        let headers = response.headers_mut();
        headers.insert(DIAGNOSTIC, HeaderValue::from_static(SERVER_INFO));
        if let Ok(id) = HeaderValue::from_str(&self.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(id) = &self.client_request_id {
            headers.insert(CLIENT_REQUEST_ID, id.clone());
        }
        response
    }

    pub(crate) fn bad_request(&self, message: &str) -> Response {
        self.error(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(crate) fn error(&self, status: StatusCode, code: &str, message: &str) -> Response {
        self.error_like(status, json!({ "error": { "code": code, "message": message } }))
    }

    /// Returns a documented error, with the IDs and the date of this request.
    pub(crate) fn error_like(&self, status: StatusCode, mut body: Value) -> Response {
        // Documented without a time zone.
        let date = self.now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        body["error"]["innerError"] = json!({ "date": date, "request-id": self.request_id });
        if let Some(id) = self.client_request_id.as_ref().and_then(|id| id.to_str().ok()) {
            body["error"]["innerError"]["client-request-id"] = id.into();
        }
        self.json(status, body)
    }

    pub(crate) fn unauthorized(&self, message: &str) -> Response {
        let response = self.error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message);
        with_header(response, WWW_AUTHENTICATE, "Bearer realm=\"\", error=\"invalid_token\"")
    }

    pub(crate) fn forbidden(&self) -> Response {
        let message = "Insufficient privileges to complete the operation.";
        self.error(StatusCode::FORBIDDEN, "Authorization_RequestDenied", message)
    }

    pub(crate) fn method_not_allowed(&self, allowed: &str) -> Response {
        let message = "Specified HTTP method is not allowed for the request target.";
        with_header(self.error(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message), ALLOW, allowed)
    }

    fn json(&self, status: StatusCode, body: Value) -> Response {
        let response = with_header(with_status(self.no_content(), status), CONTENT_TYPE, "application/json");
        response.map(|_| Body::Json(body))
    }
}

/// Returns a JSON response without the headers of Graph.
pub(crate) fn json_response(status: StatusCode, body: Value) -> Response {
    with_header(with_status(http::Response::new(Body::Json(body)), status), CONTENT_TYPE, "application/json")
}

pub(crate) fn with_status(mut response: Response, status: StatusCode) -> Response {
    *response.status_mut() = status;
    response
}

/// Sets a header; a value that HTTP doesn't allow is left out.
pub(crate) fn with_header(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
