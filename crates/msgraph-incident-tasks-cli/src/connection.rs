//! The options of the connection: endpoint and sign-in.

use clap::Args;

use crate::sign_in::SignIn;

#[derive(Args, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Use an emulator inside this process, with the documented task 213213; reads no token
    #[cfg(feature = "emulator")]
    #[arg(long, global = true, conflicts_with_all = ["endpoint", "sign_in", "token_stdin"])]
    pub(crate) emulator: bool,

    /// The scenario of the emulator, and its speed.
    #[cfg(feature = "emulator")]
    #[arg(skip)]
    pub(crate) scenario: Option<(std::path::PathBuf, f64)>,

    /// Base URL of the service with the API version. Default: GRAPH_ENDPOINT, or else the global service. http is
    /// allowed for loopback only
    #[arg(long, global = true, value_name = "URL")]
    endpoint: Option<String>,

    /// Source of the access token; `auto` takes the first of the others, in this order, that is configured
    #[arg(long, global = true, value_name = "SOURCE", default_value = "auto")]
    pub(crate) sign_in: SignIn,

    /// Tenant to sign in to. Default: AZURE_TENANT_ID
    #[cfg(feature = "azure")]
    #[arg(long, global = true, value_name = "TENANT")]
    tenant: Option<String>,

    /// Read the access token from stdin, before anything else
    #[arg(long, global = true, conflicts_with = "sign_in")]
    pub(crate) token_stdin: bool,

    /// Send each request once: do not retry after throttling, a failed connection or the like
    #[arg(long, global = true)]
    pub(crate) no_retry: bool,

    /// Print the source of the access token, the endpoint and each wait to stderr
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

impl Connection {
    pub(crate) fn endpoint(&self) -> Option<String> {
        // An empty variable counts as unset. One that is not UTF-8 is rejected, like any other invalid URL.
        let variable = || std::env::var_os("GRAPH_ENDPOINT").map(|url| url.to_string_lossy().into_owned());
        self.endpoint.clone().or_else(|| variable().filter(|url| !url.is_empty()))
    }

    pub(crate) fn tenant(&self) -> Option<&str> {
        #[cfg(feature = "azure")]
        return self.tenant.as_deref();
        #[cfg(not(feature = "azure"))]
        None
    }

    pub(crate) fn uses_emulator(&self) -> bool {
        #[cfg(feature = "emulator")]
        return self.emulator;
        #[cfg(not(feature = "emulator"))]
        false
    }
}

/// Sets the shipped scenario, or the one of a file.
#[cfg(feature = "emulator")]
pub(crate) fn with_scenario(
    builder: msgraph_incident_tasks_emulator::EmulatorBuilder,
    (name, speed): &(std::path::PathBuf, f64),
) -> std::io::Result<msgraph_incident_tasks_emulator::EmulatorBuilder> {
    let builder = builder.speed(*speed);
    if name.as_os_str() == "day" {
        return Ok(builder.scenario_day());
    }
    Ok(builder.scenario_json(std::fs::read_to_string(name).map_err(|error| crate::files::about(name, &error))?))
}
