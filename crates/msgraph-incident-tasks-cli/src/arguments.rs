//! The command line.

use std::sync::LazyLock;

use clap::{Args, Parser};
use msgraph_incident_tasks::{SPEC_SHA256, SPEC_VERSION};

use crate::commands::Command;

/// Read and act on the incident tasks of Microsoft Defender XDR.
///
/// Incident tasks are a beta resource of Microsoft Graph, in the global service alone. The access
/// token is read from the environment variable GRAPH_TOKEN. RUST_LOG, such as `debug`, turns on a log
/// on stderr, which never holds a token.
#[derive(Debug, Parser)]
#[command(name = "incident-tasks", version = version(), after_help = crate::exit::HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,

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

/// Where requests go.
#[derive(Args, Debug)]
pub(crate) struct Connection {
    /// Use an emulator inside this process, with the documented task 213213; GRAPH_TOKEN is not read
    #[cfg(feature = "emulator")]
    #[arg(long, global = true, conflicts_with = "endpoint")]
    pub(crate) emulator: bool,

    /// The service's base URL with the API version, in place of the global service's; http is taken
    /// for this machine's loopback alone
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint: Option<String>,

    /// Send each request once, rather than again after throttling, a failed connection or the like
    #[arg(long, global = true)]
    pub(crate) no_retry: bool,
}
