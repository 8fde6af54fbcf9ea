//! The verbs, one file each.

#[cfg(feature = "emulator")]
mod emulator;
mod execute;
mod get;
mod list;
mod update;

use std::io::{self, Write};
use std::pin::Pin;

use clap::Subcommand;
use msgraph_incident_tasks::Client;
use serde::Serialize;

use crate::exit::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[cfg(feature = "emulator")]
    Emulator(emulator::Arguments),
    Execute(execute::Arguments),
    Get(get::Arguments),
    List(list::Arguments),
    Update(update::Arguments),
}

impl Command {
    /// What is given, checked before anything starts.
    pub(crate) fn checked(self) -> Result<Checked, Failure> {
        let verb: Box<dyn Verb> = match self {
            #[cfg(feature = "emulator")]
            Self::Emulator(arguments) => return Ok(Checked::Alone(Box::pin(arguments.run()))),
            Self::Execute(arguments) => Box::new(arguments.checked()?),
            Self::Get(arguments) => Box::new(arguments.checked()?),
            Self::List(arguments) => Box::new(arguments.checked()?),
            Self::Update(arguments) => Box::new(arguments.checked()?),
        };
        Ok(Checked::WithClient(verb))
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
    /// One that needs no client.
    #[cfg_attr(not(feature = "emulator"), expect(dead_code, reason = "only the emulator needs no client"))]
    Alone(Run<'static>),
    WithClient(Box<dyn Verb>),
}

/// A verb, ready to run.
pub(crate) trait Verb {
    fn run<'a>(self: Box<Self>, client: &'a Client) -> Run<'a>;
}

pub(crate) type Run<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// Prints a value as JSON.
fn print(value: &impl Serialize) -> io::Result<()> {
    print_line(&serde_json::to_string_pretty(value)?)
}

/// Prints a line to stdout. A reader that has gone away is no failure.
fn print_line(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}
