//! The headers that each request carries.

use std::cell::RefCell;

use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::Request;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::Call;

pub(crate) const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
/// Without it Graph replaces members that were added to an enumeration by `unknownFutureValue`.
pub(crate) const PREFERENCE: &str = "include-unknown-enum-members";
const PREFER: HeaderName = HeaderName::from_static("prefer");
/// The header that says which repeat a request is.
const RETRY_ATTEMPT: HeaderName = HeaderName::from_static("retry-attempt");

/// The request's ID, made anew where the caller set none, so that support can find the request. See
/// [Best practices](https://learn.microsoft.com/graph/best-practices-concept#reliability-and-support).
pub(super) fn client_request_id(request: &Request) -> HeaderValue {
    request.headers().get(CLIENT_REQUEST_ID).cloned().unwrap_or_else(new_client_request_id)
}

/// A random UUID. Many are made at once, in one allocation: asking the system for random bytes costs as much as a small
/// request's encoding.
pub(crate) fn new_client_request_id() -> HeaderValue {
    thread_local! {
        static POOL: RefCell<Bytes> = const { RefCell::new(Bytes::new()) };
    }
    let id = POOL.with_borrow_mut(|pool| {
        if pool.is_empty() {
            *pool = random_ids();
        }
        pool.split_to(Hyphenated::LENGTH.min(pool.len()))
    });
    // Hexadecimal digits and hyphens always make a header.
    let mut id = HeaderValue::from_maybe_shared(id).unwrap_or(HeaderValue::from_static(""));
    // No secret, but it never comes again: in HTTP/2's table of headers it would push out those that do ([RFC 7541,
    // section 7.1.3](https://www.rfc-editor.org/rfc/rfc7541#section-7.1.3)).
    id.set_sensitive(true);
    id
}

/// Random UUIDs in their text form, one after the other.
fn random_ids() -> Bytes {
    const IDS: usize = 64;
    let mut random = [[0; 16]; IDS];
    if getrandom::fill(random.as_flattened_mut()).is_err() {
        random.fill_with(|| Uuid::new_v4().into_bytes());
    }
    let mut texts = BytesMut::with_capacity(IDS * Hyphenated::LENGTH);
    for bytes in random {
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        texts.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    }
    texts.freeze()
}

/// Sets what each attempt carries.
pub(super) fn set(request: &mut Request, call: &Call) {
    let without_body = request.method() == Method::POST && request.body().is_none();
    let headers = request.headers_mut();
    headers.insert(PREFER, HeaderValue::from_static(PREFERENCE));
    headers.insert(CLIENT_REQUEST_ID, call.client_request_id.clone());
    if without_body {
        // Graph's front ends answer 411 to a POST that doesn't say how long it is.
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
