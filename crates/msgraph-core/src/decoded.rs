//! What reading the body of a response comes to.

use std::fmt;

/// A value that was read from JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// The JSON pointers ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) of what was repaired before it could be
    /// read: see [`Response::repaired`](crate::Response::repaired).
    pub repaired: Vec<String>,
}

/// Why a body is not the response to an operation.
#[derive(Debug)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body is not JSON, or does not match the schema.
    Schema(serde_json::Error),
    /// The body is another entity than the one that was requested.
    OtherEntity {
        /// Its ID.
        id: String,
        /// The ID that was requested.
        requested: String,
    },
}

impl<T> From<T> for Decoded<T> {
    fn from(value: T) -> Self {
        Self { value, repaired: Vec::new() }
    }
}

impl From<serde_json::Error> for DecodeError {
    fn from(problem: serde_json::Error) -> Self {
        Self::Schema(problem)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // An error of serde_json that is not of a place has line 0.
            Self::Schema(problem) if problem.line() == 0 => {
                write!(f, "response body does not match the schema: {problem}")
            }
            Self::Schema(problem) => {
                let (line, column) = (problem.line(), problem.column());
                write!(f, "response body does not match the schema at line {line} column {column}")
            }
            Self::OtherEntity { id, requested } => {
                write!(f, "response body has the id {id:?}, but {requested:?} was requested")
            }
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Schema(problem) => Some(problem),
            Self::OtherEntity { .. } => None,
        }
    }
}
