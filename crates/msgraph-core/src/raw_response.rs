//! A response with its body, not decoded.

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};

#[derive(Clone, Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body, as far as it arrived.
    pub(crate) body: Bytes,
}

impl RawResponse {
    /// Returns what is to be said of a body in an encoding that was not requested; `None` if it has none.
    pub(crate) fn encoding_note(&self) -> Option<String> {
        let encoding = text_header(&self.headers, CONTENT_ENCODING.as_str())?;
        let is_encoded = !encoding.eq_ignore_ascii_case("identity") && !self.body.is_empty();
        is_encoded.then(|| format!("its Content-Encoding {encoding:?} was not requested"))
    }
}

/// Returns the first header of a name that has a text: an empty one hides nothing.
pub(crate) fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).find(|text| !text.trim().is_empty())
}
