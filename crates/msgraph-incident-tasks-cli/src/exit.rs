//! Failures, and the exit codes that scripts can rely on.

use std::fmt;
use std::io;
use std::process::ExitCode;

use msgraph_incident_tasks::{Error, ErrorKind, WriteOutcome};
use serde_json::{Value, json};

/// What `--help` says of exit codes.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    failed for any other reason
  2    the command line or the configuration can't be used; nothing was sent
  3    some of several updates failed
  4    not signed in: there is no access token, or it was refused (401)
  5    forbidden (403)
  6    not found (404)
  7    throttled (429)
  8    outcome unknown: the write may have been applied
  9    the write was applied, but the answer can't be used
  10   timed out: what was watched for did not come
  130  interrupted by Ctrl-C (143: by SIGTERM)";

const USAGE: u8 = 2;
const PARTIAL: u8 = 3;
const TIMED_OUT: u8 = 10;
/// A signal's exit code is its number and this.
const SIGNALLED: u8 = 128;

/// Why the program ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    Graph(Error),
    Io(io::Error),
    /// What is given can't be used; nothing was sent.
    Usage(String),
    /// Some of several writes failed; each was said.
    Partial {
        failed: usize,
        all: usize,
    },
    /// Something did not come in time.
    TimedOut(String),
    /// A signal's number.
    Interrupted(u8),
    /// A check found something, and has said what.
    Found(String),
    /// Whoever reads stdout has gone.
    ClosedStdout,
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        self.code().into()
    }

    pub(crate) fn is_closed_stdout(&self) -> bool {
        matches!(self, Self::ClosedStdout)
    }

    /// The failure for programs.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({ "exitCode": self.code(), "message": self.to_string() });
        if let Self::Graph(graph) = self {
            error["graph"] = of_graph(graph);
        }
        json!({ "error": error })
    }

    fn code(&self) -> u8 {
        match self {
            Self::Graph(error) => code(error),
            Self::Io(error) if error.kind() == io::ErrorKind::InvalidInput => USAGE,
            Self::Io(_) | Self::Found(_) => 1,
            Self::Usage(_) => USAGE,
            Self::Partial { .. } => PARTIAL,
            Self::TimedOut(_) => TIMED_OUT,
            Self::Interrupted(signal) => SIGNALLED + signal,
            Self::ClosedStdout => 0,
        }
    }
}

/// An error of a call, for programs.
pub(crate) fn of_graph(error: &Error) -> Value {
    json!({
        "kind": error.kind().to_string(),
        "operation": error.operation(),
        "status": error.status(),
        "code": error.code(),
        "message": error.message(),
        "writeOutcome": error.write_outcome().map(|outcome| outcome.to_string()),
        "requestId": error.request_id(),
        "clientRequestId": error.client_request_id(),
        "retryAfterSeconds": error.retry_after().map(|wait| wait.as_secs_f64()),
    })
}

fn code(error: &Error) -> u8 {
    match (error.kind(), error.status()) {
        (ErrorKind::InvalidInput | ErrorKind::Configuration, _) => USAGE,
        (ErrorKind::Credential, _) | (_, Some(401)) => 4,
        (_, Some(403)) => 5,
        (_, Some(404)) => 6,
        (_, Some(429)) => 7,
        _ => match error.write_outcome() {
            Some(WriteOutcome::Unknown) => 8,
            Some(WriteOutcome::Applied) => 9,
            _ => 1,
        },
    }
}

impl fmt::Display for Failure {
    /// One line: the failure, then what caused it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error: &dyn std::error::Error = match self {
            Self::Graph(error) => error,
            Self::Io(error) => error,
            Self::Usage(message) | Self::TimedOut(message) | Self::Found(message) => return f.write_str(message),
            Self::Partial { failed, all } => return write!(f, "{failed} of {all} updates failed"),
            Self::Interrupted(_) => return f.write_str("interrupted; a write that was sent may have been applied"),
            Self::ClosedStdout => return f.write_str("stdout is closed"),
        };
        write!(f, "{error}")?;
        let causes = std::iter::successors(error.source(), |error| error.source());
        let mut said = error.to_string();
        for cause in causes.map(ToString::to_string) {
            // Some errors repeat their cause's text.
            if !said.contains(&cause) {
                write!(f, ": {}", cause.replace(char::is_control, " "))?;
                said.push_str(&cause);
            }
        }
        Ok(())
    }
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
