//! The sources of access tokens.

use clap::ValueEnum;

/// A source of access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignIn {
    /// The first of the following that is configured
    Auto,
    /// The access token in GRAPH_TOKEN
    Token,
    /// An application's secret or certificate: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET or
    /// AZURE_CLIENT_CERTIFICATE_PATH
    #[cfg(feature = "azure")]
    Environment,
    /// Workload identity: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE
    #[cfg(feature = "azure")]
    WorkloadIdentity,
    /// Managed identity; `auto` takes it only if IDENTITY_ENDPOINT is set: name it on a virtual machine.
    /// AZURE_CLIENT_ID chooses a user-assigned one
    #[cfg(feature = "azure")]
    ManagedIdentity,
    /// The user of `incident-tasks login`; if named, and nobody has signed in, it asks for a sign-in for this run by a
    /// device code
    #[cfg(feature = "login")]
    Login,
    /// The user of `az login`, if `az` is in PATH
    #[cfg(feature = "azure")]
    AzureCli,
}

impl SignIn {
    /// Returns the source's name for people.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Auto | Self::Token => "the environment variable GRAPH_TOKEN",
            #[cfg(feature = "azure")]
            Self::Environment => {
                "an application's secret (AZURE_CLIENT_SECRET) or certificate (AZURE_CLIENT_CERTIFICATE_PATH)"
            }
            #[cfg(feature = "azure")]
            Self::WorkloadIdentity => "workload identity (AZURE_FEDERATED_TOKEN_FILE)",
            #[cfg(feature = "azure")]
            Self::ManagedIdentity => "managed identity",
            #[cfg(feature = "login")]
            Self::Login => "incident-tasks login",
            #[cfg(feature = "azure")]
            Self::AzureCli => "Azure CLI (az login)",
        }
    }
}

/// Returns an environment variable; an empty one counts as unset.
pub(super) fn variable(name: &str) -> Option<String> {
    // One that is not UTF-8 is set, and rejected where it is used.
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

/// Returns the URL of the authority, see [National
/// clouds](https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).
#[cfg(feature = "azure")]
pub(super) fn authority() -> String {
    variable("AZURE_AUTHORITY_HOST").unwrap_or_else(|| "https://login.microsoftonline.com".to_owned())
}
