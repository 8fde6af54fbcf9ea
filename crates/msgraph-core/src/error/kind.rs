//! The kinds of errors.

use std::fmt;

/// The kinds of [`Error`](crate::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration of the client is invalid.
    Configuration,
    /// A value is invalid; nothing was sent.
    InvalidInput,
    /// No access token was available.
    Credential,
    /// No connection could be made.
    Connect,
    /// The request timed out.
    Timeout,
    /// The connection was lost before the response was complete, or the other side broke the protocol.
    Connection,
    /// The service responded with a failure status.
    Status,
    /// The service responded with a success or redirect that the spec does not document for the operation.
    UnexpectedStatus,
    /// The response does not match the schema, or is a success with a Graph error in its body.
    InvalidResponse,
    /// The response is larger than allowed.
    ResponseTooLarge,
    /// One item of a collection does not match the schema. The error's body is the item's JSON; the
    /// items after it follow.
    InvalidItem,
    /// Nothing was sent: a request of the same batch that this one depends on failed.
    DependencyFailed,
    /// Nothing was sent: the client is in dry-run mode.
    DryRun,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Configuration => "configuration",
            Self::InvalidInput => "invalid input",
            Self::Credential => "credential",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Status => "status",
            Self::UnexpectedStatus => "unexpected status",
            Self::InvalidResponse => "invalid response",
            Self::ResponseTooLarge => "response too large",
            Self::InvalidItem => "invalid item",
            Self::DependencyFailed => "dependency failed",
            Self::DryRun => "dry run",
        })
    }
}
