//! A response with its body, not decoded.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

#[derive(Clone, Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body, as far as it arrived.
    pub(crate) body: Bytes,
}
