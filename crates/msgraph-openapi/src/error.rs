//! The error of this crate.

use std::fmt;

/// An error in a document, with the JSON pointer of its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pointer: String,
    message: String,
}

impl Error {
    /// Returns an error at a place, for readers that use this crate.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }

    /// Returns the JSON pointer of the place.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Returns the description of the error, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.pointer, self.message)
        }
    }
}

impl std::error::Error for Error {}
