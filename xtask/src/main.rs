//! `cargo xtask`: the project's tasks. What is here is dispatch; each task has its own file.

mod ci;
mod public_api;
mod regenerate;
mod spec;

use std::process::ExitCode;

use clap::Parser;

/// The project's tasks.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Task {
    /// Writes the snapshot of the generated client, the copy of the fragment beside it, and the listings of what
    /// each library shows.
    Regenerate {
        /// Writes nothing; fails, and shows the difference, where something is stale.
        #[arg(long)]
        check: bool,
    },
    /// Tools for an API description that changes.
    #[command(subcommand)]
    Spec(spec::Spec),
    /// Runs all that gates a landing.
    Ci,
    /// Measures what the client costs, beside plain reqwest; `cargo xtask bench --help` says how.
    #[command(disable_help_flag = true)]
    Bench {
        /// What bench is given.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs what takes too long for `ci`: many updates at once, long runs that are killed, requests that make no
    /// sense.
    Soak {
        /// One of the runs; all unless said.
        #[arg(value_parser = ["properties", "throttled", "bulk", "emulator", "kill"])]
        run: Option<String>,
    },
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Regenerate { check } => regenerate::run(check),
        Task::Spec(spec) => return spec.run(),
        Task::Ci => ci::run(),
        Task::Bench { arguments } => bench(&arguments),
        Task::Soak { run } => soak(run.as_deref()),
    };
    exit_code(done)
}

fn bench(arguments: &[String]) -> Result<(), String> {
    // One of its programs counts allocations.
    ci::cargo(&["build", "--release", "--quiet", "--package", "bench"])?;
    let bench = ["run", "--release", "--quiet", "--package", "bench", "--bin", "bench", "--"];
    ci::cargo(&bench.into_iter().chain(arguments.iter().map(String::as_str)).collect::<Vec<_>>())
}

fn soak(run: Option<&str>) -> Result<(), String> {
    if matches!(run, None | Some("properties")) {
        // Those of `cargo test`, on a hundred times as many inputs.
        ci::cargo_with(&["test", "--workspace", "properties"], &[("PROPTEST_CASES", "25600")])?;
        if run.is_some() {
            return Ok(());
        }
    }
    // One of the runs calls it.
    ci::cargo(&["build", "--release", "--package", "msgraph-incident-tasks-cli"])?;
    let soak = ["run", "--release", "--package", "conformance", "--example", "soak", "--"];
    ci::cargo(&[&soak[..], run.as_slice()].concat())
}

fn exit_code(done: Result<(), String>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            report(&message);
            ExitCode::FAILURE
        }
    }
}

/// Prints a line of a result.
#[expect(clippy::print_stdout, reason = "the result of a task is for stdout")]
fn say(line: &str) {
    println!("{line}");
}

/// Says something to whoever runs a task.
#[expect(clippy::print_stderr, reason = "tasks talk to a terminal")]
fn report(line: &str) {
    eprintln!("{line}");
}
