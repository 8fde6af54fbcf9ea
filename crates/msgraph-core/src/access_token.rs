//! A bearer token that cannot be printed.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use secrecy::zeroize::Zeroizing;

const SCHEME: &str = "Bearer ";

/// An OAuth 2.0 access token. Neither `Debug` nor any error shows it. Clones share its memory, which is wiped when the
/// last one, and the last request with it, is dropped.
#[derive(Clone)]
pub struct AccessToken {
    // Made with the token, so that sending it cannot fail; requests share its memory.
    header: HeaderValue,
    expires_at: Option<SystemTime>,
}

impl AccessToken {
    /// Returns a token without surrounding white space, which a shell or an editor may add.
    ///
    /// # Errors
    ///
    /// If it is empty or contains anything but the characters of a bearer token ([RFC 6750, section
    /// 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
    pub fn new(token: impl Into<String>) -> Result<Self, InvalidToken> {
        let given = Zeroizing::new(token.into());
        let text = given.trim();
        if text.is_empty() {
            return Err(InvalidToken::Empty);
        }
        if let Some(position) = text.bytes().position(|byte| !is_token_byte(byte)) {
            return Err(InvalidToken::Character { position });
        }
        // Large enough from the start: growing would leave a copy behind.
        let mut bearer = Zeroizing::new(String::with_capacity(SCHEME.len() + text.len()));
        bearer.push_str(SCHEME);
        bearer.push_str(text);
        let header = HeaderValue::from_maybe_shared(Bytes::from_owner(bearer));
        let mut header = header.map_err(|_| InvalidToken::Empty)?;
        header.set_sensitive(true);
        Ok(Self { header, expires_at: None })
    }

    /// Sets when the token expires. It is reused until shortly before; a token without an expiry is used only by the
    /// requests that wait for it.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Returns when the token expires, if it is known.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// Returns the token itself. Keep it out of logs.
    pub fn secret(&self) -> &str {
        str::from_utf8(token_of(&self.header)).unwrap_or_default()
    }

    /// Returns the value of the `Authorization` header, marked as sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

/// Returns the token in the value of an `Authorization` header.
pub(crate) fn token_of(header: &HeaderValue) -> &[u8] {
    header.as_bytes().strip_prefix(SCHEME.as_bytes()).unwrap_or_default()
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(REDACTED)")
    }
}

/// The error of an invalid access token. Never shows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidToken {
    /// It is empty.
    Empty,
    /// It contains a character that a bearer token cannot have.
    #[non_exhaustive]
    Character {
        /// The offset of the character, in bytes.
        position: usize,
    },
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the token is empty"),
            Self::Character { position } => write!(
                f,
                "byte {} is not allowed in a bearer token (give the token only, without `Bearer`)",
                position + 1
            ),
        }
    }
}

impl std::error::Error for InvalidToken {}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::{AccessToken, InvalidToken};

    #[test]
    fn debug_does_not_show_the_token() {
        let token = AccessToken::new("eyJ0.canary-1.x_y").unwrap();
        assert_eq!(format!("{token:?}"), "AccessToken(REDACTED)");
        let header = token.header();
        assert!(!format!("{header:?}").contains("canary"));
    }

    /// Scans this process. The text that it looks for is made byte by byte, and is nowhere as a whole.
    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_of_a_token_is_left_in_memory_when_its_last_clone_is_dropped() {
        use std::io::{Read, Seek, SeekFrom};

        const LENGTH: usize = 48;

        fn byte(index: usize) -> u8 {
            b"hgfedcba"[index % 8].wrapping_add((index / 8) as u8)
        }

        fn copies() -> usize {
            let mut memory = std::fs::File::open("/proc/self/mem").unwrap();
            let (mut count, mut buffer) = (0, vec![0; 1 << 16]);
            for line in std::fs::read_to_string("/proc/self/maps").unwrap().lines() {
                let (range, rest) = line.split_once(' ').unwrap();
                let (from, to) = range.split_once('-').unwrap();
                let [from, to] = [from, to].map(|address| u64::from_str_radix(address, 16).unwrap());
                if !rest.starts_with("rw") || memory.seek(SeekFrom::Start(from)).is_err() {
                    continue;
                }
                let (mut left, mut matched) = (to - from, 0);
                while let Ok(read @ 1..) = memory.by_ref().take(left).read(&mut buffer) {
                    left -= read as u64;
                    for place in &mut buffer[..read] {
                        // Inverted at once: this copy is not to be found.
                        let found = std::mem::replace(place, !*place);
                        matched = if found == byte(matched) { matched + 1 } else { usize::from(found == byte(0)) };
                        if matched == LENGTH {
                            (count, matched) = (count + 1, 0);
                        }
                    }
                }
            }
            count
        }

        let token = AccessToken::new((0..LENGTH).map(|index| char::from(byte(index))).collect::<String>()).unwrap();
        let (clone, header) = (token.clone(), token.header());
        drop(token);
        let alive = copies();
        drop((clone, header));
        assert!(alive >= 1);
        assert_eq!(copies(), 0, "{alive} before");
    }

    #[test]
    fn white_space_around_a_token_is_removed() {
        assert_eq!(AccessToken::new(" abc\r\n").unwrap().secret(), "abc");
    }

    #[test]
    fn an_invalid_token_is_rejected_without_being_shown() {
        assert_eq!(AccessToken::new(" \n").unwrap_err(), InvalidToken::Empty);
        for text in ["Bearer abc", "a\nb", "ä", "a\0b"] {
            let error = AccessToken::new(text).unwrap_err();
            assert!(!error.to_string().contains(text), "{error}");
        }
    }
}
