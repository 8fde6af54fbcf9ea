#![doc = include_str!("../README.md")]

mod arguments;
mod commands;
mod exit;
mod interrupt;
mod output;
mod session;
mod sign_in;
mod token_claims;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use commands::Checked;
use exit::Failure;
use output::Output;
use session::Session;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_as_asked(arguments.command.default_log());
    let output = Output::new(arguments.output, arguments.local);
    match run(arguments, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_stdout() => ExitCode::SUCCESS,
        Err(failure) => {
            match output.wants_json_errors() {
                true => say(&failure.to_json().to_string()),
                false => say(&format!("error: {failure}")),
            }
            failure.exit_code()
        }
    }
}

fn run(arguments: Arguments, output: Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let verb = match arguments.command.checked()? {
            Checked::Alone(run) => return run.await,
            Checked::WithSession(verb) => verb,
        };
        if arguments.connection.token_stdin && verb.reads_stdin() {
            return Err(Failure::Usage("stdin can't hold both the access token and the rows".to_owned()));
        }
        let session = Session::start(&arguments.connection, output, verb.mode())?;
        let session = session.with_emulator_if_asked(&arguments.connection).await?;
        let done = match verb.handles_interruption() {
            true => verb.run(&session).await,
            false => tokio::select! {
                done = verb.run(&session) => done,
                signal = interrupt::interrupted() => Err(Failure::Interrupted(signal?)),
            },
        };
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
