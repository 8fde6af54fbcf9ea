//! What a dry run shows in place of sending it.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use reqwest::Request;

/// Called with each request of a dry run.
pub(super) type DryRun = Arc<dyn Fn(&UnsentRequest) + Send + Sync>;

/// A request as it would be sent, but for the token, which a dry run does not ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnsentRequest {
    /// Its HTTP method.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// Its headers, sorted by name. `authorization` has a placeholder for the token.
    pub headers: Vec<(String, String)>,
    /// Its body, if it has one.
    pub body: Option<String>,
}

impl UnsentRequest {
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
