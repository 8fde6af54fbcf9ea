//! Failures, and the exit codes that scripts can rely on.

use std::fmt;
use std::io;
use std::process::ExitCode;

use msgraph_incident_tasks::{Error, ErrorKind, WriteOutcome};

/// What `--help` says of exit codes.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  failed for any other reason
  2  the command line or the configuration can't be used; nothing was sent
  3  some of several updates failed
  4  not signed in: there is no access token, or it was refused (401)
  5  forbidden (403)
  6  not found (404)
  7  throttled (429)
  8  outcome unknown: the write may have been applied
  9  the write was applied, but the answer can't be used";

const USAGE: u8 = 2;
const PARTIAL: u8 = 3;

/// Why the program ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    Graph(Error),
    Io(io::Error),
    /// Some of several writes failed; each was said.
    Partial {
        failed: usize,
        all: usize,
    },
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Graph(error) => code(error).into(),
            Self::Io(error) if error.kind() == io::ErrorKind::InvalidInput => USAGE.into(),
            Self::Io(_) => ExitCode::FAILURE,
            Self::Partial { .. } => PARTIAL.into(),
        }
    }
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
            Self::Partial { failed, all } => return write!(f, "{failed} of {all} updates failed"),
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
