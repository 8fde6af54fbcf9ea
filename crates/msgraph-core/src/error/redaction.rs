//! The token of a call, where the service repeats it.

use bytes::Bytes;
use http::HeaderValue;
use memchr::memmem;

use crate::access_token::token_of;
use crate::raw_response::RawResponse;

/// What a token is replaced by.
pub(crate) const REDACTED: &str = "REDACTED";
/// A shorter token could be part of any text.
const SHORTEST: usize = 16;

/// The tokens that were sent, by the values of their headers.
#[derive(Clone, Default)]
pub(super) struct Tokens(pub(super) [Option<HeaderValue>; 2]);

impl Tokens {
    /// Returns true if a text has one of them.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.iter().any(|token| text.contains(token))
    }

    /// Replaces each token in a text.
    pub(super) fn redact(&self, text: &mut Box<str>) {
        for token in self.iter() {
            if !text.contains(token) {
                continue;
            }
            *text = text.replace(token, REDACTED).into();
        }
    }

    /// Replaces each token in the headers and the body of a response.
    pub(super) fn redact_response(&self, response: &mut RawResponse) {
        for token in self.iter() {
            for value in response.headers.values_mut() {
                // What replaces it can be in any header.
                if let Some(Ok(redacted)) = replaced(value.as_bytes(), token).map(HeaderValue::try_from) {
                    *value = redacted;
                }
            }
            if let Some(redacted) = replaced(&response.body, token) {
                response.body = Bytes::from(redacted);
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(token_of).filter(|token| token.len() >= SHORTEST)
    }
}

/// Replaces the token of an `Authorization` in a text that is logged.
pub(crate) fn redacted<'a>(text: &'a str, authorization: Option<&HeaderValue>) -> &'a str {
    let token = authorization.map(token_of).filter(|token| token.len() >= SHORTEST);
    if token.is_some_and(|token| text.contains(token)) { REDACTED } else { text }
}

fn replaced(bytes: &[u8], token: &str) -> Option<Vec<u8>> {
    let mut places = memmem::find_iter(bytes, token).peekable();
    places.peek()?;
    let (mut replaced, mut end) = (Vec::with_capacity(bytes.len()), 0);
    for place in places {
        replaced.extend_from_slice(&bytes[end..place]);
        replaced.extend_from_slice(REDACTED.as_bytes());
        end = place + token.len();
    }
    replaced.extend_from_slice(&bytes[end..]);
    Some(replaced)
}
