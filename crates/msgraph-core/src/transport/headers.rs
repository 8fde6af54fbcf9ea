//! The headers that each request carries.

use std::cell::RefCell;

use http::Method;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::Request;
use uuid::Uuid;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
/// Without it Graph replaces members that were added to an enumeration by `unknownFutureValue`.
pub(crate) const PREFERENCE: &str = "include-unknown-enum-members";
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The request's ID, made anew where the caller set none, so that support can find the request. See
/// [Best practices](https://learn.microsoft.com/graph/best-practices-concept#reliability-and-support).
pub(crate) fn client_request_id(request: &mut Request) -> HeaderValue {
    let headers = request.headers_mut();
    if let Some(id) = headers.get(CLIENT_REQUEST_ID) {
        return id.clone();
    }
    let mut buffer = Uuid::encode_buffer();
    let id = random_id().hyphenated().encode_lower(&mut buffer);
    // Hexadecimal digits and hyphens always make a header.
    let id = HeaderValue::from_str(id).unwrap_or(HeaderValue::from_static(""));
    headers.insert(CLIENT_REQUEST_ID, id.clone());
    id
}

/// A random UUID. The system is asked for the bytes of many at once: each asking costs as much as a small request's
/// encoding.
fn random_id() -> Uuid {
    const IDS: usize = 64;
    const LENGTH: usize = 16;
    thread_local! {
        static POOL: RefCell<(usize, [u8; IDS * LENGTH])> = const { RefCell::new((IDS, [0; IDS * LENGTH])) };
    }
    POOL.with_borrow_mut(|(used, bytes)| {
        if *used == IDS {
            if getrandom::fill(bytes).is_err() {
                return Uuid::new_v4();
            }
            *used = 0;
        }
        let id = bytes.chunks_exact(LENGTH).nth(*used).and_then(|bytes| bytes.try_into().ok());
        *used += 1;
        uuid::Builder::from_random_bytes(id.unwrap_or_default()).into_uuid()
    })
}

/// The header that says which repeat a request is.
pub(super) const RETRY_ATTEMPT: HeaderName = HeaderName::from_static("retry-attempt");

/// Sets what is the same on each attempt.
pub(super) fn set(request: &mut Request) {
    let without_body = request.method() == Method::POST && request.body().is_none();
    let headers = request.headers_mut();
    headers.insert(PREFER, HeaderValue::from_static(PREFERENCE));
    if without_body {
        // Graph's front ends answer 411 to a POST that doesn't say how long it is.
        headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    }
}
