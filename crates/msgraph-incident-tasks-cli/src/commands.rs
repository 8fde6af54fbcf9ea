//! The verbs, one file each.

mod apply;
mod completions;
mod doctor;
#[cfg(feature = "emulator")]
mod emulator;
mod execute;
mod get;
mod list;
mod man;
mod update;
mod watch;
mod whoami;

use std::pin::Pin;
use std::time::Duration;

use clap::Subcommand;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::types::IncidentTaskUpdate;
use msgraph_incident_tasks::{Error, ErrorKind};

use crate::exit::Failure;
use crate::session::{Mode, Session};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Get(get::Arguments),
    Update(update::Arguments),
    Execute(execute::Arguments),
    Watch(watch::Arguments),
    Apply(apply::Arguments),
    Whoami(whoami::Arguments),
    Doctor(doctor::Arguments),
    #[cfg(feature = "emulator")]
    Emulator(emulator::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Command {
    /// What is given, checked before anything starts.
    pub(crate) fn checked(self) -> Result<Checked, Failure> {
        let verb: Box<dyn Verb> = match self {
            #[cfg(feature = "emulator")]
            Self::Emulator(arguments) => return Ok(Checked::Alone(Box::pin(arguments.run()))),
            Self::Completions(arguments) => return Ok(Checked::Alone(Box::pin(async move { arguments.run() }))),
            Self::Man(arguments) => return Ok(Checked::Alone(Box::pin(async move { arguments.run() }))),
            Self::Apply(arguments) => Box::new(arguments.checked()?),
            Self::Doctor(arguments) => Box::new(arguments),
            Self::Execute(arguments) => Box::new(arguments.checked()?),
            Self::Get(arguments) => Box::new(arguments.checked()?),
            Self::List(arguments) => Box::new(arguments.checked()?),
            Self::Update(arguments) => Box::new(arguments.checked()?),
            Self::Watch(arguments) => Box::new(arguments.checked()?),
            Self::Whoami(arguments) => Box::new(arguments),
        };
        Ok(Checked::WithSession(verb))
    }

    /// What is logged where the environment doesn't say.
    pub(crate) fn default_log(&self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "emulator")]
            Self::Emulator(_) => Some("msgraph_incident_tasks_emulator=info"),
            _ => None,
        }
    }
}

/// A command whose arguments can be used.
pub(crate) enum Checked {
    /// One that calls nobody.
    Alone(Run<'static>),
    WithSession(Box<dyn Verb>),
}

/// A verb, ready to run.
pub(crate) trait Verb {
    fn run<'a>(self: Box<Self>, session: &'a Session) -> Run<'a>;

    /// Whether requests are sent.
    fn mode(&self) -> Mode {
        Mode::Send
    }

    /// Whether its data come from stdin.
    fn reads_stdin(&self) -> bool {
        false
    }

    /// Whether the verb itself ends in good order when it is interrupted.
    fn handles_interruption(&self) -> bool {
        false
    }
}

pub(crate) type Run<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// The status that a text says, if it can be sent.
fn status(text: &str, allow_unknown: bool) -> Result<IncidentTaskStatus, Error> {
    let status = IncidentTaskStatus::from(text.to_owned());
    let body = IncidentTaskUpdate::new().status(status.clone());
    let body = if allow_unknown { body.allow_unknown_values() } else { body };
    body.check().map_err(|refused| Error::new(ErrorKind::InvalidInput, refused.to_string()))?;
    Ok(status)
}

/// The mode of a verb that has `--dry-run`.
fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::DryRun } else { Mode::Send }
}

/// What a write came to; a dry run that has shown it came to nothing.
fn unless_dry_run<T>(session: &Session, result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(error) if session.is_dry_run() && error.kind() == ErrorKind::DryRun => Ok(None),
        result => result.map(Some),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "it must be a number of seconds, such as 2 or 0.5".to_owned())
}
