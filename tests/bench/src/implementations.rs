//! Those who are measured: each updates a task, as its users would write it.

pub mod generated;
pub mod library;
pub mod plain;

use std::future::Future;
use std::pin::Pin;

use clap::{Parser, ValueEnum};

use crate::measure::{Counted, Updates};
use crate::{Error, say};

const TOKEN: &str = "bench";
/// Each update is of this task, as the documentation has it.
pub const TASK: &str = "213213";

/// An implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Implementation {
    /// reqwest and a serde struct, with the TLS that the library has: ring, and the operating system's roots.
    Plain,
    /// The same, sending what the library sends: its headers with an ID for each request, and within a time limit.
    SameRequest,
    /// The generated crate, without the library.
    Generated,
    /// The library with everything on.
    Library,
}

/// Makes an update.
pub type Update = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), Error>>>>>;

/// Sets an implementation up.
pub type SetUp = fn(&Target) -> Result<Update, Error>;

/// Where the server is, and whom to trust.
#[derive(Clone, Debug)]
pub struct Target {
    /// The endpoint.
    pub url: String,
    /// The certificate that signs the server's, where there is TLS.
    pub ca: Option<String>,
}

impl Implementation {
    /// Each implementation, plain first and the library last.
    pub const ALL: [Self; 4] = [Self::Plain, Self::SameRequest, Self::Generated, Self::Library];

    /// The name by which it is asked for.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Sets it up.
    ///
    /// # Errors
    ///
    /// Where it can't be.
    pub fn set_up(self, target: &Target) -> Result<Update, Error> {
        match self {
            Self::Plain => plain::set_up(target),
            Self::SameRequest => plain::set_up_same_request(target),
            Self::Generated => generated::set_up(target),
            Self::Library => library::set_up(target),
        }
    }
}

/// Updates, and prints what that took.
#[derive(Debug, Parser)]
struct ProgramArguments {
    url: String,
    /// The certificate to trust; empty without TLS.
    #[arg(allow_hyphen_values = true)]
    ca: String,
    count: usize,
    in_flight: usize,
    /// Prints nothing: for who measures from outside.
    #[arg(long)]
    silent: bool,
}

/// The program of one implementation: it links what a user's program links, and nothing of the others.
///
/// # Errors
///
/// Where the implementation can't be set up, or an update fails.
#[expect(clippy::missing_panics_doc, reason = "tokio's macro panics where there is no runtime")]
#[tokio::main(flavor = "current_thread")]
pub async fn run_program(set_up: SetUp) -> Result<(), Error> {
    let ProgramArguments { url, ca, count, in_flight, silent } = ProgramArguments::parse();
    let update = set_up(&Target { url, ca: (!ca.is_empty()).then_some(ca) })?;
    if silent {
        return Counted { warm_up: 0, count, in_flight, counter: || 0 }.run(&update).await.map(drop);
    }
    say(&serde_json::to_string(&Updates { count, in_flight }.run(&update).await?)?);
    Ok(())
}
