//! Reads JSON bodies of the service.

mod parts;
mod repair;
mod size;

use serde::de::DeserializeOwned;

pub(crate) use parts::{Each, each_element, each_member, members};
pub(crate) use repair::repair;
pub(crate) use size::exceeds;

use crate::decoded::Decoded;

/// Reads a value from a body.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<Decoded<T>> {
    read_text(text(body)?)
}

/// Reads a value from a text, which is repaired if it cannot be read as it is.
pub(crate) fn read_text<T: DeserializeOwned>(text: &str) -> serde_json::Result<Decoded<T>> {
    match serde_json::from_str(text) {
        Ok(value) => Ok(Decoded { value, repaired: Vec::new() }),
        Err(problem) => repaired(text).ok_or(problem),
    }
}

fn repaired<T: DeserializeOwned>(text: &str) -> Option<Decoded<T>> {
    let (text, repaired) = repair(text)?;
    Some(Decoded { value: serde_json::from_str(&text).ok()?, repaired })
}

/// Returns the text of a body, checked as a whole and not string by string.
pub(crate) fn text(body: &[u8]) -> serde_json::Result<&str> {
    let body = without_byte_order_mark(body);
    std::str::from_utf8(body).map_err(|error| not_utf8(body, error))
}

/// Skips a byte order mark, which some services of Graph send although JSON does not allow it.
pub(crate) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

fn not_utf8(body: &[u8], error: std::str::Utf8Error) -> serde_json::Error {
    // serde_json reports the line and column, unless an earlier part is invalid.
    match serde_json::from_slice::<serde_json::Value>(body) {
        Err(problem) => problem,
        Ok(_) => serde::de::Error::custom(error),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn invalid_utf8_is_an_error_with_its_position() {
        let problem = read::<Vec<String>>(b"[\"a\",\n\"\xff\"]").unwrap_err();
        assert_eq!((problem.line(), problem.column()), (2, 2), "{problem}");
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(read::<u8>(b"\xef\xbb\xbf7").unwrap().value, 7);
    }
}
