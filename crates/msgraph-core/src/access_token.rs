//! A bearer token that cannot be printed.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// An OAuth 2.0 access token. Neither `Debug` nor any error shows it.
#[derive(Clone)]
pub struct AccessToken {
    // Shared by its clones: a secret is copied as rarely as can be.
    secret: Arc<SecretString>,
    // Made with the token, so that sending it cannot fail.
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
        let given = SecretString::from(token.into());
        let text = given.expose_secret().trim();
        if text.is_empty() {
            return Err(InvalidToken::Empty);
        }
        if let Some(position) = text.bytes().position(|byte| !is_token_byte(byte)) {
            return Err(InvalidToken::Character { position });
        }
        let bearer = SecretString::from(format!("Bearer {text}"));
        let mut header = HeaderValue::from_str(bearer.expose_secret()).map_err(|_| InvalidToken::Empty)?;
        header.set_sensitive(true);
        Ok(Self { secret: Arc::new(text.into()), header, expires_at: None })
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
        self.secret.expose_secret()
    }

    /// Returns the value of the `Authorization` header, marked as sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
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

fn is_token_byte(byte: u8) -> bool {
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
