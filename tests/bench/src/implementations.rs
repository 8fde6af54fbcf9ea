//! The implementations under test: each updates a task as its users would write it.

pub mod generated;
pub mod library;
pub mod plain;

use std::future::Future;
use std::pin::Pin;

use clap::{Parser, ValueEnum};

use crate::measure::{Counted, Updates};
use crate::{Error, print_line};

const TOKEN: &str = "bench";
/// The documented task, which each update sets.
pub const TASK: &str = "213213";

/// An implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Implementation {
    /// reqwest and a serde struct, with the library's TLS: ring and the operating system's roots.
    Plain,
    /// The same with the library's headers, an ID for each request, and a time limit.
    SameRequest,
    /// The generated crate, without the library.
    Generated,
    /// The library with default settings.
    Library,
}

/// A call that updates the task.
pub type Update = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), Error>>>>>;

/// A constructor of an implementation.
pub type SetUp = fn(&Target) -> Result<Update, Error>;

/// The server to call.
#[derive(Clone, Debug)]
pub struct Target {
    /// The endpoint.
    pub url: String,
    /// The certificate to trust, with TLS.
    pub ca: Option<String>,
}

impl Implementation {
    /// All implementations, plain first and the library last.
    pub const ALL: [Self; 4] = [Self::Plain, Self::SameRequest, Self::Generated, Self::Library];

    /// Returns its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Sets the implementation up.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub fn set_up(self, target: &Target) -> Result<Update, Error> {
        match self {
            Self::Plain => plain::set_up(target),
            Self::SameRequest => plain::set_up_same_request(target),
            Self::Generated => generated::set_up(target),
            Self::Library => library::set_up(target),
        }
    }
}

/// Updates, and prints the cost.
#[derive(Debug, Parser)]
struct ProgramArguments {
    url: String,
    /// The certificate to trust; empty without TLS.
    #[arg(allow_hyphen_values = true)]
    ca: String,
    count: usize,
    in_flight: usize,
    /// Prints nothing, for measurements from outside.
    #[arg(long)]
    silent: bool,
}

/// Runs the program of one implementation, which links only what a user's program links.
///
/// # Errors
///
/// If the implementation cannot be set up or an update fails.
#[expect(clippy::missing_panics_doc, reason = "tokio's macro panics if the runtime cannot start")]
#[tokio::main(flavor = "current_thread")]
pub async fn run_program(set_up: SetUp) -> Result<(), Error> {
    let ProgramArguments { url, ca, count, in_flight, silent } = ProgramArguments::parse();
    let update = set_up(&Target { url, ca: (!ca.is_empty()).then_some(ca) })?;
    if silent {
        return Counted { warm_up: 0, count, in_flight, counter: || 0 }.run(&update).await.map(drop);
    }
    print_line(&serde_json::to_string(&Updates { count, in_flight }.run(&update).await?)?);
    Ok(())
}
