#![doc = include_str!("../README.md")]

mod arguments;
mod commands;
mod exit;
mod session;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use exit::Failure;
use session::Session;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_as_asked();
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
        let verb = arguments.command.checked()?;
        let session = Session::start(&arguments.connection).await?;
        let done = verb.run(session.client()).await;
        session.end().await?;
        done
    })
}

/// Logs to stderr what the environment variable `RUST_LOG` asks for, such as `debug`; nothing unless it is
/// set. No log holds a token.
fn log_as_asked() {
    if std::env::var_os("RUST_LOG").is_some() {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        // Fails only where a logger is set already, and there is none.
        let _ = logs.try_init();
    }
}

/// Prints a line to stderr. Nothing depends on whether anyone reads it.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
