//! `incident-tasks`: the incident tasks of Microsoft Defender XDR at a terminal.

mod arguments;
mod commands;
mod exit;
mod session;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use exit::Failure;
use session::Session;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("error: {failure}"));
            failure.exit_code()
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // What is given is checked before anything starts.
        let Command::Update(update) = &arguments.command;
        let update = commands::Update::checked(update)?;
        let session = Session::start(&arguments.connection).await?;
        let done = update.run(session.client()).await;
        session.end().await?;
        done
    })
}

/// Prints a line to stderr. Nothing depends on whether anyone reads it.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
