//! The headers of each request.

use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::Request;
use uuid::Builder;
use uuid::fmt::Hyphenated;

use crate::call::Call;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
/// Asks for members that were added to an enumeration, which Graph else replaces by `unknownFutureValue`.
pub(crate) const PREFERENCE: &str = "include-unknown-enum-members";
pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");
/// The number of the retry.
const RETRY_ATTEMPT: HeaderName = HeaderName::from_static("retry-attempt");

/// Returns a random UUID, by which support can find the request. See [Best
/// practices](https://learn.microsoft.com/graph/best-practices-concept#reliability-and-support).
pub(super) fn new_client_request_id() -> HeaderValue {
    // Its keys are random. Calling the operating system for each request would cost 2 % of an update's CPU time.
    let random = RandomState::new();
    let [high, low] = [0, 1].map(|half| u128::from(random.hash_one(half)));
    let id = Builder::from_random_bytes((high << 64 | low).to_ne_bytes()).into_uuid();
    let mut text = [0; Hyphenated::LENGTH];
    id.hyphenated().encode_lower(&mut text);
    // Hexadecimal digits and hyphens are always a valid header. All attempts share its memory.
    let id = HeaderValue::from_maybe_shared(Bytes::from_owner(text));
    let mut id = id.unwrap_or(HeaderValue::from_static(""));
    // Not secret, but unique: in HTTP/2's header table it would evict repeated ones ([RFC 7541,
    // section 7.1.3](https://www.rfc-editor.org/rfc/rfc7541#section-7.1.3)).
    id.set_sensitive(true);
    id
}

/// Returns the preference of each request, after those of an operation.
pub(crate) fn preferences(own: Option<&HeaderValue>) -> HeaderValue {
    let own = own.and_then(|own| HeaderValue::from_str(&format!("{}, {PREFERENCE}", own.to_str().ok()?)).ok());
    own.unwrap_or(HeaderValue::from_static(PREFERENCE))
}

/// Sets the headers of each attempt.
pub(super) fn set(request: &mut Request, call: &Call) {
    let without_body = request.method() == Method::POST && request.body().is_none();
    let headers = request.headers_mut();
    headers.insert(PREFER, preferences(headers.get(PREFER)));
    headers.insert(CLIENT_REQUEST_ID, call.client_request_id.clone());
    if without_body {
        // Graph's front ends respond with 411 to a POST without a length.
        headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    }
    if call.attempts > 0 {
        headers.insert(RETRY_ATTEMPT, HeaderValue::from(call.attempts));
    }
}

/// Sets the token.
pub(super) fn authorize(request: &mut Request, authorization: &HeaderValue) {
    request.headers_mut().insert(AUTHORIZATION, authorization.clone());
}
