//! `cargo xtask`: the project's tasks, one file each; this one dispatches.

mod archive;
mod cargo;
mod ci;
mod dist;
mod output;
mod regenerate;
mod semver;
mod spec;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use crate::cargo::{cargo, cargo_with};
use crate::output::exit_code;

/// The project's tasks.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Task {
    /// Writes the snapshot of the generated crate and its copy of the spec.
    Regenerate {
        /// Writes nothing; shows the difference and fails if a file is stale.
        #[arg(long)]
        check: bool,
    },
    /// Checks and compares specs.
    #[command(subcommand)]
    Spec(spec::Spec),
    /// Runs every check that gates a merge.
    Ci,
    /// Finds breaking changes of the published libraries, before a release.
    Semver {
        /// The git revision to compare with. Default: the last tag.
        revision: Option<String>,
    },
    /// Builds the archive of a release: program, completions, manual pages, licences, SBOM and SHA-256.
    Dist {
        /// The target, whose programs this machine can run. Default: this machine's.
        #[arg(long)]
        target: Option<String>,
    },
    /// Measures the cost of the client, compared with plain reqwest; options: `cargo xtask bench --help`.
    #[command(disable_help_flag = true)]
    Bench {
        /// The bench's options.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs tests that take too long for `ci`: bulk updates, killed runs, random requests.
    Soak {
        /// One of the runs. Default: all.
        #[arg(value_parser = ["properties", "throttled", "bulk", "emulator", "kill", "follow"])]
        run: Option<String>,
    },
}

fn main() -> ExitCode {
    exit_code(match Task::parse() {
        Task::Regenerate { check } => regenerate::run(check),
        Task::Spec(spec) => return spec.run(),
        Task::Ci => ci::run(),
        Task::Semver { revision } => semver::run(revision),
        Task::Dist { target } => dist::run(target),
        Task::Bench { arguments } => bench(&arguments),
        Task::Soak { run } => soak(run.as_deref()),
    })
}

fn bench(arguments: &[String]) -> Result<(), String> {
    // One program counts allocations.
    cargo(&["build", "--release", "--quiet", "--package", "bench"])?;
    let bench = ["run", "--release", "--quiet", "--package", "bench", "--bin", "bench", "--"];
    cargo(&bench.into_iter().chain(arguments.iter().map(String::as_str)).collect::<Vec<_>>())
}

fn soak(run: Option<&str>) -> Result<(), String> {
    if matches!(run, None | Some("properties")) {
        // The properties of `cargo test`, with a hundred times as many inputs.
        cargo_with(&["test", "--workspace", "properties"], &[("PROPTEST_CASES", "25600")])?;
        if run.is_some() {
            return Ok(());
        }
    }
    // The kill run uses the CLI.
    cargo(&["build", "--release", "--package", "msgraph-incident-tasks-cli"])?;
    let soak = ["run", "--release", "--package", "conformance", "--features", "soak", "--example", "soak", "--"];
    cargo(&[&soak[..], run.as_slice()].concat())
}
