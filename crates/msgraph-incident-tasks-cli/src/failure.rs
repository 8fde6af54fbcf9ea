//! Failures, and the exit codes that scripts can rely on.

use std::fmt;
use std::io;
use std::process::ExitCode;

use msgraph_incident_tasks::{Error, ErrorKind, WriteOutcome};
use serde_json::{Value, json};

use crate::text::one_line;

/// Each exit code and its meaning.
pub(crate) const EXIT_CODES: [(&str, &str); 14] = [
    ("0", "done"),
    ("1", "failed for any other reason"),
    ("2", "invalid command line, file or configuration; nothing was sent"),
    ("3", "some of several updates failed"),
    ("4", "not signed in: no access token, or it was rejected (401)"),
    ("5", "forbidden (403)"),
    ("6", "not found (404)"),
    ("7", "throttled (429)"),
    ("8", "outcome unknown: the write may have been applied"),
    ("9", "the write was applied, but its result could not be read or printed"),
    ("10", "timed out: the watched tasks did not reach the status in time"),
    ("11", "network failure: no connection, or it was lost or timed out"),
    ("130", "interrupted by Ctrl-C"),
    ("143", "ended by SIGTERM"),
];

const OTHER: u8 = 1;
const USAGE: u8 = 2;
const SIGN_IN: u8 = 4;
const OUTCOME_UNKNOWN: u8 = 8;
const APPLIED: u8 = 9;
const NETWORK: u8 = 11;
/// The exit code of a signal is its number plus this.
const SIGNALLED: u8 = 128;

/// The reason for which the program fails.
#[derive(Debug)]
pub(crate) enum Failure {
    Graph(Error),
    /// A write was applied; reading its result failed.
    Applied(Error),
    /// A write was applied; printing its result failed.
    Unprinted(io::Error),
    /// No access token is available.
    SignIn {
        message: String,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    Io(io::Error),
    /// The arguments or a file are invalid; nothing was sent.
    Usage(String),
    /// Some of several writes failed; each was reported.
    Partial {
        failed: usize,
        all: usize,
    },
    /// The watched tasks did not reach the status in time.
    TimedOut(String),
    /// The signal's number, and the outcome of the write if there was one.
    Interrupted {
        signal: u8,
        write: Option<WriteOutcome>,
    },
    /// A check failed, and was reported.
    CheckFailed(String),
    /// The reader of stdout closed it.
    ClosedStdout,
}

impl Failure {
    pub(crate) fn sign_in(message: impl Into<String>) -> Self {
        Self::SignIn { message: message.into(), source: None }
    }

    /// Returns the failure after a write that was applied.
    pub(crate) fn after_write(self) -> Self {
        match self {
            Self::Io(error) => Self::Unprinted(error),
            other => other,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        self.code().into()
    }

    /// Returns the failure for programs: always the same members, null if they do not apply.
    pub(crate) fn to_json(&self) -> Value {
        let graph = match self {
            Self::Graph(error) | Self::Applied(error) => Some(error),
            _ => None,
        };
        json!({
            "exitCode": self.code(),
            "kind": self.kind(),
            "message": self.to_string(),
            "writeOutcome": self.write_outcome().map(outcome_name),
            "operation": graph.and_then(Error::operation),
            "status": graph.and_then(Error::status),
            "code": graph.and_then(Error::code),
            "serviceMessage": graph.and_then(Error::message),
            "requestId": graph.and_then(Error::request_id),
            "clientRequestId": graph.and_then(Error::client_request_id),
            "retryAfterSeconds": graph.and_then(Error::retry_after).map(|wait| wait.as_secs_f64()),
        })
    }

    fn kind(&self) -> String {
        let name = match self {
            Self::Graph(error) | Self::Applied(error) => return camel_case(&error.kind().to_string()),
            Self::SignIn { .. } => "credential",
            Self::Io(_) | Self::Unprinted(_) | Self::ClosedStdout => "io",
            Self::Usage(_) => "usage",
            Self::Partial { .. } => "partial",
            Self::TimedOut(_) => "timedOut",
            Self::Interrupted { .. } => "interrupted",
            Self::CheckFailed(_) => "checkFailed",
        };
        name.to_owned()
    }

    pub(crate) fn write_outcome(&self) -> Option<WriteOutcome> {
        match self {
            // A read has no write outcome.
            Self::Graph(error) if error.operation().is_some_and(is_read) => None,
            Self::Graph(error) => error.write_outcome(),
            Self::Applied(_) | Self::Unprinted(_) => Some(WriteOutcome::Applied),
            Self::Interrupted { write, .. } => *write,
            _ => None,
        }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Graph(error) => code(error),
            Self::Applied(_) | Self::Unprinted(_) => APPLIED,
            Self::SignIn { .. } => SIGN_IN,
            Self::Io(error) if error.kind() == io::ErrorKind::InvalidInput => USAGE,
            Self::Io(_) | Self::CheckFailed(_) => OTHER,
            Self::Usage(_) => USAGE,
            Self::Partial { .. } => 3,
            Self::TimedOut(_) => 10,
            Self::Interrupted { signal, .. } => SIGNALLED.saturating_add(*signal),
            Self::ClosedStdout => 0,
        }
    }
}

fn is_read(operation: &str) -> bool {
    operation.starts_with("get_") || operation.starts_with("list_")
}

/// Returns the name of a write outcome in every machine format.
pub(crate) fn outcome_name(outcome: WriteOutcome) -> &'static str {
    match outcome {
        WriteOutcome::NotSent => "notSent",
        WriteOutcome::NotApplied => "notApplied",
        WriteOutcome::Applied => "applied",
        _ => "unknown",
    }
}

fn code(error: &Error) -> u8 {
    match (error.kind(), error.write_outcome(), error.status()) {
        (ErrorKind::InvalidInput | ErrorKind::Configuration, ..) => USAGE,
        // The outcome of the write precedes the error of the last attempt.
        (_, Some(WriteOutcome::Unknown), _) => OUTCOME_UNKNOWN,
        (_, Some(WriteOutcome::Applied), _) => APPLIED,
        (ErrorKind::Credential, ..) | (.., Some(401)) => SIGN_IN,
        (.., Some(403)) => 5,
        (.., Some(404)) => 6,
        (.., Some(429)) => 7,
        (ErrorKind::Connect | ErrorKind::Connection | ErrorKind::Timeout, ..) => NETWORK,
        _ => OTHER,
    }
}

/// Returns `unexpected status` as `unexpectedStatus`.
fn camel_case(words: &str) -> String {
    let mut name = String::new();
    for (index, word) in words.split(' ').enumerate() {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        if index == 0 {
            name.push_str(word);
        } else {
            name.extend([first.to_uppercase().as_str(), rest]);
        }
    }
    name
}

impl fmt::Display for Failure {
    /// Writes the failure and its causes on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause: Option<&dyn std::error::Error> = match self {
            Self::Graph(error) => Some(error),
            Self::Applied(error) => {
                f.write_str("the write was applied; reading its result failed: ")?;
                Some(error)
            }
            Self::Unprinted(error) => {
                f.write_str("the write was applied; printing its result failed: ")?;
                Some(error)
            }
            Self::Io(error) => Some(error),
            Self::SignIn { message, source } => {
                f.write_str(message)?;
                if source.is_some() {
                    f.write_str(": ")?;
                }
                source.as_deref().map(|source| source as _)
            }
            Self::Usage(message) | Self::TimedOut(message) | Self::CheckFailed(message) => {
                return f.write_str(message);
            }
            Self::Partial { failed, all } => return write!(f, "{failed} of {all} updates failed"),
            Self::Interrupted { write, .. } => {
                return f.write_str(match write {
                    None => "interrupted",
                    Some(WriteOutcome::NotSent) => "interrupted; nothing was sent",
                    Some(WriteOutcome::NotApplied) => "interrupted; the write was not applied",
                    Some(WriteOutcome::Applied) => "interrupted; the write was applied",
                    Some(_) => "interrupted; the write may have been applied",
                });
            }
            Self::ClosedStdout => return f.write_str("stdout is closed"),
        };
        // What the network did is in the message.
        let is_network = |error: &Error| matches!(error.kind(), ErrorKind::Connect | ErrorKind::Connection);
        let is_complete = matches!(self, Self::Graph(error) | Self::Applied(error) if is_network(error));
        let causes =
            std::iter::successors(cause, |error| error.source()).take(if is_complete { 1 } else { usize::MAX });
        let mut printed = String::new();
        for cause in causes.map(ToString::to_string) {
            // Some errors repeat their cause's text.
            if !printed.contains(&cause) {
                write!(f, "{}{}", if printed.is_empty() { "" } else { ": " }, one_line(&cause))?;
                printed.push_str(&cause);
            }
        }
        match self {
            Self::Graph(error) | Self::Applied(error) => match first_line(error) {
                Some(line) => write!(f, "; the body begins with {line:?}"),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// The most of a body that is shown, in bytes.
const MAX_SHOWN: usize = 200;

/// Returns the first line of a body that is not a Graph error, as a gateway's page; `None` if there is none, or it is in
/// an encoding.
fn first_line(error: &Error) -> Option<String> {
    let is_of_graph = error.code().or(error.message()).is_some() || error.kind() == ErrorKind::InvalidItem;
    let is_encoded = error.header("content-encoding").is_some_and(|encoding| !encoding.trim().is_empty());
    let body = error.body().filter(|_| !is_of_graph && !is_encoded)?;
    let body = body.trim_ascii_start();
    let end = body.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(body.len()).min(MAX_SHOWN);
    let line = one_line(&String::from_utf8_lossy(body.get(..end)?));
    (!line.is_empty()).then_some(line)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Graph(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
