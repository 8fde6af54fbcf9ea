//! `cargo xtask bench`: the cost of the client, compared with plain reqwest in the same run.

mod plots;
mod runs;

use std::process::ExitCode;

use bench::budgets::Budgets;
use bench::table::Results;
use bench::{Error, print_line, server};
use clap::{Parser, Subcommand};

/// Measure the cost of the client, compared with plain reqwest in the same run
///
/// Takes some minutes, on a machine that does nothing else. Ratios are medians over rounds in which the
/// implementations take turns.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask bench")]
struct Arguments {
    /// Print the table as Markdown
    #[arg(long)]
    markdown: bool,

    /// Also measure the cost of depending on the library: builds, packages, binaries, cold start
    #[arg(long)]
    build: bool,

    /// Measure everything, and fail if a budget is not met
    #[arg(long)]
    check: bool,

    /// Measure and plot how cost grows
    #[arg(long, conflicts_with_all = ["build", "check"])]
    plot: bool,

    #[command(subcommand)]
    part: Option<Part>,
}

/// The tasks of the other processes of a run.
#[derive(Debug, Subcommand)]
#[command(hide = true)]
enum Part {
    /// Serves.
    Serve { scheme: String, delay: u64 },
    /// Updates in bulk, and prints the cost.
    Bulk { url: String, count: usize },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    let Arguments { markdown, build, check, plot, part } = Arguments::parse();
    match part {
        Some(part) => part.run().await.map(|()| ExitCode::SUCCESS),
        None if plot => plots::run().map(|()| ExitCode::SUCCESS),
        None => measure(markdown, build, check),
    }
}

fn measure(markdown: bool, build: bool, check: bool) -> Result<ExitCode, Error> {
    let budgets = Budgets::read()?;
    let mut results = Results::default();
    runs::requests::run(&mut results)?;
    runs::codec::run(&mut results)?;
    runs::single::run(&mut results)?;
    if build || check {
        runs::programs::run(&mut results, &budgets)?;
    }
    print_line(&results.table(markdown));
    print_line("");
    let mut all_met = true;
    for measured in &results.measured {
        let (line, is_met) = budgets.judge(measured)?;
        print_line(&line);
        all_met &= is_met;
    }
    let unmeasured: Vec<_> =
        budgets.names().filter(|name| !results.measured.iter().any(|measured| measured.budget == *name)).collect();
    if !unmeasured.is_empty() {
        print_line(&format!("not measured: {}", unmeasured.join(", ")));
    }
    let fails = check && !(all_met && unmeasured.is_empty());
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Part {
    async fn run(self) -> Result<(), Error> {
        match self {
            Self::Serve { scheme, delay } => server::serve(scheme == "tls", delay).await,
            Self::Bulk { url, count } => runs::single::bulk(&url, count).await,
        }
    }
}
