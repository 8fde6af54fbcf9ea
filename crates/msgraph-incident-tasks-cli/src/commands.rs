//! The verbs, one file each.

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
    Execute(execute::Arguments),
    Get(get::Arguments),
    List(list::Arguments),
    Update(update::Arguments),
}

impl Command {
    /// What is given, checked before anything starts.
    pub(crate) fn checked(self) -> Result<Box<dyn Verb>, Failure> {
        Ok(match self {
            Self::Execute(arguments) => Box::new(arguments.checked()?),
            Self::Get(arguments) => Box::new(arguments.checked()?),
            Self::List(arguments) => Box::new(arguments.checked()?),
            Self::Update(arguments) => Box::new(arguments.checked()?),
        })
    }
}

/// A verb, ready to run.
pub(crate) trait Verb {
    fn run<'a>(self: Box<Self>, client: &'a Client) -> Run<'a>;
}

pub(crate) type Run<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// Prints a value as JSON. A reader that has gone away is no failure.
fn print(value: &impl Serialize) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let json = serde_json::to_string_pretty(value)?;
    match writeln!(stdout, "{json}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}
