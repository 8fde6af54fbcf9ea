//! Why a fragment can't be turned into a client.

use std::fmt;

/// A construct of the fragment that can't be carried, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pointer: String,
    message: String,
}

impl Error {
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }

    /// Where it stands, as a JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)); empty
    /// for the document as a whole.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is wrong, and what is allowed instead.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => f.write_str(&self.message),
            pointer => write!(f, "{pointer}: {}", self.message),
        }
    }
}

impl std::error::Error for Error {}
