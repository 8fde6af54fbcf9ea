//! The command line.

use std::sync::LazyLock;

use clap::{Args, Parser};
use msgraph_incident_tasks::{SPEC_SHA256, SPEC_VERSION};

use crate::commands::Command;
use crate::output::Format;
use crate::sign_in::SignIn;

/// Read and act on the incident tasks of Microsoft Defender XDR
///
/// Incident tasks are a beta resource of Microsoft Graph, in the global service alone. RUST_LOG, such as `debug`,
/// turns on a log on stderr, which never holds a token.
#[derive(Debug, Parser)]
#[command(name = "incident-tasks", version = version(), after_help = crate::exit::HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,

    /// How data is printed: a table unless told otherwise on a terminal, JSON elsewhere. With json and jsonl errors
    /// are JSON too, on stderr
    #[arg(long, short, global = true, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) output: Option<Format>,

    /// Show times in tables in the local time zone, in place of UTC
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) local: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The version of this program, and of the API description that it is made from.
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let program = env!("CARGO_PKG_VERSION");
        format!("{program} (API description {SPEC_VERSION}, sha256 {SPEC_SHA256})")
    });
    &VERSION
}

/// Where requests go, and who sends them.
#[derive(Args, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Use an emulator inside this process, with the documented task 213213; no token is read
    #[cfg(feature = "emulator")]
    #[arg(long, global = true, conflicts_with_all = ["endpoint", "sign_in", "token_stdin"])]
    pub(crate) emulator: bool,

    /// The service's base URL with the API version, in place of the global service's; http is taken
    /// for this machine's loopback alone
    #[arg(long, global = true, value_name = "URL", env = "GRAPH_ENDPOINT")]
    pub(crate) endpoint: Option<String>,

    /// Where the access token comes from; `auto` is the first of the others, in this order, that the environment
    /// has
    #[arg(long, global = true, value_name = "SOURCE", default_value = "auto")]
    pub(crate) sign_in: SignIn,

    /// Read the access token from stdin, before anything else
    #[arg(long, global = true, conflicts_with = "sign_in")]
    pub(crate) token_stdin: bool,

    /// Send each request once, rather than again after throttling, a failed connection or the like
    #[arg(long, global = true)]
    pub(crate) no_retry: bool,

    /// Say on stderr where the access token comes from, and where requests go
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

impl Connection {
    /// Whether the emulator inside the process is asked for.
    pub(crate) fn wants_emulator(&self) -> bool {
        #[cfg(feature = "emulator")]
        return self.emulator;
        #[cfg(not(feature = "emulator"))]
        false
    }
}
