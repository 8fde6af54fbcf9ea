#![doc = include_str!("../README.md")]

#[cfg(all(test, feature = "emulator"))]
mod apply_tests;
mod blocking;
mod cli;
mod commands;
mod connection;
mod failure;
mod files;
mod filters;
mod interrupt;
mod output;
mod session;
mod sign_in;
mod text;
mod token_claims;
mod values;
mod warnings;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use serde_json::json;

use cli::Cli;
use failure::Failure;
use interrupt::Interruption;
use output::{Output, json_line};
use text::{eprint_line, escaped};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    start_log(cli.default_log());
    let output = Output::new(&cli.output);
    match run(cli, output) {
        Ok(()) | Err(Failure::ClosedStdout) => ExitCode::SUCCESS,
        Err(failure) => report(&failure, output.has_json_errors),
    }
}

fn run(cli: Cli, output: Output) -> Result<(), Failure> {
    // The subcommand has the main thread, and may block it by printing; connections are served by the other one.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let result = runtime.block_on(async { cli.run(output, &mut Interruption::listen()?).await });
    // Name resolution may still block a thread.
    runtime.shutdown_background();
    result
}

fn report(failure: &Failure, is_json: bool) -> ExitCode {
    let json = json_line(&json!({ "error": failure.to_json() }));
    match json {
        Ok(json) if is_json => eprint_line(&json),
        _ => eprint_line(&format!("error: {failure}")),
    }
    failure.exit_code()
}

/// Prints the error of an invalid command line, or the requested help or version.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // A closed stdout is not an error here.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    if asks_for_json(std::env::args().skip(1)) {
        let message = text.split("\n\nUsage:").next().unwrap_or_default();
        let message = message.strip_prefix("error: ").unwrap_or(message);
        return report(&Failure::Usage(text::one_line(message)), true);
    }
    let _ = io::stderr().write_all(escaped(&text, |c| c == '\n').as_bytes());
    Failure::Usage(String::new()).exit_code()
}

/// Returns true if the arguments request JSON, even if other arguments are invalid.
fn asks_for_json(arguments: impl Iterator<Item = String>) -> bool {
    let mut is_value = false;
    let mut is_json = false;
    for argument in arguments.take_while(|argument| argument != "--") {
        let value = if is_value {
            Some(argument.as_str())
        } else {
            let value = argument.strip_prefix("--output=").or_else(|| argument.strip_prefix("-o"));
            value.map(|value| value.trim_start_matches('=')).filter(|value| !value.is_empty())
        };
        is_json = value.map_or(is_json, |value| matches!(value, "json" | "jsonl"));
        is_value = matches!(argument.as_str(), "--output" | "-o");
    }
    is_json
}

/// Logs to stderr at the level of the environment variable `RUST_LOG`, or else of the subcommand. No log has a token.
fn start_log(default: Option<&str>) {
    let variable = std::env::var("RUST_LOG").ok().filter(|directives| !directives.is_empty());
    if let Some(directives) = variable.as_deref().or(default) {
        let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(directives);
        let logs = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| SafeStderr);
        // Fails only if a logger is set already, and there is none.
        let _ = logs.try_init();
    }
}

/// Writes a log to stderr with control characters escaped.
struct SafeStderr;

impl Write for SafeStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = escaped(&String::from_utf8_lossy(bytes), |c| c == '\n');
        io::stderr().write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::asks_for_json;

    #[test]
    fn json_is_recognized_in_invalid_arguments() {
        let asks = |line: &str| asks_for_json(line.split(' ').map(str::to_owned));
        for line in
            ["get --output json", "-o json get", "-ojsonl x", "--output=json --no-such", "-o=json -o csv -o json"]
        {
            assert!(asks(line), "{line}");
        }
        for line in ["get 1", "-o table", "-o json -o csv", "--filter json", "-- -o json", "--output"] {
            assert!(!asks(line), "{line}");
        }
    }
}
