//! The tokens of a call, where the service repeats them.

use bytes::Bytes;
use http::HeaderValue;
use memchr::{memchr2_iter, memmem};

use crate::access_token::{is_token_byte, token_of};
use crate::raw_response::RawResponse;

/// What a token is replaced by.
pub(crate) const REDACTED: &str = "REDACTED";
/// A shorter token can be a part of any value, and is replaced in headers and errors only.
const IN_VALUES: usize = 16;
/// A shorter token can be a part of any word, and is replaced as a whole word only.
const IN_WORDS: usize = 8;
/// This much of the beginning of a token is looked for first: preparing to look for all of it takes longer.
const BEGINNING: usize = 32;

/// The tokens of a call, by the values of their headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens {
    /// The `Authorization` that was sent last.
    pub(crate) sent: Option<HeaderValue>,
    /// The one that was rejected before it.
    pub(crate) rejected: Option<HeaderValue>,
}

impl Tokens {
    /// Returns true if a text has one of them.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        self.iter().any(|token| replaced(text.as_bytes(), token).is_some())
    }

    /// Replaces each token in a text.
    pub(crate) fn redact(&self, text: &mut Box<str>) {
        for token in self.iter() {
            if let Some(Ok(redacted)) = replaced(text.as_bytes(), token).map(String::from_utf8) {
                *text = redacted.into();
            }
        }
    }

    /// Replaces each token in a response whose body may be a value.
    pub(crate) fn redact_value(&self, response: &mut RawResponse) {
        self.redact_from(IN_VALUES, response);
    }

    /// Replaces each token in the response of an error.
    pub(crate) fn redact_response(&self, response: &mut RawResponse) {
        self.redact_from(0, response);
    }

    fn redact_from(&self, shortest_in_body: usize, response: &mut RawResponse) {
        for token in self.iter() {
            for value in response.headers.values_mut() {
                // What replaces it can be in any header.
                if let Some(Ok(redacted)) = replaced(value.as_bytes(), token).map(HeaderValue::try_from) {
                    *value = redacted;
                }
            }
            let is_in_body = token.len() >= shortest_in_body;
            if let Some(redacted) = is_in_body.then(|| replaced(&response.body, token)).flatten() {
                response.body = Bytes::from(redacted);
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        [&self.sent, &self.rejected].into_iter().flatten().map(token_of).filter(|token| !token.is_empty())
    }
}

/// Returns a text with each token replaced, also one with characters in the escapes of JSON or of a URL; `None` if it
/// has none.
fn replaced(bytes: &[u8], token: &[u8]) -> Option<Vec<u8>> {
    let may_have = |beginning| memmem::find(bytes, beginning).is_some() || has_escapes(bytes);
    if bytes.len() < token.len() || !may_have(&token[..token.len().min(BEGINNING)]) {
        return None;
    }
    let is_in_word = |place: Option<usize>| place.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let (mut replaced, mut copied, mut place, mut escape) = (Vec::new(), 0, 0, 0..0);
    while place < bytes.len() {
        if bytes[place] == b'\\' && !escape.contains(&place) {
            escape = place..place + if bytes.get(place + 1) == Some(&b'u') { 6 } else { 2 };
        }
        let end = end_of(bytes, place, token)
            .filter(|end| token.len() >= IN_WORDS || !(is_in_word(place.checked_sub(1)) || is_in_word(Some(*end))));
        if let Some(end) = end {
            // A token that begins within an escape leaves nothing of it: JSON stays JSON.
            let start = if escape.contains(&place) { escape.start.max(copied) } else { place };
            replaced.extend_from_slice(&bytes[copied..start]);
            replaced.extend_from_slice(REDACTED.as_bytes());
            copied = end;
        }
        place = end.unwrap_or(place + 1);
    }
    replaced.extend_from_slice(&bytes[copied..]);
    (copied > 0).then_some(replaced)
}

/// Returns true if a character that a token can have is escaped.
fn has_escapes(bytes: &[u8]) -> bool {
    memchr2_iter(b'\\', b'%', bytes)
        .any(|place| matches!(unescaped(&bytes[place..]), (byte, 2..) if is_token_byte(byte)))
}

/// Returns the end of a token that begins at a place.
fn end_of(bytes: &[u8], mut place: usize, token: &[u8]) -> Option<usize> {
    for expected in token {
        let (byte, length) = unescaped(bytes.get(place..).filter(|rest| !rest.is_empty())?);
        place += (byte == *expected).then_some(length)?;
    }
    Some(place)
}

/// Returns the first character of a text that is not empty, and the length of its escape.
fn unescaped(bytes: &[u8]) -> (u8, usize) {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let of_digits = |high, low| Some((digit(high)? << 4 | digit(low)?) as u8);
    let escaped = match *bytes {
        [b'\\', b'/', ..] => Some((b'/', 2)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => of_digits(high, low).map(|byte| (byte, 6)),
        [b'%', high, low, ..] => of_digits(high, low).map(|byte| (byte, 3)),
        _ => None,
    };
    escaped.unwrap_or((bytes[0], 1))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn a_token_is_replaced_in_each_form_and_a_short_one_as_a_word_only() {
        for (token, text, expected) in [
            ("ey.a/b~c=1234567", "x ey.a/b~c=1234567y", Some("x REDACTEDy")),
            ("ey.a/b~c=1234567", r#"{"a":"\u0065y\u002Ea\/b~c=1234567"}"#, Some(r#"{"a":"REDACTED"}"#)),
            ("ey.a/b~c=1234567", "?a=%65y.a%2fb%7Ec%3d1234567&ey.a/b~c=1234567", Some("?a=REDACTED&REDACTED")),
            ("ey.a/b~c=1234567", r"ey.a/b~c=123456 \u0065 \u00zz % %6", None),
            ("ey.a/b~c=1234567", r#""\\u0065y.a/b~c=1234567""#, Some(r#""REDACTED""#)),
            ("ey.a/b~c=1234567", r#""\u006ey.a/b~c=1234567 \\ey.a/b~c=1234567""#, Some(r#""REDACTED \\REDACTED""#)),
            ("short-token", "ashort-tokens", Some("aREDACTEDs")),
            ("any", "any, many, anyone: 'any'", Some("REDACTED, many, anyone: 'REDACTED'")),
            ("any", "an", None),
        ] {
            let redacted = replaced(text.as_bytes(), token.as_bytes()).map(|text| String::from_utf8(text).unwrap());
            assert_eq!(redacted.as_deref(), expected, "{text}");
        }
    }
}
