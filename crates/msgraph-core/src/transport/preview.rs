//! Requests of a dry run.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use reqwest::Request;

/// Called with each request of a dry run.
pub(super) type ShowRequest = Arc<dyn Fn(&RequestPreview) + Send + Sync>;

/// A request as it would be sent, without the token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestPreview {
    /// The HTTP method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The headers, sorted by name. `authorization` has a placeholder for the token.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<String>,
}

impl RequestPreview {
    pub(super) fn of(request: &Request) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let set = request.headers().iter().filter(|(name, _)| **name != AUTHORIZATION);
        let mut headers: Vec<_> = set.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
        headers.push((AUTHORIZATION.to_string(), "Bearer (redacted)".to_owned()));
        headers.sort();
        Self {
            method: request.method().to_string(),
            url: request.url().to_string(),
            headers,
            body: request.body().and_then(reqwest::Body::as_bytes).map(text),
        }
    }
}
