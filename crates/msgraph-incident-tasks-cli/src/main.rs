#![doc = include_str!("../README.md")]

mod arguments;
mod commands;
mod exit;
mod session;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use commands::Checked;
use exit::Failure;
use session::Session;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_as_asked(arguments.command.default_log());
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
        let verb = match arguments.command.checked()? {
            Checked::Alone(run) => return run.await,
            Checked::WithClient(verb) => verb,
        };
        let session = Session::start(&arguments.connection).await?;
        let done = verb.run(session.client()).await;
        session.end().await?;
        done
    })
}

/// Logs to stderr what the environment variable `RUST_LOG` asks for, such as `debug`, or else what the command
/// logs anyway. No log holds a token.
fn log_as_asked(default: Option<&str>) {
    let asked = std::env::var("RUST_LOG").ok();
    if let Some(directives) = asked.as_deref().or(default) {
        let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(directives);
        let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        // Fails only where a logger is set already, and there is none.
        let _ = logs.try_init();
    }
}

/// Prints a line to stderr. Nothing depends on whether anyone reads it.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
